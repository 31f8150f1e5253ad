//! The name of a field as a setting.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_config::Complaint;
use weir_event::Key;

/// A field's name: `source.ip`, or in Logstash's way `[source][ip]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct FieldPath(Key);

impl FieldPath {
    /// `message`, the log line.
    #[must_use]
    pub fn message() -> Self {
        Self(Key::MESSAGE)
    }

    /// The key that events carry.
    #[must_use]
    pub fn key(self) -> Key {
        self.0
    }

    /// The key of a field below this one.
    #[must_use]
    pub fn below(self, name: &str) -> Key {
        Key::named(&format!("{}.{name}", self.0.name()))
    }

    /// The dotted form of either way of writing, without checks.
    #[must_use]
    pub fn dotted(text: &str) -> Cow<'_, str> {
        match text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            Some(inner) => Cow::Owned(inner.replace("][", ".")),
            None => Cow::Borrowed(text),
        }
    }
}

impl TryFrom<String> for FieldPath {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        let dotted = Self::dotted(&text);
        let complaint = if dotted.is_empty() {
            "a field's name is empty"
        } else if dotted.contains(['[', ']', '\n']) {
            "is not a field's name"
        } else if dotted.split('.').any(str::is_empty) {
            "has an empty part"
        } else {
            return Ok(Self(Key::named(&dotted)));
        };
        let title =
            if dotted.is_empty() { complaint.to_owned() } else { format!("`{text}` {complaint}") };
        Err(Complaint::new(title).help("write it like `source.ip` or `[source][ip]`"))
    }
}

impl JsonSchema for FieldPath {
    fn schema_name() -> Cow<'static, str> {
        "FieldPath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "field", "examples": ["source.ip"] })
    }
}

impl serde::Serialize for FieldPath {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.0.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_name_one_field() {
        let path = |text: &str| FieldPath::try_from(text.to_owned());
        assert_eq!(path("source.ip").expect("fine"), path("[source][ip]").expect("fine"));
        assert_eq!(path("[message]").expect("fine"), FieldPath::message());
        for text in ["", "[]", "a..b", ".a", "[a", "a][b"] {
            assert!(path(text).is_err(), "{text}");
        }
    }
}
