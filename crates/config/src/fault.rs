//! What goes wrong while serde reads a value, kept in parts instead of in a sentence.
//!
//! `report` makes the sentences, because they need to know the component around the value.

use std::fmt;

use serde::de::{self, Expected, Unexpected};

use crate::at::{Span, part_of};
use crate::complaint::Complaint;
use crate::conceal::conceal;
use crate::node::{Node, NodeId};

/// One fault, at the innermost value that has it.
#[derive(Debug)]
pub(crate) struct Fault {
    parts: Box<Parts>,
}

#[derive(Debug)]
struct Parts {
    what: What,
    place: Option<Place>,
    /// Keys from the component's table to the value, innermost first.
    keys: Vec<String>,
    /// Whether the value is an item of a list rather than the value of the innermost key.
    in_list: bool,
}

#[derive(Debug)]
pub(crate) enum What {
    /// A type's own words.
    Complaint(Complaint),
    /// A value of another kind than the setting takes.
    WrongKind { given: String, expected: String },
    /// A key the table does not have.
    UnknownSetting { known: &'static [&'static str] },
    /// A word that is none of the possible ones.
    UnknownChoice { given: String, known: &'static [&'static str] },
    /// A key the table must have.
    Missing { setting: &'static str },
}

#[derive(Debug, Clone, Copy)]
struct Place {
    culprit: NodeId,
    span: Span,
    /// The fault follows from a value that was left out because of an earlier fault.
    is_echo: bool,
}

impl Fault {
    pub(crate) fn new(what: What) -> Self {
        Self { parts: Box::new(Parts { what, place: None, keys: Vec::new(), in_list: false }) }
    }

    pub(crate) fn wrong_kind(given: &str, expected: &dyn Expected) -> Self {
        let expected = in_user_words(&expected.to_string());
        Self::new(What::WrongKind { given: given.to_owned(), expected })
    }

    pub(crate) fn what(&self) -> &What {
        &self.parts.what
    }

    pub(crate) fn span(&self) -> Option<Span> {
        self.parts.place.map(|place| place.span)
    }

    pub(crate) fn culprit(&self) -> Option<NodeId> {
        self.parts.place.map(|place| place.culprit)
    }

    pub(crate) fn is_echo(&self) -> bool {
        self.parts.place.is_some_and(|place| place.is_echo)
    }

    pub(crate) fn in_list(&self) -> bool {
        self.parts.in_list
    }

    /// The keys from the component's table down to the value.
    pub(crate) fn keys(&self) -> Vec<&str> {
        self.parts.keys.iter().rev().map(String::as_str).collect()
    }

    /// Puts the fault on a value unless an inner one has it already.
    ///
    /// `expanded` is what the value's text became through `${…}`; it must not be shown.
    pub(crate) fn at_node(
        mut self,
        node: &Node,
        expanded: Option<&str>,
        is_left_out: impl Fn(NodeId) -> bool,
    ) -> Self {
        if self.parts.place.is_some() {
            return self;
        }
        let mut span = node.span;
        if let crate::node::Value::Text { text, verbatim_at } = &node.value {
            match expanded {
                Some(expanded) => self.conceal(text, expanded),
                None => {
                    if let What::Complaint(complaint) = &self.parts.what {
                        let part = complaint.part_span();
                        span = part_of(Some(span), *verbatim_at, part).unwrap_or(span);
                    }
                }
            }
        }
        let is_echo = match &self.parts.what {
            What::Missing { setting } => {
                node.entry(setting).is_some_and(|entry| is_left_out(entry.node.id))
            }
            _ => any_left_out(node, &is_left_out),
        };
        self.parts.place = Some(Place { culprit: node.id, span, is_echo });
        self
    }

    /// Puts the fault on a key. Leaving out its value leaves out the key.
    pub(crate) fn at_key(mut self, key: &str, span: Span, culprit: NodeId) -> Self {
        self.parts.place = Some(Place { culprit, span, is_echo: false });
        if matches!(self.parts.what, What::UnknownSetting { .. }) {
            return self.below(key);
        }
        self
    }

    /// Notes the key on the way out of a table.
    pub(crate) fn below(mut self, key: &str) -> Self {
        self.parts.keys.push(key.to_owned());
        self
    }

