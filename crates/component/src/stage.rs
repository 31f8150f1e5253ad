//! A filter in its place: when it applies, what happens when it cannot, what it counts.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_event::{Batch, EventMut, Key, Timestamp};
use weir_host::Host;

use crate::condition::Condition;
use crate::expand::Expand;
use crate::filter::{Filter, FilterError, Keep};
use crate::fold::{Fold, Moment, Turn, Turnstile};
use crate::joiner::Joiner;
use crate::metrics::FilterCounters;

/// What becomes of an event that a filter could not work on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum OnError {
    /// It goes on, with the filter's tag, or those of `tag-on-failure`, and `error.message`.
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
    /// The tags such an event gets, if not the filter's own.
    pub failure_tags: Option<Vec<String>>,
    /// Counts what it drops and what it fails on.
    pub counters: FilterCounters,
    /// What it does.
    pub work: Work,
    /// Counts the stages before it that make events; see [`weir_event::part_of`].
    pub(crate) maker: u64,
    /// Events whose lines were joined where they were read are none of its business.
    pub(crate) leaves_joined: bool,
}

/// What a stage does, by the contract of its filter.
pub enum Work {
    /// Changes each event in place.
    Filter(Box<dyn Filter>),
    /// Makes several events of one.
    Expand(Box<dyn Expand>),
    /// Remembers.
    Fold(Turnstile),
}

impl Work {
    /// That of a filter.
    pub fn filter(filter: impl Filter) -> Self {
        Self::Filter(Box::new(filter))
    }

    /// That of a filter that remembers.
    pub fn fold(fold: impl Fold) -> Self {
        Self::Fold(Turnstile::new(Box::new(fold)))
    }
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
    /// A panic of the filter is a failure of the event at hand, not of the pipeline. Every ticket
    /// has to come through every stage once, or be [skipped](Stage::skip).
    pub fn run(&self, batch: &mut Batch, turn: Turn<'_>) {
        match &self.work {
            Work::Filter(_) | Work::Expand(_) => {
                self.each(batch, |batch, i| self.work_on(batch, i, self.maker));
                batch.arrange();
            }
            Work::Fold(turnstile) => {
                turnstile.pass(turn.ticket, |fold| self.fold(fold, batch, turn));
                batch.arrange();
            }
        }
    }

    /// Lets a ticket pass without its batch, which was lost before.
    pub fn skip(&self, ticket: u64) {
        if let Work::Fold(turnstile) = &self.work {
            turnstile.pass(Some(ticket), |_| {});
        }
    }

    /// Lets one event pass; only for filters that change it in place.
    pub fn pass(&self, event: &mut EventMut<'_>) -> Outcome {
        match &self.work {
            Work::Filter(filter) => self.change(event, &**filter),
            Work::Expand(_) | Work::Fold(_) => Outcome::Skipped,
        }
    }

    /// Works on one event of a batch, if it does not remember. What it makes of it, as the stage of
    /// this number, has to be [arranged](Batch::arrange).
    pub(crate) fn work_on(&self, batch: &mut Batch, i: usize, maker: u64) {
        match &self.work {
            Work::Filter(filter) => {
                self.change(&mut batch.event_mut(i), &**filter);
            }
            Work::Expand(expand) => self.expand(&**expand, batch, i, maker),
            Work::Fold(_) => {}
        }
    }

    /// Visits every event, whatever panics; false if something did.
    fn each(&self, batch: &mut Batch, mut visit: impl FnMut(&mut Batch, usize)) -> bool {
        let (mut next, count) = (0, batch.len());
        let mut is_clean = true;
        while next < count {
            let finished = catch_unwind(AssertUnwindSafe(|| {
                while next < count {
                    let i = next;
                    next += 1;
                    visit(batch, i);
                }
            }));
            if finished.is_err() {
                is_clean = false;
                let error =
                    FilterError::because("_filterpanic", "the filter panicked; this is a bug");
                self.fail(&mut batch.event_mut(next - 1), &error);
            }
        }
        is_clean
    }

    fn change(&self, event: &mut EventMut<'_>, filter: &dyn Filter) -> Outcome {
        if event.is_dropped() {
            return Outcome::Dropped;
        }
        if self.when.as_ref().is_some_and(|when| !when.holds(event.as_ref())) {
            return Outcome::Skipped;
        }
        match filter.apply(event) {
            Ok(Keep::Yes) => Outcome::Applied,
            Ok(Keep::No) => {
                self.drop(event);
                Outcome::Dropped
            }
            Err(error) => {
                self.fail(event, &error);
                Outcome::Failed(error)
            }
        }
    }

