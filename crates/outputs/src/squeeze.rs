//! Chunks: made by the workers, compressed or not, and joined by the output.

use weir_codec::gzip::{self, Checksum, Squeezer};
use weir_component::{Body, Chunk, Spares};

/// A chunk of compressed text.
pub(crate) fn pack(squeezer: &mut Squeezer, spares: &Spares, text: &[u8], ends: Vec<u32>) -> Chunk {
    let mut piece = spares.take();
    squeezer.squeeze(text, &mut piece);
    let mut chunk = Chunk::plain(spares.body(piece), ends);
    chunk.packed = true;
    chunk.crc = Checksum::of(text).crc;
    chunk
}

/// A chunk's text; nothing when it is damaged.
pub(crate) fn unpack(chunk: &Chunk) -> Option<Vec<u8>> {
    if chunk.packed {
        gzip::unsqueeze(&chunk.body, chunk.raw_len())
    } else {
        Some(chunk.body.to_vec())
    }
}

/// One member of gzip made of all chunks. What is compressed already is not touched again; chunks
/// of left-over items are compressed here.
pub(crate) fn join(chunks: &[Chunk], level: u32, spares: &Spares) -> Body {
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
            (&chunk.body[..], checksum)
        } else {
            (squeezed.as_slice(), Checksum::of(&chunk.body))
        }
    });
    let held: usize = chunks.iter().map(|chunk| chunk.body.len()).sum();
    let mut member = spares.take();
    member.reserve(held + 64);
    gzip::join(pieces, &mut member);
    spares.body(member)
}
