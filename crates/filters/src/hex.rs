//! The `hex` filter: `746561` to `tea`, and back.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::EventMut;

use crate::base64::Action;
use crate::percent::digit;
use crate::recode::Ends;

/// Decodes or encodes hexadecimal digits, two for each byte.
///
/// When decoding, upper and lower case count the same, and `0x` may stand before the digits.
///
/// An event without the field passes unchanged. If the field holds something else, or what comes of
/// it is no UTF-8, the event gets the tag `_hexfailure`, and its field does not change.
///
/// # Example
///
/// ```toml
/// type = "hex"
/// field = "process.title"
/// ```
/// ```json
/// {"process": {"title": "7465612070C3B474"}}
/// ```
/// becomes
/// ```json
/// {"process": {"title": "tea pôt"}}
/// ```
/// What is no such number:
/// ```json
/// {"process": {"title": "/bin/sh"}}
/// ```
/// becomes
/// ```json
/// {
///   "process": {"title": "/bin/sh"},
///   "tags": ["_hexfailure"],
///   "error": {"message": "hex-1: `process.title` holds other than pairs of hexadecimal digits"}
/// }
/// ```
///
/// The other way:
///
/// ```toml
/// type = "hex"
/// action = "encode"
/// target = "raw"
/// ```
/// ```json
/// {"message": "tea"}
/// ```
/// becomes
/// ```json
/// {"message": "tea", "raw": "746561"}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Hex {
    /// The field to change.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field that gets the result; without it the result replaces the text.
    target: Option<FieldPath>,
    /// Which way to go.
    #[serde(default)]
    action: Action,
}

impl Configure for Hex {
    const NAME: &'static str = "hex";
}

impl FilterConfig for Hex {
    type Filter = HexCoder;

    fn build(self) -> Result<HexCoder, Diagnostic> {
        let ends = Ends::new(self.field, self.target, "_hexfailure");
        Ok(HexCoder { ends, action: self.action })
    }
}

/// Decodes or encodes hexadecimal digits.
#[derive(Debug)]
pub(crate) struct HexCoder {
    ends: Ends,
    action: Action,
}

impl Filter for HexCoder {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        self.ends.apply(event, |text, out| match self.action {
            Action::Decode => {
                decode(text, out).ok_or("holds other than pairs of hexadecimal digits")
            }
            Action::Encode => {
                const DIGITS: &[u8; 16] = b"0123456789abcdef";
                let digit = |nibble: u8| DIGITS[usize::from(nibble)];
                out.extend(text.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]));
                Ok(())
            }
        })
    }
}

fn decode(text: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let digits = text.strip_prefix(b"0x").or_else(|| text.strip_prefix(b"0X")).unwrap_or(text);
    let (pairs, rest) = digits.as_chunks::<2>();
    if !rest.is_empty() {
        return None;
    }
    for [high, low] in pairs {
        out.push(digit(*high)? << 4 | digit(*low)?);
    }
    Some(())
}
