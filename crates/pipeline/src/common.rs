//! The settings that the engine reads for every component of a kind: their types and descriptions,
//! for manual pages and editors. `blueprint.rs` and `weir_component::Workshop` read the values.

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::Value;
use weir_component::OnError;
use weir_component::condition::Condition;
use weir_config::{ByteSize, CommonSetting, OneOrMany, Period};

use crate::blueprint::{PipelineSettings, TestSettings};

/// Every common setting, with the kinds of component that have it.
#[must_use]
pub fn common_settings() -> Vec<CommonSetting> {
    vec![
        of::<String>(
            "name",
            &["input", "filter", "output"],
            "What metrics, messages and state folders call it; the type when it is not set.",
        ),
        of::<String>(
            "preset",
            &["input"],
            "The filters of this preset come before the pipeline's own; without a `type`, its input's settings hold for all that are not set here.",
        ),
        of::<Condition>(
            "when",
            &["filter", "output"],
            "Applies only to events for which this condition holds.",
        ),
        of::<OnError>(
            "on-error",
            &["filter"],
            "What becomes of an event the filter cannot work on: `tag` it (default), `ignore` that, or `drop` the event.",
        ),
        of::<OneOrMany<String>>(
            "tag-on-failure",
            &["filter"],
            "The tags of an event the filter cannot work on, in place of its own (`_grokparsefailure` and the like); with `[]` it gets none.",
        ),
        of::<String>(
            "dead-letter",
            &["output"],
            "File for events that the other side refuses for good; below the state directory when it is not set.",
        ),
        of::<ByteSize>(
            "batch-bytes",
            &["output"],
            "Most bytes of one request, before compression.",
        ),
        of::<u32>("batch-size", &["output"], "Most events in one request."),
        of::<u32>(
            "in-flight",
            &["output"],
            "Requests under way at once; with more than one, order is not kept.",
        ),
        of::<ByteSize>(
            "buffer-bytes",
            &["output"],
            "Bytes of encoded events that may wait for this output before the inputs have to.",
        ),
        of::<Period>(
            "retry-delay-min",
            &["output"],
            "Wait before the first retry; it doubles with each.",
        ),
        of::<Period>("retry-delay-max", &["output"], "Longest wait between retries."),
    ]
}

fn of<T: JsonSchema>(name: &str, kinds: &[&str], doc: &str) -> CommonSetting {
    let mut schema = SchemaGenerator::default().into_root_schema_for::<T>();
    schema.insert("description".to_owned(), Value::from(doc));
    let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
    CommonSetting { name: name.to_owned(), kinds, schema }
}

/// The tables at the top level of a file that are no components.
#[must_use]
pub fn other_sections() -> Vec<(String, Schema)> {
    let list_of_tests = SchemaGenerator::default().into_root_schema_for::<Vec<TestSettings>>();
    let pipeline = SchemaGenerator::default().into_root_schema_for::<PipelineSettings>();
    vec![("test".to_owned(), list_of_tests), ("pipeline".to_owned(), pipeline)]
}
