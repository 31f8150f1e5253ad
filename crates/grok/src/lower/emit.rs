//! Writes the steps of a program, one node after another.

use std::collections::HashMap;

use regex_syntax::hir::ClassUnicode;

use super::draft::{Draft, DraftChoice, DraftProgram};
use super::{MAX_OPS, Refusal, look};
use crate::program::{CharSet, FixedLook, NO_SLOT, Next, Run, RunKind, UNLIMITED};
use crate::syntax::{Greed, Item, Node, Repeat};
use crate::tokens::Token;

type Emitted = Result<(), Refusal>;

pub(super) struct Emitter {
    program: DraftProgram,
    set_index: HashMap<Vec<(char, char)>, u32>,
    /// No literal may grow across this step, because something jumps here.
    label: usize,
    /// Slots opened so far that are outside of repetitions.
    keep: u32,
    /// How many slots are outside of repetitions.
    plain: u32,
}

impl Emitter {
    pub(super) fn new(nodes: &[&Node], slots: usize) -> Self {
        let mut repeated = vec![false; slots];
        for node in nodes {
            mark_repeated(node, &mut repeated);
        }
        let plain = repeated.iter().filter(|again| !**again).count();
        let (mut next_plain, mut next_repeated) = (0, plain);
        let mut order = Vec::with_capacity(slots);
        for again in &repeated {
            let counter = if *again { &mut next_repeated } else { &mut next_plain };
            order.push(index(*counter));
            *counter += 1;
        }
        let program = DraftProgram { order, ..DraftProgram::default() };
        Self { program, set_index: HashMap::new(), label: 0, keep: 0, plain: index(plain) }
    }

    pub(super) fn finish(mut self) -> Result<DraftProgram, Refusal> {
        let wide = u16::try_from(self.program.sets.len()).is_err();
        if self.program.order.len() >= usize::from(NO_SLOT) || wide {
            return Err(Refusal::TooLarge);
        }
        self.push(Draft::Match)?;
        Ok(self.program)
    }

    fn here(&self) -> u32 {
        index(self.program.ops.len())
    }

    fn mark(&mut self) -> u32 {
        self.label = self.program.ops.len();
        self.here()
    }

    fn push(&mut self, op: Draft) -> Emitted {
        if self.program.ops.len() >= MAX_OPS {
            return Err(Refusal::TooLarge);
        }
        self.program.ops.push(op);
        Ok(())
    }

    pub(super) fn set(&mut self, class: &ClassUnicode) -> u32 {
        let ranges = class.ranges().iter().map(|range| (range.start(), range.end())).collect();
        if let Some(known) = self.set_index.get(&ranges) {
            return *known;
        }
        let number = index(self.program.sets.len());
        self.program.sets.push(CharSet::new(class));
        self.set_index.insert(ranges, number);
        number
    }

    pub(super) fn node(&mut self, node: &Node) -> Emitted {
        match node {
            Node::Empty => Ok(()),
            Node::Literal(text) => self.literal(text.as_bytes()),
            Node::Class(class) => self.class(class),
            Node::Assert(assertion) => self.push(Draft::Assert(*assertion)),
            Node::Look(look) => {
                let sequences = look::sequences(self, look).ok_or(Refusal::Foreign)?;
                let number = index(self.program.looks.len());
                let (behind, negated) = (look.behind, look.negated);
                self.program.looks.push(FixedLook { behind, negated, sequences });
                self.push(Draft::Look(number))
            }
            Node::Concat(items) => self.concat(items),
            Node::Alternate(nodes) => match node.as_class() {
                Some(class) => self.class(&class),
                None => self.alternate(nodes),
            },
            Node::Repeat(repeat) => self.repeat(repeat),
            Node::Capture { slot, node } => self.capture(*slot, node),
            Node::Group { node, .. } => self.node(node),
            Node::Atomic(node) if has_one_way(node) => self.node(node),
            Node::Atomic(_) | Node::BackReference(_) => Err(Refusal::Foreign),
            Node::Reference { token, node } => match token {
                Some(Token::Ipv4) => self.push(Draft::Token(Token::Ipv4)),
                Some(Token::Ipv6) => {
                    self.push(Draft::Token(Token::Ipv6))?;
                    self.node(node)
                }
                Some(Token::HttpTime) => match &**node {
                    Node::Concat(items) if items.len() > 1 => {
                        self.push(Draft::Token(Token::HttpTime))?;
                        self.node(&items[items.len() - 1].node)
                    }
                    node => self.node(node),
                },
                None => self.node(node),
            },
        }
    }

    fn concat(&mut self, items: &[Item]) -> Emitted {
        items.iter().try_for_each(|item| self.node(&item.node))
    }

    fn class(&mut self, class: &ClassUnicode) -> Emitted {
        if let [only] = class.ranges()
            && only.start() == only.end()
        {
            return self.literal(only.start().encode_utf8(&mut [0; 4]).as_bytes());
        }
        let set = self.set(class);
        self.push(Draft::One(set))
    }

