//! What a field holds.

use crate::{Arena, Key, Span, Timestamp};

/// A field of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its name.
    pub key: Key,
    /// What it holds.
    pub value: Value,
}

/// What a field holds. Text lies in the batch; objects are not values but several fields with
/// dotted names, except inside lists.
#[derive(Clone, Debug, Default, PartialEq)]
pub enum Value {
    /// Nothing, but said so.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction. Never NaN nor infinite when it came from JSON.
    Float(f64),
    /// A JSON number that neither of the two holds exactly, kept as written.
    Number(Span),
    /// Text; UTF-8 unless the source was not.
    Text(Span),
    /// An instant.
    Time(Timestamp),
    /// Several values.
    List(Box<[Value]>),
    /// An object inside a list, or an empty object.
    Map(Box<[(Span, Value)]>),
}

impl Field {
    /// The field with a copy of its text in another arena.
    pub(crate) fn copied(&self, from: &Arena, to: &mut Arena) -> Self {
        Self { key: self.key, value: self.value.copied(from, to) }
    }
}

impl Value {
    fn copied(&self, from: &Arena, to: &mut Arena) -> Self {
        let mut copy = |span: Span| to.append(from.get(span));
        match self {
            Self::Number(span) => Self::Number(copy(*span)),
            Self::Text(span) => Self::Text(copy(*span)),
            Self::List(items) => Self::List(items.iter().map(|it| it.copied(from, to)).collect()),
            Self::Map(entries) => {
                let entries = entries.iter();
                let copied =
                    entries.map(|(name, it)| (to.append(from.get(*name)), it.copied(from, to)));
                Self::Map(copied.collect())
            }
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Time(_) => {
                self.clone()
            }
        }
    }

    /// Moves its spans along with text that was put `by` bytes behind the beginning of an arena.
    pub(crate) fn shift(&mut self, by: usize) {
        let moved = |span: &Span| Span::new(span.start() + by, span.end() + by);
        match self {
            Self::Number(span) | Self::Text(span) => *span = moved(span),
            Self::List(items) => items.iter_mut().for_each(|item| item.shift(by)),
            Self::Map(entries) => entries.iter_mut().for_each(|(name, value)| {
                *name = moved(name);
                value.shift(by);
            }),
            Self::Null | Self::Bool(_) | Self::Int(_) | Self::Float(_) | Self::Time(_) => {}
        }
    }
}

/// A value together with the text it refers to.
#[derive(Clone, Copy, Debug)]
pub enum ValueRef<'a> {
    /// See [`Value::Null`].
    Null,
    /// See [`Value::Bool`].
    Bool(bool),
    /// See [`Value::Int`].
    Int(i64),
    /// See [`Value::Float`].
    Float(f64),
    /// See [`Value::Number`].
    Number(&'a [u8]),
    /// See [`Value::Text`].
    Text(&'a [u8]),
    /// See [`Value::Time`].
    Time(Timestamp),
    /// See [`Value::List`].
    List(&'a [Value], &'a Arena),
    /// See [`Value::Map`].
    Map(&'a [(Span, Value)], &'a Arena),
}

impl<'a> ValueRef<'a> {
    /// Joins a value with the text of its batch.
    #[must_use]
    pub fn new(value: &'a Value, arena: &'a Arena) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::Bool(it) => Self::Bool(*it),
            Value::Int(it) => Self::Int(*it),
            Value::Float(it) => Self::Float(*it),
            Value::Number(span) => Self::Number(arena.get(*span)),
            Value::Text(span) => Self::Text(arena.get(*span)),
            Value::Time(it) => Self::Time(*it),
            Value::List(items) => Self::List(items, arena),
            Value::Map(entries) => Self::Map(entries, arena),
        }
    }

    /// The text, when it is text.
    #[must_use]
    pub fn as_bytes(self) -> Option<&'a [u8]> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The number, when it is one.
    #[must_use]
    pub fn as_f64(self) -> Option<f64> {
        match self {
            #[expect(clippy::cast_precision_loss, reason = "a comparison of magnitudes")]
            Self::Int(it) => Some(it as f64),
            Self::Float(it) => Some(it),
            Self::Number(text) => std::str::from_utf8(text).ok()?.parse().ok(),
            _ => None,
        }
    }

    /// Appends it as people read it: text as it is, times as RFC 3339, lists with commas between.
    pub fn write_text(self, out: &mut Vec<u8>) {
        match self {
            Self::Null => {}
            Self::Bool(it) => out.extend_from_slice(if it { b"true" } else { b"false" }),
            Self::Int(it) => out.extend_from_slice(it.to_string().as_bytes()),
            Self::Float(it) => out.extend_from_slice(it.to_string().as_bytes()),
            Self::Number(text) | Self::Text(text) => out.extend_from_slice(text),
            Self::Time(it) => it.write(out),
            Self::List(items, arena) => {
                for (i, item) in items.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    ValueRef::new(item, arena).write_text(out);
                }
            }
            Self::Map(entries, arena) => {
                for (i, (name, value)) in entries.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    out.extend_from_slice(arena.get(*name));
                    out.push(b'=');
                    ValueRef::new(value, arena).write_text(out);
                }
            }
        }
    }
}
