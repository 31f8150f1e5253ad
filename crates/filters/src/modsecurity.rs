//! The `modsecurity` filter: what the web application firewall reports, in each of its forms.

mod document;
mod emit;
mod line;
mod native;
mod record;
mod rule;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, Key, Value};

use self::emit::{Keys, Shown};
use self::record::Record;
use crate::date::{Dates, ZoneSetting};
use crate::source;

const FAILURE: &str = "_modsecurityfailure";

/// Reads what the web application firewall `ModSecurity` reports.
///
/// The form is recognised: an audit record in the native form, of several lines (join them with
/// `multiline` first), or as JSON, of versions 2.9 and 3; a line of an error log of Apache or nginx;
/// a line of the index of records that have files of their own. Coraza's sentences are read, too.
///
/// Fields are those of the Elastic Common Schema: `source`, `destination`, `http`, `url`,
/// `user_agent`, `rule` (the one that stopped the request, else the most severe one, the first of several;
/// no mere sum of points where there is another), `event.action` (`blocked`, `detected`, or
/// `logged` where no rule is named) and `event.duration`. All rules are in `modsecurity.rules`, points in
/// `modsecurity.anomaly_score`, the transaction in `modsecurity.transaction_id`. The
/// time becomes that of the event. A record of version 3 does not always say whether the request was
/// stopped: it counts as blocked when a rule that blocks was hit with the engine on.
///
/// Of bodies only the length is kept, and secrets in headers are masked; so is what a rule found
/// in such a header. What a rule found elsewhere is in its `data`, and may be part of a body. Since the record
/// holds all that, the field is removed once it was read.
///
/// At most 100 rules of a record and 100 headers are kept (`modsecurity.rules_total` counts all),
/// and of each text 8192 bytes. What is no such record, or was cut off, earns the
/// event the tag `_modsecurityfailure`, and no field of it changes.
///
/// # Example
///
/// ```toml
/// type = "modsecurity"
/// ```
/// ```json
/// {"message": "[Mon Nov 23 20:49:04.478 2026] [security2:error] [pid 7] [client 192.0.2.7:4000] ModSecurity: Access denied with code 403 (phase 2). Pattern match \"a\" at ARGS:id. [id \"942100\"] [msg \"SQL injection\"] [tag \"attack-sqli\"] [hostname \"shop.example\"] [uri \"/a\"] [unique_id \"x1\"]"}
/// ```
/// becomes
/// ```json
/// {
///   "@timestamp": "2026-11-23T20:49:04.478Z",
///   "modsecurity": {
///     "form": "error",
///     "transaction_id": "x1",
///     "phase": 2,
///     "rules_total": 1,
///     "rules": [
///       {"id": "942100", "message": "SQL injection", "variable": "ARGS:id", "pattern": "a", "phase": 2, "tags": ["attack-sqli"]}
///     ]
///   },
///   "source": {"address": "192.0.2.7", "ip": "192.0.2.7", "port": 4000},
///   "related": {"ip": ["192.0.2.7"]},
///   "url": {"path": "/a", "domain": "shop.example"},
///   "rule": {"id": "942100", "name": "SQL injection", "category": "attack-sqli"},
///   "event": {"kind": "alert", "category": ["web", "intrusion_detection"], "type": ["denied"], "action": "blocked", "outcome": "failure"},
///   "log": {"level": "error"},
///   "process": {"pid": 7}
/// }
/// ```
/// A record that was cut off:
/// ```json
/// {"message": "--a460e71e-A--\n[23/Nov/2026:20:49:04 +0000] x1 192.0.2.7 4000 192.0.2.1 80"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "--a460e71e-A--\n[23/Nov/2026:20:49:04 +0000] x1 192.0.2.7 4000 192.0.2.1 80",
///   "tags": ["_modsecurityfailure"],
///   "error": {"message": "modsecurity-1: the record in `message` has no part Z"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Modsecurity {
    /// The field that holds the record.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// Whether the contents of bodies become fields.
    #[serde(default)]
    bodies: Bodies,
    /// Whether the headers of requests become fields.
    #[serde(default)]
    headers: Headers,
    /// Whether the field with the record is removed once it was read.
    #[serde(default = "yes")]
    remove_source: bool,
    /// The zone of times that do not name theirs, those of error logs and of JSON of version 3.
    #[serde(default)]
    timezone: ZoneSetting,
}

/// What becomes of bodies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Bodies {
    /// Their length is kept.
    #[default]
    Omit,
    /// They are kept, up to 8192 bytes of each.
    Keep,
}

/// What becomes of the headers of requests, beside host, user agent and referrer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Headers {
    /// They are left out.
    Omit,
    /// They are kept, `Authorization`, `Proxy-Authorization`, `Cookie` and `Set-Cookie` without
    /// their values.
    #[default]
    Mask,
    /// They are kept as they are.
    Keep,
}

fn yes() -> bool {
    true
}

/// How times are written in the forms.
const FORMATS: [&str; 7] = [
    "dd/MMM/yyyy:HH:mm:ss.SSSSSS Z",
    "dd/MMM/yyyy:HH:mm:ss Z",
    "EEE MMM d HH:mm:ss.SSSSSS yyyy",
    "EEE MMM d HH:mm:ss.SSS yyyy",
    "EEE MMM d HH:mm:ss yyyy",
    "yyyy/MM/dd HH:mm:ss",
    "ISO8601",
];

impl Configure for Modsecurity {
    const NAME: &'static str = "modsecurity";
}

impl FilterConfig for Modsecurity {
    type Filter = RecordReader;

    fn build(self) -> Result<RecordReader, Diagnostic> {
        Ok(RecordReader {
            field: self.field.key(),
            shown: Shown { bodies: self.bodies, headers: self.headers },
            remove_source: self.remove_source,
            dates: Dates::new(&FORMATS, self.timezone),
            keys: Keys::new(),
        })
    }
}

/// Reads records. They are few and long, so each is taken apart into texts of its own.
#[derive(Debug)]
pub(crate) struct RecordReader {
    field: Key,
    shown: Shown,
    remove_source: bool,
    dates: Dates,
    keys: Keys,
}

impl Filter for RecordReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        let text = String::from_utf8_lossy(event.text_of(span));
        let record = read(text.trim_start_matches(['\u{feff}', '\n', '\r', ' ']));
        let record = record.map_err(|cause| {
            let reason = format!("the record in `{}` {cause}", self.field);
            FilterError::because(FAILURE, reason)
        })?;
        // A time west of Greenwich has two signs in some versions, one of them from the format.
        let time = record.time.replace("--", "-").replace("  ", " ");
        let time = self.dates.read(time.as_bytes(), None, event.as_ref());
        if self.remove_source {
            event.remove(self.field);
        }
        self.keys.emit(event, &record, self.shown);
        match time {
            Some(time) => event.set(Key::TIME, Value::Time(time)),
            None if record.time.is_empty() => {}
            None => return Err(FilterError::tagged("_dateparsefailure")),
        }
        Ok(Keep::Yes)
    }
}

/// Reads a record in the form that its beginning shows.
fn read(text: &str) -> Result<Record, String> {
    if text.starts_with("--") {
        native::read(text).map_err(str::to_owned)
    } else if text.starts_with('{') {
        document::read(text)
    } else if line::is_error(text) {
        Ok(line::error(text))
    } else {
        line::index(text).ok_or_else(|| "has none of the known forms".to_owned())
    }
}
