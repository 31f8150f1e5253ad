//! `*`, `+`, `?`, `{n,m}` with their lazy and possessive forms, Ruby's way.

use super::cursor::Cursor;
use super::{Flags, Parsed};
use crate::error::ErrorKind;
use crate::syntax::{Greed, Node, Repeat};

/// Quantifiers after one another, as in `a{2}{3}`.
const MAX_QUANTIFIERS: usize = 8;
/// The largest count in `{n,m}`.
const MAX_COUNT: u32 = 1000;

/// Wraps `node` in the quantifiers that follow it.
pub(super) fn apply(cursor: &mut Cursor<'_>, mut node: Node, flags: Flags) -> Parsed<Node> {
    for applied in 0.. {
        if flags.extended {
            cursor.skip_extended();
        }
        let at = cursor.at;
        let Some((min, max, interval)) = counts(cursor)? else { return Ok(node) };
        // `{n,m}+` repeats the interval and `{n}?` makes it optional.
        let greed = match cursor.peek() {
            Some('?') if !(interval && max == Some(min)) => Greed::Lazy,
            Some('+') if !interval => Greed::Possessive,
            _ => Greed::Greedy,
        };
        if greed != Greed::Greedy {
            cursor.next();
        }
        if applied >= MAX_QUANTIFIERS {
            return Err(cursor.syntax_at(at, "more than 8 quantifiers follow one another"));
        }
        node = repeat(node, min, max, greed);
    }
    Ok(node)
}

/// `min`, `max` and whether it was written in braces.
type Counts = (u32, Option<u32>, bool);

fn counts(cursor: &mut Cursor<'_>) -> Parsed<Option<Counts>> {
    let simple = match cursor.peek() {
        Some('*') => (0, None, false),
        Some('+') => (1, None, false),
        Some('?') => (0, Some(1), false),
        Some('{') => return interval(cursor),
        _ => return Ok(None),
    };
    cursor.next();
    Ok(Some(simple))
}

/// `{n}`, `{n,}`, `{n,m}`, `{,m}`; anything else is a literal brace.
fn interval(cursor: &mut Cursor<'_>) -> Parsed<Option<Counts>> {
    let at = cursor.at;
    let Some((inner, _)) = cursor.rest()[1..].split_once('}') else { return Ok(None) };
    let (low, high) = inner.split_once(',').unwrap_or((inner, inner));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if !digits(low) || !digits(high) || (low.is_empty() && high.is_empty()) {
        return Ok(None);
    }
    let number = |text: &str| text.parse::<u32>().ok().filter(|n| *n <= MAX_COUNT);
    let too_large =
        || cursor.error_at(at, ErrorKind::Syntax("a count in `{n,m}` is larger than 1000"));
    let min = if low.is_empty() { 0 } else { number(low).ok_or_else(too_large)? };
    let max = if high.is_empty() { None } else { Some(number(high).ok_or_else(too_large)?) };
    if max.is_some_and(|max| max < min) {
        return Err(cursor.error_at(at, ErrorKind::Syntax("the counts are upside down")));
    }
    cursor.at += inner.len() + 2;
    Ok(Some((min, max, true)))
}

/// A repetition. One that repeats another of the same class becomes a single one: `(?:x?)*` and
/// `(?:x+)+` say the same as `x*` and `x+`, in exponentially more ways.
fn repeat(node: Node, min: u32, max: Option<u32>, greed: Greed) -> Node {
    if node.has_no_width() {
        // To check twice is to check once.
        return match (min, max, greed) {
            (_, Some(0), _) => Node::Empty,
            (0, _, Greed::Lazy) => Node::Alternate(vec![Node::Empty, node]),
            (0, ..) => Node::Alternate(vec![node, Node::Empty]),
            _ => node,
        };
    }
    let simple = |min: u32, max: Option<u32>, greed| {
        min <= 1 && max.is_none_or(|max| max == 1) && greed == Greed::Greedy
    };
    if simple(min, max, greed)
        && let Some(inner) = inner_repeat(&node)
        && simple(inner.min, inner.max, inner.greed)
        && inner.node.as_class().is_some()
    {
        let max = max.and(inner.max);
        let (node, min) = (inner.node.clone(), min.min(inner.min));
        return Node::Repeat(Box::new(Repeat { node, min, max, greed }));
    }
    Node::Repeat(Box::new(Repeat { node, min, max, greed }))
}

fn inner_repeat(node: &Node) -> Option<&Repeat> {
    match node {
        Node::Repeat(repeat) => Some(repeat),
        Node::Concat(items) if items.len() == 1 => inner_repeat(&items[0].node),
        Node::Reference { node, .. } => inner_repeat(node),
        _ => None,
    }
}
