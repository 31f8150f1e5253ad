//! `cargo xtask gate`: how many instructions an event costs, held against what was accepted.
//!
//! Clocks of shared machines are noisy; the instructions that valgrind counts are not. It runs
//! each hot path twice, with and without its work, and the difference is what the work costs. A
//! figure holds for one compiler and one valgrind, as both choose instructions.

mod ledger;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, bail, ensure};
use serde_json::Value;
use weir_testkit::live::ensure_installed;

use self::ledger::{Entry, Ledger};
use crate::stopwatch::Stopwatch;
use crate::workspace::{Profile, build, output_of, root};

/// The paths that are held; in the order of an event's way.
const HELD: [&str; 5] = ["split", "grok", "json", "encode", "file-to-file"];

/// A rise by more fails. Counts repeat to a few thousandths.
const RISE_MAX_PERCENT: f64 = 3.0;

/// A fall by more is worth keeping: as long as the figure stays, it hides rises of this size.
const FALL_MAX_PERCENT: f64 = 3.0;

/// What can be chosen.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// Accept what is counted now, for this reason
    #[arg(long, value_name = "REASON")]
    accept: Option<String>,
    /// Only this path
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
}

/// What became of the gate.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Counted and held.
    Passed,
    /// Not counted, or not comparable, for this reason.
    Ignored(String),
}

/// Counts, compares and says so.
pub(crate) fn run(options: &Options) -> Result<()> {
    let reason = options.accept.as_deref().map(str::trim);
    ensure!(reason != Some(""), "say why: `--accept \"the reason\"`");
    let names: Vec<&str> = HELD
        .into_iter()
        .filter(|name| options.only.as_deref().is_none_or(|only| only == *name))
        .collect();
    ensure!(!names.is_empty(), "there is no such path; there are {}", HELD.join(", "));
    let mut ledger = Ledger::read(&path())?;
    let tools = Tools::find()?;
    let counted = count_all(&tools, &names)?;
    if let Some(reason) = reason {
        ledger.accept(&tools.compiler, &tools.valgrind, &counted, reason);
        fs::write(path(), ledger.text())?;
        println!("accepted in {}", path().display());
        return Ok(());
    }
    match judge(&ledger, &tools, &counted)? {
        Outcome::Passed => println!("the gate holds"),
        Outcome::Ignored(reason) => println!("nothing was compared: {reason}"),
    }
    Ok(())
}

/// The gate as a step of all checks: where there is no valgrind it is ignored, but not on CI.
pub(crate) fn step(on_ci: bool) -> Result<Outcome> {
    let tools = match Tools::find() {
        Ok(tools) => tools,
        Err(cause) if on_ci => return Err(cause),
        Err(cause) => return Ok(Outcome::Ignored(format!("{cause:#}"))),
    };
    let ledger = Ledger::read(&path())?;
    judge(&ledger, &tools, &count_all(&tools, &HELD)?)
}

fn path() -> PathBuf {
    root().join("crates/xtask/gate.toml")
}

/// What the figures depend on besides the code.
struct Tools {
    compiler: String,
    valgrind: String,
}

impl Tools {
    fn find() -> Result<Self> {
        let version = |program: &str| -> Result<String> {
            let text = output_of(Command::new(program).arg("--version").current_dir(root()))?;
            Ok(text.lines().next().unwrap_or_default().trim().to_owned())
        };
        if version("valgrind").is_err() {
            ensure_installed(&["valgrind"]).context("the gate counts with valgrind")?;
        }
        Ok(Self { compiler: version("rustc")?, valgrind: version("valgrind")? })
    }
}

/// Instructions for each event, by path.
type Counted = Vec<(String, f64)>;

fn count_all(tools: &Tools, names: &[&str]) -> Result<Counted> {
    println!("building the hot paths");
    let program = build("weir-hotpath", "hotpath", Profile::Release)?;
    println!("counting with {}, compiled by {}", tools.valgrind, tools.compiler);
    names.iter().map(|name| Ok(((*name).to_owned(), count(&program, name)?))).collect()
}

fn count(program: &Path, name: &str) -> Result<f64> {
    let watch = Stopwatch::start();
    let (idle, _) = instructions(program, "idle", name)?;
    let (busy, events) = instructions(program, "count", name)?;
    ensure!(events > 0, "the path `{name}` had no events");
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let each = busy.saturating_sub(idle) as f64 / events as f64;
    println!(
        "{name}: {each:.1} instructions for each of {events} events ({:.0?})",
        watch.elapsed()
    );
    Ok(each)
}

