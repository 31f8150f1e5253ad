//! Captures into fields.

use weir_component::FieldPath;
use weir_event::{EventMut, EventRef, Field, Key, Span, Value};
use weir_grok::{Cast, Pattern, Scratch};

use super::cast;

/// Where the captures of one pattern go.
#[derive(Debug)]
pub(super) struct Slots(Vec<Slot>);

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
        Self(pattern.captures().iter().map(slot).collect())
    }

    /// Puts the captures of the last match into `fields`, which is emptied first.
    pub(super) fn collect(
        &self,
        text: Span,
        event: EventRef<'_>,
        scratch: &Scratch,
        keep_empty: bool,
        fields: &mut Vec<Field>,
    ) {
        fields.clear();
        for (slot, piece) in self.0.iter().zip(scratch.iter()) {
            let value = match piece {
                Some((start, end)) if keep_empty || start < end => {
                    let span = text.slice(start, end);
                    cast::value(event.arena().get(span), span, slot.cast)
                }
                None if keep_empty => Value::Null,
                _ => continue,
            };
            fields.push(Field { key: slot.key, value });
        }
    }

    /// Moves the collected fields into the event.
    pub(super) fn fill(&self, event: &mut EventMut<'_>, fields: &mut Vec<Field>) {
        let taken = |field: &Field| event.as_ref().get(field.key).is_some();
        if !fields.iter().any(taken) && !has_twins(fields) {
            event.merge(fields.drain(..));
            return;
        }
        for Field { key, value } in fields.drain(..) {
            let overwrites = self.0.iter().any(|slot| slot.key == key && slot.overwrites);
            let old = event.as_ref().get(key).filter(|_| !overwrites).cloned();
            event.set(key, joined(old, value));
        }
    }
}

fn has_twins(fields: &[Field]) -> bool {
    let is_twin = |(i, field): (usize, &Field)| fields[..i].iter().any(|it| it.key == field.key);
    fields.iter().enumerate().any(is_twin)
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
