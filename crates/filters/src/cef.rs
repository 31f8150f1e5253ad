//! The `cef` filter: the Common Event Format, in which security products report.

mod names;
pub(crate) mod parts;

use std::cell::RefCell;

use memchr::memchr2;
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, EventRef, Key, Span, Timestamp, Value};

use self::names::Names;
use self::parts::{Extension, Extensions, HEADER_PARTS, Header, unescape_header, unescape_value};
use crate::date::{Dates, ZoneSetting};
use crate::found::{FIELDS_MAX, Harvest, Name, Owner, harvest};
use crate::given;

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

/// Among how many extensions a label is looked for: honest messages have a tenth of it.
const LABELS_MAX: usize = 1000;

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
        let Some(span) = given::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
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

/// A message on its way into fields.
struct Message<'a> {
    reader: &'a CefReader,
    event: EventRef<'a>,
    whole: Span,
    extensions: &'a mut Vec<Extension>,
}

impl Message<'_> {
    /// Gathers the fields; the event's time, if the message has one.
    fn read(mut self, harvest: &mut Harvest) -> Result<Option<Timestamp>, FilterError> {
        let text = self.event.arena().get(self.whole);
        if std::str::from_utf8(text).is_err() {
            return Err(self.failure("is no UTF-8"));
        }
        // Some connectors put quotes around the whole.
        let (text, whole) = match text {
            [b'"', rest @ ..] => {
                let len = rest.len().saturating_sub(1);
                (&rest[..len], self.whole.slice(1, 1 + len))
            }
            text => (text, self.whole),
        };
        self.whole = whole;
        let text_len = text.trim_ascii_end().len();
        let header = Header::find(text, 0, HEADER_PARTS);
        if header.len < HEADER_PARTS {
            let reason = format!("has {} of the {HEADER_PARTS} parts of a header", header.len);
            return Err(self.failure(&reason));
        }
        self.put_header(text, &header, harvest)?;
        let text = &text[..text_len.max(header.end)];
        if memchr2(b'\n', b'\r', &text[header.end..]).is_some() {
            return Err(self.failure("has line ends in its extensions"));
        }
        self.extensions.clear();
        self.extensions.extend(Extensions::new(text, header.end).take(FIELDS_MAX + 1));
        if self.extensions.len() > FIELDS_MAX {
            return Err(self.failure(&format!("has more than {FIELDS_MAX} extensions")));
        }
        if self.extensions.is_empty() && header.end < text.len() {
            return Err(self.failure("has extensions that are no pairs"));
        }
        let zone = self.extensions.iter().rev().find(|it| {
            let key = &text[it.key.0..it.key.1];
            key == b"dtz" || key == b"deviceTimeZone"
        });
        let zone = zone.map(|it| &text[it.value.0..it.value.1]);
        let mut time = None;
        for extension in &*self.extensions {
            let read_at = self.put(text, *extension, zone, harvest);
            time = read_at.or(time);
        }
        Ok(time)
    }

    fn put_header(
        &self,
        text: &[u8],
        header: &Header,
        harvest: &mut Harvest,
    ) -> Result<(), FilterError> {
        for (part, key) in self.reader.header.iter().enumerate() {
            let (mut start, end) = header.parts[part];
            if part == 0 {
                let first = &text[start..end];
                let blank = memchr::memrchr(b' ', first);
                if let Some(len) = blank {
                    let place = harvest.place(Name::Field(self.reader.syslog));
                    harvest.put(place, b"", Value::Text(self.whole.slice(start, start + len)));
                }
                start += blank.map_or(0, |len| len + 1);
                if !text[start..end].starts_with(b"CEF:") {
                    return Err(self.failure("has no `CEF:` before its version"));
                }
                start += b"CEF:".len();
            }
            let place = harvest.place(Name::Field(*key));
            let value = if text[start..end].contains(&b'\\') {
                harvest.keep_with(|out| unescape_header(&text[start..end], out))
            } else {
                self.whole.slice(start, end)
            };
            harvest.put(place, b"", Value::Text(value));
        }
        Ok(())
    }

    /// Puts an extension; the event's time, if it is that.
    fn put(
        &self,
        text: &[u8],
        extension: Extension,
        zone: Option<&[u8]>,
        harvest: &mut Harvest,
    ) -> Option<Timestamp> {
        let key = &text[extension.key.0..extension.key.1];
        let value = &text[extension.value.0..extension.value.1];
        let place = match self.label(text, key) {
            Labelled::By(label) => {
                harvest.place(Name::of(self.reader.unknown, &String::from_utf8_lossy(label)))
            }
            Labelled::IsLabel => return None,
            Labelled::No => harvest.name(key, |key| self.reader.decide(key)),
        };
        let is_time = std::str::from_utf8(key).ok().and_then(|key| self.reader.names.get(key));
        if let Some(known) = is_time.filter(|it| it.is_time) {
            if value.is_empty() {
                harvest.replace(place, key, Value::Null);
                return None;
            }
            if let Some(time) = self.reader.dates.read(value, zone, self.event) {
                if known.field == "@timestamp" && self.reader.target.is_none() {
                    return Some(time);
                }
                harvest.replace(place, key, Value::Time(time));
                return None;
            }
        }
        let value = if value.contains(&b'\\') {
            harvest.keep_with(|out| unescape_value(value, out))
        } else {
            self.whole.slice(extension.value.0, extension.value.1)
        };
        harvest.replace(place, key, Value::Text(value));
        None
    }

    /// Whether an extension is a label, or has one.
    fn label<'t>(&self, text: &'t [u8], key: &[u8]) -> Labelled<'t> {
        if !self.reader.has_labels || !is_custom(key) {
            return Labelled::No;
        }
        let key_of = |it: &Extension| &text[it.key.0..it.key.1];
        if let Some(base) = names::labelled(key) {
            let has_value = self.extensions.iter().take(LABELS_MAX).any(|it| key_of(it) == base);
            return if has_value { Labelled::IsLabel } else { Labelled::No };
        }
        let label = self
            .extensions
            .iter()
            .take(LABELS_MAX)
            .find(|it| names::labelled(key_of(it)) == Some(key));
        match label.map(|it| &text[it.value.0..it.value.1]).filter(|it| !it.is_empty()) {
            Some(label) => Labelled::By(label),
            None => Labelled::No,
        }
    }

    #[cold]
    fn failure(&self, what: &str) -> FilterError {
        FilterError::because(FAILURE, format!("`{}` {what}", self.reader.field))
    }
}

/// What a custom field is called.
enum Labelled<'t> {
    By(&'t [u8]),
    IsLabel,
    No,
}

/// Whether this is a custom field or its label.
fn is_custom(key: &[u8]) -> bool {
    let base = names::labelled(key).unwrap_or(key);
    let digits = base.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=2).contains(&digits) && names::is_custom(&base[..base.len() - digits])
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
