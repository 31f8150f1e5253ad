//! The literal that every match of a pattern has to contain.

use crate::syntax::Node;

/// The most telling literal, if there is one.
pub(crate) fn required_literal(node: &Node) -> Option<Vec<u8>> {
    let mut best: Option<Vec<u8>> = None;
    collect(node, &mut |literal| {
        if best.as_ref().is_none_or(|known| score(literal) > score(known)) {
            best = Some(literal.to_vec());
        }
    });
    best
}

/// Long is telling; so is what is neither a letter, a digit nor a space.
fn score(literal: &[u8]) -> usize {
    let rare = |byte: &&u8| !byte.is_ascii_alphanumeric() && **byte != b' ';
    2 * literal.len() + literal.iter().filter(rare).count()
}

fn collect(node: &Node, found: &mut impl FnMut(&[u8])) {
    match node {
        Node::Literal(text) if !text.is_empty() => found(text.as_bytes()),
        Node::Concat(items) => items.iter().for_each(|item| collect(&item.node, found)),
        Node::Capture { node, .. }
        | Node::Group { node, .. }
        | Node::Atomic(node)
        | Node::Reference { node, .. } => collect(node, found),
        Node::Repeat(repeat) if repeat.min > 0 => collect(&repeat.node, found),
        _ => {}
    }
}