    fn expand(&self, expand: &dyn Expand, batch: &mut Batch, i: usize, maker: u64) {
        if !self.concerns(batch, i) {
            return;
        }
        match expand.expand(batch, i, maker) {
            Ok(Keep::Yes) => {}
            Ok(Keep::No) => self.drop(&mut batch.event_mut(i)),
            Err(error) => self.fail(&mut batch.event_mut(i), &error),
        }
    }

    fn fold(&self, fold: &mut dyn Fold, batch: &mut Batch, turn: Turn<'_>) {
        let moment = Moment {
            elapsed: turn.clock.elapsed(),
            wall: Timestamp::from_nanos(turn.clock.wall_nanos()),
            is_last: turn.is_last,
            stage: self.maker,
        };
        let is_clean = self.each(batch, |batch, i| {
            if !self.concerns(batch, i) {
                return;
            }
            match fold.take(batch, i, &moment) {
                Ok(Keep::Yes) => {}
                Ok(Keep::No) => self.drop(&mut batch.event_mut(i)),
                Err(error) => self.fail(&mut batch.event_mut(i), &error),
            }
        });
        if !is_clean {
            fold.clear();
        }
        fold.pause(batch, &moment);
    }

    /// Whether an event of a batch is one for this stage.
    fn concerns(&self, batch: &Batch, i: usize) -> bool {
        batch.is_live(i) && {
            let event = batch.event(i);
            !(self.leaves_joined && event.origin().joined)
                && self.when.as_ref().is_none_or(|when| when.holds(event))
        }
    }

    /// Drops by rule. What was dropped already was counted by whoever did it.
    fn drop(&self, event: &mut EventMut<'_>) {
        if !event.is_dropped() {
            self.counters.dropped.inc();
            event.discard();
        }
    }

    #[cold]
    fn fail(&self, event: &mut EventMut<'_>, error: &FilterError) {
        self.counters.failed.inc();
        match self.on_error {
            OnError::Ignore => {}
            OnError::Tag => {
                match &self.failure_tags {
                    Some(tags) => tags.iter().for_each(|tag| event.add_tag(tag)),
                    None => event.add_tag(error.tag),
                }
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

    /// See [`Filter::needs_header`].
    #[must_use]
    pub fn needs_header(&self) -> bool {
        match &self.work {
            Work::Filter(filter) => filter.needs_header(),
            Work::Expand(expand) => expand.needs_header(),
            Work::Fold(_) => false,
        }
    }

    /// See [`Filter::open`].
    pub fn open(&self, host: &Host) -> Result<(), String> {
        let opened = match &self.work {
            Work::Filter(filter) => filter.open(host),
            Work::Expand(expand) => expand.open(host),
            Work::Fold(_) => Ok(()),
        };
        opened.map_err(|cause| format!("filter `{}`: {cause}", self.name))
    }

    /// See [`Filter::refresh`].
    pub fn refresh(&self, host: &Host) -> Result<(), String> {
        match &self.work {
            Work::Filter(filter) => filter.refresh(host),
            Work::Expand(expand) => expand.refresh(host),
            Work::Fold(_) => Ok(()),
        }
    }

    /// Whether it changes each event in place, and does nothing else.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        matches!(self.work, Work::Filter(_))
    }

    /// Whether it remembers.
    #[must_use]
    pub fn is_fold(&self) -> bool {
        matches!(self.work, Work::Fold(_))
    }

    /// See [`Fold::due`].
    #[must_use]
    pub fn due(&self) -> Option<Duration> {
        match &self.work {
            Work::Fold(turnstile) => turnstile.due(),
            Work::Filter(_) | Work::Expand(_) => None,
        }
    }

    /// See [`Fold::clear`]; between two tests, say.
    pub fn clear(&self) {
        if let Work::Fold(turnstile) = &self.work {
            turnstile.pass(None, Fold::clear);
        }
    }

    /// What does its work for inputs that join, if the first stage of a pipeline may be left out
    /// for their events.
    #[must_use]
    pub fn joiner(&self) -> Option<Arc<dyn Joiner>> {
        match &self.work {
            Work::Fold(turnstile) if self.when.is_none() => turnstile.joiner(),
            _ => None,
        }
    }

    /// From now on it leaves events alone whose lines were joined where they were read.
    pub fn leave_joined(&mut self) {
        self.leaves_joined = true;
    }
}
