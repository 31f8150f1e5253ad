//! A condition ready to be evaluated: names are keys, patterns are compiled, lists are sorted.

use regex::bytes::Regex;
use weir_event::{Key, Timestamp};

use super::cidr::Networks;
use super::members::Members;
use super::number::Number;
use super::syntax::{Comparison, Operator};

/// A part of a checked condition.
#[derive(Clone, Debug)]
pub(super) enum Node {
    Literal(Literal),
    /// Text that was compared with a time.
    Instant(Timestamp),
    Field(Key),
    Not(Box<Self>),
    All(Box<[Self]>),
    Any(Box<[Self]>),
    Compare(Comparison, Box<[Self; 2]>),
    IsNull(Box<Self>),
    Among(Box<Self>, Box<Members>),
    Networked(Box<Self>, Networks),
    /// Whether the first is an item of the second, or a part of it when that is text.
    Within(Box<[Self; 2]>),
    Matches(Box<Self>, Regex),
    StartsWith(Box<Self>, Box<[u8]>),
    EndsWith(Box<Self>, Box<[u8]>),
    Exists(Key),
    HasTag(Box<[u8]>),
    Is(Nature, Box<Self>),
    Arithmetic(Box<Self>, Box<[(Operator, Self)]>),
    Negative(Box<Self>),
    Convert(Conversion, Box<Self>),
}

/// A value as written.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Number(Number),
    Text(Box<[u8]>),
}

/// A function from one value to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conversion {
    Lower,
    Upper,
    Length,
    Int,
    Float,
    Text,
}

/// What a value can be asked to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Nature {
    Text,
    Number,
    Bool,
    Time,
    List,
    Null,
    Ip,
}

/// What is known about a value before there is an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Type {
    /// A field: whatever the event holds.
    Unknown,
    Null,
    Bool,
    Number,
    Text,
    Time,
}

impl Type {
    pub(super) fn in_words(self) -> &'static str {
        match self {
            Self::Unknown => "a field",
            Self::Null => "`null`",
            Self::Bool => "true or false",
            Self::Number => "a number",
            Self::Text => "text",
            Self::Time => "a time",
        }
    }

    /// Whether the two can never be equal.
    pub(super) fn clashes(self, other: Self) -> bool {
        self != other && self != Self::Unknown && other != Self::Unknown
    }
}
