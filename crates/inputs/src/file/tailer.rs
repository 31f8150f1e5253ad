//! The loop of the file input: look which files there are, read those that have something, keep
//! what was delivered.
//!
//! Looking (`scan`) is the truth; notifications only make it happen sooner. A file costs one `stat`
//! a scan while it is idle, and is read by itself, with growing pauses, while it is not.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::time::Duration;

use tracing::warn;
use weir_component::metrics::InputCounters;
use weir_component::{InputError, Joiner, Loan, Progress, Quiet, Sender, Stop};
use weir_event::Timestamp;
use weir_host::Host;
use xxhash_rust::xxh3::xxh3_64;

use super::Rules;
use super::agenda::Agenda;
use super::content::{Continuity, Proof};
use super::life::Life;
use super::positions::Positions;
use super::tail::{BLOCK_BYTES, Found, LineRules, Tail};
use super::watch::Watch;

/// Pauses of a file that is being written to: from the first empty read to the longest.
const PAUSE_MIN: Duration = Duration::from_millis(10);
const PAUSE_MAX: Duration = Duration::from_millis(200);

/// How much longer a pause is than the one before it.
const PAUSE_GROWTH: u32 = 4;

/// The longest pause where there are many such files, for each of them: two thousand looks a second
/// in all, however many there are. Hints and scans look sooner.
const PAUSE_MAX_EACH: Duration = Duration::from_micros(500);

/// The wait between a hint that names changed and the scan it asks for; ten times what a scan takes
/// where that is more.
const HINTED_WAIT_MIN: Duration = Duration::from_millis(20);

/// With `--once`, lines that are lost again and again are given up after so many times.
const REREADS_MAX_ONCE: u32 = 3;

/// After so long without growth a file is left to the scan.
pub(super) const ACTIVE_FOR: Duration = Duration::from_secs(10);

/// The wait after a file could not be read, and after it could not even be opened.
const TROUBLE_PAUSE: Duration = Duration::from_secs(1);
const LOCKED_PAUSE: Duration = Duration::from_secs(10);

/// Of the files that this process may have open, an input takes one in so many: outputs and
/// connections need some, too.
const OPEN_SHARE: usize = 2;

/// How often positions are written at most: what a crash makes read twice.
pub(super) const KEEP_EVERY: Duration = Duration::from_millis(500);

/// How long a file waits for its predecessor at the same path to be read to the end.
const PREDECESSOR_WAIT_MAX: Duration = Duration::from_secs(10);

/// How far a file was read when a batch left; becomes its proof once the batch is delivered.
pub(super) struct Mark {
    pub(super) identity: u64,
    pub(super) proof: Proof,
    pub(super) mid_line: bool,
}

/// A copy that is left alone for a while.
pub(super) struct Held {
    /// Since when it has not grown.
    pub(super) since: Duration,
    pub(super) len: u64,
}

/// Everything the input knows.
pub(super) struct Tailer {
    pub(super) rules: Rules,
    pub(super) host: Host,
    pub(super) counters: InputCounters,
    pub(super) stop: Stop,
    pub(super) once: bool,
    pub(super) positions: Positions,
    /// Files under way, by identity.
    /// Boxed, since a table of them is up to twice as long as its content.
    pub(super) tails: HashMap<u64, Box<Tail>>,
    /// Lives whose file is not here: ended ones, and those whose file has vanished.
    pub(super) absent: HashMap<u64, Life>,
    pub(super) by_inode: HashMap<(u64, u64), u64>,
    /// By the hash of its path, for hints: one that goes wrong means a look too many.
    pub(super) by_path: HashMap<u64, u64>,
    pub(super) agenda: Agenda,
    /// How many files are open, and how many may be: beyond it each is closed after each look.
    pub(super) open: usize,
    pub(super) open_max: usize,
    /// Copies of files under way, and since when they are held back.
    pub(super) held: HashMap<(u64, u64), Held>,
    /// How far ended lives were handed out, where that is further than what was settled.
    pub(super) reached: HashMap<u64, Mark>,
    pub(super) progress: Progress<Vec<Mark>>,
    /// Identities whose life changed since positions were kept.
    pub(super) unkept: HashSet<u64>,
    pub(super) kept_at: Duration,
    pub(super) quiet: Quiet,
    pub(super) watch: Watch,
    pub(super) begun: u64,
    pub(super) first_scan: bool,
    /// A file has to be met anew before the next pause.
    pub(super) scan_due: bool,
    /// How often in a row lines were lost on their way and had to be read again.
    pub(super) rereads: u32,
}

