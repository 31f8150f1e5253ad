//! Ruby's regular expression syntax with `%{…}` references, to a [`Tree`].
//!
//! References are expanded while parsing: each becomes a group of its own, as Logstash does it.
//! Recursion, depth and size are limited here, so later stages may recurse freely.

mod bracket;
mod cursor;
mod escape;
mod group;
mod quantifier;
mod reference;

use std::sync::Arc;

use crate::capture::Capture;
use crate::class;
use crate::definitions::Definitions;
use crate::error::{ErrorKind, GrokError};
use crate::syntax::{Assertion, Item, Node, Tree};
use cursor::Cursor;

/// Groups within groups, definitions within definitions.
const MAX_DEPTH: usize = 100;
/// Parts of a pattern after expansion.
const MAX_NODES: usize = 100_000;

#[derive(Debug, Clone, Copy)]
struct Flags {
    ignore_case: bool,
    dot_newline: bool,
    extended: bool,
}

impl Flags {
    /// Logstash compiles grok patterns with Ruby's `m` flag: `.` matches newlines too, so that
    /// `%{GREEDYDATA}` takes in the further lines of a message. `(?-m)` turns it off.
    const DEFAULT: Self = Self { ignore_case: false, dot_newline: true, extended: false };
}

/// What is shared between the pattern and the definitions it refers to.
struct Parser<'d> {
    definitions: &'d Definitions,
    captures: Vec<Capture>,
    sources: Vec<Arc<str>>,
    /// Names being expanded, outermost first.
    expanding: Vec<Arc<str>>,
    groups: usize,
    depth: usize,
    nodes: usize,
}

type Parsed<T> = Result<T, GrokError>;

/// Parses and expands `text`.
pub(crate) fn parse(text: &str, definitions: &Definitions) -> Parsed<Tree> {
    let text: Arc<str> = Arc::from(text);
    let mut parser = Parser {
        definitions,
        captures: Vec::new(),
        sources: vec![text.clone()],
        expanding: Vec::new(),
        groups: 0,
        depth: 0,
        nodes: 0,
    };
    let mut cursor = Cursor { text: &text, at: 0, source: 0, origin: None, inside: None };
    let root = parser.whole(&mut cursor)?;
    Ok(Tree { root, captures: parser.captures, sources: parser.sources })
}

impl Parser<'_> {
    /// A complete pattern or definition.
    fn whole(&mut self, cursor: &mut Cursor<'_>) -> Parsed<Node> {
        let node = self.alternatives(cursor, Flags::DEFAULT)?;
        match cursor.peek() {
            None => Ok(node),
            Some(_) => Err(cursor.syntax("a `)` has no `(`; write `\\)` for the character")),
        }
    }

    /// `a|b|c` up to `)` or the end.
    fn alternatives(&mut self, cursor: &mut Cursor<'_>, flags: Flags) -> Parsed<Node> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(cursor.syntax("groups and definitions are nested more than 100 deep"));
        }
        let mut nodes = vec![self.sequence(cursor, flags)?];
        while cursor.take('|') {
            nodes.push(self.sequence(cursor, flags)?);
        }
        self.depth -= 1;
        Ok(match nodes.len() {
            1 => nodes.swap_remove(0),
            _ => Node::Alternate(nodes),
        })
    }

    fn sequence(&mut self, cursor: &mut Cursor<'_>, flags: Flags) -> Parsed<Node> {
        let mut items: Vec<Item> = Vec::new();
        loop {
            if flags.extended {
                cursor.skip_extended();
            }
            let start = cursor.at;
            match cursor.peek() {
                None | Some('|' | ')') => break,
                Some(_) => {}
            }
            self.nodes += 1;
            if self.nodes > MAX_NODES {
                return Err(cursor.error(ErrorKind::TooLarge(MAX_NODES)));
            }
            let atom = self.atom(cursor, flags)?;
            let node = quantifier::apply(cursor, atom, flags)?;
            push_item(&mut items, Item { node, source: cursor.source, start, end: cursor.at });
        }
        Ok(match items.len() {
            0 => Node::Empty,
            _ => Node::Concat(items),
        })
    }

    fn atom(&mut self, cursor: &mut Cursor<'_>, flags: Flags) -> Parsed<Node> {
        let start = cursor.at;
        let Some(c) = cursor.next() else { return Ok(Node::Empty) };
        match c {
            '(' => self.group(cursor, flags),
            '[' => bracket::bracket(cursor, flags.ignore_case).map(Node::Class),
            '.' => Ok(Node::Class(class::dot(flags.dot_newline))),
            '^' => Ok(Node::Assert(Assertion::LineStart)),
            '$' => Ok(Node::Assert(Assertion::LineEnd)),
            '\\' => escape::outside(self, cursor, flags),
            '%' if cursor.peek() == Some('{') => self.reference(cursor, start),
            '*' | '+' | '?' => {
                Err(cursor.syntax_at(start, "there is nothing to repeat before `*`, `+` or `?`"))
            }
            _ => Ok(literal(c, flags)),
        }
    }
}

/// One character, or its variants when case does not matter.
fn literal(c: char, flags: Flags) -> Node {
    if flags.ignore_case {
        let folded = class::case_folded(class::single(c));
        if folded.ranges().len() > 1 {
            return Node::Class(folded);
        }
    }
    Node::Literal(c.to_string())
}

/// Appends an item; neighbouring literals of the same text become one.
fn push_item(items: &mut Vec<Item>, item: Item) {
    if let (Some(last), Node::Literal(more)) = (items.last_mut(), &item.node)
        && let Node::Literal(text) = &mut last.node
        && last.end == item.start
    {
        text.push_str(more);
        last.end = item.end;
        return;
    }
    if !matches!(item.node, Node::Empty) {
        items.push(item);
    }
}

#[cfg(test)]
mod tests;
