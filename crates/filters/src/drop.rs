//! The `drop` filter: takes events out of the pipeline.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::EventMut;

/// Drops events.
///
/// Use it with `when`; without a condition it drops every event. Dropped events are counted in
/// `weir_filter_dropped_events_total` and count as delivered: they are not read again.
///
/// # Example
///
/// ```toml
/// type = "drop"
/// when = 'url.path == "/health"'
/// ```
/// ```json
/// {"url": {"path": "/health"}}
/// ```
/// is dropped, and any other event passes:
/// ```json
/// {"url": {"path": "/login"}}
/// ```
/// becomes
/// ```json
/// {"url": {"path": "/login"}}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Drop {}

impl Configure for Drop {
    const NAME: &'static str = "drop";
}

impl FilterConfig for Drop {
    type Filter = Dropper;

    fn build(self) -> Result<Dropper, Diagnostic> {
        Ok(Dropper)
    }
}

/// Drops every event it is shown.
#[derive(Debug)]
pub(crate) struct Dropper;

impl Filter for Dropper {
    fn apply(&self, _: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        Ok(Keep::No)
    }
}
