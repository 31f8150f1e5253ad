//! A filter in its place: when it applies, what happens when it cannot, what it counts.

use std::panic::{AssertUnwindSafe, catch_unwind};

use schemars::JsonSchema;
use serde::Deserialize;
use weir_event::{Batch, EventMut, Key};
use weir_host::Host;

use crate::condition::Condition;
use crate::filter::{Filter, FilterError, Keep};
use crate::metrics::FilterCounters;

/// What becomes of an event that a filter could not work on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// It goes on, with the filter's tag and `error.message`.
    #[default]
    Tag,
    /// It goes on as if nothing had happened.
    Ignore,
    /// It is dropped, and counted.
    Drop,
}

/// A filter of a pipeline.
pub struct Stage {
    /// What people call it.
    pub name: String,
    /// Its type.
    pub kind: &'static str,
    /// Applies to events for which this holds; to all when there is none.
    pub when: Option<Condition>,
    /// What happens when it cannot work on an event.
    pub on_error: OnError,
    /// Counts what it drops and what it fails on.
    pub counters: FilterCounters,
    /// The filter.
    pub filter: Box<dyn Filter>,
}

impl std::fmt::Debug for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Stage({})", self.name)
    }
}

/// What a stage did to an event; for `weir explain`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Its condition did not hold.
    Skipped,
    /// It did its work.
    Applied,
    /// It dropped the event.
    Dropped,
    /// It could not.
    Failed(FilterError),
}

impl Stage {
    /// Lets every event of the batch pass that is still there.
    ///
    /// A panic of the filter is a failure of the event at hand, not of the pipeline.
    pub fn run(&self, batch: &mut Batch) {
        let mut next = 0;
        while next < batch.len() {
            let finished = catch_unwind(AssertUnwindSafe(|| {
                while next < batch.len() {
                    let i = next;
                    next += 1;
                    self.pass(&mut batch.event_mut(i));
                }
            }));
            if finished.is_err() {
                let error =
                    FilterError::because("_filterpanic", "the filter panicked; this is a bug");
                self.fail(&mut batch.event_mut(next - 1), &error);
            }
        }
    }

    /// Lets one event pass.
    pub fn pass(&self, event: &mut EventMut<'_>) -> Outcome {
        if event.is_dropped() {
            return Outcome::Dropped;
        }
        if self.when.as_ref().is_some_and(|when| !when.holds(event.as_ref())) {
            return Outcome::Skipped;
        }
        match self.filter.apply(event) {
            Ok(Keep::Yes) => Outcome::Applied,
            Ok(Keep::No) => {
                // Nested stages may have dropped and counted it already.
                if !event.is_dropped() {
                    self.counters.dropped.inc();
                    event.discard();
                }
                Outcome::Dropped
            }
            Err(error) => {
                self.fail(event, &error);
                Outcome::Failed(error)
            }
        }
    }

    #[cold]
    fn fail(&self, event: &mut EventMut<'_>, error: &FilterError) {
        self.counters.failed.inc();
        match self.on_error {
            OnError::Ignore => {}
            OnError::Tag => {
                event.add_tag(error.tag);
                if let Some(reason) = &error.reason {
                    let message = format!("{}: {reason}", self.name);
                    event.set_text(Key::named("error.message"), message.as_bytes());
                }
            }
            OnError::Drop => {
                self.counters.dropped.inc();
                event.discard();
            }
        }
    }

    /// See [`Filter::open`].
    pub fn open(&self, host: &Host) -> Result<(), String> {
        self.filter.open(host).map_err(|cause| format!("filter `{}`: {cause}", self.name))
    }
}
