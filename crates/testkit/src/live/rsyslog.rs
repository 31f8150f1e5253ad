//! rsyslog, set up to copy a file as fast as its manual allows.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result};
use rustix::process::Signal;

use super::relay::Relay;
use super::{daemon, packages};

/// Starts rsyslog.
#[derive(Debug, Clone, Copy)]
pub struct Rsyslog;

/// The output buffer, in KiB; it is written when full, on SIGHUP and at the end.
const BUFFER_KIB: u64 = 256;

impl Rsyslog {
    /// Copies `input` from its beginning to `output`, line by line, until stopped.
    ///
    /// One thread without a queue in between, and no flush after each batch: of the settings
    /// tried, these need the least CPU time. Lines over 64 KiB are split.
    ///
    /// # Errors
    /// When it cannot be installed or started.
    pub fn file_to_file(input: &Path, output: &Path) -> Result<Relay> {
        packages::ensure_installed(&["rsyslog"])?;
        let folder = daemon::private_folder()?;
        let home = folder.path();
        let state = home.join("state");
        fs::create_dir(&state)?;
        let settings = home.join("rsyslog.conf");
        fs::write(&settings, copy(input, output, &state))?;
        let program = packages::program_of("rsyslog").context("no program `rsyslogd`")?;
        let mut command = Command::new(program);
        command.arg("-n").arg("-f").arg(&settings).arg("-i").arg(home.join("pid"));
        Relay::start("rsyslog", command, output, Some(Signal::HUP), folder)
    }
}

fn copy(input: &Path, output: &Path, state: &Path) -> String {
    format!(
        "global(workDirectory=\"{}\" maxMessageSize=\"64k\")\n\
         module(load=\"imfile\" mode=\"inotify\")\n\
         template(name=\"line\" type=\"list\") {{ \
           property(name=\"msg\") constant(value=\"\\n\") }}\n\
         ruleset(name=\"copy\" queue.type=\"Direct\") {{ \
           action(type=\"omfile\" file=\"{}\" template=\"line\" \
           flushOnTXEnd=\"off\" ioBufferSize=\"{BUFFER_KIB}k\") }}\n\
         input(type=\"imfile\" file=\"{}\" tag=\"copy\" ruleset=\"copy\")\n",
        state.display(),
        output.display(),
        input.display()
    )
}
