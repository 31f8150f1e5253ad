//! Reading the items of a format from bytes.

use super::locale::{self, Language};
use super::names;
use super::parts::Parts;
use super::zone::Place;

/// One thing a format expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// This byte.
    Byte(u8),
    /// One or more blanks.
    Space,
    /// Blanks that may be missing.
    MaybeSpace,
    /// A whole number.
    Number(Unit, Digits),
    /// The last two digits of a year: 69 to 99 are of the 20th century.
    ShortYear,
    /// A fraction of a second, of one to this many digits.
    Fraction(u8),
    /// A fraction behind a point or a comma, or nothing.
    MaybeFraction,
    /// `Jan` or `January`.
    MonthName,
    /// The same in another language, or in English.
    LocalMonth(&'static Language),
    /// `Mon` or `Monday`; passed over.
    Weekday,
    /// A weekday in any language; passed over.
    LocalWeekday,
    /// `AM` or `PM`.
    HalfDay,
    /// `+0200`, `+02:00`, `Z`, `CEST` or `Europe/Berlin`.
    Zone,
    /// Seconds since 1970.
    Epoch,
}

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Year,
    Month,
    Day,
    DayOfYear,
    /// 0 to 23, or 1 to 12 with a half of the day.
    Hour,
    /// 1 to 24, where 24 is midnight.
    HourFromOne,
    /// 0 to 11, with a half of the day.
    HalfDayHour,
    Minute,
    Second,
}

/// How many digits a number may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Digits {
    pub(super) min: u8,
    pub(super) max: u8,
}

/// Reads all of `text` as the items say.
pub(super) fn read(items: &[Item], text: &[u8], parts: &mut Parts) -> Option<()> {
    let mut rest = text;
    for item in items {
        let len = item.read(rest, parts)?;
        rest = rest.get(len..)?;
    }
    rest.is_empty().then_some(())
}

impl Item {
    /// Reads the item at the start of `text` and says how long it was.
    #[inline]
    fn read(&self, text: &[u8], parts: &mut Parts) -> Option<usize> {
        match self {
            Self::Byte(byte) => (text.first() == Some(byte)).then_some(1),
            Self::Space => Some(spaces(text)).filter(|len| *len > 0),
            Self::MaybeSpace => Some(spaces(text)),
            Self::Number(unit, digits) => {
                let (number, len) = number(text, digits.max)?;
                if len < usize::from(digits.min) {
                    return None;
                }
                unit.put(number, parts).then_some(len)
            }
            Self::ShortYear => {
                let (number, len) = number(text, 2)?;
                let century = if number < 69 { 2000 } else { 1900 };
                parts.year = Some(century + i64::from(number));
                (len == 2).then_some(len)
            }
            Self::Fraction(digits_max) => {
                let (nanos, len) = fraction(text, *digits_max)?;
                parts.nanos = nanos;
                Some(len)
            }
            Self::MaybeFraction => {
                let Some((b'.' | b',', digits)) = text.split_first() else { return Some(0) };
                let Some((nanos, len)) = fraction(digits, u8::MAX) else { return Some(0) };
                parts.nanos = nanos;
                Some(1 + len)
            }
            Self::LocalMonth(language) => {
                let (month, len) = language.month(text).or_else(|| names::month(text))?;
                parts.month = Some(month);
                Some(len)
            }
            Self::LocalWeekday => locale::weekday(text),
            Self::MonthName => {
                let (month, len) = names::month(text)?;
                parts.month = Some(month);
                Some(len)
            }
            Self::Weekday => names::weekday(text),
            Self::HalfDay => {
                let (afternoon, len) = names::half_day(text)?;
                parts.afternoon = Some(afternoon);
                Some(len)
            }
            Self::Zone => {
                let (place, len) = zone(text)?;
                parts.place = Some(place);
                Some(len)
            }
            Self::Epoch => {
                let (seconds, len) = whole(text)?;
                parts.epoch = Some(seconds);
                Some(len)
            }
        }
    }
}

impl Unit {
    fn put(self, number: u32, parts: &mut Parts) -> bool {
        match self {
            Self::Year => parts.year = Some(i64::from(number)),
            Self::Month => parts.month = Some(number),
            Self::Day => parts.day = Some(number),
            Self::DayOfYear => parts.day_of_year = Some(number),
            Self::Hour => parts.hour = number,
            Self::HourFromOne if (1..=24).contains(&number) => parts.hour = number % 24,
            // In the other count of the half day's hours the 0 is a 12.
            Self::HalfDayHour if number < 12 => {
                parts.hour = if number == 0 { 12 } else { number };
            }
            Self::HourFromOne | Self::HalfDayHour => return false,
            Self::Minute => parts.minute = number,
            Self::Second => parts.second = number,
        }
        true
    }
}

