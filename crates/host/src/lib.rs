//! The machine: clocks, files, the host's name. The only crate that touches them, so that a test
//! can hand out time that jumps and disks that break (see `weir_testkit::fault`).

mod clock;
mod files;
mod limits;
mod lock;
mod real;

use std::sync::Arc;

pub use clock::{Clock, SystemClock};
pub use files::{
    Entry, FileKind, Files, ReadFile, Stat, WriteFile, read_all, replace, replace_with,
};
pub use limits::raise_open_files_max;
pub use lock::{DirLock, LockError};
pub use real::DiskFiles;

/// What components see of the machine they run on.
#[derive(Clone)]
pub struct Host {
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Opens files.
    pub files: Arc<dyn Files>,
    /// The machine's name, as `host.name` carries it.
    pub name: Arc<str>,
    /// How many files, sockets and the like this process may have open.
    pub open_files_max: usize,
}

impl Host {
    /// The machine we are on.
    #[must_use]
    pub fn real() -> Self {
        let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
        Self {
            clock: Arc::new(SystemClock::start()),
            files: Arc::new(DiskFiles),
            name: name.into(),
            open_files_max: limits::open_files_max(),
        }
    }
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("name", &self.name).finish_non_exhaustive()
    }
}