impl Tailer {
    pub(super) fn open(
        rules: Rules,
        host: Host,
        counters: InputCounters,
        stop: Stop,
        once: bool,
        state: &Path,
    ) -> Result<Self, InputError> {
        let opened = Positions::open(&*host.files, state).map_err(|cause| {
            let path = state.join("positions");
            InputError(format!("the positions in `{}` cannot be used: {cause}", path.display()))
        })?;
        if opened.damaged > 0 {
            warn!(
                damaged = opened.damaged,
                folder = %state.display(),
                "some stored positions were damaged; their files are read from the last good one"
            );
        }
        let is_first_start = opened.lives.is_empty();
        // In the order in which they were first kept: of two at one inode the later one is there.
        let present = opened.lives.iter().filter(|life| !life.ended);
        let by_inode = present.map(|life| ((life.device, life.inode), life.identity)).collect();
        let watch = if once { Watch::none() } else { Watch::start(&rules.patterns) };
        let tailer = Self {
            rules,
            counters,
            stop,
            once,
            positions: opened.positions,
            tails: HashMap::new(),
            absent: opened.lives.into_iter().map(|life| (life.identity, life)).collect(),
            by_inode,
            by_path: HashMap::new(),
            agenda: Agenda::default(),
            open: 0,
            open_max: host.open_files_max / OPEN_SHARE,
            held: HashMap::new(),
            reached: HashMap::new(),
            progress: Progress::new(),
            unkept: HashSet::new(),
            kept_at: host.clock.elapsed(),
            quiet: Quiet::default(),
            watch,
            begun: 0,
            first_scan: is_first_start,
            scan_due: true,
            rereads: 0,
            host,
        };
        Ok(tailer)
    }

    /// Runs until asked to stop, or to the end of what is there.
    pub(super) fn run(mut self, out: Sender) -> Result<(), InputError> {
        let runtime = tokio::runtime::Handle::current();
        let mut scan_at = Duration::ZERO;
        let mut hinted_wait = HINTED_WAIT_MIN;
        while !self.stop.is_asked() {
            let now = self.host.clock.elapsed();
            if now >= scan_at || self.scan_due {
                self.scan();
                let took = self.host.clock.elapsed().saturating_sub(now);
                // Looking takes at most half a hundredth of the time, however many files there are.
                scan_at = now + self.rules.scan_interval.max(took * 200);
                hinted_wait = HINTED_WAIT_MIN.max(took * 10);
            }
            self.settle();
            self.keep_if_due();
            if self.read_pass(&runtime, &out) || self.scan_due {
                continue;
            }
            if self.once && self.rereads > REREADS_MAX_ONCE {
                return Err(InputError(
                    "some lines were lost on their way, again and again".into(),
                ));
            }
            if self.once && self.tails.values().all(|tail| tail.is_done()) && self.rereads == 0 {
                break;
            }
            let now = self.host.clock.elapsed();
            let next = self.agenda.next().map_or(scan_at, |next| next.min(scan_at));
            let wait = next.saturating_sub(now);
            let hints =
                runtime.block_on(self.watch.wait(wait.max(Duration::from_millis(1)), &self.stop));
            if self.heed(&hints) {
                scan_at = scan_at.min(now + hinted_wait);
            }
        }
        drop(out);
        self.finish()
    }

    /// Waits for the fate of everything handed out and keeps the positions.
    fn finish(mut self) -> Result<(), InputError> {
        loop {
            let settled = self.progress.wait(Duration::from_millis(100));
            let done = settled.open == 0;
            self.advance(settled.delivered);
            if done {
                break;
            }
            self.keep_if_due();
        }
        self.keep().map_err(|cause| {
            InputError(format!(
                "the positions could not be kept: {cause}; some lines may be sent twice"
            ))
        })
    }

    /// Marks files that a notification named; true when something else changed.
    fn heed(&mut self, hints: &super::watch::Hints) -> bool {
        let now = self.host.clock.elapsed();
        let mut unknown = hints.structure;
        for path in &hints.written {
            match self.by_path.get(&hash(path)) {
                // A writer that writes all the time is looked at a little later, not all the time.
                Some(identity) => self.agenda.hasten(*identity, now + PAUSE_MIN),
                None => unknown = true,
            }
        }
        unknown
    }

    /// Reads a block of each file that is due; true when anything was read.
    fn read_pass(&mut self, runtime: &tokio::runtime::Handle, out: &Sender) -> bool {
        let now = self.host.clock.elapsed();
        let mut due = self.agenda.due(now);
        let place = |identity: &u64| self.tails.get(identity).map(|it| (it.present, &it.path));
        due.sort_by(|one, other| place(one).cmp(&place(other)));
        let mut loan: Option<(Loan, Vec<Mark>)> = None;
        let mut any = false;
        for identity in due {
            if self.waits_for_predecessor(identity) {
                continue;
            }
            let (mut batch, mut marks) = match loan.take() {
                Some(filling) => filling,
                None => match self.lend(runtime, out) {
                    Some(loan) => (loan, Vec::new()),
                    None => return true,
                },
            };
            if let Some(mark) = self.read(identity, &mut batch) {
                any = true;
                marks.push(mark);
            }
            if batch.batch.arena.len() >= BLOCK_BYTES {
                self.hand_out(batch, marks, out);
            } else {
                loan = Some((batch, marks));
            }
        }
        if let Some((batch, marks)) = loan {
            self.hand_out(batch, marks, out);
        }
        any
    }

