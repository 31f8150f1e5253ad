//! The patient engine: the same program, remembering which choices were tried where.
//!
//! A choice that was tried at a position did not lead to a match, or the search would be over;
//! trying it again is pointless. So each pair of choice and position costs once, and the whole
//! search, over all starting positions, is linear in program × line. Captures do not enter into
//! it: what can follow a step does not depend on them (patterns with back-references do not come
//! here).

use crate::assertion::is_word_boundary;
use crate::boundary::before;
use crate::newline::Newlines;
use crate::program::{NO_SLOT, NO_TARGET, Op, Program, Run, RunKind, UNLIMITED};
use crate::scratch::{Frame, RESTORE, Slots, narrow};
use crate::search::{Attempt, Outcome};
use crate::tokens::{Token, http_time, ipv4, may_be_ipv6};

/// Bits of memory for one search: 64 MiB.
const MAX_BITS: usize = 1 << 29;

pub(crate) struct Patient<'s> {
    program: &'s Program,
    line: &'s [u8],
    frames: &'s mut Vec<Frame>,
    slots: Slots<'s>,
    visited: &'s mut [u64],
    newlines: Newlines,
    pub(crate) steps: u64,
}

/// How a step went.
enum Went {
    To(usize),
    Aside(u32),
    Nowhere,
}

impl From<Option<usize>> for Went {
    fn from(end: Option<usize>) -> Self {
        end.map_or(Self::Nowhere, Self::To)
    }
}

impl<'s> Patient<'s> {
    /// `None` if the memory would be out of proportion.
    pub(crate) fn new(
        program: &'s Program,
        line: &'s [u8],
        frames: &'s mut Vec<Frame>,
        slots: Slots<'s>,
        visited: &'s mut Vec<u64>,
    ) -> Option<Self> {
        let bits = (program.rows as usize).checked_mul(line.len() + 1)?;
        if bits > MAX_BITS {
            return None;
        }
        visited.clear();
        visited.resize(bits.div_ceil(64), 0);
        let newlines = Newlines::default();
        Some(Self { program, line, frames, slots, visited, newlines, steps: 0 })
    }

    /// Marks a row at a position; `false` if it was marked before.
    fn mark(&mut self, row: u32, at: usize) -> bool {
        self.steps += 1;
        let bit = row as usize * (self.line.len() + 1) + at;
        let word = &mut self.visited[bit / 64];
        let mask = 1 << (bit % 64);
        let fresh = *word & mask == 0;
        *word |= mask;
        fresh
    }

    fn push(&mut self, pc: u32, at: usize, bound: usize, cursor: u32) {
        self.frames.push(Frame { pc, at: narrow(at), bound: narrow(bound), cursor });
    }

    fn step(&mut self, op: Op, pc: u32, at: usize) -> Went {
        let (program, line) = (self.program, self.line);
        match op {
            Op::Nothing | Op::Match => Went::To(at),
            Op::Byte(byte) => (line.get(at) == Some(&byte)).then_some(at + 1).into(),
            Op::Short(short) => program.shorts[short as usize].matches(line, at).into(),
            Op::Literal(literal) => {
                let literal = program.literal(literal);
                line[at..].starts_with(literal).then_some(at + literal.len()).into()
            }
            Op::One(set) => program.set(set).step(line, at).into(),
            Op::Several(row) => program.several(row, line, at).into(),
            Op::Maybe(set) => Went::To(program.set(set).step(line, at).unwrap_or(at)),
            Op::Whole { run, .. } | Op::Run(run) => self.start_run(program.run(run), pc, at),
            Op::Word { run, .. } => {
                if !is_word_boundary(line, at) {
                    return Went::Nowhere;
                }
                match self.start_run(program.run(run), pc, at) {
                    Went::To(end) => is_word_boundary(line, end).then_some(end).into(),
                    nowhere => nowhere,
                }
            }
            Op::Token(Token::Ipv4) => ipv4(line, at).into(),
            Op::Token(Token::HttpTime) => http_time(line, at).into(),
            Op::Token(Token::Ipv6) => may_be_ipv6(line, at).then_some(at).into(),
            Op::Assert(assertion) => assertion.holds(line, at).then_some(at).into(),
            Op::Look(look) => {
                program.looks[look as usize].holds(program, line, at).then_some(at).into()
            }
            Op::Choice(choice) => self.choose(choice, pc, at),
            Op::OpenAgain(slot) => {
                let undo = self.slots.change(slot, |span| span.start = narrow(at));
                self.frames.push(undo);
                Went::To(at)
            }
            Op::CloseAgain(slot) => {
                let undo = self.slots.change(slot, |span| span.end = narrow(at));
                self.frames.push(undo);
                Went::To(at)
            }
        }
    }

    fn choose(&mut self, number: u32, pc: u32, at: usize) -> Went {
        let program = self.program;
        let choice = program.choice(number);
        if !self.mark(choice.row, at) {
            return Went::Nowhere;
        }
        let list = program.alternatives(choice, self.line, at);
        let target = program.targets[list];
        if target == NO_TARGET {
            return Went::Nowhere;
        }
        self.push(pc, at, 0, narrow(list) + 1);
        Went::Aside(target)
    }

