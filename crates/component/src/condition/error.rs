//! What is wrong with a condition, and where in its text.

use std::ops::Range;

use weir_config::Complaint;

/// Why the text of a condition or an expression is refused, in the operator's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{title}: {label}; {help}")]
pub struct ConditionError {
    /// The bytes of the text that are wrong; always on character boundaries. Empty at the end of
    /// the text when something is missing there.
    pub range: Range<usize>,
    /// What is wrong.
    pub title: String,
    /// Why, in a few words that stand under the range.
    pub label: String,
    /// What to do.
    pub help: String,
}

impl ConditionError {
    pub(super) fn new(
        range: &Range<usize>,
        title: impl Into<String>,
        label: impl Into<String>,
        help: impl Into<String>,
    ) -> Self {
        Self { range: range.clone(), title: title.into(), label: label.into(), help: help.into() }
    }
}

impl From<ConditionError> for Complaint {
    fn from(error: ConditionError) -> Self {
        Self::new(error.title).label(error.label).help(error.help).part(error.range)
    }
}
