//! An event joined with its batch: how filters and encoders see it.

use crate::batch::Scratch;
use crate::{Arena, Event, Field, Key, Origin, OriginRef, Span, Timestamp, Value, ValueRef};

/// An event, for reading.
#[derive(Clone, Copy, Debug)]
pub struct EventRef<'a> {
    pub(crate) event: &'a Event,
    pub(crate) arena: &'a Arena,
    pub(crate) origin: &'a OriginRef,
}

impl<'a> EventRef<'a> {
    /// When it happened.
    #[must_use]
    pub fn time(self) -> Timestamp {
        self.event.time
    }

    /// Where in its origin it began, in bytes for files.
    #[must_use]
    pub fn position(self) -> u64 {
        self.event.position
    }

    /// Which of the events that share origin and position; see [`Event::part`].
    #[must_use]
    pub fn part(self) -> u64 {
        self.event.part
    }

    /// The origin as it is shared: the same for all events of one source.
    #[must_use]
    pub fn origin_ref(self) -> &'a OriginRef {
        self.origin
    }

    /// How it reached us.
    #[must_use]
    pub fn origin(self) -> &'a Origin {
        self.origin
    }

    /// The batch's text, which the fields' spans refer to.
    #[must_use]
    pub fn arena(self) -> &'a Arena {
        self.arena
    }

    /// Its fields in order.
    #[must_use]
    pub fn fields(self) -> &'a [Field] {
        &self.event.fields
    }

    /// A field's value as stored.
    #[must_use]
    pub fn get(self, key: Key) -> Option<&'a Value> {
        self.event.fields.iter().find(|field| field.key == key).map(|field| &field.value)
    }

    /// What a name stands for: a field, the event's time or position, or a fact of its origin.
    #[must_use]
    pub fn view(self, key: Key) -> Option<ValueRef<'a>> {
        if key == Key::TIME {
            return Some(ValueRef::Time(self.event.time));
        }
        if let Some(value) = self.get(key) {
            return Some(ValueRef::new(value, self.arena));
        }
        if key == Key::OFFSET && self.origin.identity != 0 {
            return i64::try_from(self.event.position).ok().map(ValueRef::Int);
        }
        self.fact(key).map(|text| ValueRef::Text(text.as_bytes()))
    }

    /// A fact of its origin, unless the event has made it a field of its own.
    fn fact(self, key: Key) -> Option<&'a str> {
        fact(self.event, self.origin, key)
    }

    /// The facts of its origin that are sent along, if no field has their name.
    pub fn delivered_facts(self) -> impl Iterator<Item = (Key, &'a str)> {
        let facts = (!self.event.bare).then(|| self.origin.delivered());
        facts.into_iter().flatten().filter(move |(key, _)| self.get(*key).is_none())
    }

    /// The bytes of a text field.
    #[must_use]
    pub fn bytes(self, key: Key) -> Option<&'a [u8]> {
        self.view(key).and_then(ValueRef::as_bytes)
    }
}

fn fact<'o>(event: &Event, origin: &'o Origin, key: Key) -> Option<&'o str> {
    if event.bare { origin.get_hidden(key) } else { origin.get(key) }
}

/// An event, for changing.
#[derive(Debug)]
pub struct EventMut<'a> {
    pub(crate) event: &'a mut Event,
    pub(crate) arena: &'a mut Arena,
    pub(crate) origin: &'a OriginRef,
    pub(crate) scratch: &'a mut Scratch,
}

