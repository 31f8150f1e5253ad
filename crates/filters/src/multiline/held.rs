//! Events in the making, of every source.
//!
//! Within a batch an event in the making stays where it is and grows; lines that become part of it
//! leave. Over the end of the batch it is kept, with its share of the receipt.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use weir_component::{FilterError, Fold, Gathered, JoinEnd, Joiner, Keep, Moment};
use weir_event::{Batch, EventMut, EventRef, Kept, Key, Span, Value};

use super::lines::Lines;

/// Joins the lines of each source.
#[derive(Debug)]
pub(crate) struct Multiliner {
    lines: Arc<Lines>,
    field: Key,
    sources_max: usize,
    bytes_max: usize,
    open: HashMap<Source, Open>,
    /// Sources whose event in the making changed in this batch.
    touched: Vec<Source>,
    /// When events in the making changed, oldest first; an entry holds while the event has its
    /// stamp.
    order: VecDeque<(Source, u64, Duration)>,
    stamp: u64,
    held_bytes: usize,
}

/// What tells sources apart: an identity, or where the origin lies. An origin stays where it is
/// while an event of it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Source {
    number: u64,
    is_identity: bool,
}

impl Source {
    fn of(event: EventRef<'_>) -> Self {
        let origin = event.origin_ref();
        if origin.identity == 0 {
            return Self { number: Arc::as_ptr(origin).addr() as u64, is_identity: false };
        }
        Self { number: origin.identity, is_identity: true }
    }
}

/// An event in the making.
#[derive(Debug)]
struct Open {
    place: Place,
    gathered: Gathered,
    lines: usize,
    /// Position and part of its last line.
    last: (u64, u64),
    stamp: u64,
}

#[derive(Debug)]
enum Place {
    /// In the batch at hand, with its text as pieces of the batch's: the first, and those that do
    /// not lie behind it. They are put together once, however many there are.
    Here(usize, Span, Vec<Span>),
    Kept(Box<Kept>),
}

impl Place {
    fn held_len(&self) -> usize {
        match self {
            Self::Here(..) => 0,
            Self::Kept(kept) => kept.held_len(),
        }
    }
}

/// How many entries of the order may be stale before they are swept, besides as many as hold.
const STALE_MAX: usize = 1024;

impl Multiliner {
    pub(super) fn new(lines: Lines, field: Key, sources_max: usize, bytes_max: usize) -> Self {
        Self {
            lines: Arc::new(lines),
            field,
            sources_max,
            bytes_max,
            open: HashMap::new(),
            touched: Vec::new(),
            order: VecDeque::new(),
            stamp: 0,
            held_bytes: 0,
        }
    }

    fn take_out(&mut self, source: Source) -> Option<Open> {
        let open = self.open.remove(&source)?;
        self.held_bytes -= open.place.held_len();
        Some(open)
    }

    fn put_in(&mut self, source: Source, open: Open) {
        self.held_bytes += open.place.held_len();
        self.open.insert(source, open);
        if self.touched.last() != Some(&source) {
            self.touched.push(source);
        }
    }

    /// Lets an event go: it stays where it is, or is put back before the one at `at`.
    fn close(&self, batch: &mut Batch, at: usize, open: Open, end: JoinEnd) {
        match open.place {
            Place::Here(i, text, more) => {
                self.put_together(batch, i, text, &more);
                self.finish(&mut batch.event_mut(i), open.lines, end);
            }
            Place::Kept(mut kept) => {
                self.finish(&mut kept.event_mut(), open.lines, end);
                batch.put_back(at, *kept);
            }
        }
    }

    /// Gives an event of this batch the text that its lines have together.
    fn put_together(&self, batch: &mut Batch, i: usize, text: Span, more: &[Span]) {
        let text = match more {
            [] => text,
            more => batch.arena.join(&[&[text], more].concat(), b'\n'),
        };
        batch.event_mut(i).set(self.field, Value::Text(text));
    }

    fn finish(&self, event: &mut EventMut<'_>, lines: usize, end: JoinEnd) {
        let joined = self.lines.tag().filter(|_| lines > 1);
        for tag in joined.into_iter().chain(end.tag()) {
            event.add_tag(tag);
        }
        let read = event.as_ref();
        let bytes = read.bytes(self.field).map_or(0, <[u8]>::len);
        event.set_part(end.part(read.part(), bytes));
    }

