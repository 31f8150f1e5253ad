//! The `leef` filter: the Log Event Extended Format, in which security products report.

use std::cell::RefCell;
use std::collections::HashMap;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, EventRef, Key, Span, Timestamp, Value};

use crate::cef::parts::{Header, unescape_header};
use crate::date::{Dates, ZoneSetting};
use crate::found::{FIELDS_MAX, Harvest, Name, Owner, harvest};
use crate::percent::digit;
use crate::source;

const FAILURE: &str = "_leefparsefailure";

/// The parts of a header: version, vendor, product, the product's version, event.
const HEADER_PARTS: usize = 5;

/// The fields of the header's parts.
const HEADER: [&str; HEADER_PARTS] =
    ["leef.version", "observer.vendor", "observer.product", "observer.version", "event.code"];

/// The attributes that the format defines and the fields that they become; with `true` those that
/// are whole numbers.
const NAMES: [(&str, &str, bool); 28] = [
    ("cat", "leef.category", false),
    ("sev", "event.severity", true),
    ("src", "source.ip", false),
    ("dst", "destination.ip", false),
    ("srcPort", "source.port", true),
    ("dstPort", "destination.port", true),
    ("srcPreNAT", "leef.source.pre_nat.ip", false),
    ("dstPreNAT", "leef.destination.pre_nat.ip", false),
    ("srcPostNAT", "source.nat.ip", false),
    ("dstPostNAT", "destination.nat.ip", false),
    ("srcPreNATPort", "leef.source.pre_nat.port", true),
    ("dstPreNATPort", "leef.destination.pre_nat.port", true),
    ("srcPostNATPort", "source.nat.port", true),
    ("dstPostNATPort", "destination.nat.port", true),
    ("srcMAC", "source.mac", false),
    ("dstMAC", "destination.mac", false),
    ("srcBytes", "source.bytes", true),
    ("dstBytes", "destination.bytes", true),
    ("srcPackets", "source.packets", true),
    ("dstPackets", "destination.packets", true),
    ("totalPackets", "network.packets", true),
    ("proto", "network.transport", false),
    ("usrName", "user.name", false),
    ("domain", "user.domain", false),
    ("policy", "rule.name", false),
    ("url", "url.original", false),
    ("identHostName", "host.name", false),
    ("devTimeFormat", "leef.device_time_format", false),
];

/// How `devTime` is written unless `devTimeFormat` says so.
const FORMATS: [&str; 6] = [
    "UNIX_MS",
    "MMM d yyyy HH:mm:ss.SSS ZZZ",
    "MMM d yyyy HH:mm:ss.SSS",
    "MMM d yyyy HH:mm:ss",
    "MMM d HH:mm:ss",
    "ISO8601",
];

/// Reads messages in the Log Event Extended Format, `LEEF:1.0|vendor|product|…|src=192.0.2.1`.
///
/// Versions 1.0, whose attributes have tabs between them, and 2.0, which names what stands between
/// them (`^` or `0x5E`), are read. Header and attributes become fields of the Elastic Common Schema
/// where there is one, and `leef.extensions.KEY` otherwise. Ports, bytes and packets are numbers if
/// they are digits. `devTime` becomes the event's time, written as `devTimeFormat` says, else as
/// milliseconds since 1970, `Nov 23 2026 10:00:00` with or without milliseconds, year and zone, or
/// ISO 8601; if it is none, it goes to `leef.device_time`.
///
/// What stands before `LEEF:` (a syslog header) goes to `log.syslog.header`.
///
/// An event without the field passes unchanged. A message whose header is not whole, whose
/// attributes are no pairs, or that has more than 10,000 of them earns the event the tag
/// `_leefparsefailure`, and no field of it changes.
///
/// # Example
///
/// ```toml
/// type = "leef"
/// ```
/// ```json
/// {"message": "LEEF:2.0|Acme|Wall|1.0|deny|^|src=192.0.2.1^srcPort=81^usrName=alice^zone=dmz a"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "LEEF:2.0|Acme|Wall|1.0|deny|^|src=192.0.2.1^srcPort=81^usrName=alice^zone=dmz a",
///   "leef": {"version": "2.0", "extensions": {"zone": "dmz a"}},
///   "observer": {"vendor": "Acme", "product": "Wall", "version": "1.0"},
///   "event": {"code": "deny"},
///   "source": {"ip": "192.0.2.1", "port": 81},
///   "user": {"name": "alice"}
/// }
/// ```
/// What is no such message:
/// ```json
/// {"message": "LEEF:1.0|Acme"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "LEEF:1.0|Acme",
///   "tags": ["_leefparsefailure"],
///   "error": {"message": "leef-1: `message` has 1 of the 5 parts of a header"}
/// }
/// ```
///
/// With a time, behind a syslog header:
///
/// ```toml
/// type = "leef"
/// timezone = "Europe/Berlin"
/// ```
/// ```json
/// {"message": "<13>fw1 LEEF:1.0|Acme|Wall|1.0|deny|devTime=Oct 17 2026 16:03:02\tdst=192.0.2.9"}
/// ```
/// becomes
/// ```json
/// {
///   "@timestamp": "2026-10-17T14:03:02.000Z",
///   "message": "<13>fw1 LEEF:1.0|Acme|Wall|1.0|deny|devTime=Oct 17 2026 16:03:02\tdst=192.0.2.9",
///   "log": {"syslog": {"header": "<13>fw1"}},
///   "leef": {"version": "1.0"},
///   "observer": {"vendor": "Acme", "product": "Wall", "version": "1.0"},
///   "event": {"code": "deny"},
///   "destination": {"ip": "192.0.2.9"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Leef {
    /// The field that holds the message.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The zone of times that do not name theirs: a name like `Europe/Berlin` or an offset like
    /// `+02:00`.
    #[serde(default)]
    timezone: ZoneSetting,
}

