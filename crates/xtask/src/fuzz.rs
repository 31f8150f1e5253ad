//! `cargo xtask fuzz`: builds the targets in `fuzz/` and lets libFuzzer look for bytes that break
//! them.
//!
//! Seeds are those of `fuzz/seeds` and, where they are, pieces of the files of `../shared/data`.
//! What libFuzzer adds stays in `fuzz/corpus`, so that the next run goes on from there.

mod pieces;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, ensure};

use crate::stopwatch::Stopwatch;
use crate::workspace::root;

/// More does not come out of an input as one event, and what is quadratic shows.
const TEXT_BYTES_MAX: usize = 64 * 1024;

/// Seconds for one input. The promise is one; machines are shared, and checking takes time too.
const TIMEOUT_SECONDS: u32 = 5;

/// Folders of `../shared/data` that have texts for a target.
const SHARED: [(&str, &[&str]); 10] = [
    ("cef", &["vector-files", "beats"]),
    ("csv", &["loghub", "logstash-filters"]),
    ("date", &["logstash-filters", "vrl"]),
    ("dissect", &["loghub", "beats"]),
    ("grok", &["loghub", "nginx-live", "logstash-patterns-core"]),
    ("kv", &["logstash-filters", "vrl"]),
    ("modsecurity", &["modsecurity-audit", "modsecurity-live"]),
    ("multiline", &["loghub", "nginx-live"]),
    ("syslog", &["go-syslog", "loghub", "rsyslog-data"]),
    ("xml", &["logstash-filters", "vrl"]),
];

/// What to fuzz, and for how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// The targets; all of `fuzz/targets` if none is named
    targets: Vec<String>,
    /// How long each is run
    #[arg(long, default_value_t = 600)]
    seconds: u32,
    /// How many are run beside each other
    #[arg(long, default_value_t = 1)]
    jobs: usize,
}

/// Builds and runs the targets; fails if one of them was broken.
pub(crate) fn run(options: &Options) -> Result<()> {
    let folder = root().join("fuzz");
    let targets = chosen(&options.targets, &known(&folder)?)?;
    let triple = prepare()?;
    for target in &targets {
        build(target)?;
    }
    let programs = folder.join("target").join(triple).join("release");
    let (next, broken) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..options.jobs.max(1) {
            scope.spawn(|| {
                while let Some(target) = targets.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = run_one(&folder, &programs, target, options.seconds);
                    if let Err(cause) = outcome {
                        println!("{target}: BROKEN: {cause:#}");
                        broken.lock().expect("nothing panics while it is held").push(target);
                    }
                }
            });
        }
    });
    let broken = broken.into_inner().expect("nothing panicked while it was held");
    ensure!(broken.is_empty(), "broken: {broken:?}; what broke them is in fuzz/artifacts");
    Ok(())
}

