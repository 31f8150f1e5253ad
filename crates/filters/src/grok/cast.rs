//! Numbers from what a text begins with, as Ruby's `to_i` and `to_f` read them.

use weir_event::{Span, Value};
use weir_grok::Cast;

/// The value of a captured text.
pub(super) fn value(text: &[u8], span: Span, cast: Cast) -> Value {
    match cast {
        Cast::Text => Value::Text(span),
        Cast::Int | Cast::Long => int(text),
        Cast::Float => Value::Float(float(text)),
        Cast::Boolean => Value::Bool(text.eq_ignore_ascii_case(b"true")),
    }
}

/// The whole number that the text begins with, 0 if it begins with none. One that 64 bits do not
/// hold keeps its magnitude only.
fn int(text: &[u8]) -> Value {
    let (negative, digits) = signed(text);
    let mut number = 0_i64;
    let end = digits_end(digits, 0);
    for digit in digits[..end].iter().filter(|byte| byte.is_ascii_digit()) {
        let digit = i64::from(digit - b'0');
        let signed = if negative { -digit } else { digit };
        match number.checked_mul(10).and_then(|it| it.checked_add(signed)) {
            Some(larger) => number = larger,
            None => return Value::Float(float(text)),
        }
    }
    Value::Int(number)
}

/// The number that the text begins with, 0 if it begins with none. Beyond what 64 bits hold it is
/// the largest there is, since JSON knows no infinity.
fn float(text: &[u8]) -> f64 {
    let (negative, rest) = signed(text);
    let literal = &rest[..literal_len(rest)];
    let parse = |literal: &[u8]| std::str::from_utf8(literal).ok()?.parse::<f64>().ok();
    let number = if literal.contains(&b'_') {
        let plain: Vec<u8> = literal.iter().copied().filter(|byte| *byte != b'_').collect();
        parse(&plain)
    } else {
        parse(literal)
    };
    let number = number.unwrap_or_default().min(f64::MAX);
    if negative { -number } else { number }
}

/// How much of the text is a number without a sign: `12`, `.5`, `1.5e-3`.
fn literal_len(text: &[u8]) -> usize {
    let mut len = digits_end(text, 0);
    if text.get(len) == Some(&b'.') {
        let end = digits_end(text, len + 1);
        len = if end > len + 1 { end } else { len };
    }
    if len > 0 && matches!(text.get(len), Some(b'e' | b'E')) {
        let start = len + 1 + usize::from(matches!(text.get(len + 1), Some(b'+' | b'-')));
        let end = digits_end(text, start);
        len = if end > start { end } else { len };
    }
    len
}

/// Without white space in front; whether there is a minus.
fn signed(text: &[u8]) -> (bool, &[u8]) {
    let text = text.trim_ascii_start();
    match text.split_first() {
        Some((b'-', rest)) => (true, rest),
        Some((b'+', rest)) => (false, rest),
        _ => (false, text),
    }
}

/// The end of the digits that begin at `start`; single underscores between digits belong to them.
fn digits_end(text: &[u8], start: usize) -> usize {
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_digit);
    let mut end = start;
    while is_digit(end) || (end > start && text.get(end) == Some(&b'_') && is_digit(end + 1)) {
        end += 1;
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_are_read_as_ruby_reads_them() {
        for (text, wanted) in [
            ("42", 42),
            ("-42", -42),
            ("+7", 7),
            ("  12ms", 12),
            ("12.9", 12),
            ("1_000", 1000),
            ("1__0", 1),
            ("_1", 0),
            ("1_", 1),
            ("0x1A", 0),
            ("N/A", 0),
            ("", 0),
            ("-", 0),
            ("- 1", 0),
            ("9223372036854775807", i64::MAX),
            ("-9223372036854775808", i64::MIN),
        ] {
            assert_eq!(int(text.as_bytes()), Value::Int(wanted), "{text}");
        }
        assert_eq!(int(b"9223372036854775808"), Value::Float(9_223_372_036_854_775_808.0));
    }

    #[test]
    fn numbers_are_read_as_ruby_reads_them() {
        for (text, wanted) in [
            ("28.4ms", 28.4),
            ("-0.5", -0.5),
            (".5", 0.5),
            ("1.", 1.0),
            ("1.e5", 1.0),
            ("1e3", 1000.0),
            ("1e-3x", 0.001),
            ("1e", 1.0),
            ("1_000.2_5", 1000.25),
            ("12 34", 12.0),
            ("abc", 0.0),
            ("", 0.0),
            (".", 0.0),
            ("Infinity", 0.0),
            ("NaN", 0.0),
            ("1e999", f64::MAX),
            ("-1e999", -f64::MAX),
        ] {
            let found = float(text.as_bytes());
            assert!((found - wanted).abs() < f64::EPSILON, "{text}: {found}");
        }
    }
}
