//! Keeping positions: what was delivered is written down, what was lost is read again.

use std::time::Duration;

use tracing::{error, warn};

use super::content::TELLING_MIN;
use super::life::{Life, seconds};
use super::tailer::{ACTIVE_FOR, KEEP_EVERY, Mark, Tailer};

/// The pause before lines are read again; it grows with every time in a row.
const REREAD_PAUSE: Duration = Duration::from_millis(200);

/// The longest pause, in steps of [`REREAD_PAUSE`].
const REREAD_PAUSES_MAX: u32 = 50;

/// A file shows in the metrics when it has been behind for so long, or goes on growing.
const BEHIND_FOR: Duration = Duration::from_secs(1);

impl Tailer {
    /// Takes what was delivered; starts again at the safe positions when something was lost.
    pub(super) fn settle(&mut self) {
        let settled = self.progress.settled();
        self.advance(settled.delivered);
        if !settled.lost {
            return;
        }
        warn!("some lines were not delivered; reading starts again where they began");
        self.counters.rereads.inc();
        self.rereads += 1;
        self.progress.restart();
        self.reached.clear();
        let now = self.host.clock.elapsed() + REREAD_PAUSE * self.rereads.min(REREAD_PAUSES_MAX);
        for tail in self.tails.values_mut() {
            if tail.offset != tail.life.proof.offset {
                (tail.file, tail.at_end) = (None, false);
                self.agenda.set(tail.life.identity, now);
                tail.must_reopen = true;
                tail.offset = tail.life.proof.offset;
            }
        }
    }

    pub(super) fn advance(&mut self, delivered: Vec<Vec<Mark>>) {
        if !delivered.is_empty() {
            self.rereads = 0;
        }
        for mark in delivered.into_iter().flatten() {
            let tail = self.tails.get_mut(&mark.identity).map(|tail| &mut tail.life);
            let Some(life) = tail.or_else(|| self.absent.get_mut(&mark.identity)) else { continue };
            let known = life.proof.prefix;
            life.proof = mark.proof;
            if life.proof.prefix.len < known.len {
                life.proof.prefix = known;
            }
            life.mid_line = mark.mid_line;
            self.unkept.insert(mark.identity);
        }
    }

    pub(super) fn keep_if_due(&mut self) {
        let now = self.host.clock.elapsed();
        if now.saturating_sub(self.kept_at) < KEEP_EVERY {
            return;
        }
        self.kept_at = now;
        self.measure_lag(now);
        if let Err(cause) = self.keep()
            && let Some(swallowed) = self.quiet.due("positions", now)
        {
            error!(%cause, swallowed, "positions cannot be written; after a crash lines are sent twice");
        }
    }

    pub(super) fn keep(&mut self) -> std::io::Result<()> {
        let wall = seconds(self.host.clock.wall_nanos());
        for identity in &self.unkept {
            if let Some(tail) = self.tails.get_mut(identity) {
                tail.life.seen = wall;
            }
        }
        let life_of = |identity: &u64| {
            self.tails.get(identity).map(|tail| &tail.life).or_else(|| self.absent.get(identity))
        };
        let changed: Vec<&Life> = self.unkept.iter().filter_map(life_of).collect();
        let all = self.tails.values().map(|tail| &tail.life).chain(self.absent.values());
        self.positions.keep(&*self.host.files, &changed, all)?;
        self.unkept.clear();
        Ok(())
    }

    /// Makes the beginning of files durable that were empty or short when they were met, before
    /// their first events leave: a life without it would be taken for any content at its inode after
    /// a crash, and its copies would not be known. False when it could not be written.
    pub(super) fn vouch_for(&mut self, marks: &[Mark]) -> bool {
        let mut vouched = Vec::new();
        for mark in marks {
            let Some(tail) = self.tails.get_mut(&mark.identity) else { continue };
            let known = tail.life.proof.prefix;
            if (known.len as usize) < TELLING_MIN && known.len < mark.proof.prefix.len {
                tail.life.proof.prefix = mark.proof.prefix;
                self.unkept.insert(mark.identity);
                vouched.push((mark.identity, known));
            }
        }
        if vouched.is_empty() {
            return true;
        }
        let Err(cause) = self.keep() else { return true };
        for (identity, known) in vouched {
            if let Some(tail) = self.tails.get_mut(&identity) {
                tail.life.proof.prefix = known;
            }
        }
        if let Some(swallowed) = self.quiet.due("positions", self.host.clock.elapsed()) {
            error!(%cause, swallowed, "new files wait: their positions cannot be written");
        }
        false
    }

    fn measure_lag(&mut self, now: Duration) {
        for tail in self.tails.values_mut() {
            let lag = tail.len_seen.max(tail.offset) - tail.life.proof.offset.min(tail.len_seen);
            // Files that were read at one go and then left alone are not worth showing: what is shown
            // of each of ten thousand is megabytes.
            let has_gone_on = (tail.was_caught_up || tail.is_lag_shown)
                && self.unkept.contains(&tail.life.identity);
            if lag == 0 {
                (tail.caught_up_at, tail.was_caught_up) = (now, true);
            }
            let is_behind = lag > 0 && now.saturating_sub(tail.caught_up_at) >= BEHIND_FOR;
            if is_behind || has_gone_on {
                tail.is_lag_shown = true;
                let behind = now.saturating_sub(tail.caught_up_at).as_secs();
                self.counters.set_lag(&tail.life.path, lag, behind);
            } else if tail.is_lag_shown && now.saturating_sub(tail.grew_at) > ACTIVE_FOR {
                tail.is_lag_shown = false;
                self.counters.forget_lag(&tail.life.path);
            }
        }
    }
}
