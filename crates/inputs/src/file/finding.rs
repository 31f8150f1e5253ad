//! Finding files: which are there, which of them are known, and what became of them meanwhile.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tracing::{debug, error, info, warn};
use weir_event::{Key, Origin};
use weir_host::{ReadFile, Stat};

use super::StartAt;
use super::content::{
    Beginning, Continuity, Digest, PREFIX_MAX, TELLING_MIN, line_start_before, read_exact,
};
use super::life::{Life, seconds};
use super::scan::{Seen, scan};
use super::tail::Tail;
use super::tailer::{Held, Tailer, hash};

/// How long a copy of a file that is being read is left alone: copy-truncate makes the copy first.
const COPY_HELD_FOR: Duration = Duration::from_secs(5);

impl Tailer {
    /// Looks at the file system and brings what is known in line with it.
    pub(super) fn scan(&mut self) {
        let now = self.host.clock.elapsed();
        let found = scan(&self.host, &self.rules, &self.quiet, &self.counters);
        for tail in self.tails.values_mut() {
            tail.present = false;
        }
        self.scan_due = false;
        let here: HashSet<(u64, u64)> = found.iter().map(Seen::inode).collect();
        // Files known by their inode first: they tell which of the others are copies.
        let (mut remembered, mut strangers) = (Vec::new(), Vec::new());
        for seen in found {
            let known = self.by_inode.get(&seen.inode()).copied();
            match known.and_then(|identity| self.tails.get_mut(&identity)) {
                Some(tail) if !tail.present => {
                    if look_again(tail, seen) && !self.agenda.has(tail.life.identity) {
                        tail.at_end = false;
                        self.agenda.set(tail.life.identity, now);
                    }
                }
                // A second path to the same file.
                Some(_) => {}
                None if known.is_some() => remembered.push(seen),
                // Whether it is a copy shows once it holds something.
                None if seen.stat.len == 0 => {}
                None => strangers.push(seen),
            }
        }
        let mut met = HashSet::new();
        for newcomers in [remembered, strangers] {
            let mut arrivals = Vec::new();
            for seen in newcomers {
                if met.insert(seen.inode()) {
                    arrivals.extend(self.meet_or_complain(seen, &here));
                }
            }
            self.admit(arrivals);
        }
        self.held.retain(|inode, _| here.contains(inode));
        self.first_scan = false;
        self.by_path.clear();
        for tail in self.tails.values() {
            self.by_path.insert(hash(&tail.path), tail.life.identity);
        }
        self.watch_the_gone(now);
        self.close_quiet_ones(now);
        self.forget_old_ones();
        let count = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        self.counters.files.set(count(self.tails.len()));
        self.open = self.tails.values().filter(|tail| tail.file.is_some()).count();
        self.counters.open_files.set(count(self.open));
    }

    fn meet_or_complain(&mut self, seen: Seen, here: &HashSet<(u64, u64)>) -> Option<Tail> {
        let path = seen.path.clone();
        match self.meet(seen, here) {
            Ok(tail) => tail,
            Err(cause) if cause.kind() == std::io::ErrorKind::NotFound => {
                debug!(path = %path.display(), "the file vanished before it was opened");
                None
            }
            Err(cause) => {
                self.complain(&path, 0, &cause);
                None
            }
        }
    }

    /// Finds out what a file is that no tail reads: one we know from before, a copy, or a new one.
    /// Nothing when it has to wait.
    fn meet(&mut self, seen: Seen, here: &HashSet<(u64, u64)>) -> std::io::Result<Option<Tail>> {
        let now = self.host.clock.elapsed();
        let file = self.host.files.open(&seen.path)?;
        // Between the look and the opening the name may have passed to another file.
        let stat = file.stat()?;
        let is_first_start = self.first_scan;
        let mut life = self.remembered(&stat, &*file)?;
        let mut beginning = Vec::new();
        if life.is_none() {
            beginning = read_exact(&*file, 0, PREFIX_MAX)?;
            life = self.vanished_twin(&*file, &beginning, here)?;
            if life.is_none() && self.is_held_copy(&stat, &*file, &beginning)? {
                return Ok(None);
            }
        }
        let is_new = life.is_none();
        let mut life = life.unwrap_or_else(|| {
            self.begun += 1;
            let path = seen.path.to_string_lossy();
            let mut life = Life::begin(&stat, &path, self.host.clock.wall_nanos(), self.begun);
            // Kept before the first event leaves: after a crash at position zero it still tells
            // whether the file holds what was sent under this identity.
            life.proof.prefix = Digest::of(&beginning);
            life
        });
        (life.device, life.inode) = (stat.device, stat.inode);
        life.ended = false;
        life.seen = seconds(self.host.clock.wall_nanos());
        let origin = self.origin(&life);
        let mut tail = Tail::new(life, seen.path, origin, now);
        tail.len_seen = stat.len;
        tail.modified_seen = stat.modified_nanos;
        let reached = self.reached.get(&tail.life.identity);
        let is_there = if is_new && is_first_start && self.rules.start_at == StartAt::End {
            let offset = line_start_before(&*file, stat.len)?;
            tail.begin_at(&*file, offset)?
        } else {
            let is_behind = match reached {
                Some(mark) => tail.go_on_behind(&*file, mark)?,
                None => false,
            };
            is_behind || tail.go_to_safe_position(&*file)?
        };
        if !is_there {
            // It was cut this moment, and is met anew.
            self.scan_due = true;
            return Ok(None);
        }
        self.reached.remove(&tail.life.identity);
        self.absent.remove(&tail.life.identity);
        if self.open < self.open_max {
            self.open += 1;
            tail.file = Some(file);
        }
        Ok(Some(tail))
    }

