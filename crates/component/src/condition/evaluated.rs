//! The outcome of an expression, and how outcomes are seen as text and compared.

use std::borrow::Cow;
use std::cmp::Ordering;
use std::fmt::Display;
use std::io::Write as _;

use weir_event::{Arena, Span, Timestamp, Value, ValueRef};

use super::instant;
use super::number::Number;
use super::syntax::Comparison;

/// What an expression gives for an event. Borrows from the event or the expression; only text that
/// had to be changed is its own.
#[derive(Clone, Debug)]
pub enum Evaluated<'a> {
    /// No value: a missing field, a division by zero, text where a number was needed.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number with a fraction; never NaN nor infinite when it was computed here.
    Float(f64),
    /// A number kept as written; see [`Value::Number`].
    Number(&'a [u8]),
    /// Text.
    Text(Cow<'a, [u8]>),
    /// An instant.
    Time(Timestamp),
    /// Several values and the text they refer to.
    List(&'a [Value], &'a Arena),
    /// An object and the text it refers to.
    Map(&'a [(Span, Value)], &'a Arena),
}

impl<'a> From<ValueRef<'a>> for Evaluated<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Self::Null,
            ValueRef::Bool(it) => Self::Bool(it),
            ValueRef::Int(it) => Self::Int(it),
            ValueRef::Float(it) => Self::Float(it),
            ValueRef::Number(text) => Self::Number(text),
            ValueRef::Text(text) => Self::Text(Cow::Borrowed(text)),
            ValueRef::Time(it) => Self::Time(it),
            ValueRef::List(items, arena) => Self::List(items, arena),
            ValueRef::Map(entries, arena) => Self::Map(entries, arena),
        }
    }
}

impl From<Option<Number>> for Evaluated<'_> {
    fn from(number: Option<Number>) -> Self {
        match number {
            None => Self::Null,
            Some(Number::Int(it)) => Self::Int(it),
            Some(Number::Float(it)) => Self::Float(it),
        }
    }
}

impl Evaluated<'_> {
    /// The same value, as events hand theirs out.
    #[must_use]
    pub fn view(&self) -> ValueRef<'_> {
        match self {
            Self::Null => ValueRef::Null,
            Self::Bool(it) => ValueRef::Bool(*it),
            Self::Int(it) => ValueRef::Int(*it),
            Self::Float(it) => ValueRef::Float(*it),
            Self::Number(text) => ValueRef::Number(text),
            Self::Text(text) => ValueRef::Text(text),
            Self::Time(it) => ValueRef::Time(*it),
            Self::List(items, arena) => ValueRef::List(items, arena),
            Self::Map(entries, arena) => ValueRef::Map(entries, arena),
        }
    }

    /// Whether it counts as yes where a condition is needed: everything but nothing, `false` and
    /// the text `false`.
    pub(super) fn is_yes(&self) -> bool {
        match self {
            Self::Null => false,
            Self::Bool(it) => *it,
            Self::Text(text) => **text != *b"false",
            _ => true,
        }
    }

    /// Whether it fits, or, being a list, one of its items does.
    pub(super) fn any_item(&self, fits: impl Fn(&Evaluated<'_>) -> bool) -> bool {
        match self {
            Self::List(items, arena) => {
                items.iter().any(|item| fits(&ValueRef::new(item, arena).into()))
            }
            single => fits(single),
        }
    }

    /// As a number: numbers and text that writes one.
    pub(super) fn number(&self) -> Option<Number> {
        match self {
            Self::Int(it) => Some(Number::Int(*it)),
            Self::Float(it) => Number::finite(*it),
            Self::Number(text) => Number::parse(text),
            Self::Text(text) => Number::parse(text),
            _ => None,
        }
    }

    /// Shows it as text to `fits`; no for nothing, lists and objects.
    pub(super) fn text_fits(&self, fits: impl FnOnce(&[u8]) -> bool) -> bool {
        match self {
            Self::Text(text) => fits(text),
            Self::Number(text) => fits(text),
            Self::Bool(it) => fits(if *it { b"true" } else { b"false" }),
            Self::Int(it) => printed::<20>(it, fits),
            Self::Float(it) => printed::<352>(it, fits),
            Self::Time(time) => {
                let mut text = Vec::with_capacity(30);
                time.write(&mut text);
                fits(&text)
            }
            Self::Null | Self::List(..) | Self::Map(..) => false,
        }
    }

    /// Compares two values; a list when one of its items compares so.
    ///
    /// Values that do not compare (nothing, text with an unrelated number) are unequal.
    pub(super) fn compares(&self, how: Comparison, other: &Evaluated<'_>) -> bool {
        if how == Comparison::Unequal {
            return !self.compares(Comparison::Equal, other);
        }
        let fits = |a: &Evaluated<'_>, b: &Evaluated<'_>| match (a.order(b), how) {
            (None, _) | (_, Comparison::Unequal) => false,
            (Some(order), Comparison::Equal) => order.is_eq(),
            (Some(order), Comparison::Less) => order.is_lt(),
            (Some(order), Comparison::AtMost) => order.is_le(),
            (Some(order), Comparison::Greater) => order.is_gt(),
            (Some(order), Comparison::AtLeast) => order.is_ge(),
        };
        match other {
            Evaluated::List(..) if !matches!(self, Self::List(..)) => {
                other.any_item(|item| fits(self, item))
            }
            _ => self.any_item(|item| fits(item, other)),
        }
    }

    /// The order of two single values, if they have one.
    fn order(&self, other: &Evaluated<'_>) -> Option<Ordering> {
        match (self, other) {
            (Evaluated::Text(a), Evaluated::Text(b)) => Some(a.cmp(b)),
            (Evaluated::Time(a), Evaluated::Time(b)) => Some(a.cmp(b)),
            (Evaluated::Time(a), Evaluated::Text(b)) => Some(a.cmp(&instant::parse(b)?)),
            (Evaluated::Text(a), Evaluated::Time(b)) => Some(instant::parse(a)?.cmp(b)),
            // True and false have no order: the same, or not comparable.
            (Evaluated::Bool(a), Evaluated::Bool(b)) => (a == b).then_some(Ordering::Equal),
            (Evaluated::Bool(yes), Evaluated::Text(text))
            | (Evaluated::Text(text), Evaluated::Bool(yes)) => {
                let wanted: &[u8] = if *yes { b"true" } else { b"false" };
                (**text == *wanted).then_some(Ordering::Equal)
            }
            _ => Some(self.number()?.order(other.number()?)),
        }
    }
}

/// Prints into `ROOM` bytes of the stack.
fn printed<const ROOM: usize>(value: impl Display, fits: impl FnOnce(&[u8]) -> bool) -> bool {
    let mut bytes = [0; ROOM];
    let mut room = &mut bytes[..];
    if write!(room, "{value}").is_err() {
        return false;
    }
    let left = room.len();
    fits(&bytes[..ROOM - left])
}
