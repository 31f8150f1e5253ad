//! A setting that gives each of several fields something, in the order in which it is written.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use weir_component::FieldPath;

/// `{ "old" = "new", "other" = "text" }`: fields and what they get, in order.
#[derive(Clone, Debug)]
pub(crate) struct Pairs<T, N = FieldPath>(Vec<(N, T)>);

impl<T, N> Pairs<T, N> {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn into_vec(self) -> Vec<(N, T)> {
        self.0
    }
}

impl<'de, T: Deserialize<'de>, N: Deserialize<'de>> Deserialize<'de> for Pairs<T, N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Reader(PhantomData))
    }
}

struct Reader<T, N>(PhantomData<(T, N)>);

impl<'de, T: Deserialize<'de>, N: Deserialize<'de>> Visitor<'de> for Reader<T, N> {
    type Value = Pairs<T, N>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table of fields")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut pairs = Vec::new();
        while let Some(pair) = map.next_entry()? {
            pairs.push(pair);
        }
        Ok(Pairs(pairs))
    }
}

impl<T: JsonSchema, N> JsonSchema for Pairs<T, N> {
    fn schema_name() -> Cow<'static, str> {
        format!("Pairs_of_{}", T::schema_name()).into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "additionalProperties": generator.subschema_for::<T>(),
        })
    }
}
