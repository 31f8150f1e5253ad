//! Whole events out of a file's lines, where a filter says which lines belong together.
//!
//! The lines of an event lie side by side in the block, so that joining them is a longer span. An
//! event that may still grow is not handed out and does not count as read: the offset stays at its
//! first line, and its bytes are read again with those that follow. Lines are looked at only once,
//! so their bytes must be the same again; if not, the file was cut or overwritten.

use std::time::Duration;

use memchr::memchr;
use weir_component::{Gathered, JoinEnd, Joiner};
use weir_event::{Batch, Field, Key, Span, Timestamp, Value};

use super::super::content::Digest;
use super::heading::Heading;
use super::{Cutter, EVENTS_MAX, Found, LineRules, Stretch, Tail};

/// The event in the making at a file's offset.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    gathered: Gathered,
    /// Lines in it, and the bytes behind the offset that they take, with the last line end.
    lines: usize,
    scanned: usize,
    /// Where its text ends, counted from the offset: without the last line end.
    text_end: usize,
    /// The last line ended with a carriage return; one before it did.
    has_return: bool,
    has_inner_return: bool,
    /// Where the file ended when it was read last, and when that was found to be further.
    seen_to: u64,
    noted_to: u64,
    grew_at: Duration,
    is_hurried: bool,
    /// What its bytes were when they were looked at; they are read again and must be the same.
    digest: Digest,
    /// Its bytes, if they are few: should the file be cut meanwhile, they are nowhere else.
    text: Vec<u8>,
}

/// Bytes that are kept of each file's event in the making: more than a stack trace has, and a
/// thousand files take no more than 64 MiB.
const KEPT_MAX: usize = 64 << 10;

impl Gathering {
    /// Keeps what is needed of the bytes of the event in the making.
    fn remember(&mut self, text: &[u8]) {
        self.digest = if self.lines == 0 { Digest::default() } else { Digest::of(text) };
        if self.lines == 0 || text.len() > KEPT_MAX {
            self.text.clear();
        } else if self.text.len() < text.len() {
            self.text.extend_from_slice(&text[self.text.len()..]);
        }
    }
}

/// A stretch of the file from its offset on.
#[derive(Clone, Copy)]
pub(super) struct Look<'a> {
    pub(super) seen: Stretch,
    /// The file ends with the block.
    pub(super) at_end: bool,
    pub(super) rules: LineRules<'a>,
    pub(super) joiner: &'a dyn Joiner,
    pub(super) now: Timestamp,
}

impl Tail {
    /// Whether lines were read that are not handed out.
    pub(in super::super) fn is_gathering(&self) -> bool {
        self.gathering.lines > 0
    }

    /// Whether the event in the making has waited long enough.
    pub(in super::super) fn is_overdue(&self, joiner: &dyn Joiner, now: Duration) -> bool {
        let deadline = self.deadline(joiner);
        self.gathering.is_hurried || deadline.is_some_and(|deadline| deadline <= now)
    }

    /// When the event in the making will have waited long enough.
    pub(in super::super) fn deadline(&self, joiner: &dyn Joiner) -> Option<Duration> {
        self.is_gathering().then(|| self.gathering.grew_at + joiner.limits().timeout)
    }

    /// Lets the event in the making wait no longer.
    pub(in super::super) fn hurry(&mut self) {
        self.gathering.is_hurried = true;
    }

    /// Whether more was found of an event in the making.
    pub(in super::super) fn note_growth(&mut self, now: Duration) -> bool {
        let gathering = &mut self.gathering;
        let has_grown = gathering.seen_to > gathering.noted_to;
        if has_grown {
            (gathering.noted_to, gathering.grew_at) = (gathering.seen_to, now);
        }
        has_grown
    }

    /// Hands out the event in the making of a file that was cut; false when there is none, or it was
    /// too long to be kept.
    pub(in super::super) fn let_go(
        &mut self,
        batch: &mut Batch,
        rules: LineRules<'_>,
        now: Timestamp,
    ) -> bool {
        let mut gathering = std::mem::take(&mut self.gathering);
        let text = std::mem::take(&mut gathering.text);
        let Some(joiner) = rules.joiner.filter(|_| gathering.lines > 0 && !text.is_empty()) else {
            return false;
        };
        let (block, first_event) = (batch.arena.append(&text), batch.len());
        let origin = batch.add_origin(&self.origin);
        let cutter =
            Cutter { origin, now, rules, base: self.offset, start: block.start(), pieces: 0 };
        let at = block.len();
        Making { batch, cutter, joiner, block, start: 0, at, gathering }.close(JoinEnd::Unfinished);
        self.check_utf8(batch, block, first_event);
        self.move_behind(&text, text.len());
        true
    }

