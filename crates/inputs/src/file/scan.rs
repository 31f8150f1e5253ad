//! One look at the file system: every ordinary file that the patterns name and no exclusion.

use std::io;
use std::path::{Path, PathBuf};

use tracing::warn;
use weir_component::Quiet;
use weir_component::metrics::InputCounters;
use weir_host::{FileKind, Host, Stat};

use super::Rules;
use super::walk::{Visit, walk};

/// A file at a path.
pub(super) struct Seen {
    pub(super) path: PathBuf,
    pub(super) stat: Stat,
}

impl Seen {
    /// What names the file while it exists.
    pub(super) fn inode(&self) -> (u64, u64) {
        (self.stat.device, self.stat.inode)
    }
}

/// Looks; what is no file, or not to be seen, is said once in a while.
pub(super) fn scan(
    host: &Host,
    rules: &Rules,
    quiet: &Quiet,
    counters: &InputCounters,
) -> Vec<Seen> {
    let mut look = Look { host, rules, quiet, counters, seen: Vec::new() };
    walk(&*host.files, &rules.patterns, &mut look);
    // Several paths can lead to one file; it is read once, under the first of them.
    look.seen.sort_by(|a, b| a.path.cmp(&b.path));
    look.seen
}

struct Look<'a> {
    host: &'a Host,
    rules: &'a Rules,
    quiet: &'a Quiet,
    counters: &'a InputCounters,
    seen: Vec<Seen>,
}

impl Visit for Look<'_> {
    fn found(&mut self, path: PathBuf, stat: Stat) {
        if self.rules.exclude.iter().any(|glob| glob.is_match(&path)) {
            return;
        }
        let what = match stat.kind {
            FileKind::Regular => {
                self.seen.push(Seen { path, stat });
                return;
            }
            FileKind::Folder => "a folder; write `/*` behind its path to read the files in it",
            FileKind::Link | FileKind::Other => {
                "a pipe, socket or device; only ordinary files are tailed"
            }
        };
        let path = path.display().to_string();
        if let Some(swallowed) = self.quiet.due(&path, self.host.clock.elapsed()) {
            warn!(path, what, swallowed, "a path leads to something that is no file");
        }
    }

    fn refused(&mut self, path: &Path, error: &io::Error) {
        self.counters.errors.inc();
        let path = path.display().to_string();
        if let Some(swallowed) = self.quiet.due(&path, self.host.clock.elapsed()) {
            warn!(path, cause = %error, swallowed, "the system does not show this path");
        }
    }
}
