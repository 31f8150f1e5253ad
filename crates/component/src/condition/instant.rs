//! Instants written as text: what `@timestamp` is compared with.

use weir_event::Timestamp;

/// Reads RFC 3339, with a space in place of the `T` if need be; the time of day, its seconds, the
/// fraction and the zone may be left out. Without a zone it is UTC.
pub(super) fn parse(text: &[u8]) -> Option<Timestamp> {
    let mut rest = text;
    let year = number(&mut rest, 4)?;
    mark(&mut rest, b"-")?;
    let month = number(&mut rest, 2)?;
    mark(&mut rest, b"-")?;
    let day = number(&mut rest, 2)?;
    let (mut clock, mut nanos, mut east) = ((0, 0, 0), 0, 0);
    if !rest.is_empty() {
        mark(&mut rest, b"Tt ")?;
        clock.0 = number(&mut rest, 2)?;
        mark(&mut rest, b":")?;
        clock.1 = number(&mut rest, 2)?;
        if mark(&mut rest, b":").is_some() {
            clock.2 = number(&mut rest, 2)?;
            nanos = fraction(&mut rest)?;
        }
        east = zone(&mut rest)?;
    }
    let known = (1..=12).contains(&month) && clock.0 < 24 && clock.1 < 60 && clock.2 <= 60;
    let date = (i64::from(year), month, day);
    // A leap second counts as the first second after it.
    let time = known.then(|| Timestamp::from_date(date, clock, nanos))?;
    let day_exists = Timestamp::from_date(date, (0, 0, 0), 0).date() == date;
    day_exists.then(|| Timestamp::new(time.seconds() - east, nanos))
}

/// Exactly `digits` digits.
fn number(rest: &mut &[u8], digits: usize) -> Option<u32> {
    let (written, after) = rest.split_at_checked(digits)?;
    *rest = after;
    written
        .iter()
        .try_fold(0, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
}

/// One of `marks`.
fn mark(rest: &mut &[u8], marks: &[u8]) -> Option<u8> {
    let (&first, after) = rest.split_first()?;
    *rest = if marks.contains(&first) { after } else { return None };
    Some(first)
}

/// Nanoseconds after a dot or a comma; digits beyond the ninth are cut off.
fn fraction(rest: &mut &[u8]) -> Option<u32> {
    if mark(rest, b".,").is_none() {
        return Some(0);
    }
    let (mut nanos, mut unit, mut digits) = (0, 100_000_000, 0);
    while rest.first().is_some_and(u8::is_ascii_digit) {
        nanos += number(rest, 1)? * unit;
        unit /= 10;
        digits += 1;
    }
    (digits > 0).then_some(nanos)
}

/// Seconds east of UTC; nothing may follow.
fn zone(rest: &mut &[u8]) -> Option<i64> {
    let seconds = match mark(rest, b"Zz+-") {
        None | Some(b'Z' | b'z') => 0,
        Some(sign) => {
            let hours = number(rest, 2)?;
            if mark(rest, b":").is_none() && rest.is_empty() {
                return None;
            }
            let seconds = i64::from(hours * 3600 + number(rest, 2)? * 60);
            if sign == b'-' { -seconds } else { seconds }
        }
    };
    rest.is_empty().then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Option<&str>) {
        let found = parse(text.as_bytes()).map(|time| time.to_string());
        assert_eq!(found.as_deref(), wanted, "{text}");
    }

    #[test]
    fn instants_are_read_in_the_forms_people_write() {
        check("2026-11-23", Some("2026-11-23T00:00:00.000Z"));
        check("2026-11-23T10:15", Some("2026-11-23T10:15:00.000Z"));
        check("2026-11-23 10:15:30", Some("2026-11-23T10:15:30.000Z"));
        check("2026-11-23T10:15:30.25Z", Some("2026-11-23T10:15:30.250Z"));
        check("2026-11-23T10:15:30.1234567891Z", Some("2026-11-23T10:15:30.123456789Z"));
        check("2026-11-23T10:15:30+01:00", Some("2026-11-23T09:15:30.000Z"));
        check("2026-11-23T10:15:30-0530", Some("2026-11-23T15:45:30.000Z"));
        check("2016-12-31T23:59:60Z", Some("2017-01-01T00:00:00.000Z"));
    }

    #[test]
    fn other_text_is_no_instant() {
        for text in [
            "",
            "2026",
            "2026-11",
            "2026-13-01",
            "2026-02-30",
            "2026-11-23T",
            "2026-11-23T24:00",
            "2026-11-23T10:15:30.",
            "2026-11-23T10:15:30Zx",
            "2026-11-23T10:15:30+01",
            "2026-11-23T10:15:30+01:",
            "yesterday",
            "20\u{e9}6-11-23",
        ] {
            check(text, None);
        }
    }
}
