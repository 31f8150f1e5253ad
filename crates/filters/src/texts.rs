//! Changing the text of a field in place, or each text of a list. No filter itself.

use weir_event::{Arena, EventMut, Key, Value};

/// What becomes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Change {
    /// It stays.
    None,
    /// This piece of it remains.
    Piece(usize, usize),
    /// What was written into the buffer takes its place.
    Written,
}

/// Shows `change` the text of a field, or each text of a list, and makes the change it asks for.
///
/// The buffer is empty for each text. Whatever is no text stays as it is.
pub(crate) fn change_texts(
    event: &mut EventMut<'_>,
    key: Key,
    mut change: impl FnMut(&[u8], &mut Vec<u8>) -> Change,
) {
    match event.as_ref().get(key) {
        Some(Value::Text(_) | Value::List(_)) => {}
        Some(_) => return,
        // A fact of the origin becomes a field of the event's own.
        None => match event.span(key) {
            Some(span) => event.set(key, Value::Text(span)),
            None => return,
        },
    }
    let Some(mut value) = event.take(key) else { return };
    let (arena, scratch) = event.arena_and_scratch();
    change_value(&mut value, arena, &mut scratch.text, &mut change);
    event.set(key, value);
}

fn change_value(
    value: &mut Value,
    arena: &mut Arena,
    buffer: &mut Vec<u8>,
    change: &mut impl FnMut(&[u8], &mut Vec<u8>) -> Change,
) {
    match value {
        Value::Text(span) => {
            buffer.clear();
            match change(arena.get(*span), buffer) {
                Change::None => {}
                Change::Piece(start, end) => *span = span.slice(start, end),
                Change::Written => *span = arena.append(buffer),
            }
        }
        Value::List(items) => {
            items.iter_mut().for_each(|item| change_value(item, arena, buffer, change));
        }
        _ => {}
    }
}
