//! Evaluates assertions of no width: anchors, word boundaries and look-around of fixed width.

use crate::boundary::{before, char_at};
use crate::program::{FixedLook, Program, Sequence};
use crate::syntax::Assertion;

impl Assertion {
    #[inline]
    pub(crate) fn holds(self, line: &[u8], at: usize) -> bool {
        match self {
            Self::TextStart => at == 0,
            Self::TextEnd => at == line.len(),
            Self::TextEndOrNewline => {
                at == line.len() || (at + 1 == line.len() && line[at] == b'\n')
            }
            Self::LineStart => at == 0 || line[at - 1] == b'\n',
            Self::LineEnd => at == line.len() || line[at] == b'\n',
            Self::Word => is_word_boundary(line, at),
            Self::NotWord => word_before(line, at) == word_after(line, at),
        }
    }
}

#[inline]
pub(crate) fn is_word_boundary(line: &[u8], at: usize) -> bool {
    word_before(line, at) != word_after(line, at)
}

#[inline]
fn word_after(line: &[u8], at: usize) -> bool {
    at < line.len() && is_word(char_at(line, at).0)
}

#[inline]
fn word_before(line: &[u8], at: usize) -> bool {
    at > 0 && is_word(char_at(line, before(line, at)).0)
}

/// Ruby's `\b` knows the words of all scripts, though its `\w` does not.
#[inline]
fn is_word(c: char) -> bool {
    if c.is_ascii() {
        c.is_ascii_alphanumeric() || c == '_'
    } else {
        regex_syntax::is_word_character(c)
    }
}

impl FixedLook {
    pub(crate) fn holds(&self, program: &Program, line: &[u8], at: usize) -> bool {
        let found = self.sequences.iter().any(|sequence| {
            if self.behind {
                sequence.matches_before(program, line, at)
            } else {
                sequence.matches_after(program, line, at)
            }
        });
        found != self.negated
    }
}

impl Sequence {
    fn matches_after(&self, program: &Program, line: &[u8], mut at: usize) -> bool {
        for &set in &self.sets {
            match program.set(set).step(line, at) {
                Some(next) => at = next,
                None => return false,
            }
        }
        self.edge.is_none_or(|edge| edge.holds(line, at))
    }

    fn matches_before(&self, program: &Program, line: &[u8], mut at: usize) -> bool {
        for &set in self.sets.iter().rev() {
            if at == 0 {
                return false;
            }
            let start = before(line, at);
            if program.set(set).step(line, start) != Some(at) {
                return false;
            }
            at = start;
        }
        self.edge.is_none_or(|edge| edge.holds(line, at))
    }
}
