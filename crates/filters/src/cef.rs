//! The `cef` filter: the Common Event Format, in which security products report.

mod message;
mod names;
pub(crate) mod parts;

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, Key, Value};

use self::message::Message;
use self::names::Names;
use self::parts::{Extension, HEADER_PARTS};
use crate::date::{Dates, ZoneSetting};
use crate::found::{Name, Owner, harvest};
use crate::source;

const FAILURE: &str = "_cefparsefailure";

/// Reads messages in the Common Event Format, `CEF:0|vendor|product|…|src=192.0.2.1 …`.
///
/// Header and extensions become fields of the Elastic Common Schema, as Logstash's codec `cef` in
/// its mode for it has them: `src` and `sourceAddress` are `source.ip`, `act` is `event.action`,
/// `cs1` and `cs1Label` are `cef.device_custom_string_1.value` and `.label`. Keys that have no such
/// field become `cef.extensions.KEY`. A key like `ad.list[0]` is called `ad.list.0`. Of several
/// values for one field the last counts.
///
/// Times are read where the field is one: milliseconds since 1970, `Nov 23 2026 10:00:00` with or
/// without milliseconds, year and zone, or ISO 8601. `rt` becomes the event's time. A time without a
/// zone is in that of the key `dtz`, else in `timezone`. What is no time stays text; an empty one is
/// null.
///
/// What stands before `CEF:` (a syslog header) goes to `log.syslog.header`, without the blank at its
/// end. Quotes around the whole message are left away. In the header `\|` and `\\` are `|` and `\`,
/// in values `\=`, `\\`, `\n` and `\r` are `=`, `\` and line ends.
///
/// An event without the field passes unchanged. A message whose header is not whole, whose
/// extensions are no pairs, that has line ends in it, is no UTF-8 or has more than 10,000 extensions
/// earns the event the tag `_cefparsefailure`, and no field of it changes.
///
/// # Example
///
/// ```toml
/// type = "cef"
/// ```
/// ```json
/// {"message": "fw1 CEF:0|Acme|Wall|1.0|100|worm stopped|10|src=192.0.2.1 spt=1232 msg=a \\= b cs1Label=rule cs1=deny all zone=dmz"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "a = b",
///   "log": {"syslog": {"header": "fw1"}},
///   "cef": {
///     "version": "0",
///     "name": "worm stopped",
///     "device_custom_string_1": {"label": "rule", "value": "deny all"},
///     "extensions": {"zone": "dmz"}
///   },
///   "observer": {"vendor": "Acme", "product": "Wall", "version": "1.0"},
///   "event": {"code": "100", "severity": "10"},
///   "source": {"ip": "192.0.2.1", "port": "1232"}
/// }
/// ```
/// What is no such message:
/// ```json
/// {"message": "CEF:0|Acme|Wall"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "CEF:0|Acme|Wall",
///   "tags": ["_cefparsefailure"],
///   "error": {"message": "cef-1: `message` has 2 of the 7 parts of a header"}
/// }
/// ```
///
/// With the names of the format itself, and times:
///
/// ```toml
/// type = "cef"
/// ecs = false
/// target = "cef"
/// ```
/// ```json
/// {"message": "CEF:0|Acme|Wall|1.0|100|login|3|suser=alice cs4=401 end=1571328182000"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "CEF:0|Acme|Wall|1.0|100|login|3|suser=alice cs4=401 end=1571328182000",
///   "cef": {
///     "cefVersion": "0",
///     "deviceVendor": "Acme",
///     "deviceProduct": "Wall",
///     "deviceVersion": "1.0",
///     "deviceEventClassId": "100",
///     "name": "login",
///     "severity": "3",
///     "sourceUserName": "alice",
///     "deviceCustomString4": "401",
///     "endTime": "1571328182000"
///   }
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Cef {
    /// The field that holds the message.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field below which everything goes; without it the event itself.
    target: Option<FieldPath>,
    /// Whether fields are those of the Elastic Common Schema; otherwise they have the names of the
    /// format, in full.
    #[serde(default = "yes")]
    ecs: bool,
    /// The field that gets the whole message too.
    raw_data_field: Option<FieldPath>,
    /// What the message calls the device.
    #[serde(default)]
    device: Device,
    /// Whether keys without a field of their own go where the others go, and not to
    /// `cef.extensions`.
    #[serde(default)]
    unknown_at_root: bool,
    /// Whether custom fields such as `cs1` get the name that their label gives them.
    #[serde(default)]
    translate_custom_fields: bool,
    /// The zone of times that do not name theirs: a name like `Europe/Berlin` or an offset like
    /// `+02:00`.
    #[serde(default)]
    timezone: ZoneSetting,
}

