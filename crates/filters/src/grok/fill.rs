//! Captures into fields.

use weir_component::FieldPath;
use weir_event::{EventMut, EventRef, Field, Key, Span, Value};
use weir_grok::{Cast, Pattern, Scratch};

use super::cast;

/// Where the captures of one pattern go.
#[derive(Debug)]
pub(super) struct Slots {
    slots: Vec<Slot>,
    /// Two of them have one name, or one is called like the event's time.
    has_odd_names: bool,
}

#[derive(Debug)]
struct Slot {
    key: Key,
    cast: Cast,
    /// Replaces what the event has, and what an earlier slot of that name gave.
    overwrites: bool,
}

impl Slots {
    /// `overwrite` names fields as the pattern does, without the target.
    pub(super) fn new(
        pattern: &Pattern,
        target: Option<FieldPath>,
        overwrite: &[FieldPath],
    ) -> Self {
        let slot = |capture: &weir_grok::Capture| Slot {
            key: match target {
                Some(target) => target.below(&capture.name),
                None => Key::named(&capture.name),
            },
            cast: capture.cast,
            overwrites: overwrite.iter().any(|field| field.key().name() == capture.name),
        };
        let slots: Vec<Slot> = pattern.captures().iter().map(slot).collect();
        let is_odd = |(i, slot): (usize, &Slot)| {
            slot.key == Key::TIME || slots[..i].iter().any(|it| it.key == slot.key)
        };
        let has_odd_names = slots.iter().enumerate().any(is_odd);
        Self { slots, has_odd_names }
    }

    /// Puts the captures of the last match into the event.
    pub(super) fn fill(
        &self,
        text: Span,
        event: &mut EventMut<'_>,
        scratch: &Scratch,
        keep_empty: bool,
        fields: &mut Vec<Field>,
    ) {
        let known = event.as_ref().fields();
        let is_known = |slot: &Slot| known.iter().any(|field| field.key == slot.key);
        if self.has_odd_names || self.slots.iter().any(is_known) {
            self.collect(text, event.as_ref(), scratch, keep_empty, fields);
            self.join(event, fields);
            return;
        }
        // As nearly always, all names are new.
        for (slot, piece) in self.slots.iter().zip(scratch.iter()) {
            if let Some(value) = slot.value(text, piece, event.as_ref(), keep_empty) {
                event.push(Field { key: slot.key, value });
            }
        }
    }

    /// Puts the captures of the last match into `fields`, which is emptied first.
    fn collect(
        &self,
        text: Span,
        event: EventRef<'_>,
        scratch: &Scratch,
        keep_empty: bool,
        fields: &mut Vec<Field>,
    ) {
        fields.clear();
        for (slot, piece) in self.slots.iter().zip(scratch.iter()) {
            let value = slot.value(text, piece, event, keep_empty);
            fields.extend(value.map(|value| Field { key: slot.key, value }));
        }
    }

    /// Moves the collected fields into the event, where some of their names may be taken.
    fn join(&self, event: &mut EventMut<'_>, fields: &mut Vec<Field>) {
        for Field { key, value } in fields.drain(..) {
            let overwrites = self.slots.iter().any(|slot| slot.key == key && slot.overwrites);
            let old = event.as_ref().get(key).filter(|_| !overwrites).cloned();
            event.set(key, joined(old, value));
        }
    }
}

impl Slot {
    fn value(
        &self,
        text: Span,
        piece: Option<(usize, usize)>,
        event: EventRef<'_>,
        keep_empty: bool,
    ) -> Option<Value> {
        match piece {
            Some((start, end)) if keep_empty || start < end => {
                let span = text.slice(start, end);
                Some(match self.cast {
                    Cast::Text => Value::Text(span),
                    cast => cast::value(event.arena().get(span), span, cast),
                })
            }
            None if keep_empty => Some(Value::Null),
            _ => None,
        }
    }
}

/// What a field holds after a value was added to it.
fn joined(old: Option<Value>, new: Value) -> Value {
    match old {
        None | Some(Value::Null) => new,
        Some(Value::List(items)) => {
            let mut items = items.into_vec();
            items.push(new);
            Value::List(items.into())
        }
        Some(old) => Value::List(Box::new([old, new])),
    }
}
