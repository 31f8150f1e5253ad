//! Runs of which a part may be given back or is taken only on demand.

use memchr::{memchr, memrchr};

use super::{BYTES_PER_STEP, Run, Scanner};
use crate::boundary::{before, char_at};
use crate::program::{Next, RunKind};
use crate::scratch::Frame;

impl<'s> Scanner<'s> {
    pub(super) fn start_run(&mut self, run: &'s Run, pc: u32, at: usize) -> Option<usize> {
        let set = self.program.set(run.set);
        let found = set.run(self.line, at, run.min, run.max, &mut self.newlines);
        let most = found?;
        if run.kind == RunKind::Whole {
            self.charge(most - at);
            return Some(most);
        }
        let least = set.exactly(self.line, at, run.min)?;
        if run.kind == RunKind::Lazy {
            return self.extend(run, pc, least, most);
        }
        self.charge(most - at);
        self.give_back(run, pc, most, least)
    }

    #[inline]
    pub(super) fn resume_run(&mut self, run: &Run, frame: Frame) -> Option<usize> {
        self.slots.void_from(run.keep);
        let (at, bound) = (frame.at as usize, frame.bound as usize);
        if run.kind == RunKind::Lazy {
            let next = char_at(self.line, at).1;
            return self.extend(run, frame.pc, next, bound);
        }
        let previous = before(self.line, at);
        self.give_back(run, frame.pc, previous, bound)
    }

    /// Goes on after a greedy run at the last promising position from `from` down to `least`.
    fn give_back(&mut self, run: &Run, pc: u32, from: usize, least: usize) -> Option<usize> {
        let end = self.last_chance(run, from, least)?;
        if end > least {
            self.push(pc, end, least, 0);
        }
        Some(end)
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

    /// Goes on after a lazy run at the first promising position from `from` up to `most`.
    fn extend(&mut self, run: &Run, pc: u32, from: usize, most: usize) -> Option<usize> {
        let end = self.first_chance(run, from, most)?;
        if end < most {
            self.push(pc, end, most, 0);
        }
        Some(end)
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
}