    /// Makes events of a block's lines and moves the offset behind those that are complete. Nothing
    /// when the block holds no whole event and there is more to read.
    pub(super) fn take_events(
        &mut self,
        batch: &mut Batch,
        look: Look<'_>,
        cut_lines: &mut u64,
    ) -> Option<Found> {
        let Look { seen, at_end, rules, joiner, now } = look;
        let block = seen.block;
        if !self.gathering.digest.is_start_of(batch.arena.get(block)) {
            return Some(Found::Cut);
        }
        let first_event = batch.len();
        let origin = batch.add_origin(&self.origin);
        let cutter =
            Cutter { origin, now, rules, base: self.offset, start: block.start(), pieces: 0 };
        let gathering = std::mem::take(&mut self.gathering);
        let mut making =
            Making { batch, cutter, joiner, block, start: 0, at: gathering.scanned, gathering };
        let is_at_beginning = making.at == 0;
        let marked = self.offset == 0 && making.text(0).starts_with(b"\xef\xbb\xbf");
        making.start = if marked { 3 } else { 0 };
        making.at = making.at.max(making.start);
        if self.mid_line && is_at_beginning {
            // The rest of a line that was handed out unfinished: nothing, or one more piece of it.
            let rest = usize::from(making.text(0).starts_with(b"\r"));
            if making.text(0).get(rest) == Some(&b'\n') {
                making.pass_by(rest + 1);
                self.mid_line = false;
            }
        }
        let looked_from = making.at;
        let mut heading = Heading::default();
        let mut is_full = false;
        while let Some(len) = memchr(b'\n', making.text(making.at)) {
            is_full = making.batch.len() - first_event >= EVENTS_MAX;
            if is_full {
                break;
            }
            let line = block.slice(making.at, making.at + len);
            if self.takes_header(rules, making.place(), making.batch.arena.get(line)) {
                making.close(JoinEnd::Whole);
                heading.add(making.batch.arena.get(block.slice(making.at, making.at + len + 1)));
                making.pass_by(making.at + len + 1);
                continue;
            }
            self.settle(&mut heading, making.batch, &mut making.cutter.origin);
            if self.mid_line || len > rules.bytes_max {
                making.pieces(len, self.mid_line);
                making.pass_by(making.at + len + 1);
                self.mid_line = false;
            } else {
                making.line(len);
                making.at += len + 1;
                making.close_if_ended();
            }
        }
        self.settle(&mut heading, making.batch, &mut making.cutter.origin);
        if !is_full {
            let is_quiet = making.at == looked_from;
            // An unfinished line of a header waits for its end.
            let rest = making.text(making.at);
            let is_header = self.is_header(rules, making.place(), rest);
            let len = if is_header { 0 } else { rest.len() };
            self.mid_line = making.take_rest(len, at_end, is_quiet, self.mid_line);
        }
        let (taken, pieces) = (making.start, making.cutter.pieces);
        self.gathering = making.gathering;
        self.gathering.scanned = making.at - taken;
        self.gathering.is_hurried &= !at_end;
        let open = block.slice(taken, making.at);
        self.gathering.remember(making.batch.arena.get(open));
        self.gathering.seen_to = self.offset + block.len() as u64;
        if taken == 0 && !at_end {
            return None;
        }
        *cut_lines += pieces;
        self.check_utf8(batch, block.slice(0, taken), first_event);
        self.move_behind(batch.arena.get(seen.up_to(taken)), taken);
        Some(if at_end && !is_full { Found::End(taken as u64) } else { Found::More(taken as u64) })
    }
}

/// Events being made of a block.
struct Making<'a> {
    batch: &'a mut Batch,
    cutter: Cutter<'a>,
    joiner: &'a dyn Joiner,
    block: Span,
    /// Where in the block the event in the making begins, and the next line to look at.
    start: usize,
    at: usize,
    gathering: Gathering,
}

