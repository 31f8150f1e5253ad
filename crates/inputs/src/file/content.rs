//! Proof that a file is still the one we know, by what is in it.
//!
//! Device and inode name a file only while it exists, and say nothing about its content. Two hashes
//! do: one of the file's first bytes (it grows until it covers [`PREFIX_MAX`]), one of the bytes
//! just before the position we stopped at. Both must hold before reading goes on there.

use std::collections::HashMap;
use std::io;

use weir_component::Header;
use weir_host::ReadFile;
use xxhash_rust::xxh3::xxh3_64;

/// How much of a file's beginning is remembered, in bytes. Log lines begin with a time, so that
/// twins are told apart by their first line; a kilobyte covers long headers as well.
pub(super) const PREFIX_MAX: usize = 1024;

/// Beginnings shorter than this are alike by chance: they do not tell a copy.
pub(super) const TELLING_MIN: usize = 256;

/// How much before the position is remembered, in bytes: about one line.
pub(super) const MARKER_MAX: usize = 64;

/// Length and hash of a stretch of bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Digest {
    pub(super) len: u32,
    pub(super) hash: u64,
}

impl Digest {
    pub(super) fn of(bytes: &[u8]) -> Self {
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        Self { len, hash: xxh3_64(bytes) }
    }

    /// Whether these are the first of the given bytes.
    pub(super) fn is_start_of(self, bytes: &[u8]) -> bool {
        self.len == 0 || bytes.get(..self.len as usize).is_some_and(|start| Self::of(start) == self)
    }

    /// Whether the file has these bytes so that they end at `end`.
    fn ends_at(self, file: &dyn ReadFile, end: u64) -> io::Result<bool> {
        if self.len == 0 {
            return Ok(true);
        }
        let Some(start) = end.checked_sub(u64::from(self.len)) else { return Ok(false) };
        let bytes = read_exact(file, start, self.len as usize)?;
        Ok(bytes.len() == self.len as usize && Self::of(&bytes) == self)
    }
}

/// The first bytes of a file, to be compared with many digests: mostly of a few lengths.
pub(super) struct Beginning<'a> {
    bytes: &'a [u8],
    known: HashMap<u32, Digest>,
}

impl<'a> Beginning<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, known: HashMap::new() }
    }

    /// Whether the digest is one of the first of these bytes.
    pub(super) fn has(&mut self, digest: Digest) -> bool {
        let Some(start) = self.bytes.get(..digest.len as usize) else { return false };
        *self.known.entry(digest.len).or_insert_with(|| Digest::of(start)) == digest
    }
}

/// Up to `len` bytes from `start`; fewer at the file's end.
pub(super) fn read_exact(file: &dyn ReadFile, start: u64, len: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; len];
    let mut filled = 0;
    while filled < len {
        match file.read_at(&mut bytes[filled..], start + filled as u64)? {
            0 => break,
            n => filled += n,
        }
    }
    bytes.truncate(filled);
    Ok(bytes)
}

/// What a file was like up to a position.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Proof {
    /// The position: everything before it was read.
    pub(super) offset: u64,
    /// The file's beginning: at most up to the position, or what there was at the first sight.
    pub(super) prefix: Digest,
    /// The bytes just before the position.
    pub(super) marker: Digest,
    /// Where the header lies that counts at the position.
    pub(super) header: Header,
}

/// What became of a file since a proof was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Continuity {
    /// The same, perhaps longer: go on at the position.
    Same,
    /// It begins as before, but ends before the position or differs there: it was cut and written
    /// again.
    Cut,
    /// It begins otherwise: another file.
    Other,
}

impl Proof {
    /// Compares the file with the proof.
    pub(super) fn check(&self, file: &dyn ReadFile) -> io::Result<Continuity> {
        if !self.prefix.ends_at(file, u64::from(self.prefix.len))? {
            return Ok(Continuity::Other);
        }
        let same = self.marker.ends_at(file, self.offset)?;
        Ok(if same { Continuity::Same } else { Continuity::Cut })
    }
}

/// The start of the last line that begins at or before `end`: where "from the end" begins.
pub(super) fn line_start_before(file: &dyn ReadFile, end: u64) -> io::Result<u64> {
    const LOOK_BACK: u64 = 64 * 1024;
    let start = end.saturating_sub(LOOK_BACK);
    let bytes = read_exact(file, start, usize::try_from(end - start).unwrap_or(0))?;
    Ok(match memchr::memrchr(b'\n', &bytes) {
        Some(newline) => start + newline as u64 + 1,
        None if start == 0 => 0,
        None => end,
    })
}
