//! The setting `quote-char`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_config::Complaint;

/// The character around values; none if it is empty.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct QuoteChar(pub(super) Option<u8>);

impl Default for QuoteChar {
    fn default() -> Self {
        Self(Some(b'"'))
    }
}

impl TryFrom<String> for QuoteChar {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        match text.as_bytes() {
            // Logstash's ways to say that there is none.
            [] | [0] | br"\x00" => Ok(Self(None)),
            [byte] if byte.is_ascii() => Ok(Self(Some(*byte))),
            _ => Err(Complaint::new(format!("`{text}` is no quote"))
                .help("it is a single ASCII character like `\"` or `'`, or empty for none")),
        }
    }
}

impl serde::Serialize for QuoteChar {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Some(byte) => serializer.serialize_char(char::from(byte)),
            None => serializer.serialize_str(""),
        }
    }
}

impl JsonSchema for QuoteChar {
    fn schema_name() -> Cow<'static, str> {
        "QuoteChar".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "character", "examples": ["'"] })
    }
}
