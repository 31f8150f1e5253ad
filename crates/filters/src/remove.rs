//! The `remove` filter.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{Complaint, Diagnostic, OneOrMany};
use weir_event::{EventMut, Key};

use crate::subtree::{below, name_of};

/// Removes fields.
///
/// An object is removed with all that is in it. A name may end in `*`: `tmp_*` stands for every
/// field whose name begins with `tmp_`. Fields that an event lacks are no failure. The event's
/// time, `@timestamp`, cannot be removed.
///
/// # Example
///
/// ```toml
/// type = "remove"
/// fields = ["message", "agent", "tmp_*"]
/// ```
/// ```json
/// {"message": "raw line", "agent": {"name": "web-1"}, "tmp_a": 1, "tmp_b": 2, "status": 200}
/// ```
/// becomes
/// ```json
/// {"status": 200}
/// ```
/// What is missing is no failure, and a part of a name is not the name:
/// ```json
/// {"agents": 3}
/// ```
/// becomes
/// ```json
/// {"agents": 3}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Remove {
    /// The fields to remove: one name or several, each of which may end in `*`.
    #[serde(alias = "field")]
    fields: OneOrMany<FieldPattern>,
}

impl Configure for Remove {
    const NAME: &'static str = "remove";
}

impl FilterConfig for Remove {
    type Filter = Remover;

    fn build(self) -> Result<Remover, Diagnostic> {
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field").help("name at least one"));
        }
        Ok(Remover { patterns: self.fields.into_vec() })
    }
}

/// A field's name, or the beginning of several.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
enum FieldPattern {
    /// This field and what is below it.
    Tree(Key),
    /// Fields whose names begin so.
    Beginning(Box<str>),
}

impl FieldPattern {
    fn holds(&self, key: Key) -> bool {
        match self {
            Self::Tree(tree) => key == *tree || below(name_of(key), name_of(*tree)).is_some(),
            Self::Beginning(beginning) => name_of(key).starts_with(&**beginning),
        }
    }
}

impl TryFrom<String> for FieldPattern {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        let star = text.find('*');
        if star.is_some_and(|at| at + 1 < text.len()) {
            return Err(Complaint::new(format!("`{text}` has a `*` that is not at its end"))
                .help("write it like `tmp_*` or `http.request.*`"));
        }
        if let Some(at) = star {
            let beginning = FieldPath::dotted(&text[..at]);
            return Ok(Self::Beginning(beginning.into()));
        }
        let key = FieldPath::try_from(text)?.key();
        if key == Key::TIME {
            return Err(Complaint::new("`@timestamp` cannot be removed")
                .help("every event has it: it is the event's time"));
        }
        Ok(Self::Tree(key))
    }
}

impl JsonSchema for FieldPattern {
    fn schema_name() -> Cow<'static, str> {
        "FieldPattern".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "field", "examples": ["tmp_*"] })
    }
}

/// Removes fields.
#[derive(Debug)]
pub(crate) struct Remover {
    patterns: Vec<FieldPattern>,
}

impl Filter for Remover {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        event.retain(|field| !self.patterns.iter().any(|pattern| pattern.holds(field.key)));
        Ok(Keep::Yes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_that_promise_too_much_are_refused() {
        for text in ["a*b", "*.raw", "@timestamp", "", "a..b"] {
            assert!(FieldPattern::try_from(text.to_owned()).is_err(), "{text}");
        }
        let every = FieldPattern::try_from("*".to_owned()).expect("it is at the end");
        assert!(every.holds(Key::MESSAGE));
    }
}
