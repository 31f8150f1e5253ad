//! Encoded events on their way to an output.

use weir_event::{Batch, EventRef, Receipt};

use crate::{Body, Spares};

/// The events of a batch that one output wants.
#[derive(Clone, Copy, Debug)]
pub struct Selection<'a> {
    batch: &'a Batch,
    /// Indices of the events, ascending; all live ones when nothing is given.
    picked: Option<&'a [usize]>,
}

impl<'a> Selection<'a> {
    /// Every event that no filter dropped.
    #[must_use]
    pub fn all(batch: &'a Batch) -> Self {
        Self { batch, picked: None }
    }

    /// The events at these indices, in ascending order.
    #[must_use]
    pub fn of(batch: &'a Batch, picked: &'a [usize]) -> Self {
        Self { batch, picked: Some(picked) }
    }

    /// Visits the events in order.
    pub fn for_each(self, mut visit: impl FnMut(EventRef<'a>)) {
        match self.picked {
            None => self.batch.iter().for_each(visit),
            Some(picked) => picked.iter().for_each(|i| visit(self.batch.event(*i))),
        }
    }
}

/// Encoded events that are delivered together.
#[derive(Debug)]
pub struct Chunk {
    /// Where within the output they go, if it has several places: a file's path. Chunks of
    /// different targets are never sent in one request.
    pub target: Box<str>,
    /// The bytes as they will be sent.
    pub body: Body,
    /// Whether the body is compressed; a chunk of left-over items is not.
    pub packed: bool,
    /// CRC-32 of the body before compression, if it is compressed.
    pub crc: u32,
    /// Where each item ends in the body before compression. The last one is its length.
    pub ends: Vec<u32>,
    /// Settles the events once they are delivered.
    pub receipt: Receipt,
}

impl Chunk {
    /// A chunk that is not compressed, for the default target.
    #[must_use]
    pub fn plain(body: impl Into<Body>, ends: Vec<u32>) -> Self {
        let (target, body) = (Box::default(), body.into());
        Self { target, body, packed: false, crc: 0, ends, receipt: Receipt::unclaimed() }
    }

    /// Number of events in it.
    #[must_use]
    pub fn items(&self) -> usize {
        self.ends.len()
    }

    /// Bytes before compression.
    #[must_use]
    pub fn raw_len(&self) -> usize {
        self.ends.last().map_or(0, |end| *end as usize)
    }

    /// Memory it holds, in bytes: what a buffer counts.
    #[must_use]
    pub fn held_len(&self) -> usize {
        self.body.capacity() + self.ends.capacity() * size_of::<u32>() + self.target.len() + 128
    }

    /// Where an item lies in the body before compression.
    #[must_use]
    pub fn item(&self, i: usize) -> std::ops::Range<usize> {
        let start = if i == 0 { 0 } else { self.ends[i - 1] as usize };
        start..self.ends[i] as usize
    }

    /// A plain chunk of some of this chunk's items; `raw` is the body before compression.
    ///
    /// The receipt stays with this one.
    #[must_use]
    pub fn pick(&self, raw: &[u8], items: &[usize]) -> Self {
        let mut body = Vec::new();
        let mut ends = Vec::with_capacity(items.len());
        for item in items {
            body.extend_from_slice(raw.get(self.item(*item)).unwrap_or_default());
            ends.push(u32::try_from(body.len()).unwrap_or(u32::MAX));
        }
        Self { target: self.target.clone(), ..Self::plain(body, ends) }
    }
}

/// An event that could not be encoded for an output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The event, as a JSON document.
    pub document: Vec<u8>,
    /// Why, for the operator.
    pub reason: String,
}

/// What encoding a batch yields.
#[derive(Debug, Default)]
pub struct Encoded {
    /// Ready for sending; the driver adds the receipts.
    pub chunks: Vec<Chunk>,
    /// To be dead-lettered.
    pub refused: Vec<Refusal>,
    /// Where the output's buffers come from.
    pub spares: Spares,
}

/// Turns events into chunks. Each worker has its own, so it may keep buffers and caches.
pub trait Encode: Send {
    /// Appends to `out` the selected events, each either in a chunk or refused.
    fn encode(&mut self, events: Selection<'_>, out: &mut Encoded);
}
