//! Uses what can come next to remove choices from a program.
//!
//! A run becomes whole when no shorter one could lead to a match; a choice learns which of its
//! alternatives can match before which byte.

use std::collections::HashMap;

use super::Refusal;
use crate::first::first_symbols;
use crate::program::{NO_TARGET, Next, Op, Program, Run, RunKind, Symbols};
use crate::syntax::Assertion;

pub(super) fn tune(program: &mut Program) -> Result<(), Refusal> {
    let first = first_symbols(program);
    tune_runs(program, &first);
    fill_tables(program, &first)
}

fn tune_runs(program: &mut Program, first: &[Symbols]) {
    let entered = jump_targets(program);
    for pc in 0..program.ops.len() {
        let Op::Run(number) = program.ops[pc] else { continue };
        let run = program.run(number);
        let next = next_op(program, pc + 1);
        let whole = run.kind != RunKind::Whole
            && (!first[pc + 1].meets(program.set(run.set).table())
                || (next == Op::Match && run.kind == RunKind::Greedy)
                || ends_a_word(program, pc, run, next, &entered));
        let hint = match next {
            Op::Byte(byte) => Next::Byte(byte),
            Op::Literal(literal) => Next::Literal(program.literal(literal)[0], literal),
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
fn ends_a_word(program: &Program, pc: usize, run: &Run, next: Op, entered: &[bool]) -> bool {
    if next != Op::Assert(Assertion::Word) || !program.set(run.set).is_word() {
        return false;
    }
    let word_before = || {
        pc > 0
            && !entered[pc]
            && matches!(program.ops[pc - 1], Op::One(set) if program.set(set).is_word())
    };
    run.min > 0 || word_before()
}

fn jump_targets(program: &Program) -> Vec<bool> {
    let mut entered = vec![false; program.ops.len()];
    for op in &program.ops {
        match *op {
            Op::Jump(target) => entered[target as usize] = true,
            Op::Choice(number) => {
                for target in &program.choice(number).alternatives {
                    entered[*target as usize] = true;
                }
            }
            _ => {}
        }
    }
    entered
}

/// The step at or after `pc` that is not mere bookkeeping.
fn next_op(program: &Program, mut pc: usize) -> Op {
    loop {
        match program.ops[pc] {
            Op::Open(_) | Op::Close(_) | Op::OpenAgain(_) | Op::CloseAgain(_) => pc += 1,
            Op::Jump(target) if (target as usize) > pc => pc = target as usize,
            op => return op,
        }
    }
}

fn fill_tables(program: &mut Program, first: &[Symbols]) -> Result<(), Refusal> {
    let mut lists: HashMap<Vec<u32>, u16> = HashMap::new();
    let mut targets = vec![NO_TARGET, NO_TARGET];
    lists.insert(Vec::new(), 0);
    let ops = std::mem::take(&mut program.ops);
    for choice in &mut program.choices {
        for (symbol, entry) in choice.table.iter_mut().enumerate() {
            let list: Vec<u32> = choice
                .alternatives
                .iter()
                .filter(|target| first[**target as usize].has(symbol))
                .map(|target| landing(&ops, *target))
                .collect();
            if let Some(known) = lists.get(&list) {
                *entry = *known;
                continue;
            }
            let start = u16::try_from(targets.len()).map_err(|_| Refusal::TooLarge)?;
            targets.extend_from_slice(&list);
            targets.push(NO_TARGET);
            lists.insert(list, start);
            *entry = start;
        }
    }
    program.ops = ops;
    program.targets = targets;
    Ok(())
}

/// Where a jump to `pc` ends up.
fn landing(ops: &[Op], mut pc: u32) -> u32 {
    while let Op::Jump(target) = ops[pc as usize] {
        pc = target;
    }
    pc
}
