//! The shape in which most programs write a time: `2026-11-23T10:00:00.123Z`.
//!
//! Each JSON event has one, and reading it part by part costs three times as much.

use weir_event::Timestamp;

use super::parts::days_in;
use super::read::{fraction, offset};

/// The instant of a date with a clock down to the second, `T` between them, perhaps a fraction, and
/// `Z` or an offset at its end. Nothing for any other, valid or not.
pub(super) fn instant(text: &[u8]) -> Option<Timestamp> {
    let (start, rest) = text.split_first_chunk::<19>()?;
    let marks = [start[4], start[7], start[10], start[13], start[16]];
    if marks != *b"--T::" {
        return None;
    }
    let mut digits = Digits::default();
    let year = digits.pair(start, 0) * 100 + digits.pair(start, 2);
    let date = (i64::from(year), digits.pair(start, 5), digits.pair(start, 8));
    let clock = (digits.pair(start, 11), digits.pair(start, 14), digits.pair(start, 17));
    let (nanos, end) = match rest.split_first()? {
        (b'.', behind) => {
            let (nanos, len) = fraction(behind, u8::MAX)?;
            (nanos, &behind[len..])
        }
        _ => (0, rest),
    };
    let (offset, len) = if end == b"Z" { (0, 1) } else { offset(end)? };
    if len != end.len() {
        return None;
    }
    let is_there = (1..=12).contains(&date.1)
        && date.2 > 0
        && (date.2 <= 28 || date.2 <= days_in(date.0, date.1))
        && clock.0 <= 23
        && clock.1 <= 59
        && clock.2 <= 59;
    (is_there && !digits.has_others).then(|| {
        let local = Timestamp::from_date(date, clock, nanos);
        Timestamp::new(local.seconds() - i64::from(offset), nanos)
    })
}

/// Reads pairs of digits and remembers whether all were digits.
#[derive(Default)]
struct Digits {
    has_others: bool,
}

impl Digits {
    fn pair(&mut self, text: &[u8; 19], at: usize) -> u32 {
        let (tens, ones) = (text[at].wrapping_sub(b'0'), text[at + 1].wrapping_sub(b'0'));
        self.has_others |= tens > 9 || ones > 9;
        u32::from(tens) * 10 + u32::from(ones)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::date::iso;

    #[test]
    fn the_usual_shapes_are_read_here() {
        for text in [
            "2026-11-23T10:00:00Z",
            "2024-02-29T23:59:59.123Z",
            "0000-01-01T00:00:00.123456789-14:00",
            "9999-12-31T23:59:59.5+02:30",
        ] {
            assert_eq!(instant(text.as_bytes()), iso::by_parts(text.as_bytes()), "{text}");
            assert!(instant(text.as_bytes()).is_some(), "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

        #[test]
        fn what_is_read_here_is_what_the_parts_give(
            text in "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-6][0-9]:[0-6][0-9](\\.[0-9]{0,11})?(Z|[+-][0-9]{2}:?[0-9]{2}|z|)",
            place in 0..24_usize,
            byte in any::<u8>(),
            is_spoiled in prop::bool::weighted(0.2),
        ) {
            let mut text = text.into_bytes();
            if is_spoiled && place < text.len() {
                text[place] = byte;
            }
            if let Some(time) = instant(&text) {
                prop_assert_eq!(Some(time), iso::by_parts(&text));
            }
        }
    }
}
