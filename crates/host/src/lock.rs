//! One process at a time on a state directory.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// Held while this process owns a directory; the system lets go of it when the process ends,
/// however it ends.
#[derive(Debug)]
pub struct DirLock {
    _file: File,
}

/// Why a directory could not be taken.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Another process has it.
    #[error("another weir{} is already using the state directory `{}`", holder(*pid), path.display())]
    Held {
        /// The directory.
        path: PathBuf,
        /// Who holds it, if it said so.
        pid: Option<u32>,
    },
    /// The directory or its lock file could not be used at all.
    #[error("the state directory `{}` cannot be used: {cause}", path.display())]
    Unusable {
        /// The directory.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
}

fn holder(pid: Option<u32>) -> String {
    pid.map(|pid| format!(" (process {pid})")).unwrap_or_default()
}

impl DirLock {
    /// Takes the directory, making it if need be.
    pub fn take(directory: &Path) -> Result<Self, LockError> {
        let unusable = |cause| LockError::Unusable { path: directory.to_owned(), cause };
        std::fs::create_dir_all(directory).map_err(unusable)?;
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(directory.join("lock"))
            .map_err(unusable)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let mut text = String::new();
                // Who holds it is a courtesy; without it the message is still true.
                let pid =
                    file.read_to_string(&mut text).ok().and_then(|_| text.trim().parse().ok());
                return Err(LockError::Held { path: directory.to_owned(), pid });
            }
            Err(TryLockError::Error(cause)) => return Err(unusable(cause)),
        }
        file.set_len(0).map_err(unusable)?;
        file.write_all(std::process::id().to_string().as_bytes()).map_err(unusable)?;
        Ok(Self { _file: file })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_owner_is_refused_by_name() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let first = DirLock::take(folder.path()).expect("free");
        let error = DirLock::take(folder.path()).expect_err("held");
        assert!(error.to_string().contains(&format!("process {}", std::process::id())));
        drop(first);
        DirLock::take(folder.path()).expect("free again");
    }
}
