//! The fast engine: backtracking over a program whose needless choices were tuned away.
//!
//! Leftmost-first by construction. The budget bounds what a line may cost; when it is spent, the
//! caller turns to the linear engine, which gives the same answer.

mod runs;

use crate::assertion::is_word_boundary;
use crate::newline::Newlines;
use crate::program::{NO_SLOT, NO_TARGET, Op, Program, Run};
use crate::scratch::{Frame, RESTORE, Slots, narrow};
use crate::search::{Attempt, Outcome};
use crate::tokens::{Token, http_time, ipv4, may_be_ipv6};

/// Bytes that one step of the budget pays for when they are merely skipped over.
const BYTES_PER_STEP: usize = 16;

pub(crate) struct Scanner<'s> {
    pub(crate) program: &'s Program,
    pub(crate) line: &'s [u8],
    pub(crate) frames: &'s mut Vec<Frame>,
    pub(crate) slots: Slots<'s>,
    pub(crate) budget: usize,
    pub(crate) newlines: Newlines,
}

impl Attempt for Scanner<'_> {
    fn attempt(&mut self, start: usize) -> Outcome {
        self.frames.clear();
        self.slots.void_from(0);
        let program = self.program;
        let (mut pc, mut at) = (0, start);
        loop {
            if self.budget == 0 {
                return Outcome::Spent;
            }
            self.budget -= 1;
            let step = &program.steps[pc as usize];
            if step.open != NO_SLOT {
                self.slots.open(step.open, at);
            }
            let end = match step.op {
                Op::Match => return Outcome::Match(at),
                Op::Choice(choice) => match self.choose(choice, pc, at) {
                    Some(target) => {
                        pc = target;
                        continue;
                    }
                    None => None,
                },
                op => self.step(op, pc, at),
            };
            if let Some(end) = end {
                if step.close != NO_SLOT {
                    self.slots.close(step.close, end);
                }
                (pc, at) = (step.next, end);
            } else {
                let Some(resumed) = self.go_back() else { return Outcome::Fail };
                (pc, at) = resumed;
            }
        }
    }

    fn newlines(&mut self) -> &mut Newlines {
        &mut self.newlines
    }
}

impl Scanner<'_> {
    #[inline]
    fn charge(&mut self, bytes: usize) {
        self.budget = self.budget.saturating_sub(bytes / BYTES_PER_STEP);
    }

    #[inline]
    fn push(&mut self, pc: u32, at: usize, bound: usize, cursor: u32) {
        self.frames.push(Frame { pc, at: narrow(at), bound: narrow(bound), cursor });
    }

    /// Executes one operation; gives the position behind it.
    #[inline]
    fn step(&mut self, op: Op, pc: u32, at: usize) -> Option<usize> {
        let (program, line) = (self.program, self.line);
        match op {
            Op::Nothing | Op::Match | Op::Choice(_) => Some(at),
            Op::Byte(byte) => (line.get(at) == Some(&byte)).then_some(at + 1),
            Op::Short(short) => program.shorts[short as usize].matches(line, at),
            Op::Literal(literal) => {
                let literal = program.literal(literal);
                line[at..].starts_with(literal).then_some(at + literal.len())
            }
            Op::One(set) => program.set(set).step(line, at),
            Op::Several(row) => program.several(row, line, at),
            Op::Maybe(set) => Some(program.set(set).step(line, at).unwrap_or(at)),
            Op::Whole { least, set, .. } => {
                let end = program.set(set.into()).whole_run(line, at, &mut self.newlines);
                self.charge(end - at);
                (end - at >= usize::from(least)).then_some(end)
            }
            Op::Word { set, .. } => {
                let end = program.set(set.into()).whole_run(line, at, &mut self.newlines);
                self.charge(end - at);
                let word = end > at && is_word_boundary(line, at) && is_word_boundary(line, end);
                word.then_some(end)
            }
            Op::Token(Token::Ipv4) => ipv4(line, at),
            Op::Token(Token::HttpTime) => http_time(line, at),
            Op::Token(Token::Ipv6) => may_be_ipv6(line, at).then_some(at),
            Op::Assert(assertion) => assertion.holds(line, at).then_some(at),
            Op::Look(look) => program.looks[look as usize].holds(program, line, at).then_some(at),
            Op::Run(run) => self.start_run(program.run(run), pc, at),
            Op::OpenAgain(slot) => {
                let undo = self.slots.change(slot, |span| span.start = narrow(at));
                self.frames.push(undo);
                Some(at)
            }
            Op::CloseAgain(slot) => {
                let undo = self.slots.change(slot, |span| span.end = narrow(at));
                self.frames.push(undo);
                Some(at)
            }
        }
    }

    /// The first alternative that can match; where to go on if it does not is kept.
    #[inline]
    fn choose(&mut self, choice: u32, pc: u32, at: usize) -> Option<u32> {
        let program = self.program;
        let list = program.alternatives(program.choice(choice), self.line, at);
        let [target, following] = [program.targets[list], program.targets[list + 1]];
        if target == NO_TARGET {
            return None;
        }
        if following != NO_TARGET {
            self.push(pc, at, 0, narrow(list) + 1);
        }
        Some(target)
    }

    /// Takes up the latest choice that has something left: the step and position to go on with.
    #[inline(never)]
    fn go_back(&mut self) -> Option<(u32, usize)> {
        let program = self.program;
        while let Some(frame) = self.frames.pop() {
            if frame.pc == RESTORE {
                self.slots.restore(frame);
                continue;
            }
            let step = &program.steps[frame.pc as usize];
            match step.op {
                Op::Choice(choice) => {
                    self.slots.void_from(program.choice(choice).keep);
                    let cursor = frame.cursor as usize;
                    if program.targets[cursor + 1] != NO_TARGET {
                        self.frames.push(Frame { cursor: frame.cursor + 1, ..frame });
                    }
                    return Some((program.targets[cursor], frame.at as usize));
                }
                Op::Run(run) => {
                    let Some(end) = self.resume_run(program.run(run), frame) else { continue };
                    if step.close != NO_SLOT {
                        self.slots.close(step.close, end);
                    }
                    return Some((step.next, end));
                }
                _ => {}
            }
        }
        None
    }
}
