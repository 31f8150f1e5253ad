//! The `dedupe` filter: leaves out what was there a moment ago.

use std::num::NonZeroUsize;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FoldConfig};
use weir_component::template::Template;
use weir_component::{FieldPath, FilterError, Fold, Keep, Moment};
use weir_config::{Diagnostic, Period};
use weir_event::{Batch, Key, Value};

use crate::keyed::{self, Keyed, Mark};

/// Leaves out events that repeat an earlier one.
///
/// The first event of a key passes. For `ttl` after it, all others of the same key are dropped; they
/// are counted in `weir_filter_dropped_events_total` and count as delivered. Then the next one
/// passes. With `count` it says how many were left out since the one before.
///
/// Time is that of arrival, not the events' own. What is remembered is gone after a restart. An event
/// that is read again after a failure is not taken for its own repetition. Events that lack a field
/// of the key pass.
///
/// # Example
///
/// ```toml
/// type = "dedupe"
/// key = "%{host.name} %{message}"
/// ```
/// ```json
/// {"host": {"name": "a"}, "message": "disk full"}
/// {"host": {"name": "a"}, "message": "disk full"}
/// {"host": {"name": "b"}, "message": "disk full"}
/// ```
/// become
/// ```json
/// {"host": {"name": "a"}, "message": "disk full"}
/// {"host": {"name": "b"}, "message": "disk full"}
/// ```
/// Without the field:
/// ```json
/// {"message": "no host"}
/// {"message": "no host"}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Dedupe {
    /// What events have in common that repeat each other.
    #[serde(default = "message")]
    key: Template,
    /// For how long after an event its repetitions are left out.
    #[serde(default = "ttl")]
    ttl: Period,
    /// How many keys are remembered. Beyond it the oldest is forgotten, and its next event passes.
    #[serde(default = "keyed::keys_max")]
    keys_max: NonZeroUsize,
    /// A field for the number of events left out before this one, if there were any.
    count: Option<FieldPath>,
}

fn message() -> Template {
    Template::parse("%{message}").expect("this is a template")
}

fn ttl() -> Period {
    Period::minutes(1)
}

impl Configure for Dedupe {
    const NAME: &'static str = "dedupe";
}

impl FoldConfig for Dedupe {
    type Fold = Deduper;

    fn build(self) -> Result<Deduper, Diagnostic> {
        let ttl = self.ttl.as_duration();
        Ok(Deduper {
            key: self.key,
            ttl,
            // Whoever counts has to wait for an event that can carry the number.
            remember: if self.count.is_some() { ttl * COUNTS_KEPT } else { ttl },
            count: self.count.map(FieldPath::key),
            seen: Keyed::new(self.keys_max.get()),
        })
    }
}

/// For how many times its `ttl` a number waits for an event that can carry it.
const COUNTS_KEPT: u32 = 10;

/// Drops repetitions.
#[derive(Debug)]
pub(crate) struct Deduper {
    key: Template,
    ttl: Duration,
    remember: Duration,
    count: Option<Key>,
    seen: Keyed<Passed>,
}

/// The last event of a key that passed.
#[derive(Debug)]
struct Passed {
    mark: Mark,
    /// How many were left out since.
    repeated: i64,
}

impl Fold for Deduper {
    fn take(&mut self, batch: &mut Batch, at: usize, moment: &Moment) -> Result<Keep, FilterError> {
        let event = batch.event(at);
        let Some(key) = self.seen.key_of(&self.key, event) else { return Ok(Keep::Yes) };
        let mark = Mark::of(event);
        let now = moment.elapsed;
        let mut repeated = 0;
        if let Some((passed, since)) = self.seen.get_mut(key) {
            if mark.repeats(passed.mark) {
                return Ok(Keep::Yes);
            }
            if now < since + self.ttl {
                passed.repeated += 1;
                return Ok(Keep::No);
            }
            repeated = passed.repeated;
        }
        self.seen.put(key, Passed { mark, repeated: 0 }, now);
        if let Some(count) = self.count.filter(|_| repeated > 0) {
            batch.event_mut(at).set(count, Value::Int(repeated));
        }
        Ok(Keep::Yes)
    }

    fn pause(&mut self, _: &mut Batch, moment: &Moment) {
        if let Some(limit) = moment.elapsed.checked_sub(self.remember) {
            while self.seen.pop_since(limit).is_some() {}
        }
        self.seen.sweep();
    }

    fn clear(&mut self) {
        self.seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::remembering::Rig;

    #[test]
    fn repetitions_are_left_out_for_a_while_and_counted() {
        let mut rig = Rig::new::<Dedupe>("ttl = '10s'\ncount = 'repeated'");
        assert_eq!(rig.texts(&["a", "b", "a", "a"]), ["a", "b"]);
        rig.elapsed = Duration::from_secs(9);
        assert_eq!(rig.texts(&["a", "c"]), ["c"]);
        rig.elapsed = Duration::from_secs(10);
        let batch = rig.pass(&["a", "b"]);
        assert_eq!(Rig::<Deduper>::field(&batch, "repeated"), [Some(Value::Int(3)), None]);
    }

    #[test]
    fn what_is_read_again_is_no_repetition_of_itself() {
        let mut rig = Rig::new::<Dedupe>("ttl = '10s'");
        assert_eq!(rig.texts(&["a", "b", "a"]), ["a", "b"]);
        rig.position = 0;
        assert_eq!(rig.texts(&["a", "b", "a"]), ["a", "b"]);
        assert_eq!(rig.texts(&["a", "b"]), Vec::<String>::new());
    }

    #[test]
    fn memory_has_a_limit_and_an_end() {
        let mut rig = Rig::new::<Dedupe>("ttl = '10s'\nkeys-max = 2");
        assert_eq!(rig.texts(&["a", "b", "c", "a", "c"]), ["a", "b", "c", "a"]);
        rig.elapsed = Duration::from_secs(20);
        rig.pass(&[]);
        assert_eq!(rig.fold.seen.len(), 0);
    }
}
