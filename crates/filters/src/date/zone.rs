//! Time zones: offsets from UTC, fixed or by the rules of a place.
//!
//! The rules come from the database inside the program, not from the machine's, so that a date
//! means the same everywhere and reading one opens no file.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, TimeZone, TimeZoneDatabase};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_component::FieldPath;
use weir_config::Complaint;
use weir_event::{Key, Timestamp};

use super::names;
use super::read::offset;

static DATABASE: LazyLock<TimeZoneDatabase> = LazyLock::new(TimeZoneDatabase::bundled);

/// Offsets are remembered for a quarter of an hour: clock changes happen at its borders, and where
/// one did not, nothing is remembered.
const QUARTER_SECONDS: i64 = 900;

/// A local date and time of day.
#[derive(Clone, Copy, Debug)]
pub(super) struct Local {
    pub(super) date: (i64, u32, u32),
    pub(super) clock: (u32, u32, u32),
}

impl Local {
    /// Seconds since 1970 as if it were UTC.
    pub(super) fn seconds(&self) -> i64 {
        Timestamp::from_date(self.date, self.clock, 0).seconds()
    }
}

/// Where clocks show the same time.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place {
    /// Always this many seconds east of UTC.
    Fixed(i32),
    /// By rules.
    Ruled(&'static Rules),
}

impl Default for Place {
    fn default() -> Self {
        Self::Fixed(0)
    }
}

impl Place {
    /// A zone that an operator or a field names: an offset, a name of the database, or an
    /// abbreviation. `CET` is in the database, and has summer time.
    pub(super) fn named(name: &[u8]) -> Option<Self> {
        if let Some((seconds, len)) = offset(name)
            && len == name.len()
        {
            return Some(Self::Fixed(seconds));
        }
        if name == b"UTC" {
            return Some(Self::default());
        }
        Rules::of(name).map(Self::Ruled).or_else(|| names::abbreviation(name).map(Self::Fixed))
    }

    /// A zone that stands in a date: there `CET` is winter time, as in summer it would be `CEST`.
    pub(super) fn written(name: &[u8]) -> Option<Self> {
        if name.contains(&b'/') {
            return Rules::of(name).map(Self::Ruled);
        }
        names::abbreviation(name).map(Self::Fixed)
    }

    /// Seconds east of UTC at a local time; nothing when a clock change skips it. Of two the
    /// earlier, which is summer time.
    pub(super) fn offset(&self, local: &Local, seconds: i64) -> Option<i32> {
        match self {
            Self::Fixed(offset) => Some(*offset),
            Self::Ruled(rules) => rules.offset(local, seconds),
        }
    }

    /// Seconds east of UTC at an instant.
    pub(super) fn offset_at(&self, time: Timestamp) -> i32 {
        match self {
            Self::Fixed(offset) => *offset,
            Self::Ruled(rules) => jiff::Timestamp::from_second(time.seconds())
                .map_or(0, |time| rules.zone.to_offset(time).seconds()),
        }
    }
}

/// A zone of the database, with the offset used last.
///
/// Zones are few and live as long as the program, like names of fields.
#[derive(Debug)]
pub(super) struct Rules {
    zone: TimeZone,
    /// The quarter of an hour since 1970 in the upper half, its offset in the lower.
    last: AtomicU64,
}

thread_local! {
    /// Zones this thread has met; names that are none are not remembered.
    static KNOWN: RefCell<Vec<&'static Rules>> = const { RefCell::new(Vec::new()) };
}

impl Rules {
    fn of(name: &[u8]) -> Option<&'static Self> {
        KNOWN.with_borrow_mut(|known| {
            if let Some(rules) = known.iter().find(|rules| rules.is_named(name)) {
                return Some(*rules);
            }
            let zone = DATABASE.get(std::str::from_utf8(name).ok()?).ok()?;
            let rules = Self { zone, last: AtomicU64::new(u64::MAX) };
            // The database takes any mix of upper and lower case; the list stays bounded by its
            // names in their own spelling.
            if !rules.is_named(name) {
                return None;
            }
            let rules: &'static Self = Box::leak(Box::new(rules));
            known.push(rules);
            Some(rules)
        })
    }

    fn is_named(&self, name: &[u8]) -> bool {
        self.zone.iana_name().is_some_and(|it| it.as_bytes() == name)
    }

    fn offset(&self, local: &Local, seconds: i64) -> Option<i32> {
        let quarter = u32::try_from(seconds.div_euclid(QUARTER_SECONDS)).ok();
        let last = self.last.load(Ordering::Relaxed);
        if let Some(quarter) = quarter
            && (last >> 32) == u64::from(quarter)
        {
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the lower half, as it was put in"
            )]
            return Some((last as u32).cast_signed());
        }
        let (found, is_certain) = self.look_up(local)?;
        if let Some(quarter) = quarter
            && is_certain
            && self.holds_throughout(seconds, found)
        {
            let entry = (u64::from(quarter) << 32) | u64::from(found.cast_unsigned());
            self.last.store(entry, Ordering::Relaxed);
        }
        Some(found)
    }

    /// Whether the first and the last second of the quarter of an hour have this one offset.
    fn holds_throughout(&self, seconds: i64, offset: i32) -> bool {
        let start = seconds - seconds.rem_euclid(QUARTER_SECONDS);
        [start, start + QUARTER_SECONDS - 1].into_iter().all(|seconds| {
            let time = Timestamp::new(seconds, 0);
            let local = Local { date: time.date(), clock: time.clock() };
            self.look_up(&local) == Some((offset, true))
        })
    }

    /// The offset, and whether it is the only one.
    fn look_up(&self, local: &Local) -> Option<(i32, bool)> {
        let ((year, month, day), (hour, minute, second)) = (local.date, local.clock);
        let small = |number: u32| i8::try_from(number).ok();
        let date = DateTime::new(
            i16::try_from(year).ok()?,
            small(month)?,
            small(day)?,
            small(hour)?,
            small(minute)?,
            small(second.min(59))?,
            0,
        );
        match self.zone.to_ambiguous_timestamp(date.ok()?).offset() {
            AmbiguousOffset::Unambiguous { offset } => Some((offset.seconds(), true)),
            AmbiguousOffset::Fold { before, .. } => Some((before.seconds(), false)),
            AmbiguousOffset::Gap { .. } => None,
        }
    }
}

