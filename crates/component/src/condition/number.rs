//! Numbers as conditions compute with them: whole ones exactly, others as floats.

use std::cmp::Ordering;

use super::syntax::Operator;

/// The longest text that counts as a number, in bytes. Floats printed in full have 345.
const TEXT_BYTES_MAX: usize = 400;

/// A number; never NaN nor infinite.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Number {
    Int(i64),
    Float(f64),
}

impl Number {
    /// A float, if it is a number at all.
    pub(super) fn finite(number: f64) -> Option<Self> {
        number.is_finite().then_some(Self::Float(number))
    }

    /// The number that `text` writes: JSON's form, leading zeros allowed, no space.
    pub(super) fn parse(text: &[u8]) -> Option<Self> {
        let (negative, digits) = match text {
            [b'-', digits @ ..] => (true, digits),
            digits => (false, digits),
        };
        if !digits.first()?.is_ascii_digit() || text.len() > TEXT_BYTES_MAX {
            return None;
        }
        let mut whole: Option<i64> = Some(0);
        for &byte in digits {
            if !byte.is_ascii_digit() {
                return Self::parse_float(text, digits);
            }
            let digit = i64::from(byte - b'0');
            whole = whole.and_then(|it| it.checked_mul(10)?.checked_add(digit));
        }
        match whole {
            Some(it) => Some(Self::Int(if negative { -it } else { it })),
            None => Self::parse_float(text, digits),
        }
    }

    fn parse_float(text: &[u8], digits: &[u8]) -> Option<Self> {
        let is_part = |byte: &u8| byte.is_ascii_digit() || b".eE+-".contains(byte);
        let ends = digits.last().is_some_and(u8::is_ascii_digit);
        let dots_are_followed =
            digits.windows(2).all(|two| two[0] != b'.' || two[1].is_ascii_digit());
        if !ends || !dots_are_followed || !digits.iter().all(is_part) {
            return None;
        }
        Self::finite(std::str::from_utf8(text).ok()?.parse().ok()?)
    }

    #[expect(clippy::cast_precision_loss, reason = "a float was asked for")]
    pub(super) fn as_f64(self) -> f64 {
        match self {
            Self::Int(it) => it as f64,
            Self::Float(it) => it,
        }
    }

    /// The whole part, if an `i64` can hold it.
    pub(super) fn truncated(self) -> Option<i64> {
        match self {
            Self::Int(it) => Some(it),
            Self::Float(it) => in_i64(it).then(|| whole_part(it)),
        }
    }

    /// Compares exactly, also across the two forms.
    pub(super) fn order(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Int(a), Self::Int(b)) => a.cmp(&b),
            (Self::Float(a), Self::Float(b)) => a.partial_cmp(&b).unwrap_or(Ordering::Equal),
            (Self::Int(a), Self::Float(b)) => order_mixed(a, b),
            (Self::Float(a), Self::Int(b)) => order_mixed(b, a).reverse(),
        }
    }

    /// Whole numbers stay whole as long as the result is one that fits; nothing by zero.
    pub(super) fn combine(self, operator: Operator, other: Self) -> Option<Self> {
        if let (Self::Int(a), Self::Int(b)) = (self, other) {
            let exact = match operator {
                Operator::Plus => a.checked_add(b),
                Operator::Minus => a.checked_sub(b),
                Operator::Times => a.checked_mul(b),
                Operator::Over => {
                    a.checked_rem(b).filter(|rest| *rest == 0).and_then(|_| a.checked_div(b))
                }
                Operator::Rest => a.checked_rem(b),
            };
            if let Some(exact) = exact {
                return Some(Self::Int(exact));
            }
        }
        let (a, b) = (self.as_f64(), other.as_f64());
        Self::finite(match operator {
            Operator::Plus => a + b,
            Operator::Minus => a - b,
            Operator::Times => a * b,
            Operator::Over => a / b,
            Operator::Rest => a % b,
        })
    }
}

