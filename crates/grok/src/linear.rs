//! The patient engine: the same program, remembering which choices were tried where.
//!
//! A choice that was tried at a position did not lead to a match, or the search would be over;
//! trying it again is pointless. So each pair of choice and position costs once, and the whole
//! search, over all starting positions, is linear in program × line. Captures do not enter into
//! it: what can follow a step does not depend on them (patterns with back-references do not come
//! here).

use crate::boundary::before;
use crate::newline::Newlines;
use crate::program::{END, NO_TARGET, Op, Program, Run, RunKind, UNLIMITED};
use crate::scratch::{Frame, Span, narrow};
use crate::search::{Attempt, Outcome};
use crate::tokens::{Token, ipv4, may_be_ipv6};

/// Bits of memory for one search: 64 MiB.
const MAX_BITS: usize = 1 << 29;

pub(crate) struct Patient<'s> {
    program: &'s Program,
    line: &'s [u8],
    frames: &'s mut Vec<Frame>,
    slots: &'s mut [Span],
    visited: &'s mut [u64],
    newlines: Newlines,
    pub(crate) steps: u64,
}

struct Place {
    pc: usize,
    at: usize,
}

impl<'s> Patient<'s> {
    /// `None` if the memory would be out of proportion.
    pub(crate) fn new(
        program: &'s Program,
        line: &'s [u8],
        frames: &'s mut Vec<Frame>,
        slots: &'s mut [Span],
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

    fn push(&mut self, pc: usize, at: usize, bound: usize, cursor: u32) {
        self.frames.push(Frame { pc: narrow(pc), at: narrow(at), bound: narrow(bound), cursor });
    }

    fn step(&mut self, op: Op, place: &mut Place) -> bool {
        let (program, line, at) = (self.program, self.line, place.at);
        let next = match op {
            Op::Byte(byte) => (line.get(at) == Some(&byte)).then_some(at + 1),
            Op::Literal(literal) => {
                let literal = program.literal(literal);
                line[at..].starts_with(literal).then_some(at + literal.len())
            }
            Op::One(set) => program.set(set).step(line, at),
            Op::Run(run) => return self.start_run(program.run(run), place),
            Op::Choice(choice) => return self.choose(choice, place),
            Op::Open(slot) | Op::OpenAgain(slot) | Op::Close(slot) | Op::CloseAgain(slot) => {
                let span = self.slots[slot as usize];
                self.push(place.pc, span.start as usize, span.end as usize, slot);
                let now = &mut self.slots[slot as usize];
                match op {
                    Op::Open(_) | Op::OpenAgain(_) => now.start = narrow(at),
                    _ => now.end = narrow(at),
                }
                Some(at)
            }
            Op::Assert(assertion) => assertion.holds(line, at).then_some(at),
            Op::Look(look) => program.looks[look as usize].holds(program, line, at).then_some(at),
            Op::Token(Token::Ipv6) => may_be_ipv6(line, at).then_some(at),
            Op::Token(Token::Ipv4) => ipv4(line, at),
            Op::Jump(target) => {
                place.pc = target as usize;
                return true;
            }
            Op::Match => None,
        };
        let Some(next) = next else { return false };
        place.at = next;
        place.pc += 1;
        true
    }

    fn choose(&mut self, number: u32, place: &mut Place) -> bool {
        let choice = self.program.choice(number);
        if !self.mark(choice.row, place.at) {
            return false;
        }
        let symbol = self.line.get(place.at).map_or(END, |byte| usize::from(*byte));
        let list = usize::from(choice.table[symbol]);
        let target = self.program.targets[list];
        if target == NO_TARGET {
            return false;
        }
        self.push(place.pc, place.at, 0, narrow(list) + 1);
        place.pc = target as usize;
        true
    }

    fn start_run(&mut self, run: &'s Run, place: &mut Place) -> bool {
        let set = self.program.set(run.set);
        if run.max != UNLIMITED {
            return self.start_bounded(run, place);
        }
        let Some(least) = set.exactly(self.line, place.at, run.min) else { return false };
        if run.kind == RunKind::Lazy {
            if !self.mark(run.row, least) {
                return false;
            }
            self.push(place.pc, least, self.line.len(), 0);
            place.at = least;
            place.pc += 1;
            return true;
        }
        let Some(end) = self.walk(run, least) else { return false };
        if run.kind == RunKind::Greedy {
            self.push(place.pc, end, least, 0);
        }
        place.at = end;
        place.pc += 1;
        true
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
    fn start_bounded(&mut self, run: &'s Run, place: &mut Place) -> bool {
        if !self.mark(run.row, place.at) {
            return false;
        }
        let set = self.program.set(run.set);
        let found = set.run(self.line, place.at, run.min, run.max, &mut self.newlines);
        let least = set.exactly(self.line, place.at, run.min);
        let (Some(most), Some(least)) = (found, least) else { return false };
        self.steps += (most - place.at) as u64;
        let (at, bound) = match run.kind {
            RunKind::Lazy => (least, most),
            RunKind::Whole | RunKind::Greedy => (most, least),
        };
        if run.kind != RunKind::Whole {
            self.push(place.pc, at, bound, 0);
        }
        place.at = at;
        place.pc += 1;
        true
    }

    fn resume(&mut self, place: &mut Place) -> bool {
        while let Some(frame) = self.frames.pop() {
            self.steps += 1;
            place.pc = frame.pc as usize;
            place.at = frame.at as usize;
            let going = match self.program.ops[place.pc] {
                Op::Choice(_) => self.next_alternative(frame, place),
                Op::Run(run) => self.resume_run(self.program.run(run), frame, place),
                _ => {
                    let former = Span { start: frame.at, end: frame.bound };
                    self.slots[frame.cursor as usize] = former;
                    false
                }
            };
            if going {
                return true;
            }
        }
        false
    }

    fn next_alternative(&mut self, frame: Frame, place: &mut Place) -> bool {
        let target = self.program.targets[frame.cursor as usize];
        if target == NO_TARGET {
            return false;
        }
        self.frames.push(Frame { cursor: frame.cursor + 1, ..frame });
        place.pc = target as usize;
        true
    }

    fn resume_run(&mut self, run: &Run, frame: Frame, place: &mut Place) -> bool {
        if frame.at == frame.bound {
            return false;
        }
        let at = match run.kind {
            RunKind::Lazy => match self.program.set(run.set).step(self.line, place.at) {
                Some(next) => next,
                None => return false,
            },
            RunKind::Whole | RunKind::Greedy => before(self.line, place.at),
        };
        if run.kind == RunKind::Lazy && run.max == UNLIMITED && !self.mark(run.row, at) {
            return false;
        }
        self.frames.push(Frame { at: narrow(at), ..frame });
        place.at = at;
        place.pc += 1;
        true
    }
}

impl Attempt for Patient<'_> {
    fn attempt(&mut self, start: usize) -> Outcome {
        self.frames.clear();
        self.slots.fill(Span::NONE);
        let mut place = Place { pc: 0, at: start };
        loop {
            self.steps += 1;
            let op = self.program.ops[place.pc];
            if op == Op::Match {
                return Outcome::Match(place.at);
            }
            if !self.step(op, &mut place) && !self.resume(&mut place) {
                return Outcome::Fail;
            }
        }
    }

    fn newlines(&mut self) -> &mut Newlines {
        &mut self.newlines
    }
}
