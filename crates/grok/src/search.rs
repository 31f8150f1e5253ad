//! Where in a line a match can begin.

use memchr::memmem::{Finder, FinderRev};

use crate::boundary::is_boundary;
use crate::newline::Newlines;
use crate::program::{CharSet, Head, Program, Symbols, UNLIMITED};

/// What came of trying to match from one position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Matched up to here.
    Match(usize),
    Fail,
    /// The budget ran out.
    Spent,
}

/// An engine.
pub(crate) trait Attempt {
    fn attempt(&mut self, start: usize) -> Outcome;
    fn newlines(&mut self) -> &mut Newlines;
}

#[derive(Debug)]
pub(crate) struct Search {
    start: Start,
    /// The pattern begins with an endless run of this set: if it fails within such a run, it fails
    /// in the rest of it.
    leading: Option<CharSet>,
    /// Every match contains this.
    required: Option<FinderRev<'static>>,
}

#[derive(Debug)]
enum Start {
    Text,
    Line,
    Literal(Box<Finder<'static>>),
    Symbols(Symbols),
}

impl Search {
    pub(crate) fn new(program: &Program, required: Option<&[u8]>) -> Self {
        let mut leading = None;
        let start = match &program.head {
            Head::TextStart => Start::Text,
            Head::LineStart => Start::Line,
            Head::Literal(literal) => Start::Literal(Box::new(Finder::new(literal).into_owned())),
            Head::Run(set) => {
                leading = Some(program.set(*set).clone());
                Start::Symbols(program.first)
            }
            Head::Other => Start::Symbols(program.first),
        };
        let required = required.map(|literal| FinderRev::new(literal).into_owned());
        Self { start, leading, required }
    }

    /// The leftmost match: where it begins, and the outcome there. `hopeless` is asked at most
    /// once, when the first attempt has failed: whether the line cannot match at all.
    pub(crate) fn run(
        &self,
        line: &[u8],
        engine: &mut impl Attempt,
        hopeless: &mut dyn FnMut() -> bool,
    ) -> (usize, Outcome) {
        let Some(mut at) = self.next(line, 0) else { return (0, Outcome::Fail) };
        let mut last = None;
        loop {
            let outcome = engine.attempt(at);
            if outcome != Outcome::Fail {
                return (at, outcome);
            }
            // The first attempt mostly decides; only then is it worth to look for what has to be
            // somewhere.
            let last = *last.get_or_insert_with(|| self.last_start(line, hopeless));
            let Some(next) = self.after(line, at, engine.newlines()) else {
                return (at, Outcome::Fail);
            };
            match last {
                Some(last) if next <= last => at = next,
                _ => return (at, Outcome::Fail),
            }
        }
    }

    /// The last position at which a match can begin.
    fn last_start(&self, line: &[u8], hopeless: &mut dyn FnMut() -> bool) -> Option<usize> {
        let last = match &self.required {
            None => line.len(),
            Some(finder) => finder.rfind(line)?,
        };
        let worth_asking = !matches!(self.start, Start::Text | Start::Line);
        if worth_asking && hopeless() { None } else { Some(last) }
    }

    fn after(&self, line: &[u8], failed: usize, newlines: &mut Newlines) -> Option<usize> {
        let end = match &self.leading {
            Some(set) => set.run(line, failed, 0, UNLIMITED, newlines).unwrap_or(failed),
            None => failed,
        };
        if end >= line.len() { None } else { self.next(line, end + 1) }
    }

    /// The first position from `from` at which a match can begin.
    fn next(&self, line: &[u8], from: usize) -> Option<usize> {
        match &self.start {
            Start::Text => (from == 0).then_some(0),
            Start::Line if from == 0 => Some(0),
            Start::Line => memchr::memchr(b'\n', &line[from - 1..]).map(|at| from + at),
            Start::Literal(finder) => finder.find(&line[from..]).map(|at| from + at),
            Start::Symbols(symbols) => {
                let begins = |at| symbols.admit(line, at) && is_boundary(line, at);
                (from..=line.len()).find(|&at| begins(at))
            }
        }
    }
}
