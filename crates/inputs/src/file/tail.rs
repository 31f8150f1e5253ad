//! One file being read: blocks in, lines out.
//!
//! Every read begins a few bytes before the position, or at the beginning while that is near: if
//! those bytes are not the ones we read there before, the file was cut or overwritten under us. The
//! check costs no call of its own. A line that is not finished is not kept in memory either; it is read again when it is.

mod gather;
mod heading;

use std::io;
use std::time::Duration;

use memchr::{memchr, memrchr};
use weir_component::{Header, HeaderRule, Joiner};
use weir_event::{Batch, Field, Key, OriginRef, Span, Timestamp, Value};
use weir_host::{Files, ReadFile};

use super::content::{Continuity, Digest, MARKER_MAX, PREFIX_MAX, Proof, TELLING_MIN, read_exact};
use super::life::Life;
use super::prefix::Prefix;
use super::tailer::Mark;
use gather::{Gathering, Look};
use heading::Heading;

/// The tag of a line that was longer than the limit and is delivered in pieces.
const CUT_TAG: &str = "_line_cut";

/// The tag of a line that is not UTF-8.
const INVALID_UTF8_TAG: &str = "_invalid_utf8";

/// What a batch takes of one file at a time, in bytes. Larger reads save no more calls worth
/// having; smaller ones share less.
pub(super) const BLOCK_BYTES: usize = 256 * 1024;

/// Events that a batch takes of one file at a time: an event needs more memory than a short line,
/// and a block of empty lines would be a quarter of a million of them.
const EVENTS_MAX: usize = 8192;

/// A file that is being read, or could be at any moment.
#[expect(clippy::struct_excessive_bools, reason = "they are independent facts about a file")]
pub(super) struct Tail {
    pub(super) life: Life,
    /// Where it lies now; a rotated file keeps its life under a new name.
    pub(super) path: std::path::PathBuf,
    pub(super) file: Option<Box<dyn ReadFile>>,
    pub(super) origin: OriginRef,
    /// Start of the first line that was not handed out.
    pub(super) offset: u64,
    prefix: Prefix,
    /// Of the bytes just before the offset.
    marker: Digest,
    /// The newest lines before the offset that say what the columns are.
    header: Header,
    /// They have to be read again.
    must_find_header: bool,
    /// The offset lies inside a line of which the beginning was handed out.
    mid_line: bool,
    /// Length at the last look.
    pub(super) len_seen: u64,
    pub(super) modified_seen: i128,
    /// Whether a scan found it at its path.
    pub(super) present: bool,
    /// What was read of it is lost, and it has to be opened again.
    pub(super) must_reopen: bool,
    /// Everything there is was read.
    pub(super) at_end: bool,
    pub(super) pause: Duration,
    pub(super) grew_at: Duration,
    /// Whether there was nothing left to deliver at some look.
    pub(super) was_caught_up: bool,
    /// Whether the metrics tell how far it is behind.
    pub(super) is_lag_shown: bool,
    /// When everything was delivered last.
    pub(super) caught_up_at: Duration,
    /// Since when scans do not find it at its path.
    pub(super) gone_at: Option<Duration>,
    /// The predecessor at the same path, which is read to its end first.
    pub(super) after: Option<u64>,
    /// The lines behind the offset that are an event in the making.
    gathering: Gathering,
}

/// How lines are cut from blocks.
#[derive(Clone, Copy, Debug)]
pub(super) struct LineRules<'a> {
    /// Longest line; a longer one is delivered in pieces.
    pub(super) bytes_max: usize,
    /// Whether an unfinished last line is taken as it is.
    pub(super) take_unfinished: bool,
    /// Which lines say what the columns of the others are.
    pub(super) header: Option<&'a HeaderRule>,
    /// How lines become events, where they are not one each.
    pub(super) joiner: Option<&'a dyn Joiner>,
    /// Whether the last event has waited long enough for another line.
    pub(super) is_overdue: bool,
}

/// What a read found.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// So many bytes of whole lines, and there may be more.
    More(u64),
    /// So many bytes, and then the end.
    End(u64),
    /// The file became shorter, or holds something else where we read before.
    Cut,
}

