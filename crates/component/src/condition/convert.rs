//! The functions that make one value of another. What has no answer is null.

use std::borrow::Cow;

use super::cidr;
use super::evaluated::Evaluated;
use super::node::{Conversion, Nature};
use super::number::Number;

/// Applies a function to a value.
pub(super) fn convert(conversion: Conversion, value: Evaluated<'_>) -> Evaluated<'_> {
    match (conversion, value) {
        (Conversion::Lower, Evaluated::Text(text)) => Evaluated::Text(lower(text)),
        (Conversion::Upper, Evaluated::Text(text)) => Evaluated::Text(upper(text)),
        (Conversion::Length, value) => length(&value).map_or(Evaluated::Null, Evaluated::Int),
        (Conversion::Int, Evaluated::Time(time)) => Evaluated::Int(time.seconds()),
        (Conversion::Int, value) => {
            value.number().and_then(Number::truncated).map_or(Evaluated::Null, Evaluated::Int)
        }
        (Conversion::Float, Evaluated::Time(time)) => {
            let fraction = f64::from(time.nanos()) / 1e9;
            Evaluated::Float(Number::Int(time.seconds()).as_f64() + fraction)
        }
        (Conversion::Float, value) => {
            value.number().map_or(Evaluated::Null, |it| Evaluated::Float(it.as_f64()))
        }
        (Conversion::Text, value @ (Evaluated::Text(_) | Evaluated::Null)) => value,
        (Conversion::Text, value) => {
            let mut text = Vec::new();
            value.view().write_text(&mut text);
            Evaluated::Text(Cow::Owned(text))
        }
        (Conversion::Lower | Conversion::Upper, _) => Evaluated::Null,
    }
}

/// Text that is not UTF-8 changes its ASCII letters only.
fn lower(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if !text.iter().any(|byte| byte.is_ascii_uppercase() || !byte.is_ascii()) {
        return text;
    }
    Cow::Owned(match std::str::from_utf8(&text) {
        Ok(text) => text.to_lowercase().into_bytes(),
        Err(_) => text.to_ascii_lowercase(),
    })
}

fn upper(text: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    if !text.iter().any(|byte| byte.is_ascii_lowercase() || !byte.is_ascii()) {
        return text;
    }
    Cow::Owned(match std::str::from_utf8(&text) {
        Ok(text) => text.to_uppercase().into_bytes(),
        Err(_) => text.to_ascii_uppercase(),
    })
}

/// Characters of text, items of a list.
fn length(value: &Evaluated<'_>) -> Option<i64> {
    let is_first = |byte: &&u8| **byte & 0b1100_0000 != 0b1000_0000;
    let length = match value {
        Evaluated::Text(text) => text.iter().filter(is_first).count(),
        Evaluated::List(items, _) => items.len(),
        _ => return None,
    };
    i64::try_from(length).ok()
}

/// Whether a value is of a kind, as it is stored: text of digits is text.
pub(super) fn is(nature: Nature, value: &Evaluated<'_>) -> bool {
    match nature {
        Nature::Text => matches!(value, Evaluated::Text(_)),
        Nature::Number => {
            matches!(value, Evaluated::Int(_) | Evaluated::Float(_) | Evaluated::Number(_))
        }
        Nature::Bool => matches!(value, Evaluated::Bool(_)),
        Nature::Time => matches!(value, Evaluated::Time(_)),
        Nature::List => matches!(value, Evaluated::List(..)),
        Nature::Null => matches!(value, Evaluated::Null),
        Nature::Ip => matches!(value, Evaluated::Text(text) if cidr::address(text).is_some()),
    }
}