/// The targets' names, in order.
fn known(folder: &Path) -> Result<Vec<String>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder.join("targets")).context("there are no targets")? {
        let path = entry?.path();
        if path.extension().is_some_and(|it| it == "rs")
            && let Some(name) = path.file_stem()
        {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

fn chosen(named: &[String], known: &[String]) -> Result<Vec<String>> {
    let unknown: Vec<_> = named.iter().filter(|name| !known.contains(name)).collect();
    ensure!(unknown.is_empty(), "there are no targets {unknown:?}, but {known:?}");
    Ok(if named.is_empty() { known } else { named }.to_vec())
}

/// A call of the nightly compiler's cargo; libFuzzer's counters are not in the stable one.
fn nightly(arguments: &[&str]) -> Command {
    let mut command = Command::new("rustup");
    command.args(["run", "nightly", "cargo"]).args(arguments).current_dir(root().join("fuzz"));
    // Those of the compiler that runs this program.
    command.env_remove("RUSTC").env_remove("RUSTDOC").env_remove("CARGO");
    command
}

/// Sees to it that `cargo fuzz` is there, and says what machine it builds for.
fn prepare() -> Result<String> {
    let version = nightly(&["--version", "--verbose"]).output();
    let version = version.context("`rustup` does not start")?;
    ensure!(version.status.success(), "there is no nightly: `rustup toolchain install nightly`");
    let is_here = nightly(&["fuzz", "--version"]).output()?.status.success();
    if !is_here {
        println!("cargo-fuzz is installed");
        let status = nightly(&["install", "cargo-fuzz", "--locked"]).status()?;
        ensure!(status.success(), "cargo-fuzz cannot be installed");
    }
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let host = version.lines().find_map(|line| line.strip_prefix("host: "));
    Ok(host.context("cargo does not say what its host is")?.to_owned())
}

fn build(target: &str) -> Result<()> {
    // No sanitizer: there is no unsafe code here for it to watch, and twice the speed finds more.
    // Overflows are checked in any case.
    let status = nightly(&["fuzz", "build", "--sanitizer", "none", target]).status()?;
    ensure!(status.success(), "`{target}` does not build");
    Ok(())
}

fn run_one(folder: &Path, programs: &Path, target: &str, seconds: u32) -> Result<()> {
    let artifacts = folder.join("artifacts").join(target);
    let corpus = folder.join("corpus").join(target);
    fs::create_dir_all(&artifacts)?;
    fs::create_dir_all(&corpus)?;
    let log = artifacts.with_extension("log");
    let mut command = Command::new(programs.join(target));
    // What is found goes to the first folder; the others are only read.
    command.arg(corpus).args(seeds(folder, target)?);
    command.args([
        format!("-max_total_time={seconds}"),
        format!("-max_len={TEXT_BYTES_MAX}"),
        format!("-timeout={TIMEOUT_SECONDS}"),
        format!("-artifact_prefix={}/", artifacts.display()),
        "-print_final_stats=1".to_owned(),
    ]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(&log)?);
    let watch = Stopwatch::start();
    let status = command.status().with_context(|| format!("`{target}` does not start"))?;
    let words = String::from_utf8_lossy(&fs::read(&log)?).into_owned();
    let executions = executions(&words).unwrap_or(0);
    println!("{target}: {executions} executions in {:.0?}", watch.elapsed());
    ensure!(status.success(), "it ended with {status}, see {}", log.display());
    Ok(())
}

/// The folders with texts to begin with.
fn seeds(folder: &Path, target: &str) -> Result<[PathBuf; 2]> {
    let shared = SHARED.iter().filter(|(name, _)| *name == target).flat_map(|(_, names)| *names);
    let shared: Vec<PathBuf> =
        shared.map(|name| root().join("../shared/data").join(name)).collect();
    let cut = folder.join("target").join("pieces").join(target);
    pieces::cut(&shared, &cut)?;
    Ok([folder.join("seeds").join(target), cut])
}

/// How many inputs libFuzzer says it tried.
fn executions(log: &str) -> Option<u64> {
    let line = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    line?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn every_target_is_built_and_has_seeds() {
        let folder = root().join("fuzz");
        let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
        let known = known(&folder).unwrap();
        assert!(known.len() >= 9, "{known:?}");
        for target in known {
            assert!(manifest.contains(&format!("path = \"targets/{target}.rs\"")), "{target}");
            let seeds = fs::read_dir(folder.join("seeds").join(&target));
            assert!(seeds.is_ok_and(|mut seeds| seeds.next().is_some()), "{target} has no seeds");
        }
    }

    #[test]
    fn texts_of_others_are_for_targets_that_are_there() {
        let known = known(&root().join("fuzz")).unwrap();
        for (target, _) in SHARED {
            assert!(known.contains(&target.to_owned()), "{target}");
        }
    }

    #[test]
    fn a_target_that_is_not_there_is_named() {
        let known = ["csv".to_owned(), "kv".to_owned()];
        assert_eq!(chosen(&[], &known).unwrap(), known);
        assert_eq!(chosen(&["kv".to_owned()], &known).unwrap(), ["kv"]);
        let why = chosen(&["kw".to_owned()], &known).unwrap_err().to_string();
        assert!(why.contains("kw") && why.contains("csv"), "{why}");
    }

    #[test]
    fn executions_are_read_from_the_closing_lines() {
        let log = "#12 DONE\nstat::number_of_executed_units: 3712\nstat::peak_rss_mb: 44\n";
        assert_eq!(executions(log), Some(3712));
        assert_eq!(executions("error: unknown filter"), None);
    }
}
