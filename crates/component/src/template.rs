//! Text with places for fields and the event's time: names of indices and files, values of `set`.
//!
//! ```text
//! logs-%{service.name|unknown}-%{+yyyy-MM-dd}
//! ```
//!
//! * `%{field}` is the field's value, as people read it: `%{http.request.method}`, and Logstash's
//!   `%{[http][request][method]}`. In brackets a name may also hold `|`, `:` and space.
//! * `%{field|default}` is the default where the field is missing or null. It may be empty.
//! * `%{+yyyy.MM.dd}` and `%{+%Y.%m.%d}` are the event's time in UTC.
//! * `%%{` is the text `%{`.
//!
//! A missing field without a default is an error of the event, never text that looks like a
//! template. Deliberately absent: rules for what a file or an index may be called; whoever uses
//! the text knows them, and must not trust what fields bring in.

mod date;
mod mistake;
mod place;

use std::fmt;
use std::io::Write as _;

use weir_event::{EventRef, Key, ValueRef};

pub use self::mistake::TemplateError;

use self::date::DatePart;
use self::place::Place;

/// The longest template, in bytes.
const TEXT_BYTES_MAX: usize = 16 * 1024;

/// A checked template. Two are equal when they are written the same.
#[derive(Clone)]
pub struct Template {
    text: Box<str>,
    pieces: Box<[Piece]>,
}

#[derive(Clone, Debug, PartialEq)]
enum Piece {
    Text(Box<str>),
    Field(Key, Option<Box<str>>),
    Time(DatePart),
}

/// The event lacks a field that a template needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event has no field `{0}`")]
pub struct MissingField(pub Key);

impl Template {
    /// Reads a template of at most 16 KiB.
    pub fn parse(text: &str) -> Result<Self, TemplateError> {
        if text.len() > TEXT_BYTES_MAX {
            return Err(TemplateError::new(
                text.floor_char_boundary(TEXT_BYTES_MAX)..text.len(),
                "the template is too long",
                format!("it has {} bytes, the limit is {TEXT_BYTES_MAX}", text.len()),
                "make it shorter",
            ));
        }
        let mut pieces = Pieces::default();
        let mut at = 0;
        while let Some(found) = text[at..].find("%{").map(|found| at + found) {
            if text[at..found].ends_with('%') {
                // The first percent sign stands for itself being meant.
                pieces.text.push_str(&text[at..found - 1]);
                pieces.text.push_str("%{");
                at = found + 2;
                continue;
            }
            pieces.text.push_str(&text[at..found]);
            let place = Place::find(text, found)?;
            at = place.end;
            place.read(|piece| pieces.push(piece))?;
        }
        pieces.text.push_str(&text[at..]);
        Ok(Self { text: text.into(), pieces: pieces.finish() })
    }

    /// Whether it gives the same text for every event.
    #[must_use]
    pub fn is_constant(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Text(_)))
    }

    /// The fields it reads, with repetitions; the time is not a field here.
    pub fn fields(&self) -> impl Iterator<Item = Key> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Field(key, _) => Some(*key),
            Piece::Text(_) | Piece::Time(_) => None,
        })
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Appends the text for an event to `out`, which stays as it was when a field is missing.
    pub fn render(&self, event: EventRef<'_>, out: &mut Vec<u8>) -> Result<(), MissingField> {
        let before = out.len();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => out.extend_from_slice(text.as_bytes()),
                Piece::Time(part) => part.write(event.time(), out),
                Piece::Field(key, default) => match (event.view(*key), default) {
                    (None | Some(ValueRef::Null), Some(default)) => {
                        out.extend_from_slice(default.as_bytes());
                    }
                    (None | Some(ValueRef::Null), None) => {
                        out.truncate(before);
                        return Err(MissingField(*key));
                    }
                    (Some(value), _) => write_value(value, out),
                },
            }
        }
        Ok(())
    }
}

fn write_value(value: ValueRef<'_>, out: &mut Vec<u8>) {
    // Numbers in place: printing into a vector, unlike `to_string`, allocates nothing.
    let written = match value {
        ValueRef::Int(it) => write!(out, "{it}"),
        ValueRef::Float(it) => write!(out, "{it}"),
        other => {
            other.write_text(out);
            Ok(())
        }
    };
    written.expect("a vector takes all bytes");
}

/// Pieces in the making.
#[derive(Default)]
struct Pieces {
    done: Vec<Piece>,
    /// Text that belongs behind them.
    text: String,
}

impl Pieces {
    fn push(&mut self, piece: Piece) {
        if let Piece::Text(text) = piece {
            self.text.push_str(&text);
            return;
        }
        self.close_text();
        self.done.push(piece);
    }

    fn close_text(&mut self) {
        if !self.text.is_empty() {
            self.done.push(Piece::Text(std::mem::take(&mut self.text).into_boxed_str()));
        }
    }

    fn finish(mut self) -> Box<[Piece]> {
        self.close_text();
        self.done.into_boxed_slice()
    }
}

impl fmt::Debug for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Template({:?})", self.text)
    }
}

impl fmt::Display for Template {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Template {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Template {}

#[cfg(test)]
mod tests;
