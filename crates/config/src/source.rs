//! The text of one file, shared by everything that points into it.

use std::fmt;
use std::sync::Arc;

/// A configuration file that was read: its path as the operator knows it, and its text.
///
/// Cheap to clone. Its `Debug` form leaves the text out, because it may hold secrets.
#[derive(Clone, PartialEq, Eq)]
pub struct SourceFile {
    parts: Arc<(String, String)>,
}

impl SourceFile {
    /// Names a text. The path is only shown, never opened.
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Self {
        Self { parts: Arc::new((path.into(), text.into())) }
    }

    /// The path as given to [`SourceFile::new`].
    #[must_use]
    pub fn path(&self) -> &str {
        &self.parts.0
    }

    /// The whole text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.parts.1
    }

    /// Line and column of a byte position, both counted from 1; columns count characters.
    #[must_use]
    pub fn position(&self, offset: usize) -> (usize, usize) {
        let before = &self.text()[..self.text().floor_char_boundary(offset)];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = before.matches('\n').count() + 1;
        (line, before[line_start..].chars().count() + 1)
    }
}

impl fmt::Debug for SourceFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SourceFile({}, {} bytes)", self.path(), self.text().len())
    }
}
