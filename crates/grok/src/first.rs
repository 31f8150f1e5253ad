//! Which symbol the rest of the pattern can begin with, for every step of a program.
//!
//! The answer errs on the side of too many: a symbol that is absent cannot lead to a match.

use crate::program::{END, FixedLook, Op, Program, Symbols};
use crate::syntax::Assertion;
use crate::tokens::Token;

/// One set for each step. The alternatives of choices have to be filled in, their tables not.
pub(crate) fn first_symbols(program: &Program) -> Vec<Symbols> {
    let mut first = vec![Symbols::NONE; program.ops.len()];
    loop {
        let mut changed = false;
        for pc in (0..program.ops.len()).rev() {
            let found = of_op(program, &first, pc);
            if found != first[pc] {
                first[pc] = found;
                changed = true;
            }
        }
        if !changed {
            return first;
        }
    }
}

fn of_op(program: &Program, first: &[Symbols], pc: usize) -> Symbols {
    let next = || first[pc + 1];
    let meet = |mut mask: Symbols| {
        mask.intersect(&first[pc + 1]);
        mask
    };
    let at_end = || Symbols::NONE.with(END);
    match program.ops[pc] {
        Op::Byte(byte) => Symbols::NONE.with(usize::from(byte)),
        Op::Literal(literal) => Symbols::NONE.with(usize::from(program.literal(literal)[0])),
        Op::One(set) => Symbols::bytes(program.set(set).table()),
        Op::Run(index) => {
            let run = program.run(index);
            let mut symbols = Symbols::bytes(program.set(run.set).table());
            if run.min == 0 {
                symbols.union(&first[pc + 1]);
            }
            symbols
        }
        Op::Choice(index) => {
            let mut symbols = Symbols::NONE;
            for &alternative in &program.choice(index).alternatives {
                symbols.union(&first[alternative as usize]);
            }
            symbols
        }
        Op::Open(_) | Op::Close(_) | Op::OpenAgain(_) | Op::CloseAgain(_) => next(),
        Op::Assert(Assertion::TextEnd) => meet(at_end()),
        Op::Assert(Assertion::LineEnd | Assertion::TextEndOrNewline) => {
            meet(at_end().with(usize::from(b'\n')))
        }
        Op::Assert(_) => next(),
        Op::Look(index) => meet(of_look(program, &program.looks[index as usize])),
        Op::Token(Token::Ipv4) => of_bytes(|byte| byte.is_ascii_digit()),
        Op::Token(Token::Ipv6) => meet(of_bytes(|byte| byte.is_ascii_hexdigit() || byte == b':')),
        Op::Jump(target) => first[target as usize],
        Op::Match => Symbols::ALL,
    }
}

fn of_bytes(member: impl Fn(u8) -> bool) -> Symbols {
    (0..=u8::MAX)
        .filter(|byte| member(*byte))
        .fold(Symbols::NONE, |symbols, byte| symbols.with(usize::from(byte)))
}

fn of_look(program: &Program, look: &FixedLook) -> Symbols {
    if look.behind {
        return Symbols::ALL;
    }
    if look.negated {
        let mut symbols = Symbols::ALL;
        for sequence in &look.sequences {
            if let ([only], None) = (sequence.sets.as_slice(), sequence.edge) {
                let table = program.set(*only).table();
                (0..0x80).filter(|byte| table[*byte]).for_each(|byte| symbols.remove(byte));
            }
        }
        return symbols;
    }
    let mut symbols = Symbols::NONE;
    for sequence in &look.sequences {
        match (sequence.sets.first(), sequence.edge) {
            (Some(set), _) => symbols.union(&Symbols::bytes(program.set(*set).table())),
            (None, None) => return Symbols::ALL,
            (None, Some(_)) => symbols = symbols.with(END).with(usize::from(b'\n')),
        }
    }
    symbols
}
