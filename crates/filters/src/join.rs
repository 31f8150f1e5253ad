//! The `join` filter: a list into a text.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_codec::json::write_value;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{Arena, EventMut, Key, Value, ValueRef};

/// Joins the items of a list to one text.
///
/// Numbers, truth values and times are written as text, objects as JSON; null is the empty text,
/// and the items of a list in the list are joined with the others. The text takes the list's
/// place, unless `target` names another field. Events without the field pass unchanged, and so do
/// those in which it holds no list.
///
/// # Example
///
/// ```toml
/// type = "join"
/// field = "labels"
/// separator = ", "
/// ```
/// ```json
/// {"labels": ["web", 7, true]}
/// ```
/// becomes
/// ```json
/// {"labels": "web, 7, true"}
/// ```
/// What is no list stays:
/// ```json
/// {"labels": "web"}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Join {
    /// The field with the list.
    field: FieldPath,
    /// The text between two items.
    #[serde(default = "comma")]
    separator: String,
    /// The field that gets the text. Unless set, `field` itself.
    target: Option<FieldPath>,
}

fn comma() -> String {
    ",".to_owned()
}

impl Configure for Join {
    const NAME: &'static str = "join";
}

impl FilterConfig for Join {
    type Filter = Joiner;

    fn build(self) -> Result<Joiner, Diagnostic> {
        let field = self.field.key();
        let target = self.target.map_or(field, FieldPath::key);
        Ok(Joiner { field, target, separator: self.separator.into_bytes().into_boxed_slice() })
    }
}

/// Joins lists.
#[derive(Debug)]
pub(crate) struct Joiner {
    field: Key,
    target: Key,
    separator: Box<[u8]>,
}

impl Filter for Joiner {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        // Taken, not borrowed: the text is written behind the list's own.
        let Some(value) = event.take(self.field) else { return Ok(Keep::Yes) };
        let Value::List(items) = &value else {
            event.set(self.field, value);
            return Ok(Keep::Yes);
        };
        let (arena, scratch) = event.arena_and_scratch();
        scratch.text.clear();
        self.write(items, arena, &mut true, &mut scratch.text);
        let text = Value::Text(arena.append(&scratch.text));
        event.set(self.field, value);
        event.set(self.target, text);
        Ok(Keep::Yes)
    }
}

impl Joiner {
    fn write(&self, items: &[Value], arena: &Arena, first: &mut bool, out: &mut Vec<u8>) {
        for item in items {
            if let Value::List(inner) = item {
                self.write(inner, arena, first, out);
                continue;
            }
            if !std::mem::take(first) {
                out.extend_from_slice(&self.separator);
            }
            match ValueRef::new(item, arena) {
                map @ ValueRef::Map(..) => write_value(map, out),
                other => other.write_text(out),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[test]
    fn items_of_every_kind_are_joined() {
        let settings = "type = \"join\"\nfield = \"l\"\ntarget = \"t\"";
        let given = json!({ "l": [null, ["a", [1.5]], {"b": "c"}, []] });
        let became = Bench::new(FILTERS, settings).unwrap().pass(&given).unwrap().unwrap();
        assert_eq!(became["t"], json!(",a,1.5,{\"b\":\"c\"}"));
        assert_eq!(became["l"], given["l"]);
    }
}
