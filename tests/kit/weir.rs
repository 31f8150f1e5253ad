//! The built binary as a process. It is killed when the trial lets go of it, or panics.

use std::ffi::OsStr;
use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use rustix::process::{Pid, Signal, kill_process};
use weir_testkit::live::{Usage, until};

use super::LIMIT;

/// How a process ended and what it said.
#[derive(Debug)]
pub(crate) struct Finished {
    /// The exit code; nothing when a signal ended it.
    pub(crate) code: Option<i32>,
    pub(crate) out: String,
    pub(crate) log: String,
}

impl Finished {
    /// Holds when it ended with this code.
    pub(crate) fn with(self, code: i32) -> Result<Self> {
        ensure!(self.code == Some(code), "exit code {:?}, not {code}:\n{self}", self.code);
        Ok(self)
    }

    /// Holds when it said this on the standard error.
    pub(crate) fn said(&self, words: &str) -> Result<()> {
        ensure!(self.log.contains(words), "`{words}` was not said:\n{self}");
        Ok(())
    }
}

impl std::fmt::Display for Finished {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "--- standard output\n{}\n--- standard error\n{}", self.out, self.log)
    }
}

/// Runs the binary to its end.
pub(crate) fn weir(arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Result<Finished> {
    Weir::spawn(Command::new(PROGRAM).args(arguments))?.end(LIMIT)
}

const PROGRAM: &str = env!("CARGO_BIN_EXE_weir");

/// A running process.
pub(crate) struct Weir {
    child: Child,
    out: Heard,
    log: Heard,
}

/// What a process has said so far.
struct Heard {
    text: Arc<Mutex<Vec<u8>>>,
    reading: Option<JoinHandle<()>>,
}

impl Weir {
    /// `weir run` on a pipeline with the arguments given; without pages unless they are asked for.
    pub(crate) fn run(pipeline: &Path, arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new(PROGRAM);
        command.arg("run").arg(pipeline).args(arguments);
        if !arguments.contains(&"--listen") {
            command.args(["--listen", "off"]);
        }
        Self::spawn(&mut command)
    }

    /// `weir run --once`, to its end.
    pub(crate) fn once(pipeline: &Path) -> Result<Finished> {
        Self::run(pipeline, &["--once"])?.end(LIMIT * 2)
    }

    /// Another command that ends as the binary, such as one that takes rights away first.
    pub(crate) fn spawn(command: &mut Command) -> Result<Self> {
        let mut child = command
            .env_remove("STATE_DIRECTORY")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .context("the binary cannot be started")?;
        let out = Heard::from(child.stdout.take().context("it is piped")?);
        let log = Heard::from(child.stderr.take().context("it is piped")?);
        Ok(Self { child, out, log })
    }

    pub(crate) fn program() -> &'static Path {
        Path::new(PROGRAM)
    }

    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        let pid = i32::try_from(self.child.id()).ok().and_then(Pid::from_raw);
        Ok(kill_process(pid.context("a process id")?, signal)?)
    }

    /// SIGKILL, and waits until the process is gone.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.child.kill()?;
        self.child.wait()?;
        Ok(())
    }

    /// SIGTERM, and waits for the end.
    pub(crate) fn stop(self) -> Result<Finished> {
        self.signal(Signal::TERM)?;
        self.end(LIMIT)
    }

    /// Waits for the end.
    pub(crate) fn end(mut self, limit: Duration) -> Result<Finished> {
        let ended = until("weir to end", limit, || self.child.try_wait().transpose())
            .with_context(|| format!("it said:\n{}", self.log()))??;
        Ok(Finished { code: ended.code(), out: self.out.finish(), log: self.log.finish() })
    }

    /// What it has said on the standard error so far.
    pub(crate) fn log(&self) -> String {
        self.log.so_far()
    }

    /// Waits until it has said this on the standard error.
    pub(crate) fn says(&mut self, words: &str) -> Result<()> {
        self.comes_to(&format!("weir to say `{words}`"), |weir| weir.log().contains(words))
    }

    /// Waits for something, as long as the process runs; the error tells what it said.
    pub(crate) fn comes_to(&mut self, what: &str, mut is: impl FnMut(&Self) -> bool) -> Result<()> {
        let outcome = until(what, LIMIT * 2, || {
            let ended = self.child.try_wait().ok().flatten();
            if is(self) { Some(Ok(())) } else { ended.map(Err) }
        });
        let outcome = outcome.with_context(|| format!("it said:\n{}", self.log()))?;
        let log = self.log();
        outcome.map_err(|status| anyhow::anyhow!("weir ended ({status}) before {what}:\n{log}"))
    }

    /// What it has used so far.
    pub(crate) fn usage(&self) -> Result<Usage> {
        Usage::of(self.child.id())
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Weir {
    fn drop(&mut self) {
        // Both fail only when the process has ended and was waited for already.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

impl Heard {
    fn from(mut pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(Vec::new()));
        let shared = text.clone();
        let reading = std::thread::spawn(move || {
            let mut piece = [0; 4096];
            while let Ok(len @ 1..) = pipe.read(&mut piece) {
                shared.lock().unwrap_or_else(PoisonError::into_inner).extend(&piece[..len]);
            }
        });
        Self { text, reading: Some(reading) }
    }

    fn so_far(&self) -> String {
        let text = self.text.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&text).into_owned()
    }

    /// All of it, once the process has ended.
    fn finish(&mut self) -> String {
        if let Some(reading) = self.reading.take() {
            reading.join().expect("reading does not panic");
        }
        self.so_far()
    }
}
