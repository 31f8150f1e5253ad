//! Gzip in pieces: each worker compresses its own batch, and an output joins the pieces of several
//! batches into one body without touching the bytes again.
//!
//! A piece is raw deflate data that ends on a byte boundary (a sync flush), so pieces can follow
//! one another. The frame of RFC 1952 goes around them when they are sent:
//!
//! ```text
//! 1f 8b 08 00 00000000 00 ff | piece | piece | … | 03 00 | CRC-32 | length mod 2^32
//! ```
//!
//! `03 00` is an empty last block; the checksums of the pieces are combined, not computed again.

mod bits;
mod codes;
mod quick;

use flate2::{Compress, Compression, Decompress, FlushCompress, FlushDecompress, Status};

use self::quick::Quick;

const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];
const LAST_BLOCK: [u8; 2] = [3, 0];

/// What a joined body needs to know of a piece.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Checksum {
    /// CRC-32 of the text before compression.
    pub crc: u32,
    /// Its length in bytes.
    pub len: u64,
}

impl Checksum {
    /// Of a text.
    #[must_use]
    pub fn of(text: &[u8]) -> Self {
        Self { crc: crc32fast::hash(text), len: text.len() as u64 }
    }

    /// Of two texts, one behind the other.
    #[must_use]
    pub fn then(self, next: Self) -> Self {
        let mut hasher = crc32fast::Hasher::new_with_initial_len(self.crc, self.len);
        hasher.combine(&crc32fast::Hasher::new_with_initial_len(next.crc, next.len));
        Self { crc: hasher.finalize(), len: self.len + next.len }
    }
}

/// Makes pieces; keeps the compressor's memory between them.
#[derive(Debug)]
pub struct Squeezer {
    engine: Engine,
}

#[derive(Debug)]
enum Engine {
    /// Our own, for level 1.
    Quick(Quick),
    /// The library's, for what is to be smaller.
    Thorough(Compress),
}

impl Squeezer {
    /// A compressor of level 1 (fastest) to 9 (smallest).
    #[must_use]
    pub fn new(level: u32) -> Self {
        let engine = match level.clamp(1, 9) {
            1 => Engine::Quick(Quick::new()),
            level => Engine::Thorough(Compress::new(Compression::new(level), false)),
        };
        Self { engine }
    }

    /// Appends the text to `out`, compressed, as a piece of its own.
    pub fn squeeze(&mut self, text: &[u8], out: &mut Vec<u8>) {
        match &mut self.engine {
            Engine::Quick(quick) => quick.squeeze(text, out),
            Engine::Thorough(compress) => squeeze_thoroughly(compress, text, out),
        }
    }
}

fn squeeze_thoroughly(compress: &mut Compress, text: &[u8], out: &mut Vec<u8>) {
    compress.reset();
    let mut taken = 0;
    loop {
        // Logs shrink to about a tenth; a piece that does not is given room as it goes.
        out.reserve((text.len() - taken) / 6 + 64);
        let before = compress.total_in();
        let room = out.capacity();
        compress
            .compress_vec(&text[taken..], out, FlushCompress::Sync)
            .expect("deflate accepts any input");
        taken += usize::try_from(compress.total_in() - before).unwrap_or(0);
        // Output room left over means that the flush is complete.
        if taken == text.len() && out.len() < room {
            return;
        }
    }
}

/// Joins pieces into one gzip body.
pub fn join<'a>(pieces: impl Iterator<Item = (&'a [u8], Checksum)>, out: &mut Vec<u8>) {
    out.extend_from_slice(&HEADER);
    let mut whole = Checksum::default();
    for (piece, checksum) in pieces {
        out.extend_from_slice(piece);
        whole = whole.then(checksum);
    }
    out.extend_from_slice(&LAST_BLOCK);
    out.extend_from_slice(&whole.crc.to_le_bytes());
    let len = u32::try_from(whole.len & u64::from(u32::MAX)).expect("masked to 32 bits");
    out.extend_from_slice(&len.to_le_bytes());
}

/// Gives back the text of a piece that [`Squeezer`] made, of which the length is known.
///
/// Nothing when the piece is damaged.
#[must_use]
pub fn unsqueeze(piece: &[u8], len: usize) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(len + 1);
    let mut decompress = Decompress::new(false);
    loop {
        let taken = usize::try_from(decompress.total_in()).ok()?;
        let before = (taken, text.len());
        let status = decompress
            .decompress_vec(piece.get(taken..)?, &mut text, FlushDecompress::Sync)
            .ok()?;
        let stuck = (usize::try_from(decompress.total_in()).ok()?, text.len()) == before;
        if text.len() == len {
            return Some(text);
        }
        if status == Status::StreamEnd || stuck || text.len() > len {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn joined_pieces_are_what_gunzip_reads(level in 1_u32..3, texts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..5000), 0..4)) {
            let mut squeezer = Squeezer::new(level);
            let pieces: Vec<_> = texts.iter().map(|text| {
                let mut piece = Vec::new();
                squeezer.squeeze(text, &mut piece);
                prop_assert_eq!(unsqueeze(&piece, text.len()), Some(text.clone()));
                Ok((piece, Checksum::of(text)))
            }).collect::<Result<_, TestCaseError>>()?;
            let mut body = Vec::new();
            join(pieces.iter().map(|(piece, checksum)| (&piece[..], *checksum)), &mut body);
            let mut read = Vec::new();
            flate2::bufread::GzDecoder::new(&body[..]).read_to_end(&mut read).expect("one valid gzip member");
            prop_assert_eq!(read, texts.concat());
        }
    }

    #[test]
    fn logs_shrink() {
        let text = b"GET /index.html HTTP/1.1\n".repeat(4000);
        let mut piece = Vec::new();
        Squeezer::new(1).squeeze(&text, &mut piece);
        assert!(piece.len() < text.len() / 20, "{} bytes are left", piece.len());
    }

    #[test]
    fn a_damaged_piece_yields_nothing() {
        assert_eq!(unsqueeze(b"\xff\xff\xff", 5), None);
        assert_eq!(unsqueeze(b"", 5), None);
    }
}