/// 2 to the power of 63, the first float above all of `i64`.
const I64_END: f64 = 9_223_372_036_854_775_808.0;

fn in_i64(number: f64) -> bool {
    (-I64_END..I64_END).contains(&number)
}

#[expect(clippy::cast_possible_truncation, reason = "the fraction is to be cut off")]
fn whole_part(number: f64) -> i64 {
    number as i64
}

fn order_mixed(whole: i64, other: f64) -> Ordering {
    if other >= I64_END {
        return Ordering::Less;
    }
    if other < -I64_END {
        return Ordering::Greater;
    }
    let fraction = other - other.trunc();
    let by_fraction = || 0.0.partial_cmp(&fraction).unwrap_or(Ordering::Equal);
    whole.cmp(&whole_part(other)).then_with(by_fraction)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn text_counts_as_a_number_when_json_would_read_one() {
        let cases: &[(&str, Option<Number>)] = &[
            ("0", Some(Number::Int(0))),
            ("-17", Some(Number::Int(-17))),
            ("007", Some(Number::Int(7))),
            ("0.25", Some(Number::Float(0.25))),
            ("-1e3", Some(Number::Float(-1000.0))),
            ("9223372036854775807", Some(Number::Int(i64::MAX))),
            ("9223372036854775808", Some(Number::Float(I64_END))),
            ("", None),
            ("-", None),
            ("--1", None),
            ("1.", None),
            ("1.e5", None),
            (".5", None),
            ("+1", None),
            (" 1", None),
            ("1e999", None),
            ("inf", None),
            ("NaN", None),
            ("0x1f", None),
            ("12ms", None),
            ("1.2.3", None),
        ];
        for (text, wanted) in cases {
            assert_eq!(Number::parse(text.as_bytes()), *wanted, "{text}");
        }
        assert_eq!(Number::parse(&[b'1'; TEXT_BYTES_MAX + 1]), None);
    }

    #[test]
    fn whole_numbers_and_floats_compare_exactly() {
        let beyond_floats = Number::Int(9_007_199_254_740_993);
        assert_eq!(beyond_floats.order(Number::Float(9_007_199_254_740_992.0)), Ordering::Greater);
        assert_eq!(Number::Int(2).order(Number::Float(2.5)), Ordering::Less);
        assert_eq!(Number::Int(-2).order(Number::Float(-2.5)), Ordering::Greater);
        assert_eq!(Number::Float(-0.0).order(Number::Int(0)), Ordering::Equal);
        assert_eq!(Number::Int(i64::MAX).order(Number::Float(1e300)), Ordering::Less);
        assert_eq!(Number::Float(-1e300).order(Number::Int(i64::MIN)), Ordering::Less);
    }

    #[test]
    fn arithmetic_overflows_into_floats_and_never_fails() {
        let (max, minus_one, zero) = (Number::Int(i64::MAX), Number::Int(-1), Number::Int(0));
        assert_eq!(max.combine(Operator::Plus, Number::Int(1)), Some(Number::Float(I64_END)));
        assert_eq!(
            Number::Int(i64::MIN).combine(Operator::Over, minus_one),
            Some(Number::Float(I64_END))
        );
        assert_eq!(max.combine(Operator::Over, zero), None);
        assert_eq!(max.combine(Operator::Rest, zero), None);
        assert_eq!(Number::Int(6).combine(Operator::Over, Number::Int(3)).unwrap(), Number::Int(2));
        assert_eq!(
            Number::Int(5).combine(Operator::Over, Number::Int(2)).unwrap(),
            Number::Float(2.5)
        );
        assert_eq!(Number::Int(-5).combine(Operator::Rest, Number::Int(3)), Some(Number::Int(-2)));
        assert_eq!(Number::Float(1e308).combine(Operator::Times, Number::Int(10)), None);
    }
}
