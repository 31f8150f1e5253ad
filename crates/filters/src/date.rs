//! The `date` filter: from text to the event's time.
//!
//! Formats are compiled to a list of items when the filter is built; reading a date walks that
//! list over the bytes.

mod compile;
mod dates;
mod format;
mod go;
pub(crate) mod iso;
mod locale;
mod names;
mod parts;
mod read;
mod usual;
mod zone;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany, in_words};
use weir_event::{EventMut, EventRef, Key, Timestamp, Value, ValueRef};

pub(crate) use self::dates::Dates;
use self::format::DateFormat;
use self::zone::Zone;
pub(crate) use self::zone::ZoneSetting;

const FAILURE: &str = "_dateparsefailure";

/// How much of a text that is no date is repeated in `error.message`, in bytes.
const SHOWN_BYTES_MAX: usize = 64;

/// Reads a date from a field and makes it the event's time.
///
/// A format is written in one of three ways: as in `strftime` (`%d/%b/%Y:%H:%M:%S %z`), as in
/// Logstash and Java (`dd/MMM/yyyy:HH:mm:ss Z`), or as in Go and Beats, who write down when it was
/// 15:04:05 on the 2nd of January 2006 (`02/Jan/2006:15:04:05 -0700`). These words are formats too:
/// `ISO8601` (RFC 3339 and its relatives), `UNIX` (seconds, also with a fraction), `UNIX_MS`,
/// `UNIX_US`, `UNIX_NS`, `TAI64N`, and Go's names such as `RFC1123`. With several formats the first
/// that fits counts.
///
/// A space in a format stands for one or more in the text, so `MMM d HH:mm:ss` reads `Dec  1` as
/// well as `Dec 24`. Months and weekdays are read in English, short or in full, and with a `locale`
/// also in its language; the weekday is not checked against the date. Fractions are kept down to
/// the nanosecond.
///
/// A date without a year, as in classic syslog lines, gets the one that puts it closest before
/// the time at which the event was read, or at most a week behind it: a line of December that is
/// read in January belongs to the year before.
///
/// An event without the field passes unchanged. One whose field fits no format gets the tag
/// `_dateparsefailure` and keeps its time. Local times that a clock change skips fit no format.
///
/// # Example
///
/// ```toml
/// type = "date"
/// field = "timestamp"
/// formats = "%d/%b/%Y:%H:%M:%S %z"
/// ```
/// ```json
/// {"timestamp": "10/Oct/2000:13:55:36 -0700"}
/// ```
/// becomes
/// ```json
/// {"@timestamp": "2000-10-10T20:55:36.000Z", "timestamp": "10/Oct/2000:13:55:36 -0700"}
/// ```
///
/// Several formats, and local times:
///
/// ```toml
/// type = "date"
/// field = "time"
/// formats = ["yyyy-MM-dd HH:mm:ss,SSS", "UNIX_MS"]
/// timezone = "Europe/Berlin"
/// ```
/// ```json
/// {"time": "2026-07-01 12:00:00,250"}
/// ```
/// becomes
/// ```json
/// {"@timestamp": "2026-07-01T10:00:00.250Z", "time": "2026-07-01 12:00:00,250"}
/// ```
/// A number is read as well:
/// ```json
/// {"time": 1531171074631}
/// ```
/// becomes
/// ```json
/// {"@timestamp": "2018-07-09T21:17:54.631Z", "time": 1531171074631}
/// ```
/// And what is no date is tagged:
/// ```json
/// {"time": "yesterday"}
/// ```
/// becomes
/// ```json
/// {
///   "time": "yesterday",
///   "tags": ["_dateparsefailure"],
///   "error": {"message": "date-1: `yesterday` in `time` fits no format"}
/// }
/// ```
///
/// As Go writes it, and in French:
///
/// ```toml
/// type = "date"
/// field = "time"
/// formats = ["2006-01-02T15:04:05Z07:00", "d MMMM yyyy"]
/// locale = "fr"
/// ```
/// ```json
/// {"time": "14 juillet 1789"}
/// ```
/// becomes
/// ```json
/// {"@timestamp": "1789-07-14T00:00:00.000Z", "time": "14 juillet 1789"}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Date {
    /// The field that holds the date.
    field: FieldPath,
    /// How the date is written: one format, or several of which the first that fits counts.
    #[serde(alias = "format")]
    formats: OneOrMany<DateFormat>,
    /// The zone of dates that do not name theirs: a name like `Europe/Berlin`, an offset like
    /// `+02:00`, or a field that holds one of them, like `%{event.timezone}`.
    #[serde(default)]
    timezone: ZoneSetting,
    /// The language of names of months: `cs`, `da`, `de`, `en`, `es`, `fi`, `fr`, `hu`, `it`, `nb`,
    /// `nl`, `pl`, `pt`, `ru`, `sv` or `tr`, also with a country as in `fr-CA`.
    locale: Option<At<String>>,
    /// The field that gets the time.
    #[serde(default = "time_field")]
    target: FieldPath,
}

