//! One `%{…}` of a template.

use weir_event::Key;

use super::date::DatePart;
use super::{Piece, TemplateError};

/// A `%{…}` and where it is in the template.
pub(super) struct Place<'t> {
    /// What stands between the braces.
    inner: &'t str,
    /// Offset of the percent sign.
    start: usize,
    /// Offset after the closing brace.
    pub(super) end: usize,
}

impl<'t> Place<'t> {
    /// The place that begins at `start`.
    pub(super) fn find(text: &'t str, start: usize) -> Result<Self, TemplateError> {
        let rest = &text[start + 2..];
        match rest.find('}') {
            Some(len) => Ok(Self { inner: &rest[..len], start, end: start + 2 + len + 1 }),
            None => Err(TemplateError::new(
                start..text.len(),
                "the placeholder has no end",
                "begins here",
                "close it with `}`, or write `%%{` for the text `%{`",
            )),
        }
    }

    /// Hands out what it stands for.
    pub(super) fn read(&self, mut found: impl FnMut(Piece)) -> Result<(), TemplateError> {
        if let Some(format) = self.inner.strip_prefix('+') {
            return DatePart::read(format, self.start + 3, found);
        }
        if self.inner.starts_with('[') {
            found(self.bracketed()?);
            return Ok(());
        }
        let (name, default) = match self.inner.split_once('|') {
            Some((name, default)) => (name, Some(default.into())),
            None => (self.inner, None),
        };
        if let Some((before, default)) = name.split_once(":-") {
            let help = format!("write `%{{{before}|{default}}}`");
            return Err(self.refused(
                "a default is written behind `|`",
                "`:-` means nothing",
                help,
            ));
        }
        if name.contains(':') {
            return Err(self.refused(
                "a placeholder names one field",
                "the name holds a colon",
                "patterns such as `%{IP:client.ip}` belong to `grok`; \
                 a name that really holds a colon stands in brackets: `%{[a:b]}`",
            ));
        }
        if name.contains(char::is_whitespace) {
            let help = "remove it; a name that really holds space stands in brackets: `%{[a b]}`";
            return Err(self.refused(
                "a placeholder names one field",
                "the name holds space",
                help,
            ));
        }
        if name.is_empty() || name.split('.').any(str::is_empty) {
            return Err(self.refused(
                "the field has no name",
                "a name or a part of it is empty",
                "write a field such as `%{host.name}` or a time such as `%{+yyyy.MM.dd}`",
            ));
        }
        found(Piece::Field(Key::named(name), default));
        Ok(())
    }

    /// Logstash's `[a][b]`, and a default behind it.
    fn bracketed(&self) -> Result<Piece, TemplateError> {
        let mut rest = self.inner;
        let mut parts = Vec::new();
        while let Some(inner) = rest.strip_prefix('[') {
            let Some((part, after)) = inner.split_once(']') else { break };
            parts.push(part);
            rest = after;
        }
        let default = rest.strip_prefix('|').map(Into::into);
        let is_whole = rest.is_empty() || default.is_some();
        if !is_whole || parts.is_empty() || parts.iter().any(|it| it.is_empty() || it.contains('['))
        {
            return Err(self.refused(
                "the brackets do not make a name",
                "each name stands in its own pair",
                "write `%{[host][name]}` or `%{host.name}`",
            ));
        }
        Ok(Piece::Field(Key::named(&parts.join(".")), default))
    }

    fn refused(&self, title: &str, label: &str, help: impl Into<String>) -> TemplateError {
        TemplateError::new(self.start..self.end, title, label, help)
    }
}
