//! The compiled form of a pattern: a flat list of steps that both native engines run.

mod char_set;
mod symbols;

pub(crate) use char_set::CharSet;
pub(crate) use symbols::{END, Symbols};

use crate::syntax::Assertion;
use crate::tokens::Token;

/// Ends a list in [`Program::targets`].
pub(crate) const NO_TARGET: u32 = u32::MAX;
/// A run without an upper limit.
pub(crate) const UNLIMITED: u32 = u32::MAX;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    Byte(u8),
    /// Index into [`Program::literals`].
    Literal(u32),
    /// One character of a set.
    One(u32),
    Run(u32),
    Choice(u32),
    Open(u32),
    Close(u32),
    /// As `Open` and `Close`, for a slot inside a repetition, whose former value may have to come
    /// back.
    OpenAgain(u32),
    CloseAgain(u32),
    Assert(Assertion),
    Look(u32),
    Token(Token),
    Jump(u32),
    Match,
}

/// Characters of one set, one after another.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) set: u32,
    pub(crate) min: u32,
    pub(crate) max: u32,
    pub(crate) kind: RunKind,
    /// What has to follow for the rest of the pattern to have a chance.
    pub(crate) next: Next,
    /// Row of the linear engine's memory.
    pub(crate) row: u32,
    /// Slots opened before this step; later ones are void when the run is resumed.
    pub(crate) keep: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum RunKind {
    /// Takes all it can and never gives back: possessive, or no shorter run can lead to a match.
    Whole,
    Greedy,
    Lazy,
}

/// What can come after a run.
#[derive(Debug)]
pub(crate) enum Next {
    Anything,
    Byte(u8),
    /// The literal of this index; its first byte is repeated here.
    Literal(u8, u32),
    Symbols(Symbols),
}

/// Alternatives in order of preference.
#[derive(Debug)]
pub(crate) struct Choice {
    pub(crate) alternatives: Vec<u32>,
    /// For each next byte, and [`END`], where in [`Program::targets`] the alternatives are listed
    /// that can match at all.
    pub(crate) table: Box<[u16; END + 1]>,
    pub(crate) row: u32,
    pub(crate) keep: u32,
}

/// Look-around over a fixed number of characters.
#[derive(Debug)]
pub(crate) struct FixedLook {
    pub(crate) behind: bool,
    pub(crate) negated: bool,
    pub(crate) sequences: Vec<Sequence>,
}

/// Sets in a row; the edge is checked at the far end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sequence {
    pub(crate) sets: Vec<u32>,
    pub(crate) edge: Option<Assertion>,
}

#[derive(Debug, Default)]
pub(crate) struct Program {
    pub(crate) ops: Vec<Op>,
    pub(crate) sets: Vec<CharSet>,
    pub(crate) literals: Vec<Box<[u8]>>,
    pub(crate) runs: Vec<Run>,
    pub(crate) choices: Vec<Choice>,
    pub(crate) looks: Vec<FixedLook>,
    /// Lists of steps, each ended by [`NO_TARGET`].
    pub(crate) targets: Vec<u32>,
    /// The engines' index of every capture slot: those outside repetitions come first.
    pub(crate) order: Vec<u32>,
    /// Whether `order` is 0, 1, 2, ….
    pub(crate) in_order: bool,
    pub(crate) rows: u32,
}

impl Program {
    #[inline]
    pub(crate) fn set(&self, index: u32) -> &CharSet {
        &self.sets[index as usize]
    }

    #[inline]
    pub(crate) fn run(&self, index: u32) -> &Run {
        &self.runs[index as usize]
    }

    #[inline]
    pub(crate) fn choice(&self, index: u32) -> &Choice {
        &self.choices[index as usize]
    }

    #[inline]
    pub(crate) fn literal(&self, index: u32) -> &[u8] {
        &self.literals[index as usize]
    }
}

impl Next {
    /// Whether the rest of the pattern has a chance at `at`.
    #[inline]
    pub(crate) fn admits(&self, program: &Program, line: &[u8], at: usize) -> bool {
        match self {
            Self::Anything => true,
            Self::Byte(byte) => line.get(at) == Some(byte),
            Self::Literal(first, literal) => {
                line.get(at) == Some(first) && line[at..].starts_with(program.literal(*literal))
            }
            Self::Symbols(symbols) => symbols.admit(line, at),
        }
    }
}
