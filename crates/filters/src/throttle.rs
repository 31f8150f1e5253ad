//! The `throttle` filter: so many events in a time, and no more.

use std::num::NonZeroUsize;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FoldConfig};
use weir_component::template::Template;
use weir_component::{FilterError, Fold, Keep, Moment};
use weir_config::{At, Diagnostic, Period};
use weir_event::Batch;

use crate::keyed::{Keyed, Mark};

/// Lets a number of events pass in each period of time, and drops or tags the others.
///
/// A period begins with the first event of a key; `events` of that key pass until it is over. What is
/// dropped is counted in `weir_filter_dropped_events_total` and counts as delivered.
///
/// Time is that of arrival, not the events' own. What is remembered is gone after a restart. An event
/// that is read again after a failure passes. Events that lack a field of the key pass.
///
/// To slow an input down instead of dropping events nothing is needed: inputs wait when outputs are
/// slow.
///
/// # Example
///
/// ```toml
/// type = "throttle"
/// key = "%{service.name}"
/// events = 2
/// period = "1m"
/// ```
/// ```json
/// {"service": {"name": "a"}, "n": 1}
/// {"service": {"name": "a"}, "n": 2}
/// {"service": {"name": "a"}, "n": 3}
/// {"service": {"name": "b"}, "n": 4}
/// ```
/// become
/// ```json
/// {"service": {"name": "a"}, "n": 1}
/// {"service": {"name": "a"}, "n": 2}
/// {"service": {"name": "b"}, "n": 4}
/// ```
///
/// For other filters to decide:
///
/// ```toml
/// type = "throttle"
/// events = 1
/// period = "10s"
/// mode = "tag"
/// ```
/// ```json
/// {"n": 1}
/// {"n": 2}
/// ```
/// become
/// ```json
/// {"n": 1}
/// {"n": 2, "tags": ["_throttled"]}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Throttle {
    /// What events have in common that are counted together. Unless set, all are.
    #[serde(default = "everything")]
    key: Template,
    /// How many pass in a period.
    events: u64,
    /// How long a period is.
    period: At<Period>,
    /// What becomes of the others.
    #[serde(default)]
    mode: Mode,
    /// The tag they get.
    #[serde(default = "throttled")]
    tag: String,
    /// How many keys are remembered. Beyond it the oldest is forgotten, and counts anew.
    #[serde(default = "keys_max")]
    keys_max: NonZeroUsize,
}

/// What becomes of events beyond the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// They are dropped.
    #[default]
    Drop,
    /// They pass with a tag.
    Tag,
}

fn everything() -> Template {
    Template::parse("").expect("this is a template")
}

fn throttled() -> String {
    "_throttled".to_owned()
}

fn keys_max() -> NonZeroUsize {
    NonZeroUsize::new(100_000).expect("100,000 is not zero")
}

impl Configure for Throttle {
    const NAME: &'static str = "throttle";
}

impl FoldConfig for Throttle {
    type Fold = Throttler;

    fn build(self) -> Result<Throttler, Diagnostic> {
        if self.period.as_duration().is_zero() {
            return Err(Diagnostic::error("a `period` of nothing never begins")
                .at(&self.period, "")
                .help("write the time in which so many events may pass, like `1m`"));
        }
        Ok(Throttler {
            key: self.key,
            events: self.events,
            period: self.period.as_duration(),
            tag: (self.mode == Mode::Tag).then_some(self.tag),
            periods: Keyed::new(self.keys_max.get()),
        })
    }
}

/// Counts events.
#[derive(Debug)]
pub(crate) struct Throttler {
    key: Template,
    events: u64,
    period: Duration,
    /// For those beyond the number; without it they are dropped.
    tag: Option<String>,
    periods: Keyed<Counted>,
}

/// A period of a key.
#[derive(Debug)]
struct Counted {
    events: u64,
    last: Mark,
}

impl Fold for Throttler {
    fn take(&mut self, batch: &mut Batch, at: usize, moment: &Moment) -> Result<Keep, FilterError> {
        let event = batch.event(at);
        let Some(key) = self.periods.key_of(&self.key, event) else { return Ok(Keep::Yes) };
        let (now, mark) = (moment.elapsed, Mark::of(event));
        let period = self.period;
        let events = match self.periods.get_mut(key) {
            Some((counted, since)) if now < since + period => {
                if mark.repeats(counted.last) {
                    return Ok(Keep::Yes);
                }
                counted.events += 1;
                counted.last = mark;
                counted.events
            }
            _ => {
                self.periods.put(key, Counted { events: 1, last: mark }, now);
                1
            }
        };
        if events <= self.events {
            return Ok(Keep::Yes);
        }
        let Some(tag) = &self.tag else { return Ok(Keep::No) };
        batch.event_mut(at).add_tag(tag);
        Ok(Keep::Yes)
    }

    fn pause(&mut self, _: &mut Batch, moment: &Moment) {
        if let Some(limit) = moment.elapsed.checked_sub(self.period) {
            while self.periods.pop_since(limit).is_some() {}
        }
        self.periods.sweep();
    }

    fn clear(&mut self) {
        self.periods.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remembering::Rig;

    #[test]
    fn a_period_begins_with_its_first_event() {
        let mut rig = Rig::new::<Throttle>("events = 2\nperiod = '10s'");
        assert_eq!(rig.texts(&["a", "b", "c"]), ["a", "b"]);
        rig.elapsed = Duration::from_secs(9);
        assert_eq!(rig.texts(&["d"]), Vec::<String>::new());
        rig.elapsed = Duration::from_secs(10);
        assert_eq!(rig.texts(&["e", "f", "g"]), ["e", "f"]);
        rig.elapsed = Duration::from_secs(30);
        rig.pass(&[]);
        assert_eq!(rig.fold.periods.len(), 0);
    }

    #[test]
    fn what_is_read_again_passes() {
        let mut rig = Rig::new::<Throttle>("events = 1\nperiod = '10s'\nkey = '%{message}'");
        assert_eq!(rig.texts(&["a", "b", "a"]), ["a", "b"]);
        rig.position = 0;
        assert_eq!(rig.texts(&["a", "b"]), ["a", "b"]);
    }

    #[test]
    fn none_may_pass_and_keys_have_a_limit() {
        let mut rig = Rig::new::<Throttle>("events = 0\nperiod = '10s'");
        assert_eq!(rig.texts(&["a", "b"]), Vec::<String>::new());
        let settings = "events = 1\nperiod = '10s'\nkey = '%{message}'\nkeys-max = 1";
        let mut rig = Rig::new::<Throttle>(settings);
        assert_eq!(rig.texts(&["a", "b", "a", "a"]), ["a", "b", "a"]);
    }
}
