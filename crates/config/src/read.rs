//! Hands the values of the tree to serde: the way from positions to typed settings.
//!
//! Beyond an ordinary deserializer it expands `${…}` as it reads, tells [`At`](crate::At) where
//! a value stands, reads the files of secrets, and can leave out values that were bad before, so
//! that a second reading finds the next mistake.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde::de::value::StringDeserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, Error as _, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

use crate::at::AT;
use crate::expand::Surroundings;
use crate::fault::{Fault, What};
use crate::node::{Entry, Node, NodeId, Value};
use crate::values::{ONE_OR_MANY, SECRET};

/// What a reading needs besides the tree.
pub(crate) struct Session<'a> {
    pub(crate) surroundings: &'a Surroundings,
    /// Values the loader took for itself; the component never sees them.
    pub(crate) taken: &'a BTreeSet<NodeId>,
    /// Values already found bad.
    pub(crate) left_out: BTreeSet<NodeId>,
}

impl Session<'_> {
    fn hides(&self, node: &Node) -> bool {
        self.taken.contains(&node.id) || self.left_out.contains(&node.id)
    }
}

/// Reads one value and puts faults without a place on it.
pub(crate) fn read<'de, S: DeserializeSeed<'de>>(
    seed: S,
    node: &'de Node,
    session: &'de Session<'de>,
) -> Result<S::Value, Fault> {
    let reader = Reader { node, session };
    seed.deserialize(reader).map_err(|fault| {
        let expanded = match reader.text() {
            Some(Ok(Cow::Owned(expanded))) => Some(expanded),
            _ => None,
        };
        fault.at_node(node, expanded.as_deref(), |id| session.left_out.contains(&id))
    })
}

/// A cursor on one value.
#[derive(Clone, Copy)]
struct Reader<'de> {
    node: &'de Node,
    session: &'de Session<'de>,
}

impl<'de> Reader<'de> {
    /// The expanded text, if the value is a text.
    fn text(self) -> Option<Result<Cow<'de, str>, Fault>> {
        let Value::Text { text, .. } = &self.node.value else { return None };
        let expanded = self.session.surroundings.expand(text);
        Some(expanded.map_err(|complaint| Fault::new(What::Complaint(complaint))))
    }

    fn items(self, items: &'de [Node]) -> Items<'de> {
        Items { rest: items.iter(), session: self.session }
    }

    fn fields(self, entries: &'de [Entry]) -> Fields<'de> {
        Fields { rest: entries.iter(), value: None, session: self.session }
    }
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        if let Some(text) = self.text() {
            return match text? {
                Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
                Cow::Owned(text) => visitor.visit_string(text),
            };
        }
        match &self.node.value {
            Value::Text { text, .. } => visitor.visit_borrowed_str(text),
            Value::Integer(number) => {
                if let Ok(number) = i64::try_from(*number) {
                    visitor.visit_i64(number)
                } else if let Ok(number) = u64::try_from(*number) {
                    visitor.visit_u64(number)
                } else {
                    Err(Fault::wrong_kind(&number.to_string(), &visitor))
                }
            }
            Value::Float(number) => visitor.visit_f64(*number),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Date(date) => visitor.visit_borrowed_str(date),
            Value::List(items) => visitor.visit_seq(self.items(items)),
            Value::Table(entries) => visitor.visit_map(self.fields(entries)),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Fault> {
        match (name, &self.node.value) {
            (AT, _) => visitor.visit_seq(AtParts { reader: self, next: 0 }),
            (ONE_OR_MANY, Value::List(items)) => visitor.visit_seq(self.items(items)),
            (ONE_OR_MANY, _) => visitor.visit_some(self),
            (SECRET, Value::Text { .. }) => {
                let text = self.text().expect("a text node has a text")?;
                let secret = self.session.surroundings.secret(&text);
                let secret = secret.map_err(|why| Fault::new(What::Complaint(why)))?;
                visitor.visit_newtype_struct(StringDeserializer::<Fault>::new(secret))
            }
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        if let Some(text) = self.text() {
            return visitor.visit_enum(text?.into_deserializer());
        }
        match &self.node.value {
            Value::Table(entries)
                if entries.len() == 1 && !self.session.hides(&entries[0].node) =>
            {
                visitor.visit_enum(Choice { entry: &entries[0], session: self.session })
            }
            _ => {
                let choices = crate::suggest::in_words(variants, "or");
                let given = self.node.kind().to_owned();
                Err(Fault::new(What::WrongKind { given, expected: choices }))
            }
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        visitor.visit_unit()
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier
    }
}

impl<'de> IntoDeserializer<'de, Fault> for Reader<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

/// The four parts of an [`At`](crate::At).
struct AtParts<'de> {
    reader: Reader<'de>,
    next: u8,
}

impl<'de> SeqAccess<'de> for AtParts<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let Reader { node, session } = self.reader;
        let verbatim_at = match &node.value {
            Value::Text { text, verbatim_at } if !text.contains("${") => *verbatim_at,
            _ => None,
        };
        self.next += 1;
        match self.next {
            1 => seed.deserialize(node.span.start.into_deserializer()).map(Some),
            2 => seed.deserialize(node.span.end.into_deserializer()).map(Some),
            3 => seed.deserialize(Maybe(verbatim_at)).map(Some),
            4 => read(seed, node, session).map(Some),
            _ => Ok(None),
        }
    }
}

/// An optional number, which serde has no ready deserializer for.
struct Maybe(Option<usize>);

impl<'de> Deserializer<'de> for Maybe {
    type Error = Fault;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Fault> {
        match self.0 {
            Some(number) => {
                visitor.visit_some(IntoDeserializer::<Fault>::into_deserializer(number))
            }
            None => visitor.visit_none(),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit
        unit_struct seq tuple tuple_struct map struct identifier option newtype_struct enum
        ignored_any
    }
}

struct Items<'de> {
    rest: std::slice::Iter<'de, Node>,
    session: &'de Session<'de>,
}

impl<'de> SeqAccess<'de> for Items<'de> {
    type Error = Fault;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let session = self.session;
        let Some(node) = self.rest.find(|node| !session.hides(node)) else { return Ok(None) };
        read(seed, node, session).map(Some).map_err(Fault::within_list)
    }
}

