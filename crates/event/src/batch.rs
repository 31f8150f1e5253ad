//! Events that share their text and their fate.

use std::sync::Arc;

use crate::{Arena, EventMut, EventRef, Field, OriginRef, Receipt, Span, Timestamp};

/// Memory that a recycled batch keeps at most, in bytes of text: four read blocks. A batch that
/// held a giant line gives its memory back.
const TEXT_KEPT_MAX: usize = 1 << 20;

/// One log record. Its text values lie in the batch; see [`EventRef`] for reading.
#[derive(Debug, Default)]
pub struct Event {
    /// When it happened: as the record says, else when it was read.
    pub time: Timestamp,
    /// Where in its origin it began. With the origin's identity it names the event for good: a
    /// replay is recognised by it, whatever batch it comes in.
    pub position: u64,
    /// Fields in the order in which they were found; no name twice.
    pub(crate) fields: Vec<Field>,
    /// Index into the batch's origins.
    pub(crate) origin: u32,
    /// Set when a filter dropped it; outputs and later filters do not see it.
    pub(crate) dropped: bool,
    /// Set when the facts that its origin delivers have become fields of its own.
    pub(crate) bare: bool,
}

impl Event {
    /// Whether a filter dropped it.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.dropped
    }

    /// Takes it out of the pipeline, or puts it back.
    pub fn set_dropped(&mut self, dropped: bool) {
        self.dropped = dropped;
    }

    /// Appends a field whose name the event does not have yet: for inputs and decoders, which know.
    pub fn push(&mut self, field: Field) {
        debug_assert!(self.fields.iter().all(|it| it.key != field.key), "no name twice");
        self.fields.push(field);
    }
}

/// Buffers that filters use for one event and that nobody needs afterwards.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Text in the making.
    pub text: Vec<u8>,
    /// Pieces found, relative to whatever was searched.
    pub spans: Vec<Option<(usize, usize)>>,
}

/// Events that share one fate: delivered together, or read again together.
#[derive(Debug, Default)]
pub struct Batch {
    /// What the events' values are cut from.
    pub arena: Arena,
    /// Settles the events with their input; [`Batch::take_receipt`] hands it on.
    receipt: Option<Receipt>,
    events: Vec<Event>,
    /// How many of `events` count; the rest keep their memory for the next use.
    used: usize,
    origins: Vec<OriginRef>,
    scratch: Scratch,
}

impl Batch {
    /// An empty batch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the receipt that answers for these events.
    pub fn set_receipt(&mut self, receipt: Receipt) {
        self.receipt = Some(receipt);
    }

    /// Hands the receipt on; an unclaimed one if none was set.
    pub fn take_receipt(&mut self) -> Receipt {
        self.receipt.take().unwrap_or_else(Receipt::unclaimed)
    }

    /// Makes an origin known to this batch; its index goes to [`Batch::push`].
    pub fn add_origin(&mut self, origin: &OriginRef) -> u32 {
        if let Some(last) = self.origins.last()
            && Arc::ptr_eq(last, origin)
        {
            return index(self.origins.len() - 1);
        }
        self.origins.push(origin.clone());
        index(self.origins.len() - 1)
    }

    /// Appends an event without fields.
    pub fn push(&mut self, origin: u32, position: u64, time: Timestamp) -> &mut Event {
        if self.used == self.events.len() {
            self.events.push(Event::default());
        }
        let event = &mut self.events[self.used];
        self.used += 1;
        event.fields.clear();
        event.time = time;
        event.position = position;
        event.origin = origin;
        event.dropped = false;
        event.bare = false;
        event
    }

    /// Appends an event that has one text field, copied into the batch: for tests and small inputs.
    pub fn push_text(
        &mut self,
        origin: u32,
        position: u64,
        time: Timestamp,
        field: (crate::Key, &[u8]),
    ) {
        let (key, text) = field;
        let span: Span = self.arena.append(text);
        self.push(origin, position, time).push(Field { key, value: crate::Value::Text(span) });
    }

    /// Number of events, dropped ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether there is no event at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Number of events that no filter dropped.
    #[must_use]
    pub fn live(&self) -> usize {
        self.events[..self.used].iter().filter(|event| !event.dropped).count()
    }

    /// Whether the event at `i` is still in the pipeline.
    #[must_use]
    pub fn is_live(&self, i: usize) -> bool {
        self.events[..self.used].get(i).is_some_and(|event| !event.dropped)
    }

    /// The event at `i`, for reading. Panics when `i` is not below [`Batch::len`].
    #[must_use]
    pub fn event(&self, i: usize) -> EventRef<'_> {
        let event = &self.events[..self.used][i];
        EventRef { event, arena: &self.arena, origin: &self.origins[event.origin as usize] }
    }

    /// The event at `i`, for changing. Panics when `i` is not below [`Batch::len`].
    pub fn event_mut(&mut self, i: usize) -> EventMut<'_> {
        let event = &mut self.events[..self.used][i];
        EventMut {
            origin: &self.origins[event.origin as usize],
            event,
            arena: &mut self.arena,
            scratch: &mut self.scratch,
        }
    }

    /// The events that no filter dropped, in order.
    pub fn iter(&self) -> impl Iterator<Item = EventRef<'_>> {
        self.events[..self.used].iter().filter(|event| !event.dropped).map(|event| EventRef {
            event,
            arena: &self.arena,
            origin: &self.origins[event.origin as usize],
        })
    }

    /// Forgets events, text and origins and keeps the memory; a receipt still held is lost.
    pub fn clear(&mut self) {
        self.used = 0;
        self.origins.clear();
        self.arena.clear(TEXT_KEPT_MAX);
        drop(self.receipt.take());
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).expect("a batch has far fewer origins than bytes")
}
