//! The `vrl` filter: runs a program in Vector Remap Language.
//!
//! The language is the crate `vrl`'s, which is there only with the feature of that name; the page
//! always is. Here is what an event is to a program: `plan` finds out which of its parts one
//! touches, `target` is what it works on, `values` goes there and back, `remapper` runs it.

#[cfg(not(feature = "vrl"))]
mod absent;
#[cfg(feature = "vrl")]
mod plan;
#[cfg(feature = "vrl")]
mod remapper;
#[cfg(feature = "vrl")]
mod target;
#[cfg(feature = "vrl")]
mod values;

use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::Configure;
use weir_config::At;

/// Runs a program in Vector Remap Language (VRL).
///
/// Programs written for Vector's transform `remap` run as they are. The language and its functions
/// are described at <https://vector.dev/docs/reference/vrl/>. All functions are there but those that
/// ask the network (`dns_lookup`, `reverse_dns`, `http_request`) and those that are Vector's own, for
/// its enrichment tables, secrets, metrics and schemas. A
/// program in the settings that cannot be compiled is shown at its place by `weir check`; one in a file
/// when the pipeline starts, and by `weir test`. Its warnings are logged at the start.
///
/// # What an event is to a program
///
/// `.` is the event as it would be delivered: `.http.status` is the field `http.status`. Quotes
/// make no difference, so `."log.level"` is `.log.level`.
///
/// `.timestamp` is the event's time, `@timestamp`, unless the event has a field of that name. An instant
/// that is put into `.timestamp` becomes the event's time; anything else is put into the field. The
/// time itself cannot be taken out. `."@timestamp"` works as well, and takes an instant or a text in
/// ISO 8601.
///
/// Facts that Vector puts at the top level have their own names here: `.host.name` in place of `.host`,
/// `.log.file.path` in place of `.file`.
///
/// A program that gives `.` another value replaces the event, with the facts about where it came from.
/// To keep them, merge: `. |= object!(parse_json!(.message))`. A list makes an event of each item, an
/// empty one drops the event. An item that is no object becomes the field `message`.
///
/// What starts with `%` is empty at first and forgotten behind the program.
///
/// # When a program ends early
///
/// With `abort` the event is dropped, or goes on as it was with the tag `_vrlabort`. An error lets
/// it go on as it was with the tag `_vrlfailure`, or drops it. Both ways `error.message` says why. A
/// program has 10,000,000 steps for an event, and makes 10,000 events of one at most.
///
/// # What it costs
///
/// A program that makes an event of a JSON document does about 200,000 events in a CPU-second, a tenth
/// less than in Vector's own representation; the filter `json` does a million. Only the fields that a
/// program names are turned into its values, so one that touches little costs little.
///
/// # Example
///
/// ```toml
/// type = "vrl"
/// source = '''
/// . = parse_json!(.message)
/// .took_ms = to_int!(del(.took)) * 1000
/// '''
/// ```
/// ```json
/// {"message": "{\"user\": {\"name\": \"ann\"}, \"took\": \"3\", \"timestamp\": \"noon\"}"}
/// ```
/// becomes
/// ```json
/// {"user": {"name": "ann"}, "took_ms": 3000, "timestamp": "noon"}
/// ```
/// What it cannot read goes on as it was:
/// ```json
/// {"message": "noon"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "noon",
///   "tags": ["_vrlfailure"],
///   "error": {"message": "vrl-1: function call error for \"parse_json\" at (4:25): unable to parse json: expected ident at line 1 column 2"}
/// }
/// ```
///
/// With a time, a condition and an end for some:
///
/// ```toml
/// type = "vrl"
/// source = '''
/// if .level == "debug" { abort }
/// .timestamp = parse_timestamp!(del(.at), "%d.%m.%Y %H:%M:%S")
/// .tags = push(array(.tags) ?? [], "seen")
/// '''
/// timezone = "Europe/Berlin"
/// ```
/// ```json
/// {"level": "info", "at": "23.11.2026 11:00:00"}
/// ```
/// becomes
/// ```json
/// {"@timestamp": "2026-11-23T10:00:00.000Z", "level": "info", "tags": ["seen"]}
/// ```
/// and one of the others
/// ```json
/// {"level": "debug"}
/// ```
/// is dropped.
///
/// Several events of one:
///
/// ```toml
/// type = "vrl"
/// source = ". = map_values(array!(.items)) -> |it| { {\"item\": it, \"order\": .order} }"
/// ```
/// ```json
/// {"order": 7, "items": ["tea", "milk"]}
/// ```
/// become
/// ```json
/// {"item": "tea", "order": 7}
/// {"item": "milk", "order": 7}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[cfg_attr(not(feature = "vrl"), expect(dead_code, reason = "only the page is there"))]
pub(crate) struct Vrl {
    /// The program.
    source: Option<At<String>>,
    /// A file with the program, instead of `source`. It is read again when it changes.
    #[schemars(example = "/etc/weir/orders.vrl")]
    file: Option<At<PathBuf>>,
    /// Whether an event is dropped on which the program fails. Else it goes on as it was, tagged.
    #[serde(default)]
    drop_on_error: bool,
    /// Whether an event is dropped for which the program says `abort`. Else it goes on as it was,
    /// tagged.
    #[serde(default = "yes")]
    drop_on_abort: bool,
    /// The time zone of times without one: a name like `Europe/Berlin`. Unless set, the machine's.
    #[schemars(example = "Europe/Berlin")]
    timezone: Option<At<String>>,
}

fn yes() -> bool {
    true
}

impl Configure for Vrl {
    const NAME: &'static str = "vrl";
}

#[cfg(all(test, feature = "vrl"))]
mod tests;
