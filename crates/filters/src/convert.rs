//! The `convert` filter: gives values another type.

use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{Arena, EventMut, Key, Value, ValueRef};

use crate::pairs::Pairs;

pub(crate) const FAILURE: &str = "_convertfailure";

/// Converts the values of fields to other types.
///
/// In a list every item is converted. Fields that are missing or null stay so. If a value cannot
/// be converted, the field keeps it, and the event gets the tag `_convertfailure`; its other
/// fields are converted nevertheless.
///
/// # Example
///
/// ```toml
/// type = "convert"
/// fields = { "status" = "integer", "took" = "float", "cached" = "boolean", "id" = "text" }
/// ```
/// ```json
/// {"status": "503", "took": "0.25", "cached": "yes", "id": 7}
/// ```
/// becomes
/// ```json
/// {"status": 503, "took": 0.25, "cached": true, "id": "7"}
/// ```
/// What cannot be converted stays:
/// ```json
/// {"status": "-", "took": "1,024.5"}
/// ```
/// becomes
/// ```json
/// {
///   "status": "-",
///   "took": 1024.5,
///   "tags": ["_convertfailure"],
///   "error": {"message": "convert-1: `status` holds no integer"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Convert {
    /// The fields, each with the type it gets.
    fields: Pairs<At<Kind>>,
}

/// The types that values can be converted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// A whole number. Commas between digits and what follows the decimal point are left out;
    /// `true` is 1.
    #[serde(alias = "int", alias = "long")]
    Integer,
    /// A number with a fraction. Commas between digits are left out.
    #[serde(alias = "double", alias = "number")]
    Float,
    /// Like `integer`, for texts that have a comma where others have a point: `1.234,5`.
    #[serde(alias = "integer_eu")]
    IntegerEu,
    /// Like `float`, for texts that have a comma where others have a point: `1.234,5`.
    #[serde(alias = "float_eu")]
    FloatEu,
    /// True for `true`, `t`, `yes`, `y` and `1`; false for `false`, `f`, `no`, `n`, `0` and the
    /// empty text. Upper case counts as lower case.
    #[serde(alias = "bool")]
    Boolean,
    /// Text.
    #[serde(alias = "string", alias = "keyword")]
    Text,
    /// An IPv4 or IPv6 address: a text that is none is a failure.
    Ip,
}

impl Configure for Convert {
    const NAME: &'static str = "convert";
}

impl FilterConfig for Convert {
    type Filter = Converter;

    fn build(self) -> Result<Converter, Diagnostic> {
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field")
                .help("write it like `fields = { \"http.response.status_code\" = \"integer\" }`"));
        }
        let mut fields = Vec::new();
        for (field, kind) in self.fields.into_vec() {
            if field.key() == Key::TIME {
                return Err(Diagnostic::error("`@timestamp` is always a time")
                    .at(&kind, "")
                    .help("copy it to another field with `set`, and convert that"));
            }
            fields.push((field.key(), kind.into_inner()));
        }
        Ok(Converter { fields })
    }
}

/// Converts values.
#[derive(Debug)]
pub(crate) struct Converter {
    fields: Vec<(Key, Kind)>,
}

impl Filter for Converter {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let mut failed = None;
        for (key, kind) in &self.fields {
            let Some(value) = event.as_ref().get(*key) else { continue };
            if kind.has(value) {
                continue;
            }
            let value = value.clone();
            match kind.convert(&value, event.arena()) {
                Some(value) => event.set(*key, value),
                None => failed = failed.or(Some((*key, *kind))),
            }
        }
        match failed {
            None => Ok(Keep::Yes),
            Some((key, kind)) => {
                Err(FilterError::because(FAILURE, format!("`{key}` holds no {}", kind.noun())))
            }
        }
    }
}

impl Kind {
    /// Whether a value needs no conversion.
    fn has(self, value: &Value) -> bool {
        matches!(
            (self, value),
            (_, Value::Null)
                | (Self::Integer | Self::IntegerEu, Value::Int(_))
                | (Self::Float | Self::FloatEu, Value::Float(_))
                | (Self::Boolean, Value::Bool(_))
                | (Self::Text, Value::Text(_))
        )
    }

    fn noun(self) -> &'static str {
        match self {
            Self::Integer | Self::IntegerEu => "integer",
            Self::Float | Self::FloatEu => "number",
            Self::Boolean => "truth value",
            Self::Text => "text",
            Self::Ip => "IP address",
        }
    }

    /// The value in this type; nothing when it has none. New text goes to the end of `arena`.
    pub(crate) fn convert(self, value: &Value, arena: &mut Arena) -> Option<Value> {
        if self.has(value) {
            return Some(value.clone());
        }
        if let Value::List(items) = value {
            let items: Option<Vec<Value>> =
                items.iter().map(|item| self.convert(item, arena)).collect();
            return items.map(|items| Value::List(items.into_boxed_slice()));
        }
        let seen = ValueRef::new(value, arena);
        match self {
            Self::Integer => integer(seen, b','),
            Self::IntegerEu => integer(seen, b'.'),
            Self::Float => float(seen, b',').map(Value::Float),
            Self::FloatEu => float(seen, b'.').map(Value::Float),
            Self::Boolean => boolean(seen).map(Value::Bool),
            Self::Ip => {
                let text = std::str::from_utf8(seen.as_bytes()?).ok()?;
                text.parse::<IpAddr>().ok().map(|_| value.clone())
            }
            Self::Text => {
                if let Value::Number(span) = value {
                    return Some(Value::Text(*span));
                }
                let mut text = Vec::new();
                seen.write_text(&mut text);
                Some(Value::Text(arena.append(&text)))
            }
        }
    }
}

