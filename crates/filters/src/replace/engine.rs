//! An expression of one of two engines: one that takes time in proportion to the text, and one
//! that knows look-around and back-references and has a budget.

use fancy_regex::RegexBuilder;
use regex::bytes::Regex;
use weir_config::Complaint;

use weir_component::pattern::{MALFORMED, compile, is_inside_character};

/// Times the second engine may go back to an earlier choice, for each match: as with `grok`.
const BACKTRACK_LIMIT: usize = 200_000;

#[derive(Clone, Debug)]
pub(super) enum Engine {
    Linear(Regex),
    /// Reads only UTF-8.
    Budgeted(Box<fancy_regex::Regex>),
}

/// The second engine has used up its budget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TooHard;

/// Where a group of a match lies.
pub(super) type Group<'g> = &'g dyn Fn(usize) -> Option<(usize, usize)>;

impl Engine {
    pub(super) fn compile(text: &str) -> Result<Self, Complaint> {
        compile(text).map(Self::Linear).or_else(|complaint| {
            if complaint.title() != MALFORMED {
                return Err(complaint);
            }
            let other = RegexBuilder::new(text).backtrack_limit(BACKTRACK_LIMIT).build();
            other.map(|regex| Self::Budgeted(Box::new(regex))).map_err(|_| complaint)
        })
    }

    /// How many groups there are, the whole match among them.
    pub(super) fn groups(&self) -> usize {
        match self {
            Self::Linear(regex) => regex.captures_len(),
            Self::Budgeted(regex) => regex.captures_len(),
        }
    }

    /// The number of a named group.
    pub(super) fn group(&self, name: &str) -> Option<usize> {
        match self {
            Self::Linear(regex) => regex.capture_names().position(|it| it == Some(name)),
            Self::Budgeted(regex) => regex.capture_names().position(|it| it == Some(name)),
        }
    }

    /// Shows the matches in their order, until `go_on` says no.
    pub(super) fn for_each(
        &self,
        text: &[u8],
        needs_groups: bool,
        mut go_on: impl FnMut(Group<'_>) -> bool,
    ) -> Result<(), TooHard> {
        match self {
            Self::Linear(regex) if needs_groups => {
                for groups in regex.captures_iter(text) {
                    let group = |i| groups.get(i).map(|it| (it.start(), it.end()));
                    let is_cut = group(0).is_some_and(|it| is_nothing_inside(text, it));
                    if !is_cut && !go_on(&group) {
                        break;
                    }
                }
            }
            Self::Linear(regex) => {
                for found in regex.find_iter(text) {
                    let whole = (found.start(), found.end());
                    let group = |i| (i == 0).then_some(whole);
                    if !is_nothing_inside(text, whole) && !go_on(&group) {
                        break;
                    }
                }
            }
            Self::Budgeted(regex) => {
                let Ok(text) = std::str::from_utf8(text) else { return Ok(()) };
                for groups in regex.captures_iter(text) {
                    let groups = groups.map_err(|_| TooHard)?;
                    if !go_on(&|i| groups.get(i).map(|it| (it.start(), it.end()))) {
                        break;
                    }
                }
            }
        }
        Ok(())
    }
}

/// Whether a match is empty and in the middle of a character.
fn is_nothing_inside(text: &[u8], (start, end): (usize, usize)) -> bool {
    start == end && is_inside_character(text, start)
}
