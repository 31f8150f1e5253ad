//! The event's time in a template: `%{+yyyy.MM.dd}` as Joda-Time and Logstash write it, or
//! `%{+%Y.%m.%d}` as strftime does. Always UTC; numbers only, no names of months or days.

use std::io::Write as _;

use weir_event::Timestamp;

use super::{Piece, TemplateError};

/// One number of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DatePart {
    Year,
    /// Its last two digits.
    YearShort,
    Month,
    Day,
    Hour,
    Minute,
    Second,
    Millis,
    DayOfYear,
    /// The year that the ISO 8601 week belongs to.
    WeekYear,
    /// The ISO 8601 week, from 01.
    Week,
    /// Whole seconds since 1970.
    Epoch,
}

const LETTERS: &[(&str, DatePart)] = &[
    ("yyyy", DatePart::Year),
    ("YYYY", DatePart::Year),
    ("uuuu", DatePart::Year),
    ("yy", DatePart::YearShort),
    ("YY", DatePart::YearShort),
    ("MM", DatePart::Month),
    ("dd", DatePart::Day),
    ("HH", DatePart::Hour),
    ("mm", DatePart::Minute),
    ("ss", DatePart::Second),
    ("SSS", DatePart::Millis),
    ("DDD", DatePart::DayOfYear),
    ("xxxx", DatePart::WeekYear),
    ("ww", DatePart::Week),
];

const PERCENTS: &[(char, DatePart)] = &[
    ('Y', DatePart::Year),
    ('y', DatePart::YearShort),
    ('m', DatePart::Month),
    ('d', DatePart::Day),
    ('H', DatePart::Hour),
    ('M', DatePart::Minute),
    ('S', DatePart::Second),
    ('L', DatePart::Millis),
    ('j', DatePart::DayOfYear),
    ('G', DatePart::WeekYear),
    ('V', DatePart::Week),
    ('s', DatePart::Epoch),
];

impl DatePart {
    /// Reads what follows the plus sign, which is at `start` in the template.
    pub(super) fn read(
        format: &str,
        start: usize,
        found: impl FnMut(Piece),
    ) -> Result<(), TemplateError> {
        if format.is_empty() {
            return Err(TemplateError::new(
                start - 3..start + 1,
                "the time has no format",
                "nothing behind the plus sign",
                "write one such as `%{+yyyy.MM.dd}`",
            ));
        }
        if format.contains('%') {
            read_percents(format, start, found)
        } else {
            read_letters(format, start, found)
        }
    }

    /// Writes its digits.
    pub(super) fn write(self, time: Timestamp, out: &mut Vec<u8>) {
        match self {
            Self::Year => write_year(time, out),
            Self::YearShort => padded(out, small(time.date().0.rem_euclid(100)), 2),
            Self::Month => padded(out, time.date().1, 2),
            Self::Day => padded(out, time.date().2, 2),
            Self::Hour => padded(out, time.clock().0, 2),
            Self::Minute => padded(out, time.clock().1, 2),
            Self::Second => padded(out, time.clock().2, 2),
            Self::Millis => padded(out, time.nanos() / 1_000_000, 3),
            Self::DayOfYear => padded(out, day_of_year(time), 3),
            Self::WeekYear => write_year(thursday(time), out),
            Self::Week => padded(out, (day_of_year(thursday(time)) - 1) / 7 + 1, 2),
            Self::Epoch => write!(out, "{}", time.seconds()).expect("a vector takes all bytes"),
        }
    }
}

fn write_year(time: Timestamp, out: &mut Vec<u8>) {
    match time.date().0 {
        year @ 0..=9999 => padded(out, small(year), 4),
        year => write!(out, "{year:+05}").expect("a vector takes all bytes"),
    }
}

