//! Another program that copies a file line by line, to measure beside the product.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Result, ensure};
use rustix::process::{Signal, kill_process};
use tempfile::TempDir;

use super::daemon::Daemon;
use super::usage::Usage;

const STOP: Duration = Duration::from_secs(30);

/// A running copy from one file to another, line by line.
///
/// Dropping it kills it; the output stays.
#[derive(Debug)]
pub struct Relay {
    daemon: Daemon,
    output: PathBuf,
    flush: Option<Signal>,
    _folder: TempDir,
}

impl Relay {
    /// `flush` is the signal that makes the program write what it still holds in memory.
    pub(crate) fn start(
        name: &'static str,
        command: Command,
        output: &Path,
        flush: Option<Signal>,
        folder: TempDir,
    ) -> Result<Self> {
        let daemon = Daemon::start(name, command, folder.path(), Vec::new())?;
        Ok(Self { daemon, output: output.to_owned(), flush, _folder: folder })
    }

    /// The process id.
    #[must_use]
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// What it has used so far.
    ///
    /// # Errors
    /// When it has ended.
    pub fn usage(&self) -> Result<Usage> {
        Usage::of(self.pid())
    }

    /// Waits until the output has `bytes` bytes, reads what the program has used, and stops it.
    ///
    /// # Errors
    /// When `limit` is over, the program ended, or the output is not `bytes` long at the end; its
    /// own words are in the message.
    pub fn finish(mut self, bytes: u64, limit: Duration) -> Result<Usage> {
        let length = |output: &Path| fs::metadata(output).ok().map(|metadata| metadata.len());
        let mut seen = None;
        let Self { daemon, flush, output, .. } = &mut self;
        let leader = daemon.leader()?;
        daemon.wait_until_ready(limit, || {
            let now = length(output);
            // Before there is an output, the signal could end a program that is still starting.
            let stands_still = now.is_some() && now == seen;
            seen = now;
            let is_whole = now.is_some_and(|now| now >= bytes);
            if stands_still && !is_whole {
                // That the program has ended is found out by the wait itself.
                let _sent = flush.map(|signal| kill_process(leader, signal));
            }
            is_whole
        })?;
        let usage = self.usage()?;
        self.daemon.stop(STOP)?;
        let copied = length(&self.output).unwrap_or(0);
        ensure!(copied == bytes, "the copy has {copied} bytes instead of {bytes}");
        Ok(usage)
    }
}
