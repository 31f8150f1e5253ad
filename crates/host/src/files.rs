//! Files as weir needs them: read at an offset, append durably, replace in one step.

use std::io;
use std::path::{Path, PathBuf};

/// What kind of thing a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// An ordinary file.
    Regular,
    /// A folder.
    Folder,
    /// A symbolic link; only when it was not followed.
    Link,
    /// A FIFO, socket or device.
    Other,
}

/// What the file system says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Device number: with the inode it names the file while it exists.
    pub device: u64,
    /// Inode number; used again after the file is gone.
    pub inode: u64,
    /// Length in bytes.
    pub len: u64,
    /// Last change of the content, in nanoseconds since 1970.
    pub modified_nanos: i128,
    /// How many names lead to it; zero once it was deleted.
    pub links: u64,
    /// What it is.
    pub kind: FileKind,
}

/// One name in a folder.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Folder and name.
    pub path: PathBuf,
    /// What it is, links not followed.
    pub kind: FileKind,
}

/// The file system.
pub trait Files: Send + Sync {
    /// Opens a file for reading. Never waits, not even for the writer of a FIFO.
    fn open(&self, path: &Path) -> io::Result<Box<dyn ReadFile>>;

    /// What lies at the path; links are followed when `follow` says so.
    fn stat(&self, path: &Path, follow: bool) -> io::Result<Stat>;

    /// The names in a folder, in no order.
    fn list(&self, folder: &Path) -> io::Result<Vec<Entry>>;

    /// Opens a file for appending, making it and its folders if need be.
    fn append(&self, path: &Path) -> io::Result<Box<dyn WriteFile>>;

    /// Gives a file another name, replacing what had it, and makes that durable.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;

    /// Takes a file's name away.
    fn remove(&self, path: &Path) -> io::Result<()>;
}

/// A file open for reading.
pub trait ReadFile: Send {
    /// What the file system says of it now.
    fn stat(&self) -> io::Result<Stat>;

    /// Reads at an offset; 0 means the end.
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;
}

/// A file open for appending.
pub trait WriteFile: Send {
    /// What the file system says of it now.
    fn stat(&self) -> io::Result<Stat>;

    /// Writes all of it at the end.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;

    /// Returns once what was written will survive a crash of the machine.
    fn sync(&mut self) -> io::Result<()>;

    /// Cuts the file to a length: for taking back a torn write.
    fn truncate(&mut self, len: u64) -> io::Result<()>;
}

/// The whole content of a file of at most `len_max` bytes.
pub fn read_all(files: &dyn Files, path: &Path, len_max: u64) -> io::Result<Vec<u8>> {
    let file = files.open(path)?;
    let stat = file.stat()?;
    match stat.kind {
        FileKind::Regular => {}
        FileKind::Folder => return Err(io::Error::other("this is a folder, not a file")),
        FileKind::Link | FileKind::Other => {
            return Err(io::Error::other("this is not an ordinary file"));
        }
    }
    let mut content = vec![0; usize::try_from(stat.len.min(len_max)).unwrap_or(usize::MAX) + 1];
    let mut filled = 0;
    loop {
        let offset = filled as u64;
        match file.read_at(&mut content[filled..], offset)? {
            0 => break,
            n => filled += n,
        }
        if filled as u64 > len_max {
            return Err(io::Error::other(format!("the file is larger than {len_max} bytes")));
        }
        if filled == content.len() {
            content.resize(filled * 2, 0);
        }
    }
    content.truncate(filled);
    Ok(content)
}

/// Replaces a file's content in one step: after a crash it holds the old bytes or the new, whole.
pub fn replace(files: &dyn Files, path: &Path, content: &[u8]) -> io::Result<()> {
    replace_with(files, path, |file| file.write_all(content))
}

/// The same with content that is written by and by.
pub fn replace_with(
    files: &dyn Files,
    path: &Path,
    write: impl FnOnce(&mut dyn WriteFile) -> io::Result<()>,
) -> io::Result<()> {
    let mut sibling = path.as_os_str().to_owned();
    sibling.push(".new");
    let sibling = PathBuf::from(sibling);
    let mut file = files.append(&sibling)?;
    file.truncate(0)?;
    write(&mut *file)?;
    file.sync()?;
    drop(file);
    files.rename(&sibling, path)
}
