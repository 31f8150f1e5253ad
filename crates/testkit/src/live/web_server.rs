//! A real web server that writes an access log: nginx or Apache, with files of its own.
//!
//! What differs between the two is in `nginx` and `apache`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use rustix::process::Signal;
use tempfile::TempDir;

use super::daemon::{self, Daemon};
use super::deadline::until;
use super::drive::{self, Visit};
use super::http::{self, Request};
use super::{packages, port};

const START: Duration = Duration::from_secs(15);
const STOP: Duration = Duration::from_secs(15);
const REOPEN: Duration = Duration::from_secs(15);

/// Where a web server writes; both folders must exist.
#[derive(Debug, Clone)]
pub struct WebServerLogs {
    /// The access log, in the combined format.
    pub access: PathBuf,
    /// The error log.
    pub error: PathBuf,
}

impl WebServerLogs {
    /// `access.log` and `error.log` in `folder`.
    #[must_use]
    pub fn in_folder(folder: &Path) -> Self {
        Self { access: folder.join("access.log"), error: folder.join("error.log") }
    }
}

/// A running nginx or Apache on a loopback port.
///
/// Every path answers 200, but `/status/301`, `/status/404`, `/status/500` and `/status/503`
/// answer that. The client's address is taken from `X-Forwarded-For`. Dropping it kills it; its
/// logs stay.
#[derive(Debug)]
pub struct WebServer {
    daemon: Daemon,
    reopen: Signal,
    port: u16,
    logs: WebServerLogs,
    _folder: TempDir,
}

/// What tells one web server from the other.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// The Debian package, and the name of its program.
    pub(crate) package: &'static str,
    /// Folders in its own that its workers write to.
    pub(crate) writable: &'static [&'static str],
    /// The signal after which it writes to new log files.
    pub(crate) reopen: Signal,
    /// The text of its settings for a folder of its own, a port and the logs.
    pub(crate) settings: fn(&Path, u16, &WebServerLogs) -> String,
    /// The arguments that make it read these settings and stay in the foreground.
    pub(crate) arguments: fn(&Path) -> Vec<String>,
}

impl WebServer {
    pub(crate) fn start(kind: &Kind, logs: &WebServerLogs) -> Result<Self> {
        packages::ensure_installed(&[kind.package])?;
        port::on_free_ports(|[port]: [u16; 1]| Self::start_on(kind, logs, port))
    }

    fn start_on(kind: &Kind, logs: &WebServerLogs, port: u16) -> Result<Self> {
        let folder = daemon::private_folder()?;
        let home = folder.path();
        fs::create_dir(home.join("html"))?;
        fs::write(home.join("html/index.html"), "<p>weir</p>\n")?;
        for name in kind.writable {
            daemon::folder_of_nobody(&home.join(name))?;
        }
        let settings = home.join("settings.conf");
        fs::write(&settings, (kind.settings)(home, port, logs))?;
        let program = packages::program_of(kind.package)
            .with_context(|| format!("no program `{}`", kind.package))?;
        let mut command = Command::new(program);
        command.args((kind.arguments)(&settings)).current_dir(home);
        let mut daemon = Daemon::start(kind.name, command, home, vec![port])?;
        let ready =
            daemon.wait_until_ready(START, || std::net::TcpStream::connect(at(port)).is_ok());
        ready.with_context(|| daemon::tail(&logs.error))?;
        Ok(Self { daemon, reopen: kind.reopen, port, logs: logs.clone(), _folder: folder })
    }

    /// Its address, such as `http://127.0.0.1:18123`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        at(self.port)
    }

    /// Where it writes.
    #[must_use]
    pub fn logs(&self) -> &WebServerLogs {
        &self.logs
    }

    /// Tells it to write to new log files under the same names; returns at once.
    ///
    /// # Errors
    /// When it does not run any more.
    pub fn reopen(&self) -> Result<()> {
        self.daemon.signal(self.reopen)
    }

    /// Rotates the access log as logrotate does: renames it to `old`, reopens, and waits until
    /// no process of the server has `old` open any more.
    ///
    /// # Errors
    /// When the rename is impossible or a process keeps the old file for 15 s.
    pub fn rotate(&self, old: &Path) -> Result<()> {
        fs::rename(&self.logs.access, old)
            .with_context(|| format!("cannot rename `{}`", self.logs.access.display()))?;
        self.reopen()?;
        until("the web server to let go of its old log", REOPEN, || {
            let new_is_there = self.logs.access.exists();
            let old_is_open = self.daemon.family().iter().any(|pid| has_open(*pid, old));
            (new_is_there && !old_is_open).then_some(())
        })
    }

    /// Sends the visits over keep-alive connections from four threads.
    ///
    /// Returns how many got an answer. A visit whose connection turns out to be closed before any
    /// byte of the answer is sent once more over a new one.
    pub fn drive(&self, visits: impl IntoIterator<Item = Visit, IntoIter: Send>) -> u64 {
        drive::drive(self.address(), visits.into_iter())
    }

    /// The status of one visit.
    ///
    /// # Errors
    /// When there is no answer.
    pub fn visit(&self, visit: &Visit) -> Result<u16> {
        let headers = visit.headers();
        let request = Request { method: "GET", path: &visit.path, headers: &headers, body: b"" };
        Ok(http::send(self.address(), START, &request)?.status)
    }

    /// Ends it in good order and waits.
    ///
    /// # Errors
    /// When it is still there after 15 s; then it is killed.
    pub fn stop(self) -> Result<()> {
        self.daemon.stop(STOP)
    }
}

fn at(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}

fn has_open(pid: u32, path: &Path) -> bool {
    let files = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    files.filter_map(|file| fs::read_link(file.path()).ok()).any(|target| target == path)
}
