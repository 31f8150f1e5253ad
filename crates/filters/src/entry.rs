//! A value that is kept outside of batches. No filter itself.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use weir_config::Complaint;
use weir_event::{Arena, EventMut, Key, Value};

/// How deep a value may be nested: as deep as a JSON document.
const DEPTH_MAX: usize = 64;

/// A value with its own text.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Entry {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Box<str>),
    List(Box<[Self]>),
    Map(Box<[(Box<str>, Self)]>),
}

impl Entry {
    /// As a value in a batch.
    pub(crate) fn value(&self, arena: &mut Arena) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(it) => Value::Bool(*it),
            Self::Int(it) => Value::Int(*it),
            Self::Float(it) => Value::Float(*it),
            Self::Text(text) => Value::Text(arena.append(text.as_bytes())),
            Self::List(items) => Value::List(items.iter().map(|it| it.value(arena)).collect()),
            Self::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(name, entry)| (arena.append(name.as_bytes()), entry.value(arena)))
                    .collect(),
            ),
        }
    }

    /// Puts it into an event: an object as fields below the target. False without room for names.
    pub(crate) fn pour(&self, event: &mut EventMut<'_>, target: Key) -> bool {
        match self {
            Self::Map(entries) if !entries.is_empty() => entries.iter().all(|(name, entry)| {
                let key = crate::subtree::key_below(target.name(), name);
                key.is_some_and(|key| entry.pour(event, key))
            }),
            other => {
                let value = other.value(event.arena());
                event.set(target, value);
                true
            }
        }
    }

    fn depth(&self) -> usize {
        match self {
            Self::List(items) => 1 + items.iter().map(Self::depth).max().unwrap_or(0),
            Self::Map(entries) => 1 + entries.iter().map(|it| it.1.depth()).max().unwrap_or(0),
            _ => 1,
        }
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let entry = deserializer.deserialize_any(Reader)?;
        if entry.depth() > DEPTH_MAX {
            return Err(D::Error::custom(format!("a value is nested more than {DEPTH_MAX} deep")));
        }
        Ok(entry)
    }
}

struct Reader;

impl<'de> Visitor<'de> for Reader {
    type Value = Entry;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text, a number, `true`, `false`, a list or a table")
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Entry, E> {
        Ok(Entry::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Entry, E> {
        Ok(Entry::Int(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Entry, E> {
        match i64::try_from(value) {
            Ok(value) => Ok(Entry::Int(value)),
            Err(_) => Ok(Entry::Text(value.to_string().into())),
        }
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Entry, E> {
        if value.is_finite() {
            return Ok(Entry::Float(value));
        }
        Err(E::custom(
            Complaint::new(format!("`{value}` cannot be sent to an output"))
                .help("JSON has only finite numbers"),
        ))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Entry, E> {
        Ok(Entry::Text(value.into()))
    }

    fn visit_unit<E: Error>(self) -> Result<Entry, E> {
        Ok(Entry::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Entry, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Entry::List(list.into_boxed_slice()))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Entry, A::Error> {
        let mut entries = Vec::new();
        while let Some((name, entry)) = map.next_entry::<String, Entry>()? {
            entries.push((name.into_boxed_str(), entry));
        }
        Ok(Entry::Map(entries.into_boxed_slice()))
    }
}

impl JsonSchema for Entry {
    fn schema_name() -> Cow<'static, str> {
        "Entry".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "x-type": "value" })
    }
}