impl Tail {
    pub(super) fn new(
        life: Life,
        path: std::path::PathBuf,
        origin: OriginRef,
        now: Duration,
    ) -> Self {
        let offset = life.proof.offset;
        Self {
            mid_line: life.mid_line,
            life,
            path,
            file: None,
            origin,
            offset,
            prefix: Prefix::default(),
            marker: Digest::default(),
            header: Header::default(),
            must_find_header: false,
            len_seen: 0,
            modified_seen: 0,
            present: true,
            must_reopen: false,
            at_end: false,
            pause: Duration::ZERO,
            grew_at: now,
            was_caught_up: false,
            is_lag_shown: false,
            caught_up_at: now,
            gone_at: None,
            after: None,
            gathering: Gathering::default(),
        }
    }

    /// What the file has to be like where reading goes on once it is opened again.
    pub(super) fn proof_to_reopen(&self) -> Proof {
        if self.must_reopen { self.life.proof } else { self.proof() }
    }

    /// Takes the file opened again: at the safe position if what was read behind it is lost, else
    /// where it was closed. False when it was cut this moment.
    pub(super) fn reopen(&mut self, file: Box<dyn ReadFile>) -> io::Result<bool> {
        if self.must_reopen && !self.go_to_safe_position(&*file)? {
            return Ok(false);
        }
        self.file = Some(file);
        Ok(true)
    }

    /// Begins at `offset` instead of the safe position: for files of which only the end is wanted.
    pub(super) fn begin_at(&mut self, file: &dyn ReadFile, offset: u64) -> io::Result<bool> {
        let is_there = self.go_to(file, &Proof { offset, ..Proof::default() }, false)?;
        self.life.proof = self.proof();
        Ok(is_there)
    }

    /// Goes where everything was delivered.
    pub(super) fn go_to_safe_position(&mut self, file: &dyn ReadFile) -> io::Result<bool> {
        let (proof, mid_line) = (self.life.proof, self.life.mid_line);
        self.go_to(file, &proof, mid_line)
    }

    /// Goes on behind what was handed out before, though it is not settled yet.
    pub(super) fn go_on_behind(&mut self, file: &dyn ReadFile, mark: &Mark) -> io::Result<bool> {
        self.go_to(file, &mark.proof, mark.mid_line)
    }

    /// Goes to a position; false when the file is not what it was there.
    ///
    /// The bytes that every read is compared with are taken first and the proof is checked after
    /// that: a file that is cut between the two fails the proof, one that is cut later fails the read.
    fn go_to(&mut self, file: &dyn ReadFile, proof: &Proof, mid_line: bool) -> io::Result<bool> {
        self.gathering = Gathering::default();
        (self.offset, self.mid_line) = (proof.offset, mid_line);
        (self.header, self.must_find_header) = (proof.header, true);
        let before = |most: usize| usize::try_from(proof.offset).map_or(most, |all| all.min(most));
        let (prefix_len, marker_len) = (before(PREFIX_MAX), before(MARKER_MAX));
        let prefix = read_exact(file, 0, prefix_len)?;
        let marker = read_exact(file, self.offset - marker_len as u64, marker_len)?;
        let is_all_there = prefix.len() == prefix_len && marker.len() == marker_len;
        (self.prefix, self.marker) = (Prefix::of(&prefix), Digest::of(&marker));
        Ok(is_all_there && proof.check(file)? == Continuity::Same)
    }

    /// What the file was like up to the offset.
    pub(super) fn proof(&self) -> Proof {
        let offset = self.offset;
        Proof { offset, prefix: self.prefix.digest(), marker: self.marker, header: self.header }
    }

    /// Whether the other file, of length `len` and with these first bytes, has been copied from
    /// this one.
    pub(super) fn may_be_copied(
        &self,
        files: &dyn Files,
        other: &dyn ReadFile,
        len: u64,
        beginning: &[u8],
    ) -> io::Result<bool> {
        let agrees = self.prefix.agrees_with(beginning);
        if agrees == Some(false) {
            return Ok(false);
        }
        let reopened;
        let file = match &self.file {
            Some(file) => &**file,
            // A quiet file was closed, and may be copied and cut all the same.
            None => match files.open(&self.path) {
                Ok(file) if file.stat().is_ok_and(|stat| self.life.is_at(&stat)) => {
                    reopened = file;
                    &*reopened
                }
                _ => return Ok(false),
            },
        };
        // A copy in the making may still be short; then it is only held if it fits so far.
        let is_told = agrees == Some(true) && self.prefix.len() >= TELLING_MIN;
        let is_alike = is_told || read_exact(file, 0, beginning.len())? == beginning;
        Ok(is_alike && is_copied_by(file, other, len)?)
    }