impl EventMut<'_> {
    /// The same event, for reading.
    #[must_use]
    pub fn as_ref(&self) -> EventRef<'_> {
        EventRef { event: self.event, arena: self.arena, origin: self.origin }
    }

    /// The batch's text: filters append what they make.
    pub fn arena(&mut self) -> &mut Arena {
        self.arena
    }

    /// The bytes of a span of this batch.
    #[must_use]
    pub fn text_of(&self, span: Span) -> &[u8] {
        self.arena.get(span)
    }

    /// The text and the buffers side by side: search one while filling the other.
    pub fn arena_and_scratch(&mut self) -> (&mut Arena, &mut Scratch) {
        (self.arena, self.scratch)
    }

    /// Sets when it happened.
    pub fn set_time(&mut self, time: Timestamp) {
        self.event.time = time;
    }

    /// Says which of the events that share origin and position it is; see [`crate::part_of`].
    pub fn set_part(&mut self, part: u64) {
        self.event.part = part;
    }

    /// Puts text behind that of a text field, with a byte between them.
    pub fn extend_text(&mut self, key: Key, glue: u8, more: &[u8]) {
        let text = self.span(key).unwrap_or_default();
        let joined = self.arena.extend(text, glue, more);
        self.set(key, Value::Text(joined));
    }

    /// The span of a text field, which stays good while other fields change.
    ///
    /// A fact of the origin is copied into the batch first.
    pub fn span(&mut self, key: Key) -> Option<Span> {
        match self.as_ref().get(key) {
            Some(Value::Text(span)) => Some(*span),
            Some(_) => None,
            None => {
                let fact = fact(self.event, self.origin, key);
                fact.map(|text| self.arena.append(text.as_bytes()))
            }
        }
    }

    /// Sets a field, replacing what was there. `@timestamp` takes a time only.
    ///
    /// Field and object of one name exclude each other only when encoded, not here.
    pub fn set(&mut self, key: Key, value: Value) {
        if key == Key::TIME {
            if let Value::Time(time) = value {
                self.event.time = time;
            }
            return;
        }
        match self.event.fields.iter_mut().find(|field| field.key == key) {
            Some(field) => field.value = value,
            None => self.event.fields.push(Field { key, value }),
        }
    }

    /// Sets a field to text that is copied into the batch.
    pub fn set_text(&mut self, key: Key, text: &[u8]) {
        let span = self.arena.append(text);
        self.set(key, Value::Text(span));
    }

    /// Appends a field whose name the event does not have yet, and which is not `@timestamp`: for
    /// filters that have looked.
    pub fn push(&mut self, field: Field) {
        debug_assert!(field.key != Key::TIME, "the time is not a field");
        self.event.push(field);
    }

    /// Makes fields of the facts of its origin that are sent along, so that they can be taken out
    /// or renamed.
    pub fn own_facts(&mut self) {
        if std::mem::replace(&mut self.event.bare, true) {
            return;
        }
        for (key, text) in self.origin.delivered() {
            if self.event.fields.iter().all(|field| field.key != key) {
                let value = Value::Text(self.arena.append(text.as_bytes()));
                self.event.fields.push(Field { key, value });
            }
        }
    }

    /// Takes all fields out, and what its origin sends along.
    pub fn clear(&mut self) {
        self.event.bare = true;
        self.event.fields.clear();
    }

    /// Takes a field out.
    pub fn remove(&mut self, key: Key) -> Option<Value> {
        let place = self.event.fields.iter().position(|field| field.key == key)?;
        Some(self.event.fields.remove(place).value)
    }

    /// Takes a field's value and leaves null in its place, where [`EventMut::set`] puts the next.
    pub fn take(&mut self, key: Key) -> Option<Value> {
        let field = self.event.fields.iter_mut().find(|field| field.key == key)?;
        Some(std::mem::take(&mut field.value))
    }

    /// Keeps only the fields for which `keep` says so.
    pub fn retain(&mut self, mut keep: impl FnMut(&Field) -> bool) {
        self.event.fields.retain(|field| keep(field));
    }

    /// Adds a tag, once.
    pub fn add_tag(&mut self, tag: &str) {
        self.append_text(Key::TAGS, tag.as_bytes());
    }

    /// Appends text to a list field, unless it is in there already; makes the list if need be.
    fn append_text(&mut self, key: Key, text: &[u8]) {
        let arena = &*self.arena;
        let is_there =
            |value: &Value| matches!(value, Value::Text(span) if arena.get(*span) == text);
        let mut items = match self.event.fields.iter_mut().find(|field| field.key == key) {
            Some(Field { value: Value::List(items), .. }) => {
                if items.iter().any(is_there) {
                    return;
                }
                std::mem::take(items).into_vec()
            }
            Some(Field { value, .. }) if is_there(value) => return,
            Some(Field { value: Value::Null, .. }) | None => Vec::new(),
            Some(Field { value, .. }) => vec![std::mem::take(value)],
        };
        let span = self.arena.append(text);
        items.push(Value::Text(span));
        self.set(key, Value::List(items.into_boxed_slice()));
    }

    /// Appends fields whose names differ among themselves, replacing those that are there already.
    pub fn merge(&mut self, fields: impl IntoIterator<Item = Field>) {
        let known = self.event.fields.len();
        for field in fields {
            match self.event.fields[..known].iter_mut().find(|it| it.key == field.key) {
                _ if field.key == Key::TIME => self.set(field.key, field.value),
                Some(place) => place.value = field.value,
                None => self.event.fields.push(field),
            }
        }
    }

    /// The same with a list of fields, which is left empty: cheaper where the event has few yet.
    pub fn absorb(&mut self, fields: &mut Vec<Field>) {
        if let Some(at) = fields.iter().position(|it| it.key == Key::TIME) {
            let Field { key, value } = fields.remove(at);
            self.set(key, value);
        }
        for known in &mut self.event.fields {
            if let Some(at) = fields.iter().position(|it| it.key == known.key) {
                known.value = fields.remove(at).value;
            }
        }
        self.event.fields.append(fields);
    }

    /// Whether a filter dropped it.
    #[must_use]
    pub fn is_dropped(&self) -> bool {
        self.event.dropped
    }

    /// Takes the event out of the pipeline.
    pub fn discard(&mut self) {
        self.event.dropped = true;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::Batch;

    fn batch() -> Batch {
        let mut batch = Batch::new();
        let origin = Origin::new(9).with(Key::named("host.name"), "web-1", true);
        let origin = batch.add_origin(&Arc::new(origin));
        batch.push_text(origin, 42, Timestamp::new(1, 0), (Key::MESSAGE, b"hello"));
        batch
    }

    #[test]
    fn a_name_reaches_fields_time_position_and_origin() {
        let batch = batch();
        let event = batch.event(0);
        assert_eq!(event.bytes(Key::MESSAGE), Some(&b"hello"[..]));
        assert_eq!(event.bytes(Key::named("host.name")), Some(&b"web-1"[..]));
        assert!(matches!(event.view(Key::OFFSET), Some(ValueRef::Int(42))));
        assert!(matches!(event.view(Key::TIME), Some(ValueRef::Time(_))));
        assert!(event.view(Key::named("absent")).is_none());
    }

    #[test]
    fn a_fact_that_became_a_field_can_be_taken_out() {
        let mut batch = batch();
        let name = Key::named("host.name");
        assert_eq!(batch.event(0).delivered_facts().count(), 1);
        let mut event = batch.event_mut(0);
        event.own_facts();
        event.own_facts();
        assert_eq!(event.as_ref().bytes(name), Some(&b"web-1"[..]));
        assert_eq!(event.as_ref().delivered_facts().count(), 0);
        event.remove(name);
        assert!(event.as_ref().view(name).is_none() && event.span(name).is_none());
    }

    #[test]
    fn a_cleared_event_has_nothing_left_but_its_place_and_time() {
        let mut batch = batch();
        batch.event_mut(0).clear();
        let event = batch.event(0);
        assert!(event.fields().is_empty() && event.delivered_facts().count() == 0);
        assert_eq!((event.position(), event.time()), (42, Timestamp::new(1, 0)));
    }

    #[test]
    fn tags_are_kept_once() {
        let mut batch = batch();
        let mut event = batch.event_mut(0);
        event.set_text(Key::TAGS, b"a");
        event.add_tag("a");
        event.add_tag("b");
        event.add_tag("b");
        let mut text = Vec::new();
        event.as_ref().view(Key::TAGS).expect("tagged").write_text(&mut text);
        assert_eq!(text, b"a,b");
    }

    #[test]
    fn a_recycled_batch_starts_empty() {
        let mut batch = batch();
        batch.clear();
        assert!(batch.is_empty());
        let origin = batch.add_origin(&Arc::new(Origin::default()));
        batch.push(origin, 0, Timestamp::default());
        assert!(batch.event(0).fields().is_empty());
    }

    #[test]
    fn a_removed_field_is_gone() {
        let mut batch = batch();
        let mut event = batch.event_mut(0);
        assert!(event.remove(Key::MESSAGE).is_some());
        assert!(event.remove(Key::MESSAGE).is_none());
    }
}
