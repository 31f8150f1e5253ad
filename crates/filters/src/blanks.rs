//! The setting `whitespace` of the filters that read pairs.

use schemars::JsonSchema;
use serde::Deserialize;

/// Where blanks may stand.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Whitespace {
    /// Around what is between name and value.
    #[default]
    Lenient,
    /// In values only.
    Strict,
}
