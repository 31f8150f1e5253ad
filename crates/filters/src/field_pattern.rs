//! A field's name, or a pattern of names, as a setting. No filter itself.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_component::FieldPath;
use weir_config::Complaint;
use weir_event::Key;

use crate::subtree::{below, name_of};

/// A field's name, or one with `*` for any text.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum FieldPattern {
    /// This field and what is below it.
    Tree(Key),
    /// Fields whose names have these pieces in their order, the first and the last at the ends.
    Pieces(Box<[Box<str>]>),
}

impl FieldPattern {
    /// Whether the field is meant, by itself or with an object that it lies in.
    pub(crate) fn holds(&self, key: Key) -> bool {
        match self {
            Self::Tree(tree) => key == *tree || below(name_of(key), name_of(*tree)).is_some(),
            Self::Pieces(pieces) => fits(name_of(key), pieces),
        }
    }
}

/// Whether a text has the pieces in their order, the first and the last at its ends. Taking each
/// piece as early as possible leaves the most for the others.
fn fits(text: &str, pieces: &[Box<str>]) -> bool {
    let [first, middle @ .., last] = pieces else { return false };
    let Some(mut rest) = text.strip_prefix(&**first) else { return false };
    for piece in middle {
        let Some(at) = rest.find(&**piece) else { return false };
        rest = &rest[at + piece.len()..];
    }
    rest.ends_with(&**last)
}

impl TryFrom<String> for FieldPattern {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        if text.contains('*') {
            let dotted = FieldPath::dotted(&text);
            return Ok(Self::Pieces(dotted.split('*').map(Into::into).collect()));
        }
        let key = FieldPath::try_from(text)?.key();
        if key == Key::TIME {
            return Err(Complaint::new("`@timestamp` cannot be named here")
                .help("every event has it and keeps it: it is the event's time"));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(pattern: &str, name: &str, wanted: bool) {
        let pattern = FieldPattern::try_from(pattern.to_owned()).expect("a pattern");
        assert_eq!(pattern.holds(Key::named(name)), wanted, "{name}");
    }

    #[test]
    fn a_star_stands_for_any_text() {
        for (pattern, name, wanted) in [
            ("*", "message", true),
            ("tmp_*", "tmp_a.b", true),
            ("tmp_*", "tmp", false),
            ("*.raw", "a.b.raw", true),
            ("*.raw", "a.raw.b", false),
            ("a*b", "ab", true),
            ("a*b", "a.xb", true),
            ("a*b", "aba", false),
            ("a*a", "a", false),
            ("a**a", "aa", true),
            ("*ab*ab", "ab", false),
            ("*ab*ab", "abab", true),
            ("[a][*][c]", "a.b.c", true),
        ] {
            check(pattern, name, wanted);
        }
    }

    #[test]
    fn a_name_without_a_star_is_an_object_with_all_in_it() {
        check("url", "url.path", true);
        check("url", "url", true);
        check("url", "urls", false);
        for text in ["@timestamp", "", "a..b"] {
            assert!(FieldPattern::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
