//! Patterns that need back-references, unlimited look-around or atomic groups.
//!
//! `fancy-regex` matches them with a limit on backtracking. It allocates for each match, and reads
//! only text: in a line that is not UTF-8 every stray byte is shown to it as U+001A.

use fancy_regex::{Regex, RegexBuilder};

use crate::boundary::char_at;
use crate::error::{BudgetExceeded, ErrorKind};
use crate::print::print;
use crate::scratch::{Scratch, Span, narrow};
use crate::syntax::Node;

/// Times the engine may go back to an earlier choice, per line.
const BACKTRACK_LIMIT: usize = 200_000;
/// Stands for a byte that is not UTF-8; one byte long, so offsets stay the same.
const STRAY: char = '\u{1A}';

#[derive(Debug)]
pub(crate) struct Fallback {
    regex: Regex,
    /// The group of each capture slot.
    groups: Vec<usize>,
}

impl Fallback {
    pub(crate) fn new(node: &Node, slots: usize) -> Result<Self, ErrorKind> {
        let printed = print(node, slots);
        let regex = RegexBuilder::new(&printed.text)
            .backtrack_limit(BACKTRACK_LIMIT)
            .build()
            .map_err(|error| ErrorKind::Engine(error.to_string()))?;
        Ok(Self { regex, groups: printed.groups })
    }

    pub(crate) fn matches(
        &self,
        line: &[u8],
        scratch: &mut Scratch,
    ) -> Result<bool, BudgetExceeded> {
        let mut copy = std::mem::take(&mut scratch.text);
        let text = readable(line, &mut copy);
        let found = self.regex.captures(text).map_err(|_| BudgetExceeded);
        let matched = found.map(|captures| {
            let Some(captures) = captures else { return false };
            let span = |group| {
                captures.get(group).map_or(Span::NONE, |found| Span {
                    start: narrow(found.start()),
                    end: narrow(found.end()),
                })
            };
            scratch.matched = Some(span(0));
            scratch.captures.extend(self.groups.iter().map(|group| span(*group)));
            true
        });
        scratch.text = copy;
        matched
    }
}

fn readable<'t>(line: &'t [u8], copy: &'t mut String) -> &'t str {
    if let Ok(text) = std::str::from_utf8(line) {
        return text;
    }
    copy.clear();
    let mut at = 0;
    while at < line.len() {
        let (c, next) = char_at(line, at);
        copy.push(if c == char::REPLACEMENT_CHARACTER && next == at + 1 { STRAY } else { c });
        at = next;
    }
    copy
}