fn time_field() -> FieldPath {
    FieldPath::try_from("@timestamp".to_owned()).expect("a field's name")
}

impl Configure for Date {
    const NAME: &'static str = "date";
}

impl FilterConfig for Date {
    type Filter = Dater;

    fn build(self) -> Result<Dater, Diagnostic> {
        if self.formats.is_empty() {
            return Err(Diagnostic::error("`formats` is an empty list")
                .help("name at least one format, like `ISO8601`"));
        }
        let mut formats = self.formats.into_vec();
        if let Some(name) = &self.locale {
            let language = locale::of(name).ok_or_else(|| {
                Diagnostic::error(format!("the months of `{}` are not known", &**name))
                    .at(name, "")
                    .help(format!("known are {}", in_words(&locale::codes(), "and")))
            })?;
            if let locale::Known::Other(language) = language {
                formats = formats.into_iter().map(|format| format.in_language(language)).collect();
            }
        }
        Ok(Dater {
            field: self.field.key(),
            formats,
            zone: self.timezone.into_zone(),
            target: self.target.key(),
        })
    }
}

/// Reads dates.
#[derive(Debug)]
pub(crate) struct Dater {
    field: Key,
    formats: Vec<DateFormat>,
    zone: Zone,
    target: Key,
}

impl Filter for Dater {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let seen = event.as_ref();
        let time = if let Some(Value::Text(span)) = seen.get(self.field) {
            self.read(seen.arena().get(*span), seen)
        } else {
            match seen.view(self.field) {
                None | Some(ValueRef::Null) => return Ok(Keep::Yes),
                Some(value) => self.read_value(value, seen),
            }
        };
        let Some(time) = time else { return Err(self.failure(seen)) };
        event.set(self.target, Value::Time(time));
        Ok(Keep::Yes)
    }
}

impl Dater {
    fn read(&self, text: &[u8], event: EventRef<'_>) -> Option<Timestamp> {
        self.formats.iter().find_map(|format| format.read(text, &self.zone, event))
    }

    /// Reads what is no text of the event itself: numbers, times and facts about its origin.
    fn read_value(&self, value: ValueRef<'_>, event: EventRef<'_>) -> Option<Timestamp> {
        match value {
            ValueRef::Text(text) | ValueRef::Number(text) => self.read(text, event),
            ValueRef::Int(number) => self.read_number(number, event),
            ValueRef::Float(number) => self.read(number.to_string().as_bytes(), event),
            ValueRef::Time(time) => Some(time),
            ValueRef::Null | ValueRef::Bool(_) | ValueRef::List(..) | ValueRef::Map(..) => None,
        }
    }

    fn read_number(&self, number: i64, event: EventRef<'_>) -> Option<Timestamp> {
        let mut digits = [0; 20];
        let mut start = digits.len();
        let mut rest = number.unsigned_abs();
        loop {
            start -= 1;
            digits[start] = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        if number < 0 {
            // 19 digits at most, so there is room for the sign.
            start -= 1;
            digits[start] = b'-';
        }
        self.read(&digits[start..], event)
    }

    #[cold]
    fn failure(&self, event: EventRef<'_>) -> FilterError {
        let mut text = Vec::new();
        if let Some(value) = event.view(self.field) {
            value.write_text(&mut text);
        }
        let text = String::from_utf8_lossy(&text);
        let shown = &text[..text.floor_char_boundary(SHOWN_BYTES_MAX)];
        let more = if shown.len() < text.len() { "…" } else { "" };
        let reason = format!("`{shown}{more}` in `{}` fits no format", self.field);
        FilterError::because(FAILURE, reason)
    }
}

#[cfg(test)]
mod tests;
