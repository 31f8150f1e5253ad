//! Fields whose names stand in the text itself, gathered for one event.
//!
//! Texts of one source repeat their names in the same order, so each thread remembers which name
//! came behind which and compares bytes instead of looking names up. What a filter makes of a name
//! (trimmed, with a prefix, left out) is worked out once for each name. Nothing is allocated for an
//! event whose names are known and stand in it once.

use std::cell::RefCell;
use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};

use weir_component::FilterError;
use weir_event::{Arena, EventMut, EventRef, Field, Key, Span, Value};
use xxhash_rust::xxh3::xxh3_128;

use crate::subtree::name_of;

/// Names that a thread remembers: honest data has hundreds, and whoever makes names up only makes
/// the thread forget.
const NAMES_MAX: usize = 4096;

/// Names longer than this are not remembered; the table of names refuses them anyway.
const NAME_BYTES_MAX: usize = 512;

/// The most fields that one text may give, ten times what Elasticsearch takes in one index.
pub(crate) const FIELDS_MAX: usize = 10_000;

/// Whose names a thread remembers: each filter has a number of its own.
#[derive(Debug)]
pub(crate) struct Owner(u64);

impl Owner {
    pub(crate) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(1);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// What becomes of a name that was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Name {
    /// It is this field.
    Field(Key),
    /// It is left out.
    Skip,
    /// The table of names has no room for it.
    Unknown,
}

impl Name {
    /// The field `name`, below another if one is given.
    ///
    /// A text cannot be the event's time: a field of that name gets an underscore, as in the filter
    /// `json`. So does a part of a name that is empty, since servers refuse whole documents for it.
    pub(crate) fn of(below: Option<Key>, name: &str) -> Self {
        if name.split('.').any(str::is_empty) {
            let parts: Vec<&str> =
                name.split('.').map(|part| if part.is_empty() { "_" } else { part }).collect();
            return Self::of(below, &parts.join("."));
        }
        let key = match below {
            Some(above) => Key::found(&format!("{}.{name}", name_of(above))),
            None if name == name_of(Key::TIME) => Key::found("_@timestamp"),
            None => Key::found(name),
        };
        key.map_or(Self::Unknown, Self::Field)
    }
}

/// A name that the harvest knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Place(u32);

impl Place {
    /// The name is left out.
    pub(crate) const SKIP: Self = Self(u32::MAX);
    /// The name has no room in the table of names.
    const UNKNOWN: Self = Self(u32::MAX - 1);
}

/// Gathers the fields of one event.
#[derive(Debug, Default)]
pub(crate) struct Harvest {
    owner: u64,
    /// What the owner's decisions about names depend on, beside the names.
    context: Vec<u8>,
    /// The names that were learnt; the first stands for the beginning of a text.
    names: Vec<Learnt>,
    /// Where a name lies in `names`.
    known: HashMap<Box<[u8]>, usize>,
    /// The name at hand, by where it lies in `names`.
    last: usize,
    /// How many names this text had so far.
    count: usize,
    places: HashMap<Key, Place>,
    slots: Vec<Slot>,
    /// The number of the event, to tell whether a slot is filled.
    event: u64,
    fields: Vec<Field>,
    /// The values of fields that stand in the text several times: where the field is, and all of
    /// them.
    lists: Vec<(usize, Vec<Value>)>,
    /// Fields whose names found no room.
    others: Vec<(Span, Value)>,
    /// Hashes of the values given so far, where each counts once.
    seen: HashSet<(Place, u128)>,
    /// New text; it goes behind the batch's own.
    text: Vec<u8>,
    base: usize,
}

#[derive(Debug)]
struct Learnt {
    name: Box<[u8]>,
    place: Place,
    /// The name that came behind it last, by where it lies in `names`; 0 for none.
    next: usize,
}

#[derive(Debug)]
struct Slot {
    key: Key,
    /// The event that last had this field.
    event: u64,
    /// Where it lies in the fields.
    at: usize,
    /// Its list of values, if it has several.
    list: Option<usize>,
}

thread_local! {
    static HARVEST: RefCell<Harvest> = RefCell::default();
}