fn small(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// The last `width` digits, at most four.
fn padded(out: &mut Vec<u8>, number: u32, width: usize) {
    let mut digits = [b'0'; 4];
    let mut rest = number;
    for digit in digits.iter_mut().rev() {
        *digit += u8::try_from(rest % 10).unwrap_or(0);
        rest /= 10;
    }
    out.extend_from_slice(&digits[4 - width.min(4)..]);
}

const SECONDS_PER_DAY: i64 = 86_400;

/// The day in its year, from 1.
fn day_of_year(time: Timestamp) -> u32 {
    /// Days before each month of a year that is not a leap year.
    const BEFORE: [u32; 12] = [0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334];
    let (year, month, day) = time.date();
    let is_leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let before = BEFORE.iter().zip(1..).find(|(_, number)| *number == month);
    before.map_or(0, |(days, _)| *days) + day + u32::from(is_leap && month > 2)
}

/// The Thursday of the same week: it decides which year the week belongs to.
fn thursday(time: Timestamp) -> Timestamp {
    // 1970-01-01 was a Thursday; weeks begin on Monday.
    let days = time.seconds().div_euclid(SECONDS_PER_DAY);
    let from_monday = (days + 3).rem_euclid(7);
    Timestamp::new((days - from_monday + 3).saturating_mul(SECONDS_PER_DAY), 0)
}

fn read_letters(
    format: &str,
    start: usize,
    mut found: impl FnMut(Piece),
) -> Result<(), TemplateError> {
    let mut at = 0;
    while let Some(first) = format[at..].chars().next() {
        let rest = &format[at..];
        let run = rest.find(|letter| letter != first).unwrap_or(rest.len());
        let here = start + at..start + at + run;
        if first == '\'' {
            let Some(len) = rest[1..].find('\'') else {
                return Err(TemplateError::new(
                    start + at..start + format.len(),
                    "the text in the time has no end",
                    "begins here",
                    "close it with `'`",
                ));
            };
            // Two quotes are one quote.
            let text = if len == 0 { "'" } else { &rest[1..=len] };
            found(Piece::Text(text.into()));
            at += len + 2;
            continue;
        }
        match LETTERS.iter().find(|(letters, _)| *letters == &rest[..run]) {
            Some((_, part)) => found(Piece::Time(*part)),
            None if first.is_alphabetic() => {
                return Err(TemplateError::new(
                    here,
                    format!("`{}` is not a part of a time", &rest[..run]),
                    "unknown letters",
                    "there are yyyy yy MM dd HH mm ss SSS DDD xxxx ww; \
                     other letters stand in single quotes",
                ));
            }
            None => found(Piece::Text(rest[..run].into())),
        }
        at += run;
    }
    Ok(())
}

fn read_percents(
    format: &str,
    start: usize,
    mut found: impl FnMut(Piece),
) -> Result<(), TemplateError> {
    let mut letters = format.char_indices();
    while let Some((at, letter)) = letters.next() {
        if letter != '%' {
            found(Piece::Text(letter.to_string().into()));
            continue;
        }
        let directive = letters.next().map(|(_, letter)| letter);
        let part = PERCENTS.iter().find(|(letter, _)| Some(*letter) == directive);
        match (part, directive) {
            (Some((_, part)), _) => found(Piece::Time(*part)),
            (None, Some('%')) => found(Piece::Text("%".into())),
            (None, Some('F')) => read_percents("%Y-%m-%d", start, &mut found as &mut dyn FnMut(_))?,
            (None, Some('T')) => read_percents("%H:%M:%S", start, &mut found as &mut dyn FnMut(_))?,
            (None, other) => {
                let len = 1 + other.map_or(0, char::len_utf8);
                let wrong = &format[at..at + len];
                return Err(TemplateError::new(
                    start + at..start + at + len,
                    format!("`{wrong}` is not a part of a time"),
                    "unknown directive",
                    "there are %Y %y %m %d %H %M %S %L %j %G %V %s %F %T %%",
                ));
            }
        }
    }
    Ok(())
}
