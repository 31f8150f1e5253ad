//! A compiled pattern.

use crate::capture::Capture;
use crate::definitions::Definitions;
use crate::error::{BudgetExceeded, GrokError};
use crate::fallback::Fallback;
use crate::linear::Patient;
use crate::lower::{Refusal, lower};
use crate::newline::Newlines;
use crate::outline::Outline;
use crate::parse::parse;
use crate::prefilter::required_literal;
use crate::program::Program;
use crate::scan::Scanner;
use crate::scratch::{Scratch, Slots, Span, narrow};
use crate::search::{Outcome, Search};
use crate::syntax::Tree;

/// Steps the scanner may take on any line, and for each of its bytes.
const STEPS_PER_LINE: usize = 2048;
const STEPS_PER_BYTE: usize = 16;

/// A grok pattern, ready to match. Can be shared between threads; each thread brings its own
/// [`Scratch`].
///
/// ```
/// use weir_grok::{Definitions, Family, Pattern, Scratch};
///
/// let definitions = Definitions::stock(Family::EcsV1);
/// let pattern = Pattern::compile("%{IP:client.ip} %{WORD:[http][method]}", &definitions)?;
/// let mut scratch = Scratch::new();
/// assert_eq!(pattern.matches(b"from 10.0.0.1 GET", &mut scratch), Ok(true));
/// assert_eq!(pattern.captures()[1].name, "http.method");
/// assert_eq!(scratch.get(1), Some((14, 17)));
/// # Ok::<(), weir_grok::GrokError>(())
/// ```
#[derive(Debug)]
pub struct Pattern {
    pub(crate) tree: Tree,
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    Native { program: Box<Program>, search: Box<Search>, outline: Option<Box<Outline>> },
    Fallback(Box<Fallback>),
}

/// Which engines a test wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effort {
    /// The scanner, then the linear engine.
    Usual,
    /// The linear engine from the start.
    #[cfg(test)]
    Linear,
}

impl Pattern {
    /// Compiles `text`, for example `%{IP:client} %{WORD:method}`.
    pub fn compile(text: &str, definitions: &Definitions) -> Result<Self, GrokError> {
        let tree = parse(text, definitions)?;
        let whole = |kind| GrokError { kind, offset: 0, inside: None };
        let engine = match lower(&tree) {
            Ok(program) => {
                let required = required_literal(&tree.root);
                let search = Search::new(&program, required.as_deref());
                let outline = Outline::new(&[&tree.root]).map(Box::new);
                Engine::Native { program: Box::new(program), search: Box::new(search), outline }
            }
            Err(Refusal::Foreign) => {
                let fallback = Fallback::new(&tree.root, tree.captures.len()).map_err(whole)?;
                Engine::Fallback(Box::new(fallback))
            }
            Err(Refusal::TooLarge) => return Err(whole(Refusal::too_large())),
        };
        Ok(Self { tree, engine })
    }

    /// The pattern as it was given.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.tree.sources[0]
    }

    /// One entry for each capture slot, in order of appearance. The same name may have several.
    #[must_use]
    pub fn captures(&self) -> &[Capture] {
        &self.tree.captures
    }

    /// Whether every line is matched in linear time; `false` for patterns with back-references,
    /// unlimited look-around or atomic groups.
    #[must_use]
    pub fn is_linear(&self) -> bool {
        matches!(self.engine, Engine::Native { .. })
    }

    /// Finds the leftmost match anywhere in `line` and leaves its captures in `scratch`. Without a
    /// match the captures are empty.
    pub fn matches(&self, line: &[u8], scratch: &mut Scratch) -> Result<bool, BudgetExceeded> {
        self.matches_with(line, scratch, Effort::Usual, None)
    }

    /// `hopeless` stands in for the pattern's own outline.
    pub(crate) fn matches_with(
        &self,
        line: &[u8],
        scratch: &mut Scratch,
        effort: Effort,
        hopeless: Option<&mut dyn FnMut() -> bool>,
    ) -> Result<bool, BudgetExceeded> {
        scratch.clear();
        if u32::try_from(line.len()).is_err() {
            return Err(BudgetExceeded);
        }
        match &self.engine {
            Engine::Native { program, search, outline } => {
                let mut own = || outline.as_ref().is_some_and(|outline| !outline.admits(line));
                match hopeless {
                    Some(theirs) => native(program, search, line, scratch, effort, theirs),
                    None => native(program, search, line, scratch, effort, &mut own),
                }
            }
            Engine::Fallback(fallback) => fallback.matches(line, scratch),
        }
    }
}

/// Runs the native engines.
pub(crate) fn native(
    program: &Program,
    search: &Search,
    line: &[u8],
    scratch: &mut Scratch,
    effort: Effort,
    hopeless: &mut dyn FnMut() -> bool,
) -> Result<bool, BudgetExceeded> {
    scratch.work.clear();
    scratch.work.resize(program.order.len(), Span::NONE);
    let mut found = (0, Outcome::Spent);
    if effort == Effort::Usual {
        let budget = STEPS_PER_LINE + STEPS_PER_BYTE * line.len();
        let mut scanner = Scanner {
            program,
            line,
            frames: &mut scratch.frames,
            slots: Slots::new(&mut scratch.work),
            budget,
            newlines: Newlines::default(),
        };
        found = search.run(line, &mut scanner, hopeless);
        scratch.steps = (budget - scanner.budget) as u64;
    }
    if found.1 == Outcome::Spent {
        let Scratch { frames, work, visited, .. } = &mut *scratch;
        let slots = Slots::new(work);
        let mut patient =
            Patient::new(program, line, frames, slots, visited).ok_or(BudgetExceeded)?;
        found = search.run(line, &mut patient, &mut || false);
        scratch.steps += patient.steps;
    }
    let (start, Outcome::Match(end)) = found else { return Ok(false) };
    scratch.matched = Some(Span { start: narrow(start), end: narrow(end) });
    if program.in_order {
        std::mem::swap(&mut scratch.captures, &mut scratch.work);
    } else {
        let Scratch { captures, work, .. } = &mut *scratch;
        captures.extend(program.order.iter().map(|slot| work[*slot as usize]));
    }
    Ok(true)
}
