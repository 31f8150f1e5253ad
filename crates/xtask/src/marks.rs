//! `cargo xtask marks`: what the release build must keep to, beside what it does.
//!
//! Memory, idle cost, delay, start and endurance; speed is `bench`, instruction counts are `gate`.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use serde_json::{Value, json};
use weir_testkit::marks::{self, Figure};

use crate::workspace::{Profile, build_weir, root};

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Only this measurement
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// How long to soak
    #[arg(long, default_value_t = 120, value_parser = clap::value_parser!(u64).range(10..=86_400))]
    soak_seconds: u64,
    /// Measure this program instead of building one
    #[arg(long, value_name = "PATH")]
    program: Option<PathBuf>,
}

/// A measurement: the program, a folder of its own, how long to soak.
type Measure = fn(&Path, &Path, Duration) -> Result<Vec<Figure>>;

/// In the order in which they are taken: quick ones first.
const EVERY: [(&str, Measure); 8] = [
    ("size", |weir, _, _| marks::size(weir)),
    ("version", |weir, _, _| marks::version(weir)),
    ("check", |weir, folder, _| marks::check(weir, folder, 50)),
    ("known-files", |weir, folder, _| marks::known_files(weir, folder, 500_000)),
    ("delay", |weir, folder, _| marks::delay(weir, folder, 1_000, 30)),
    ("appended-files", |weir, folder, _| marks::appended_files(weir, folder, 1_000, 30)),
    ("idle-files", |weir, folder, _| {
        marks::idle_files(weir, folder, 10_000, Duration::from_secs(30))
    }),
    ("dead-output", |weir, folder, _| marks::dead_output(weir, folder, 1_000_000_000)),
];

const SOAK: (&str, Measure) = ("soak", marks::soak);

/// Takes the measurements, prints each figure, and writes `target/marks.json`.
pub(crate) fn run(options: &Options) -> Result<()> {
    let every: Vec<(&str, Measure)> = EVERY.into_iter().chain([SOAK]).collect();
    let is_chosen = |name: &str| options.only.as_deref().is_none_or(|it| it == name);
    if !every.iter().any(|(name, _)| is_chosen(name)) {
        let names: Vec<&str> = every.iter().map(|(name, _)| *name).collect();
        bail!("there is no such measurement; there are {}", names.join(", "));
    }
    let weir = match &options.program {
        Some(program) => program.clone(),
        None => {
            println!("building the release");
            build_weir(Profile::Release)?
        }
    };
    let target = root().join("target");
    fs::create_dir_all(&target)?;
    let mut figures = Vec::new();
    for (name, measure) in every.into_iter().filter(|(name, _)| is_chosen(name)) {
        // On the disk of the build, as a temporary folder may be memory.
        let folder = tempfile::Builder::new().prefix("marks-").tempdir_in(&target)?;
        let soak = Duration::from_secs(options.soak_seconds);
        let measured = measure(&weir, folder.path(), soak).context(name)?;
        for figure in &measured {
            println!("{figure}");
        }
        figures.extend(measured);
    }
    let missed = figures.iter().filter(|figure| !figure.is_met()).count();
    println!("\n{} figures, {missed} of them do not meet their mark", figures.len());
    if options.only.is_none() {
        let path = target.join("marks.json");
        let rows: Vec<Value> = figures.iter().map(row).collect();
        fs::write(&path, serde_json::to_string_pretty(&rows)? + "\n")?;
        println!("written to {}", path.display());
    }
    Ok(())
}

fn row(figure: &Figure) -> Value {
    json!({
        "name": figure.name,
        "value": figure.value,
        "mark": figure.mark,
        "unit": figure.unit,
        "met": figure.is_met(),
        "how": figure.how,
    })
}
