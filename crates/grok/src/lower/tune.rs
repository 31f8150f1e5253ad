//! Uses what can come next to make runs whole: when no shorter one could lead to a match.

use super::draft::{Draft, DraftProgram};
use crate::program::{Next, Run, RunKind, Symbols};
use crate::syntax::Assertion;

pub(super) fn tune(program: &mut DraftProgram, first: &[Symbols]) {
    let entered = program.entered();
    for pc in 0..program.ops.len() {
        let Draft::Run(number) = program.ops[pc] else { continue };
        let run = program.run(number);
        let next = next_op(program, pc + 1);
        let whole = run.kind != RunKind::Whole
            && (!first[pc + 1].meets(program.set(run.set).table())
                || (next == Draft::Match && run.kind == RunKind::Greedy)
                || ends_a_word(program, pc, run, next, &entered));
        let hint = match next {
            Draft::Byte(byte) => Next::Byte(byte),
            Draft::Literal(literal) => Next::Literal(program.literal(literal)[0], literal),
            _ if first[pc + 1].is_all() => Next::Anything,
            _ => Next::Symbols(first[pc + 1]),
        };
        let run = &mut program.runs[number as usize];
        run.next = hint;
        if whole {
            run.kind = RunKind::Whole;
        }
    }
}

/// `\w+\b`: within a word there is no boundary, so only the whole run can be right.
fn ends_a_word(
    program: &DraftProgram,
    pc: usize,
    run: &Run,
    next: Draft,
    entered: &[bool],
) -> bool {
    if next != Draft::Assert(Assertion::Word) || !program.set(run.set).is_word() {
        return false;
    }
    let word_before = || {
        pc > 0
            && !entered[pc]
            && matches!(program.ops[pc - 1], Draft::One(set) if program.set(set).is_word())
    };
    run.min > 0 || word_before()
}

/// The step at or after `pc` that is not mere bookkeeping.
fn next_op(program: &DraftProgram, mut pc: usize) -> Draft {
    loop {
        match program.ops[pc] {
            Draft::Open(_) | Draft::Close(_) | Draft::OpenAgain(_) | Draft::CloseAgain(_) => {
                pc += 1;
            }
            Draft::Jump(target) if (target as usize) > pc => pc = target as usize,
            op => return op,
        }
    }
}