fn spaces(text: &[u8]) -> usize {
    text.iter().position(|byte| !matches!(byte, b' ' | b'\t')).unwrap_or(text.len())
}

/// A whole number of one to `digits_max` (at most nine) digits.
#[inline]
pub(super) fn number(text: &[u8], digits_max: u8) -> Option<(u32, usize)> {
    if let (2, [tens, ones, ..]) = (digits_max, text)
        && let (tens @ 0..=9, ones @ 0..=9) = (tens.wrapping_sub(b'0'), ones.wrapping_sub(b'0'))
    {
        // Nearly all numbers in dates are of this kind.
        return Some((u32::from(tens) * 10 + u32::from(ones), 2));
    }
    let mut number = 0;
    let mut len = 0;
    for byte in text.iter().take(usize::from(digits_max)) {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            break;
        }
        number = number * 10 + u32::from(digit);
        len += 1;
    }
    (len > 0).then_some((number, len))
}

/// A fraction as nanoseconds; digits beyond the ninth are passed over.
pub(super) fn fraction(text: &[u8], digits_max: u8) -> Option<(u32, usize)> {
    let (mut nanos, len) = number(text, digits_max.min(9))?;
    for _ in len..9 {
        nanos *= 10;
    }
    let finer = if digits_max > 9 { digits(&text[len..]) } else { 0 };
    Some((nanos, len + finer))
}

/// How many digits stand at the start.
pub(super) fn digits(text: &[u8]) -> usize {
    text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len())
}

/// A whole number with an optional minus sign.
pub(super) fn whole(text: &[u8]) -> Option<(i64, usize)> {
    let sign = usize::from(text.first() == Some(&b'-'));
    let len = digits(&text[sign..]);
    if len == 0 {
        return None;
    }
    let mut number: i64 = 0;
    for byte in &text[sign..sign + len] {
        number = number.checked_mul(10)?.checked_add(i64::from(byte - b'0'))?;
    }
    Some((if sign == 1 { -number } else { number }, sign + len))
}

/// An offset from UTC in seconds: `Z`, `+02`, `+0200`, `+02:00`.
pub(super) fn offset(text: &[u8]) -> Option<(i32, usize)> {
    let (sign, rest) = match text.split_first()? {
        (b'Z' | b'z', rest) if !rest.first().is_some_and(u8::is_ascii_alphanumeric) => {
            return Some((0, 1));
        }
        (b'+', rest) => (1, rest),
        (b'-', rest) => (-1, rest),
        _ => return None,
    };
    let (hours, len) = number(rest, 2)?;
    let colon = usize::from(rest.get(len) == Some(&b':'));
    let (minutes, minutes_len) = match number(&rest[len + colon..], 2) {
        Some((minutes, 2)) => (minutes, colon + 2),
        Some(_) => return None,
        None => (0, 0),
    };
    // No zone is further away; the largest on record is +14.
    if len != 2 || hours > 18 || minutes > 59 {
        return None;
    }
    let seconds = i32::try_from(hours * 3600 + minutes * 60).ok()?;
    Some((sign * seconds, 1 + len + minutes_len))
}

fn zone(text: &[u8]) -> Option<(Place, usize)> {
    if let Some((seconds, len)) = offset(text) {
        return Some((Place::Fixed(seconds), len));
    }
    let is_of_name =
        |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'_' | b'-' | b'+');
    let len = text.iter().position(|byte| !is_of_name(byte)).unwrap_or(text.len());
    Some((Place::written(&text[..len])?, len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_read_in_their_four_forms() {
        for (text, wanted) in [
            ("Z", Some((0, 1))),
            ("+0200", Some((7200, 5))),
            ("-03:30]", Some((-12_600, 6))),
            ("+05", Some((18_000, 3))),
            ("-0000", Some((0, 5))),
            ("+5", None),
            ("+0260", None),
            ("+2000", None),
            ("+02:3", None),
            ("Zulu", None),
            ("0200", None),
        ] {
            assert_eq!(offset(text.as_bytes()), wanted, "{text}");
        }
    }

    #[test]
    fn fractions_become_nanoseconds() {
        assert_eq!(fraction(b"5", 9), Some((500_000_000, 1)));
        assert_eq!(fraction(b"123456789", 9), Some((123_456_789, 9)));
        assert_eq!(fraction(b"1234567891234", 12), Some((123_456_789, 13)));
        assert_eq!(fraction(b"123456", 3), Some((123_000_000, 3)));
        assert_eq!(fraction(b"x", 9), None);
    }

    #[test]
    fn a_number_too_large_for_an_epoch_is_none() {
        assert_eq!(whole(b"-12."), Some((-12, 3)));
        assert_eq!(whole(b"99999999999999999999"), None);
        assert_eq!(whole(b"-"), None);
    }
}
