//! The fast engine: backtracking over a program whose needless choices were tuned away.
//!
//! Leftmost-first by construction. The budget bounds what a line may cost; when it is spent, the
//! caller turns to the linear engine, which gives the same answer.

use memchr::{memchr, memrchr};

use crate::boundary::{before, char_at};
use crate::newline::Newlines;
use crate::program::{END, NO_TARGET, Next, Op, Program, Run, RunKind};
use crate::scratch::{Frame, Span, narrow};
use crate::search::{Attempt, Outcome};
use crate::tokens::{Token, ipv4, may_be_ipv6};

/// Bytes that one step of the budget pays for when they are merely skipped over.
const BYTES_PER_STEP: usize = 16;

pub(crate) struct Scanner<'s> {
    pub(crate) program: &'s Program,
    pub(crate) line: &'s [u8],
    pub(crate) frames: &'s mut Vec<Frame>,
    pub(crate) slots: &'s mut [Span],
    /// Slots from here on are void.
    pub(crate) high: usize,
    pub(crate) budget: usize,
    pub(crate) newlines: Newlines,
}

/// Where the engine is.
struct Place {
    pc: usize,
    at: usize,
}

impl Attempt for Scanner<'_> {
    fn attempt(&mut self, start: usize) -> Outcome {
        self.frames.clear();
        self.void_from(0);
        let mut place = Place { pc: 0, at: start };
        loop {
            if self.budget == 0 {
                return Outcome::Spent;
            }
            self.budget -= 1;
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

impl<'s> Scanner<'s> {
    #[inline]
    fn void_from(&mut self, keep: usize) {
        if keep < self.high {
            self.slots[keep..self.high].fill(Span::NONE);
            self.high = keep;
        }
    }

    #[inline]
    fn charge(&mut self, bytes: usize) {
        self.budget = self.budget.saturating_sub(bytes / BYTES_PER_STEP);
    }

    #[inline]
    fn push(&mut self, pc: usize, at: usize, bound: usize, cursor: u32) {
        self.frames.push(Frame { pc: narrow(pc), at: narrow(at), bound: narrow(bound), cursor });
    }

    /// Executes one step; `false` if it leads nowhere.
    #[inline(always)]
    fn step(&mut self, op: Op, place: &mut Place) -> bool {
        let line = self.line;
        let at = place.at;
        match op {
            Op::Byte(byte) => {
                if line.get(at) != Some(&byte) {
                    return false;
                }
                place.at += 1;
            }
            Op::Literal(literal) => {
                let literal = self.program.literal(literal);
                if !line[at..].starts_with(literal) {
                    return false;
                }
                place.at += literal.len();
            }
            Op::One(set) => match self.program.set(set).step(line, at) {
                Some(next) => place.at = next,
                None => return false,
            },
            Op::Run(run) => return self.start_run(self.program.run(run), place),
            Op::Choice(choice) => return self.choose(choice, place),
            Op::Open(slot) => {
                self.slots[slot as usize].start = narrow(at);
                self.high = slot as usize + 1;
            }
            Op::Close(slot) => self.slots[slot as usize].end = narrow(at),
            Op::Jump(target) => {
                place.pc = target as usize;
                return true;
            }
            _ => return self.rare_step(op, place),
        }
        place.pc += 1;
        true
    }

    fn rare_step(&mut self, op: Op, place: &mut Place) -> bool {
        let (line, at) = (self.line, place.at);
        let holds = match op {
            Op::Assert(assertion) => assertion.holds(line, at),
            Op::Look(look) => self.program.looks[look as usize].holds(self.program, line, at),
            Op::Token(Token::Ipv6) => may_be_ipv6(line, at),
            Op::Token(Token::Ipv4) => match ipv4(line, at) {
                Some(end) => {
                    place.at = end;
                    true
                }
                None => false,
            },
            Op::OpenAgain(slot) | Op::CloseAgain(slot) => {
                let span = self.slots[slot as usize];
                self.push(place.pc, span.start as usize, span.end as usize, slot);
                let now = &mut self.slots[slot as usize];
                if matches!(op, Op::OpenAgain(_)) {
                    now.start = narrow(at);
                } else {
                    now.end = narrow(at);
                }
                true
            }
            _ => false,
        };
        place.pc += 1;
        holds
    }

    #[inline]
    fn choose(&mut self, choice: u32, place: &mut Place) -> bool {
        let choice = self.program.choice(choice);
        let symbol = self.line.get(place.at).map_or(END, |byte| usize::from(*byte));
        let list = usize::from(choice.table[symbol]);
        let [target, following] = [self.program.targets[list], self.program.targets[list + 1]];
        if target == NO_TARGET {
            return false;
        }
        if following != NO_TARGET {
            self.push(place.pc, place.at, 0, narrow(list) + 1);
        }
        place.pc = target as usize;
        true
    }

    #[inline]
    fn start_run(&mut self, run: &'s Run, place: &mut Place) -> bool {
        let set = self.program.set(run.set);
        if run.kind == RunKind::Lazy {
            return self.start_lazy(run, place);
        }
        let found = set.run(self.line, place.at, run.min, run.max, &mut self.newlines);
        let Some(end) = found else { return false };
        self.charge(end - place.at);
        if run.kind == RunKind::Whole {
            place.at = end;
            place.pc += 1;
            return true;
        }
        let Some(least) = set.exactly(self.line, place.at, run.min) else { return false };
        self.give_back(run, place, end, least)
    }

    /// Goes on after a greedy run at the last promising position from `from` down to `least`.
    fn give_back(&mut self, run: &Run, place: &mut Place, from: usize, least: usize) -> bool {
        let Some(end) = self.last_chance(run, from, least) else { return false };
        if end > least {
            self.push(place.pc, end, least, 0);
        }
        place.at = end;
        place.pc += 1;
        true
    }

    fn last_chance(&mut self, run: &Run, from: usize, least: usize) -> Option<usize> {
        let line = self.line;
        let mut at = from;
        loop {
            if let Next::Byte(first) | Next::Literal(first, _) = &run.next {
                let window = &line[least..line.len().min(at + 1)];
                let found = memrchr(*first, window).map(|found| least + found);
                self.charge(at - found.unwrap_or(least));
                at = found?;
            }
            if run.next.admits(self.program, line, at) {
                return Some(at);
            }
            if at <= least {
                return None;
            }
            self.charge(BYTES_PER_STEP);
            at = before(line, at);
        }
    }

    fn start_lazy(&mut self, run: &'s Run, place: &mut Place) -> bool {
        let set = self.program.set(run.set);
        let Some(least) = set.exactly(self.line, place.at, run.min) else { return false };
        let found = set.run(self.line, place.at, run.min, run.max, &mut self.newlines);
        let Some(most) = found else { return false };
        self.extend(run, place, least, most)
    }

    /// Goes on after a lazy run at the first promising position from `from` up to `most`.
    fn extend(&mut self, run: &Run, place: &mut Place, from: usize, most: usize) -> bool {
        let Some(end) = self.first_chance(run, from, most) else { return false };
        if end < most {
            self.push(place.pc, end, most, 0);
        }
        place.at = end;
        place.pc += 1;
        true
    }

    fn first_chance(&mut self, run: &Run, from: usize, most: usize) -> Option<usize> {
        let line = self.line;
        let mut at = from;
        loop {
            if let Next::Byte(first) | Next::Literal(first, _) = &run.next {
                let window = &line[at..line.len().min(most + 1)];
                let skipped = memchr(*first, window);
                self.charge(skipped.unwrap_or(window.len()));
                at += skipped?;
            }
            if run.next.admits(self.program, line, at) {
                return Some(at);
            }
            if at >= most {
                return None;
            }
            self.charge(BYTES_PER_STEP);
            at = char_at(line, at).1;
        }
    }

    /// Takes up the last choice that has something left; `false` if there is none.
    #[inline]
    fn resume(&mut self, place: &mut Place) -> bool {
        while let Some(frame) = self.frames.pop() {
            place.pc = frame.pc as usize;
            place.at = frame.at as usize;
            let going = match self.program.ops[place.pc] {
                Op::Choice(choice) => self.next_alternative(choice, frame, place),
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
            if self.budget == 0 {
                return true;
            }
        }
        false
    }

    fn next_alternative(&mut self, choice: u32, frame: Frame, place: &mut Place) -> bool {
        self.void_from(self.program.choice(choice).keep as usize);
        let cursor = frame.cursor as usize;
        if self.program.targets[cursor + 1] != NO_TARGET {
            self.frames.push(Frame { cursor: frame.cursor + 1, ..frame });
        }
        place.pc = self.program.targets[cursor] as usize;
        true
    }

    fn resume_run(&mut self, run: &Run, frame: Frame, place: &mut Place) -> bool {
        self.void_from(run.keep as usize);
        let bound = frame.bound as usize;
        if run.kind == RunKind::Lazy {
            let next = char_at(self.line, place.at).1;
            return self.extend(run, place, next, bound);
        }
        let previous = before(self.line, place.at);
        self.give_back(run, place, previous, bound)
    }
}
