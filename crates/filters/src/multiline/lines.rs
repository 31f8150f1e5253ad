//! Where events begin and end among lines.

use std::cell::RefCell;

use weir_component::{JoinLimits, Joiner};
use weir_config::{At, Diagnostic};
use weir_grok::{Definitions, Family, Pattern, Scratch};

/// What the settings say about lines.
#[derive(Debug)]
pub(crate) struct Lines {
    shape: Shape,
    end: Option<LinePattern>,
    limits: JoinLimits,
    tag: Option<String>,
}

/// Which lines belong together.
#[derive(Debug)]
pub(super) enum Shape {
    /// Lines of which this holds (or does not) belong to the line before.
    After(LinePattern, bool),
    /// Lines of which this holds (or does not) belong to the line behind.
    Before(LinePattern, bool),
    /// Lines of which this holds (or does not) belong together, all others stand alone.
    While(LinePattern, bool),
    /// So many lines are one event.
    Count(usize),
    /// All, up to an end.
    Open,
}

impl Shape {
    pub(super) fn after(pattern: LinePattern, negate: bool) -> Self {
        Self::After(pattern, !negate)
    }

    pub(super) fn before(pattern: LinePattern, negate: bool) -> Self {
        Self::Before(pattern, !negate)
    }

    pub(super) fn alike(pattern: LinePattern, negate: bool) -> Self {
        Self::While(pattern, !negate)
    }
}

impl Lines {
    pub(super) fn new(
        shape: Shape,
        end: Option<LinePattern>,
        limits: JoinLimits,
        tag: Option<String>,
    ) -> Self {
        Self { shape, end, limits, tag }
    }
}

impl Joiner for Lines {
    fn begins(&self, line: &[u8]) -> bool {
        match &self.shape {
            Shape::After(pattern, belongs) | Shape::While(pattern, belongs) => {
                pattern.is_match(line) != *belongs
            }
            Shape::Before(..) | Shape::Count(_) | Shape::Open => false,
        }
    }

    fn ends(&self, line: &[u8], nth: usize) -> bool {
        let by_shape = match &self.shape {
            Shape::Before(pattern, goes_on) | Shape::While(pattern, goes_on) => {
                pattern.is_match(line) != *goes_on
            }
            Shape::Count(count) => nth >= *count,
            Shape::After(..) | Shape::Open => false,
        };
        by_shape || self.end.as_ref().is_some_and(|end| end.is_match(line))
    }

    fn limits(&self) -> JoinLimits {
        self.limits
    }

    fn tag(&self) -> Option<&str> {
        self.tag.as_deref()
    }
}

/// A pattern for a line: a regular expression, or a grok pattern where it has references or what
/// the quicker engine lacks.
#[derive(Debug)]
pub(super) enum LinePattern {
    Regex(Box<regex::bytes::Regex>),
    Grok(Box<Pattern>),
}

impl From<regex::bytes::Regex> for LinePattern {
    fn from(regex: regex::bytes::Regex) -> Self {
        Self::Regex(Box::new(regex))
    }
}

/// Compiles a pattern of the configuration.
pub(super) fn line_pattern(text: &At<String>) -> Result<LinePattern, Diagnostic> {
    if !text.contains("%{")
        && let Ok(regex) = regex::bytes::Regex::new(text)
    {
        return Ok(regex.into());
    }
    let definitions = Definitions::stock(Family::EcsV1);
    let pattern = Pattern::compile(text, &definitions).map_err(|wrong| {
        let help = "`weir help grok` says how patterns are written";
        Diagnostic::error(wrong.to_string()).at(text, "").help(help)
    })?;
    Ok(LinePattern::Grok(Box::new(pattern)))
}

thread_local! {
    static SCRATCH: RefCell<Scratch> = RefCell::new(Scratch::new());
}

impl LinePattern {
    /// Whether it matches anywhere in the line. One that would take long out of proportion does
    /// not: the line then belongs where lines belong that do not match.
    fn is_match(&self, line: &[u8]) -> bool {
        match self {
            Self::Regex(regex) => regex.is_match(line),
            Self::Grok(pattern) => {
                SCRATCH.with_borrow_mut(|scratch| pattern.matches(line, scratch).unwrap_or(false))
            }
        }
    }
}