/// Gathers fields and puts them into the event, unless `gather` fails.
///
/// `context` is what the owner's decisions about names depend on, beside the names.
pub(crate) fn harvest(
    owner: &Owner,
    context: &[u8],
    event: &mut EventMut<'_>,
    gather: impl FnOnce(EventRef<'_>, &mut Harvest) -> Result<(), FilterError>,
) -> Result<(), FilterError> {
    HARVEST.with_borrow_mut(|harvest| {
        harvest.begin(owner, context, event.arena().len());
        gather(event.as_ref(), harvest)?;
        harvest.finish(event);
        Ok(())
    })
}

impl Harvest {
    fn begin(&mut self, owner: &Owner, context: &[u8], base: usize) {
        if self.owner != owner.0 || self.context != context || self.known.len() > NAMES_MAX {
            self.owner = owner.0;
            self.context.clear();
            self.context.extend_from_slice(context);
            self.names.clear();
            self.names.push(Learnt { name: Box::default(), place: Place::SKIP, next: 0 });
            self.known.clear();
            self.places.clear();
            self.slots.clear();
        }
        self.event += 1;
        self.last = 0;
        self.count = 0;
        self.fields.clear();
        self.lists.clear();
        self.others.clear();
        if !self.seen.is_empty() {
            self.seen.clear();
        }
        self.text.clear();
        self.base = base;
    }

    /// What a name of the text is; `decide` is asked about names that are new.
    #[inline]
    pub(crate) fn name(&mut self, name: &[u8], decide: impl FnOnce(&[u8]) -> Name) -> Place {
        self.count += 1;
        let next = self.names[self.last].next;
        let expected = &self.names[next];
        if next != 0 && *expected.name == *name {
            self.last = next;
            return expected.place;
        }
        self.look_up(name, decide)
    }

    fn look_up(&mut self, name: &[u8], decide: impl FnOnce(&[u8]) -> Name) -> Place {
        let at = match self.known.get(name) {
            Some(at) => *at,
            None => {
                let place = self.place(decide(name));
                if name.len() > NAME_BYTES_MAX {
                    return place;
                }
                self.names.push(Learnt { name: name.into(), place, next: 0 });
                self.known.insert(name.into(), self.names.len() - 1);
                self.names.len() - 1
            }
        };
        self.names[self.last].next = at;
        self.last = at;
        self.names[at].place
    }

    /// The place of a field.
    pub(crate) fn place(&mut self, name: Name) -> Place {
        let key = match name {
            Name::Field(key) => key,
            Name::Skip => return Place::SKIP,
            Name::Unknown => return Place::UNKNOWN,
        };
        let slots = &mut self.slots;
        *self.places.entry(key).or_insert_with(|| {
            slots.push(Slot { key, event: 0, at: 0, list: None });
            Place(u32::try_from(slots.len() - 1).expect("names are counted in thousands"))
        })
    }

    /// Gives the field a value; of one that has some already it becomes a further one. `name` is
    /// what stands in the text.
    #[inline]
    pub(crate) fn put(&mut self, place: Place, name: &[u8], value: Value) {
        let Some(slot) = self.slots.get_mut(place.0 as usize) else {
            return self.put_other(place, name, value);
        };
        if slot.event == self.event {
            return self.put_again(place, value);
        }
        (slot.event, slot.at, slot.list) = (self.event, self.fields.len(), None);
        self.fields.push(Field { key: slot.key, value });
    }

    /// Gives the field a value in place of the one that it has.
    pub(crate) fn replace(&mut self, place: Place, name: &[u8], value: Value) {
        match self.slots.get(place.0 as usize) {
            Some(slot) if slot.event == self.event => self.fields[slot.at].value = value,
            _ => self.put(place, name, value),
        }
    }

    /// Gives the field a value; if all it has is `true`, in its place.
    pub(crate) fn put_over_flag(&mut self, place: Place, name: &[u8], value: Value) {
        if let Some(slot) = self.slots.get(place.0 as usize)
            && slot.event == self.event
            && self.fields[slot.at].value == Value::Bool(true)
        {
            self.fields[slot.at].value = value;
            return;
        }
        self.put(place, name, value);
    }

    /// Whether the field has a value.
    pub(crate) fn has(&self, place: Place) -> bool {
        self.slots.get(place.0 as usize).is_some_and(|slot| slot.event == self.event)
    }

    #[cold]
    fn put_again(&mut self, place: Place, value: Value) {
        let slot = &mut self.slots[place.0 as usize];
        let list = *slot.list.get_or_insert_with(|| {
            let first = std::mem::take(&mut self.fields[slot.at].value);
            self.lists.push((slot.at, vec![first]));
            self.lists.len() - 1
        });
        self.lists[list].1.push(value);
    }

    #[cold]
    fn put_other(&mut self, place: Place, name: &[u8], value: Value) {
        if place == Place::UNKNOWN {
            let name = self.keep(name);
            self.others.push((name, value));
        }
    }

    /// Whether this is the first time that the field gets this text.
    pub(crate) fn is_new(&mut self, place: Place, arena: &Arena, span: Span) -> bool {
        let hash = xxh3_128(self.text_of(arena, span));
        self.seen.insert((place, hash))
    }

    /// The text of a span, be it the batch's or kept for the event.
    pub(crate) fn text_of<'a>(&'a self, arena: &'a Arena, span: Span) -> &'a [u8] {
        match span.start().checked_sub(self.base) {
            Some(start) => self.text.get(start..start + span.len()).unwrap_or_default(),
            None => arena.get(span),
        }
    }

    /// The text of a span, be it of `text`, which is `whole`, or kept for the event.
    pub(crate) fn text_of_part<'a>(&'a self, text: &'a [u8], whole: Span, span: Span) -> &'a [u8] {
        match span.start().checked_sub(self.base) {
            Some(start) => self.text.get(start..start + span.len()).unwrap_or_default(),
            None => {
                let start = span.start() - whole.start();
                text.get(start..start + span.len()).unwrap_or_default()
            }
        }
    }

    /// How many fields and further values there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// Keeps new text for the event.
    pub(crate) fn keep(&mut self, text: &[u8]) -> Span {
        self.keep_with(|kept| kept.extend_from_slice(text))
    }

    /// Keeps new text that is appended to what is kept already.
    pub(crate) fn keep_with(&mut self, write: impl FnOnce(&mut Vec<u8>)) -> Span {
        let start = self.base + self.text.len();
        write(&mut self.text);
        Span::new(start, self.base + self.text.len())
    }

    fn finish(&mut self, event: &mut EventMut<'_>) {
        if !self.text.is_empty() {
            event.arena().append(&self.text);
        }
        for (at, values) in self.lists.drain(..) {
            self.fields[at].value = Value::List(values.into_boxed_slice());
        }
        if !self.others.is_empty() {
            let mut entries = match event.remove(Key::OTHER) {
                Some(Value::Map(entries)) => entries.into_vec(),
                _ => Vec::new(),
            };
            entries.append(&mut self.others);
            event.set(Key::OTHER, Value::Map(entries.into_boxed_slice()));
        }
        event.absorb(&mut self.fields);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use weir_event::{Batch, Origin, Timestamp};

    use super::*;

    /// The texts of a field after a harvest of `pairs`.
    fn gathered(owner: &Owner, pairs: &[(&str, &str)], field: &str) -> Vec<String> {
        let mut batch = Batch::new();
        let origin = batch.add_origin(&Arc::new(Origin::default()));
        batch.push_text(origin, 0, Timestamp::default(), (Key::MESSAGE, b"before"));
        let mut event = batch.event_mut(0);
        harvest(owner, b"", &mut event, |_, harvest| {
            for (name, value) in pairs {
                let decide = |name: &[u8]| Name::of(None, std::str::from_utf8(name).unwrap());
                let place = harvest.name(name.as_bytes(), decide);
                let value = harvest.keep(value.as_bytes());
                harvest.put(place, name.as_bytes(), Value::Text(value));
            }
            Ok(())
        })
        .unwrap();
        let text = |value: &Value| match value {
            Value::Text(span) => String::from_utf8_lossy(event.text_of(*span)).into_owned(),
            other => format!("{other:?}"),
        };
        match event.as_ref().get(Key::named(field)) {
            Some(Value::List(items)) => items.iter().map(text).collect(),
            Some(value) => vec![text(value)],
            None => Vec::new(),
        }
    }

    #[test]
    fn names_in_another_order_are_found_again() {
        let owner = Owner::new();
        for pairs in [[("a", "1"), ("b", "2")], [("b", "2"), ("a", "1")]] {
            assert_eq!(gathered(&owner, &pairs, "a"), ["1"]);
            assert_eq!(gathered(&owner, &pairs, "b"), ["2"]);
        }
    }

    #[test]
    fn a_name_that_stands_there_again_makes_a_list() {
        let owner = Owner::new();
        let pairs = [("a", "1"), ("b", "2"), ("a", "3"), ("a", "4")];
        assert_eq!(gathered(&owner, &pairs, "a"), ["1", "3", "4"]);
        assert_eq!(gathered(&owner, &pairs, "b"), ["2"]);
    }

    #[test]
    fn a_name_without_room_goes_under_the_others() {
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        let found = gathered(&Owner::new(), &[(&long, "1")], "weir.other");
        assert!(found[0].starts_with("Map"), "{found:?}");
    }

    #[test]
    fn a_part_of_a_name_is_never_empty() {
        for (name, wanted) in [("", "_"), ("a..b", "a._.b"), (".a.", "_.a._"), ("a.b", "a.b")] {
            assert_eq!(Name::of(None, name), Name::Field(Key::named(wanted)), "{name}");
        }
    }

    #[test]
    fn the_time_is_not_replaced_by_a_text() {
        assert_eq!(gathered(&Owner::new(), &[("@timestamp", "x")], "_@timestamp"), ["x"]);
        assert_eq!(Name::of(None, "@timestamp"), Name::Field(Key::named("_@timestamp")));
    }
}
