//! The developer's commands, `cargo xtask …`: what a shell script or a Makefile would do elsewhere.
//!
//! `test` is the whole judgement about a change; `.ci/run` calls it and nothing else.

#![expect(clippy::print_stdout, reason = "a program for a terminal")]

mod bench;
mod docs;
mod fuzz;
mod gate;
mod live;
mod marks;
mod new;
mod stopwatch;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, Subcommand};

/// The developer's commands.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run every check: format, clippy, tidy, all tests, manual pages, pipelines
    Test,
    /// Check the rules of the house that neither rustc nor clippy know
    Tidy,
    /// Write docs/reference from the components' doc comments
    Docs {
        /// Write nothing; fail when something would change
        #[arg(long)]
        check: bool,
    },
    /// Measure the release build beside rsyslog and syslog-ng
    Bench(bench::Options),
    /// Count the instructions of hot paths and hold them against what was accepted
    Gate(gate::Options),
    /// Measure memory, idle cost, delay, start and endurance of the release build
    Marks(marks::Options),
    /// Look for bytes that break filters
    Fuzz(fuzz::Options),
    /// Fetch the servers of the live tests into the cache
    Live,
    /// Begin a new component
    New {
        /// Only `filter` so far
        kind: new::Kind,
        /// Its name in pipeline files, such as `user-agent`
        name: String,
    },
}

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("error: {cause:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> Result<()> {
    match Arguments::parse().command {
        Command::Test => test::run(),
        Command::Tidy => tidy::run(),
        Command::Docs { check } => docs::run(check),
        Command::Bench(options) => bench::run(&options),
        Command::Gate(options) => gate::run(&options),
        Command::Marks(options) => marks::run(&options),
        Command::Fuzz(options) => fuzz::run(&options),
        Command::Live => live::fetch(),
        Command::New { kind, name } => new::create(kind, &name),
    }
}
