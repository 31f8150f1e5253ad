//! Runs one hot path: `hotpath count NAME`, `hotpath idle NAME` or `hotpath rate NAME SECONDS`.
//!
//! `cargo xtask gate` runs the first two under valgrind; `cargo xtask bench` runs the third. What
//! came of it is a JSON document on the standard output.

#![expect(clippy::print_stdout, reason = "its output is read by xtask")]

use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::time::{ClockId, clock_gettime};
use serde_json::{Value, json};
use weir_hotpath::{EVENTS_TIMED, PATHS, Path, Work};

/// Rounds that are not timed: caches of filters fill, batches grow to their size. About as many as
/// it takes to go through all events once.
const ROUNDS_WARM: usize = 50;

fn main() -> ExitCode {
    match run() {
        Ok(document) => {
            println!("{document}");
            ExitCode::SUCCESS
        }
        Err(cause) => {
            eprintln!("error: {cause:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<Value> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if let ["list"] = words[..] {
        return Ok(json!(PATHS.iter().map(|it| it.name).collect::<Vec<_>>()));
    }
    let [command, name, rest @ ..] = &words[..] else {
        bail!("usage: hotpath list | count NAME | idle NAME | rate NAME SECONDS");
    };
    let path = Path::named(name)?;
    if let Some(filter) = path.lacks() {
        return Ok(json!({ "lacks": filter }));
    }
    let folder = tempfile::tempdir()?;
    match (*command, rest) {
        ("count", []) => Ok(json!({ "events": path.count(folder.path(), true)? })),
        ("idle", []) => Ok(json!({ "events": path.count(folder.path(), false)? })),
        ("rate", [seconds]) => {
            let seconds = Duration::from_secs(seconds.parse().context("SECONDS is a number")?);
            let rounds = path.rounds(folder.path(), EVENTS_TIMED)?;
            rate(&mut *rounds.context("paths that begin with a file have no rate")?, seconds)
        }
        _ => bail!("`{command}` is not known"),
    }
}

/// CPU time of the work alone.
fn rate(rounds: &mut dyn Work, seconds: Duration) -> Result<Value> {
    for _ in 0..ROUNDS_WARM {
        rounds.prepare();
        rounds.work();
    }
    let (mut used, mut events, mut bytes) = (Duration::ZERO, 0, 0);
    while used < seconds {
        rounds.prepare();
        let before = cpu();
        rounds.work();
        used += cpu().saturating_sub(before);
        events += rounds.events();
        bytes += rounds.bytes();
    }
    rounds.check()?;
    ensure!(events > 0, "there were no events");
    Ok(json!({ "events": events, "bytes": bytes, "cpu_seconds": used.as_secs_f64() }))
}

/// CPU time of this thread.
fn cpu() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let (seconds, nanos) = (time.tv_sec.unsigned_abs(), time.tv_nsec.unsigned_abs());
    Duration::from_secs(seconds) + Duration::from_nanos(nanos)
}
