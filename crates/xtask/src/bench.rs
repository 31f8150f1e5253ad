//! `cargo xtask bench`: how much the product does with a second of CPU time, beside others.
//!
//! Clocks of shared machines are noisy, so the measure is input per CPU-second, not per second. A
//! run counts only when the far end has every event exactly once.

mod measure;
mod report;
mod rows;

use std::fs;
use std::path::Path;

use anyhow::{Context, Result, bail};
use tempfile::TempDir;
use weir_testkit::sample::Sample;

use self::measure::{Far, Run};
use self::report::Line;
use self::rows::{ROWS, Row};
use crate::workspace::{Profile, build_weir, root};

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only this row; docs/performance.md is left alone then
    #[arg(long, value_name = "NAME")]
    row: Option<String>,
    /// Input of each row, in MB
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    mb: u64,
    /// Runs of each row; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
}

/// Measures the rows, prints a table, and writes `target/bench.json` and `docs/performance.md`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen: Vec<&Row> =
        ROWS.iter().filter(|row| options.row.as_deref().is_none_or(|it| it == row.name)).collect();
    if chosen.is_empty() {
        let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        bail!("there is no such row; the rows are {}", names.join(", "));
    }
    println!("building the release");
    let weir = build_weir(Profile::Release)?;
    let target = root().join("target");
    fs::create_dir_all(&target)?;
    let mut lines = Vec::new();
    for row in chosen {
        // On the disk of the build, as a temporary folder may be memory.
        let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(&target)?;
        let sample = row.sample.write(&folder.path().join("input.log"), options.mb * 1_000_000)?;
        println!("{}: {} events, {} bytes", row.name, sample.events, sample.bytes);
        lines.push(measure_weir(row, &weir, &sample, &folder, options.runs)?);
        if row.far == Far::File {
            lines.extend(measure_others(row, &sample, &folder, options.runs)?);
        }
    }
    println!("\n{}", report::table(&lines));
    let about = report::About::gather(&weir, options.mb, options.runs);
    let json = target.join("bench.json");
    fs::write(&json, serde_json::to_string_pretty(&report::json(&about, &lines))? + "\n")?;
    println!("written to {}", json.display());
    if options.row.is_none() {
        let page = root().join("docs/performance.md");
        fs::write(&page, report::page(&about, &lines))?;
        println!("written to {}", page.display());
    }
    Ok(())
}

fn measure_weir(
    row: &Row,
    weir: &Path,
    sample: &Sample,
    folder: &TempDir,
    runs: u32,
) -> Result<Line> {
    several(row, "weir", sample, runs, |number| {
        measure::weir(weir, row, sample, &folder.path().join(format!("weir-{number}")))
    })
}

/// The others that can do the row; one that cannot be had is named and left out.
fn measure_others(row: &Row, sample: &Sample, folder: &TempDir, runs: u32) -> Result<Vec<Line>> {
    use weir_testkit::live::Need;
    let mut lines = Vec::new();
    for (name, need) in [("rsyslog", Need::Rsyslog), ("syslog-ng", Need::SyslogNg)] {
        if let Err(cause) = need.fetch() {
            println!("  {name} is left out: {cause:#}");
            continue;
        }
        lines.push(several(row, name, sample, runs, |number| {
            measure::relay(need, sample, &folder.path().join(format!("{name}-{number}.out")))
        })?);
    }
    Ok(lines)
}

fn several(
    row: &Row,
    program: &str,
    sample: &Sample,
    runs: u32,
    mut measure: impl FnMut(u32) -> Result<Run>,
) -> Result<Line> {
    let mut done = Vec::new();
    for number in 1..=runs {
        sample.warm()?;
        let run = measure(number)
            .with_context(|| format!("row {}, {program}, run {number}", row.name))?;
        println!("  {program} {number}: {}", report::shown(&run, sample));
        done.push(run);
    }
    Ok(Line::new(row.name, program, sample, done))
}