    pub(super) fn is_mid_line(&self) -> bool {
        self.mid_line
    }

    /// Appends the next lines to the batch, at most about a block of them.
    pub(super) fn read(
        &mut self,
        batch: &mut Batch,
        rules: LineRules<'_>,
        now: Timestamp,
        cut_lines: &mut u64,
    ) -> io::Result<Found> {
        if let Some(rule) = rules.header
            && self.must_find_header
        {
            self.find_header(rule)?;
        }
        let before = self.bytes_compared();
        let from = self.offset - before as u64;
        let mut wanted = before + BLOCK_BYTES;
        let mut filled = 0;
        loop {
            let Some(file) = &self.file else { return Ok(Found::End(0)) };
            let start = batch.arena.len();
            let room = batch.arena.spare(wanted);
            let mut at_end = false;
            while filled < wanted && !at_end {
                let n = file.read_at(&mut room[filled..], from + filled as u64)?;
                filled += n;
                at_end = n == 0;
            }
            if !self.is_known(from, before, &room[..filled]) {
                return Ok(Found::Cut);
            }
            let seen = Stretch { start, block: Span::new(start + before, start + filled) };
            if let Some(joiner) = rules.joiner {
                let look = Look { seen, at_end, rules, joiner, now };
                if let Some(found) = self.take_events(batch, look, cut_lines) {
                    return Ok(found);
                }
                wanted += BLOCK_BYTES;
                continue;
            }
            let has_line = memrchr(b'\n', &room[before..filled]).is_some();
            if has_line || at_end || filled - before > rules.bytes_max {
                return Ok(self.take_lines(batch, seen, at_end, rules, now, cut_lines));
            }
            wanted += BLOCK_BYTES;
        }
    }

    /// How many bytes before the offset every read begins with: all of them near the beginning of a
    /// file, where they make its prefix and may be a common heading.
    fn bytes_compared(&self) -> usize {
        match usize::try_from(self.offset) {
            Ok(offset) if offset <= PREFIX_MAX => offset,
            _ => self.marker.len as usize,
        }
    }

    /// Whether the text that was read from `from` on still has what was there before the offset.
    fn is_known(&self, from: u64, before: usize, text: &[u8]) -> bool {
        let Some(marked) = text.get(..before) else { return false };
        let marker = &marked[before - (self.marker.len as usize).min(before)..];
        // What the life began with may reach behind the offset.
        let begins =
            || self.prefix.digest().is_start_of(text) && self.life.proof.prefix.is_start_of(text);
        Digest::of(marker) == self.marker && (from > 0 || begins())
    }

    /// Makes events of a block's whole lines and moves the offset behind them.
    fn take_lines(
        &mut self,
        batch: &mut Batch,
        seen: Stretch,
        at_end: bool,
        rules: LineRules<'_>,
        now: Timestamp,
        cut_lines: &mut u64,
    ) -> Found {
        let block = seen.block;
        batch.arena.advance(block.end() - batch.arena.len());
        let first_event = batch.len();
        let origin = batch.add_origin(&self.origin);
        let mut cutter =
            Cutter { origin, now, rules, base: self.offset, start: block.start(), pieces: 0 };
        let mut taken = 0;
        if self.offset == 0 && batch.arena.get(block).starts_with(b"\xef\xbb\xbf") {
            taken = 3;
        }
        if self.mid_line {
            // The rest of a line that was handed out unfinished: nothing, or one more piece of it.
            let text = batch.arena.get(block);
            let rest = usize::from(text.starts_with(b"\r"));
            if text.get(rest) == Some(&b'\n') {
                taken = rest + 1;
                self.mid_line = false;
            }
        }
        let mut heading = Heading::default();
        let mut is_full = false;
        while let Some(len) = memchr(b'\n', batch.arena.get(block.slice(taken, block.len()))) {
            is_full = batch.len() - first_event >= EVENTS_MAX;
            if is_full {
                break;
            }
            let line = block.slice(taken, taken + len);
            let place = cutter.base + taken as u64;
            taken += len + 1;
            if rules.header.is_some() {
                if self.takes_header(rules, place, batch.arena.get(line)) {
                    heading.add(batch.arena.get(block.slice(taken - len - 1, taken)));
                    continue;
                }
                self.settle(&mut heading, batch, &mut cutter.origin);
            }
            cutter.line(batch, line, self.mid_line);
            self.mid_line = false;
        }
        self.settle(&mut heading, batch, &mut cutter.origin);
        let rest = block.slice(taken, block.len());
        let is_header = || self.is_header(rules, cutter.base + taken as u64, batch.arena.get(rest));
        if is_full {
            // The rest is read again, into the next batch.
        } else if rest.len() > rules.bytes_max {
            // Endless without a newline: hand out whole pieces of it, and go on mid-line.
            let whole = rest.len() - rest.len() % rules.bytes_max;
            cutter.line(batch, rest.slice(0, whole), true);
            self.mid_line = true;
            taken += whole;
        } else if at_end && rules.take_unfinished && !rest.is_empty() && !is_header() {
            cutter.line(batch, rest, self.mid_line);
            self.mid_line = true;
            taken += rest.len();
        }
        *cut_lines += cutter.pieces;
        self.check_utf8(batch, block.slice(0, taken), first_event);
        self.move_behind(batch.arena.get(seen.up_to(taken)), taken);
        if at_end && !is_full { Found::End(taken as u64) } else { Found::More(taken as u64) }
    }