    fn waits_for_predecessor(&mut self, identity: u64) -> bool {
        let Some(before) = self.tails.get(&identity).and_then(|tail| tail.after) else {
            return false;
        };
        let now = self.host.clock.elapsed();
        let is_busy = |tail: &Tail| {
            let is_stuck = now.saturating_sub(tail.grew_at) > PREDECESSOR_WAIT_MAX;
            !tail.at_end && tail.file.is_some() && !is_stuck
        };
        if self.tails.get(&before).is_some_and(|tail| is_busy(tail)) {
            return true;
        }
        // Nothing that its successor brings can belong to its last event.
        if let Some(tail) = self.tails.get_mut(&before)
            && tail.is_gathering()
            && now.saturating_sub(tail.grew_at) <= PREDECESSOR_WAIT_MAX
        {
            tail.hurry();
            self.agenda.set(before, now);
            return true;
        }
        if let Some(tail) = self.tails.get_mut(&identity) {
            tail.after = None;
        }
        false
    }

    /// An empty batch; waits while the pipeline is full. Nothing when asked to stop meanwhile.
    fn lend(&mut self, runtime: &tokio::runtime::Handle, out: &Sender) -> Option<Loan> {
        if let Some(loan) = out.try_lend() {
            return Some(loan);
        }
        loop {
            let stop = self.stop.clone();
            let loan = runtime.block_on(async {
                tokio::select! {
                    loan = out.lend() => Ok(Some(loan)),
                    () = stop.asked() => Ok(None),
                    () = tokio::time::sleep(KEEP_EVERY) => Err(()),
                }
            });
            match loan {
                Ok(loan) => return loan,
                // Positions are kept while the output is slow, too.
                Err(()) => {
                    self.settle();
                    self.keep_if_due();
                }
            }
        }
    }

    fn hand_out(&mut self, mut loan: Loan, marks: Vec<Mark>, out: &Sender) {
        if !marks.is_empty() {
            let is_vouched_for = self.vouch_for(&marks);
            loan.batch.set_receipt(self.progress.track(marks));
            if !is_vouched_for {
                // Without its receipt the batch counts as lost, and is read again later.
                drop(loan.batch.take_receipt());
                loan.give_back();
                return;
            }
        }
        self.counters.events.inc_by(loan.batch.len() as u64);
        out.send(loan);
    }

    /// Reads one file's next block into the batch.
    fn read(&mut self, identity: u64, loan: &mut Loan) -> Option<Mark> {
        let now = self.host.clock.elapsed();
        let wall = Timestamp::from_nanos(self.host.clock.wall_nanos());
        if !self.is_open(identity) {
            return None;
        }
        let crowd = self.agenda.len();
        let tail = self.tails.get_mut(&identity)?;
        let joiner = self.rules.joiner.as_deref();
        let rules = LineRules {
            bytes_max: self.rules.line_bytes_max,
            take_unfinished: self.once,
            header: self.rules.header.as_ref(),
            joiner,
            is_overdue: joiner.is_some_and(|joiner| tail.is_overdue(joiner, now)),
        };
        let before = tail.offset;
        let mut cut_lines = 0;
        let found = tail.read(&mut loan.batch, rules, wall, &mut cut_lines);
        self.counters.cut.inc_by(cut_lines);
        match found {
            Ok(Found::More(bytes)) => {
                (tail.at_end, tail.grew_at) = (false, now);
                self.agenda.set(identity, now);
                self.counters.bytes.inc_by(bytes);
            }
            Ok(Found::End(bytes)) => {
                match tail.rest(bytes, now, crowd, joiner) {
                    Some(next) => self.agenda.set(identity, next),
                    None => self.agenda.clear(identity),
                }
                self.counters.bytes.inc_by(bytes);
                if self.open > self.open_max {
                    tail.file = None;
                    self.open -= 1;
                }
            }
            Ok(Found::Cut) => {
                let was_open = tail.let_go(&mut loan.batch, rules, wall);
                let (proof, mid_line) = (tail.proof(), tail.is_mid_line());
                self.start_again(identity);
                return was_open.then_some(Mark { identity, proof, mid_line });
            }
            Err(cause) => {
                let (path, offset) = (tail.path.clone(), tail.offset);
                self.agenda.set(identity, now + TROUBLE_PAUSE);
                tail.at_end = self.once;
                self.complain(&path, offset, &cause);
                return None;
            }
        }
        if tail.offset == before {
            return None;
        }
        Some(Mark { identity, proof: tail.proof(), mid_line: tail.is_mid_line() })
    }

