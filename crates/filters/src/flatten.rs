//! The `flatten` filter: objects in objects become one, with longer names.

use std::fmt::Write as _;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{EventMut, Key, Value};

use crate::subtree::{Renaming, below, name_of, own_facts, put_together, rename_fields};

const FAILURE: &str = "_flattenfailure";

/// Most fields that the lists of one event are taken apart into: Elasticsearch takes no more in an
/// index.
const FIELDS_MAX: usize = 1_000;

/// Makes one object of objects in objects.
///
/// The names of inner fields are joined with the `separator`. Without `fields` it is the whole
/// event that is flattened; otherwise the objects that `fields` names, each of which stays an
/// object. `except` names objects that stay as they are.
///
/// If `fields` names a list, the items of lists in it take their place, so that it holds no lists
/// any more. Other lists stay as they are, unless `lists = true` takes them apart, too: their items then become fields
/// with the item's number, from 0, for a name.
///
/// If there is no room for another name of a field, or the lists have more than 1,000 parts, the
/// field stays as it is, and the event gets the tag `_flattenfailure`.
///
/// # Example
///
/// ```toml
/// type = "flatten"
/// except = "host"
/// ```
/// ```json
/// {"http": {"request": {"method": "GET"}, "version": 2}, "host": {"name": "web"}, "ok": [1, 2]}
/// ```
/// becomes
/// ```json
/// {"http_request_method": "GET", "http_version": 2, "host": {"name": "web"}, "ok": [1, 2]}
/// ```
/// What has no objects in it stays:
/// ```json
/// {"message": "hello"}
/// ```
/// stays as it is. One object only, and its lists:
///
/// ```toml
/// type = "flatten"
/// fields = "labels"
/// separator = "-"
/// lists = true
/// ```
/// ```json
/// {"labels": {"app": {"name": "shop"}, "port": [80, {"tls": 443}]}, "a": {"b": 1}}
/// ```
/// becomes
/// ```json
/// {"labels": {"app-name": "shop", "port-0": 80, "port-1-tls": 443}, "a": {"b": 1}}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Flatten {
    /// The objects to flatten: one or several. Unless set, the whole event.
    #[serde(default, alias = "field")]
    fields: OneOrMany<FieldPath>,
    /// What joins names.
    #[serde(default = "underscore")]
    separator: At<String>,
    /// Objects that stay as they are.
    #[serde(default)]
    except: OneOrMany<FieldPath>,
    /// Whether lists are taken apart as well.
    #[serde(default)]
    lists: bool,
}

fn underscore() -> At<String> {
    At::from("_".to_owned())
}

impl Configure for Flatten {
    const NAME: &'static str = "flatten";
}

impl FilterConfig for Flatten {
    type Filter = Flattener;

    fn build(self) -> Result<Flattener, Diagnostic> {
        check_separator(&self.separator)?;
        Ok(Flattener {
            places: self.fields.iter().map(|field| field.key()).collect(),
            except: self.except.iter().map(|field| field.key().name()).collect(),
            separator: self.separator.into_inner(),
            lists: self.lists,
        })
    }
}

/// Refuses a separator that would make objects again.
pub(crate) fn check_separator(separator: &At<String>) -> Result<(), Diagnostic> {
    if separator.contains('.') {
        return Err(Diagnostic::error("a dot in a field's name makes an object of it")
            .at(separator, "")
            .help("choose another separator, such as `_`"));
    }
    Ok(())
}

/// Flattens objects.
#[derive(Debug)]
pub(crate) struct Flattener {
    places: Vec<Key>,
    except: Vec<&'static str>,
    separator: String,
    lists: bool,
}

impl Filter for Flattener {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let mut complete = true;
        if self.places.is_empty() {
            event.own_facts();
        }
        self.places.iter().for_each(|place| own_facts(event, *place));
        if self.lists {
            complete &= self.take_apart(event);
        }
        self.lists_in_lists(event);
        complete &= rename_fields(event, |name| match self.rest(name) {
            Some(rest) => without_dots(name, rest, &self.separator),
            None => Renaming::None,
        });
        if complete { Ok(Keep::Yes) } else { Err(FilterError::tagged(FAILURE)) }
    }
}

/// A name with the separator in place of each dot in `rest`, its end.
pub(crate) fn without_dots(name: &str, rest: &str, separator: &str) -> Renaming {
    if !rest.contains('.') {
        return Renaming::None;
    }
    let renamed = put_together(|new| {
        new.push_str(&name[..name.len() - rest.len()]);
        for (i, part) in rest.split('.').enumerate() {
            if i > 0 {
                new.push_str(separator);
            }
            new.push_str(part);
        }
    });
    renamed.into()
}

