//! Chunks: made by the workers, compressed or not, and joined by the output.

use weir_codec::gzip::{self, Checksum, Squeezer};
use weir_component::Chunk;

/// A chunk of text as it is. Memory that was reserved for more is given back: what waits in a
/// buffer is counted by what it holds.
pub(crate) fn plain(mut text: Vec<u8>, ends: Vec<u32>) -> Chunk {
    if text.capacity() / 2 > text.len() {
        text.shrink_to_fit();
    }
    Chunk::plain(text, ends)
}

/// A chunk of compressed text.
pub(crate) fn pack(squeezer: &mut Squeezer, text: &[u8], ends: Vec<u32>) -> Chunk {
    let mut chunk = Chunk::plain(Vec::new(), ends);
    squeezer.squeeze(text, &mut chunk.body);
    chunk.packed = true;
    chunk.crc = Checksum::of(text).crc;
    chunk
}

/// A chunk's text; nothing when it is damaged.
pub(crate) fn unpack(chunk: &Chunk) -> Option<Vec<u8>> {
    if chunk.packed {
        gzip::unsqueeze(&chunk.body, chunk.raw_len())
    } else {
        Some(chunk.body.clone())
    }
}

/// One member of gzip made of all chunks. What is compressed already is not touched again; chunks
/// of left-over items are compressed here.
pub(crate) fn join(chunks: &[Chunk], level: u32) -> Vec<u8> {
    let mut squeezer = None;
    let mut squeezed = |chunk: &Chunk| {
        let mut piece = Vec::new();
        if !chunk.packed {
            let squeezer = squeezer.get_or_insert_with(|| Squeezer::new(level));
            squeezer.squeeze(&chunk.body, &mut piece);
        }
        piece
    };
    let squeezed: Vec<Vec<u8>> = chunks.iter().map(&mut squeezed).collect();
    let pieces = chunks.iter().zip(&squeezed).map(|(chunk, squeezed)| {
        if chunk.packed {
            let checksum = Checksum { crc: chunk.crc, len: chunk.raw_len() as u64 };
            (chunk.body.as_slice(), checksum)
        } else {
            (squeezed.as_slice(), Checksum::of(&chunk.body))
        }
    });
    let held: usize = chunks.iter().map(|chunk| chunk.body.len()).sum();
    let mut member = Vec::with_capacity(held + 64);
    gzip::join(pieces, &mut member);
    member
}
