//! A syntax tree as text for `fancy-regex`: flags and names resolved, groups numbered.

use std::fmt::Write;

use regex_syntax::hir::ClassUnicode;

use crate::syntax::{Assertion, Greed, Node, Repeat, Target};

/// The text, and the group number of every capture slot.
pub(crate) struct Printed {
    pub(crate) text: String,
    pub(crate) groups: Vec<usize>,
}

pub(crate) fn print(node: &Node, slots: usize) -> Printed {
    let mut printer = Printer { text: String::new(), slots: vec![0; slots], plain: Vec::new() };
    printer.number(node);
    printer.node(node);
    Printed { text: printer.text, groups: printer.slots }
}

struct Printer {
    text: String,
    /// The group of each slot.
    slots: Vec<usize>,
    /// The group of each plain group that a back-reference may mean, by its number less one.
    plain: Vec<usize>,
}

impl Printer {
    fn number(&mut self, node: &Node) {
        let mut next = 1;
        node.walk(&mut |part| {
            match part {
                Node::Capture { slot, .. } => self.slots[*slot] = next,
                Node::Group { number, .. } => {
                    let wanted = self.plain.len().max(*number);
                    self.plain.resize(wanted, 0);
                    self.plain[number - 1] = next;
                }
                _ => return,
            }
            next += 1;
        });
    }

    fn node(&mut self, node: &Node) {
        match node {
            Node::Empty => {}
            Node::Literal(text) => text.chars().for_each(|c| self.character(c)),
            Node::Class(class) => self.class(class),
            Node::Assert(assertion) => self.text.push_str(match assertion {
                Assertion::TextStart => r"\A",
                Assertion::TextEnd => r"\z",
                Assertion::TextEndOrNewline => r"(?=\n?\z)",
                Assertion::LineStart => "(?m:^)",
                Assertion::LineEnd => "(?m:$)",
                Assertion::Word => r"\b",
                Assertion::NotWord => r"\B",
            }),
            Node::Look(look) => {
                let sign = match (look.behind, look.negated) {
                    (false, false) => "(?=",
                    (false, true) => "(?!",
                    (true, false) => "(?<=",
                    (true, true) => "(?<!",
                };
                self.wrapped(sign, &look.node);
            }
            Node::Concat(items) => items.iter().for_each(|item| self.node(&item.node)),
            Node::Alternate(nodes) => {
                self.text.push_str("(?:");
                for (at, node) in nodes.iter().enumerate() {
                    if at > 0 {
                        self.text.push('|');
                    }
                    self.node(node);
                }
                self.text.push(')');
            }
            Node::Repeat(repeat) => self.repeat(repeat),
            Node::Capture { node, .. } | Node::Group { node, .. } => self.wrapped("(", node),
            Node::Atomic(node) => self.wrapped("(?>", node),
            Node::BackReference(target) => {
                let group = match *target {
                    Target::Slot(slot) => self.slots[slot],
                    Target::Group(number) => self.plain.get(number - 1).copied().unwrap_or(0),
                };
                self.format(format_args!("(?:\\{group})"));
            }
            Node::Reference { node, .. } => self.node(node),
        }
    }

    fn wrapped(&mut self, open: &str, node: &Node) {
        self.text.push_str(open);
        self.node(node);
        self.text.push(')');
    }

    fn repeat(&mut self, repeat: &Repeat) {
        let open = if repeat.greed == Greed::Possessive { "(?>(?:" } else { "(?:" };
        self.wrapped(open, &repeat.node);
        match repeat.max {
            Some(max) => self.format(format_args!("{{{},{max}}}", repeat.min)),
            None => self.format(format_args!("{{{},}}", repeat.min)),
        }
        match repeat.greed {
            Greed::Greedy => {}
            Greed::Lazy => self.text.push('?'),
            Greed::Possessive => self.text.push(')'),
        }
    }

    fn class(&mut self, class: &ClassUnicode) {
        if class.ranges().is_empty() {
            self.text.push_str("(?!)");
            return;
        }
        self.text.push('[');
        for range in class.ranges() {
            self.character(range.start());
            self.text.push('-');
            self.character(range.end());
        }
        self.text.push(']');
    }

    fn character(&mut self, c: char) {
        if c.is_ascii_alphanumeric() {
            self.text.push(c);
        } else {
            self.format(format_args!("\\x{{{:X}}}", u32::from(c)));
        }
    }

    fn format(&mut self, text: std::fmt::Arguments<'_>) {
        self.text.write_fmt(text).expect("writing to a string cannot fail");
    }
}
