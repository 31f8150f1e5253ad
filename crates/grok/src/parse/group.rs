//! `(…)` in all its forms.

use super::cursor::Cursor;
use super::{Flags, Parsed, Parser};
use crate::capture::{Capture, Cast, field_path};
use crate::error::ErrorKind;
use crate::syntax::{Look, Node};

impl Parser<'_> {
    /// Parses what follows `(`.
    pub(super) fn group(&mut self, cursor: &mut Cursor<'_>, flags: Flags) -> Parsed<Node> {
        let open = cursor.at - 1;
        if !cursor.take('?') {
            self.groups += 1;
            let number = self.groups;
            let node = Box::new(self.closed(cursor, flags, open)?);
            return Ok(Node::Group { number, node });
        }
        for (sign, behind, negated) in
            [("=", false, false), ("!", false, true), ("<=", true, false), ("<!", true, true)]
        {
            if cursor.take_str(sign) {
                let node = self.closed(cursor, flags, open)?;
                return Ok(Node::Look(Box::new(Look { behind, negated, node })));
            }
        }
        if cursor.take(':') {
            return self.closed(cursor, flags, open);
        }
        if cursor.take('>') {
            return Ok(Node::Atomic(Box::new(self.closed(cursor, flags, open)?)));
        }
        if cursor.take('#') {
            cursor.until(')').ok_or_else(|| unclosed(cursor, open))?;
            return Ok(Node::Empty);
        }
        for (sign, close) in [("<", '>'), ("P<", '>'), ("'", '\'')] {
            if cursor.take_str(sign) {
                return self.named(cursor, flags, open, close);
            }
        }
        self.with_flags(cursor, flags, open)
    }

    fn closed(&mut self, cursor: &mut Cursor<'_>, flags: Flags, open: usize) -> Parsed<Node> {
        let node = self.alternatives(cursor, flags)?;
        if cursor.take(')') { Ok(node) } else { Err(unclosed(cursor, open)) }
    }

    /// `(?<name>…)`, where the name may be `[a][b]` and may carry `:int`.
    fn named(
        &mut self,
        cursor: &mut Cursor<'_>,
        flags: Flags,
        open: usize,
        close: char,
    ) -> Parsed<Node> {
        let at = cursor.at;
        let name = cursor
            .until(close)
            .ok_or_else(|| cursor.syntax_at(open, "the name of the group has no end"))?;
        let slot = self.slot(name).map_err(|kind| cursor.error_at(at, kind))?;
        let node = Box::new(self.closed(cursor, flags, open)?);
        Ok(Node::Capture { slot, node })
    }

    /// A new capture slot for `name` or `name:type`.
    pub(super) fn slot(&mut self, name: &str) -> Result<usize, ErrorKind> {
        let (field, cast) = match name.split_once(':') {
            Some((field, cast)) => (field, Cast::parse(cast)?),
            None => (name, Cast::Text),
        };
        self.captures.push(Capture { name: field_path(field)?, cast });
        Ok(self.captures.len() - 1)
    }

    /// `(?i)`, `(?mx-i)` and `(?i:…)`. Without a colon the rest of the group is meant, further
    /// alternatives included.
    fn with_flags(
        &mut self,
        cursor: &mut Cursor<'_>,
        mut flags: Flags,
        open: usize,
    ) -> Parsed<Node> {
        let mut on = true;
        loop {
            match cursor.next() {
                Some('-') if on => on = false,
                Some('i') => flags.ignore_case = on,
                Some('m' | 's') => flags.dot_newline = on,
                Some('x') => flags.extended = on,
                Some(':') => return self.closed(cursor, flags, open),
                Some(')') => return self.alternatives(cursor, flags),
                None => return Err(unclosed(cursor, open)),
                Some(_) => {
                    let text = cursor.text[open..cursor.at].to_owned();
                    return Err(cursor.error_at(open, ErrorKind::Unsupported(text)));
                }
            }
        }
    }
}

fn unclosed(cursor: &Cursor<'_>, open: usize) -> crate::error::GrokError {
    cursor.syntax_at(open, "a `(` has no `)`; write `\\(` for the character")
}
