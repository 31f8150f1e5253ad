//! A folder of a trial's own, gone when the trial is over.

use std::fs::OpenOptions;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use tempfile::TempDir;

/// The folder.
pub(crate) struct Folder {
    folder: TempDir,
}

impl Folder {
    pub(crate) fn new() -> Result<Self> {
        Ok(Self { folder: tempfile::tempdir()? })
    }

    pub(crate) fn root(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file, and the folders above it.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<PathBuf> {
        let path = self.path(name);
        if let Some(parent) = path.parent() {
            std::fs::create_dir_all(parent)?;
        }
        std::fs::write(&path, content).with_context(|| path.display().to_string())?;
        Ok(path)
    }

    /// Appends to a file, and makes it if need be; in one write, as log writers do.
    pub(crate) fn append(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        let mut file = OpenOptions::new().append(true).create(true).open(self.path(name))?;
        Ok(file.write_all(content.as_ref())?)
    }

    /// What a file holds; nothing when it is not there.
    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap_or_default()
    }

    /// The same as text.
    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8_lossy(&self.read(name)).into_owned()
    }
}
