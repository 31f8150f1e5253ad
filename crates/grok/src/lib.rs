//! Grok patterns: compiled once, matched in linear time, captures as byte offsets.
//!
//! A pattern such as `%{IP:client} %{WORD:method}` is expanded with [`Definitions`] into one
//! syntax tree (Ruby's regular expression syntax, which is what grok patterns are written in),
//! lowered to a flat program, and run by one of three engines that give the same answer:
//!
//! * `scan`: a backtracking scanner that proves away most choices at compile time (a run that
//!   its continuation cannot enter is never given back, an alternative whose first byte cannot
//!   match is never tried). It has a step budget.
//! * `linear`: the same program with every choice point remembered, for lines on which the
//!   scanner's budget ran out. Linear in program × line, whatever the line holds.
//! * `fallback`: `fancy-regex` with a backtrack limit, only for users' patterns that use what
//!   neither of the above can do (back-references, unlimited look-around, atomic groups).
//!
//! Before a second starting position is tried, `outline` is asked whether the line can match at
//! all: one pass of a coarse automaton, which a [`PatternSet`] shares among its patterns.
//!
//! Lines are bytes. A byte that is not part of valid UTF-8 counts as one U+FFFD.
//!
//! This crate does not touch events: casting, dropping empty captures and tags are the caller's.

mod assertion;
mod boundary;
mod capture;
mod class;
mod definitions;
#[cfg(test)]
mod differential;
mod error;
mod explain;
mod fallback;
mod linear;
mod lower;
mod newline;
mod outline;
mod parse;
mod pattern;
mod prefilter;
mod print;
mod program;
mod scan;
mod scratch;
mod search;
mod set;
mod stock;
mod syntax;
mod tokens;

pub use capture::{Capture, Cast};
pub use definitions::{Definitions, Family};
pub use error::{BudgetExceeded, DefinitionError, ErrorKind, GrokError};
pub use explain::Explanation;
pub use pattern::Pattern;
pub use scratch::Scratch;
pub use set::PatternSet;