/// The zone of dates that do not name theirs.
#[derive(Clone, Copy, Debug)]
pub(super) enum Zone {
    /// The same for every event.
    Place(Place),
    /// Named by a field of the event.
    Field(Key),
}

/// The setting `timezone`.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct ZoneSetting(Zone);

impl ZoneSetting {
    pub(super) fn into_zone(self) -> Zone {
        self.0
    }
}

impl Default for ZoneSetting {
    fn default() -> Self {
        Self(Zone::Place(Place::default()))
    }
}

impl TryFrom<String> for ZoneSetting {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        if let Some(field) = text.strip_prefix("%{").and_then(|rest| rest.strip_suffix('}')) {
            let field = FieldPath::try_from(field.to_owned())?;
            return Ok(Self(Zone::Field(field.key())));
        }
        let place = Place::named(text.as_bytes()).ok_or_else(|| {
            Complaint::new(format!("there is no time zone `{text}`"))
                .help("write a name like `Europe/Berlin`, or an offset like `+02:00`")
        })?;
        Ok(Self(Zone::Place(place)))
    }
}

impl serde::Serialize for ZoneSetting {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0 {
            Zone::Field(key) => serializer.serialize_str(&format!("%{{{key}}}")),
            Zone::Place(Place::Ruled(rules)) => {
                serializer.serialize_str(rules.zone.iana_name().unwrap_or_default())
            }
            Zone::Place(Place::Fixed(0)) => serializer.serialize_str("UTC"),
            Zone::Place(Place::Fixed(seconds)) => {
                let minutes = seconds.unsigned_abs() / 60;
                let sign = if seconds < 0 { '-' } else { '+' };
                serializer.serialize_str(&format!("{sign}{:02}:{:02}", minutes / 60, minutes % 60))
            }
        }
    }
}

impl JsonSchema for ZoneSetting {
    fn schema_name() -> Cow<'static, str> {
        "ZoneSetting".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "time zone", "examples": ["Europe/Berlin"] })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn offset_of(zone: &str, date: (i64, u32, u32), clock: (u32, u32, u32)) -> Option<i32> {
        let local = Local { date, clock };
        Place::named(zone.as_bytes()).unwrap().offset(&local, local.seconds())
    }

    #[test]
    fn summer_time_begins_and_ends() {
        let zone = "Europe/Berlin";
        for _ in 0..2 {
            assert_eq!(offset_of(zone, (2026, 3, 29), (1, 59, 59)), Some(3600));
            assert_eq!(offset_of(zone, (2026, 3, 29), (2, 30, 0)), None);
            assert_eq!(offset_of(zone, (2026, 3, 29), (3, 0, 0)), Some(7200));
            assert_eq!(offset_of(zone, (2026, 10, 25), (2, 30, 0)), Some(7200));
            assert_eq!(offset_of(zone, (2026, 10, 25), (3, 0, 0)), Some(3600));
        }
    }

    #[test]
    fn a_change_within_an_hour_is_not_smoothed_over() {
        // Lord Howe Island moves by half an hour, St John's once did so a minute after midnight.
        let zone = "Australia/Lord_Howe";
        assert_eq!(offset_of(zone, (2026, 10, 4), (1, 59, 0)), Some(37_800));
        assert_eq!(offset_of(zone, (2026, 10, 4), (2, 29, 0)), None);
        assert_eq!(offset_of(zone, (2026, 10, 4), (2, 30, 0)), Some(39_600));
        let zone = "America/St_Johns";
        assert_eq!(offset_of(zone, (2010, 11, 7), (0, 14, 0)), Some(-12_600));
        assert_eq!(offset_of(zone, (2010, 11, 6), (23, 0, 30)), Some(-9_000));
        assert_eq!(offset_of(zone, (2010, 11, 6), (23, 59, 59)), Some(-9_000));
    }

    #[test]
    fn zones_have_names_offsets_and_abbreviations() {
        for (name, wanted) in [("UTC", 0), ("+0530", 19_800), ("-03:00", -10_800), ("PDT", -25_200)]
        {
            assert_eq!(offset_of(name, (2026, 1, 1), (0, 0, 0)), Some(wanted), "{name}");
        }
        for text in ["", "Europe/Nowhere", "europe/berlin", "+25", "%{}"] {
            assert!(ZoneSetting::try_from(text.to_owned()).is_err(), "{text}");
        }
    }
}
