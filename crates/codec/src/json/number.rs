//! The grammar of JSON numbers (RFC 8259, section 6).

use weir_event::{Span, Value};

/// Length of the number at the start of `text`, and whether it is a whole one; nothing when it is
/// not a number.
fn measure(text: &[u8]) -> Option<(usize, bool)> {
    let digits_from = |start: usize| {
        text[start..]
            .iter()
            .position(|byte| !byte.is_ascii_digit())
            .map_or(text.len(), |n| start + n)
    };
    let start = usize::from(text.first() == Some(&b'-'));
    let mut end = digits_from(start);
    if end == start || (text[start] == b'0' && end > start + 1) {
        return None;
    }
    let mut whole = true;
    if text.get(end) == Some(&b'.') {
        let fraction_end = digits_from(end + 1);
        if fraction_end == end + 1 {
            return None;
        }
        (end, whole) = (fraction_end, false);
    }
    if matches!(text.get(end), Some(b'e' | b'E')) {
        let sign = usize::from(matches!(text.get(end + 1), Some(b'+' | b'-')));
        let exponent_end = digits_from((end + 1 + sign).min(text.len()));
        if exponent_end <= end + 1 + sign {
            return None;
        }
        (end, whole) = (exponent_end, false);
    }
    Some((end, whole))
}

/// So many digits fit an `i64` whatever they are.
const DIGITS_SAFE: usize = 18;

/// Reads the number at the start of `text`, which lies at `offset` of its batch.
#[inline]
pub(super) fn read(text: &[u8], offset: usize) -> Option<(Value, usize)> {
    small(text).or_else(|| any(text, offset))
}

/// A whole number of a few digits without a sign, as most are.
fn small(text: &[u8]) -> Option<(Value, usize)> {
    let (mut number, mut len) = (0, 0);
    while let Some(digit @ b'0'..=b'9') = text.get(len)
        && len < DIGITS_SAFE
    {
        number = number * 10 + i64::from(digit - b'0');
        len += 1;
    }
    let goes_on = matches!(text.get(len), Some(b'0'..=b'9' | b'.' | b'e' | b'E'));
    let is_odd = len == 0 || goes_on || (text[0] == b'0' && len > 1);
    (!is_odd).then_some((Value::Int(number), len))
}

fn any(text: &[u8], offset: usize) -> Option<(Value, usize)> {
    let (len, whole) = measure(text)?;
    let as_written = Value::Number(Span::new(offset, offset + len));
    // `-0` is a number that no integer tells apart from 0.
    if !whole || &text[..len] == b"-0" {
        return Some((as_written, len));
    }
    let number = std::str::from_utf8(&text[..len]).ok().and_then(|number| number.parse().ok());
    Some((number.map_or(as_written, Value::Int), len))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, wanted: Value) {
        assert_eq!(read(text.as_bytes(), 0).map(|(value, _)| value), Some(wanted), "{text}");
    }

    fn verbatim(len: usize) -> Value {
        Value::Number(Span::new(0, len))
    }

    #[test]
    fn whole_numbers_fit_64_bits_or_stay_as_written() {
        check("0", Value::Int(0));
        check("-12,", Value::Int(-12));
        check("9223372036854775807", Value::Int(i64::MAX));
        check("-9223372036854775808", Value::Int(i64::MIN));
        check("9223372036854775808", verbatim(19));
        check("-0", verbatim(2));
    }

    #[test]
    fn fractions_stay_as_written() {
        check("1.10", verbatim(4));
        check("0.5e3", verbatim(5));
        check("-1.5", verbatim(4));
        check("12345678901234567890.5", verbatim(22));
        check("1e5]", verbatim(3));
        check("1E+999", verbatim(6));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in [
            "", "-", "01", "01.5", "1.5.", "1.x", "+1", "1.", ".5", "1e", "1e+", "-x", "NaN", "0x1",
        ] {
            let whole = read(text.as_bytes(), 0).is_some_and(|(_, len)| len == text.len());
            assert!(!whole, "{text}");
        }
    }
}
