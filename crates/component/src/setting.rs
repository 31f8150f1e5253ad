//! Conditions, expressions and templates as settings: texts that are checked when they are read.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use weir_config::Complaint;

use crate::condition::{Condition, Expression};
use crate::template::Template;

macro_rules! text_setting {
    ($($kind:ty, $word:literal, $example:literal;)*) => {$(
        impl<'de> Deserialize<'de> for $kind {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = String::deserialize(deserializer)?;
                Self::parse(&text).map_err(|wrong| D::Error::custom(Complaint::from(wrong)))
            }
        }

        impl Serialize for $kind {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl JsonSchema for $kind {
            fn schema_name() -> Cow<'static, str> {
                $word.into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({ "type": "string", "x-type": $word, "examples": [$example] })
            }
        }
    )*};
}

text_setting! {
    Condition, "condition", "http.response.status_code >= 500";
    Expression, "expression", "int(http.response.bytes) / 1024";
    Template, "template", "logs-%{service.name}";
}
