//! The language of `when`: a condition over the fields of an event, checked when it is loaded.
//!
//! ```text
//! http.response.status_code >= 500 and not (source.ip in cidr("10.0.0.0/8"))
//! ```
//!
//! What can be known without an event is decided at load: kinds that clash, patterns, networks,
//! argument counts. After that nothing fails. The rules of evaluation:
//!
//! * A missing field is null. Null equals nothing, so `field == 5` is false and `field != 5` true;
//!   only the written `null` asks for it: `field == null`, `field in [null, 0]`. `!=` is always the
//!   opposite of `==`. Arithmetic with null, with text that is no number, or by zero gives null.
//! * A field alone holds when it is there and neither `false` nor the text `false`.
//! * Text that writes a number compares as that number when the other side is one, since parsed
//!   logs hold text: `status >= 500` works for `"503"`. Two texts compare byte by byte, so two such
//!   fields need `int(a) < int(b)`. The texts `true` and `false` equal the truth values, and text
//!   that writes an instant compares with times.
//! * A list compares, matches or is `in` something when one of its items does.
//! * In text the escapes are `\n \t \r \\ \" \'`; in a regular expression backslashes are its own.
//!
//! Deliberately absent: the current time, assignments and loops. Evaluating allocates only where
//! text is changed (`lower`, `upper`, `text`) or a time is looked at as text.

mod calls;
mod check;
mod cidr;
mod convert;
mod error;
mod eval;
mod evaluated;
mod expression;
mod instant;
mod lexer;
mod literal;
mod members;
mod node;
mod number;
mod parser;
mod syntax;
#[cfg(test)]
mod tests;

use std::collections::HashSet;
use std::fmt;
use std::ops::Range;

use weir_event::{EventRef, Key};

pub use self::cidr::{Misspelling, Network, Networks, address};
pub use self::error::ConditionError;
pub use self::evaluated::Evaluated;
pub use self::expression::Expression;

use self::check::Checker;
use self::node::Node;

/// A field that a condition or an expression reads, and where it says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldUse {
    /// The field.
    pub key: Key,
    /// The bytes of the text that name it; for `has_tag` the function's name.
    pub range: Range<usize>,
}

/// A checked condition, as in `when`. Two are equal when they are written the same.
#[derive(Clone)]
pub struct Condition {
    text: Box<str>,
    node: Node,
    reads: Box<[FieldUse]>,
}

impl Condition {
    /// Reads and checks a condition of at most 16 KiB, nested at most 64 levels deep.
    pub fn parse(text: &str) -> Result<Self, ConditionError> {
        let syntax = parser::parse(text)?;
        let mut checker = Checker::default();
        let node = checker.condition(&syntax)?;
        Ok(Self { text: text.into(), node, reads: checker.reads.into_boxed_slice() })
    }

    /// Whether it holds for the event.
    #[must_use]
    pub fn holds(&self, event: EventRef<'_>) -> bool {
        self.node.holds(event)
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

fn distinct(reads: &[FieldUse]) -> impl Iterator<Item = Key> {
    let mut seen = HashSet::new();
    reads.iter().map(|read| read.key).filter(move |key| seen.insert(*key))
}

impl fmt::Debug for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Condition({:?})", self.text)
    }
}

impl fmt::Display for Condition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq for Condition {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Condition {}