    fn start_run(&mut self, run: &'s Run, pc: u32, at: usize) -> Went {
        let set = self.program.set(run.set);
        if run.max != UNLIMITED {
            return self.start_bounded(run, pc, at);
        }
        let Some(least) = set.exactly(self.line, at, run.min) else { return Went::Nowhere };
        if run.kind == RunKind::Lazy {
            if !self.mark(run.row, least) {
                return Went::Nowhere;
            }
            self.push(pc, least, self.line.len(), 0);
            return Went::To(least);
        }
        let Some(end) = self.walk(run, least) else { return Went::Nowhere };
        if run.kind == RunKind::Greedy {
            self.push(pc, end, least, 0);
        }
        Went::To(end)
    }

    /// Marks the positions of an endless run from `from`. The last one that was not yet tried is
    /// the result: all there is for a greedy run, but for one that gives nothing back only the
    /// end counts.
    fn walk(&mut self, run: &Run, from: usize) -> Option<usize> {
        let set = self.program.set(run.set);
        let mut at = from;
        loop {
            if !self.mark(run.row, at) {
                let rest_is_open = run.kind == RunKind::Greedy && at > from;
                return rest_is_open.then(|| before(self.line, at));
            }
            match set.step(self.line, at) {
                Some(next) => at = next,
                None => return Some(at),
            }
        }
    }

    /// A run with an upper limit is remembered by its start.
    fn start_bounded(&mut self, run: &'s Run, pc: u32, at: usize) -> Went {
        if !self.mark(run.row, at) {
            return Went::Nowhere;
        }
        let set = self.program.set(run.set);
        let found = set.run(self.line, at, run.min, run.max, &mut self.newlines);
        let least = set.exactly(self.line, at, run.min);
        let (Some(most), Some(least)) = (found, least) else { return Went::Nowhere };
        self.steps += (most - at) as u64;
        let (end, bound) = match run.kind {
            RunKind::Lazy => (least, most),
            RunKind::Whole | RunKind::Greedy => (most, least),
        };
        if run.kind != RunKind::Whole {
            self.push(pc, end, bound, 0);
        }
        Went::To(end)
    }

    fn resume(&mut self, frame: Frame) -> Went {
        self.steps += 1;
        if frame.pc == RESTORE {
            self.slots.restore(frame);
            return Went::Nowhere;
        }
        let program = self.program;
        match program.steps[frame.pc as usize].op {
            Op::Choice(choice) => {
                self.slots.void_from(program.choice(choice).keep);
                let target = program.targets[frame.cursor as usize];
                if target == NO_TARGET {
                    return Went::Nowhere;
                }
                self.frames.push(Frame { cursor: frame.cursor + 1, ..frame });
                Went::Aside(target)
            }
            Op::Run(run) => self.resume_run(program.run(run), frame),
            _ => Went::Nowhere,
        }
    }

    fn resume_run(&mut self, run: &Run, frame: Frame) -> Went {
        self.slots.void_from(run.keep);
        if frame.at == frame.bound {
            return Went::Nowhere;
        }
        let from = frame.at as usize;
        let at = match run.kind {
            RunKind::Lazy => match self.program.set(run.set).step(self.line, from) {
                Some(next) => next,
                None => return Went::Nowhere,
            },
            RunKind::Whole | RunKind::Greedy => before(self.line, from),
        };
        if run.kind == RunKind::Lazy && run.max == UNLIMITED && !self.mark(run.row, at) {
            return Went::Nowhere;
        }
        self.frames.push(Frame { at: narrow(at), ..frame });
        Went::To(at)
    }
}

impl Attempt for Patient<'_> {
    fn attempt(&mut self, start: usize) -> Outcome {
        self.frames.clear();
        self.slots.void_all();
        let (mut pc, mut at) = (0, start);
        loop {
            self.steps += 1;
            let step = &self.program.steps[pc as usize];
            if step.open != NO_SLOT {
                self.slots.open(step.open, at);
            }
            let mut went = match step.op {
                Op::Match => return Outcome::Match(at),
                op => self.step(op, pc, at),
            };
            loop {
                match went {
                    Went::To(end) => {
                        let step = &self.program.steps[pc as usize];
                        if step.close != NO_SLOT {
                            self.slots.close(step.close, end);
                        }
                        (pc, at) = (step.next, end);
                        break;
                    }
                    Went::Aside(target) => {
                        pc = target;
                        break;
                    }
                    Went::Nowhere => {
                        let Some(frame) = self.frames.pop() else { return Outcome::Fail };
                        (pc, at) = (frame.pc, frame.at as usize);
                        went = self.resume(frame);
                    }
                }
            }
        }
    }

    fn newlines(&mut self) -> &mut Newlines {
        &mut self.newlines
    }
}
