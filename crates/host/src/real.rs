//! The disks of the machine we are on.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{FileExt, MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use crate::files::{Entry, FileKind, Files, ReadFile, Stat, WriteFile};

/// The real file system.
#[derive(Clone, Copy, Debug)]
pub struct DiskFiles;

impl Files for DiskFiles {
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>> {
        let no_wait = rustix::fs::OFlags::NONBLOCK | rustix::fs::OFlags::NOCTTY;
        let flags = i32::try_from(no_wait.bits()).unwrap_or(0);
        Ok(Box::new(OpenOptions::new().read(true).custom_flags(flags).open(path)?))
    }

    fn stat(&self, path: &Path, follow: bool) -> io::Result<Stat> {
        let metadata =
            if follow { std::fs::metadata(path)? } else { std::fs::symlink_metadata(path)? };
        Ok(stat_of(&metadata))
    }

    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>> {
        let mut entries = Vec::new();
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            // An entry that vanished while we looked is simply not there.
            if let Ok(kind) = entry.file_type() {
                entries.push(Entry { path: entry.path(), kind: kind_of(kind) });
            }
        }
        Ok(entries)
    }

    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>> {
        let open = || OpenOptions::new().append(true).create(true).mode(0o640).open(path);
        let file = match (open(), path.parent()) {
            (Err(error), Some(folder)) if error.kind() == io::ErrorKind::NotFound => {
                std::fs::create_dir_all(folder)?;
                open()?
            }
            (opened, _) => opened?,
        };
        Ok(Box::new(file))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(from, to)?;
        // The new name is durable once its folder is.
        let folder = to.parent().filter(|it| !it.as_os_str().is_empty());
        OpenOptions::new().read(true).open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        std::fs::remove_file(path)
    }
}

impl ReadFile for File {
    fn stat(&self) -> io::Result<Stat> {
        Ok(stat_of(&self.metadata()?))
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        loop {
            match FileExt::read_at(self, into, offset) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }
}

impl WriteFile for File {
    fn stat(&self) -> io::Result<Stat> {
        Ok(stat_of(&self.metadata()?))
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        io::Write::write_all(self, bytes)?;
        self.flush()
    }

    fn sync(&mut self) -> io::Result<()> {
        self.sync_data()
    }

    fn truncate(&mut self, len: u64) -> io::Result<()> {
        self.set_len(len)
    }
}

fn stat_of(metadata: &std::fs::Metadata) -> Stat {
    Stat {
        device: metadata.dev(),
        inode: metadata.ino(),
        len: metadata.len(),
        modified_nanos: i128::from(metadata.mtime()) * 1_000_000_000
            + i128::from(metadata.mtime_nsec()),
        links: metadata.nlink(),
        kind: kind_of(metadata.file_type()),
    }
}

fn kind_of(kind: std::fs::FileType) -> FileKind {
    if kind.is_file() {
        FileKind::Regular
    } else if kind.is_dir() {
        FileKind::Folder
    } else if kind.is_symlink() {
        FileKind::Link
    } else {
        FileKind::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{read_all, replace};

    #[test]
    fn a_replaced_file_holds_the_new_bytes() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("deep/er/state");
        replace(&DiskFiles, &path, b"one").expect("written");
        replace(&DiskFiles, &path, b"two").expect("written");
        assert_eq!(read_all(&DiskFiles, &path, 10).expect("read"), b"two");
        assert_eq!(DiskFiles.list(path.parent().expect("has one")).expect("listed").len(), 1);
    }

    #[test]
    fn reading_stops_at_the_limit() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("large");
        replace(&DiskFiles, &path, &[b'x'; 100]).expect("written");
        let error = read_all(&DiskFiles, &path, 99).expect_err("too large");
        assert_eq!(error.to_string(), "the file is larger than 99 bytes");
        let error = read_all(&DiskFiles, folder.path(), 99).expect_err("a folder");
        assert_eq!(error.to_string(), "this is a folder, not a file");
    }
}
