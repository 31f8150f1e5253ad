//! What a crash may have left at the end of a file that we append to.
//!
//! The events of a half written end were not delivered, so they come again; what is left of them
//! must not spoil what is written behind it.

use std::io;
use std::path::Path;

use flate2::{Decompress, FlushDecompress, Status};
use weir_host::{Files, ReadFile, WriteFile};

/// Bytes read at a time.
const READ_BYTES: usize = 64 << 10;

/// A member of our own making begins with these bytes.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

/// Checksum and length behind each member.
const TRAILER_BYTES: u64 = 8;

/// Ends a line that has no end.
pub(crate) fn mend_lines(
    files: &dyn Files,
    path: &Path,
    file: &mut dyn WriteFile,
) -> io::Result<()> {
    let len = file.stat()?.len;
    let mut last = [b'\n'];
    if len > 0 {
        files.open(path)?.read_at(&mut last, len - 1)?;
    }
    if last == [b'\n'] { Ok(()) } else { file.write_all(b"\n") }
}

/// Cuts off a member that has no end.
pub(crate) fn mend_gzip(
    files: &dyn Files,
    path: &Path,
    file: &mut dyn WriteFile,
) -> io::Result<()> {
    let len = file.stat()?.len;
    if len == 0 {
        return Ok(());
    }
    let sound = sound_len(&*files.open(path)?)?;
    if sound == len { Ok(()) } else { file.truncate(sound) }
}

/// How long the file is up to the end of its last whole member. An error when what follows is not
/// the beginning of one.
fn sound_len(file: &dyn ReadFile) -> io::Result<u64> {
    let mut sound = 0;
    loop {
        let mut header = [0; HEADER.len()];
        let read = read_full(file, &mut header, sound)?;
        if read == 0 {
            return Ok(sound);
        }
        // Ours, or any other without optional parts.
        let is_plain =
            header[..read].iter().zip(HEADER).take(4).all(|(got, wanted)| *got == wanted);
        if !is_plain {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("there is something else than gzip in it from byte {sound} on"),
            ));
        }
        let Some(data) = data_len(file, sound + HEADER.len() as u64)? else { return Ok(sound) };
        let end = sound + HEADER.len() as u64 + data + TRAILER_BYTES;
        if end > file.stat()?.len {
            return Ok(sound);
        }
        sound = end;
    }
}

/// How many bytes of compressed data begin at `start`; nothing when the file ends before they do.
fn data_len(file: &dyn ReadFile, start: u64) -> io::Result<Option<u64>> {
    let mut inflate = Decompress::new(false);
    let (mut input, mut output) = (vec![0; READ_BYTES], vec![0; READ_BYTES]);
    loop {
        let read = read_full(file, &mut input, start + inflate.total_in())?;
        let (before_in, before_out) = (inflate.total_in(), inflate.total_out());
        let status = inflate
            .decompress(&input[..read], &mut output, FlushDecompress::None)
            .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))?;
        if status == Status::StreamEnd {
            return Ok(Some(inflate.total_in()));
        }
        let is_stuck = (inflate.total_in(), inflate.total_out()) == (before_in, before_out);
        if is_stuck {
            return Ok(None);
        }
    }
}

/// Reads until `into` is full or the file ends.
fn read_full(file: &dyn ReadFile, into: &mut [u8], offset: u64) -> io::Result<usize> {
    let mut filled = 0;
    while filled < into.len() {
        match file.read_at(&mut into[filled..], offset + filled as u64)? {
            0 => break,
            n => filled += n,
        }
    }
    Ok(filled)
}
