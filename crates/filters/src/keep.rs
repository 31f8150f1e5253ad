//! The `keep` filter.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{Filter, FilterError, Keep as Fate};
use weir_config::{Diagnostic, OneOrMany};
use weir_event::EventMut;

use crate::field_pattern::FieldPattern;

/// Keeps only the named fields.
///
/// All other fields are removed, `tags`, `error.message` and facts about where an event came from,
/// such as `log.file.path`, among them, unless they are named. An
/// object is kept with all that is in it. In a name, `*` stands for any text: `http.*` means every
/// field below `http`, `*_id` every one that ends in `_id`. The event's time, `@timestamp`, always
/// stays.
///
/// # Example
///
/// ```toml
/// type = "keep"
/// fields = ["message", "http", "*_id", "tags"]
/// ```
/// ```json
/// {"message": "x", "http": {"request": {"method": "GET"}}, "trace_id": 7, "tmp": 1}
/// ```
/// becomes
/// ```json
/// {"message": "x", "http": {"request": {"method": "GET"}}, "trace_id": 7}
/// ```
/// Fields that an event lacks are no failure:
/// ```json
/// {"tags": ["a"]}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Keep {
    /// The fields to keep: one name or several, each of which may hold `*`.
    #[serde(alias = "field")]
    fields: OneOrMany<FieldPattern>,
}

impl Configure for Keep {
    const NAME: &'static str = "keep";
}

impl FilterConfig for Keep {
    type Filter = Keeper;

    fn build(self) -> Result<Keeper, Diagnostic> {
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field")
                .help("name at least one; to take events out altogether there is `drop`"));
        }
        Ok(Keeper { patterns: self.fields.into_vec() })
    }
}

/// Removes all but some fields.
#[derive(Debug)]
pub(crate) struct Keeper {
    patterns: Vec<FieldPattern>,
}

impl Filter for Keeper {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Fate, FilterError> {
        event.own_facts();
        event.retain(|field| self.patterns.iter().any(|pattern| pattern.holds(field.key)));
        Ok(Fate::Yes)
    }
}
