//! A mistake and its place, as a value. How it is drawn is `render`'s business.

use std::fmt;

use crate::at::Span;
use crate::render::{Paint, render};
use crate::source::SourceFile;

/// Nobody reads more at once, and each drawing walks through its file.
const DRAWN_MAX: usize = 200;

/// How much a diagnostic matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The file can't be used.
    Error,
    /// The file can be used, but probably does not do what is wanted.
    Warning,
}

/// One mistake: what is wrong, where, why, and what to do.
///
/// A component makes one without knowing its file; [`Table::locate`](crate::Table::locate) adds it.
///
/// ```
/// use weir_config::{At, Diagnostic, Span};
///
/// let target = At::new("message", Span::new(31, 40));
/// let diagnostic = Diagnostic::error("`to` names the same field as `from-field`")
///     .at(&target, "the same field")
///     .help("remove the filter, or choose another name");
/// assert_eq!(diagnostic.title(), "`to` names the same field as `from-field`");
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    severity: Severity,
    title: String,
    source: Option<SourceFile>,
    labels: Vec<Label>,
    remarks: Vec<Remark>,
}

/// A marked range with a few words. The first one of a diagnostic's primary ones is its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Label {
    pub(crate) span: Span,
    pub(crate) text: String,
    pub(crate) primary: bool,
}

/// A line below the drawing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Remark {
    Note(String),
    Help(String),
}

impl Diagnostic {
    /// A mistake that makes the file unusable. The title is lower case without a full stop.
    pub fn error(title: impl Into<String>) -> Self {
        Self::new(Severity::Error, title.into())
    }

    /// Something the operator should know that does not stop the pipeline.
    pub fn warning(title: impl Into<String>) -> Self {
        Self::new(Severity::Warning, title.into())
    }

    fn new(severity: Severity, title: String) -> Self {
        Self { severity, title, source: None, labels: Vec::new(), remarks: Vec::new() }
    }

    /// Marks the place of the mistake: a [`Span`] or an [`At`](crate::At). An empty label marks
    /// it without words; a value that is written nowhere (a default) is left unmarked.
    #[must_use]
    pub fn at(self, place: impl Into<Option<Span>>, label: impl Into<String>) -> Self {
        self.marked(place.into(), label.into(), true)
    }

    /// Marks another place that helps to understand the first.
    #[must_use]
    pub fn also(self, place: impl Into<Option<Span>>, label: impl Into<String>) -> Self {
        self.marked(place.into(), label.into(), false)
    }

    fn marked(mut self, place: Option<Span>, text: String, primary: bool) -> Self {
        self.labels.extend(place.map(|span| Label { span, text, primary }));
        self
    }

    /// Adds a fact.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.remarks.push(Remark::Note(text.into()));
        self
    }

    /// Adds what to do.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.remarks.push(Remark::Help(text.into()));
        self
    }

    /// Says which file the spans point into. A file already set is kept.
    #[must_use]
    pub fn in_file(mut self, source: &SourceFile) -> Self {
        self.source.get_or_insert_with(|| source.clone());
        self
    }

    /// How much it matters.
    #[must_use]
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// What is wrong.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The path of the file, once known.
    #[must_use]
    pub fn path(&self) -> Option<&str> {
        self.source.as_ref().map(SourceFile::path)
    }

    /// The place of the mistake and its label.
    #[must_use]
    pub fn primary(&self) -> Option<(Span, &str)> {
        let label = self.labels.iter().find(|label| label.primary)?;
        Some((label.span, &label.text))
    }

    /// Line and column of the mistake, counted from 1, once the file is known.
    #[must_use]
    pub fn position(&self) -> Option<(usize, usize)> {
        Some(self.source.as_ref()?.position(self.primary()?.0.start))
    }

    /// What to do, one entry for each help line.
    pub fn helps(&self) -> impl Iterator<Item = &str> {
        self.remarks.iter().filter_map(|remark| match remark {
            Remark::Help(text) => Some(text.as_str()),
            Remark::Note(_) => None,
        })
    }

    /// Facts, one entry for each note line.
    pub fn notes(&self) -> impl Iterator<Item = &str> {
        self.remarks.iter().filter_map(|remark| match remark {
            Remark::Note(text) => Some(text.as_str()),
            Remark::Help(_) => None,
        })
    }

    /// Draws it, ending with a newline.
    #[must_use]
    pub fn render(&self, paint: Paint) -> String {
        render(self, paint)
    }

    pub(crate) fn source(&self) -> Option<&SourceFile> {
        self.source.as_ref()
    }

    pub(crate) fn labels(&self) -> &[Label] {
        &self.labels
    }

    pub(crate) fn remarks(&self) -> &[Remark] {
        &self.remarks
    }

    /// Rewrites every sentence; the spans stay.
    pub(crate) fn map_texts(mut self, change: impl Fn(&str) -> String) -> Self {
        self.title = change(&self.title);
        for label in &mut self.labels {
            label.text = change(&label.text);
        }
        for remark in &mut self.remarks {
            match remark {
                Remark::Note(text) | Remark::Help(text) => *text = change(text),
            }
        }
        self
    }

    /// What diagnostics are sorted by: the file, then the place in it.
    fn order(&self) -> (Option<&str>, Option<Span>, Severity) {
        (self.path(), self.primary().map(|(span, _)| span), self.severity)
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(Paint::Plain))
    }
}

