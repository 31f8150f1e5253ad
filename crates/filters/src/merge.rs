//! The `merge` filter: values of several fields in one.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{Arena, EventMut, Key, Value};

use crate::pairs::Pairs;
use crate::subtree::{below, copy_members, has_members, value_of};

const FAILURE: &str = "_mergefailure";

/// Merges lists, and objects.
///
/// Each field gets the values of those that are named with it. Lists are appended to each other,
/// and a single value counts as a list of one, so two texts become a list of two. Objects are
/// merged member by member; of two members of one name the added one counts. The added fields
/// stay; `remove` takes them out.
///
/// Added fields that are missing or null are passed over. An object and something else cannot be
/// merged: the event gets the tag `_mergefailure`, and the field keeps its value.
///
/// # Example
///
/// ```toml
/// type = "merge"
/// fields = { "tags" = "labels", "host" = ["node", "rack"] }
/// unique = true
/// ```
/// ```json
/// {"tags": ["a"], "labels": ["a", "b"], "host": {"name": "web-1"}, "node": {"zone": "eu"}}
/// ```
/// becomes
/// ```json
/// {
///   "tags": ["a", "b"],
///   "labels": ["a", "b"],
///   "host": {"name": "web-1", "zone": "eu"},
///   "node": {"zone": "eu"}
/// }
/// ```
/// An object and a text:
/// ```json
/// {"host": {"name": "web-1"}, "node": "eu"}
/// ```
/// becomes
/// ```json
/// {
///   "host": {"name": "web-1"},
///   "node": "eu",
///   "tags": ["_mergefailure"],
///   "error": {"message": "merge-1: `host` and `node` are not both objects"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Merge {
    /// The fields, each with the one or those that are added to it.
    fields: Pairs<At<OneOrMany<FieldPath>>>,
    /// Whether a list gets only what it does not hold yet.
    #[serde(default)]
    unique: bool,
}

impl Configure for Merge {
    const NAME: &'static str = "merge";
}

impl FilterConfig for Merge {
    type Filter = Merger;

    fn build(self) -> Result<Merger, Diagnostic> {
        let mut merges = Vec::new();
        for (target, sources) in self.fields.into_vec() {
            for source in &**sources {
                let (source, target) = (source.key(), target.key());
                let wrong = if source == target {
                    "a field is merged with itself"
                } else if target == Key::TIME {
                    "nothing can be merged into `@timestamp`"
                } else if below(target.name(), source.name()).is_some()
                    || below(source.name(), target.name()).is_some()
                {
                    "an object is merged with a part of itself"
                } else {
                    merges.push((source, target));
                    continue;
                };
                return Err(Diagnostic::error(wrong)
                    .at(&sources, "")
                    .help("write the field that gets the values first: `{ \"all\" = \"some\" }`"));
            }
        }
        if merges.is_empty() {
            return Err(Diagnostic::error("`fields` names no field")
                .help("write it like `fields = { \"tags\" = \"labels\" }`"));
        }
        Ok(Merger { merges, unique: self.unique })
    }
}

/// Merges fields.
#[derive(Debug)]
pub(crate) struct Merger {
    /// What is added, and to what.
    merges: Vec<(Key, Key)>,
    unique: bool,
}

impl Filter for Merger {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let mut failed = None;
        for &(source, target) in &self.merges {
            if !self.merge(event, source, target) {
                failed = failed.or(Some((source, target)));
            }
        }
        match failed {
            None => Ok(Keep::Yes),
            Some((source, target)) => {
                let reason = format!("`{target}` and `{source}` are not both objects");
                Err(FilterError::because(FAILURE, reason))
            }
        }
    }
}

impl Merger {
    /// Whether the two could be merged.
    fn merge(&self, event: &mut EventMut<'_>, source: Key, target: Key) -> bool {
        let added = match value_of(event, source) {
            // A map is an object without anything in it.
            Some(Value::Null | Value::Map(_)) => return true,
            Some(added) => added,
            None if !has_members(event, source) => return true,
            None => {
                let is_object =
                    matches!(event.as_ref().get(target), None | Some(Value::Null | Value::Map(_)));
                if is_object {
                    event.remove(target);
                    return copy_members(event, source, target);
                }
                return false;
            }
        };
        if has_members(event, target) || matches!(event.as_ref().get(target), Some(Value::Map(_))) {
            return false;
        }
        let mut items = match event.take(target) {
            Some(Value::List(items)) => items.into_vec(),
            Some(Value::Null) | None => match value_of(event, target) {
                Some(Value::Null) | None => Vec::new(),
                Some(fact) => vec![fact],
            },
            Some(single) => vec![single],
        };
        let arena = event.arena();
        match added {
            Value::List(added) => added.into_iter().for_each(|it| self.push(&mut items, it, arena)),
            single => self.push(&mut items, single, arena),
        }
        event.set(target, Value::List(items.into_boxed_slice()));
        true
    }

    fn push(&self, items: &mut Vec<Value>, item: Value, arena: &Arena) {
        if !self.unique || !items.iter().any(|it| same(it, &item, arena)) {
            items.push(item);
        }
    }
}

/// Whether two values are equal, wherever their texts lie.
pub(crate) fn same(a: &Value, b: &Value, arena: &Arena) -> bool {
    match (a, b) {
        (Value::Text(a), Value::Text(b)) | (Value::Number(a), Value::Number(b)) => {
            arena.get(*a) == arena.get(*b)
        }
        (Value::List(a), Value::List(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b, arena))
        }
        (Value::Map(a), Value::Map(b)) => {
            let fits = |(a, b): (&(_, _), &(_, _))| {
                arena.get(a.0) == arena.get(b.0) && same(&a.1, &b.1, arena)
            };
            a.len() == b.len() && a.iter().zip(b).all(fits)
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(given: &Json, wanted: &Json) {
        let settings = "type = \"merge\"\nfields = { \"a\" = \"b\" }";
        let became = Bench::new(FILTERS, settings).unwrap().pass(given).unwrap().unwrap();
        assert_eq!(became["a"], *wanted, "{given}");
    }

    #[test]
    fn single_values_become_lists() {
        check(&json!({ "a": "x", "b": "y" }), &json!(["x", "y"]));
        check(&json!({ "b": "y" }), &json!(["y"]));
        check(&json!({ "a": null, "b": ["y", "y"] }), &json!(["y", "y"]));
        check(&json!({ "a": "x" }), &json!("x"));
        check(&json!({ "a": "x", "b": null }), &json!("x"));
    }

    #[test]
    fn objects_take_only_objects() {
        check(
            &json!({ "a": {"x": 1}, "b": {"x": 2, "y": {"z": 3}} }),
            &json!({ "x": 2, "y": {"z": 3} }),
        );
        check(&json!({ "b": {"x": 2} }), &json!({ "x": 2 }));
        check(&json!({ "a": {}, "b": {"x": 2} }), &json!({ "x": 2 }));
        check(&json!({ "a": {"x": 1}, "b": {} }), &json!({ "x": 1 }));
        check(&json!({ "a": {"x": 1}, "b": 5 }), &json!({ "x": 1 }));
        check(&json!({ "a": "x", "b": {"x": 1} }), &json!("x"));
    }
}
