//! A coarse automaton that accepts everything a pattern accepts, and more.
//!
//! What it rejects cannot match; it answers for several patterns in one pass of the line, at a
//! price that does not depend on how many positions a match could begin at. Assertions are left
//! out, large counts are rounded up to "any number", a character beyond ASCII is any number of
//! bytes. It is built lazily while lines pass through, in limited memory; where that does not pay
//! it gives up and rejects nothing.

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;

use regex_automata::hybrid::dfa::{Cache, DFA};
use regex_automata::nfa::thompson::{Config, NFA, WhichCaptures};
use regex_automata::util::pool::Pool;
use regex_automata::{Anchored, Input, MatchKind, PatternSet};
use regex_syntax::hir::{
    Class, ClassBytes, ClassBytesRange, ClassUnicode, Hir, HirKind, Look, Repetition,
};

use crate::syntax::{Assertion, Item, Node, Repeat};
use crate::tokens::Token;

/// Memory of the automaton for each thread that uses it.
const CACHE: usize = 1 << 20;
/// Memory of what the automaton is made from.
const NFA_LIMIT: usize = 4 << 20;
/// Larger counts count as without limit.
const MAX_COUNT: u32 = 4;

pub(crate) struct Outline {
    dfa: Arc<DFA>,
    memories: Pool<Memory, MakeMemory>,
}

type MakeMemory = Box<dyn Fn() -> Memory + Send + Sync + UnwindSafe + RefUnwindSafe>;

struct Memory {
    cache: Cache,
    found: PatternSet,
}

impl fmt::Debug for Outline {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("Outline").finish_non_exhaustive()
    }
}

impl Outline {
    /// `None` if the patterns are too large for it.
    pub(crate) fn new(nodes: &[&Node]) -> Option<Self> {
        let outlines: Vec<Hir> = nodes.iter().map(|node| outline(node, true)).collect();
        let config = Config::new()
            .utf8(false)
            .which_captures(WhichCaptures::None)
            .nfa_size_limit(Some(NFA_LIMIT));
        let nfa = NFA::compiler().configure(config).build_many_from_hir(&outlines).ok()?;
        let config = DFA::config()
            .match_kind(MatchKind::All)
            .cache_capacity(CACHE)
            .minimum_cache_clear_count(Some(3))
            .minimum_bytes_per_state(Some(20));
        let dfa = Arc::new(DFA::builder().configure(config).build_from_nfa(nfa).ok()?);
        let (maker, patterns) = (dfa.clone(), nodes.len());
        let make: MakeMemory = Box::new(move || Memory {
            cache: maker.create_cache(),
            found: PatternSet::new(patterns),
        });
        Some(Self { dfa, memories: Pool::new(make) })
    }

    /// Whether any of the patterns may match.
    pub(crate) fn admits(&self, line: &[u8]) -> bool {
        let mut memory = self.memories.get();
        let input = Input::new(line).anchored(Anchored::No).earliest(true);
        let found = self.dfa.try_search_fwd(&mut memory.cache, &input);
        !matches!(found, Ok(None))
    }

    /// Which of the patterns may match, in their order.
    pub(crate) fn admitted(&self, line: &[u8], admitted: &mut Vec<bool>) {
        let mut memory = self.memories.get();
        let Memory { cache, found } = &mut *memory;
        found.clear();
        let input = Input::new(line);
        let searched = self.dfa.try_which_overlapping_matches(cache, &input, found);
        admitted.clear();
        admitted.resize(found.capacity(), searched.is_err());
        for pattern in found.iter() {
            admitted[pattern.as_usize()] = true;
        }
    }
}

