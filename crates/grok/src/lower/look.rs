//! Look-around of a fixed width, which can be checked in constant time.

use super::emit::Emitter;
use crate::class;
use crate::program::Sequence;
use crate::syntax::{Assertion, Look, Node};

/// Characters in one sequence.
const MAX_WIDTH: usize = 32;
/// Sequences of one look-around.
const MAX_SEQUENCES: usize = 32;

/// The sequences a look-around accepts, if they are few and short.
pub(super) fn sequences(emitter: &mut Emitter, look: &Look) -> Option<Vec<Sequence>> {
    let found = expand(emitter, &look.node, look.behind)?;
    let short = found.iter().all(|sequence| sequence.sets.len() <= MAX_WIDTH);
    (short && found.len() <= MAX_SEQUENCES).then_some(found)
}

fn expand(emitter: &mut Emitter, node: &Node, behind: bool) -> Option<Vec<Sequence>> {
    match node {
        Node::Empty => Some(vec![Sequence::default()]),
        Node::Literal(text) => {
            let sets = text.chars().map(|c| emitter.set(&class::single(c))).collect();
            Some(vec![Sequence { sets, edge: None }])
        }
        Node::Class(class) => Some(vec![Sequence { sets: vec![emitter.set(class)], edge: None }]),
        Node::Assert(edge) => {
            let fits = match edge {
                Assertion::TextStart | Assertion::LineStart => behind,
                Assertion::TextEnd | Assertion::LineEnd | Assertion::TextEndOrNewline => !behind,
                Assertion::Word | Assertion::NotWord => false,
            };
            fits.then(|| vec![Sequence { sets: Vec::new(), edge: Some(*edge) }])
        }
        Node::Concat(items) => items.iter().try_fold(vec![Sequence::default()], |heads, item| {
            join(&heads, &expand(emitter, &item.node, behind)?, behind)
        }),
        Node::Alternate(nodes) => {
            let mut all = Vec::new();
            for node in nodes {
                all.extend(expand(emitter, node, behind)?);
            }
            (all.len() <= MAX_SEQUENCES).then_some(all)
        }
        Node::Repeat(repeat) => {
            let max = repeat.max.filter(|max| *max as usize <= MAX_WIDTH)?;
            let one = expand(emitter, &repeat.node, behind)?;
            let mut current = vec![Sequence::default()];
            let mut all = Vec::new();
            for count in 0..=max {
                if count >= repeat.min {
                    all.extend(current.iter().cloned());
                }
                if count < max {
                    current = join(&current, &one, behind)?;
                }
            }
            (all.len() <= MAX_SEQUENCES).then_some(all)
        }
        Node::Group { node, .. } | Node::Atomic(node) | Node::Reference { node, .. } => {
            expand(emitter, node, behind)
        }
        Node::Capture { .. } | Node::Look(_) | Node::BackReference(_) => None,
    }
}

/// Every head followed by every tail. An edge is allowed at the far end only.
fn join(heads: &[Sequence], tails: &[Sequence], behind: bool) -> Option<Vec<Sequence>> {
    if heads.len() * tails.len() > MAX_SEQUENCES {
        return None;
    }
    let mut all = Vec::with_capacity(heads.len() * tails.len());
    for head in heads {
        for tail in tails {
            let (near, far) = if behind { (tail, head) } else { (head, tail) };
            let misplaced = near.edge.is_some() && (!far.sets.is_empty() || far.edge.is_some());
            if misplaced || head.sets.len() + tail.sets.len() > MAX_WIDTH {
                return None;
            }
            let sets = head.sets.iter().chain(&tail.sets).copied().collect();
            all.push(Sequence { sets, edge: near.edge.or(far.edge) });
        }
    }
    Some(all)
}
