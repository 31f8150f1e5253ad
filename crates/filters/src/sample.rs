//! The `sample` filter: a part of the events.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::template::Template;
use weir_component::{Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{EventMut, EventRef};
use xxhash_rust::xxh3::xxh3_64_with_seed;

/// Lets a share of the events pass and drops the others.
///
/// Which ones is decided by a hash of where an event comes from. So it is as good as chance, and
/// still the same event passes or is dropped whenever it is read. With `key` the hash is that of the
/// key: all its events pass, or none. Events that lack a field of the key pass.
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
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Sample {
    /// The share that passes, from 0 to 1.
    #[schemars(example = 0.1)]
    rate: At<f64>,
    /// What events have in common that pass together.
    key: Option<Template>,
}

impl Configure for Sample {
    const NAME: &'static str = "sample";
}

impl FilterConfig for Sample {
    type Filter = Sampler;

    fn build(self) -> Result<Sampler, Diagnostic> {
        if !(0.0..=1.0).contains(&*self.rate) {
            return Err(Diagnostic::error(format!("`{}` is no share", *self.rate))
                .at(&self.rate, "")
                .help("write a number from 0 to 1: `0.1` lets every tenth event pass"));
        }
        Ok(Sampler { limit: limit(*self.rate), key: self.key })
    }
}

/// Of all hashes, how many are below the share.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "a share is from 0 to 1, and a cast of a float ends at the bounds"
)]
fn limit(rate: f64) -> u64 {
    (rate * u64::MAX as f64) as u64
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

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
}