    fn literal(&mut self, bytes: &[u8]) -> Emitted {
        if bytes.is_empty() {
            return Ok(());
        }
        let mut whole = Vec::new();
        if self.label < self.program.ops.len() {
            match self.program.ops.last() {
                Some(Draft::Byte(byte)) => whole.push(*byte),
                Some(Draft::Literal(number)) => {
                    whole.extend_from_slice(self.program.literal(*number));
                }
                _ => {}
            }
        }
        if !whole.is_empty() {
            self.program.ops.pop();
        }
        whole.extend_from_slice(bytes);
        if let [only] = whole.as_slice() {
            return self.push(Draft::Byte(*only));
        }
        let number = index(self.program.literals.len());
        self.program.literals.push(whole.into_boxed_slice());
        self.push(Draft::Literal(number))
    }

    fn capture(&mut self, slot: usize, node: &Node) -> Emitted {
        let slot = self.program.order[slot];
        if slot >= self.plain {
            self.push(Draft::OpenAgain(slot))?;
            self.node(node)?;
            return self.push(Draft::CloseAgain(slot));
        }
        self.keep = slot + 1;
        self.push(Draft::Open(slot))?;
        self.node(node)?;
        self.push(Draft::Close(slot))
    }

    /// A choice whose alternatives are filled in later.
    fn choice(&mut self) -> Result<usize, Refusal> {
        let number = self.program.choices.len();
        let row = self.row();
        let keep = self.keep;
        self.program.choices.push(DraftChoice { alternatives: Vec::new(), row, keep });
        self.push(Draft::Choice(index(number)))?;
        Ok(number)
    }

    fn row(&mut self) -> u32 {
        self.program.rows += 1;
        self.program.rows - 1
    }

    fn alternate(&mut self, nodes: &[Node]) -> Emitted {
        let choice = self.choice()?;
        let mut jumps = Vec::new();
        for (at, node) in nodes.iter().enumerate() {
            let start = self.mark();
            self.program.choices[choice].alternatives.push(start);
            self.node(node)?;
            if at + 1 < nodes.len() {
                jumps.push(self.program.ops.len());
                self.push(Draft::Jump(0))?;
            }
        }
        let end = self.mark();
        for jump in jumps {
            self.program.ops[jump] = Draft::Jump(end);
        }
        Ok(())
    }

    fn repeat(&mut self, repeat: &Repeat) -> Emitted {
        if let Some(class) = repeat.node.as_class() {
            return self.run(&class, repeat);
        }
        let lazy = match repeat.greed {
            Greed::Greedy => false,
            Greed::Lazy => true,
            Greed::Possessive => return Err(Refusal::Foreign),
        };
        for _ in 0..repeat.min {
            self.node(&repeat.node)?;
        }
        match repeat.max {
            Some(max) => self.optional(&repeat.node, max.saturating_sub(repeat.min), lazy),
            None if repeat.node.is_nullable() => Err(Refusal::Foreign),
            None => self.endless(&repeat.node, lazy),
        }
    }

    fn run(&mut self, class: &ClassUnicode, repeat: &Repeat) -> Emitted {
        let kind = match repeat.greed {
            Greed::Greedy => RunKind::Greedy,
            Greed::Lazy => RunKind::Lazy,
            Greed::Possessive => RunKind::Whole,
        };
        let set = self.set(class);
        let number = index(self.program.runs.len());
        let row = self.row();
        self.program.runs.push(Run {
            set,
            min: repeat.min,
            max: repeat.max.unwrap_or(UNLIMITED),
            kind,
            next: Next::Anything,
            row,
            keep: self.keep,
        });
        self.push(Draft::Run(number))
    }

    /// `x{0,count}` as `(?:x(?:x…)?)?`.
    fn optional(&mut self, node: &Node, count: u32, lazy: bool) -> Emitted {
        let mut choices = Vec::new();
        for _ in 0..count {
            let choice = self.choice()?;
            let body = self.mark();
            choices.push((choice, body));
            self.node(node)?;
        }
        let end = self.mark();
        for (choice, body) in choices {
            self.program.choices[choice].alternatives =
                if lazy { vec![end, body] } else { vec![body, end] };
        }
        Ok(())
    }

    /// `x*`.
    fn endless(&mut self, node: &Node, lazy: bool) -> Emitted {
        let start = self.mark();
        let choice = self.choice()?;
        let body = self.mark();
        self.node(node)?;
        self.push(Draft::Jump(start))?;
        let end = self.mark();
        self.program.choices[choice].alternatives =
            if lazy { vec![end, body] } else { vec![body, end] };
        Ok(())
    }
}

/// Whether there is only one way to match, so that being atomic changes nothing.
fn has_one_way(node: &Node) -> bool {
    match node {
        Node::Empty | Node::Literal(_) | Node::Class(_) | Node::Assert(_) => true,
        Node::Concat(items) => items.iter().all(|item| has_one_way(&item.node)),
        Node::Group { node, .. } | Node::Atomic(node) | Node::Reference { node, .. } => {
            has_one_way(node)
        }
        Node::Repeat(repeat) => {
            let fixed = repeat.max == Some(repeat.min) && has_one_way(&repeat.node);
            fixed || (repeat.greed == Greed::Possessive && repeat.node.as_class().is_some())
        }
        _ => false,
    }
}

fn mark_repeated(node: &Node, repeated: &mut [bool]) {
    node.walk(&mut |part| {
        if let Node::Repeat(repeat) = part
            && repeat.max.is_none_or(|max| max > 1)
        {
            repeat.node.walk(&mut |inner| {
                if let Node::Capture { slot, .. } = inner {
                    repeated[*slot] = true;
                }
            });
        }
    });
}

fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
