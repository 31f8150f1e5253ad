//! From a draft to the final program: jumps become links, neighbours that always run together
//! become one step.

use super::dispatch::{Dispatch, dispatch};
use super::draft::{Draft, DraftProgram};
use crate::program::{
    Choice, Head, NO_SLOT, Op, Program, RunKind, Short, Step, Symbols, UNLIMITED,
};
use crate::scratch::narrow;
use crate::syntax::Assertion;

/// Longer literals are compared as such, not character by character.
const MAX_INLINE_LITERAL: usize = 4;

pub(super) fn link(draft: DraftProgram, first: &[Symbols]) -> Program {
    let head = head(&draft);
    let mut linker = Linker {
        entered: draft.entered(),
        step_of: vec![0; draft.ops.len()],
        draft,
        steps: Vec::new(),
        after: Vec::new(),
        shorts: Vec::new(),
        rows_of_sets: Vec::new(),
    };
    linker.steps();
    linker.finish(first, head)
}

struct Linker {
    draft: DraftProgram,
    entered: Vec<bool>,
    /// The step of each operation that begins one.
    step_of: Vec<u32>,
    steps: Vec<Step>,
    /// The operation after each step.
    after: Vec<usize>,
    shorts: Vec<Short>,
    rows_of_sets: Vec<Box<[u32]>>,
}

impl Linker {
    fn steps(&mut self) {
        let mut pc = 0;
        while pc < self.draft.ops.len() {
            self.step_of[pc] = narrow(self.steps.len());
            let mut step = Step { op: Op::Nothing, next: 0, open: NO_SLOT, close: NO_SLOT };
            match self.draft.ops[pc] {
                Draft::Jump(_) => {
                    pc += 1;
                    continue;
                }
                Draft::Close(slot) => {
                    step.close = slot_number(slot);
                    pc += 1;
                }
                Draft::Open(slot) => {
                    step.open = slot_number(slot);
                    pc += 1;
                    if self.can_join(pc) {
                        (step.op, pc) = self.operation(pc);
                    }
                }
                _ => (step.op, pc) = self.operation(pc),
            }
            let closes = step.close == NO_SLOT && !matches!(step.op, Op::Choice(_) | Op::Match);
            if closes && let Some(Draft::Close(slot)) = self.joined(pc) {
                step.close = slot_number(slot);
                pc += 1;
            }
            self.steps.push(step);
            self.after.push(pc);
        }
    }

    /// The operation at `pc`, if nothing jumps there.
    fn joined(&self, pc: usize) -> Option<Draft> {
        if *self.entered.get(pc)? { None } else { Some(self.draft.ops[pc]) }
    }

    /// Whether the operation at `pc` can follow the opening of a slot in the same step.
    fn can_join(&self, pc: usize) -> bool {
        !matches!(self.joined(pc), None | Some(Draft::Open(_) | Draft::Close(_) | Draft::Jump(_)))
    }

    /// The operation that begins at `pc`, and where the next begins.
    fn operation(&mut self, pc: usize) -> (Op, usize) {
        if let Some(found) = self.word(pc) {
            return (found, pc + 3);
        }
        if let Some(found) = self.several(pc) {
            return found;
        }
        let op = match self.draft.ops[pc] {
            Draft::Byte(byte) => Op::Byte(byte),
            Draft::Literal(literal) => match Short::new(self.draft.literal(literal)) {
                Some(short) => {
                    self.shorts.push(short);
                    Op::Short(narrow(self.shorts.len() - 1))
                }
                None => Op::Literal(literal),
            },
            Draft::One(set) => Op::One(set),
            Draft::Run(run) => self.run(run),
            Draft::Choice(choice) => Op::Choice(choice),
            Draft::OpenAgain(slot) => Op::OpenAgain(slot),
            Draft::CloseAgain(slot) => Op::CloseAgain(slot),
            Draft::Assert(assertion) => Op::Assert(assertion),
            Draft::Look(look) => Op::Look(look),
            Draft::Token(token) => Op::Token(token),
            Draft::Match => Op::Match,
            Draft::Close(_) | Draft::Open(_) | Draft::Jump(_) => Op::Nothing,
        };
        (op, pc + 1)
    }

    fn run(&self, number: u32) -> Op {
        let run = self.draft.run(number);
        let set = self.draft.set(run.set);
        if run.kind != RunKind::Whole {
            return Op::Run(number);
        }
        match (run.min, run.max) {
            (0, 1) if set.is_ascii() => Op::Maybe(run.set),
            (0 | 1, UNLIMITED) if set.is_decided_by_byte() => {
                Op::Whole { least: u8::from(run.min == 1), set: short_set(run.set), run: number }
            }
            _ => Op::Run(number),
        }
    }

