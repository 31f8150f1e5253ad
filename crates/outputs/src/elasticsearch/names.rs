//! What names an event's place: its index and its `_id`.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Serialize, Serializer};
use weir_component::template::{MissingField, Template};
use weir_config::Complaint;
use weir_event::EventRef;

use crate::template::compile;

/// Elasticsearch's limit for the name of an index, in bytes.
const NAME_BYTES_MAX: usize = 255;

/// The name of an index or data stream: the same for all events, or a template.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct IndexName {
    pub(crate) name: Name,
    text: String,
}

/// A name, with what is known about it beforehand.
#[derive(Clone, Debug)]
pub(crate) enum Name {
    /// The same for all events.
    Fixed(Box<str>),
    /// Made from each event.
    Template(Template),
}

impl TryFrom<String> for IndexName {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        let template = compile(&text)?;
        if !template.is_constant() {
            return Ok(Self { name: Name::Template(template), text });
        }
        let refuse = |label: &str| {
            Err(Complaint::new(format!("`{text}` cannot be the name of an index"))
                .label(label)
                .help("write it like `logs-nginx.access-default` or `logs-%{+yyyy.MM}`"))
        };
        if text.is_empty() {
            return refuse("it is empty");
        }
        if text.chars().any(char::is_uppercase) {
            return refuse("there are no capital letters in names of indices");
        }
        if text.starts_with(['-', '_', '+']) || text == "." || text == ".." {
            return refuse("it cannot begin like this");
        }
        let is_forbidden =
            |c: char| r#"\/*?"<>|,#:"#.contains(c) || c.is_whitespace() || c.is_control();
        if text.contains(is_forbidden) {
            return refuse("blanks and \\ / * ? \" < > | , # : are not allowed");
        }
        if text.len() > NAME_BYTES_MAX {
            return refuse("255 bytes are the most");
        }
        Ok(Self { name: Name::Fixed(text.as_str().into()), text })
    }
}

/// Where a document's `_id` comes from.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum DocumentId {
    /// The event's origin, its position in it, and its part where it is not the first.
    #[default]
    Origin,
    /// The server chooses.
    None,
    /// Made from the event.
    Template(Template, Box<str>),
}

impl TryFrom<String> for DocumentId {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        match text.as_str() {
            "origin" => return Ok(Self::Origin),
            "none" => return Ok(Self::None),
            _ => {}
        }
        let template = compile(&text)?;
        if template.is_constant() {
            return Err(Complaint::new(format!("`{text}` would be the `_id` of every event"))
                .label("each event needs its own")
                .help("write `origin`, `none`, or a template such as `%{event.id}`"));
        }
        Ok(Self::Template(template, text.into()))
    }
}

impl DocumentId {
    /// Appends the text of the `_id`; false when the server is to choose.
    pub(crate) fn write(
        &self,
        event: EventRef<'_>,
        out: &mut Vec<u8>,
    ) -> Result<bool, MissingField> {
        match self {
            Self::Template(template, _) => template.render(event, out).map(|()| true),
            Self::Origin if event.origin().identity != 0 => {
                write_hex(event.origin().identity, 16, out);
                out.push(b'-');
                write_hex(event.position(), 1, out);
                if event.part() != 0 {
                    out.push(b'-');
                    write_hex(event.part(), 1, out);
                }
                Ok(true)
            }
            Self::Origin | Self::None => Ok(false),
        }
    }
}

/// Writes a number in hexadecimal with at least so many digits.
fn write_hex(number: u64, digits_min: u32, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let needed = (u64::BITS - number.leading_zeros()).div_ceil(4);
    for i in (0..needed.max(digits_min)).rev() {
        out.push(DIGITS[(number >> (4 * i) & 15) as usize]);
    }
}

impl Serialize for IndexName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl Serialize for DocumentId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Origin => "origin",
            Self::None => "none",
            Self::Template(_, text) => text,
        })
    }
}

impl JsonSchema for IndexName {
    fn schema_name() -> Cow<'static, str> {
        "IndexName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string", "x-type": "template", "examples": ["logs-nginx.access-default"]
        })
    }
}

impl JsonSchema for DocumentId {
    fn schema_name() -> Cow<'static, str> {
        "DocumentId".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "template", "examples": ["origin", "none"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_that_the_server_would_refuse_is_refused_here() {
        for good in ["logs", "logs-2026.11", ".weir", "logs-nginx.access-default"] {
            assert!(IndexName::try_from(good.to_owned()).is_ok(), "{good}");
        }
        let long = "x".repeat(256);
        for bad in ["", "Logs", "-a", "_a", "a b", "a/b", "a*", "..", "a,b", "a\n", &long] {
            assert!(IndexName::try_from(bad.to_owned()).is_err(), "{bad}");
        }
    }

    #[test]
    fn numbers_are_written_in_hexadecimal() {
        let hex = |number, digits_min| {
            let mut out = Vec::new();
            write_hex(number, digits_min, &mut out);
            String::from_utf8(out).expect("digits")
        };
        for number in [0, 1, 15, 16, 0xdead_beef, u64::MAX] {
            assert_eq!(hex(number, 1), format!("{number:x}"));
            assert_eq!(hex(number, 16), format!("{number:016x}"));
        }
    }
}