/// With `last` the node ends the pattern: what it may take beyond its least makes no difference
/// then, and leaving it out spares the automaton a match at every further byte.
fn outline(node: &Node, last: bool) -> Hir {
    match node {
        Node::Empty | Node::Look(_) => Hir::empty(),
        Node::Literal(text) => Hir::literal(text.as_bytes()),
        Node::Class(class) => one(class),
        Node::Assert(assertion) => match assertion {
            Assertion::TextStart => Hir::look(Look::Start),
            Assertion::TextEnd => Hir::look(Look::End),
            Assertion::LineStart => Hir::look(Look::StartLF),
            Assertion::LineEnd => Hir::look(Look::EndLF),
            Assertion::TextEndOrNewline | Assertion::Word | Assertion::NotWord => Hir::empty(),
        },
        Node::Concat(items) => sequence(items, last),
        Node::Alternate(nodes) => {
            Hir::alternation(nodes.iter().map(|node| outline(node, last)).collect())
        }
        Node::Repeat(repeat) => repeated(repeat, last),
        Node::Reference { token: Some(Token::Ipv4), .. } => {
            let dot = || Hir::literal(*b".");
            let digits = || times(bytes(|byte| byte.is_ascii_digit()), 1, Some(3));
            Hir::concat(vec![digits(), dot(), digits(), dot(), digits(), dot(), digits()])
        }
        Node::Reference { token: Some(Token::Ipv6), .. } => {
            let hex = bytes(|byte| byte.is_ascii_hexdigit());
            let body = bytes(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'));
            let zone = Hir::concat(vec![Hir::literal(*b"%"), times(bytes(|_| true), 1, None)]);
            Hir::concat(vec![
                times(hex, 0, Some(MAX_COUNT)),
                Hir::literal(*b":"),
                times(body, 0, None),
                times(zone, 0, Some(1)),
            ])
        }
        Node::BackReference(_) => times(bytes(|_| true), 0, None),
        Node::Capture { node, .. }
        | Node::Group { node, .. }
        | Node::Atomic(node)
        | Node::Reference { node, .. } => outline(node, last),
    }
}

fn sequence(items: &[Item], mut last: bool) -> Hir {
    let mut parts = Vec::with_capacity(items.len());
    for item in items.iter().rev() {
        let part = outline(&item.node, last);
        last &= matches!(part.kind(), HirKind::Empty);
        parts.push(part);
    }
    parts.reverse();
    Hir::concat(parts)
}

fn repeated(repeat: &Repeat, last: bool) -> Hir {
    let min = repeat.min.min(MAX_COUNT);
    let max = if last { Some(min) } else { repeat.max.filter(|max| *max <= MAX_COUNT) };
    match repeat.node.as_class() {
        Some(class) if class.is_ascii() => times(one(&class), min, max),
        // As bytes, of which a character has one or more.
        Some(class) => times(
            bytes(|byte| !byte.is_ascii() || has(&class, byte)),
            min,
            if last { max } else { None },
        ),
        None => times(outline(&repeat.node, false), min, max),
    }
}

fn times(hir: Hir, min: u32, max: Option<u32>) -> Hir {
    Hir::repetition(Repetition { min, max, greedy: true, sub: Box::new(hir) })
}

/// One character of the class.
fn one(class: &ClassUnicode) -> Hir {
    let ascii = bytes(|byte| byte.is_ascii() && has(class, byte));
    if class.is_ascii() {
        return ascii;
    }
    Hir::alternation(vec![ascii, times(bytes(|byte| !byte.is_ascii()), 1, None)])
}

fn has(class: &ClassUnicode, byte: u8) -> bool {
    let c = char::from(byte);
    class.ranges().iter().any(|range| (range.start()..=range.end()).contains(&c))
}

fn bytes(member: impl Fn(u8) -> bool) -> Hir {
    let ranges = (0..=u8::MAX).filter(|byte| member(*byte)).map(|b| ClassBytesRange::new(b, b));
    Hir::class(Class::Bytes(ClassBytes::new(ranges)))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;
    use crate::parse::parse;
    use crate::{Definitions, Family};

    fn of(texts: &[&str]) -> Outline {
        let definitions = Definitions::stock(Family::EcsV1);
        let trees: Vec<_> = texts.iter().map(|text| parse(text, &definitions).unwrap()).collect();
        Outline::new(&trees.iter().map(|tree| &tree.root).collect::<Vec<_>>()).unwrap()
    }

    #[test]
    fn lines_of_another_kind_are_rejected() {
        let outline = of(&["%{SYSLOGLINE}"]);
        assert!(outline.admits(b"Mar 16 00:01:25 evita postfix/smtpd[1713]: connect"));
        assert!(
            !outline.admits(b"10.0.0.1 - - [23/Nov/2026:20:49:52 +0000] \"GET / HTTP/1.1\" 200")
        );
    }

    #[test]
    fn one_pass_answers_for_several_patterns() {
        let outline = of(&["^a%{INT}", "%{IP:x} .$", "(?<y>é)(?<z>.)"]);
        let mut admitted = Vec::new();
        for (line, wanted) in [
            ("a12", [true, false, false]),
            ("a1 10.0.0.1 \u{4E2D}", [true, true, false]),
            ("é中", [false, false, true]),
            ("fe80::1%eth0 x", [false, true, false]),
            ("", [false; 3]),
        ] {
            outline.admitted(line.as_bytes(), &mut admitted);
            assert_eq!(admitted, wanted, "{line}");
        }
    }
}