/// A whole number; `mark` stands between thousands.
fn integer(value: ValueRef<'_>, mark: u8) -> Option<Value> {
    match value {
        ValueRef::Bool(it) => Some(Value::Int(it.into())),
        ValueRef::Float(it) => cut(it),
        ValueRef::Number(text) => whole(text).or_else(|| cut(number(text)?)),
        ValueRef::Text(text) => {
            if let Some(whole) = whole(text) {
                return Some(whole);
            }
            let plain = Plain::new(text, mark)?;
            whole(plain.text()).or_else(|| cut(number(plain.text())?))
        }
        _ => None,
    }
}

fn whole(text: &[u8]) -> Option<Value> {
    std::str::from_utf8(text).ok()?.parse().ok().map(Value::Int)
}

/// A number without its fraction, if 64 bits hold it.
fn cut(number: f64) -> Option<Value> {
    // 2^63, the first that does not fit; every float below it does.
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    let whole = number.trunc();
    #[expect(clippy::cast_possible_truncation, reason = "checked against the limits")]
    (-LIMIT..LIMIT).contains(&whole).then_some(Value::Int(whole as i64))
}

fn float(value: ValueRef<'_>, mark: u8) -> Option<f64> {
    match value {
        ValueRef::Bool(it) => Some(if it { 1.0 } else { 0.0 }),
        ValueRef::Text(text) => number(Plain::new(text, mark)?.text()),
        ValueRef::Number(text) => number(text),
        other => other.as_f64(),
    }
}

/// A decimal number in digits; unlike Rust's own parser it takes no `inf` and no `nan`.
pub(crate) fn number(text: &[u8]) -> Option<f64> {
    let looks_right = text.iter().all(|it| it.is_ascii_digit() || b"+-.eE".contains(it));
    let number: f64 = std::str::from_utf8(text).ok().filter(|_| looks_right)?.parse().ok()?;
    number.is_finite().then_some(number)
}

/// A number's text without the marks between thousands, and with a decimal point.
struct Plain {
    text: [u8; Self::LEN_MAX],
    len: usize,
}

impl Plain {
    /// No number that means something has more characters.
    const LEN_MAX: usize = 64;

    fn new(text: &[u8], mark: u8) -> Option<Self> {
        let mut plain = Self { text: [0; Self::LEN_MAX], len: 0 };
        for byte in text.trim_ascii() {
            let byte = match *byte {
                it if it == mark => continue,
                b',' => b'.',
                it => it,
            };
            *plain.text.get_mut(plain.len)? = byte;
            plain.len += 1;
        }
        Some(plain)
    }

    fn text(&self) -> &[u8] {
        &self.text[..self.len]
    }
}

fn boolean(value: ValueRef<'_>) -> Option<bool> {
    match value {
        ValueRef::Bool(it) => Some(it),
        ValueRef::Text(text) => {
            let is_one_of = |words: &[&str]| {
                words.iter().any(|word| text.eq_ignore_ascii_case(word.as_bytes()))
            };
            if is_one_of(&["true", "t", "yes", "y", "1", "1.0"]) {
                Some(true)
            } else if is_one_of(&["false", "f", "no", "n", "0", "0.0", ""]) {
                Some(false)
            } else {
                None
            }
        }
        other => match other.as_f64()? {
            1.0 => Some(true),
            0.0 => Some(false),
            _ => None,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    #[expect(clippy::needless_pass_by_value, reason = "the calls read better")]
    fn check(kind: Kind, text: &str, wanted: Option<Value>) {
        let mut arena = Arena::default();
        let span = arena.append(text.as_bytes());
        assert_eq!(kind.convert(&Value::Text(span), &mut arena), wanted, "{kind:?} of {text}");
    }

    #[test]
    fn whole_numbers_are_cut_and_never_guessed() {
        let int = |it| Some(Value::Int(it));
        check(Kind::Integer, "1,234,567.8", int(1_234_567));
        check(Kind::IntegerEu, "1.234.567,8", int(1_234_567));
        check(Kind::Integer, " -12 ", int(-12));
        check(Kind::Integer, "9223372036854775807", int(i64::MAX));
        check(Kind::Integer, "9,223,372,036,854,775,807", int(i64::MAX));
        check(Kind::Integer, "-9223372036854775808", int(i64::MIN));
        check(Kind::Integer, "1e3", int(1000));
        for text in
            ["9223372036854775808", "abc", "", "12ab", "nan", "1e400", "--1", &"1".repeat(99)]
        {
            check(Kind::Integer, text, None);
        }
    }

    #[test]
    fn numbers_with_a_fraction_are_finite() {
        check(Kind::Float, "1,000.5", Some(Value::Float(1000.5)));
        check(Kind::FloatEu, "3.141,5926", Some(Value::Float(3141.5926)));
        check(Kind::Float, "12", Some(Value::Float(12.0)));
        for text in ["inf", "NaN", "1e999", "", "0x10", "1.2.3"] {
            check(Kind::Float, text, None);
        }
    }

    #[test]
    fn truth_and_addresses_are_checked() {
        check(Kind::Boolean, "YES", Some(Value::Bool(true)));
        check(Kind::Boolean, "", Some(Value::Bool(false)));
        check(Kind::Boolean, "maybe", None);
        check(Kind::Ip, "300.1.1.1", None);
        let mut arena = Arena::default();
        let address = Value::Text(arena.append(b"2001:db8::1"));
        assert_eq!(Kind::Ip.convert(&address, &mut arena), Some(address.clone()));
    }
}
