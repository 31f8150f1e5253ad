//! The `de-dot` filter: names without dots.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{Arena, EventMut, Value};

use crate::flatten::{check_separator, without_dots};
use crate::subtree::{Renaming, below, name_of, rename_fields};

const FAILURE: &str = "_dedotfailure";

/// Puts another mark in place of the dots in names of fields.
///
/// A dot in the name of a field makes an object of it: `{"app.name": 1, "app": 2}` are a value and
/// an object of one name, which Elasticsearch refuses. Labels and annotations of containers are of
/// this kind. For the objects that `fields` names, the names in them get the `separator` for each
/// dot, so there are no objects left in them. Names in lists of objects get it as well.
///
/// If there is no room for another name of a field, it keeps its own, and the event gets the tag
/// `_dedotfailure`.
///
/// # Example
///
/// ```toml
/// type = "de-dot"
/// fields = "kubernetes.labels"
/// ```
/// ```json
/// {"kubernetes": {"labels": {"app": "shop", "app.kubernetes.io/name": "web"}}}
/// ```
/// becomes
/// ```json
/// {"kubernetes": {"labels": {"app": "shop", "app_kubernetes_io/name": "web"}}}
/// ```
/// Other fields stay:
/// ```json
/// {"kubernetes": {"annotations": {"a.b": 1}}}
/// ```
/// becomes
/// ```json
/// {"kubernetes": {"annotations": {"a": {"b": 1}}}}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct DeDot {
    /// The objects with the names: one or several.
    #[serde(alias = "field")]
    fields: OneOrMany<FieldPath>,
    /// What takes the place of a dot.
    #[serde(default = "underscore")]
    separator: At<String>,
}

fn underscore() -> At<String> {
    At::from("_".to_owned())
}

impl Configure for DeDot {
    const NAME: &'static str = "de-dot";
}

impl FilterConfig for DeDot {
    type Filter = DeDotter;

    fn build(self) -> Result<DeDotter, Diagnostic> {
        check_separator(&self.separator)?;
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field")
                .help("name at least one; to take all objects out of events there is `flatten`"));
        }
        let places = self.fields.iter().map(|field| field.key().name()).collect();
        Ok(DeDotter { places, separator: self.separator.into_inner() })
    }
}

/// Takes dots out of names.
#[derive(Debug)]
pub(crate) struct DeDotter {
    places: Vec<&'static str>,
    separator: String,
}

impl Filter for DeDotter {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let complete = rename_fields(event, |name| {
            match self.places.iter().find_map(|place| below(name, place)) {
                Some(rest) => without_dots(name, rest, &self.separator),
                None => Renaming::None,
            }
        });
        self.change_lists(event);
        if complete { Ok(Keep::Yes) } else { Err(FilterError::tagged(FAILURE)) }
    }
}

impl DeDotter {
    fn change_lists(&self, event: &mut EventMut<'_>) {
        for at in 0..event.as_ref().fields().len() {
            let field = &event.as_ref().fields()[at];
            let key = field.key;
            let name = name_of(key);
            let is_meant =
                self.places.iter().any(|place| name == *place || below(name, place).is_some());
            if !is_meant || !matches!(field.value, Value::List(_) | Value::Map(_)) {
                continue;
            }
            let Some(mut value) = event.take(key) else { continue };
            self.change(&mut value, event.arena());
            event.set(key, value);
        }
    }

    fn change(&self, value: &mut Value, arena: &mut Arena) {
        match value {
            Value::List(items) => items.iter_mut().for_each(|item| self.change(item, arena)),
            Value::Map(entries) => {
                for (name, value) in entries {
                    let text = arena.get(*name);
                    if text.contains(&b'.') {
                        let parts: Vec<&[u8]> = text.split(|byte| *byte == b'.').collect();
                        let text = parts.join(self.separator.as_bytes());
                        *name = arena.append(&text);
                    }
                    self.change(value, arena);
                }
            }
            _ => {}
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
    fn names_in_lists_lose_their_dots_too() {
        let settings = "type = \"de-dot\"\nfields = \"a\"\nseparator = \"\"";
        let given = json!({ "a": {"b.c": [{"d.e": [{"f.g": 1}]}]}, "x": [{"y.z": 1}] });
        let mut became = Bench::new(FILTERS, settings).unwrap().pass(&given).unwrap().unwrap();
        became.as_object_mut().unwrap().remove("@timestamp");
        assert_eq!(became, json!({ "a": {"bc": [{"de": [{"fg": 1}]}]}, "x": [{"y.z": 1}] }));
    }
}
