//! The `sample` filter: a part of the events.

use std::num::{NonZeroU64, NonZeroUsize};

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, WorkConfig};
use weir_component::template::Template;
use weir_component::{Filter, FilterError, Fold, Keep, Moment, Work};
use weir_config::{At, Diagnostic};
use weir_event::{Batch, EventMut, EventRef};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::keyed::{self, Keyed, Mark};

/// Lets a share of the events pass and drops the others.
///
/// Which ones is said in one of two ways:
///
/// * `rate`: a share, decided by a hash of where an event comes from. So it is as good as chance,
///   and still the same event passes or is dropped whenever it is read. With `key` the hash is that of
///   the key: all its events pass, or none.
/// * `every`: the first event passes, and then every so many-th, by counting. With `key` each key
///   counts for itself, so that of each something passes. What was counted is gone after a restart. An
///   event that is read again after a failure passes. Counting needs to see all events in their order,
///   so it cannot be done inside of `branch`, and `rate` costs less where there are many workers.
///
/// Events that lack a field of the key pass.
///
/// What is dropped is counted in `weir_filter_dropped_events_total` and counts as delivered.
///
/// # Example
///
/// A tenth of all visitors, each with all of its requests:
///
/// ```toml
/// type = "sample"
/// rate = 0.1
/// key = "%{source.ip}"
/// ```
/// ```json
/// {"source": {"ip": "192.0.2.2"}, "url": {"path": "/"}}
/// {"source": {"ip": "192.0.2.9"}, "url": {"path": "/"}}
/// {"source": {"ip": "192.0.2.2"}, "url": {"path": "/pay"}}
/// ```
/// is dropped, while
/// ```json
/// {"source": {"ip": "192.0.2.22"}, "url": {"path": "/"}}
/// {"source": {"ip": "192.0.2.22"}, "url": {"path": "/pay"}}
/// ```
/// stays as it is.
///
/// Of each service the first event, the third and so on:
///
/// ```toml
/// type = "sample"
/// every = 2
/// key = "%{service.name}"
/// ```
/// ```json
/// {"service": {"name": "a"}, "n": 1}
/// {"service": {"name": "a"}, "n": 2}
/// {"service": {"name": "b"}, "n": 3}
/// {"service": {"name": "a"}, "n": 4}
/// ```
/// become
/// ```json
/// {"service": {"name": "a"}, "n": 1}
/// {"service": {"name": "b"}, "n": 3}
/// {"service": {"name": "a"}, "n": 4}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Sample {
    /// The share that passes, from 0 to 1.
    #[schemars(example = 0.1)]
    rate: Option<At<f64>>,
    /// Of how many events the first passes.
    #[schemars(example = 10)]
    every: Option<At<NonZeroU64>>,
    /// With `rate`, what events have in common that pass together; with `every`, what those have in
    /// common that are counted together.
    key: Option<Template>,
    /// How many keys are counted with `every`. Beyond it the one is forgotten, and counts anew, of
    /// which nothing has passed for longest.
    #[serde(default = "keyed::keys_max")]
    keys_max: NonZeroUsize,
}

impl Configure for Sample {
    const NAME: &'static str = "sample";
}

impl WorkConfig for Sample {
    fn build(self) -> Result<Work, Diagnostic> {
        match (self.rate, self.every) {
            (Some(rate), None) => Ok(Work::filter(Sampler { limit: limit(&rate)?, key: self.key })),
            (None, Some(every)) => {
                Ok(Work::fold(Counter::new(every.into_inner(), self.key, self.keys_max)))
            }
            (Some(rate), Some(every)) => {
                Err(Diagnostic::error("`rate` and `every` exclude each other")
                    .at(&every, "")
                    .also(&rate, "the other one")
                    .help("take one of them out: `rate` is for chance, `every` counts"))
            }
            (None, None) => Err(Diagnostic::error("nothing says which events pass").help(
                "write the share that passes, like `rate = 0.1`, or count, like `every = 10`",
            )),
        }
    }
}

/// Of all hashes, how many are below the share.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share is from 0 to 1, and a cast of a float ends at the bounds"
)]
fn limit(rate: &At<f64>) -> Result<u64, Diagnostic> {
    if !(0.0..=1.0).contains(&**rate) {
        return Err(Diagnostic::error(format!("`{}` is no share", **rate))
            .at(rate, "")
            .help("write a number from 0 to 1: `0.1` lets every tenth event pass"));
    }
    Ok((**rate * u64::MAX as f64) as u64)
}

/// Other hashes of the same names must not fall the same way.
const SEED: u64 = 0x5361_6d70_6c65;

/// Drops events by their hash.
#[derive(Debug)]
pub(crate) struct Sampler {
    limit: u64,
    key: Option<Template>,
}

impl Filter for Sampler {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        if self.limit == u64::MAX {
            return Ok(Keep::Yes);
        }
        let hash = match &self.key {
            None => hash_of_place(event.as_ref()),
            Some(key) => {
                let mut text = std::mem::take(&mut event.arena_and_scratch().1.text);
                text.clear();
                let hash = key.render(event.as_ref(), &mut text).map(|()| hash(&text));
                event.arena_and_scratch().1.text = text;
                let Ok(hash) = hash else { return Ok(Keep::Yes) };
                hash
            }
        };
        Ok(if hash < self.limit { Keep::Yes } else { Keep::No })
    }
}

fn hash(text: &[u8]) -> u64 {
    xxh3_64_with_seed(text, SEED)
}