impl Configure for Leef {
    const NAME: &'static str = "leef";
}

impl FilterConfig for Leef {
    type Filter = LeefReader;

    fn build(self) -> Result<LeefReader, Diagnostic> {
        let known = NAMES.iter().map(|(name, field, is_number)| {
            (name.as_bytes(), Known { key: Key::named(field), is_number: *is_number })
        });
        Ok(LeefReader {
            owner: Owner::new(),
            field: self.field.key(),
            known: known.collect(),
            header: HEADER.map(Key::named),
            syslog: Key::named("log.syslog.header"),
            device_time: Key::named("leef.device_time"),
            extensions: Key::named("leef.extensions"),
            dates: Dates::new(&FORMATS, self.timezone),
        })
    }
}

/// What an attribute becomes.
#[derive(Clone, Copy, Debug)]
struct Known {
    key: Key,
    is_number: bool,
}

/// Reads messages.
#[derive(Debug)]
pub(crate) struct LeefReader {
    owner: Owner,
    field: Key,
    known: HashMap<&'static [u8], Known>,
    header: [Key; HEADER_PARTS],
    syslog: Key,
    device_time: Key,
    extensions: Key,
    dates: Dates,
}

/// An attribute: where its name and its value begin and end.
type Attribute = ((usize, usize), (usize, usize));

thread_local! {
    /// The attributes of the message at hand; its memory is kept.
    static ATTRIBUTES: RefCell<Vec<Attribute>> = const { RefCell::new(Vec::new()) };
}

impl Filter for LeefReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        let mut time = None;
        ATTRIBUTES.with_borrow_mut(|attributes| {
            harvest(&self.owner, b"", event, |event, harvest| {
                time = self.read(event, span, attributes, harvest)?;
                Ok(())
            })
        })?;
        if let Some(time) = time {
            event.set_time(time);
        }
        Ok(Keep::Yes)
    }
}

impl LeefReader {
    /// Gathers the fields; the event's time, if the message has one.
    fn read(
        &self,
        event: EventRef<'_>,
        whole: Span,
        attributes: &mut Vec<Attribute>,
        harvest: &mut Harvest,
    ) -> Result<Option<Timestamp>, FilterError> {
        let text = event.arena().get(whole);
        let header = Header::find(text, 0, HEADER_PARTS);
        if header.len < HEADER_PARTS {
            let reason = format!("has {} of the {HEADER_PARTS} parts of a header", header.len);
            return Err(self.failure(&reason));
        }
        let is_second = self.put_header(text, whole, &header, harvest)?;
        let (delimiter, start) = match delimiter(&text[header.end..]).filter(|_| is_second) {
            Some((delimiter, len)) => (delimiter, header.end + len),
            None => (b'\t', header.end),
        };
        attributes.clear();
        find_attributes(text, start, delimiter, attributes);
        if attributes.len() > FIELDS_MAX {
            return Err(self.failure(&format!("has more than {FIELDS_MAX} attributes")));
        }
        if attributes.is_empty() && !text[start..].trim_ascii().is_empty() {
            return Err(self.failure("has attributes that are no pairs"));
        }
        let value_of = |name: &[u8]| {
            let found =
                attributes.iter().rev().find(|((start, end), _)| &text[*start..*end] == name);
            found.map(|(_, (start, end))| &text[*start..*end])
        };
        let time = value_of(b"devTime").and_then(|time| {
            let format = value_of(b"devTimeFormat").and_then(|it| std::str::from_utf8(it).ok());
            format
                .and_then(|format| self.dates.read_as(format, time, event))
                .or_else(|| self.dates.read(time, None, event))
        });
        for (name, (start, end)) in attributes.iter().copied() {
            let name = &text[name.0..name.1];
            if name == b"devTime" && time.is_some() {
                continue;
            }
            let place = harvest.name(name, |name| self.decide(name));
            let is_number = self.known.get(name).is_some_and(|known| known.is_number);
            let number =
                is_number.then(|| std::str::from_utf8(&text[start..end]).ok()?.parse().ok());
            let value = number.flatten().map(Value::Int);
            harvest.put(place, name, value.unwrap_or(Value::Text(whole.slice(start, end))));
        }
        Ok(time)
    }