    /// The life that was at this inode before, if its content still is.
    fn remembered(&mut self, stat: &Stat, file: &dyn ReadFile) -> std::io::Result<Option<Life>> {
        let identity = self.by_inode.get(&(stat.device, stat.inode)).copied();
        let Some(life) = identity.and_then(|identity| self.absent.get(&identity).cloned()) else {
            return Ok(None);
        };
        match life.proof.check(file)? {
            Continuity::Same => Ok(Some(life)),
            Continuity::Cut => {
                self.end(life, 0);
                Ok(None)
            }
            Continuity::Other => {
                self.end_quietly(life);
                Ok(None)
            }
        }
    }

    /// A life that left its inode and goes on in this file: a copy made before truncation, a file
    /// moved to another file system, a device that changed its number.
    fn vanished_twin(
        &mut self,
        file: &dyn ReadFile,
        beginning: &[u8],
        here: &HashSet<(u64, u64)>,
    ) -> std::io::Result<Option<Life>> {
        let mut beginning = Beginning::new(beginning);
        for life in self.absent.values() {
            let is_free = life.ended || !here.contains(&(life.device, life.inode));
            if is_free
                && life.proof.prefix.len as usize >= TELLING_MIN
                && beginning.has(life.proof.prefix)
                && life.proof.check(file)? == Continuity::Same
            {
                let (path, offset) = (&*life.path, life.proof.offset);
                info!(path, offset, "a file goes on under another inode");
                return Ok(Some(life.clone()));
            }
        }
        Ok(None)
    }

    /// Whether this is, so far, a copy of a file under way: copy-truncate makes the copy first, and
    /// reading it now would deliver every line twice. It waits until the original is cut (then it
    /// goes on with the original's life) or has had its time.
    fn is_held_copy(
        &mut self,
        stat: &Stat,
        file: &dyn ReadFile,
        beginning: &[u8],
    ) -> std::io::Result<bool> {
        if self.once {
            return Ok(false);
        }
        let (now, inode) = (self.host.clock.elapsed(), (stat.device, stat.inode));
        for tail in self.tails.values() {
            if tail.may_be_copied(&*self.host.files, file, stat.len, beginning)? {
                let held = self.held.entry(inode).or_insert(Held { since: now, len: stat.len });
                if held.len != stat.len {
                    *held = Held { since: now, len: stat.len };
                }
                return Ok(now.saturating_sub(held.since) < COPY_HELD_FOR);
            }
        }
        Ok(false)
    }

    fn origin(&self, life: &Life) -> Arc<Origin> {
        let mut origin = Origin::new(life.identity)
            .with(Key::named("log.file.path"), life.path.clone(), self.rules.add_origin)
            .with(Key::named("host.name"), self.host.name.clone(), self.rules.add_origin);
        origin.joined = self.rules.joiner.is_some();
        Arc::new(origin)
    }