fn hash_of_place(event: EventRef<'_>) -> u64 {
    let mut place = [0; 24];
    place[..8].copy_from_slice(&event.origin().identity.to_le_bytes());
    place[8..16].copy_from_slice(&event.position().to_le_bytes());
    place[16..].copy_from_slice(&event.part().to_le_bytes());
    hash(&place)
}

/// Drops events by counting them.
#[derive(Debug)]
pub(crate) struct Counter {
    every: u64,
    key: Template,
    seen: Keyed<Seen>,
}

/// What was seen of a key.
#[derive(Debug)]
struct Seen {
    /// Events since the one that passed, with that one.
    count: u64,
    last: Mark,
}

impl Counter {
    fn new(every: NonZeroU64, key: Option<Template>, keys_max: NonZeroUsize) -> Self {
        let key = key.unwrap_or_else(keyed::everything);
        Self { every: every.get(), key, seen: Keyed::new(keys_max.get()) }
    }
}

impl Fold for Counter {
    fn take(&mut self, batch: &mut Batch, at: usize, moment: &Moment) -> Result<Keep, FilterError> {
        let event = batch.event(at);
        let Some(key) = self.seen.key_of(&self.key, event) else { return Ok(Keep::Yes) };
        let mark = Mark::of(event);
        if let Some((seen, _)) = self.seen.get_mut(key) {
            if mark.repeats(seen.last) {
                return Ok(Keep::Yes);
            }
            if seen.count < self.every {
                (seen.count, seen.last) = (seen.count + 1, mark);
                return Ok(Keep::No);
            }
        }
        self.seen.put(key, Seen { count: 1, last: mark }, moment.elapsed);
        Ok(Keep::Yes)
    }

    fn pause(&mut self, _: &mut Batch, _: &Moment) {
        self.seen.sweep();
    }

    fn clear(&mut self) {
        self.seen.clear();
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use super::*;
    use crate::FILTERS;
    use crate::remembering::Rig;

    fn passed(settings: &str, given: &[Json]) -> usize {
        let bench = Bench::new(FILTERS, &format!("type = 'sample'\n{settings}")).unwrap();
        bench.pass_all(given).unwrap().len()
    }

    #[test]
    fn the_share_is_about_right_and_the_same_again() {
        let given: Vec<Json> = (0..5_000).map(|n| json!({ "n": n })).collect();
        let count = passed("rate = 0.2", &given);
        assert!((900..1100).contains(&count), "{count}");
        assert_eq!(passed("rate = 0.2", &given), count);
        let by_key = passed("rate = 0.2\nkey = '%{n}'", &given);
        assert!((900..1100).contains(&by_key), "{by_key}");
        assert_eq!(passed("rate = 1.0", &given), 5_000);
        assert_eq!(passed("rate = 0.0", &given), 0);
    }

    #[test]
    fn no_other_number_is_a_share() {
        for rate in ["1.5", "-0.1", "nan"] {
            let settings = format!("type = 'sample'\nrate = {rate}");
            let why = Bench::new(FILTERS, &settings).unwrap_err();
            assert!(why.contains("is no share"), "{why}");
        }
    }

    #[test]
    fn one_way_is_said_and_not_two() {
        for (settings, wanted) in [
            ("", "nothing says which events pass"),
            ("rate = 0.1\nevery = 10", "`rate` and `every` exclude each other"),
            ("every = 0", "every"),
        ] {
            let why = Bench::new(FILTERS, &format!("type = 'sample'\n{settings}")).unwrap_err();
            assert!(why.contains(wanted), "{why}");
        }
        let inside = |settings| {
            let before = "[[filter]]\ntype = 'branch'\n[[filter.case]]\nwhen = 'true'\n\
                [[filter.case.filter]]\ntype = 'sample'\n";
            Bench::new(FILTERS, &format!("{before}{settings}")).map(drop)
        };
        assert_eq!(inside("rate = 0.5"), Ok(()));
        assert!(inside("every = 2").unwrap_err().contains("cannot stand inside"));
    }

    fn counter(every: u64, key: Option<&str>, keys_max: usize) -> Rig<Counter> {
        let key = key.map(|key| Template::parse(key).unwrap());
        let every = NonZeroU64::new(every).unwrap();
        Rig::of(Counter::new(every, key, NonZeroUsize::new(keys_max).unwrap()))
    }

    #[test]
    fn counting_goes_on_from_batch_to_batch() {
        let mut rig = counter(3, None, 1);
        assert_eq!(rig.texts(&["a", "b"]), ["a"]);
        assert_eq!(rig.texts(&["c", "d", "e", "f", "g"]), ["d", "g"]);
        assert_eq!(counter(1, None, 1).texts(&["a", "b"]), ["a", "b"]);
    }

    #[test]
    fn each_key_counts_for_itself_and_their_number_has_a_limit() {
        let mut rig = counter(2, Some("%{message}"), 2);
        assert_eq!(rig.texts(&["a", "b", "a", "a", "b"]), ["a", "b", "a"]);
        assert_eq!(rig.texts(&["c", "a", "b"]), ["c", "b"], "`b` was forgotten for `c`");
        assert_eq!(rig.fold.seen.len(), 2);
    }

    #[test]
    fn what_is_read_again_passes() {
        let mut rig = counter(2, None, 1);
        assert_eq!(rig.texts(&["a", "b", "c"]), ["a", "c"]);
        rig.position = 0;
        assert_eq!(rig.texts(&["a", "b", "c", "d", "e"]), ["a", "b", "c", "e"]);
    }
}
