//! One server process: started in a group of its own, stopped, paused, killed, never left behind.
//!
//! A small shell watches over each one. It waits on a pipe that this process holds; when this
//! process ends in any way, SIGKILL included, the pipe closes and the shell ends the whole group
//! and removes its folder. So a server kept in a `static` needs no destructor.

use std::fs::{self, OpenOptions};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::process::{Pid, Signal, geteuid, kill_process, kill_process_group};
use tempfile::TempDir;

use super::deadline::{Deadline, until};
use super::port;

/// The user and group `nobody` and `nogroup` of Debian.
const NOBODY: u32 = 65_534;
/// How much of a server's log goes into an error message.
const TAIL_BYTES: usize = 2_000;
const WATCH: &str = r#"read -r _; kill -s KILL -- "-$1"; rm -rf -- "$2""#;

/// A running server process and its group.
#[derive(Debug)]
pub(crate) struct Daemon {
    name: &'static str,
    child: Child,
    watch: Child,
    log: PathBuf,
    ports: Vec<u16>,
    ended: bool,
}

impl Daemon {
    /// Starts `command`; its output goes to `log` inside `folder`.
    ///
    /// `ports` are free again once the daemon is stopped or killed.
    pub(crate) fn start(
        name: &'static str,
        mut command: Command,
        folder: &Path,
        ports: Vec<u16>,
    ) -> Result<Self> {
        let log = folder.join("output.log");
        let output = OpenOptions::new().create(true).append(true).open(&log)?;
        let child = command
            .stdin(Stdio::null())
            .stdout(output.try_clone()?)
            .stderr(output)
            .process_group(0)
            .spawn()
            .with_context(|| format!("cannot start {name} by {command:?}"))?;
        let watch = match watch_over(child.id(), folder) {
            Ok(watch) => watch,
            Err(error) => {
                end(child)?;
                return Err(error);
            }
        };
        Ok(Self { name, child, watch, log, ports, ended: false })
    }

    /// The process id of the leader of the group.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The same for sending signals.
    pub(crate) fn leader(&self) -> Result<Pid> {
        let raw = i32::try_from(self.child.id())?;
        Pid::from_raw(raw).context("a process id of zero")
    }

    /// Waits until `probe` says yes.
    ///
    /// # Errors
    /// When the process ends first or `limit` is over; the end of its log is in the message.
    pub(crate) fn wait_until_ready(
        &mut self,
        limit: Duration,
        mut probe: impl FnMut() -> bool,
    ) -> Result<()> {
        let deadline = Deadline::after(limit);
        while !probe() {
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended at its start ({status}): {}", self.name, self.log_tail());
            }
            if deadline.is_over() {
                let waited = limit.as_secs();
                bail!("{} is not ready after {waited} s: {}", self.name, self.log_tail());
            }
            Deadline::pause();
        }
        Ok(())
    }

    /// Sends a signal to the leader alone.
    pub(crate) fn signal(&self, signal: Signal) -> Result<()> {
        kill_process(self.leader()?, signal)
            .with_context(|| format!("cannot send a signal to {}", self.name))
    }

    /// Sends a signal to every process of the group.
    pub(crate) fn signal_all(&self, signal: Signal) -> Result<()> {
        kill_process_group(self.leader()?, signal)
            .with_context(|| format!("cannot send a signal to the processes of {}", self.name))
    }

    /// Asks the leader to end, waits for it, and ends what it may have left behind.
    pub(crate) fn stop(mut self, limit: Duration) -> Result<()> {
        self.signal(Signal::TERM)?;
        let name = self.name;
        let gone = until(&format!("the end of {name} after SIGTERM"), limit, || {
            self.child.try_wait().ok().flatten()
        });
        let ended = self.end();
        gone.and(ended)
    }

    /// Ends every process of the group at once.
    pub(crate) fn kill(mut self) -> Result<()> {
        self.end()
    }

    /// The leader and its children that still run.
    pub(crate) fn family(&self) -> Vec<u32> {
        let leader = self.pid();
        let children = fs::read_to_string(format!("/proc/{leader}/task/{leader}/children"))
            .unwrap_or_default();
        let children = children.split_whitespace().filter_map(|pid| pid.parse().ok());
        std::iter::once(leader).chain(children).collect()
    }

    fn end(&mut self) -> Result<()> {
        if self.ended {
            return Ok(());
        }
        self.ended = true;
        // A group whose last member has already ended cannot be signalled, which is the aim.
        let ended = self.signal_all(Signal::KILL);
        self.watch.kill()?;
        self.watch.wait()?;
        if self.child.wait().is_err() {
            ended?;
        }
        let free = || self.ports.iter().all(|port| port::is_free(*port)).then_some(());
        until(&format!("the ports of {}", self.name), Duration::from_secs(10), free)
    }

    fn log_tail(&self) -> String {
        tail(&self.log)
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            eprintln!("{} may still run: {error:#}", self.name);
        }
    }
}

/// The end of a log file, for an error message.
pub(crate) fn tail(log: &Path) -> String {
    let bytes = fs::read(log).unwrap_or_default();
    let start = bytes.len().saturating_sub(TAIL_BYTES);
    String::from_utf8_lossy(&bytes[start..]).into_owned()
}

/// A command that runs `program` as `nobody` when this process is root, and as it is otherwise.
///
/// Search servers refuse to run as root.
pub(crate) fn as_nobody(program: &Path) -> Command {
    if !geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")])
        .arg("--clear-groups")
        .arg(program);
    command
}

/// A private folder that `nobody` may enter; it is removed when the value is dropped.
pub(crate) fn private_folder() -> Result<TempDir> {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::Builder::new().prefix("weir-live-").tempdir()?;
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755))?;
    Ok(folder)
}

/// Makes a folder that a server started by [`as_nobody`] may write to.
pub(crate) fn folder_of_nobody(path: &Path) -> Result<()> {
    fs::create_dir_all(path)?;
    give_to_nobody(path)
}

/// Lets a server started by [`as_nobody`] write to a file or folder.
pub(crate) fn give_to_nobody(path: &Path) -> Result<()> {
    if geteuid().is_root() {
        chown(path, Some(NOBODY), Some(NOBODY))?;
    }
    Ok(())
}

fn watch_over(leader: u32, folder: &Path) -> Result<Child> {
    Command::new("sh")
        .args(["-c", WATCH, "weir-live-watch", &leader.to_string()])
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .process_group(0)
        .spawn()
        .context("cannot start the shell that watches over a server")
}

fn end(mut child: Child) -> Result<()> {
    child.kill()?;
    child.wait()?;
    Ok(())
}
