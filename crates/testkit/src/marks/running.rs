//! The program as a process that is being measured.

use std::fs::{self, OpenOptions};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, Signal, kill_process};

use crate::live::http::{self, Request};
use crate::live::{Usage, free_port, until};

/// How long anything may take before the measurement is given up.
pub(super) const LIMIT: Duration = Duration::from_mins(3);

/// `weir run`; it ends with this.
pub(super) struct Running {
    child: Child,
    pages: SocketAddr,
    log: PathBuf,
}

impl Running {
    /// Runs a pipeline given as text; its file, state and log are in the folder. What it counts can
    /// be asked for.
    pub(super) fn start(weir: &Path, folder: &Path, pipeline: &str) -> Result<Self> {
        let file = folder.join("mark.toml");
        fs::write(&file, pipeline)?;
        let log = folder.join("stderr");
        let pages: SocketAddr = (Ipv4Addr::LOCALHOST, free_port()?).into();
        let child = Command::new(weir)
            .arg("run")
            .arg(&file)
            .arg("--state-dir")
            .arg(folder.join("state"))
            .args(["--listen", &pages.to_string()])
            .env_remove("STATE_DIRECTORY")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(OpenOptions::new().append(true).create(true).open(&log)?)
            .spawn()
            .with_context(|| format!("`{}` does not start", weir.display()))?;
        Ok(Self { child, pages, log })
    }

    /// Waits for something while the process runs; the error tells what it said.
    pub(super) fn comes_to(&mut self, what: &str, mut is: impl FnMut(&Self) -> bool) -> Result<()> {
        let outcome = until(what, LIMIT, || {
            let ended = self.child.try_wait().ok().flatten();
            if is(self) { Some(Ok(())) } else { ended.map(Err) }
        });
        match outcome {
            Ok(Ok(())) => Ok(()),
            Ok(Err(status)) => bail!("weir ended ({status}) before {what}: {}", self.said()),
            Err(cause) => Err(cause.context(self.said())),
        }
    }

    /// Waits until its output has delivered so many events.
    pub(super) fn delivers(&mut self, events: usize) -> Result<()> {
        self.comes_to(&format!("{events} delivered events"), |it| {
            it.metric("weir_output_events_total").is_some_and(|count| count >= events)
        })
    }

    /// The value of a metric, of the first component that has it.
    pub(super) fn metric(&self, name: &str) -> Option<usize> {
        let request = Request { method: "GET", path: "/metrics", headers: &[], body: b"" };
        let answer = http::send(self.pages, Duration::from_secs(10), &request).ok()?;
        let text = String::from_utf8_lossy(&answer.body);
        let line = text.lines().find(|line| line.starts_with(name))?;
        line.rsplit_once(' ')?.1.parse().ok()
    }

    /// What it has used so far.
    pub(super) fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id())
    }

    /// How many files it holds open.
    pub(super) fn descriptors(&self) -> Result<usize> {
        Ok(fs::read_dir(format!("/proc/{}/fd", self.child.id()))?.count())
    }

    /// What it has said.
    pub(super) fn said(&self) -> String {
        let said = fs::read_to_string(&self.log).unwrap_or_default();
        format!("weir said:\n{said}")
    }

    /// Asks it to stop; it must have nothing left to do.
    pub(super) fn stop(mut self) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        kill_process(pid.context("a process id")?, Signal::TERM)?;
        let ended = until("weir to end", LIMIT, || self.child.try_wait().transpose())??;
        ensure!(ended.success(), "weir ended with {ended}; {}", self.said());
        Ok(())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when the process has ended and was waited for already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// An input that reads what matches.
pub(super) fn file_input(pattern: &Path) -> String {
    format!("[[input]]\ntype = \"file\"\npaths = [\"{}\"]\n\n", pattern.display())
}

/// An output to a bulk server, which does not wait long before it tries again.
pub(super) fn bulk_output(url: &str) -> String {
    format!(
        "[[output]]\ntype = \"elasticsearch\"\nurl = \"{url}\"\nindex = \"mark\"\n\
         retry-delay-min = \"50ms\"\nretry-delay-max = \"500ms\"\n"
    )
}

/// Runs the servers of a measurement.
pub(super) fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}
