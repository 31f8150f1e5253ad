//! An event that outlives its batch.

use crate::batch::Scratch;
use crate::{Arena, Event, EventMut, EventRef, OriginRef, Receipt};

/// A copy of an event with memory of its own, and a share in the promise of the batch it came in.
///
/// Dropping it reports that batch as lost; [`crate::Batch::put_back`] lets it go on.
#[derive(Debug)]
pub struct Kept {
    pub(crate) event: Event,
    pub(crate) text: Arena,
    pub(crate) origin: OriginRef,
    pub(crate) receipt: Receipt,
    scratch: Scratch,
}

impl Kept {
    pub(crate) fn new(event: &Event, from: &Arena, origin: &OriginRef, receipt: Receipt) -> Self {
        let mut text = Arena::default();
        let mut copy = Event {
            time: event.time,
            position: event.position,
            part: event.part,
            bare: event.bare,
            ..Event::default()
        };
        copy.fields.extend(event.fields.iter().map(|field| field.copied(from, &mut text)));
        Self { event: copy, text, origin: origin.clone(), receipt, scratch: Scratch::default() }
    }

    /// The event, for reading.
    #[must_use]
    pub fn event(&self) -> EventRef<'_> {
        EventRef { event: &self.event, arena: &self.text, origin: &self.origin }
    }

    /// The event, for changing.
    pub fn event_mut(&mut self) -> EventMut<'_> {
        EventMut {
            event: &mut self.event,
            arena: &mut self.text,
            origin: &self.origin,
            scratch: &mut self.scratch,
        }
    }

    /// Takes over another share: for what became part of this event.
    pub fn join_receipt(&mut self, other: Receipt) {
        self.receipt.join(other);
    }

    /// Bytes of memory it holds, about.
    #[must_use]
    pub fn held_len(&self) -> usize {
        self.text.capacity()
            + self.event.fields.capacity() * size_of::<crate::Field>()
            + size_of::<Self>()
    }
}
