//! Filters that stand for one: all of them work on an event before the next event comes.

use std::cell::RefCell;

use weir_event::{Batch, EventMut, part_of};
use weir_host::Host;

use crate::expand::Expand;
use crate::filter::{Filter, FilterError, Keep};
use crate::stage::{Stage, Work};

/// Stages in their order, of which none remembers. It is a [`Filter`] if all of them are, else an
/// [`Expand`].
#[derive(Debug, Default)]
pub struct Group {
    stages: Vec<Stage>,
}

impl Group {
    pub(crate) fn new(stages: Vec<Stage>) -> Self {
        debug_assert!(!stages.iter().any(Stage::is_fold), "the workshop has looked");
        Self { stages }
    }

    /// Whether all its stages change each event in place, and do nothing else.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.stages.iter().all(Stage::is_plain)
    }

    /// What it does, by the contract that it signs.
    #[must_use]
    pub fn into_work(self) -> Work {
        if self.is_plain() { Work::filter(self) } else { Work::Expand(Box::new(self)) }
    }

    /// See [`Filter::needs_header`].
    #[must_use]
    pub fn needs_header(&self) -> bool {
        self.stages.iter().any(Stage::needs_header)
    }

    /// See [`Filter::open`].
    ///
    /// # Errors
    /// When one of its stages cannot be opened.
    pub fn open(&self, host: &Host) -> Result<(), String> {
        self.stages.iter().try_for_each(|stage| stage.open(host))
    }

    /// See [`Filter::refresh`].
    ///
    /// # Errors
    /// When one of its stages cannot be refreshed.
    pub fn refresh(&self, host: &Host) -> Result<(), String> {
        all_refreshed(self.stages.iter().map(|stage| stage.refresh(host)))
    }
}

impl Filter for Group {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        for stage in &self.stages {
            stage.pass(event);
            if event.is_dropped() {
                return Ok(Keep::No);
            }
        }
        Ok(Keep::Yes)
    }

    fn needs_header(&self) -> bool {
        self.needs_header()
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.open(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }
}

/// Where the copies of an event are, in order; and the same after another stage.
type Copies = (Vec<usize>, Vec<usize>);

thread_local! {
    /// Those of the event at hand; their memory is kept.
    static COPIES: RefCell<Copies> = RefCell::default();
}

impl Expand for Group {
    fn expand(&self, batch: &mut Batch, at: usize, stage: u64) -> Result<Keep, FilterError> {
        let (mut copies, mut grown) = COPIES.take();
        copies.clear();
        let count = batch.unarranged();
        for (stage, maker) in self.stages.iter().zip(makers(stage)) {
            grown.clear();
            let mut visit = |i, grown: &mut Vec<usize>| {
                let made = batch.unarranged();
                stage.work_on(batch, i, maker);
                grown.extend(batch.unarranged_since(made));
            };
            visit(at, &mut grown);
            for copy in &copies {
                grown.push(*copy);
                visit(*copy, &mut grown);
            }
            std::mem::swap(&mut copies, &mut grown);
        }
        batch.line_up(count, at, &copies);
        COPIES.set((copies, grown));
        // What one of the stages dropped, that one has counted.
        Ok(Keep::Yes)
    }

    fn needs_header(&self) -> bool {
        self.needs_header()
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.open(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }
}

/// The numbers of the stages in a group, which is the stage of this number itself: none that any
/// other stage has.
fn makers(stage: u64) -> impl Iterator<Item = u64> {
    (1..).map(move |nth| part_of(1, stage, nth))
}

/// What went wrong with several filters that were all [refreshed](Filter::refresh), in one sentence.
///
/// # Errors
/// When something went wrong with any of them.
pub fn all_refreshed(outcomes: impl Iterator<Item = Result<(), String>>) -> Result<(), String> {
    let wrong: Vec<String> = outcomes.filter_map(Result::err).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}
