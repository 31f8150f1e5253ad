//! The syntax tree of an expanded pattern. Flags and references are resolved already.

use std::sync::Arc;

use regex_syntax::hir::ClassUnicode;

use crate::tokens::Token;

#[derive(Debug, Clone)]
pub(crate) enum Node {
    Empty,
    Literal(String),
    /// One character.
    Class(ClassUnicode),
    Assert(Assertion),
    Look(Box<Look>),
    Concat(Vec<Item>),
    Alternate(Vec<Node>),
    Repeat(Box<Repeat>),
    /// A named group or `%{NAME:field}`.
    Capture {
        slot: usize,
        node: Box<Node>,
    },
    /// A plain `( … )`; matters only to numbered back-references.
    Group {
        number: usize,
        node: Box<Node>,
    },
    Atomic(Box<Node>),
    BackReference(Target),
    /// The expansion of `%{NAME}`.
    Reference {
        token: Option<Token>,
        node: Box<Node>,
    },
}

/// What a back-reference means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Target {
    Slot(usize),
    Group(usize),
}

/// A part of a sequence and where it was written.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub(crate) node: Node,
    /// Index into [`Tree::sources`].
    pub(crate) source: usize,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Assertion {
    /// `\A`
    TextStart,
    /// `\z`
    TextEnd,
    /// `\Z`: the end, or before a final newline.
    TextEndOrNewline,
    /// `^`
    LineStart,
    /// `$`
    LineEnd,
    /// `\b`
    Word,
    /// `\B`
    NotWord,
}

#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) behind: bool,
    pub(crate) negated: bool,
    pub(crate) node: Node,
}

#[derive(Debug, Clone)]
pub(crate) struct Repeat {
    pub(crate) node: Node,
    pub(crate) min: u32,
    /// `None` is without limit.
    pub(crate) max: Option<u32>,
    pub(crate) greed: Greed,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Greed {
    Greedy,
    Lazy,
    Possessive,
}

/// A parsed pattern.
#[derive(Debug)]
pub(crate) struct Tree {
    pub(crate) root: Node,
    pub(crate) captures: Vec<crate::capture::Capture>,
    /// The pattern text, then the text of every definition in order of expansion.
    pub(crate) sources: Vec<Arc<str>>,
}

impl Node {
    /// Whether the node can match without consuming anything.
    pub(crate) fn is_nullable(&self) -> bool {
        match self {
            Self::Empty | Self::Assert(_) | Self::Look(_) | Self::BackReference(_) => true,
            Self::Literal(text) => text.is_empty(),
            Self::Class(_) => false,
            Self::Concat(items) => items.iter().all(|item| item.node.is_nullable()),
            Self::Alternate(nodes) => nodes.iter().any(Self::is_nullable),
            Self::Repeat(repeat) => repeat.min == 0 || repeat.node.is_nullable(),
            Self::Capture { node, .. }
            | Self::Group { node, .. }
            | Self::Atomic(node)
            | Self::Reference { node, .. } => node.is_nullable(),
        }
    }

    /// Whether the node never consumes anything.
    pub(crate) fn has_no_width(&self) -> bool {
        match self {
            Self::Empty | Self::Assert(_) | Self::Look(_) => true,
            Self::Literal(text) => text.is_empty(),
            Self::Class(_) | Self::BackReference(_) => false,
            Self::Concat(items) => items.iter().all(|item| item.node.has_no_width()),
            Self::Alternate(nodes) => nodes.iter().all(Self::has_no_width),
            Self::Repeat(repeat) => repeat.node.has_no_width(),
            Self::Capture { node, .. }
            | Self::Group { node, .. }
            | Self::Atomic(node)
            | Self::Reference { node, .. } => node.has_no_width(),
        }
    }

    /// The class that a node matching exactly one character of one class stands for.
    pub(crate) fn as_class(&self) -> Option<ClassUnicode> {
        match self {
            Self::Class(class) => Some(class.clone()),
            Self::Literal(text) => {
                let mut chars = text.chars();
                let only = chars.next().filter(|_| chars.next().is_none())?;
                Some(crate::class::single(only))
            }
            Self::Concat(items) => match items.as_slice() {
                [only] => only.node.as_class(),
                _ => None,
            },
            Self::Alternate(nodes) => {
                let mut union = nodes.first()?.as_class()?;
                for node in &nodes[1..] {
                    union.union(&node.as_class()?);
                }
                Some(union)
            }
            Self::Group { node, .. } | Self::Atomic(node) | Self::Reference { node, .. } => {
                node.as_class()
            }
            _ => None,
        }
    }

    /// Calls `visit` for the node and everything below it.
    pub(crate) fn walk(&self, visit: &mut impl FnMut(&Node)) {
        visit(self);
        match self {
            Self::Concat(items) => items.iter().for_each(|item| item.node.walk(visit)),
            Self::Alternate(nodes) => nodes.iter().for_each(|node| node.walk(visit)),
            Self::Repeat(repeat) => repeat.node.walk(visit),
            Self::Look(look) => look.node.walk(visit),
            Self::Capture { node, .. }
            | Self::Group { node, .. }
            | Self::Atomic(node)
            | Self::Reference { node, .. } => node.walk(visit),
            _ => {}
        }
    }
}
