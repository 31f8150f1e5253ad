//! The files that are open, and writing to them.

use std::collections::HashMap;
use std::io;
use std::path::Path;

use weir_component::{Body, Chunk, SendError, Spares};
use weir_host::{Host, WriteFile};

use super::mend::{mend_gzip, mend_lines};
use super::rotation::Rotation;
use crate::squeeze;

/// Files kept open; beyond it the one that was not written to for longest is closed. A quarter of
/// the 1,024 that a process may usually have.
const OPEN_MAX: usize = 256;

/// Keeps files open between writes.
pub(crate) struct Shelf {
    host: Host,
    rotation: Rotation,
    is_gzip: bool,
    /// Whether to wait for the disk.
    waits: bool,
    open: HashMap<Box<str>, Volume>,
    writes: u64,
    /// Memory of members that are written.
    spares: Spares,
}

/// An open file.
struct Volume {
    file: Box<dyn WriteFile>,
    /// Device and inode, to notice that somebody renamed or removed it.
    identity: (u64, u64),
    /// When it was last written to, in nanoseconds since 1970.
    written: i128,
    /// Number of the last write to it.
    used: u64,
    /// Where it has to be cut because a write stopped half way and could not be taken back.
    torn_at: Option<u64>,
}

impl Shelf {
    pub(crate) fn new(host: Host, rotation: Rotation, is_gzip: bool, waits: bool) -> Self {
        let (open, spares) = (HashMap::new(), Spares::default());
        Self { host, rotation, is_gzip, waits, open, writes: 0, spares }
    }

    /// Appends the chunks, all of one file: whole, or not at all.
    pub(crate) fn write(&mut self, request: &[Chunk]) -> Result<(), SendError> {
        let Some(first) = request.first() else { return Ok(()) };
        let path = &first.target;
        self.try_write(path, request).map_err(|error| explain(path, &error))
    }

    #[cfg(test)]
    pub(super) fn open_count(&self) -> usize {
        self.open.len()
    }

    fn try_write(&mut self, path: &str, request: &[Chunk]) -> io::Result<()> {
        let joined =
            if self.is_gzip { squeeze::join(request, 1, &self.spares) } else { Body::default() };
        let pieces: Vec<&[u8]> = if self.is_gzip {
            vec![&joined]
        } else {
            request.iter().map(|chunk| &chunk.body[..]).collect()
        };
        let more: usize = pieces.iter().map(|piece| piece.len()).sum();
        let mut volume = self.take(path)?;
        let mut len = volume.settle()?;
        let now = self.host.clock.wall_nanos();
        if self.rotation.is_due(len, more as u64, volume.written, now) {
            drop(volume);
            self.rotation.rotate(&*self.host.files, Path::new(path))?;
            volume = self.open(path)?;
            len = volume.settle()?;
        }
        let written = volume.append(&pieces, len, self.waits);
        if written.is_ok() {
            volume.written = now;
        }
        self.put_back(path, volume);
        written
    }

    /// The file at the path, open: the one we have if it is still there, else opened anew.
    fn take(&mut self, path: &str) -> io::Result<Volume> {
        if let Some(volume) = self.open.remove(path) {
            let there = self.host.files.stat(Path::new(path), true);
            if there.is_ok_and(|stat| (stat.device, stat.inode) == volume.identity) {
                return Ok(volume);
            }
        }
        self.open(path)
    }

    fn open(&self, path: &str) -> io::Result<Volume> {
        let (files, path) = (&*self.host.files, Path::new(path));
        let mut file = files.append(path)?;
        let stat = file.stat()?;
        if self.is_gzip {
            mend_gzip(files, path, &mut *file)?;
        } else {
            mend_lines(files, path, &mut *file)?;
        }
        let identity = (stat.device, stat.inode);
        Ok(Volume { file, identity, written: stat.modified_nanos, used: 0, torn_at: None })
    }

    fn put_back(&mut self, path: &str, mut volume: Volume) {
        if self.open.len() >= OPEN_MAX {
            let oldest = self.open.iter().min_by_key(|(_, volume)| volume.used);
            if let Some(path) = oldest.map(|(path, _)| path.clone()) {
                self.open.remove(&path);
            }
        }
        self.writes += 1;
        volume.used = self.writes;
        self.open.insert(path.into(), volume);
    }
}

impl Volume {
    /// Takes back what is left of a write that stopped half way. Gives the file's length.
    fn settle(&mut self) -> io::Result<u64> {
        if let Some(len) = self.torn_at {
            self.file.truncate(len)?;
            self.torn_at = None;
        }
        Ok(self.file.stat()?.len)
    }

    /// Appends to a file of `len` bytes; when that stops half way, the file is cut back to them.
    fn append(&mut self, pieces: &[&[u8]], len: u64, waits: bool) -> io::Result<()> {
        let mut write = || {
            for piece in pieces {
                self.file.write_all(piece)?;
            }
            if waits { self.file.sync() } else { Ok(()) }
        };
        write().inspect_err(|_| {
            self.torn_at = Some(len);
            // If that is not possible now, it is done before the next write.
            if self.file.truncate(len).is_ok() {
                self.torn_at = None;
            }
        })
    }
}

/// What an error means for the delivery, in the operator's words.
fn explain(path: &str, error: &io::Error) -> SendError {
    use io::ErrorKind as Kind;
    let blocked = |cause| SendError::Blocked { cause };
    let retry = |cause| SendError::Retry { cause, after: None };
    match error.kind() {
        Kind::StorageFull => retry(format!("the disk that `{path}` is on is full")),
        Kind::QuotaExceeded => retry(format!("the quota for `{path}` is used up")),
        Kind::PermissionDenied => {
            blocked(format!("weir may not write `{path}`: give its user the right to"))
        }
        Kind::ReadOnlyFilesystem => {
            blocked(format!("`{path}` is on a file system that is mounted read-only"))
        }
        Kind::InvalidData => blocked(format!(
            "`{path}` cannot be appended to: {error}; move it away, or choose another `path`"
        )),
        Kind::NotADirectory | Kind::IsADirectory | Kind::InvalidInput | Kind::InvalidFilename => {
            blocked(format!("`{path}` cannot be a file: {error}"))
        }
        _ => retry(format!("`{path}` cannot be written: {error}")),
    }
}
