//! What can be wrong with a pattern, in the operator's words.

use thiserror::Error;

/// A pattern that cannot be compiled, with the place in the text that was given.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{kind}{}", inside.as_deref().map(|name| format!(" (in the definition of `{name}`)"))
    .unwrap_or_default())]
pub struct GrokError {
    /// What is wrong.
    pub kind: ErrorKind,
    /// Byte offset in the pattern text given to `Pattern::compile`. A mistake inside a definition
    /// points at the `%{NAME}` that brought it in.
    pub offset: usize,
    /// The definition that holds the mistake, when it is not in the pattern itself.
    pub inside: Option<String>,
}

/// The kinds of mistakes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ErrorKind {
    /// `%{NAME}` without a definition.
    #[error("no pattern is called `{name}`{}", suggestion.as_deref()
        .map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    UnknownName {
        /// The name as written.
        name: String,
        /// The nearest name there is.
        suggestion: Option<String>,
    },
    /// A definition that needs itself.
    #[error("`{name}` is defined in terms of itself: {path}")]
    Recursion {
        /// The name that closes the circle.
        name: String,
        /// `A -> B -> A`.
        path: String,
    },
    /// `%{` that is not a reference.
    #[error(
        "`{text}` is not a reference: write `%{{NAME}}`, `%{{NAME:field}}` or \
             `%{{NAME:field:int}}`, and `\\%{{` for a literal `%{{`"
    )]
    Reference {
        /// The start of what was found.
        text: String,
    },
    /// A field name that Logstash or we cannot address.
    #[error("`{name}` is not a field name: {reason}")]
    Field {
        /// The name as written.
        name: String,
        /// Why.
        reason: &'static str,
    },
    /// An unknown `:type`.
    #[error(
        "no conversion is called `{name}`; there are `int`, `long`, `float`, `double`, \
             `boolean` and `string`"
    )]
    Cast {
        /// The type as written.
        name: String,
    },
    /// A mistake in the regular expression.
    #[error("{0}")]
    Syntax(&'static str),
    /// A construct of Ruby's that is deliberately not supported.
    #[error("`{0}` is not supported")]
    Unsupported(String),
    /// The expansion is out of proportion.
    #[error("the pattern expands to more than {0} steps; split it into several patterns")]
    TooLarge(usize),
    /// The regular expression engine for look-around refused the pattern.
    #[error("the look-around engine refuses the pattern: {0}")]
    Engine(String),
}

/// A definition (`NAME pattern`) that cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("line {line}: {reason}")]
pub struct DefinitionError {
    /// 1-based line in the text; 1 for a single definition.
    pub line: usize,
    /// What is wrong.
    pub reason: String,
}

/// The line needs more work than a line is allowed; neither a match nor a mismatch is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error(
    "the line is too long or too ambiguous for this pattern; anchor the pattern with `^` or \
         replace `%{{GREEDYDATA}}` and look-around by something narrower"
)]
pub struct BudgetExceeded;
