//! What is wrong with a template, and where in its text.

use std::ops::Range;

use weir_config::Complaint;

/// Why the text of a template is refused, in the operator's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{title}: {label}; {help}")]
pub struct TemplateError {
    /// The bytes of the text that are wrong; always on character boundaries.
    pub range: Range<usize>,
    /// What is wrong.
    pub title: String,
    /// Why, in a few words that stand under the range.
    pub label: String,
    /// What to do.
    pub help: String,
}

impl TemplateError {
    pub(super) fn new(
        range: Range<usize>,
        title: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { range, title: title.into(), label: label.into(), help: help.into() }
    }
}

impl From<TemplateError> for Complaint {
    fn from(error: TemplateError) -> Self {
        Self::new(error.title).label(error.label).help(error.help).part(error.range)
    }
}
