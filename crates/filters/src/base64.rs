//! The `base64` filter: `dGVhIHBvdA==` to `tea pot`, and back.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use base64::engine::{Config as _, DecodePaddingMode};
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::EventMut;

use crate::recode::Ends;

/// Decodes or encodes base64.
///
/// When decoding, padding may be there or not; characters that are not of the alphabet are a
/// failure, blanks and line ends included.
///
/// An event without the field passes unchanged. If the field holds something else, or what comes of
/// it is no UTF-8, the event gets the tag `_base64failure`, and its field does not change.
///
/// # Example
///
/// ```toml
/// type = "base64"
/// field = "token"
/// target = "claims"
/// ```
/// ```json
/// {"token": "dGVhIHBvdA"}
/// ```
/// becomes
/// ```json
/// {"token": "dGVhIHBvdA", "claims": "tea pot"}
/// ```
/// What is no base64:
/// ```json
/// {"token": "tea pot"}
/// ```
/// becomes
/// ```json
/// {
///   "token": "tea pot",
///   "tags": ["_base64failure"],
///   "error": {"message": "base64-1: `token` is no base64"}
/// }
/// ```
///
/// The other way, for URLs:
///
/// ```toml
/// type = "base64"
/// action = "encode"
/// alphabet = "url-safe"
/// padding = false
/// ```
/// ```json
/// {"message": "tea pot"}
/// ```
/// becomes
/// ```json
/// {"message": "dGVhIHBvdA"}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Base64 {
    /// The field to change.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field that gets the result; without it the result replaces the text.
    target: Option<FieldPath>,
    /// Which way to go.
    #[serde(default)]
    action: Action,
    /// Which characters stand for 62 and 63.
    #[serde(default)]
    alphabet: Alphabet,
    /// Whether `=` fills the last four characters up when encoding.
    #[serde(default = "yes")]
    padding: bool,
}

/// Which way to go.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Action {
    /// From the encoded text.
    #[default]
    Decode,
    /// To the encoded text.
    Encode,
}

/// The characters for 62 and 63.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Alphabet {
    /// `+` and `/`.
    #[default]
    Standard,
    /// `-` and `_`.
    #[serde(alias = "url_safe")]
    UrlSafe,
}

fn yes() -> bool {
    true
}

impl Configure for Base64 {
    const NAME: &'static str = "base64";
}

impl FilterConfig for Base64 {
    type Filter = Base64Coder;

    fn build(self) -> Result<Base64Coder, Diagnostic> {
        let alphabet = match self.alphabet {
            Alphabet::Standard => &alphabet::STANDARD,
            Alphabet::UrlSafe => &alphabet::URL_SAFE,
        };
        let config = GeneralPurposeConfig::new()
            .with_encode_padding(self.padding)
            .with_decode_padding_mode(DecodePaddingMode::Indifferent);
        Ok(Base64Coder {
            ends: Ends::new(self.field, self.target, "_base64failure"),
            action: self.action,
            engine: GeneralPurpose::new(alphabet, config),
        })
    }
}

/// Decodes or encodes base64.
#[derive(Debug)]
pub(crate) struct Base64Coder {
    ends: Ends,
    action: Action,
    engine: GeneralPurpose,
}

impl Filter for Base64Coder {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        self.ends.apply(event, |text, out| match self.action {
            Action::Decode => self.engine.decode_vec(text, out).map_err(|_| "is no base64"),
            Action::Encode => {
                let padding = self.engine.config().encode_padding();
                let len = base64::encoded_len(text.len(), padding).ok_or("is too long")?;
                out.resize(len, 0);
                self.engine.encode_slice(text, out).map(drop).map_err(|_| "is too long")
            }
        })
    }
}
