//! A regular expression as a setting.

use std::borrow::Cow;

use regex::bytes::{Regex, RegexBuilder};
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_config::Complaint;

/// Memory that one compiled pattern may take, in bytes: that of conditions.
const PATTERN_BYTES_MAX: usize = 4 << 20;

/// What is said of an expression that is none.
pub const MALFORMED: &str = "the regular expression is not well-formed";

/// A regular expression over bytes that takes time in proportion to the text.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub struct Pattern(pub Regex);

/// Compiles an expression with the limit of all components.
///
/// # Errors
/// When it is not well-formed, or takes too much memory.
pub fn compile(text: &str) -> Result<Regex, Complaint> {
    RegexBuilder::new(text).size_limit(PATTERN_BYTES_MAX).build().map_err(|error| match &error {
        regex::Error::CompiledTooBig(limit) => {
            Complaint::new(format!("the regular expression takes more than {limit} bytes"))
                .help("use smaller repetition counts, or `(?-u)` if only ASCII matters")
        }
        error => {
            let message = error.to_string();
            let reason = message.lines().last().unwrap_or_default().trim();
            Complaint::new(MALFORMED)
                .label(reason.trim_start_matches("error: "))
                .help("look-around and back-references are not known")
        }
    })
}

/// Whether a character begins before `at` and ends behind it: an expression over bytes finds the
/// empty text there as well.
#[must_use]
pub fn is_inside_character(text: &[u8], at: usize) -> bool {
    text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80)
}

impl TryFrom<String> for Pattern {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        compile(&text).map(Self)
    }
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "Pattern".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "pattern", "examples": ["[,;] *"] })
    }
}
