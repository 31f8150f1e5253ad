//! Fields ready to be put into events: one copy of text and one pass over the event's fields.

use weir_event::{EventMut, Field, Key, Span, Value};

/// Fields with their values, worked out once and put into many events.
#[derive(Debug, Default, PartialEq)]
pub(crate) struct Answer {
    /// The text of all text fields, one after the other.
    text: Vec<u8>,
    fields: Vec<(Key, Piece)>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Piece {
    /// From here to there in the answer's text.
    Text(u32, u32),
    Int(i64),
    Float(f64),
}

impl Answer {
    /// Adds a text field, unless the text is empty. A name is added once.
    pub(crate) fn text(&mut self, key: Key, text: &str) {
        let (start, end) = (self.text.len(), self.text.len() + text.len());
        if let (Ok(start), Ok(end), false) = (start.try_into(), end.try_into(), text.is_empty()) {
            self.text.extend_from_slice(text.as_bytes());
            self.fields.push((key, Piece::Text(start, end)));
        }
    }

    /// Adds a whole number. A name is added once.
    pub(crate) fn int(&mut self, key: Key, number: i64) {
        self.fields.push((key, Piece::Int(number)));
    }

    /// Adds a number with a fraction. A name is added once.
    pub(crate) fn float(&mut self, key: Key, number: f64) {
        self.fields.push((key, Piece::Float(number)));
    }

    /// Whether a field of this name was added.
    pub(crate) fn has(&self, key: Key) -> bool {
        self.fields.iter().any(|(known, _)| *known == key)
    }

    /// Puts the fields into an event, replacing those that are there.
    pub(crate) fn pour(&self, event: &mut EventMut<'_>) {
        let text = event.arena().append(&self.text);
        event.merge(
            self.fields.iter().map(|(key, piece)| Field { key: *key, value: piece.value(text) }),
        );
    }
}

impl Piece {
    fn value(self, text: Span) -> Value {
        match self {
            Self::Text(start, end) => Value::Text(text.slice(start as usize, end as usize)),
            Self::Int(number) => Value::Int(number),
            Self::Float(number) => Value::Float(number),
        }
    }
}