    /// Lets newcomers in once their identities are durable.
    fn admit(&mut self, arrivals: Vec<Tail>) {
        if arrivals.is_empty() {
            return;
        }
        // Ended lives first: no crash leaves two at one inode.
        let ended = self.unkept.iter().filter_map(|identity| self.absent.get(identity));
        let lives: Vec<&Life> = ended.chain(arrivals.iter().map(|tail| &tail.life)).collect();
        let all = self.tails.values().map(|tail| &tail.life).chain(self.absent.values());
        let all = all.chain(lives.iter().copied());
        if let Err(cause) = self.positions.keep(&*self.host.files, &lives, all) {
            if let Some(swallowed) = self.quiet.due("positions", self.host.clock.elapsed()) {
                error!(%cause, swallowed, "new files wait: their positions cannot be written");
            }
            for tail in arrivals {
                // One that was never read has nothing to remember.
                if tail.life.proof.offset > 0 {
                    self.absent.insert(tail.life.identity, tail.life);
                }
            }
            return;
        }
        let now = self.host.clock.elapsed();
        // Files met at the paths of the newcomers, which are few beside all others.
        let mut by_first_path: HashMap<Arc<str>, Vec<u64>> =
            arrivals.iter().map(|tail| (tail.life.path.clone(), Vec::new())).collect();
        for tail in self.tails.values() {
            if let Some(namesakes) = by_first_path.get_mut(&tail.life.path) {
                namesakes.push(tail.life.identity);
            }
        }
        for mut tail in arrivals {
            let identity = tail.life.identity;
            let namesakes = by_first_path.entry(tail.life.path.clone()).or_default();
            let is_predecessor = |other: &&u64| {
                let other = self.tails.get(other);
                other.is_some_and(|other| other.path != tail.path || !other.present)
            };
            tail.after = namesakes.iter().find(is_predecessor).copied();
            namesakes.push(identity);
            debug!(path = %tail.path.display(), offset = tail.offset, "reading a file");
            self.by_inode.insert((tail.life.device, tail.life.inode), identity);
            self.agenda.set(identity, now);
            self.tails.insert(identity, Box::new(tail));
        }
    }

    /// Goes on reading files that left their paths until they have been quiet for a while: a writer
    /// may hold them open and write on.
    fn watch_the_gone(&mut self, now: Duration) {
        for tail in self.tails.values_mut() {
            match (tail.present, tail.gone_at) {
                (true, Some(_)) => tail.gone_at = None,
                (false, None) => {
                    (tail.gone_at, tail.at_end) = (Some(now), tail.file.is_none());
                    self.agenda.hasten(tail.life.identity, now);
                }
                _ => {}
            }
        }
    }

    /// A life whose content was cut away: it is over, unless a copy turns up.
    pub(super) fn end(&mut self, life: Life, unread: u64) {
        self.counters.truncations.inc();
        self.counters.unread.inc_by(unread);
        warn!(
            path = &*life.path,
            was = life.proof.offset,
            unread,
            "the file was cut or overwritten; reading starts again at its beginning"
        );
        self.end_quietly(life);
    }

    fn end_quietly(&mut self, mut life: Life) {
        life.ended = true;
        self.by_inode.remove(&(life.device, life.inode));
        self.unkept.insert(life.identity);
        self.absent.insert(life.identity, life);
    }

    /// Closes files that are gone or quiet.
    fn close_quiet_ones(&mut self, now: Duration) {
        let rules = &self.rules;
        let mut gone = Vec::new();
        for (identity, tail) in &mut self.tails {
            let quiet = now.saturating_sub(tail.grew_at);
            let is_done =
                tail.at_end && tail.life.proof.offset == tail.offset && !tail.is_gathering();
            let gone_for = tail.gone_at.map(|at| quiet.min(now.saturating_sub(at)));
            if is_done && gone_for.is_some_and(|gone| gone >= rules.close_removed) {
                gone.push(*identity);
            } else if tail.present
                && tail.at_end
                && quiet >= rules.close_inactive
                && !tail.is_gathering()
            {
                tail.file = None;
            }
        }
        for identity in gone {
            self.agenda.clear(identity);
            if let Some(tail) = self.tails.remove(&identity) {
                debug!(path = %tail.path.display(), "the file is gone and was read to its end");
                self.counters.forget_lag(&tail.life.path);
                self.absent.insert(identity, tail.life);
            }
        }
    }

    /// Forgets files that were not seen for long; their inodes belong to others by now.
    fn forget_old_ones(&mut self) {
        let limit = seconds(self.host.clock.wall_nanos())
            - i64::try_from(self.rules.forget_after.as_secs()).unwrap_or(i64::MAX);
        let by_inode = &mut self.by_inode;
        self.absent.retain(|identity, life| {
            let keep = life.seen >= limit;
            if !keep && by_inode.get(&(life.device, life.inode)) == Some(identity) {
                by_inode.remove(&(life.device, life.inode));
            }
            keep
        });
    }
}

/// Takes what a scan saw of a known file; true when it changed since.
fn look_again(tail: &mut Tail, seen: Seen) -> bool {
    let changed = seen.stat.len != tail.len_seen || seen.stat.modified_nanos != tail.modified_seen;
    tail.present = true;
    tail.path = seen.path;
    tail.len_seen = seen.stat.len;
    tail.modified_seen = seen.stat.modified_nanos;
    changed
}
