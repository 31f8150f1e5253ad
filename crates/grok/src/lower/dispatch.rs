//! Which alternatives of a choice can match before which byte.

use std::collections::HashMap;

use super::draft::DraftProgram;
use crate::program::{END, NO_TARGET, Symbols};
use crate::scratch::narrow;

/// See [`Program`](crate::program::Program), where `lists` is called `dispatch`.
pub(super) struct Dispatch {
    pub(super) classes: [u16; END + 1],
    pub(super) lists: Vec<u32>,
    pub(super) targets: Vec<u32>,
    /// How many classes there are, which is the length of a choice's row.
    pub(super) width: usize,
}

/// `step_of` is where an operation ends up in the linked program.
pub(super) fn dispatch(
    draft: &DraftProgram,
    first: &[Symbols],
    step_of: impl Fn(u32) -> u32,
) -> Dispatch {
    let classes = classes(draft, first);
    let width = usize::from(*classes.iter().max().unwrap_or(&0)) + 1;
    let mut representative = vec![0; width];
    for (symbol, class) in classes.iter().enumerate() {
        representative[usize::from(*class)] = symbol;
    }
    let mut lists: HashMap<Vec<u32>, u32> = HashMap::new();
    lists.insert(Vec::new(), 0);
    let mut targets = vec![NO_TARGET, NO_TARGET];
    let mut starts = Vec::with_capacity(draft.choices.len() * width);
    let mut list = Vec::new();
    for choice in &draft.choices {
        for &symbol in &representative {
            let can_match = |target: &&u32| first[**target as usize].has(symbol);
            list.clear();
            list.extend(
                choice
                    .alternatives
                    .iter()
                    .filter(can_match)
                    .map(|target| step_of(draft.landing(*target))),
            );
            let start = match lists.get(&list) {
                Some(start) => *start,
                None => {
                    let start = narrow(targets.len());
                    targets.extend_from_slice(&list);
                    targets.push(NO_TARGET);
                    lists.insert(list.clone(), start);
                    start
                }
            };
            starts.push(start);
        }
    }
    Dispatch { classes, lists: starts, targets, width }
}

/// Symbols between which no choice tells a difference have the same class.
fn classes(draft: &DraftProgram, first: &[Symbols]) -> [u16; END + 1] {
    let mut classes = [0_u16; END + 1];
    let mut count = 1;
    for choice in &draft.choices {
        for &alternative in &choice.alternatives {
            let symbols = &first[alternative as usize];
            // The new class of each old one, outside and inside of the set.
            let mut split = [[None; 2]; END + 1];
            count = 0;
            for (symbol, class) in classes.iter_mut().enumerate() {
                let part = &mut split[usize::from(*class)][usize::from(symbols.has(symbol))];
                *class = *part.get_or_insert_with(|| {
                    count += 1;
                    count - 1
                });
            }
        }
    }
    debug_assert!(count <= 257, "there are only so many symbols");
    classes
}
