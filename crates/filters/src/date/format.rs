//! A format as a setting: which of the ways of writing it is, and reading a date with it.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_config::{Complaint, did_you_mean};
use weir_event::{EventRef, Timestamp};

use super::compile::{Mistake, finish, letters, percent};
use super::go;
use super::iso;
use super::locale::Language;
use super::parts::Parts;
use super::read::{self, Item};
use super::zone::{Place, Zone};

const WORDS: [&str; 6] = ["ISO8601", "UNIX", "UNIX_MS", "UNIX_US", "UNIX_NS", "TAI64N"];

/// Most digits of a count of seconds: with eleven it would be of the year 5138 or, rather, a count
/// of something finer.
const SECONDS_DIGITS_MAX: usize = 10;

/// Most digits of a count of milliseconds, for the same reason.
const MILLIS_DIGITS_MAX: usize = 13;

/// The second 0 of TAI64 labels, which count from 2^62; their clock was 10 seconds ahead of UTC
/// in 1970. <https://cr.yp.to/libtai/tai64.html>
const TAI_EPOCH: u64 = (1 << 62) + 10;

const NANOS_PER_SECOND: i64 = 1_000_000_000;

/// A date's format.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(super) enum DateFormat {
    /// ISO 8601.
    Iso,
    /// A count since 1970: how many make a second, and the most digits of its whole part.
    Count { per_second: u32, digits_max: usize },
    /// A label of `multilog`.
    Tai64n,
    /// As the items say.
    Items(Box<[Item]>),
}

impl DateFormat {
    /// The same format for dates in another language.
    pub(super) fn in_language(mut self, language: &'static Language) -> Self {
        if let Self::Items(items) = &mut self {
            for item in items {
                match item {
                    Item::MonthName => *item = Item::LocalMonth(language),
                    Item::Weekday => *item = Item::LocalWeekday,
                    _ => {}
                }
            }
        }
        self
    }

    /// The instant that `text` writes, all of it.
    pub(super) fn read(&self, text: &[u8], zone: &Zone, event: EventRef<'_>) -> Option<Timestamp> {
        let mut parts = Parts::default();
        match self {
            Self::Iso => iso::read(text, &mut parts)?,
            Self::Items(items) => read::read(items, text, &mut parts)?,
            Self::Count { per_second, digits_max } => {
                return count(text, *per_second, *digits_max);
            }
            Self::Tai64n => return tai64n(text),
        }
        match zone {
            Zone::Place(place) => parts.instant(place, event.time()),
            Zone::Field(_) if parts.place.is_some() || parts.epoch.is_some() => {
                parts.instant(&Place::default(), event.time())
            }
            Zone::Field(key) => parts.instant(&Place::named(event.bytes(*key)?)?, event.time()),
        }
    }
}

/// A count since 1970, with a fraction when it counts seconds.
fn count(text: &[u8], per_second: u32, digits_max: usize) -> Option<Timestamp> {
    let (number, len) = read::whole(text)?;
    if len - usize::from(text[0] == b'-') > digits_max {
        return None;
    }
    let sign = if text[0] == b'-' { -1 } else { 1 };
    let finer = match text[len..].split_first() {
        None => 0,
        Some((b'.', digits)) if per_second == 1 => {
            let (nanos, len) = read::fraction(digits, u8::MAX)?;
            (len == digits.len()).then_some(sign * i64::from(nanos))?
        }
        Some(_) => return None,
    };
    let per_second = i64::from(per_second);
    let nanos = number % per_second * (NANOS_PER_SECOND / per_second) + finer;
    let seconds = number / per_second + nanos.div_euclid(NANOS_PER_SECOND);
    let nanos = u32::try_from(nanos.rem_euclid(NANOS_PER_SECOND)).ok()?;
    Some(Timestamp::new(seconds, nanos))
}

fn tai64n(text: &[u8]) -> Option<Timestamp> {
    let digits = text.strip_prefix(b"@").unwrap_or(text);
    if digits.len() != 24 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    let digits = std::str::from_utf8(digits).ok()?;
    let seconds = u64::from_str_radix(&digits[..16], 16).ok()?;
    let nanos = u32::from_str_radix(&digits[16..], 16).ok()?;
    let seconds = i64::try_from(i128::from(seconds) - i128::from(TAI_EPOCH)).ok()?;
    Some(Timestamp::new(seconds, nanos))
}

fn complaint(mistake: Mistake) -> Complaint {
    Complaint::new(mistake.title).part(mistake.part).help(mistake.help)
}

impl TryFrom<String> for DateFormat {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        let count = |per_second, digits_max| Ok(Self::Count { per_second, digits_max });
        match text.as_str() {
            "ISO8601" | "RFC3339" => return Ok(Self::Iso),
            "UNIX" | "epoch_second" => return count(1, SECONDS_DIGITS_MAX),
            "UNIX_MS" | "epoch_millis" => return count(1000, MILLIS_DIGITS_MAX),
            "UNIX_US" => return count(1_000_000, usize::MAX),
            "UNIX_NS" => return count(1_000_000_000, usize::MAX),
            "TAI64N" => return Ok(Self::Tai64n),
            _ => {}
        }
        if let Some(items) = go::layout(&text) {
            return finish(items, &text).map(|items| Self::Items(items.into())).map_err(complaint);
        }
        let items = if text.contains('%') { percent(&text) } else { letters(&text) };
        match items {
            Ok(items) => Ok(Self::Items(items.into_boxed_slice())),
            Err(mistake) => {
                let complaint = complaint(mistake);
                Err(match did_you_mean(&text, &WORDS) {
                    Some(word) => complaint.label(format!("did you mean `{word}`?")),
                    None => complaint,
                })
            }
        }
    }
}

impl JsonSchema for DateFormat {
    fn schema_name() -> Cow<'static, str> {
        "DateFormat".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "x-type": "date format",
            "examples": ["%d/%b/%Y:%H:%M:%S %z"],
        })
    }
}
