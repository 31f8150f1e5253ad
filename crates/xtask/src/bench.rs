//! `cargo xtask bench`: how much the product does with a second of CPU time, beside others.
//!
//! Clocks of shared machines are noisy, so the measure is input per CPU-second, not per second. A
//! run counts only when the far end has every event exactly once.

mod measure;
mod rates;
mod report;
mod rows;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;
use weir_testkit::live::Need;
use weir_testkit::mmdb::wide_database;
use weir_testkit::sample::Sample;

use self::measure::Run;
use self::report::Line;
use self::rows::{Group, ROWS, Row, Source};
use crate::workspace::{Profile, build_weir, output_of, root};

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only this row; docs/performance.md is left alone then
    #[arg(long, value_name = "NAME")]
    row: Option<String>,
    /// Only the rows of this group; docs/performance.md is left alone then
    #[arg(long, conflicts_with = "row")]
    group: Option<Group>,
    /// Only the rates of single filters; docs/performance.md is left alone then
    #[arg(long, conflicts_with_all = ["row", "group"])]
    rates: bool,
    /// Input of each row, in MB
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    mb: u64,
    /// Runs of each row; the median counts
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=100))]
    runs: u32,
}

impl Options {
    fn is_whole(&self) -> bool {
        self.row.is_none() && self.group.is_none() && !self.rates
    }

    fn takes(&self, row: &Row) -> bool {
        !self.rates
            && self.row.as_deref().is_none_or(|name| name == row.name)
            && self.group.is_none_or(|group| group == row.group)
    }
}

/// Measures the rows, prints a table, and writes `target/bench.json` and `docs/performance.md`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let chosen: Vec<&Row> = ROWS.iter().filter(|row| options.takes(row)).collect();
    if chosen.is_empty() && !options.rates {
        let names: Vec<&str> = ROWS.iter().map(|row| row.name).collect();
        bail!("there is no such row; the rows are {}", names.join(", "));
    }
    println!("building the release");
    let weir = build_weir(Profile::Release)?;
    let target = root().join("target");
    fs::create_dir_all(&target)?;
    let about = report::About::gather(&weir, options.mb, options.runs);
    let mut measured = report::Measured::default();
    for row in chosen {
        if let Err(reason) = measure_row(row, &weir, &target, options, &mut measured.lines) {
            let Some(Missing(reason)) = reason.downcast_ref() else { return Err(reason) };
            println!("{} is left out: {reason}", row.name);
            measured.left_out.push((row.name.to_owned(), reason.clone()));
        }
    }
    if options.rates || options.is_whole() {
        measured.rates = rates::measure(&mut measured.left_out)?;
    }
    println!("\n{}", report::tables(&measured));
    let json = target.join("bench.json");
    fs::write(&json, serde_json::to_string_pretty(&report::json(&about, &measured))? + "\n")?;
    println!("written to {}", json.display());
    if options.is_whole() {
        let page = root().join("docs/performance.md");
        fs::write(&page, report::page(&about, &measured))?;
        println!("written to {}", page.display());
    }
    Ok(())
}

/// Why a row cannot be measured here; no failure.
#[derive(Debug)]
struct Missing(String);

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Missing {}

fn measure_row(
    row: &Row,
    weir: &Path,
    target: &Path,
    options: &Options,
    lines: &mut Vec<Line>,
) -> Result<()> {
    let known = output_of(Command::new(weir).arg("list"))?;
    let has = |name: &str| known.split_whitespace().any(|word| word == name);
    if let Some(lacking) = row.filter_types().find(|name| !has(name)) {
        return Err(Missing(format!("the program has no filter `{lacking}`")).into());
    }
    // On the disk of the build, as a temporary folder may be memory.
    let folder = tempfile::Builder::new().prefix("bench-").tempdir_in(target)?;
    let bytes = options.mb * 1_000_000 * row.size.times / row.size.of;
    let sample = sample(row.source, &folder.path().join("input.log"), bytes)?;
    println!("{}: {} events, {} bytes", row.name, sample.events, sample.bytes);
    let database = folder.path().join("places.mmdb");
    fs::write(&database, wide_database())?;
    lines.push(several(row, "weir", &sample, options.runs, |number| {
        let place = folder.path().join(format!("weir-{number}"));
        measure::weir(weir, row, &sample, &database, &place)
    })?);
    if row.has_others {
        lines.extend(measure_others(row, &sample, &folder, options.runs)?);
    }
    Ok(())
}

fn sample(source: Source, path: &Path, bytes: u64) -> Result<Sample> {
    match source {
        Source::Made(kind) => kind.write(path, bytes),
        Source::Real(names) => {
            let data = root().join("../shared/data");
            let files: Vec<PathBuf> = names.iter().map(|name| data.join(name)).collect();
            if let Some(absent) = files.iter().find(|file| !file.is_file()) {
                return Err(Missing(format!("there is no {}", absent.display())).into());
            }
            Sample::of_files(&files, path, bytes)
        }
    }
}

/// The others that can do the row; one that cannot be had is named and left out.
fn measure_others(row: &Row, sample: &Sample, folder: &TempDir, runs: u32) -> Result<Vec<Line>> {
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
        if row.is_cold {
            sample.cool()?;
        } else {
            sample.warm()?;
        }
        let run = measure(number)
            .with_context(|| format!("row {}, {program}, run {number}", row.name))?;
        println!("  {program} {number}: {}", report::shown(&run, sample));
        done.push(run);
    }
    ensure!(!done.is_empty(), "at least one run");
    Ok(Line::new(row, program, sample, done))
}
