//! From the syntax tree to a [`Program`].
//!
//! Lowering refuses what the native engines cannot do; such patterns go to the fallback.

mod dispatch;
mod draft;
mod emit;
mod first;
mod link;
mod look;
mod tune;

use crate::error::ErrorKind;
use crate::program::Program;
use crate::syntax::{Node, Tree};

/// Steps in a program.
pub(crate) const MAX_OPS: usize = 20_000;

/// Why there is no program.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// The native engines cannot do it.
    Foreign,
    /// Nobody should.
    TooLarge,
}

impl Refusal {
    pub(crate) fn too_large() -> ErrorKind {
        ErrorKind::TooLarge(MAX_OPS)
    }
}

/// Compiles a whole tree.
pub(crate) fn lower(tree: &Tree) -> Result<Program, Refusal> {
    lower_nodes(&[&tree.root], tree.captures.len())
}

/// Compiles nodes in sequence, with room for `slots` captures.
pub(crate) fn lower_nodes(nodes: &[&Node], slots: usize) -> Result<Program, Refusal> {
    let mut emitter = emit::Emitter::new(nodes, slots);
    for node in nodes {
        emitter.node(node)?;
    }
    let mut draft = emitter.finish()?;
    let first = first::first_symbols(&draft);
    tune::tune(&mut draft, &first);
    Ok(link::link(draft, &first))
}
