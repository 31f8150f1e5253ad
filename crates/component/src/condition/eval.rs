//! Evaluates a checked condition. Nothing here fails: what has no answer is null or no.

use std::borrow::Cow;

use weir_event::{EventRef, Key, ValueRef};

use super::convert::{convert, is};
use super::evaluated::Evaluated;
use super::node::{Literal, Node};
use super::number::Number;
use super::syntax::{Comparison, Operator};

impl Node {
    /// Whether it holds for the event; a value that is not true or false holds by being there.
    pub(super) fn holds(&self, event: EventRef<'_>) -> bool {
        match self {
            Self::Not(inner) => !inner.holds(event),
            Self::All(parts) => parts.iter().all(|part| part.holds(event)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(event)),
            Self::Compare(how, sides) => {
                sides[0].value(event).compares(*how, &sides[1].value(event))
            }
            Self::IsNull(inner) => matches!(inner.value(event), Evaluated::Null),
            Self::Among(item, members) => item.value(event).any_item(|it| members.contain(it)),
            Self::Networked(item, networks) => item
                .value(event)
                .any_item(|it| matches!(it, Evaluated::Text(address) if networks.contain(address))),
            Self::Within(sides) => within(&sides[0].value(event), &sides[1].value(event)),
            Self::Matches(text, regex) => {
                text.value(event).any_item(|it| it.text_fits(|text| regex.is_match(text)))
            }
            Self::StartsWith(text, start) => {
                text.value(event).any_item(|it| it.text_fits(|text| text.starts_with(start)))
            }
            Self::EndsWith(text, end) => {
                text.value(event).any_item(|it| it.text_fits(|text| text.ends_with(end)))
            }
            Self::Exists(key) => event.view(*key).is_some_and(|it| !matches!(it, ValueRef::Null)),
            Self::HasTag(tag) => field(event, Key::TAGS)
                .any_item(|it| matches!(it, Evaluated::Text(text) if **text == **tag)),
            Self::Is(nature, inner) => is(*nature, &inner.value(event)),
            Self::Literal(_)
            | Self::Instant(_)
            | Self::Field(_)
            | Self::Arithmetic(..)
            | Self::Negative(_)
            | Self::Convert(..) => self.value(event).is_yes(),
        }
    }

    /// Its value for the event.
    pub(super) fn value<'a>(&'a self, event: EventRef<'a>) -> Evaluated<'a> {
        match self {
            Self::Literal(Literal::Null) => Evaluated::Null,
            Self::Literal(Literal::Bool(it)) => Evaluated::Bool(*it),
            Self::Literal(Literal::Number(it)) => Some(*it).into(),
            Self::Literal(Literal::Text(text)) => Evaluated::Text(Cow::Borrowed(text)),
            Self::Instant(time) => Evaluated::Time(*time),
            Self::Field(key) => field(event, *key),
            Self::Arithmetic(first, rest) => {
                let first = first.value(event).number();
                rest.iter()
                    .try_fold(first, |sum, (operator, operand)| {
                        let operand = operand.value(event).number()?;
                        Some(sum?.combine(*operator, operand))
                    })
                    .flatten()
                    .into()
            }
            Self::Negative(inner) => {
                let number = inner.value(event).number();
                number.and_then(|it| Number::Int(0).combine(Operator::Minus, it)).into()
            }
            Self::Convert(conversion, inner) => convert(*conversion, inner.value(event)),
            Self::Not(_)
            | Self::All(_)
            | Self::Any(_)
            | Self::Compare(..)
            | Self::IsNull(_)
            | Self::Among(..)
            | Self::Networked(..)
            | Self::Within(_)
            | Self::Matches(..)
            | Self::StartsWith(..)
            | Self::EndsWith(..)
            | Self::Exists(_)
            | Self::HasTag(_)
            | Self::Is(..) => Evaluated::Bool(self.holds(event)),
        }
    }
}

fn field(event: EventRef<'_>, key: Key) -> Evaluated<'_> {
    event.view(key).map_or(Evaluated::Null, Evaluated::from)
}

/// Whether `item` is one of the items of a list, a part of text, or the single value itself.
fn within(item: &Evaluated<'_>, whole: &Evaluated<'_>) -> bool {
    match (item, whole) {
        (Evaluated::List(..), _) => false,
        (_, Evaluated::Text(text)) => item.text_fits(|part| occurs(part, text)),
        _ => item.compares(Comparison::Equal, whole),
    }
}

/// Whether `part` occurs in `text`, in linear time. Looks between bytes that are not UTF-8.
fn occurs(part: &[u8], text: &[u8]) -> bool {
    let Ok(part) = std::str::from_utf8(part) else { return part == text };
    text.utf8_chunks().any(|chunk| chunk.valid().contains(part))
}