struct Fields<'de> {
    rest: std::slice::Iter<'de, Entry>,
    value: Option<&'de Entry>,
    session: &'de Session<'de>,
}

impl<'de> MapAccess<'de> for Fields<'de> {
    type Error = Fault;

    fn next_key_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Fault> {
        let session = self.session;
        self.value = self.rest.find(|entry| !session.hides(&entry.node));
        self.value.map(|entry| read_key(seed, entry)).transpose()
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value, Fault> {
        let Some(entry) = self.value.take() else {
            return Err(Fault::custom("a value was asked for before its key"));
        };
        read(seed, &entry.node, self.session).map_err(|fault| fault.below(&entry.key))
    }
}

fn read_key<'de, S: DeserializeSeed<'de>>(seed: S, entry: &'de Entry) -> Result<S::Value, Fault> {
    let key = de::value::BorrowedStrDeserializer::<Fault>::new(&entry.key);
    seed.deserialize(key).map_err(|fault| fault.at_key(&entry.key, entry.key_span, entry.node.id))
}

/// An enum written as a table with one key: `{ csv = { delimiter = ";" } }`.
struct Choice<'de> {
    entry: &'de Entry,
    session: &'de Session<'de>,
}

impl<'de> EnumAccess<'de> for Choice<'de> {
    type Error = Fault;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Fault> {
        Ok((read_key(seed, self.entry)?, self))
    }
}

impl<'de> Choice<'de> {
    fn value<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        read(seed, &self.entry.node, self.session).map_err(|fault| fault.below(&self.entry.key))
    }
}

impl<'de> VariantAccess<'de> for Choice<'de> {
    type Error = Fault;

    fn unit_variant(self) -> Result<(), Fault> {
        let words = format!("`\"{}\"` without a table", self.entry.key);
        Err(Fault::invalid_type(Unexpected::Map, &words.as_str()))
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Fault> {
        self.value(seed)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Fault> {
        self.value(Visited(visitor))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Fault> {
        self.value(Visited(visitor))
    }
}

/// A visitor as the seed that calls it.
struct Visited<V>(V);

impl<'de, V: Visitor<'de>> DeserializeSeed<'de> for Visited<V> {
    type Value = V::Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<V::Value, D::Error> {
        deserializer.deserialize_any(self.0)
    }
}
