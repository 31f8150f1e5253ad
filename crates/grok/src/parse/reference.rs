//! `%{NAME}`, `%{NAME:field}`, `%{NAME:field:int}` and `%{NAME:field=definition}`.

use std::sync::Arc;

use super::cursor::Cursor;
use super::{Parsed, Parser};
use crate::error::ErrorKind;
use crate::syntax::Node;

/// The text of every definition that one pattern may pull in, together.
const MAX_SOURCES: usize = 20_000;

impl Parser<'_> {
    /// Parses what follows `%`; `start` is where the `%` stands.
    pub(super) fn reference(&mut self, cursor: &mut Cursor<'_>, start: usize) -> Parsed<Node> {
        cursor.take('{');
        let name = cursor.take_while(256, |c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-'));
        let field = cursor
            .take(':')
            .then(|| cursor.take_while(1024, |c| !matches!(c, '}' | '=' | '{') && !c.is_control()));
        let inline = if cursor.take('=') { Some(definition(cursor, start)?) } else { None };
        if name.is_empty() || !cursor.take('}') {
            let text = cursor.text[start..].chars().take(24).collect();
            return Err(cursor.error_at(start, ErrorKind::Reference { text }));
        }
        let slot = match field {
            Some(field) => Some(self.slot(field).map_err(|kind| cursor.error_at(start, kind))?),
            None => None,
        };
        let node = self.expand(cursor, start, name, inline)?;
        Ok(match slot {
            Some(slot) => Node::Capture { slot, node: Box::new(node) },
            None => node,
        })
    }

    fn expand(
        &mut self,
        cursor: &Cursor<'_>,
        start: usize,
        name: &str,
        inline: Option<&str>,
    ) -> Parsed<Node> {
        let (text, token) = match (inline, self.definitions.get(name)) {
            (Some(text), _) => (Arc::from(text), None),
            (None, Some(found)) => (found.text.clone(), found.token),
            (None, None) => {
                let suggestion = self.definitions.nearest(name);
                let kind = ErrorKind::UnknownName { name: name.to_owned(), suggestion };
                return Err(cursor.error_at(start, kind));
            }
        };
        if inline.is_none() {
            self.check_recursion(cursor, start, name)?;
        }
        if self.sources.len() >= MAX_SOURCES {
            return Err(cursor.error_at(start, ErrorKind::TooLarge(MAX_SOURCES)));
        }
        self.sources.push(text.clone());
        let mut inner = Cursor {
            text: &text,
            at: 0,
            source: self.sources.len() - 1,
            origin: Some(cursor.origin.unwrap_or(start)),
            inside: Some(name),
        };
        self.expanding.push(Arc::from(name));
        let node = self.whole(&mut inner)?;
        self.expanding.pop();
        Ok(Node::Reference { token, node: Box::new(node) })
    }

    fn check_recursion(&self, cursor: &Cursor<'_>, start: usize, name: &str) -> Parsed<()> {
        let Some(first) = self.expanding.iter().position(|open| open.as_ref() == name) else {
            return Ok(());
        };
        let mut path = self.expanding[first..].join(" -> ");
        path.push_str(" -> ");
        path.push_str(name);
        let kind = ErrorKind::Recursion { name: name.to_owned(), path };
        Err(cursor.error_at(start, kind))
    }
}

/// The text after `=` up to the `}` that closes the reference.
fn definition<'t>(cursor: &mut Cursor<'t>, start: usize) -> Parsed<&'t str> {
    let begin = cursor.at;
    let mut depth = 0_usize;
    loop {
        match cursor.peek() {
            None => return Err(cursor.syntax_at(start, "the inline definition has no closing `}`")),
            Some('}') if depth == 0 => return Ok(&cursor.text[begin..cursor.at]),
            Some('}') => depth -= 1,
            Some('{') => depth += 1,
            Some('\\') => {
                cursor.next();
            }
            Some(_) => {}
        }
        cursor.next();
    }
}