    /// Notes the way out of a list.
    pub(crate) fn within_list(mut self) -> Self {
        self.parts.in_list |= self.parts.keys.is_empty();
        self
    }

    fn conceal(&mut self, written: &str, expanded: &str) {
        let hide = |text: &str| conceal(text, written, expanded);
        let what = std::mem::replace(&mut self.parts.what, What::Missing { setting: "" });
        self.parts.what = match what {
            What::Complaint(complaint) => What::Complaint(complaint.map_texts(hide)),
            What::UnknownChoice { given, known } => {
                let given = if given == expanded { written.to_owned() } else { given };
                What::UnknownChoice { given, known }
            }
            What::WrongKind { given, expected } => {
                What::WrongKind { given: hide(&given), expected }
            }
            other @ (What::UnknownSetting { .. } | What::Missing { .. }) => other,
        };
    }
}

fn any_left_out(node: &Node, is_left_out: &impl Fn(NodeId) -> bool) -> bool {
    node.children().any(|child| is_left_out(child.id) || any_left_out(child, is_left_out))
}

/// Serde's and Rust's words for what a value should be, in the operator's words. What a type of
/// ours says passes unchanged.
fn in_user_words(expected: &str) -> String {
    let words = match expected {
        "a string" | "string" | "a borrowed string" | "str" => "text in quotes",
        "a boolean" | "bool" => "`true` or `false`",
        "f32" | "f64" => "a number",
        "a character" => "one character in quotes",
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" | "u64" | "u128" | "usize" => "a whole number from 0",
        "i8" | "i16" | "i32" | "i64" | "i128" | "isize" => "a whole number",
        "a sequence" => "a list in brackets",
        "a map" => "a table",
        "a nonzero u8" | "a nonzero u16" | "a nonzero u32" | "a nonzero u64"
        | "a nonzero usize" => "a whole number from 1",
        _ if expected.starts_with("struct ") => "a table",
        _ if expected.starts_with("tuple") || expected.starts_with("a tuple") => {
            "a list in brackets"
        }
        _ if expected.starts_with("an array of length ") => "a list in brackets",
        other => other,
    };
    words.to_owned()
}

impl de::Error for Fault {
    /// The alternate form keeps the parts of a [`Complaint`] apart.
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::new(What::Complaint(Complaint::restore(&format!("{message:#}"))))
    }

    fn invalid_type(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let given = match given {
            Unexpected::Bool(true) => "`true`",
            Unexpected::Bool(false) => "`false`",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => "a number",
            Unexpected::Char(_) | Unexpected::Str(_) => "text",
            Unexpected::Seq => "a list",
            Unexpected::Map => "a table",
            _ => "something else",
        };
        Self::wrong_kind(given, expected)
    }

    fn invalid_value(given: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let given = match given {
            Unexpected::Bool(value) => value.to_string(),
            Unexpected::Unsigned(value) => value.to_string(),
            Unexpected::Signed(value) => value.to_string(),
            Unexpected::Float(value) => value.to_string(),
            Unexpected::Char(value) => format!("`{value}`"),
            Unexpected::Str(value) => format!("`{value}`"),
            _ => "something else".to_owned(),
        };
        Self::wrong_kind(&given, expected)
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        let entries = if length == 1 { "entry" } else { "entries" };
        let words = expected.to_string();
        let count: String = words.chars().filter(char::is_ascii_digit).collect();
        let expected =
            if count.is_empty() { in_user_words(&words) } else { format!("exactly {count}") };
        Self::new(What::WrongKind { given: format!("a list of {length} {entries}"), expected })
    }

    fn unknown_variant(given: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownChoice { given: given.to_owned(), known })
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        Self::new(What::UnknownSetting { known })
    }

    fn missing_field(setting: &'static str) -> Self {
        Self::new(What::Missing { setting })
    }
}

/// Only for serde, which wants every error to be one; operators see a diagnostic instead.
impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.parts.what {
            What::Complaint(complaint) => complaint.fmt(formatter),
            What::WrongKind { given, expected } => {
                write!(formatter, "{given} where {expected} is expected")
            }
            What::UnknownSetting { .. } => formatter.write_str("there is no such setting"),
            What::UnknownChoice { given, .. } => write!(formatter, "`{given}` is no choice"),
            What::Missing { setting } => write!(formatter, "`{setting}` is not set"),
        }
    }
}

impl std::error::Error for Fault {}
