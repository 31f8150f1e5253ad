//! Which symbol the rest of the pattern can begin with, for every operation of a draft.
//!
//! The answer errs on the side of too many: a symbol that is absent cannot lead to a match.

use super::draft::{Draft, DraftProgram};
use crate::program::{END, FixedLook, Symbols};
use crate::syntax::Assertion;
use crate::tokens::Token;

/// One set for each operation.
pub(super) fn first_symbols(program: &DraftProgram) -> Vec<Symbols> {
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

fn of_op(program: &DraftProgram, first: &[Symbols], pc: usize) -> Symbols {
    let meet = |mut mask: Symbols| {
        mask.intersect(&first[pc + 1]);
        mask
    };
    let at_end = || Symbols::NONE.with(END);
    match program.ops[pc] {
        Draft::Byte(byte) => Symbols::NONE.with(usize::from(byte)),
        Draft::Literal(literal) => Symbols::NONE.with(usize::from(program.literal(literal)[0])),
        Draft::One(set) => Symbols::bytes(program.set(set).table()),
        Draft::Run(index) => {
            let run = program.run(index);
            let mut symbols = Symbols::bytes(program.set(run.set).table());
            if run.min == 0 {
                symbols.union(&first[pc + 1]);
            }
            symbols
        }
        Draft::Choice(index) => {
            let mut symbols = Symbols::NONE;
            for &alternative in &program.choice(index).alternatives {
                symbols.union(&first[alternative as usize]);
            }
            symbols
        }
        Draft::Assert(Assertion::TextEnd) => meet(at_end()),
        Draft::Assert(Assertion::LineEnd | Assertion::TextEndOrNewline) => {
            meet(at_end().with(usize::from(b'\n')))
        }
        Draft::Open(_)
        | Draft::Close(_)
        | Draft::OpenAgain(_)
        | Draft::CloseAgain(_)
        | Draft::Assert(_) => first[pc + 1],
        Draft::Look(index) => meet(of_look(program, &program.looks[index as usize])),
        Draft::Token(Token::Ipv4 | Token::HttpTime) => of_bytes(|byte| byte.is_ascii_digit()),
        Draft::Token(Token::Ipv6) => {
            meet(of_bytes(|byte| byte.is_ascii_hexdigit() || byte == b':'))
        }
        Draft::Jump(target) => first[target as usize],
        Draft::Match => Symbols::ALL,
    }
}

fn of_bytes(member: impl Fn(u8) -> bool) -> Symbols {
    (0..=u8::MAX)
        .filter(|byte| member(*byte))
        .fold(Symbols::NONE, |symbols, byte| symbols.with(usize::from(byte)))
}

fn of_look(program: &DraftProgram, look: &FixedLook) -> Symbols {
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
