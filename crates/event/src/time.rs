//! An instant, with the text form every document carries.

/// Seconds and nanoseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp {
    seconds: i64,
    nanos: u32,
}

const NANOS_PER_SECOND: u32 = 1_000_000_000;
const SECONDS_PER_DAY: i64 = 86_400;

impl Timestamp {
    /// The instant `nanos` (below 1,000,000,000) after `seconds`.
    #[must_use]
    pub fn new(seconds: i64, nanos: u32) -> Self {
        Self { seconds, nanos: nanos.min(NANOS_PER_SECOND - 1) }
    }

    /// From a count of nanoseconds, as clocks give it.
    #[must_use]
    pub fn from_nanos(nanos: i128) -> Self {
        let per_second = i128::from(NANOS_PER_SECOND);
        let seconds = nanos.div_euclid(per_second).clamp(i64::MIN.into(), i64::MAX.into());
        let rest = nanos.rem_euclid(per_second);
        Self {
            seconds: i64::try_from(seconds).expect("clamped"),
            nanos: u32::try_from(rest).expect("below a billion"),
        }
    }

    /// Nanoseconds since 1970.
    #[must_use]
    pub fn as_nanos(self) -> i128 {
        i128::from(self.seconds) * i128::from(NANOS_PER_SECOND) + i128::from(self.nanos)
    }

    /// Whole seconds since 1970, rounded down.
    #[must_use]
    pub fn seconds(self) -> i64 {
        self.seconds
    }

    /// Nanoseconds after [`Timestamp::seconds`].
    #[must_use]
    pub fn nanos(self) -> u32 {
        self.nanos
    }

    /// Year, month (1 to 12) and day (1 to 31) in UTC, proleptic Gregorian.
    ///
    /// After Howard Hinnant's description of days-to-civil:
    /// <https://howardhinnant.github.io/date_algorithms.html>
    #[must_use]
    pub fn date(self) -> (i64, u32, u32) {
        let shifted = self.seconds.div_euclid(SECONDS_PER_DAY) + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        (year, small(month), small(day))
    }

    /// Hour, minute and second in UTC.
    #[must_use]
    pub fn clock(self) -> (u32, u32, u32) {
        let second = small(self.seconds.rem_euclid(SECONDS_PER_DAY));
        (second / 3600, second / 60 % 60, second % 60)
    }

    /// The instant of a UTC date and time of day; nothing checks that the day exists.
    #[must_use]
    pub fn from_date(date: (i64, u32, u32), clock: (u32, u32, u32), nanos: u32) -> Self {
        let (year, month, day) = date;
        let (month, day) = (i64::from(month), i64::from(day));
        let year = year - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let month_from_march = (month + 9) % 12;
        let day_of_year = (153 * month_from_march + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        let days = era * 146_097 + day_of_era - 719_468;
        let (hour, minute, second) = clock;
        let seconds = i64::from(hour) * 3600 + i64::from(minute) * 60 + i64::from(second);
        Self::new(days * SECONDS_PER_DAY + seconds, nanos)
    }

    /// Writes it as RFC 3339 in UTC: `2026-11-23T10:00:00.000Z`.
    ///
    /// The fraction has three digits, or six or nine where the instant needs them. Years beyond
    /// 9999 are written with all their digits and a sign.
    pub fn write(self, out: &mut Vec<u8>) {
        self.write_second(out);
        self.write_fraction(out);
    }

    /// The part up to the second, which callers may cache: `2026-11-23T10:00:00`.
    pub fn write_second(self, out: &mut Vec<u8>) {
        let (year, month, day) = self.date();
        let (hour, minute, second) = self.clock();
        if (0..=9999).contains(&year) {
            let year = small(year);
            pair(out, year / 100);
            pair(out, year % 100);
        } else {
            out.extend_from_slice(format!("{year:+05}").as_bytes());
        }
        for (mark, number) in [(b'-', month), (b'-', day), (b'T', hour), (b':', minute)] {
            out.push(mark);
            pair(out, number);
        }
        out.push(b':');
        pair(out, second);
    }

    /// The part after the second: `.000Z`.
    pub fn write_fraction(self, out: &mut Vec<u8>) {
        out.push(b'.');
        let (millis, micros, nanos) =
            (self.nanos / 1_000_000, self.nanos / 1000 % 1000, self.nanos % 1000);
        triple(out, millis);
        if micros != 0 || nanos != 0 {
            triple(out, micros);
        }
        if nanos != 0 {
            triple(out, nanos);
        }
        out.push(b'Z');
    }
}

impl std::fmt::Display for Timestamp {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = Vec::with_capacity(30);
        self.write(&mut out);
        f.write_str(&String::from_utf8_lossy(&out))
    }
}

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

fn digit(number: u32) -> u8 {
    b'0' + u8::try_from(number % 10).unwrap_or(0)
}

fn pair(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&[digit(number / 10), digit(number)]);
}

fn triple(out: &mut Vec<u8>, number: u32) {
    out.extend_from_slice(&[digit(number / 100), digit(number / 10), digit(number)]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(seconds: i64, nanos: u32, wanted: &str) {
        let time = Timestamp::new(seconds, nanos);
        assert_eq!(time.to_string(), wanted);
        let again = Timestamp::from_date(time.date(), time.clock(), nanos);
        assert_eq!(again, time, "the date leads back to the instant");
    }

    #[test]
    fn instants_are_written_as_rfc_3339() {
        check(0, 0, "1970-01-01T00:00:00.000Z");
        check(1_795_428_000, 0, "2026-11-23T10:00:00.000Z");
        check(951_782_400, 120_000_000, "2000-02-29T00:00:00.120Z");
        check(951_782_399, 1_000, "2000-02-28T23:59:59.000001Z");
        check(-1, 999_999_999, "1969-12-31T23:59:59.999999999Z");
        check(253_402_300_799, 0, "9999-12-31T23:59:59.000Z");
        check(253_402_300_800, 0, "+10000-01-01T00:00:00.000Z");
        check(-62_167_219_201, 0, "-0001-12-31T23:59:59.000Z");
    }

    #[test]
    fn nanoseconds_lead_there_and_back() {
        for nanos in [0, 1, -1, 1_795_428_000_123_456_789] {
            assert_eq!(Timestamp::from_nanos(nanos).as_nanos(), nanos);
        }
    }
}
