//! How far a pattern gets on a line that it does not match.
//!
//! Made for people who write patterns, not for the hot path: it compiles prefixes of the pattern.

use crate::error::BudgetExceeded;
use crate::lower::lower_nodes;
use crate::pattern::{Effort, Pattern, native};
use crate::scratch::Scratch;
use crate::search::Search;
use crate::syntax::{Item, Node};
use crate::tokens::Token;

/// Where a pattern stopped. See [`Pattern::explain`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The part of the pattern that matched, as it was written.
    pub matched_pattern: String,
    /// Byte offsets of what that part matched; equal if nothing matched.
    pub matched: (usize, usize),
    /// The first piece that did not match, as it was written; `None` if the whole line matched.
    pub stopped_at: Option<String>,
    /// The definition in which the piece stands, if it is not in the pattern itself.
    pub inside: Option<String>,
}

/// A piece of the pattern.
struct Piece<'t> {
    node: &'t Node,
    text: &'t str,
    /// The reference whose definition holds the piece.
    inside: Option<&'t str>,
}

impl Pattern {
    /// The longest prefix of the pattern's pieces that matches somewhere in `line`, and the piece
    /// that stopped it. `None` if the pattern cannot be taken apart (it has alternatives at the
    /// top, or needs the fallback engine).
    pub fn explain(
        &self,
        line: &[u8],
        scratch: &mut Scratch,
    ) -> Result<Option<Explanation>, BudgetExceeded> {
        let mut pieces = Vec::new();
        self.take_apart(&self.tree.root, None, &mut pieces);
        if !self.is_linear() || pieces.is_empty() {
            return Ok(None);
        }
        // A prefix of a matching prefix matches, so the longest can be found by halving.
        let (mut fits, mut fails) = (0, pieces.len() + 1);
        while fails - fits > 1 {
            let middle = usize::midpoint(fits, fails);
            match self.prefix_matches(&pieces[..middle], line, scratch)? {
                None => return Ok(None),
                Some(true) => fits = middle,
                Some(false) => fails = middle,
            }
        }
        self.prefix_matches(&pieces[..fits], line, scratch)?;
        let stopped = pieces.get(fits);
        Ok(Some(Explanation {
            matched_pattern: pieces[..fits].iter().map(|piece| piece.text).collect(),
            matched: scratch.matched().unwrap_or_default(),
            stopped_at: stopped.map(|piece| piece.text.to_owned()),
            inside: stopped.and_then(|piece| piece.inside).map(str::to_owned),
        }))
    }

    /// `None` if the prefix cannot be compiled.
    fn prefix_matches(
        &self,
        pieces: &[Piece<'_>],
        line: &[u8],
        scratch: &mut Scratch,
    ) -> Result<Option<bool>, BudgetExceeded> {
        let nodes: Vec<&Node> = pieces.iter().map(|piece| piece.node).collect();
        let Ok(program) = lower_nodes(&nodes, self.captures().len()) else { return Ok(None) };
        let search = Search::new(&program, None);
        scratch.clear();
        native(&program, &search, line, scratch, Effort::Usual, &mut || false).map(Some)
    }

    /// Whether a sequence is made of further references, and not of plain syntax alone.
    fn refers(&self, items: &[Item]) -> bool {
        items.iter().any(|item| self.tree.sources[item.source][item.start..item.end].contains("%{"))
    }

    /// Sequences are taken apart, through references and captures; anything else is one piece.
    fn take_apart<'t>(
        &'t self,
        node: &'t Node,
        inside: Option<&'t str>,
        pieces: &mut Vec<Piece<'t>>,
    ) {
        let Some(items) = sequence(node) else { return };
        for item in items {
            let text = &self.tree.sources[item.source][item.start..item.end];
            match sequence(&item.node) {
                Some(inner) if inner.len() > 1 && self.refers(inner) => {
                    self.take_apart(&item.node, Some(text), pieces);
                }
                _ => pieces.push(Piece { node: &item.node, text, inside }),
            }
        }
    }
}

fn sequence(node: &Node) -> Option<&[Item]> {
    match node {
        Node::Concat(items) => match items.as_slice() {
            [only] => sequence(&only.node).or(Some(items)),
            _ => Some(items),
        },
        Node::Reference { token: None | Some(Token::HttpTime), node }
        | Node::Capture { node, .. } => sequence(node),
        _ => None,
    }
}
