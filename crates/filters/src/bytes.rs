//! The `bytes` filter: from a written size to a number.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, Key, Value, ValueRef};

const FAILURE: &str = "_bytesparsefailure";

/// The longest size that means something, in bytes.
const SIZE_BYTES_MAX: usize = 64;

/// Reads sizes such as `10 KB`.
///
/// A size is a number and a unit: `B`, `KB`, `MB`, `GB`, `TB`, `PB`, `EB`, `ZB`, `YB`, or their
/// first letter alone, in upper or lower case. They count in 1024s or in 1000s, as `units` says.
/// `KiB`, `MiB` and so on always count in 1024s, and a number without a unit counts bytes. Spaces,
/// underscores and commas between digits are left out; so are points, if the decimal mark is a
/// comma.
///
/// The result is a whole number of bytes, rounded. With another `unit` it is a number with a
/// fraction.
///
/// Events without the field pass unchanged, and a number stays as it is. What is no size stays as
/// well, and the event gets the tag `_bytesparsefailure`.
///
/// # Example
///
/// ```toml
/// type = "bytes"
/// field = "size"
/// ```
/// ```json
/// {"size": "1.5 KB"}
/// ```
/// becomes
/// ```json
/// {"size": 1536}
/// ```
/// What is no size:
/// ```json
/// {"size": "5 apples"}
/// ```
/// becomes
/// ```json
/// {
///   "size": "5 apples",
///   "tags": ["_bytesparsefailure"],
///   "error": {"message": "bytes-1: `size` holds no size"}
/// }
/// ```
///
/// In thousands, as megabytes, in another field:
///
/// ```toml
/// type = "bytes"
/// field = "size"
/// target = "megabytes"
/// units = "decimal"
/// unit = "MB"
/// decimal-mark = ","
/// ```
/// ```json
/// {"size": "1.250,5kb"}
/// ```
/// becomes
/// ```json
/// {"size": "1.250,5kb", "megabytes": 1.2505}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Bytes {
    /// The field with the size.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field that gets the number. Unless set, `field` itself.
    target: Option<FieldPath>,
    /// What `KB`, `MB` and so on count in.
    #[serde(default, alias = "conversion-method")]
    units: Units,
    /// The unit of the result.
    #[serde(default)]
    unit: Unit,
    /// What stands before the fraction.
    #[serde(default, alias = "decimal-separator")]
    decimal_mark: DecimalMark,
}

/// What units without an `i` count in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Units {
    /// 1024s.
    #[default]
    Binary,
    /// 1000s.
    #[serde(alias = "metric")]
    Decimal,
}

/// Units of the result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
enum Unit {
    #[default]
    B,
    KB,
    MB,
    GB,
    TB,
    PB,
    EB,
    KiB,
    MiB,
    GiB,
    TiB,
    PiB,
    EiB,
}

/// What stands before a fraction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
enum DecimalMark {
    #[default]
    #[serde(rename = ".")]
    Point,
    #[serde(rename = ",")]
    Comma,
}

impl Configure for Bytes {
    const NAME: &'static str = "bytes";
}

impl FilterConfig for Bytes {
    type Filter = SizeReader;

    fn build(self) -> Result<SizeReader, Diagnostic> {
        let field = self.field.key();
        let target = self.target.map_or(field, FieldPath::key);
        let divisor = (self.unit != Unit::B).then(|| self.unit.bytes(self.units));
        Ok(SizeReader { field, target, units: self.units, divisor, mark: self.decimal_mark })
    }
}

impl Unit {
    fn bytes(self, units: Units) -> f64 {
        let word = format!("{self:?}");
        unit_bytes(word.as_bytes(), units).expect("its own units are known")
    }
}

/// Reads sizes.
#[derive(Debug)]
pub(crate) struct SizeReader {
    field: Key,
    target: Key,
    units: Units,
    /// The bytes of the result's unit, unless that is the byte.
    divisor: Option<f64>,
    mark: DecimalMark,
}

