//! A condition as written: a tree with places. [`super::check`] gives it a meaning.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;

/// A part of a condition and its place.
#[derive(Debug)]
pub(super) struct Syntax<'t> {
    pub(super) kind: Kind<'t>,
    pub(super) range: Range<usize>,
}

/// What a part of a condition is.
#[derive(Debug)]
pub(super) enum Kind<'t> {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    /// With its quotes and escapes.
    Text(&'t str),
    Field(Cow<'t, str>),
    List(Vec<Syntax<'t>>),
    Call {
        name: &'t str,
        name_range: Range<usize>,
        arguments: Vec<Syntax<'t>>,
    },
    Not(Box<Syntax<'t>>),
    All(Vec<Syntax<'t>>),
    Any(Vec<Syntax<'t>>),
    Compare(Comparison, Box<[Syntax<'t>; 2]>),
    /// Whether the first is in the second.
    In(Box<[Syntax<'t>; 2]>),
    /// From left to right, all of one precedence.
    Arithmetic(Box<Syntax<'t>>, Vec<(Operator, Syntax<'t>)>),
    Negative(Box<Syntax<'t>>),
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    pub(super) fn written(symbol: &str) -> Option<Self> {
        Some(match symbol {
            "==" => Self::Equal,
            "!=" => Self::Unequal,
            "<" => Self::Less,
            "<=" => Self::AtMost,
            ">" => Self::Greater,
            ">=" => Self::AtLeast,
            _ => return None,
        })
    }

    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Equal => "==",
            Self::Unequal => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
        }
    }
}

/// How two numbers are combined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Plus,
    Minus,
    Times,
    Over,
    Rest,
}

impl Operator {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Plus => "+",
            Self::Minus => "-",
            Self::Times => "*",
            Self::Over => "/",
            Self::Rest => "%",
        }
    }
}

/// Writes it with all parentheses, so that reading it again gives the same tree.
impl fmt::Display for Syntax<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            Kind::Null => f.write_str("null"),
            Kind::Bool(it) => write!(f, "{it}"),
            Kind::Int(it) => write!(f, "{it}"),
            Kind::Float(it) => write!(f, "{it:?}"),
            Kind::Text(quoted) => f.write_str(quoted),
            Kind::Field(name) if name.contains('`') => write!(f, "[{name}]"),
            Kind::Field(name) => write!(f, "`{name}`"),
            Kind::List(items) => {
                f.write_str("[")?;
                joined(f, items, ", ")?;
                f.write_str("]")
            }
            Kind::Call { name, arguments, .. } => {
                write!(f, "{name}(")?;
                joined(f, arguments, ", ")?;
                f.write_str(")")
            }
            Kind::Not(inner) => write!(f, "(not {inner})"),
            Kind::All(parts) => chain(f, parts, " and "),
            Kind::Any(parts) => chain(f, parts, " or "),
            Kind::Compare(how, sides) => {
                write!(f, "({} {} {})", sides[0], how.symbol(), sides[1])
            }
            Kind::In(sides) => write!(f, "({} in {})", sides[0], sides[1]),
            Kind::Arithmetic(first, rest) => {
                write!(f, "({first}")?;
                for (operator, operand) in rest {
                    write!(f, " {} {operand}", operator.symbol())?;
                }
                f.write_str(")")
            }
            Kind::Negative(inner) => write!(f, "-({inner})"),
        }
    }
}

fn chain(f: &mut fmt::Formatter<'_>, parts: &[Syntax<'_>], between: &str) -> fmt::Result {
    f.write_str("(")?;
    joined(f, parts, between)?;
    f.write_str(")")
}

fn joined(f: &mut fmt::Formatter<'_>, parts: &[Syntax<'_>], between: &str) -> fmt::Result {
    for (i, part) in parts.iter().enumerate() {
        if i > 0 {
            f.write_str(between)?;
        }
        write!(f, "{part}")?;
    }
    Ok(())
}
