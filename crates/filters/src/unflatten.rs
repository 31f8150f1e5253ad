//! The `unflatten` filter: objects from names with a separator.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::EventMut;

use crate::subtree::{Renaming, below, put_together, rename_fields};

const FAILURE: &str = "_unflattenfailure";

/// Makes objects of fields with a separator in their names.
///
/// Dots in names make objects by themselves, so this filter is for other separators. Without
/// `fields` all fields are looked at, otherwise those in the objects that `fields` names. Names in
/// which nothing stands between two separators, or before or behind one, stay as they are.
///
/// If there is no room for another name of a field, it keeps its own, and the event gets the tag
/// `_unflattenfailure`.
///
/// # Example
///
/// ```toml
/// type = "unflatten"
/// separator = "_"
/// ```
/// ```json
/// {"http_request_method": "GET", "http_version": 2, "_id": 7}
/// ```
/// becomes
/// ```json
/// {"_id": 7, "http": {"request": {"method": "GET"}, "version": 2}}
/// ```
/// What has no separator stays:
/// ```json
/// {"message": "a_b"}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Unflatten {
    /// The objects whose fields are looked at: one or several. Unless set, the whole event.
    #[serde(default, alias = "field")]
    fields: OneOrMany<FieldPath>,
    /// What stands between names.
    separator: At<String>,
}

impl Configure for Unflatten {
    const NAME: &'static str = "unflatten";
}

impl FilterConfig for Unflatten {
    type Filter = Unflattener;

    fn build(self) -> Result<Unflattener, Diagnostic> {
        if self.separator.is_empty() {
            return Err(Diagnostic::error("the separator is empty")
                .at(&self.separator, "")
                .help("write it like `separator = \"_\"`"));
        }
        let places = self.fields.iter().map(|field| field.key().name()).collect();
        Ok(Unflattener { places, separator: self.separator.into_inner() })
    }
}

/// Makes objects.
#[derive(Debug)]
pub(crate) struct Unflattener {
    places: Vec<&'static str>,
    separator: String,
}

impl Filter for Unflattener {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let complete = rename_fields(event, |name| {
            let rest = if self.places.is_empty() {
                Some(name)
            } else {
                self.places.iter().find_map(|place| below(name, place))
            };
            rest.map_or(Renaming::None, |rest| self.renamed(name, rest))
        });
        if complete { Ok(Keep::Yes) } else { Err(FilterError::tagged(FAILURE)) }
    }
}

impl Unflattener {
    fn renamed(&self, name: &str, rest: &str) -> Renaming {
        let mut parts = rest.split(self.separator.as_str());
        if !rest.contains(self.separator.as_str()) || parts.any(str::is_empty) {
            return Renaming::None;
        }
        let renamed = put_together(|new| {
            new.push_str(&name[..name.len() - rest.len()]);
            for (i, part) in rest.split(self.separator.as_str()).enumerate() {
                if i > 0 {
                    new.push('.');
                }
                new.push_str(part);
            }
        });
        renamed.into()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::json;
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[test]
    fn only_the_named_objects_change() {
        let settings = "type = \"unflatten\"\nseparator = \"::\"\nfields = \"a\"";
        let given = json!({ "a": {"b::c": 1, "::d": 2}, "e::f": 3 });
        let mut became = Bench::new(FILTERS, settings).unwrap().pass(&given).unwrap().unwrap();
        became.as_object_mut().unwrap().remove("@timestamp");
        assert_eq!(became, json!({ "a": {"::d": 2, "b": {"c": 1}}, "e::f": 3 }));
    }
}
