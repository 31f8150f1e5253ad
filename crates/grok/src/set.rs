//! Several patterns tried in order, for little more than the price of the one that matches.

use crate::error::BudgetExceeded;
use crate::outline::Outline;
use crate::pattern::{Effort, Pattern};
use crate::scratch::Scratch;
use crate::syntax::Node;

/// Patterns in order of preference.
///
/// The first pattern is tried at once. When it fails, one pass over the line tells which of the
/// others can match at all.
#[derive(Debug)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
    outline: Option<Outline>,
}

impl PatternSet {
    /// Combines patterns; the first that matches wins.
    #[must_use]
    pub fn new(patterns: Vec<Pattern>) -> Self {
        let nodes: Vec<&Node> = patterns.iter().map(|pattern| &pattern.tree.root).collect();
        let outline = if nodes.len() > 1 { Outline::new(&nodes) } else { None };
        Self { patterns, outline }
    }

    /// The patterns in order.
    #[must_use]
    pub fn patterns(&self) -> &[Pattern] {
        &self.patterns
    }

    /// The index of the first pattern that matches; its captures are left in `scratch`.
    pub fn matches(
        &self,
        line: &[u8],
        scratch: &mut Scratch,
    ) -> Result<Option<usize>, BudgetExceeded> {
        self.matches_from(0, line, scratch)
    }

    /// As [`matches`](Self::matches), beginning with pattern `first`: to go on after a match when
    /// all patterns shall be tried.
    pub fn matches_from(
        &self,
        first: usize,
        line: &[u8],
        scratch: &mut Scratch,
    ) -> Result<Option<usize>, BudgetExceeded> {
        scratch.clear();
        // Borrowed for the time of the call, so that the patterns can have the rest.
        let mut admitted = std::mem::take(&mut scratch.admitted);
        admitted.clear();
        let found = self.first_match(first, line, scratch, &mut admitted);
        scratch.admitted = admitted;
        found
    }

    fn first_match(
        &self,
        first: usize,
        line: &[u8],
        scratch: &mut Scratch,
        admitted: &mut Vec<bool>,
    ) -> Result<Option<usize>, BudgetExceeded> {
        let mut steps = 0;
        for (index, pattern) in self.patterns.iter().enumerate().skip(first) {
            if index > first {
                self.ask(line, admitted);
                if !admitted[index] {
                    continue;
                }
            }
            let mut hopeless = || {
                self.ask(line, admitted);
                !admitted[index]
            };
            let matched =
                pattern.matches_with(line, scratch, Effort::Usual, Some(&mut hopeless))?;
            scratch.steps += steps;
            steps = scratch.steps;
            if matched {
                return Ok(Some(index));
            }
        }
        scratch.clear();
        scratch.steps = steps;
        Ok(None)
    }

    /// Asks the outline which patterns can match, if it was not asked about this line before.
    fn ask(&self, line: &[u8], admitted: &mut Vec<bool>) {
        if !admitted.is_empty() {
            return;
        }
        match &self.outline {
            Some(outline) => outline.admitted(line, admitted),
            None => admitted.resize(self.patterns.len(), true),
        }
    }
}
