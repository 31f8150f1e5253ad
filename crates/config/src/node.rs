//! The tree of a parsed file: every value with its place, owned and without TOML's spelling.
//!
//! Our own tree rather than the parser's, because ours is owned, gives each value an identity
//! (so that a bad one can be left out in a second reading) and remembers whether a text stands
//! in the file as it is.

use toml::de::{DeTable, DeValue};

use crate::at::Span;
use crate::diagnostic::Diagnostic;

/// How deep tables and lists may be nested. Pipelines need about 6 (branches in branches).
const DEPTH_MAX: usize = 40;

/// Identifies a value within its document.
pub(crate) type NodeId = u32;

#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) id: NodeId,
    pub(crate) span: Span,
    pub(crate) value: Value,
}

#[derive(Clone)]
pub(crate) enum Value {
    Text { text: String, verbatim_at: Option<usize> },
    Integer(i128),
    Float(f64),
    Bool(bool),
    Date(String),
    List(Vec<Node>),
    Table(Vec<Entry>),
}

#[derive(Debug, Clone)]
pub(crate) struct Entry {
    pub(crate) key: String,
    pub(crate) key_span: Span,
    pub(crate) node: Node,
}

impl Node {
    pub(crate) fn entries(&self) -> &[Entry] {
        match &self.value {
            Value::Table(entries) => entries,
            _ => &[],
        }
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&Entry> {
        self.entries().iter().find(|entry| entry.key == key)
    }

    /// What the operator would call the value.
    pub(crate) fn kind(&self) -> &'static str {
        match self.value {
            Value::Text { .. } => "text",
            Value::Integer(_) | Value::Float(_) => "a number",
            Value::Bool(true) => "`true`",
            Value::Bool(false) => "`false`",
            Value::Date(_) => "a date without quotes",
            Value::List(_) => "a list",
            Value::Table(_) => "a table",
        }
    }

    pub(crate) fn children(&self) -> Box<dyn Iterator<Item = &Node> + '_> {
        match &self.value {
            Value::List(items) => Box::new(items.iter()),
            Value::Table(entries) => Box::new(entries.iter().map(|entry| &entry.node)),
            _ => Box::new(std::iter::empty()),
        }
    }
}

/// Completing a table by another one.
impl Node {
    /// The highest number given to a value of this tree.
    pub(crate) fn highest_id(&self) -> NodeId {
        self.children().map(Self::highest_id).fold(self.id, NodeId::max)
    }

    /// The tables in the list under a key.
    pub(crate) fn tables_below(&mut self, key: &str) -> impl Iterator<Item = &mut Self> {
        let entries = match &mut self.value {
            Value::Table(entries) => entries.as_mut_slice(),
            _ => &mut [],
        };
        let list = entries.iter_mut().find(|entry| entry.key == key);
        let items = match list.map(|entry| &mut entry.node.value) {
            Some(Value::List(items)) => items.as_mut_slice(),
            _ => &mut [],
        };
        items.iter_mut().filter(|item| matches!(item.value, Value::Table(_)))
    }

    /// Adds copies of the entries that this table does not have itself.
    pub(crate) fn complete<'e>(
        &mut self,
        entries: impl Iterator<Item = &'e Entry>,
        place: Span,
        next: &mut NodeId,
    ) {
        let Value::Table(own) = &mut self.value else { return };
        for entry in entries {
            if own.iter().all(|it| it.key != entry.key) {
                let mut entry = Entry { key_span: place, ..entry.clone() };
                entry.node.move_to(place, next);
                own.push(entry);
            }
        }
    }

    /// Gives a copied value numbers of its own, and the place at which it is shown.
    fn move_to(&mut self, place: Span, next: &mut NodeId) {
        (self.id, self.span) = (*next, place);
        *next += 1;
        match &mut self.value {
            Value::Text { verbatim_at, .. } => *verbatim_at = None,
            Value::List(items) => items.iter_mut().for_each(|item| item.move_to(place, next)),
            Value::Table(entries) => {
                for entry in entries {
                    entry.key_span = place;
                    entry.node.move_to(place, next);
                }
            }
            _ => {}
        }
    }
}