    /// Adds the line of the event at `at` to an event in the making.
    fn join(&self, batch: &mut Batch, at: usize, line: Span, open: &mut Open) {
        match &mut open.place {
            Place::Here(i, text, more) => {
                for tag in tags(batch.event(at)) {
                    batch.event_mut(*i).add_tag(&tag);
                }
                let last = more.last_mut().unwrap_or(text);
                match batch.arena.span_over(*last, b'\n', line) {
                    Some(whole) => *last = whole,
                    None => more.push(line),
                }
            }
            Place::Kept(kept) => {
                for tag in tags(batch.event(at)) {
                    kept.event_mut().add_tag(&tag);
                }
                kept.event_mut().extend_text(self.field, b'\n', batch.arena.get(line));
                kept.join_receipt(batch.share_receipt());
            }
        }
        open.lines += 1;
        batch.event_mut(at).discard();
    }

    /// The oldest event in the making, if it has to go.
    fn next_to_go(&mut self, moment: &Moment) -> Option<Source> {
        loop {
            let (source, stamp, since) = *self.order.front()?;
            if self.open.get(&source).is_none_or(|open| open.stamp != stamp) {
                self.order.pop_front();
                continue;
            }
            let is_overdue = since + self.lines.limits().timeout <= moment.elapsed;
            let is_too_much =
                self.open.len() > self.sources_max || self.held_bytes > self.bytes_max;
            if !(moment.is_last || is_overdue || is_too_much) {
                return None;
            }
            self.order.pop_front();
            return Some(source);
        }
    }
}

/// The tags of a line: what its input had to say about it.
fn tags(line: EventRef<'_>) -> Vec<String> {
    let text = |value: &Value| match value {
        Value::Text(span) => Some(String::from_utf8_lossy(line.arena().get(*span)).into_owned()),
        _ => None,
    };
    match line.get(Key::TAGS) {
        None => Vec::new(),
        Some(Value::List(items)) => items.iter().filter_map(text).collect(),
        Some(single) => text(single).into_iter().collect(),
    }
}

impl Fold for Multiliner {
    fn take(&mut self, batch: &mut Batch, at: usize, _: &Moment) -> Result<Keep, FilterError> {
        let event = batch.event(at);
        let source = Source::of(event);
        let mark = (event.position(), event.part());
        let mut open = self.take_out(source);
        let Some(&Value::Text(line)) = event.get(self.field) else {
            if let Some(open) = open {
                self.close(batch, at, open, JoinEnd::Whole);
            }
            return Ok(Keep::Yes);
        };
        if source.is_identity {
            // Read again after a loss: what is kept of the first time comes again as well, whole.
            open = open.filter(|open| {
                mark.0 > open.last.0 || (mark.0 == open.last.0 && mark != open.last)
            });
        }
        let mut gathered = open.as_ref().map(|open| open.gathered).unwrap_or_default();
        let added = gathered.add(&*self.lines, batch.arena.get(line));
        if let Some(end) = added.before
            && let Some(open) = open.take()
        {
            self.close(batch, at, open, end);
        }
        let mut open = match open {
            Some(mut open) => {
                self.join(batch, at, line, &mut open);
                open
            }
            None => Open {
                place: Place::Here(at, line, Vec::new()),
                gathered,
                lines: 1,
                last: mark,
                stamp: 0,
            },
        };
        (open.gathered, open.last) = (gathered, mark);
        match added.with {
            Some(end) => self.close(batch, at, open, end),
            None => self.put_in(source, open),
        }
        Ok(Keep::Yes)
    }

    fn pause(&mut self, batch: &mut Batch, moment: &Moment) {
        for source in std::mem::take(&mut self.touched) {
            let Some(mut open) = self.open.remove(&source) else { continue };
            if let Place::Here(i, text, more) = &open.place {
                self.put_together(batch, *i, *text, more);
                let kept = batch.keep(*i);
                batch.event_mut(*i).discard();
                self.held_bytes += kept.held_len();
                open.place = Place::Kept(Box::new(kept));
            }
            self.stamp += 1;
            open.stamp = self.stamp;
            self.open.insert(source, open);
            self.order.push_back((source, self.stamp, moment.elapsed));
        }
        while let Some(source) = self.next_to_go(moment) {
            if let Some(open) = self.take_out(source) {
                self.close(batch, usize::MAX, open, JoinEnd::Unfinished);
            }
        }
        if self.order.len() > 2 * self.open.len() + STALE_MAX {
            let open = &self.open;
            self.order
                .retain(|(source, stamp, _)| open.get(source).is_some_and(|it| it.stamp == *stamp));
        }
    }

    fn due(&self) -> Option<Duration> {
        self.order.front().map(|(_, _, since)| *since + self.lines.limits().timeout)
    }

    fn clear(&mut self) {
        self.open.clear();
        self.touched.clear();
        self.order.clear();
        self.held_bytes = 0;
    }

    fn joiner(&self) -> Option<Arc<dyn Joiner>> {
        (self.field == Key::MESSAGE).then(|| self.lines.clone() as Arc<dyn Joiner>)
    }
}