    /// Puts the header; whether it is that of version 2.
    fn put_header(
        &self,
        text: &[u8],
        whole: Span,
        header: &Header,
        harvest: &mut Harvest,
    ) -> Result<bool, FilterError> {
        let mut is_second = false;
        for (part, key) in self.header.iter().enumerate() {
            let (mut start, end) = header.parts[part];
            if part == 0 {
                let mark = memchr::memmem::rfind(&text[start..end], b"LEEF:");
                let Some(len) = mark else {
                    return Err(self.failure("has no `LEEF:` before its version"));
                };
                let before = text[start..start + len].trim_ascii_end().len();
                if before > 0 {
                    let place = harvest.place(Name::Field(self.syslog));
                    harvest.put(place, b"", Value::Text(whole.slice(start, start + before)));
                }
                start += len + b"LEEF:".len();
                is_second = text[start..end].starts_with(b"2");
            }
            let place = harvest.place(Name::Field(*key));
            let value = if text[start..end].contains(&b'\\') {
                harvest.keep_with(|out| unescape_header(&text[start..end], out))
            } else {
                whole.slice(start, end)
            };
            harvest.put(place, b"", Value::Text(value));
        }
        Ok(is_second)
    }

    fn decide(&self, name: &[u8]) -> Name {
        if name == b"devTime" {
            return Name::Field(self.device_time);
        }
        match self.known.get(name) {
            Some(known) => Name::Field(known.key),
            None => Name::of(Some(self.extensions), &String::from_utf8_lossy(name)),
        }
    }

    #[cold]
    fn failure(&self, what: &str) -> FilterError {
        FilterError::because(FAILURE, format!("`{}` {what}", self.field))
    }
}

/// What stands between attributes, at the start of what follows the header of version 2, and how
/// long it is with its pipe: a character, or its number such as `0x09` or `x09`. Without one it is
/// a tab.
fn delimiter(text: &[u8]) -> Option<(u8, usize)> {
    // A number has four characters at most.
    let len = text.iter().take(5).position(|byte| *byte == b'|')?;
    let delimiter = match &text[..len] {
        [] => b'\t',
        [byte] => *byte,
        [b'0', b'x' | b'X', digits @ ..] | [b'x' | b'X', digits @ ..] => match *digits {
            [low] => digit(low)?,
            [high, low] => digit(high)? << 4 | digit(low)?,
            _ => return None,
        },
        _ => return None,
    };
    Some((delimiter, len + 1))
}

/// Finds the attributes from `start` on; what has no `=` is skipped.
fn find_attributes(text: &[u8], start: usize, delimiter: u8, out: &mut Vec<Attribute>) {
    let mut at = start;
    while at < text.len() && out.len() <= FIELDS_MAX {
        let end = memchr::memchr(delimiter, &text[at..]).map_or(text.len(), |len| at + len);
        let piece = &text[at..end];
        if let Some(len) = memchr::memchr(b'=', piece) {
            let name = piece[..len].trim_ascii();
            let start = at + len - piece[..len].trim_ascii_start().len();
            let value_end = at + piece.trim_ascii_end().len().max(len + 1);
            if !name.is_empty() {
                out.push(((start, start + name.len()), (at + len + 1, value_end)));
            }
        }
        at = end + 1;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    fn read(text: &str) -> Json {
        let bench = Bench::new(FILTERS, "type = \"leef\"").unwrap();
        bench.pass(&json!({ "message": text })).unwrap().unwrap()
    }

    #[test]
    fn delimiters_may_be_numbers_or_missing() {
        for delimiter in
            ["^|a=1^b=x y", "0x5E|a=1^b=x y", "x5e|a=1^b=x y", "|a=1\tb=x y", "a=1\tb=x y"]
        {
            let became = read(&format!("LEEF:2.0|v|p|1|e|{delimiter}"));
            assert_eq!(became["leef"]["extensions"], json!({"a": "1", "b": "x y"}), "{delimiter}");
        }
        let became = read("LEEF:1.0|v|p|1|e|a=1|2\tb=^");
        assert_eq!(became["leef"]["extensions"], json!({ "a": "1|2", "b": "^" }));
    }

    #[test]
    fn the_time_has_the_format_that_the_message_names() {
        let became = read(
            "LEEF:1.0|v|p|1|e|devTimeFormat=yyyy/MM/dd HH:mm:ss Z\tdevTime=2026/10/17 16:03:02 +0200",
        );
        assert_eq!(became["@timestamp"], "2026-10-17T14:03:02.000Z", "{became:#}");
        let became = read("LEEF:1.0|v|p|1|e|devTime=soon\tsrcPort=x");
        assert_eq!(became["leef"]["device_time"], "soon");
        assert_eq!(became["source"]["port"], "x");
    }

    #[test]
    fn what_is_no_message_keeps_its_text() {
        for text in ["", "LEEF:1.0|v|p|1", "CEF:1.0|v|p|1|e|a=1", "LEEF:1.0|v|p|1|e|nothing"] {
            let became = read(text);
            assert_eq!(became["tags"], json!(["_leefparsefailure"]), "{text}");
            assert_eq!(became["message"], text);
        }
    }
}