impl std::error::Error for Diagnostic {}

/// All mistakes found together, in the order of files and of places in them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diagnostics {
    list: Vec<Diagnostic>,
}

impl Diagnostics {
    /// None yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { list: Vec::new() }
    }

    /// Adds one at its place in the order.
    pub fn push(&mut self, diagnostic: Diagnostic) {
        let index = self.list.partition_point(|other| other.order() <= diagnostic.order());
        self.list.insert(index, diagnostic);
    }

    /// Keeps the value of a success and takes over the mistakes of a failure.
    pub fn take<T, E>(&mut self, result: Result<T, E>) -> Option<T>
    where
        Self: From<E>,
    {
        match result {
            Ok(value) => Some(value),
            Err(error) => {
                self.extend(Self::from(error));
                None
            }
        }
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }

    /// Whether any of them makes the file unusable.
    #[must_use]
    pub fn has_errors(&self) -> bool {
        self.list.iter().any(|diagnostic| diagnostic.severity == Severity::Error)
    }

    /// `Ok(value)` unless there is any diagnostic.
    pub fn or_ok<T>(self, value: T) -> Result<T, Self> {
        if self.is_empty() { Ok(value) } else { Err(self) }
    }

    /// Each in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Diagnostic> {
        self.list.iter()
    }

    /// Draws the first 200 with an empty line between, ending with a newline, and says how many
    /// more there are.
    #[must_use]
    pub fn render(&self, paint: Paint) -> String {
        let drawn = self.list.iter().take(DRAWN_MAX).map(|diagnostic| diagnostic.render(paint));
        let mut drawings: Vec<String> = drawn.collect();
        if self.len() > DRAWN_MAX {
            drawings.push(format!("… and {} more\n", self.len() - DRAWN_MAX));
        }
        drawings.join("\n")
    }
}

impl From<Diagnostic> for Diagnostics {
    fn from(diagnostic: Diagnostic) -> Self {
        Self { list: vec![diagnostic] }
    }
}

impl Extend<Diagnostic> for Diagnostics {
    fn extend<I: IntoIterator<Item = Diagnostic>>(&mut self, diagnostics: I) {
        for diagnostic in diagnostics {
            self.push(diagnostic);
        }
    }
}

impl FromIterator<Diagnostic> for Diagnostics {
    fn from_iter<I: IntoIterator<Item = Diagnostic>>(diagnostics: I) -> Self {
        let mut all = Self::new();
        all.extend(diagnostics);
        all
    }
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl<'a> IntoIterator for &'a Diagnostics {
    type Item = &'a Diagnostic;
    type IntoIter = std::slice::Iter<'a, Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.render(Paint::Plain))
    }
}

impl std::error::Error for Diagnostics {}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(start: usize) -> Diagnostic {
        Diagnostic::error(format!("mistake {start}")).at(Span::new(start, start + 1), "")
    }

    #[test]
    fn mistakes_are_in_the_order_of_files_and_places() {
        let (a, b) = (SourceFile::new("a.toml", "12345"), SourceFile::new("b.toml", "12345"));
        let list = [at(3).in_file(&b), at(4).in_file(&a), at(1).in_file(&b), at(2).in_file(&a)];
        let all: Diagnostics = list.into_iter().collect();
        let places: Vec<_> = all.iter().map(|one| (one.path(), one.position())).collect();
        let wanted = [("a.toml", 3), ("a.toml", 5), ("b.toml", 2), ("b.toml", 4)];
        assert_eq!(places, wanted.map(|(path, column)| (Some(path), Some((1, column)))));
    }

    #[test]
    fn only_the_first_of_very_many_are_drawn() {
        let all: Diagnostics = (0..DRAWN_MAX + 7).map(at).collect();
        let drawing = all.render(Paint::Plain);
        assert_eq!(drawing.matches("mistake").count(), DRAWN_MAX);
        assert!(drawing.ends_with("\n… and 7 more\n"), "{drawing}");
    }

    #[test]
    fn a_default_marks_nothing_and_a_file_once_set_is_kept() {
        let unset: crate::At<u8> = 5.into();
        let (a, b) = (SourceFile::new("a.toml", ""), SourceFile::new("b.toml", ""));
        let diagnostic = Diagnostic::warning("odd").at(&unset, "here").in_file(&a).in_file(&b);
        assert_eq!((diagnostic.primary(), diagnostic.path()), (None, Some("a.toml")));
        assert!(!Diagnostics::from(diagnostic).has_errors());
    }
}