impl Filter for SizeReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let bytes = match event.as_ref().view(self.field) {
            None | Some(ValueRef::Null) => return Ok(Keep::Yes),
            Some(ValueRef::Text(text)) => self.read(text),
            Some(number) => number.as_f64(),
        };
        let value = bytes.and_then(|bytes| match self.divisor {
            Some(divisor) => Some(Value::Float(bytes / divisor)),
            None => whole(bytes),
        });
        let Some(value) = value else {
            return Err(FilterError::because(FAILURE, format!("`{}` holds no size", self.field)));
        };
        event.set(self.target, value);
        Ok(Keep::Yes)
    }
}

impl SizeReader {
    fn read(&self, text: &[u8]) -> Option<f64> {
        let text = text.trim_ascii();
        let (mark, between) = match self.mark {
            DecimalMark::Point => (b'.', b", _"),
            DecimalMark::Comma => (b',', b". _"),
        };
        let is_of_number = |byte: &u8| byte.is_ascii_digit() || b"+-., _".contains(byte);
        let len = text.iter().position(|byte| !is_of_number(byte)).unwrap_or(text.len());
        let (number, unit) = text.split_at(len);
        let mut plain = [0; SIZE_BYTES_MAX];
        let mut plain_len = 0;
        for byte in number.iter().filter(|byte| !between.contains(byte)) {
            *plain.get_mut(plain_len)? = if *byte == mark { b'.' } else { *byte };
            plain_len += 1;
        }
        let number: f64 = std::str::from_utf8(&plain[..plain_len]).ok()?.parse().ok()?;
        Some(number * unit_bytes(unit.trim_ascii(), self.units)?)
    }
}

/// How many bytes a unit has.
fn unit_bytes(unit: &[u8], units: Units) -> Option<f64> {
    const LETTERS: &[u8; 8] = b"kmgtpezy";
    let (letter, rest) = match unit.split_first() {
        None => return Some(1.0),
        Some((b'b' | b'B', rest)) => return rest.is_empty().then_some(1.0),
        Some((letter, rest)) => (letter.to_ascii_lowercase(), rest),
    };
    let power = LETTERS.iter().position(|it| *it == letter)?;
    let thousand: f64 = match rest {
        [] | [b'b' | b'B'] if units == Units::Decimal => 1000.0,
        [] | [b'b' | b'B' | b'i' | b'I'] | [b'i' | b'I', b'b' | b'B'] => 1024.0,
        _ => return None,
    };
    Some(thousand.powi(i32::try_from(power).ok()? + 1))
}

/// A whole number, if 64 bits hold it; else the number as it is, unless it is none.
fn whole(number: f64) -> Option<Value> {
    // 2^63, the first that does not fit.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let rounded = number.round();
    if (-LIMIT..LIMIT).contains(&rounded) {
        #[expect(clippy::cast_possible_truncation, reason = "checked against the limits")]
        return Some(Value::Int(rounded as i64));
    }
    number.is_finite().then_some(Value::Float(number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(units: Units, text: &str, wanted: Option<f64>) {
        let key = Key::MESSAGE;
        let reader =
            SizeReader { field: key, target: key, units, divisor: None, mark: DecimalMark::Point };
        assert_eq!(reader.read(text.as_bytes()), wanted, "{text}");
    }

    #[test]
    fn units_are_read_in_all_their_forms() {
        for (text, wanted) in [
            ("10", 10.0),
            ("10b", 10.0),
            ("1 k", 1024.0),
            ("1KB", 1024.0),
            ("1kib", 1024.0),
            ("1 234_567,890 kb", 1_234_567_890.0 * 1024.0),
            ("1 Ki", 1024.0),
            ("5.6gb", 5.6 * 1_073_741_824.0),
            ("1,024.5 MB", 1024.5 * 1_048_576.0),
            ("-1K", -1024.0),
            (" 2 TiB ", 2.0 * 1_099_511_627_776.0),
        ] {
            check(Units::Binary, text, Some(wanted));
        }
        check(Units::Decimal, "1.5MB", Some(1_500_000.0));
        check(Units::Decimal, "1 KiB", Some(1024.0));
    }

    #[test]
    fn what_is_no_size_is_none() {
        for text in
            ["", "KB", "5 apples", "1..2", "5 bb", "5 kbit", "nan", "inf B", "+", &"9".repeat(99)]
        {
            check(Units::Binary, text, None);
        }
        assert_eq!(whole(1e30), Some(Value::Float(1e30)));
        assert_eq!(whole(f64::INFINITY), None);
    }
}
