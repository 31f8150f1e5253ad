//! Events that share their text and their fate.

use std::sync::Arc;

use crate::{Arena, EventMut, EventRef, Field, Kept, OriginRef, Receipt, Span, Timestamp};

/// Memory that a recycled batch keeps at most, in bytes of text: four read blocks. A batch that
/// held a giant line gives its memory back.
const TEXT_KEPT_MAX: usize = 1 << 20;

/// Events whose memory a recycled batch keeps at most: twice what the file input takes at a time.
/// A batch that a filter multiplied gives the rest back.
const EVENTS_KEPT_MAX: usize = 16_384;

/// One log record. Its text values lie in the batch; see [`EventRef`] for reading.
#[derive(Debug, Default)]
pub struct Event {
    /// When it happened: as the record says, else when it was read.
    pub time: Timestamp,
    /// Where in its origin it began; it grows from event to event. With the origin's identity it
    /// names the event for good: a replay is recognised by it, whatever batch it comes in.
    pub position: u64,
    /// Which of the events that share origin and position: 0 for what was read, see
    /// [`part_of`] for what filters made of it.
    pub part: u64,
    /// Fields in the order in which they were found; no name twice.
    pub(crate) fields: Vec<Field>,
    /// Index into the batch's origins.
    pub(crate) origin: u32,
    /// Set when a filter dropped it; outputs and later filters do not see it.
    pub(crate) dropped: bool,
    /// Set when the facts that its origin delivers have become fields of its own.
    pub(crate) bare: bool,
    /// What answers for it besides the batch's own receipt, as an index and one.
    pub(crate) voucher: u32,
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

/// The part of the `nth` event that a stage makes of one with this part; the 0th is that event.
///
/// It depends on nothing but its arguments, so that reading again makes the same parts. `stage`
/// counts the stages that make events: the first gives 1, 2, 3 to those made of what was read, all
/// others give numbers of at least 2^63, whose chance to meet is that of a 63-bit hash.
#[must_use]
pub fn part_of(part: u64, stage: u64, nth: u64) -> u64 {
    const TOP: u64 = 1 << 63;
    // The steps of splitmix64 (Steele, Lea, Flood 2014), which spread every bit over all others.
    let spread = |number: u64| {
        let number = number.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let number = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let number = (number ^ (number >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        number ^ (number >> 31)
    };
    match (part, stage, nth) {
        (_, _, 0) => part,
        (0, 0, _) => nth & !TOP,
        _ => spread(spread(spread(part) ^ stage) ^ nth) | TOP,
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
    /// Shares of earlier batches, for what was kept of them and is here now.
    vouchers: Vec<Receipt>,
    events: Vec<Event>,
    /// How many of `events` count; the rest keep their memory for the next use.
    used: usize,
    origins: Vec<OriginRef>,
    scratch: Scratch,
    /// Events at the end that belong further up: before which one, and where they are.
    inserted: Vec<(usize, usize)>,
    /// Room for putting them in their places.
    spare: Vec<Event>,
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

    /// Hands the receipt on, with the shares of what came from earlier batches; an unclaimed one if
    /// there is none.
    pub fn take_receipt(&mut self) -> Receipt {
        let mut receipt = self.receipt.take().unwrap_or_else(Receipt::unclaimed);
        self.vouchers.drain(..).for_each(|voucher| receipt.join(voucher));
        receipt
    }

    /// Another share of this batch's own receipt, for whoever keeps something of it.
    pub fn share_receipt(&self) -> Receipt {
        self.receipt.clone().unwrap_or_else(Receipt::unclaimed)
    }

    /// Lets the batch, and whoever keeps the event at `at`, answer also for what the receipt stands
    /// for.
    pub fn vouch(&mut self, at: usize, receipt: Receipt) {
        self.vouchers.push(receipt);
        self.events[..self.used][at].voucher = index(self.vouchers.len());
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

    /// Whether an origin is known, which then has the index 0.
    #[must_use]
    pub fn has_origin(&self) -> bool {
        !self.origins.is_empty()
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
        event.part = 0;
        event.voucher = 0;
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

    /// Appends an event without fields that belongs before the one at `at`: it goes there by
    /// [`Batch::arrange`], and can be reached at the end until then.
    pub fn push_before(
        &mut self,
        at: usize,
        origin: u32,
        position: u64,
        time: Timestamp,
    ) -> &mut Event {
        self.inserted.push((at, self.used));
        self.push(origin, position, time)
    }

    /// Appends a copy of the event at `at` that belongs behind it, and says where it is until
    /// [`Batch::arrange`].
    pub fn copy_behind(&mut self, at: usize, part: u64) -> usize {
        let Event { origin, position, time, .. } = self.events[..self.used][at];
        self.push_before(at + 1, origin, position, time);
        let copy = self.used - 1;
        let (before, behind) = self.events.split_at_mut(copy);
        (behind[0].part, behind[0].voucher) = (part, before[at].voucher);
        behind[0].bare = before[at].bare;
        behind[0].fields.clone_from(&before[at].fields);
        copy
    }

    /// How many events wait to be put in their places.
    #[must_use]
    pub fn unarranged(&self) -> usize {
        self.inserted.len()
    }

    /// Where those are of them that came after the first so many, in the order in which they will
    /// stand.
    pub fn unarranged_since(&self, count: usize) -> impl Iterator<Item = usize> {
        self.inserted.iter().skip(count).map(|(_, from)| *from)
    }

    /// Lets those of them that came after the first so many stand behind the event at `at`, in this
    /// order: for whoever makes copies of copies.
    pub fn line_up(&mut self, count: usize, at: usize, copies: &[usize]) {
        debug_assert!(self.inserted.len() == count + copies.len(), "each has its place");
        self.inserted.truncate(count);
        self.inserted.extend(copies.iter().map(|copy| (at + 1, *copy)));
    }

    /// Puts the events that were pushed before others in their places; those for one place stay
    /// in the order in which they came.
    pub fn arrange(&mut self) {
        if self.inserted.is_empty() {
            return;
        }
        self.inserted.sort_by_key(|(at, _)| *at);
        let settled = self.used - self.inserted.len();
        let mut arranged = std::mem::take(&mut self.spare);
        let mut inserted = self.inserted.drain(..).peekable();
        for i in 0..=settled {
            while let Some((_, from)) = inserted.next_if(|(at, _)| *at <= i || i == settled) {
                arranged.push(std::mem::take(&mut self.events[from]));
            }
            if i < settled {
                arranged.push(std::mem::take(&mut self.events[i]));
            }
        }
        drop(inserted);
        arranged.extend(self.events.drain(self.used..));
        self.spare = std::mem::replace(&mut self.events, arranged);
        self.spare.clear();
    }

    /// Copies the event at `at` with a share of the receipt. The event itself stays.
    #[must_use]
    pub fn keep(&self, at: usize) -> Kept {
        let event = &self.events[..self.used][at];
        let mut receipt = self.share_receipt();
        let place = event.voucher.checked_sub(1);
        if let Some(voucher) = place.and_then(|place| self.vouchers.get(place as usize)) {
            receipt.join(voucher.clone());
        }
        Kept::new(event, &self.arena, &self.origins[event.origin as usize], receipt)
    }

    /// Puts a kept event back, before the one at `at`; see [`Batch::push_before`]. Its share of
    /// its batch's promise becomes part of this batch's.
    pub fn put_back(&mut self, at: usize, kept: Kept) {
        let Kept { mut event, text, origin, receipt, .. } = kept;
        let base = self.arena.append(text.filled()).start();
        event.fields.iter_mut().for_each(|field| field.value.shift(base));
        event.origin = self.add_origin(&origin);
        self.push_before(at, event.origin, event.position, event.time);
        self.events[self.used - 1] = event;
        self.vouch(self.used - 1, receipt);
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
        self.inserted.clear();
        self.events.truncate(EVENTS_KEPT_MAX);
        self.events.shrink_to(EVENTS_KEPT_MAX);
        self.spare.shrink_to(EVENTS_KEPT_MAX);
        self.origins.clear();
        self.arena.clear(TEXT_KEPT_MAX);
        drop(self.receipt.take());
        self.vouchers.clear();
    }
}

fn index(n: usize) -> u32 {
    u32::try_from(n).expect("a batch has far fewer origins and vouchers than bytes")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Key, Origin};

    fn batch(texts: &[&str]) -> Batch {
        let mut batch = Batch::new();
        let origin = batch.add_origin(&Arc::new(Origin::new(9)));
        for (i, text) in texts.iter().enumerate() {
            let field = (Key::MESSAGE, text.as_bytes());
            batch.push_text(origin, i as u64, Timestamp::default(), field);
        }
        batch
    }

    fn texts(batch: &Batch) -> Vec<(String, u64)> {
        let text = |event: EventRef<'_>| {
            String::from_utf8_lossy(event.bytes(Key::MESSAGE).unwrap_or_default()).into_owned()
        };
        batch.iter().map(|event| (text(event), event.part())).collect()
    }

    #[test]
    fn copies_stand_behind_their_event_in_order() {
        let mut batch = batch(&["a", "b", "c"]);
        batch.copy_behind(2, 7);
        for part in [1, 2] {
            let copy = batch.copy_behind(0, part);
            batch.event_mut(copy).set_text(Key::MESSAGE, b"copy");
        }
        batch.arrange();
        let wanted = [("a", 0), ("copy", 1), ("copy", 2), ("b", 0), ("c", 0), ("c", 7)];
        assert_eq!(texts(&batch), wanted.map(|(text, part)| (text.to_owned(), part)));
        batch.arrange();
        assert_eq!(batch.len(), 6);
    }

    #[test]
    fn a_kept_event_comes_back_in_another_batch() {
        let mut first = batch(&["a", "b"]);
        first.event_mut(1).add_tag("t");
        let kept = first.keep(1);
        first.clear();
        let mut second = batch(&["x", "y"]);
        second.put_back(1, kept);
        second.arrange();
        let wanted = [("x", 0), ("b", 0), ("y", 0)];
        assert_eq!(texts(&second), wanted.map(|(text, part)| (text.to_owned(), part)));
        let event = second.event(1);
        assert_eq!((event.origin().identity, event.position()), (9, 1));
        let mut tags = Vec::new();
        event.view(Key::TAGS).expect("tagged").write_text(&mut tags);
        assert_eq!(tags, b"t");
    }

    #[test]
    fn parts_do_not_meet() {
        let mut seen = std::collections::HashSet::new();
        let mut parts = vec![0];
        for stage in 0..3 {
            let made: Vec<u64> = parts
                .iter()
                .flat_map(|part| (0..20).map(move |nth| part_of(*part, stage, nth)))
                .collect();
            parts = made;
        }
        assert!(parts.iter().all(|part| seen.insert(*part)));
        assert_eq!(&parts[..2], [0, part_of(0, 2, 1)]);
        assert_eq!([part_of(0, 0, 1), part_of(0, 0, 2)], [1, 2]);
    }
}
