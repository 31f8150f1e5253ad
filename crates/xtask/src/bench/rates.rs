//! What single filters do on one thread: events, or megabytes, in a second of CPU time.
//!
//! They run in a program of their own over batches that are in memory, so nothing but the filter
//! is measured.

use std::process::Command;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::workspace::{Profile, build, output_of};

/// CPU-seconds of each measurement; the best of several counts, as noise only makes it slower.
const SECONDS: &str = "2";
const RUNS: usize = 3;

/// What is measured, and what should be reached.
const PATHS: [(&str, &str, Mark); 9] = [
    ("grok", "grok, COMBINEDAPACHELOG", None),
    ("access", "grok, date, geoip and user-agent", Some((200_000.0, Unit::Events))),
    ("dissect", "dissect, access log", Some((1_500_000.0, Unit::Events))),
    ("json", "json", Some((500.0, Unit::Megabytes))),
    ("kv", "kv", Some((250.0, Unit::Megabytes))),
    ("vrl", "vrl, a document out of a line", None),
    ("vrl-alone", "the same program on the language's own events", None),
    ("vrl-one-field", "vrl, one field out of another", None),
    ("encode", "bulk lines of access logs, compressed", None),
];

type Mark = Option<(f64, Unit)>;

/// Of a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    Events,
    Megabytes,
}

/// What a filter did.
#[derive(Clone, Debug)]
pub(super) struct Rate {
    pub(super) name: &'static str,
    pub(super) what: &'static str,
    /// In a CPU-second.
    pub(super) events: f64,
    pub(super) megabytes: f64,
    mark: Mark,
}

impl Rate {
    /// The mark, and whether it is met; empty without one.
    pub(super) fn verdict(&self) -> String {
        let (mark, reached, unit) = match self.mark {
            None => return String::new(),
            Some((mark, Unit::Events)) => (mark, self.events, "events"),
            Some((mark, Unit::Megabytes)) => (mark, self.megabytes, "MB"),
        };
        format!("{mark} {unit}: {}", if reached >= mark { "met" } else { "NOT met" })
    }
}

/// Measures every path that the program has the filters for.
pub(super) fn measure(left_out: &mut Vec<(String, String)>) -> Result<Vec<Rate>> {
    println!("building the hot paths");
    let program = build("weir-hotpath", "hotpath", Profile::Release)?;
    let mut rates = Vec::new();
    'paths: for (name, what, mark) in PATHS {
        let mut best: Option<Rate> = None;
        for _ in 0..RUNS {
            let said = output_of(Command::new(&program).args(["rate", name, SECONDS]))?;
            let said: Value = serde_json::from_str(said.trim()).context("what the path said")?;
            if let Some(filter) = said["lacks"].as_str() {
                println!("{what} is left out: the program has no filter `{filter}`");
                left_out.push((what.to_owned(), format!("the program has no filter `{filter}`")));
                continue 'paths;
            }
            let number = |name: &str| said[name].as_f64().context("what the path said");
            let seconds = number("cpu_seconds")?;
            let (events, megabytes) =
                (number("events")? / seconds, number("bytes")? / seconds / 1e6);
            let rate = Rate { name, what, events, megabytes, mark };
            if best.as_ref().is_none_or(|best| best.events < events) {
                best = Some(rate);
            }
        }
        let best = best.context("at least one run")?;
        println!(
            "{what}: {:.0} events, {:.0} MB in a CPU-second. {}",
            best.events,
            best.megabytes,
            best.verdict()
        );
        rates.push(best);
    }
    Ok(rates)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_held_against_its_mark() {
        let mut rate = Rate {
            name: "json",
            what: "json",
            events: 1.0,
            megabytes: 500.0,
            mark: Some((500.0, Unit::Megabytes)),
        };
        assert_eq!(rate.verdict(), "500 MB: met");
        rate.mark = Some((2.0, Unit::Events));
        assert_eq!(rate.verdict(), "2 events: NOT met");
        rate.mark = None;
        assert_eq!(rate.verdict(), "");
    }
}
