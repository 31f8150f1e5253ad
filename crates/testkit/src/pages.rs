//! Runs the examples of manual pages: what a page promises is what the component does.
//!
//! A page is the description in a component's schema, that is, the doc comment of its settings.
//! A block of ```` ```toml ```` sets filters up, and holds for the examples behind it until the
//! next one. Each example is a block of ```` ```json ```` with an event, followed by what becomes
//! of it: the word "becomes" and another block, "is dropped", or "stays as it is".
//!
//! The runner knows no catalogue; whoever calls it brings the filters along.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use weir_codec::json::{DocumentWriter, Limits, parse_object};
use weir_component::metrics::Meters;
use weir_component::spec::{Catalogue, FilterSpec};
use weir_component::{Stage, Workshop};
use weir_config::{Document, SourceFile, Surroundings, Table};
use weir_event::{Batch, Field, Key, Origin, Timestamp, Value};

/// When events without `@timestamp` happened: 2026-11-23T10:00:00Z.
pub const READ_AT: Timestamp = Timestamp::from_seconds(1_795_428_000);

/// An example of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The settings of one filter, or tables `[[filter]]`.
    pub settings: String,
    /// The event before.
    pub given: String,
    /// What becomes of it.
    pub wanted: Wanted,
}

/// What an example says becomes of its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This document.
    Becomes(String),
    /// It leaves the pipeline.
    Dropped,
    /// It does not change.
    Same,
}
