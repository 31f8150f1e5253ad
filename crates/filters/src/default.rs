//! The `default` filter: values for fields that have none.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, Key};

use crate::given::Given;
use crate::pairs::Pairs;
use crate::subtree::is_there;

const FAILURE: &str = "_defaultfailure";

/// Gives fields a value where they have none.
///
/// A field has none if it is missing or null; an empty text is a value. A name under which an
/// object lies counts as there. In a text, `%{field}` stands for the value of another field. If a
/// value needs a field that the event lacks, its field stays as it is, and the event gets the tag
/// `_defaultfailure`.
///
/// # Example
///
/// ```toml
/// type = "default"
/// fields = { "service.name" = "web", "retries" = 0, "event.dataset" = "%{service.name}.log", "event.category" = ["web"] }
/// ```
/// ```json
/// {"retries": null, "event": {"dataset": ""}}
/// ```
/// becomes
/// ```json
/// {"retries": 0, "event": {"dataset": "", "category": ["web"]}, "service": {"name": "web"}}
/// ```
/// What has a value keeps it:
/// ```json
/// {"service": {"name": "shop"}, "retries": 1, "event": {"dataset": "x", "category": "db"}}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Default {
    /// The fields, each with its value: a text, a number, `true`, `false` or a list of them.
    fields: Pairs<Given>,
}

impl Configure for Default {
    const NAME: &'static str = "default";
}

impl FilterConfig for Default {
    type Filter = Defaulter;

    fn build(self) -> Result<Defaulter, Diagnostic> {
        let fields = self.fields.into_vec();
        if fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field")
                .help("write it like `fields = { \"service.name\" = \"web\" }`"));
        }
        Ok(Defaulter {
            fields: fields.into_iter().map(|(field, given)| (field.key(), given)).collect(),
        })
    }
}

/// Gives fields values.
#[derive(Debug)]
pub(crate) struct Defaulter {
    fields: Vec<(Key, Given)>,
}

impl Filter for Defaulter {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let mut failed = None;
        for (key, given) in &self.fields {
            if is_there(event, *key) {
                continue;
            }
            match given.value(event) {
                Ok(value) => event.set(*key, value),
                Err(missing) => failed = failed.or(Some(missing)),
            }
        }
        match failed {
            None => Ok(Keep::Yes),
            Some(missing) => Err(FilterError::because(FAILURE, missing.to_string())),
        }
    }
}
