//! The compiled form of a pattern: linked steps that both native engines run.

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
/// No slot is opened or closed at a step.
pub(crate) const NO_SLOT: u16 = u16::MAX;

/// What a step does, where it goes on, and which capture begins before or ends after it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Step {
    pub(crate) op: Op,
    pub(crate) next: u32,
    pub(crate) open: u16,
    pub(crate) close: u16,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Op {
    /// Does nothing but open or close a slot.
    Nothing,
    Byte(u8),
    /// Up to eight bytes; index into [`Program::shorts`].
    Short(u32),
    /// Index into [`Program::literals`].
    Literal(u32),
    /// One character of a set.
    One(u32),
    /// ASCII characters of several sets in a row; index into [`Program::rows_of_sets`].
    Several(u32),
    /// At most one ASCII character of a set that the rest of the pattern cannot begin with.
    Maybe(u32),
    /// A whole run without upper limit whose set is decided by the byte.
    Whole {
        least: u8,
        set: u16,
        run: u32,
    },
    /// The same, at least one long and with a word boundary on both sides.
    Word {
        set: u16,
        run: u32,
    },
    /// Any other run.
    Run(u32),
    Choice(u32),
    /// Opens and closes a slot inside a repetition, whose former value may have to come back.
    OpenAgain(u32),
    CloseAgain(u32),
    Assert(Assertion),
    Look(u32),
    Token(Token),
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
    /// Where the row of this choice in [`Program::dispatch`] begins.
    pub(crate) dispatch: u32,
    pub(crate) row: u32,
    pub(crate) keep: u32,
}

/// Up to eight bytes, compared at once.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Short {
    bytes: u64,
    mask: u64,
    length: usize,
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

/// How a pattern begins.
#[derive(Debug, Default)]
pub(crate) enum Head {
    TextStart,
    LineStart,
    Literal(Box<[u8]>),
    /// An endless run of this set.
    Run(u32),
    #[default]
    Other,
}

#[derive(Debug)]
pub(crate) struct Program {
    pub(crate) steps: Vec<Step>,
    pub(crate) sets: Vec<CharSet>,
    pub(crate) literals: Vec<Box<[u8]>>,
    pub(crate) shorts: Vec<Short>,
    pub(crate) rows_of_sets: Vec<Box<[u32]>>,
    pub(crate) runs: Vec<Run>,
    pub(crate) choices: Vec<Choice>,
    pub(crate) looks: Vec<FixedLook>,
    /// Bytes, and [`END`], that all choices treat alike have the same class.
    pub(crate) classes: [u16; END + 1],
    /// For each choice and class, where in `targets` the alternatives are listed that can match.
    pub(crate) dispatch: Vec<u32>,
    /// Lists of steps, each ended by [`NO_TARGET`].
    pub(crate) targets: Vec<u32>,
    /// The engines' index of every capture slot: those outside repetitions come first.
    pub(crate) order: Vec<u32>,
    /// Whether `order` is 0, 1, 2, ….
    pub(crate) in_order: bool,
    pub(crate) rows: u32,
    pub(crate) head: Head,
    /// What a match can begin with.
    pub(crate) first: Symbols,
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

    /// Where the alternatives of a choice are listed that can match at `at`.
    #[inline]
    pub(crate) fn alternatives(&self, choice: &Choice, line: &[u8], at: usize) -> usize {
        let symbol = line.get(at).map_or(END, |byte| usize::from(*byte));
        let class = usize::from(self.classes[symbol]);
        self.dispatch[choice.dispatch as usize + class] as usize
    }

    /// The end of the sets of row `index` at `at`.
    #[inline]
    pub(crate) fn several(&self, index: u32, line: &[u8], at: usize) -> Option<usize> {
        let sets = &self.rows_of_sets[index as usize];
        let bytes = line.get(at..at + sets.len())?;
        for (set, byte) in sets.iter().zip(bytes) {
            if !self.set(*set).table()[usize::from(*byte)] {
                return None;
            }
        }
        Some(at + sets.len())
    }
}

impl Short {
    /// `None` if the literal has more than eight bytes.
    pub(crate) fn new(literal: &[u8]) -> Option<Self> {
        let mut bytes = [0; 8];
        let mut mask = [0; 8];
        bytes.get_mut(..literal.len())?.copy_from_slice(literal);
        mask[..literal.len()].fill(0xFF);
        let (bytes, mask) = (u64::from_le_bytes(bytes), u64::from_le_bytes(mask));
        Some(Self { bytes, mask, length: literal.len() })
    }

    #[inline]
    pub(crate) fn matches(&self, line: &[u8], at: usize) -> Option<usize> {
        let found = match line.get(at..at + 8).and_then(|bytes| bytes.try_into().ok()) {
            Some(bytes) => u64::from_le_bytes(bytes) & self.mask == self.bytes,
            None => line
                .get(at..at + self.length)
                .is_some_and(|bytes| bytes == &self.bytes.to_le_bytes()[..self.length]),
        };
        found.then_some(at + self.length)
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
