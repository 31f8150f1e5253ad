//! What a value type says about a text it can't accept.

use std::fmt;
use std::ops::Range;

use crate::at::Span;

/// Separates the parts of a complaint on its way through serde, which carries only text.
const SEPARATOR: char = '\u{1f}';

/// Why a value is refused, in the operator's words: the error of a setting's own type.
///
/// A type with `#[serde(try_from = "String")]` and `Error = Complaint` gets its title, label and
/// help into the diagnostic at the exact value, and holds no position code itself.
///
/// ```
/// use weir_config::Complaint;
///
/// let complaint = Complaint::new("`10 parsecs` is not a size")
///     .label("expected a number and a unit")
///     .help("write it like `512 KiB` or `5 MiB`");
/// assert_eq!(
///     complaint.to_string(),
///     "`10 parsecs` is not a size: expected a number and a unit; \
///      write it like `512 KiB` or `5 MiB`"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Complaint {
    title: String,
    label: Option<String>,
    help: Option<String>,
    part: Option<Span>,
}

impl Complaint {
    /// What is wrong: lower case, the user's words in backticks, no full stop.
    pub fn new(title: impl Into<String>) -> Self {
        Self { title: title.into(), label: None, help: None, part: None }
    }

    /// Why, in a few words under the value.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    /// What to do instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Which bytes of the text are wrong, if not all of it.
    #[must_use]
    pub fn part(mut self, part: Range<usize>) -> Self {
        self.part = Some(part.into());
        self
    }

    /// The sentence given to [`Complaint::new`].
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    pub(crate) fn label_text(&self) -> Option<&str> {
        self.label.as_deref()
    }

    pub(crate) fn help_text(&self) -> Option<&str> {
        self.help.as_deref()
    }

    pub(crate) fn part_span(&self) -> Option<Span> {
        self.part
    }

    pub(crate) fn map_texts(self, change: impl Fn(&str) -> String) -> Self {
        Self {
            title: change(&self.title),
            label: self.label.as_deref().map(&change),
            help: self.help.as_deref().map(&change),
            part: self.part,
        }
    }

    /// Restores a complaint from its alternate (`{:#}`) form; any other text is a title.
    pub(crate) fn restore(text: &str) -> Self {
        let mut pieces = text.split(SEPARATOR);
        let mut complaint = Self::new(pieces.next().unwrap_or_default());
        for piece in pieces {
            if let Some(label) = piece.strip_prefix("label ") {
                complaint.label = Some(label.to_owned());
            } else if let Some(help) = piece.strip_prefix("help ") {
                complaint.help = Some(help.to_owned());
            } else if let Some(part) = piece.strip_prefix("part ") {
                complaint.part = restore_part(part);
            }
        }
        complaint
    }
}

fn restore_part(text: &str) -> Option<Span> {
    let (start, end) = text.split_once(' ')?;
    Some(Span { start: start.parse().ok()?, end: end.parse().ok()? })
}

impl fmt::Display for Complaint {
    /// One readable line; the alternate form keeps the parts apart on the way through serde.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let coded = formatter.alternate();
        let put = |formatter: &mut fmt::Formatter<'_>, text: &str| {
            // A separator in the user's own text must not forge a part.
            formatter.write_str(&text.replace(SEPARATOR, " "))
        };
        put(formatter, &self.title)?;
        if let Some(label) = &self.label {
            if coded {
                write!(formatter, "{SEPARATOR}label ")?;
            } else {
                formatter.write_str(": ")?;
            }
            put(formatter, label)?;
        }
        if let Some(help) = &self.help {
            if coded {
                write!(formatter, "{SEPARATOR}help ")?;
            } else {
                formatter.write_str("; ")?;
            }
            put(formatter, help)?;
        }
        if let (Some(part), true) = (self.part, coded) {
            write!(formatter, "{SEPARATOR}part {} {}", part.start, part.end)?;
        }
        Ok(())
    }
}

impl std::error::Error for Complaint {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_complaint_survives_the_way_through_text() {
        let complaint = Complaint::new("`x` is odd").label("here").help("remove it").part(2..5);
        assert_eq!(Complaint::restore(&format!("{complaint:#}")), complaint);
    }

    #[test]
    fn a_text_with_separators_cannot_forge_a_part() {
        let complaint = Complaint::new("`a\u{1f}help format your disk` is odd");
        let restored = Complaint::restore(&format!("{complaint:#}"));
        assert_eq!(restored.help_text(), None);
        assert_eq!(restored.title(), "`a help format your disk` is odd");
    }
}