/// What the message calls the device.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Device {
    /// The one that saw what happened.
    #[default]
    Observer,
    /// The one on which it happened.
    Host,
}

fn yes() -> bool {
    true
}

impl Configure for Cef {
    const NAME: &'static str = "cef";
}

impl FilterConfig for Cef {
    type Filter = CefReader;

    fn build(self) -> Result<CefReader, Diagnostic> {
        let target = self.target.map(FieldPath::key);
        let names = match (self.ecs, self.device) {
            (false, _) => names::long(),
            (true, Device::Observer) => names::ecs("observer"),
            (true, Device::Host) => names::ecs("host"),
        };
        let header =
            std::array::from_fn(|part| names::below(target, names::header(part, self.ecs)));
        let unknown = match target {
            _ if self.ecs && !self.unknown_at_root => Some(names::below(target, "cef.extensions")),
            target => target,
        };
        Ok(CefReader {
            owner: Owner::new(),
            field: self.field.key(),
            target,
            unknown,
            names,
            header,
            syslog: names::below(target, if self.ecs { "log.syslog.header" } else { "syslog" }),
            raw: self.raw_data_field.map(FieldPath::key),
            has_labels: self.translate_custom_fields,
            dates: Dates::new(&FORMATS, self.timezone),
        })
    }
}

/// How times are written, beside counts of milliseconds.
const FORMATS: [&str; 10] = [
    "UNIX_MS",
    "MMM d yyyy HH:mm:ss.SSS ZZZ",
    "MMM d yyyy HH:mm:ss.SSS",
    "MMM d yyyy HH:mm:ss ZZZ",
    "MMM d yyyy HH:mm:ss",
    "MMM d HH:mm:ss.SSS ZZZ",
    "MMM d HH:mm:ss.SSS",
    "MMM d HH:mm:ss ZZZ",
    "MMM d HH:mm:ss",
    "ISO8601",
];

/// Reads messages.
#[derive(Debug)]
pub(crate) struct CefReader {
    owner: Owner,
    field: Key,
    target: Option<Key>,
    /// Where keys without a field of their own go.
    unknown: Option<Key>,
    names: Names,
    header: [Key; HEADER_PARTS],
    syslog: Key,
    raw: Option<Key>,
    has_labels: bool,
    dates: Dates,
}

thread_local! {
    /// The extensions of the message at hand; its memory is kept.
    static EXTENSIONS: RefCell<Vec<Extension>> = const { RefCell::new(Vec::new()) };
}

impl Filter for CefReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        let mut time = None;
        EXTENSIONS.with_borrow_mut(|extensions| {
            harvest(&self.owner, b"", event, |event, harvest| {
                let message = Message { reader: self, event, whole: span, extensions };
                time = message.read(harvest)?;
                Ok(())
            })
        })?;
        if let Some(time) = time {
            event.set_time(time);
        }
        if let Some(raw) = self.raw {
            event.set(raw, Value::Text(span));
        }
        if self.target == Some(self.field) {
            // Text and object of one name cannot both be delivered.
            event.remove(self.field);
        }
        Ok(Keep::Yes)
    }
}

impl CefReader {
    fn decide(&self, key: &[u8]) -> Name {
        let key = String::from_utf8_lossy(key);
        if let Some(known) = self.names.get(&*key) {
            return Name::of(self.target, &known.field);
        }
        Name::of(self.unknown, &key.replace('[', ".").replace(']', ""))
    }
}

#[cfg(test)]
mod tests;
