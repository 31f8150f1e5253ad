//! Lengths of time, written with a unit.

use std::fmt;
use std::time::Duration;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::size::multiply;
use super::text_value;
use crate::complaint::Complaint;

/// A length of time: `250ms`, `5s`, `1h30m`, `2 days`. A number without a unit is refused.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Period {
    duration: Duration,
}

/// A hundred years: adding it to the present moment can't overflow any clock.
const PERIOD_MAX: Duration = Duration::from_hours(36_525 * 24);

/// Spellings of each unit and its nanoseconds. The first spelling is the one shown.
const UNITS: &[(&[&str], u64)] = &[
    (&["d", "day", "days"], 86_400_000_000_000),
    (&["h", "hour", "hours", "hr", "hrs"], 3_600_000_000_000),
    (&["m", "min", "mins", "minute", "minutes"], 60_000_000_000),
    (&["s", "sec", "secs", "second", "seconds"], 1_000_000_000),
    (&["ms", "millisecond", "milliseconds"], 1_000_000),
    (&["us", "µs", "microsecond", "microseconds"], 1_000),
    (&["ns", "nanosecond", "nanoseconds"], 1),
    (&["w", "week", "weeks"], 604_800_000_000_000),
];

impl Period {
    /// So many milliseconds.
    #[must_use]
    pub const fn millis(count: u64) -> Self {
        Self { duration: Duration::from_millis(count) }
    }

    /// So many seconds.
    #[must_use]
    pub const fn seconds(count: u64) -> Self {
        Self { duration: Duration::from_secs(count) }
    }

    /// So many minutes.
    #[must_use]
    pub const fn minutes(count: u64) -> Self {
        Self::seconds(count * 60)
    }

    /// So many hours.
    #[must_use]
    pub const fn hours(count: u64) -> Self {
        Self::seconds(count * 3600)
    }

    /// So many days of 24 hours.
    #[must_use]
    pub const fn days(count: u64) -> Self {
        Self::seconds(count * 86_400)
    }

    /// The same as the standard library's type.
    #[must_use]
    pub const fn as_duration(self) -> Duration {
        self.duration
    }
}

impl From<Period> for Duration {
    fn from(period: Period) -> Self {
        period.duration
    }
}

impl From<Duration> for Period {
    fn from(duration: Duration) -> Self {
        Self { duration }
    }
}

impl std::str::FromStr for Period {
    type Err = Complaint;

    fn from_str(text: &str) -> Result<Self, Complaint> {
        let mut rest = text.trim();
        let mut nanos: u128 = 0;
        if rest.is_empty() {
            return Err(refused(text));
        }
        while !rest.is_empty() {
            let (number, after) = split_when(rest, |c| !(c.is_ascii_digit() || c == '.'));
            let (unit, after) = split_when(after.trim_start(), |c| !c.is_alphabetic());
            if number.is_empty() {
                return Err(refused(text));
            }
            if unit.is_empty() {
                return Err(if after.is_empty() { without_unit(text) } else { refused(text) });
            }
            let scale = UNITS
                .iter()
                .find(|(names, _)| names.iter().any(|name| name.eq_ignore_ascii_case(unit)))
                .map(|(_, scale)| *scale)
                .ok_or_else(|| refused(text))?;
            nanos += u128::from(multiply(number, scale).ok_or_else(|| too_long(text))?);
            rest = after.trim_start();
        }
        if nanos > PERIOD_MAX.as_nanos() {
            return Err(too_long(text));
        }
        let nanos = u64::try_from(nanos).map_err(|_| too_long(text))?;
        Ok(Self { duration: Duration::from_nanos(nanos) })
    }
}

fn split_when(text: &str, stop: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(stop).unwrap_or(text.len()))
}

fn refused(text: &str) -> Complaint {
    Complaint::new(format!("`{text}` is not a length of time"))
        .label("expected a number and a unit")
        .help("write it like `250ms`, `5s`, `1h30m` or `2 days`")
}

fn too_long(text: &str) -> Complaint {
    Complaint::new(format!("`{text}` is not a length of time"))
        .label("expected at most a hundred years, with at most 9 decimals")
}

fn without_unit(text: &str) -> Complaint {
    let number = text.trim();
    Complaint::new(format!("`{text}` has no unit of time"))
        .label("seconds, minutes, …?")
        .help(format!("write `\"{number}s\"` for seconds or `\"{number}ms\"` for milliseconds"))
}

impl TryFrom<String> for Period {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        text.parse()
    }
}

impl fmt::Display for Period {
    /// The shortest exact form: `1h30m`, `250ms`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut nanos = self.duration.as_nanos();
        if nanos == 0 {
            return formatter.write_str("0s");
        }
        for (names, scale) in UNITS {
            let count = nanos / u128::from(*scale);
            if count > 0 {
                write!(formatter, "{count}{}", names[0])?;
                nanos %= u128::from(*scale);
            }
        }
        Ok(())
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

text_value!(Period, "duration", "string", "5s");

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PeriodVisitor)
    }
}

struct PeriodVisitor;

impl Visitor<'_> for PeriodVisitor {
    type Value = Period;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a length of time in quotes such as \"5s\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Period, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_i64<E: Error>(self, number: i64) -> Result<Period, E> {
        Err(E::custom(without_unit(&number.to_string())))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<Period, E> {
        Err(E::custom(without_unit(&number.to_string())))
    }

    fn visit_f64<E: Error>(self, number: f64) -> Result<Period, E> {
        Err(E::custom(without_unit(&number.to_string())))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(given: &str, wanted: Duration) {
        assert_eq!(given.parse::<Period>().unwrap().as_duration(), wanted, "{given}");
    }

    #[test]
    fn periods_are_read_with_every_unit() {
        check("5s", Duration::from_secs(5));
        check("250ms", Duration::from_millis(250));
        check("1h30m", Duration::from_mins(90));
        check("1 h 30 min", Duration::from_mins(90));
        check("2 days", Duration::from_hours(48));
        check("1.5s", Duration::from_millis(1500));
        check("10 µs", Duration::from_micros(10));
        check("1w", Duration::from_hours(168));
        check("0s", Duration::ZERO);
    }

    #[test]
    fn what_is_no_period_is_refused() {
        for given in [
            "",
            "s",
            "5",
            "-5s",
            "5 parsecs",
            "5s 3",
            "101 y",
            "99999999 days",
            "1..5s",
            "5s,3m",
            "999999999999999999999999s",
        ] {
            assert!(given.parse::<Period>().is_err(), "{given}");
        }
    }

    #[test]
    fn periods_are_shown_in_their_units() {
        assert_eq!(Period::minutes(90).to_string(), "1h30m");
        assert_eq!(Period::millis(1500).to_string(), "1s500ms");
        assert_eq!(Period::days(30).to_string(), "30d");
        assert_eq!(Period::seconds(0).to_string(), "0s");
    }

    proptest! {
        #[test]
        fn a_shown_period_is_read_back(nanos in 0..3_000_000_000_000_000_000u64) {
            let period = Period::from(Duration::from_nanos(nanos));
            prop_assert_eq!(period.to_string().parse::<Period>().unwrap(), period);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let first = text.parse::<Period>();
            prop_assert_eq!(first, text.parse::<Period>());
        }
    }
}
