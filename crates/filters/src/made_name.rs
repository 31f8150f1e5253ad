//! A field's name as a setting, with places for fields in it. No filter itself.

use std::borrow::Cow;
use std::cell::RefCell;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_component::FieldPath;
use weir_component::template::Template;
use weir_config::Complaint;
use weir_event::{EventRef, Key};

/// A field's name: always the same, or put together for each event.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(crate) enum MadeName {
    /// Always this one.
    Fixed(Key),
    /// `labels.%{name}`.
    Made(Template),
}

thread_local! {
    static NAME: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl MadeName {
    /// The key for an event; nothing when the event lacks a field of the name, when what was put
    /// together is none, or when there is no room for another name.
    pub(crate) fn key(&self, event: EventRef<'_>) -> Option<Key> {
        let template = match self {
            Self::Fixed(key) => return Some(*key),
            Self::Made(template) => template,
        };
        NAME.with_borrow_mut(|name| {
            name.clear();
            template.render(event, name).ok()?;
            let name = std::str::from_utf8(name).ok()?;
            let is_name = !name.contains('\n') && !name.split('.').any(str::is_empty);
            is_name.then(|| Key::found(name)).flatten()
        })
    }

    /// The key, if it is always the same.
    pub(crate) fn fixed(&self) -> Option<Key> {
        match self {
            Self::Fixed(key) => Some(*key),
            Self::Made(_) => None,
        }
    }
}

impl TryFrom<String> for MadeName {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        if !text.contains("%{") {
            return FieldPath::try_from(text).map(|path| Self::Fixed(path.key()));
        }
        Template::parse(&outside_dotted(&text)).map(Self::Made).map_err(Complaint::from)
    }
}

/// `[a][%{b}]` as `a.%{b}`. Brackets inside of places are left to the template.
fn outside_dotted(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) else {
        return Cow::Borrowed(text);
    };
    let (mut dotted, mut rest) = (String::new(), inner);
    while let Some(at) = rest.find("%{") {
        let end = rest[at..].find('}').map_or(rest.len(), |len| at + len + 1);
        dotted.push_str(&rest[..at].replace("][", "."));
        dotted.push_str(&rest[at..end]);
        rest = &rest[end..];
    }
    dotted.push_str(&rest.replace("][", "."));
    Cow::Owned(dotted)
}

impl JsonSchema for MadeName {
    fn schema_name() -> Cow<'static, str> {
        "MadeName".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "field", "examples": ["labels.%{name}"] })
    }
}

impl serde::Serialize for MadeName {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Fixed(key) => serializer.serialize_str(key.name()),
            Self::Made(template) => serializer.serialize_str(template.text()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_ways_of_writing_may_hold_fields() {
        for (text, wanted) in [
            ("a.%{b}", "a.%{b}"),
            ("[a][%{b}]", "a.%{b}"),
            ("[a][%{[b][c]}][d]", "a.%{[b][c]}.d"),
            ("a_%{[b][c]}", "a_%{[b][c]}"),
        ] {
            let name = MadeName::try_from(text.to_owned()).expect("a name");
            assert!(matches!(&name, MadeName::Made(it) if it.text() == wanted), "{name:?}");
        }
        assert!(MadeName::try_from("a.%{b".to_owned()).is_err());
        assert_eq!(MadeName::try_from("[a][b]".to_owned()), Ok(MadeName::Fixed(Key::named("a.b"))));
    }
}