impl Flattener {
    /// The part of a name that is flattened.
    fn rest(&self, name: &'static str) -> Option<&'static str> {
        let is_excepted = |above: &&str| name == *above || below(name, above).is_some();
        if self.except.iter().any(is_excepted) {
            return None;
        }
        if self.places.is_empty() {
            return Some(name);
        }
        self.places.iter().find_map(|place| below(name, name_of(*place)))
    }

    /// Puts the items of lists in the place of the lists.
    fn lists_in_lists(&self, event: &mut EventMut<'_>) {
        for key in self.places.iter().copied() {
            let Some(Value::List(items)) = event.as_ref().get(key) else { continue };
            if !items.iter().any(|item| matches!(item, Value::List(_))) {
                continue;
            }
            let Some(Value::List(items)) = event.take(key) else { continue };
            let mut all = Vec::with_capacity(items.len());
            unnest(items, &mut all);
            event.set(key, Value::List(all.into_boxed_slice()));
        }
    }

    /// Makes fields of the items of lists; they still have dots in their names. False when some
    /// found no room.
    fn take_apart(&self, event: &mut EventMut<'_>) -> bool {
        let (mut complete, mut parts) = (true, 0);
        let mut at = 0;
        while at < event.as_ref().fields().len() {
            let key = event.as_ref().fields()[at].key;
            at += 1;
            if self.rest(name_of(key)).is_none() || key == Key::TAGS {
                continue;
            }
            let is_list =
                matches!(event.as_ref().get(key), Some(Value::List(items)) if !items.is_empty());
            let is_map =
                matches!(event.as_ref().get(key), Some(Value::Map(entries)) if !entries.is_empty());
            if !is_list && !is_map {
                continue;
            }
            let Some(names) = names(event, key) else {
                complete = false;
                continue;
            };
            parts += names.len();
            if parts > FIELDS_MAX {
                return false;
            }
            let values: Vec<Value> = match event.remove(key) {
                Some(Value::List(items)) => items.into_vec(),
                Some(Value::Map(entries)) => entries.into_iter().map(|(_, value)| value).collect(),
                _ => Vec::new(),
            };
            // New fields stand at the end and are looked at in their turn.
            at -= 1;
            names.into_iter().zip(values).for_each(|(name, value)| event.set(name, value));
        }
        complete
    }
}

fn unnest(items: Box<[Value]>, all: &mut Vec<Value>) {
    for item in items {
        match item {
            Value::List(inner) => unnest(inner, all),
            other => all.push(other),
        }
    }
}

/// The names of a list's items or a map's values as fields; nothing without room for them.
fn names(event: &EventMut<'_>, key: Key) -> Option<Vec<Key>> {
    let above = name_of(key);
    let child =
        |name: &str| put_together(|new| write!(new, "{above}.{name}").expect("a text takes all"));
    match event.as_ref().get(key)? {
        Value::List(items) => (0..items.len()).map(|i| child(&i.to_string())).collect(),
        Value::Map(entries) => entries
            .iter()
            .map(|(name, _)| child(&String::from_utf8_lossy(event.text_of(*name))))
            .collect(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::Arc;

    use serde_json::json;
    use weir_event::{Batch, Key, Origin, Timestamp};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[test]
    fn lists_are_taken_apart_to_their_last_item() {
        let settings = "type = \"flatten\"\nlists = true";
        let given = json!({ "a": [[1, []], {"b": {"c": [2]}}, "x"], "tags": ["t"], "d": {"e": 1} });
        let mut became = Bench::new(FILTERS, settings).unwrap().pass(&given).unwrap().unwrap();
        became.as_object_mut().unwrap().remove("@timestamp");
        let wanted = json!({
            "a_0_0": 1, "a_0_1": [], "a_1_b_c_0": 2, "a_2": "x", "tags": ["t"], "d_e": 1,
        });
        assert_eq!(became, wanted);
    }

    #[test]
    fn facts_about_the_origin_are_flattened_as_well() {
        let mut batch = Batch::new();
        let facts = Origin::new(0).with(Key::named("log.file.path"), "/a", true);
        let origin = batch.add_origin(&Arc::new(facts));
        batch.push(origin, 0, Timestamp::default());
        Bench::new(FILTERS, "type = \"flatten\"").unwrap().run(&mut batch);
        let event = batch.event(0);
        assert_eq!(event.bytes(Key::named("log_file_path")), Some(&b"/a"[..]));
        assert!(event.view(Key::named("log.file.path")).is_none());
    }

    #[test]
    fn a_list_with_too_many_parts_stays() {
        let settings = "type = \"flatten\"\nlists = true";
        let given = json!({ "a": vec![1; super::FIELDS_MAX + 1] });
        let became = Bench::new(FILTERS, settings).unwrap().pass(&given).unwrap().unwrap();
        assert_eq!(became["a"], given["a"]);
        assert_eq!(became["tags"], json!(["_flattenfailure"]));
    }

    #[test]
    fn a_dot_does_not_separate() {
        let mistakes = Bench::new(FILTERS, "type = \"flatten\"\nseparator = \".\"").unwrap_err();
        assert!(mistakes.contains("makes an object"), "{mistakes}");
    }
}
