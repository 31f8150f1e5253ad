//! The command line: one module for each command.

mod check;
mod explain;
mod help;
mod log;
mod run;
mod test;
mod trial;

use std::io::IsTerminal as _;
use std::path::PathBuf;
use std::process::ExitCode;

pub use help::manual_pages;

use clap::{CommandFactory as _, Parser, Subcommand};
use weir_config::{Diagnostics, Paint};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// All is well.
    Fine,
    /// Something failed while running, or a test did not hold.
    Failed,
    /// The configuration is wrong; nothing was started.
    Misconfigured,
    /// Stopped with events that were read and not delivered.
    Undelivered,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Failed => 1,
            Exit::Misconfigured => 2,
            Exit::Undelivered => 3,
        })
    }
}

/// Tails, parses, enriches and ships logs.
#[derive(Debug, Parser)]
#[command(name = "weir", version, disable_help_subcommand = true, after_help = AFTER_HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
Exit codes: 0 fine, 1 failed while running, 2 the configuration is wrong, 3 stopped with undelivered events.
WEIR_LOG sets what is logged: error, warn, info (default), debug, trace.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run pipelines
    Run(run::Options),
    /// Check pipeline files and report every mistake in them
    Check {
        /// Pipeline files, or folders that hold some
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Run the `[[test]]` tables of pipeline files
    Test {
        /// Pipeline files, or folders that hold some
        #[arg(required = true)]
        paths: Vec<PathBuf>,
    },
    /// Follow one line through a pipeline, step by step
    Explain {
        /// A pipeline file
        path: PathBuf,
        /// The line, as an input would read it
        line: String,
    },
    /// List the components and presets
    List,
    /// Show the manual page of a component or preset
    Help {
        /// A component or preset, such as `grok` or `nginx.access`; or `all` components
        component: Option<String>,
    },
    /// Print the JSON Schema of pipeline files, for editors
    Schema,
    /// Print a shell's completion script
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// Runs the command that the program was started with.
#[must_use]
pub fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(wrong) => {
            let is_wrong = wrong.use_stderr();
            // Nothing can be done when even this cannot be printed.
            wrong.print().ok();
            return if is_wrong { Exit::Misconfigured } else { Exit::Fine }.into();
        }
    };
    let exit = match arguments.command {
        Command::Run(options) => run::run(&options),
        Command::Check { paths } => check::check(&paths),
        Command::Test { paths } => test::test(&paths),
        Command::Explain { path, line } => explain::explain(&path, &line),
        Command::List => help::list(),
        Command::Help { component } => match component {
            Some(component) => help::page(&component),
            None => say(&Arguments::command().render_long_help().to_string()),
        },
        Command::Schema => help::schema(),
        Command::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut Arguments::command(), "weir", &mut script);
            say(&String::from_utf8_lossy(&script))
        }
    };
    exit.into()
}

/// Prints to the standard output. A reader that has gone away is no failure.
fn say(text: &str) -> Exit {
    use std::io::Write as _;
    let mut out = std::io::stdout().lock();
    let printed = out
        .write_all(text.as_bytes())
        .and_then(|()| if text.ends_with('\n') { Ok(()) } else { out.write_all(b"\n") });
    match printed.and_then(|()| out.flush()) {
        Err(cause) if cause.kind() != std::io::ErrorKind::BrokenPipe => Exit::Failed,
        _ => Exit::Fine,
    }
}

/// Prints mistakes to the standard error.
fn report(mistakes: &Diagnostics) -> Exit {
    let paint = if std::io::stderr().is_terminal() { Paint::Colour } else { Paint::Plain };
    eprintln!("{}", mistakes.render(paint));
    if mistakes.has_errors() { Exit::Misconfigured } else { Exit::Fine }
}
