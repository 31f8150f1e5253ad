//! A program in the making: operations in a row, with jumps.

use crate::program::{CharSet, FixedLook, Run};
use crate::syntax::Assertion;
use crate::tokens::Token;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Draft {
    Byte(u8),
    Literal(u32),
    One(u32),
    Run(u32),
    Choice(u32),
    Open(u32),
    Close(u32),
    OpenAgain(u32),
    CloseAgain(u32),
    Assert(Assertion),
    Look(u32),
    Token(Token),
    Jump(u32),
    Match,
}

/// Alternatives in order of preference.
#[derive(Debug)]
pub(crate) struct DraftChoice {
    pub(crate) alternatives: Vec<u32>,
    pub(crate) row: u32,
    pub(crate) keep: u32,
}

#[derive(Debug, Default)]
pub(crate) struct DraftProgram {
    pub(crate) ops: Vec<Draft>,
    pub(crate) sets: Vec<CharSet>,
    pub(crate) literals: Vec<Box<[u8]>>,
    pub(crate) runs: Vec<Run>,
    pub(crate) choices: Vec<DraftChoice>,
    pub(crate) looks: Vec<FixedLook>,
    pub(crate) order: Vec<u32>,
    pub(crate) rows: u32,
}

impl DraftProgram {
    pub(crate) fn set(&self, index: u32) -> &CharSet {
        &self.sets[index as usize]
    }

    pub(crate) fn run(&self, index: u32) -> &Run {
        &self.runs[index as usize]
    }

    pub(crate) fn literal(&self, index: u32) -> &[u8] {
        &self.literals[index as usize]
    }

    pub(crate) fn choice(&self, index: u32) -> &DraftChoice {
        &self.choices[index as usize]
    }

    /// Where a jump to `pc` ends up.
    pub(crate) fn landing(&self, mut pc: u32) -> u32 {
        while let Draft::Jump(target) = self.ops[pc as usize] {
            pc = target;
        }
        pc
    }

    /// Which operations something jumps to.
    pub(crate) fn entered(&self) -> Vec<bool> {
        let mut entered = vec![false; self.ops.len()];
        for op in &self.ops {
            match *op {
                Draft::Jump(target) => entered[self.landing(target) as usize] = true,
                Draft::Choice(number) => {
                    for target in &self.choice(number).alternatives {
                        entered[self.landing(*target) as usize] = true;
                    }
                }
                _ => {}
            }
        }
        entered
    }
}
