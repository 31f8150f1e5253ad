//! `cargo xtask test`: every check in one order, cheap ones first, up to the first that fails.

mod tally;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail, ensure};

use self::tally::Tally;
use crate::gate::{self, Outcome};
use crate::stopwatch::Stopwatch;
use crate::workspace::{Profile, cargo, root, weir};
use crate::{docs, tidy};

/// The folders whose pipelines must be right.
const PIPELINES: [&str; 2] = ["pipelines", "examples"];

/// Runs every check.
///
/// The last line is `N passed, N failed` in any case: the tests that ran, and one failure more if
/// a step failed that has no tests.
pub(crate) fn run() -> Result<()> {
    let mut tally = Tally::default();
    let whole = Stopwatch::start();
    let outcome = steps(&mut tally);
    println!("\nall steps took {:.0?}", whole.elapsed());
    if let Err(cause) = &outcome {
        println!("STOPPED: {cause:#}");
        tally.failed = tally.failed.max(1);
    }
    println!("{} passed, {} failed", tally.passed, tally.failed);
    std::io::stdout().flush()?;
    // The reason is printed; a second time by `main` would hide the closing line.
    #[expect(clippy::exit, reason = "the closing line is the last word")]
    if outcome.is_err() {
        std::process::exit(1);
    }
    Ok(())
}

fn steps(tally: &mut Tally) -> Result<()> {
    step("format", || {
        status(&mut cargo(&["fmt", "--all", "--check"])).context("mend it by `cargo fmt --all`")
    })?;
    step("clippy", || {
        let lints = ["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"];
        status(&mut cargo(&lints))
    })?;
    step("tidy", tidy::run)?;
    step("cargo test", || cargo_test(tally))?;
    step("the feature vrl", || {
        let lints = ["--all-targets", "--", "-D", "warnings"];
        status(cargo(&["clippy", "-p", "weir-filters", "--features", "vrl"]).args(lints))?;
        let tests = ["--lib", "--test", "pages", "--test", "vrl"];
        status(cargo(&["test", "-p", "weir-filters", "--features", "vrl"]).args(tests))
    })?;
    step("manual pages", || docs::check(&weir(Profile::Debug)))?;
    for command in ["check", "test"] {
        step(&format!("weir {command}"), || {
            status(Command::new(weir(Profile::Debug)).arg(command).args(PIPELINES))
        })?;
    }
    step("gate", || {
        let on_ci = std::env::var("CI").is_ok_and(|value| value == "true");
        if let Outcome::Ignored(reason) = gate::step(on_ci)? {
            println!("ignored: {reason}");
        }
        Ok(())
    })?;
    if Command::new("cargo-deny").arg("--version").output().is_ok() {
        step("cargo deny", || {
            status(&mut cargo(&["deny", "--offline", "check", "licenses", "bans"]))
        })?;
    }
    Ok(())
}

fn step(name: &str, work: impl FnOnce() -> Result<()>) -> Result<()> {
    println!("\n## {name}");
    let watch = Stopwatch::start();
    let outcome = work();
    println!("## {name}: {:.1?}", watch.elapsed());
    outcome.with_context(|| format!("step `{name}`"))
}

fn status(command: &mut Command) -> Result<()> {
    let shown = format!("{command:?}").replace('"', "");
    let status = command.current_dir(root()).stdin(Stdio::null()).status();
    let status = status.with_context(|| format!("`{shown}` does not start"))?;
    ensure!(status.success(), "`{shown}` ended with {status}");
    Ok(())
}

/// Passes on what the tests print and counts their results.
fn cargo_test(tally: &mut Tally) -> Result<()> {
    let mut command = cargo(&["test", "--workspace", "--no-fail-fast"]);
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn()?;
    let output = BufReader::new(child.stdout.take().context("it is piped")?);
    let mut out = std::io::stdout();
    for line in output.split(b'\n') {
        let line = line?;
        out.write_all(&line)?;
        out.write_all(b"\n")?;
        tally.read(&String::from_utf8_lossy(&line));
    }
    let status = child.wait()?;
    if !status.success() {
        bail!("{} tests failed (`cargo test --workspace` ended with {status})", tally.failed);
    }
    ensure!(tally.passed > 0, "no test ran");
    Ok(())
}
