//! The `generate` input.

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, InputConfig};
use weir_component::{Input, InputError, Intake};
use weir_config::{Diagnostic, OneOrMany};
use weir_event::{Key, Origin, Timestamp};

/// Makes events from given lines, for trying out a pipeline.
///
/// The lines are taken in turn, again and again. `{n}` in a line becomes the number of the event,
/// counted from 1.
///
/// # Example
///
/// ```toml
/// [[input]]
/// type = "generate"
/// lines = ["order {n} accepted", "order {n} shipped"]
/// rate = 10
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Generate {
    /// The lines.
    #[schemars(example = ["hello {n}"])]
    lines: OneOrMany<String>,
    /// Events in all; without end when it is not set, but one round of the lines with `--once`.
    #[serde(default)]
    count: Option<u64>,
    /// Events a second; as fast as the outputs take them when it is not set.
    #[serde(default)]
    rate: Option<u32>,
}

impl Configure for Generate {
    const NAME: &'static str = "generate";
}

impl InputConfig for Generate {
    type Input = Generator;

    fn build(self) -> Result<Generator, Diagnostic> {
        if self.lines.is_empty() {
            return Err(Diagnostic::error("`lines` is empty").help("give at least one line"));
        }
        if self.rate == Some(0) {
            return Err(Diagnostic::error("`rate` is 0").help("leave it out for no limit"));
        }
        Ok(Generator { lines: self.lines.into_vec(), count: self.count, rate: self.rate })
    }
}

/// Events in one batch at most.
const BATCH_EVENTS: u64 = 1000;

/// How often a limited rate is topped up.
const TICK: Duration = Duration::from_millis(50);

/// Makes events.
#[derive(Debug)]
pub struct Generator {
    lines: Vec<String>,
    count: Option<u64>,
    rate: Option<u32>,
}

impl Input for Generator {
    async fn run(self, intake: Intake) -> Result<(), InputError> {
        let Intake { out, stop, host, once, counters, .. } = intake;
        let origin = Origin::new(0).with(Key::named("host.name"), host.name.clone(), true);
        let origin = Arc::new(origin);
        let one_round = self.lines.len() as u64;
        let count = self.count.or(once.then_some(one_round)).unwrap_or(u64::MAX);
        let began = host.clock.elapsed();
        let mut made = 0;
        while made < count && !stop.is_asked() {
            let allowed = match self.rate {
                None => count,
                Some(rate) => due(host.clock.elapsed().saturating_sub(began), rate).min(count),
            };
            let wanted = allowed.saturating_sub(made).min(BATCH_EVENTS);
            if wanted == 0 {
                tokio::select! {
                    () = tokio::time::sleep(TICK) => {}
                    () = stop.asked() => {}
                }
                continue;
            }
            let mut loan = out.lend().await;
            let now = Timestamp::from_nanos(host.clock.wall_nanos());
            let index = loan.batch.add_origin(&origin);
            for n in made..made + wanted {
                let line = usize::try_from(n % one_round).unwrap_or(0);
                let line = self.lines[line].replace("{n}", &(n + 1).to_string());
                loan.batch.push_text(index, n, now, (Key::MESSAGE, line.as_bytes()));
                counters.bytes.inc_by(line.len() as u64);
            }
            counters.events.inc_by(wanted);
            out.send(loan);
            made += wanted;
        }
        Ok(())
    }
}

/// How many events are due after a time; the first is due at once.
fn due(elapsed: Duration, rate: u32) -> u64 {
    let due = elapsed.as_millis() * u128::from(rate) / 1000 + 1;
    u64::try_from(due).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_kept() {
        assert_eq!(due(Duration::ZERO, 10), 1);
        assert_eq!(due(Duration::from_millis(950), 10), 10);
        assert_eq!(due(Duration::from_secs(10), 1000), 10_001);
    }
}
