//! Dates after ISO 8601, as loosely as Logstash reads them: RFC 3339 with a space or a comma, and
//! with parts left out from the end.
//!
//! Week dates, ordinal dates and the form without dashes are not read.

use weir_event::Timestamp;

use super::parts::Parts;
use super::read::{fraction, number, offset};
use super::usual;
use super::zone::Place;

/// The instant of an RFC 3339 date; without an offset it is taken as UTC.
pub(crate) fn instant(text: &[u8]) -> Option<Timestamp> {
    usual::instant(text).or_else(|| by_parts(text))
}

/// The same in any shape.
pub(super) fn by_parts(text: &[u8]) -> Option<Timestamp> {
    // Nothing is missing that the time of reading would stand in for.
    let mut parts = Parts::default();
    read(text, &mut parts)?;
    parts.instant(&Place::default(), Timestamp::default())
}

/// Reads the parts of a date that takes up all of `text`.
pub(super) fn read(text: &[u8], parts: &mut Parts) -> Option<()> {
    let mut cursor = Cursor { rest: text };
    parts.year = Some(cursor.number(4)?.into());
    cursor.expect(b'-')?;
    parts.month = Some(cursor.number(2)?);
    if cursor.accept(b'-') {
        parts.day = Some(cursor.number(2)?);
        if cursor.accept(b'T') || cursor.accept(b't') || cursor.accept(b' ') {
            cursor.clock(parts)?;
        }
    }
    cursor.rest.is_empty().then_some(())
}

struct Cursor<'a> {
    rest: &'a [u8],
}

impl Cursor<'_> {
    fn accept(&mut self, byte: u8) -> bool {
        let found = self.rest.first() == Some(&byte);
        self.rest = &self.rest[usize::from(found)..];
        found
    }

    fn expect(&mut self, byte: u8) -> Option<()> {
        self.accept(byte).then_some(())
    }

    /// A number of exactly `digits` digits.
    fn number(&mut self, digits: u8) -> Option<u32> {
        let (number, len) = number(self.rest, digits)?;
        self.rest = &self.rest[len..];
        (len == usize::from(digits)).then_some(number)
    }

    fn clock(&mut self, parts: &mut Parts) -> Option<()> {
        parts.hour = self.number(2)?;
        if self.accept(b':') {
            parts.minute = self.number(2)?;
            if self.accept(b':') {
                parts.second = self.number(2)?;
                if self.accept(b'.') || self.accept(b',') {
                    let (nanos, len) = fraction(self.rest, u8::MAX)?;
                    parts.nanos = nanos;
                    self.rest = &self.rest[len..];
                }
            }
        }
        self.accept(b' ');
        if let Some((seconds, len)) = offset(self.rest) {
            parts.place = Some(Place::Fixed(seconds));
            self.rest = &self.rest[len..];
        }
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: &str) {
        let read = instant(text.as_bytes()).map(|time| time.to_string());
        assert_eq!(read.unwrap_or_default(), wanted, "{text}");
    }

    #[test]
    fn rfc_3339_is_read_down_to_the_nanosecond() {
        check("2026-11-23T10:00:00Z", "2026-11-23T10:00:00.000Z");
        check("2026-11-23t12:00:00.123456789+02:00", "2026-11-23T10:00:00.123456789Z");
        check("2026-11-23 10:00:00,5 -0330", "2026-11-23T13:30:00.500Z");
    }

    #[test]
    fn parts_may_be_left_out_from_the_end() {
        check("2026-11-23T10:30", "2026-11-23T10:30:00.000Z");
        check("2026-11-23T10+01", "2026-11-23T09:00:00.000Z");
        check("2026-11-23", "2026-11-23T00:00:00.000Z");
        check("2026-11", "2026-11-01T00:00:00.000Z");
    }

    #[test]
    fn days_that_do_not_exist_and_leftovers_are_refused() {
        for text in [
            "",
            "2026",
            "2026-13-01",
            "2026-02-29",
            "2026-11-23T",
            "2026-11-23T24:00:00Z",
            "2026-11-23T10:00:00Zx",
            "2026-11-23T10:00:00.Z",
            "26-11-23",
            "2026-1-2",
            "2026-11-23T10:60",
            "2026-11-00",
            "foobar",
        ] {
            check(text, "");
        }
    }
}