/// Texts may be secrets, so a tree shows only its shape.
impl std::fmt::Debug for Value {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Text { .. } => formatter.write_str("text"),
            Self::Integer(_) | Self::Float(_) => formatter.write_str("number"),
            Self::Bool(_) => formatter.write_str("bool"),
            Self::Date(_) => formatter.write_str("date"),
            Self::List(items) => formatter.debug_list().entries(items).finish(),
            Self::Table(entries) => formatter
                .debug_map()
                .entries(entries.iter().map(|entry| (&entry.key, &entry.node.value)))
                .finish(),
        }
    }
}

/// Copies the parser's tree. Fails on numbers beyond 128 bits and on absurd nesting.
pub(crate) fn plant(text: &str, table: &DeTable<'_>) -> Result<Node, Diagnostic> {
    let mut planter = Planter { text, next: 1 };
    let entries = planter.entries(table, 0)?;
    Ok(Node { id: 0, span: Span { start: 0, end: 0 }, value: Value::Table(entries) })
}

struct Planter<'t> {
    text: &'t str,
    next: NodeId,
}

impl Planter<'_> {
    fn entries(&mut self, table: &DeTable<'_>, depth: usize) -> Result<Vec<Entry>, Diagnostic> {
        let mut entries = Vec::with_capacity(table.len());
        for (key, value) in table {
            let key_span = self.inside(key.span().into());
            let node = self.node(value.get_ref(), self.inside(value.span().into()), depth + 1)?;
            entries.push(Entry { key: key.get_ref().clone().into_owned(), key_span, node });
        }
        Ok(entries)
    }

    fn node(&mut self, value: &DeValue<'_>, span: Span, depth: usize) -> Result<Node, Diagnostic> {
        if depth > DEPTH_MAX {
            return Err(Diagnostic::error("tables and lists are nested too deep here")
                .at(span, format!("more than {DEPTH_MAX} levels")));
        }
        let id = self.next;
        self.next += 1;
        let value = match value {
            DeValue::String(text) => {
                let verbatim_at = self.verbatim_at(text, span);
                Value::Text { text: text.clone().into_owned(), verbatim_at }
            }
            DeValue::Integer(number) => {
                let parsed = i128::from_str_radix(number.as_str(), number.radix());
                Value::Integer(parsed.map_err(|_| too_large(span))?)
            }
            DeValue::Float(number) => {
                Value::Float(number.as_str().parse().map_err(|_| too_large(span))?)
            }
            DeValue::Boolean(value) => Value::Bool(*value),
            DeValue::Datetime(date) => Value::Date(date.to_string()),
            DeValue::Array(items) => {
                let mut list = Vec::with_capacity(items.len());
                for item in items {
                    let span = self.inside(item.span().into());
                    list.push(self.node(item.get_ref(), span, depth + 1)?);
                }
                Value::List(list)
            }
            DeValue::Table(table) => Value::Table(self.entries(table, depth)?),
        };
        Ok(Node { id, span, value })
    }

    /// Where the characters of a text begin, if they stand between the quotes as they are.
    fn verbatim_at(&self, text: &str, span: Span) -> Option<usize> {
        let written = self.text.get(span.start..span.end)?;
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|q| written.starts_with(q))?;
        let inner = written.strip_prefix(quote)?.strip_suffix(quote)?;
        let first_newline = if quote.len() == 1 {
            ""
        } else {
            ["\r\n", "\n"].into_iter().find(|newline| inner.starts_with(newline)).unwrap_or("")
        };
        let content = inner.strip_prefix(first_newline)?;
        (content == text).then_some(span.start + quote.len() + first_newline.len())
    }

    /// A span that lies in the text on character boundaries whatever the parser said.
    fn inside(&self, span: Span) -> Span {
        let start = self.text.floor_char_boundary(span.start);
        Span { start, end: self.text.ceil_char_boundary(span.end.max(start)) }
    }
}

fn too_large(span: Span) -> Diagnostic {
    Diagnostic::error("this number is too large").at(span, "")
}