    /// `\b\w+\b`.
    fn word(&self, pc: usize) -> Option<Op> {
        let boundary = Draft::Assert(Assertion::Word);
        let Some(Draft::Run(number)) = self.joined(pc + 1) else { return None };
        if self.draft.ops[pc] != boundary || self.joined(pc + 2) != Some(boundary) {
            return None;
        }
        let run = self.draft.run(number);
        let whole = run.kind == RunKind::Whole && run.min == 1 && run.max == UNLIMITED;
        let word = whole && self.draft.set(run.set).is_word();
        word.then(|| Op::Word { set: short_set(run.set), run: number })
    }

    /// Single ASCII characters in a row, of which at least one is not a literal.
    fn several(&mut self, start: usize) -> Option<(Op, usize)> {
        let mut sets = Vec::new();
        let mut varied = false;
        let mut pc = start;
        loop {
            let op = if pc == start { self.draft.ops[pc] } else { self.joined(pc)? };
            match op {
                Draft::Byte(byte) if byte.is_ascii() => sets.push(self.set_of(byte)),
                Draft::Literal(literal)
                    if self.draft.literal(literal).len() <= MAX_INLINE_LITERAL
                        && self.draft.literal(literal).is_ascii() =>
                {
                    for byte in self.draft.literal(literal).to_vec() {
                        sets.push(self.set_of(byte));
                    }
                }
                Draft::One(set) if self.draft.set(set).is_ascii() => {
                    varied = true;
                    sets.push(set);
                }
                _ => break,
            }
            pc += 1;
            if self.joined(pc).is_none() {
                break;
            }
        }
        if !varied || pc < start + 2 {
            return None;
        }
        self.rows_of_sets.push(sets.into_boxed_slice());
        Some((Op::Several(narrow(self.rows_of_sets.len() - 1)), pc))
    }

    fn set_of(&mut self, byte: u8) -> u32 {
        let wanted = crate::program::CharSet::new(&crate::class::single(char::from(byte)));
        let sets = &mut self.draft.sets;
        let known = sets.iter().position(|set| set.table() == wanted.table());
        narrow(known.unwrap_or_else(|| {
            sets.push(wanted);
            sets.len() - 1
        }))
    }

    fn finish(mut self, first: &[Symbols], head: Head) -> Program {
        for (step, after) in self.steps.iter_mut().zip(&self.after) {
            if *after < self.draft.ops.len() {
                step.next = self.step_of[self.draft.landing(narrow(*after)) as usize];
            }
        }
        let Dispatch { classes, lists, targets, width } =
            dispatch(&self.draft, first, |pc| self.step_of[pc as usize]);
        let draft = self.draft;
        let choices = draft.choices.iter().enumerate().map(|(number, choice)| Choice {
            dispatch: narrow(number * width),
            row: choice.row,
            keep: choice.keep,
        });
        let in_order = draft.order.iter().enumerate().all(|(at, slot)| *slot as usize == at);
        Program {
            steps: self.steps,
            choices: choices.collect(),
            sets: draft.sets,
            literals: draft.literals,
            shorts: self.shorts,
            rows_of_sets: self.rows_of_sets,
            runs: draft.runs,
            looks: draft.looks,
            classes,
            dispatch: lists,
            targets,
            order: draft.order,
            in_order,
            rows: draft.rows,
            head,
            first: first[0],
        }
    }
}

/// How the draft begins, slots aside.
fn head(draft: &DraftProgram) -> Head {
    let op = draft.ops.iter().find(|op| !matches!(op, Draft::Open(_) | Draft::OpenAgain(_)));
    match op {
        Some(Draft::Assert(Assertion::TextStart)) => Head::TextStart,
        Some(Draft::Assert(Assertion::LineStart)) => Head::LineStart,
        Some(Draft::Byte(byte)) => Head::Literal(Box::new([*byte])),
        Some(Draft::Literal(literal)) => Head::Literal(draft.literal(*literal).into()),
        Some(Draft::Run(run)) if draft.run(*run).max == UNLIMITED => Head::Run(draft.run(*run).set),
        _ => Head::Other,
    }
}

fn slot_number(slot: u32) -> u16 {
    u16::try_from(slot).unwrap_or(NO_SLOT)
}

fn short_set(set: u32) -> u16 {
    u16::try_from(set).unwrap_or(u16::MAX)
}
