//! The `url-decode` filter: `caf%C3%A9` to `café`.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::EventMut;

use crate::percent;
use crate::recode::Ends;

/// Decodes a text with percent signs, as in URLs and forms: `tea%20pot` becomes `tea pot`.
///
/// A percent sign without two hexadecimal digits behind it stays as it is.
///
/// An event without the field passes unchanged. If the field holds something else, or what comes of
/// it is no UTF-8, the event gets the tag `_urldecodefailure`, and its field does not change.
///
/// # Example
///
/// ```toml
/// type = "url-decode"
/// field = "url.query"
/// ```
/// ```json
/// {"url": {"query": "q=caf%C3%A9+100%"}}
/// ```
/// becomes
/// ```json
/// {"url": {"query": "q=café 100%"}}
/// ```
/// What is no text when decoded:
/// ```json
/// {"url": {"query": "q=caf%E9"}}
/// ```
/// becomes
/// ```json
/// {
///   "url": {"query": "q=caf%E9"},
///   "tags": ["_urldecodefailure"],
///   "error": {"message": "url-decode-1: `url.query` holds bytes that are no UTF-8"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct UrlDecode {
    /// The field to decode.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field that gets the result; without it the result replaces the text.
    target: Option<FieldPath>,
    /// Whether `+` is a blank, as in queries and forms; in paths it is not.
    #[serde(default = "yes")]
    plus: bool,
}

fn yes() -> bool {
    true
}

impl Configure for UrlDecode {
    const NAME: &'static str = "url-decode";
}

impl FilterConfig for UrlDecode {
    type Filter = UrlDecoder;

    fn build(self) -> Result<UrlDecoder, Diagnostic> {
        let ends = Ends::new(self.field, self.target, "_urldecodefailure");
        Ok(UrlDecoder { ends, has_plus: self.plus })
    }
}

/// Decodes percent signs.
#[derive(Debug)]
pub(crate) struct UrlDecoder {
    ends: Ends,
    has_plus: bool,
}

impl Filter for UrlDecoder {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        self.ends.apply(event, |text, out| {
            percent::decode(text, self.has_plus, out);
            Ok(())
        })
    }
}
