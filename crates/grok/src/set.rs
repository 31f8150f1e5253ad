//! Several patterns tried in order, for little more than the price of the one that matches.

use aho_corasick::AhoCorasick;
use memchr::memmem::Finder;

use crate::error::BudgetExceeded;
use crate::pattern::Pattern;
use crate::scratch::Scratch;

/// From this many different literals on, one pass that looks for all is cheaper than a search for
/// each.
const SEARCHED_TOGETHER: usize = 24;

/// Patterns in order of preference.
#[derive(Debug)]
pub struct PatternSet {
    patterns: Vec<Pattern>,
    /// For each pattern the literal it needs, as an index into `finders`.
    needs: Vec<Option<usize>>,
    finders: Vec<Finder<'static>>,
    together: Option<AhoCorasick>,
}

impl PatternSet {
    /// Combines patterns; the first that matches wins.
    #[must_use]
    pub fn new(patterns: Vec<Pattern>) -> Self {
        let mut literals: Vec<&[u8]> = Vec::new();
        let mut needs = Vec::new();
        for pattern in &patterns {
            needs.push(pattern.required().map(|literal| {
                literals.iter().position(|known| *known == literal).unwrap_or_else(|| {
                    literals.push(literal);
                    literals.len() - 1
                })
            }));
        }
        let finders = literals.iter().map(|literal| Finder::new(literal).into_owned()).collect();
        let many = literals.len() >= SEARCHED_TOGETHER;
        // Too many literals for one automaton are searched one by one.
        let together = if many { AhoCorasick::new(&literals).ok() } else { None };
        Self { patterns, needs, finders, together }
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
        scratch.literals.clear();
        scratch.literals.resize(self.finders.len(), None);
        if let Some(together) = &self.together {
            scratch.literals.fill(Some(false));
            for found in together.find_overlapping_iter(line) {
                scratch.literals[found.pattern().as_usize()] = Some(true);
            }
        }
        let mut steps = 0;
        for (index, pattern) in self.patterns.iter().enumerate().skip(first) {
            if let Some(need) = self.needs[index] {
                let present = scratch.literals[need]
                    .get_or_insert_with(|| self.finders[need].find(line).is_some());
                if !*present {
                    continue;
                }
            }
            let matched = pattern.matches(line, scratch)?;
            scratch.steps += steps;
            steps = scratch.steps;
            if matched {
                return Ok(Some(index));
            }
        }
        scratch.steps = steps;
        Ok(None)
    }
}