impl Making<'_> {
    fn text(&self, from: usize) -> &[u8] {
        self.batch.arena.get(self.block.slice(from, self.block.len()))
    }

    /// Where in the file the next line begins.
    fn place(&self) -> u64 {
        self.cutter.base + self.at as u64
    }

    /// Leaves out what is before `end`; nothing is in the making there.
    fn pass_by(&mut self, end: usize) {
        (self.start, self.at) = (end, end);
    }

    /// Adds the next line, which may begin another event.
    fn line(&mut self, len: usize) {
        let line = self.block.slice(self.at, self.at + len);
        let text = self.batch.arena.get(line);
        let has_return = text.ends_with(b"\r");
        let text = &text[..len - usize::from(has_return)];
        let bare_len = text.len();
        let added = self.gathering.gathered.add(self.joiner, text);
        if let Some(end) = added.before {
            let gathered = self.gathering.gathered;
            self.close(end);
            self.start = self.at;
            self.gathering.gathered = gathered;
        }
        let gathering = &mut self.gathering;
        gathering.has_inner_return |= gathering.lines > 0 && gathering.has_return;
        gathering.has_return = has_return;
        gathering.lines += 1;
        gathering.text_end = self.at + bare_len - self.start;
    }

    /// Ends the event if the line said so; behind [`Making::line`].
    fn close_if_ended(&mut self) {
        if self.gathering.lines > 0 && self.gathering.gathered.is_empty() {
            self.close(JoinEnd::Whole);
            self.start = self.at;
        }
    }

    /// A line that is too long, or continues one, is no part of an event.
    fn pieces(&mut self, len: usize, is_piece: bool) {
        self.close(JoinEnd::Whole);
        self.claim();
        let line = self.block.slice(self.at, self.at + len);
        self.cutter.line(self.batch, line, is_piece);
    }

    /// What is behind the last line end, `len` bytes; says whether a line was handed out unfinished.
    fn take_rest(&mut self, len: usize, at_end: bool, is_quiet: bool, mid_line: bool) -> bool {
        let rules = self.cutter.rules;
        if len > rules.bytes_max {
            // Endless without a newline: hand out whole pieces of it, and go on mid-line.
            let whole = len - len % rules.bytes_max;
            self.pieces(whole, true);
            self.pass_by(self.at + whole);
            return true;
        }
        if at_end && rules.take_unfinished {
            if len > 0 && mid_line {
                self.pieces(len, true);
            } else if len > 0 {
                self.line(len);
            }
            self.at += len;
            self.close(JoinEnd::Unfinished);
            self.start = self.at;
            return mid_line || len > 0;
        }
        if at_end && (rules.is_overdue && is_quiet || self.gathering.is_hurried) {
            self.close(JoinEnd::Unfinished);
            self.start = self.at;
        }
        mid_line
    }

    /// Makes an event of what was gathered, if anything was.
    fn close(&mut self, end: JoinEnd) {
        if self.gathering.lines == 0 {
            return;
        }
        self.claim();
        let Gathering { lines, text_end, has_inner_return, .. } = self.gathering;
        let mut text = self.block.slice(self.start, self.start + text_end);
        if has_inner_return {
            text = self.without_returns(text);
        }
        let position = self.cutter.base + self.start as u64;
        let event = self.batch.push(self.cutter.origin, position, self.cutter.now);
        event.part = end.part(0, text.len());
        event.push(Field { key: Key::MESSAGE, value: Value::Text(text) });
        let i = self.batch.len() - 1;
        let joined = self.joiner.tag().filter(|_| lines > 1);
        for tag in joined.into_iter().chain(end.tag()) {
            self.batch.event_mut(i).add_tag(tag);
        }
        // What the file was like when it was read last stays known.
        let Gathering { seen_to, noted_to, grew_at, is_hurried, .. } = self.gathering;
        self.gathering =
            Gathering { seen_to, noted_to, grew_at, is_hurried, ..Gathering::default() };
    }

    /// Makes the block part of the batch's text.
    fn claim(&mut self) {
        let missing = self.block.end().saturating_sub(self.batch.arena.len());
        self.batch.arena.advance(missing);
    }

    /// The text with plain line ends: a carriage return before a newline is no part of a line.
    fn without_returns(&mut self, text: Span) -> Span {
        let raw = self.batch.arena.get(text);
        let mut plain = Vec::with_capacity(raw.len());
        for line in raw.split_inclusive(|byte| *byte == b'\n') {
            match line.strip_suffix(b"\r\n") {
                Some(line) => plain.extend_from_slice(&[line, b"\n"].concat()),
                None => plain.extend_from_slice(line),
            }
        }
        self.batch.arena.append(&plain)
    }
}
