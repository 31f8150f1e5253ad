//! An expression that gives a value: what `set` writes into a field.

use std::fmt;
use std::sync::Arc;

use weir_event::{Arena, EventMut, EventRef, Key, Value};

use super::check::Checker;
use super::evaluated::Evaluated;
use super::literal::literal;
use super::node::{Literal, Node};
use super::number::Number;
use super::syntax::Kind;
use super::{ConditionError, FieldUse, distinct, parser};

/// A checked expression of the language of conditions; at its outermost it may also be a list of
/// written values. Two are equal when they are written the same.
#[derive(Clone)]
pub struct Expression {
    text: Box<str>,
    content: Content,
    reads: Box<[FieldUse]>,
}

#[derive(Clone)]
enum Content {
    Single(Node),
    /// The values and their text, which is the expression's own.
    List(Arc<(Box<[Value]>, Arena)>),
}

impl Expression {
    /// Reads and checks an expression, with the limits of [`Condition::parse`].
    ///
    /// [`Condition::parse`]: super::Condition::parse
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let syntax = parser::parse(text)?;
        let mut checker = Checker::default();
        let content = match &syntax.kind {
            Kind::List(items) => {
                let mut arena = Arena::default();
                let values: Result<_, _> =
                    items.iter().map(|item| Ok(stored(literal(item)?, &mut arena))).collect();
                Content::List(Arc::new((values?, arena)))
            }
            _ => Content::Single(checker.value(&syntax)?.0),
        };
        Ok(Self { text: text.into(), content, reads: checker.reads.into_boxed_slice() })
    }

    /// Its value for the event.
    #[must_use]
    pub fn evaluate<'a>(&'a self, event: EventRef<'a>) -> Evaluated<'a> {
        match &self.content {
            Content::Single(node) => node.value(event),
            Content::List(list) => Evaluated::List(&list.0, &list.1),
        }
    }

    /// Its value, ready to be set in the same event; new text goes to the end of the batch's text.
    ///
    /// The text of a field is shared with that field, not copied. Null when there is no value.
    pub fn value(&self, event: &mut EventMut<'_>) -> Value {
        match &self.content {
            Content::List(list) => {
                let (items, arena) = &**list;
                Value::List(items.iter().map(|it| copied(it, arena, event.arena())).collect())
            }
            Content::Single(Node::Field(key)) => match event.as_ref().get(*key) {
                Some(value) => value.clone(),
                None => self.computed(event),
            },
            Content::Single(_) => self.computed(event),
        }
    }

    fn computed(&self, event: &mut EventMut<'_>) -> Value {
        match self.evaluate(event.as_ref()) {
            Evaluated::Null => Value::Null,
            Evaluated::Bool(it) => Value::Bool(it),
            Evaluated::Int(it) => Value::Int(it),
            Evaluated::Float(it) => Value::Float(it),
            Evaluated::Time(it) => Value::Time(it),
            // Only fields hold them, and their spans are the event's own.
            Evaluated::List(items, _) => Value::List(items.into()),
            Evaluated::Map(entries, _) => Value::Map(entries.into()),
            Evaluated::Number(text) => {
                let text = text.to_vec();
                Value::Number(event.arena().append(&text))
            }
            Evaluated::Text(text) => {
                let text = text.into_owned();
                Value::Text(event.arena().append(&text))
            }
        }
    }

    /// The fields it reads, each once, in the order of the text.
    pub fn fields(&self) -> impl Iterator<Item = Key> {
        distinct(&self.reads)
    }

    /// Every place where it reads a field.
    #[must_use]
    pub fn reads(&self) -> &[FieldUse] {
        &self.reads
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }
}

/// A written value whose text lies in `arena`.
fn stored(written: Literal, arena: &mut Arena) -> Value {
    match written {
        Literal::Null => Value::Null,
        Literal::Bool(it) => Value::Bool(it),
        Literal::Number(Number::Int(it)) => Value::Int(it),
        Literal::Number(Number::Float(it)) => Value::Float(it),
        Literal::Text(text) => Value::Text(arena.append(&text)),
    }
}

/// A written value whose text moves from one arena into another.
fn copied(value: &Value, from: &Arena, to: &mut Arena) -> Value {
    match value {
        Value::Text(span) => Value::Text(to.append(from.get(*span))),
        other => other.clone(),
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?})", self.text)
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Expression {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Expression {}
