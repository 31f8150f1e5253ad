//! A position in the text of a pattern or definition.

use crate::error::{ErrorKind, GrokError};

pub(super) struct Cursor<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    /// Index of the text in the tree's sources.
    pub(super) source: usize,
    /// Where in the user's pattern the definition was referred to.
    pub(super) origin: Option<usize>,
    /// The definition's name.
    pub(super) inside: Option<&'t str>,
}

impl<'t> Cursor<'t> {
    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    /// Skips `c` if it is next.
    pub(super) fn take(&mut self, c: char) -> bool {
        self.take_str(c.encode_utf8(&mut [0; 4]))
    }

    pub(super) fn take_str(&mut self, wanted: &str) -> bool {
        let found = self.rest().starts_with(wanted);
        if found {
            self.at += wanted.len();
        }
        found
    }

    /// The text up to `end`, which is skipped too.
    pub(super) fn until(&mut self, end: char) -> Option<&'t str> {
        let rest = self.rest();
        let length = rest.find(end)?;
        self.at += length + end.len_utf8();
        Some(&rest[..length])
    }

    /// Up to `most` characters that satisfy `wanted`.
    pub(super) fn take_while(&mut self, most: usize, wanted: impl Fn(char) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.chars().take(most).take_while(|c| wanted(*c)).map(char::len_utf8).sum();
        self.at += length;
        &rest[..length]
    }

    /// White space and `#` comments under the `x` flag.
    pub(super) fn skip_extended(&mut self) {
        loop {
            self.take_while(usize::MAX, char::is_whitespace);
            if !self.take('#') {
                return;
            }
            self.take_while(usize::MAX, |c| c != '\n');
        }
    }

    pub(super) fn error(&self, kind: ErrorKind) -> GrokError {
        self.error_at(self.at, kind)
    }

    pub(super) fn error_at(&self, at: usize, kind: ErrorKind) -> GrokError {
        GrokError {
            kind,
            offset: self.origin.unwrap_or(at),
            inside: self.inside.map(str::to_owned),
        }
    }

    pub(super) fn syntax(&self, what: &'static str) -> GrokError {
        self.error(ErrorKind::Syntax(what))
    }

    pub(super) fn syntax_at(&self, at: usize, what: &'static str) -> GrokError {
        self.error_at(at, ErrorKind::Syntax(what))
    }
}
