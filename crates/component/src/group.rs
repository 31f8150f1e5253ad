//! Filters that stand for one: all of them work on an event before the next event comes.

use weir_event::EventMut;
use weir_host::Host;

use crate::filter::{Filter, FilterError, Keep};
use crate::stage::Stage;

/// Stages that work on one event alone, in their order.
#[derive(Debug, Default)]
pub struct Group {
    stages: Vec<Stage>,
}

impl Group {
    pub(crate) fn new(stages: Vec<Stage>) -> Self {
        debug_assert!(stages.iter().all(Stage::is_plain), "the workshop has looked");
        Self { stages }
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

    fn open(&self, host: &Host) -> Result<(), String> {
        self.stages.iter().try_for_each(|stage| stage.open(host))
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        all_refreshed(self.stages.iter().map(|stage| stage.refresh(host)))
    }
}

/// What went wrong with several filters that were all [refreshed](Filter::refresh), in one sentence.
///
/// # Errors
/// When something went wrong with any of them.
pub fn all_refreshed(outcomes: impl Iterator<Item = Result<(), String>>) -> Result<(), String> {
    let wrong: Vec<String> = outcomes.filter_map(Result::err).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("; ")) }
}