    /// Opens a tail's file again if it was closed; false when there is nothing to read.
    fn is_open(&mut self, identity: u64) -> bool {
        let Some(tail) = self.tails.get_mut(&identity) else {
            self.agenda.clear(identity);
            return false;
        };
        if tail.file.is_some() {
            return true;
        }
        let opened = self.host.files.open(&tail.path).and_then(|file| {
            let stat = file.stat()?;
            if !tail.life.is_at(&stat) {
                // The name leads to another file by now; the next scan sorts that out.
                return Ok(None);
            }
            Ok(Some((tail.proof_to_reopen().check(&*file)?, file)))
        });
        match opened {
            Ok(Some((Continuity::Same, file))) => match tail.reopen(file) {
                Ok(true) => {
                    tail.must_reopen = false;
                    self.open += 1;
                    return true;
                }
                Ok(false) => self.start_again(identity),
                Err(cause) => {
                    let path = tail.path.clone();
                    let now = self.host.clock.elapsed();
                    tail.at_end = self.once;
                    self.agenda.set(identity, now + TROUBLE_PAUSE);
                    self.complain(&path, 0, &cause);
                }
            },
            Ok(Some(_)) => self.start_again(identity),
            Ok(None) => {
                (tail.at_end, tail.must_reopen) = (true, false);
                self.agenda.clear(identity);
            }
            Err(cause) => {
                let (path, offset) = (tail.path.clone(), tail.offset);
                (tail.at_end, tail.must_reopen) = (true, false);
                if cause.kind() == std::io::ErrorKind::NotFound {
                    self.agenda.clear(identity);
                } else {
                    let now = self.host.clock.elapsed();
                    self.agenda.set(identity, now + LOCKED_PAUSE);
                    self.complain(&path, offset, &cause);
                }
            }
        }
        false
    }

    /// Ends a life whose content is gone; the next scan meets the file as a new one.
    fn start_again(&mut self, identity: u64) {
        self.agenda.clear(identity);
        let Some(tail) = self.tails.remove(&identity) else { return };
        let unread = tail.len_seen.saturating_sub(tail.offset);
        // What was handed out of the old content may still be under way: its receipts find the life
        // among the absent ones, and a copy goes on behind it.
        let (proof, mid_line) = (tail.proof(), tail.is_mid_line());
        self.reached.insert(identity, Mark { identity, proof, mid_line });
        self.end(tail.life, unread);
        self.scan_due = true;
    }

    pub(super) fn complain(&self, path: &Path, offset: u64, cause: &std::io::Error) {
        self.counters.errors.inc();
        let path = path.display().to_string();
        if let Some(swallowed) = self.quiet.due(&path, self.host.clock.elapsed()) {
            warn!(path, offset, %cause, swallowed, "the file cannot be read; trying again");
        }
    }
}

/// Of a path, for [`Tailer::by_path`].
pub(super) fn hash(path: &Path) -> u64 {
    xxh3_64(path.as_os_str().as_encoded_bytes())
}

impl Tail {
    /// Nothing more can be read of it now.
    fn is_done(&self) -> bool {
        self.at_end
    }

    /// Read to the end: pauses grow while nothing comes, until only the scan looks. `crowd` is how
    /// many files are not left to the scan. Gives when to look next.
    fn rest(
        &mut self,
        bytes: u64,
        now: Duration,
        crowd: usize,
        joiner: Option<&dyn Joiner>,
    ) -> Option<Duration> {
        self.at_end = true;
        let has_grown = self.note_growth(now);
        if bytes > 0 || has_grown {
            (self.grew_at, self.pause) = (now, PAUSE_MIN);
            self.len_seen = self.len_seen.max(self.offset);
        } else {
            let crowd = u32::try_from(crowd).unwrap_or(u32::MAX);
            let pause_max = PAUSE_MAX.max(PAUSE_MAX_EACH.saturating_mul(crowd));
            self.pause = (self.pause * PAUSE_GROWTH).clamp(PAUSE_MIN, pause_max);
        }
        let is_active = now.saturating_sub(self.grew_at) < ACTIVE_FOR || self.gone_at.is_some();
        let next = is_active.then(|| now + self.pause);
        let deadline = joiner.and_then(|joiner| self.deadline(joiner));
        next.into_iter().chain(deadline).min()
    }
}