/// Instructions of a whole run, and the events that it says it worked on.
fn instructions(program: &Path, command: &str, name: &str) -> Result<(u64, u64)> {
    let folder = tempfile::tempdir()?;
    let profile = folder.path().join("callgrind.out");
    let said = output_of(
        Command::new("valgrind")
            .args(["--tool=callgrind", "--quiet", "--combine-dumps=yes"])
            .arg(format!("--callgrind-out-file={}", profile.display()))
            .arg(program)
            .args([command, name]),
    )?;
    let said: Value = serde_json::from_str(said.trim()).context("what the path said")?;
    let events = said["events"].as_u64().with_context(|| format!("{name} said {said}"))?;
    let text = fs::read_to_string(&profile)?;
    Ok((totals(&text).context("callgrind wrote no totals")?, events))
}

/// The sum over all threads.
fn totals(profile: &str) -> Option<u64> {
    let lines = profile.lines().filter_map(|line| line.strip_prefix("totals: "));
    let all: Option<Vec<u64>> = lines.map(|it| it.trim().parse().ok()).collect();
    all.filter(|it| !it.is_empty()).map(|it| it.iter().sum())
}

fn judge(ledger: &Ledger, tools: &Tools, counted: &Counted) -> Result<Outcome> {
    if let Some(difference) = ledger.differs_from(&tools.compiler, &tools.valgrind) {
        return Ok(Outcome::Ignored(format!(
            "{difference}; such figures cannot be compared. To move the gate to this compiler, \
             count the last accepted commit with it, then `cargo xtask gate --accept \"…\"`"
        )));
    }
    let mut risen = Vec::new();
    for (name, now) in counted {
        let Some(Entry { each: before, .. }) = ledger.entry(name) else {
            bail!("`{name}` has no figure yet: `cargo xtask gate --accept \"…\"`");
        };
        let change = (now / before - 1.0) * 100.0;
        println!("{name}: {now:.1} instructions for each event, {change:+.2} % of {before:.1}");
        if change > RISE_MAX_PERCENT {
            risen.push(format!("{name} by {change:.1} %"));
        } else if change < -FALL_MAX_PERCENT {
            println!("{name} fell; keep it: `cargo xtask gate --accept \"…\"`");
        }
    }
    ensure!(
        risen.is_empty(),
        "an event costs more instructions than accepted: {}. Make it cheaper, or say why it is \
         worth it: `cargo xtask gate --accept \"the reason\"`",
        risen.join(", ")
    );
    Ok(Outcome::Passed)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn ledger() -> Ledger {
        let mut ledger = Ledger::default();
        ledger.accept("rustc 1", "valgrind 2", &[("split".to_owned(), 100.0)], "first");
        ledger
    }

    fn tools(compiler: &str) -> Tools {
        Tools { compiler: compiler.to_owned(), valgrind: "valgrind 2".to_owned() }
    }

    #[test]
    fn a_rise_fails_and_a_fall_does_not() {
        let judged =
            |now: f64| judge(&ledger(), &tools("rustc 1"), &vec![("split".to_owned(), now)]);
        assert_eq!(judged(102.9).unwrap(), Outcome::Passed);
        assert_eq!(judged(50.0).unwrap(), Outcome::Passed);
        let cause = judged(103.1).unwrap_err().to_string();
        assert!(cause.contains("split by 3.1 %"), "{cause}");
    }

    #[test]
    fn another_compiler_is_said_and_no_failure() {
        let counted = vec![("split".to_owned(), 900.0)];
        let Outcome::Ignored(reason) = judge(&ledger(), &tools("rustc 9"), &counted).unwrap()
        else {
            panic!("figures of two compilers were compared");
        };
        assert!(reason.contains("rustc 9") && reason.contains("rustc 1"), "{reason}");
    }

    #[test]
    fn a_path_without_a_figure_is_a_mistake() {
        assert!(judge(&ledger(), &tools("rustc 1"), &vec![("grok".to_owned(), 1.0)]).is_err());
    }

    #[test]
    fn totals_of_threads_are_added() {
        assert_eq!(totals("events: Ir\ntotals: 12\nfn=x\ntotals: 30\n"), Some(42));
        assert_eq!(totals("events: Ir\n"), None);
    }
}
