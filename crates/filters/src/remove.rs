//! The `remove` filter.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{Filter, FilterError, Keep};
use weir_config::{Diagnostic, OneOrMany};
use weir_event::{EventMut, Key};

use crate::field_pattern::FieldPattern;

/// Removes fields.
///
/// An object is removed with all that is in it. In a name, `*` stands for any text: `tmp_*` means
/// every field whose name begins with `tmp_`, `*.raw` every one that ends in `.raw`. Fields that an event lacks are no failure. The event's
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
    /// The fields to remove: one name or several, each of which may hold `*`.
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

/// Removes fields.
#[derive(Debug)]
pub(crate) struct Remover {
    patterns: Vec<FieldPattern>,
}

impl Filter for Remover {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let is_meant = |key: Key| self.patterns.iter().any(|pattern| pattern.holds(key));
        if event.as_ref().delivered_facts().any(|(key, _)| is_meant(key)) {
            event.own_facts();
        }
        event.retain(|field| !is_meant(field.key));
        Ok(Keep::Yes)
    }
}