    /// Tags the events that are not UTF-8; the check of a whole block is nearly free.
    #[expect(clippy::unused_self, reason = "it belongs to reading a file's lines")]
    fn check_utf8(&self, batch: &mut Batch, block: Span, first_event: usize) {
        if std::str::from_utf8(batch.arena.get(block)).is_ok() {
            return;
        }
        for i in first_event..batch.len() {
            let line = batch.event(i).bytes(Key::MESSAGE).unwrap_or_default();
            if std::str::from_utf8(line).is_err() {
                batch.event_mut(i).add_tag(INVALID_UTF8_TAG);
            }
        }
    }

    /// Moves the offset on by the last `taken` bytes of a text that ends there.
    fn move_behind(&mut self, text: &[u8], taken: usize) {
        self.offset += taken as u64;
        if text.len() as u64 == self.offset {
            self.prefix.extend(text);
        }
        self.marker = Digest::of(&text[text.len().saturating_sub(MARKER_MAX)..]);
    }
}

/// What a read brought: bytes that were known, and the block behind them.
#[derive(Clone, Copy)]
struct Stretch {
    /// Where the known ones begin.
    start: usize,
    block: Span,
}

impl Stretch {
    /// The known bytes and so many of the block.
    fn up_to(self, taken: usize) -> Span {
        Span::new(self.start, self.block.start() + taken)
    }
}

/// Whether the other file, of length `len`, ends with what the file has at the same place.
///
/// Also when the file no longer reaches there: then it was cut a moment ago, which its next read
/// finds out, and the other one is what is left of it.
fn is_copied_by(file: &dyn ReadFile, other: &dyn ReadFile, len: u64) -> io::Result<bool> {
    let start = len.saturating_sub(MARKER_MAX as u64);
    let theirs = read_exact(other, start, MARKER_MAX)?;
    let ours = read_exact(file, start, theirs.len())?;
    Ok(!theirs.is_empty() && (ours.len() < theirs.len() || ours == theirs))
}

/// Makes events of lines.
struct Cutter<'a> {
    origin: u32,
    now: Timestamp,
    rules: LineRules<'a>,
    /// The file's offset of the block, and where the block lies in the batch.
    base: u64,
    start: usize,
    /// Pieces of lines that were too long.
    pieces: u64,
}

impl Cutter<'_> {
    /// One line without its newline; in pieces where it is too long, or continues one that was.
    fn line(&mut self, batch: &mut Batch, line: Span, is_piece: bool) {
        let mut rest = line;
        loop {
            let len = rest.len().min(self.rules.bytes_max);
            let piece = rest.slice(0, len);
            let is_last = len == rest.len();
            let is_cut = is_piece || !is_last || line.len() > self.rules.bytes_max;
            self.event(batch, piece, is_last, is_cut);
            if is_last {
                return;
            }
            rest = rest.slice(len, rest.len());
        }
    }

    fn event(&mut self, batch: &mut Batch, text: Span, strip: bool, is_cut: bool) {
        let position = self.base + (text.start() - self.start) as u64;
        let carriage_return = strip && batch.arena.get(text).ends_with(b"\r");
        let text = text.slice(0, text.len() - usize::from(carriage_return));
        let event = batch.push(self.origin, position, self.now);
        event.push(Field { key: Key::MESSAGE, value: Value::Text(text) });
        if is_cut {
            self.pieces += 1;
            let last = batch.len() - 1;
            batch.event_mut(last).add_tag(CUT_TAG);
        }
    }
}
