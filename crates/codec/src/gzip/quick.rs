//! Level 1: deflate for encoded events, at the price of a few per cent of size.
//!
//! Encoded events repeat the same names at the same distances, and in between stands what is new.
//! So one place is remembered for each hash of a few bytes, the first repetition found is taken,
//! and where nothing repeats the search soon takes longer steps. Everything is one block with codes that
//! are known beforehand: no second pass, and no copy of the text, since unlike a stream the whole
//! piece lies in memory.

use super::bits::BitWriter;
use super::codes::{self, MATCH_MAX, WINDOW};

/// Bytes that have to repeat before a place counts. Shorter repetitions cost about what their
/// bytes cost, and a branch that is guessed wrong besides.
const MATCH_MIN: usize = 6;

/// Places that are remembered, as a power of two: two bytes each, so that they fit the first cache.
const HASH_BITS: u32 = 14;

/// After so many places without a repetition, as a power of two, steps become a byte longer.
const PATIENCE_BITS: u32 = 1;

/// The search reads eight bytes at a time and stays this far from the end.
const MARGIN: usize = 8;

/// Compresses pieces; keeps its memory between them.
#[derive(Debug)]
pub(super) struct Quick {
    /// Where a hash was last seen: the low 16 bits of the place. That it is the right place is
    /// checked by comparing, so stale and cut-off ones do no harm.
    places: Box<[u16]>,
}

impl Quick {
    pub(super) fn new() -> Self {
        Self { places: vec![0; 1 << HASH_BITS].into_boxed_slice() }
    }

    /// Appends the text as one block that is not the last, and an empty stored block, so that the
    /// piece ends on a byte boundary.
    pub(super) fn squeeze(&mut self, text: &[u8], out: &mut Vec<u8>) {
        // The same text always becomes the same bytes.
        self.places.fill(0);
        let start = out.len();
        self.write(text, out);
        if out.len() - start > text.len() {
            out.truncate(start);
            codes::stored(text, out);
        }
    }

    fn write(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let mut bits = BitWriter::new(out);
        codes::begin_block(&mut bits);
        let search_end = text.len().saturating_sub(MARGIN);
        let (mut at, mut literals_from, mut misses) = (0, 0, 0_usize);
        while at < search_end {
            let word = word_at(text, at);
            let Some(distance) = self.seen(text, at, word) else {
                misses += 1;
                at += 1 + (misses >> PATIENCE_BITS);
                continue;
            };
            let len_max = MATCH_MAX.min(text.len() - at);
            let earlier = &text[at - distance..at - distance + len_max];
            let len = same_len(earlier, &text[at..at + len_max]);
            codes::literals(text, literals_from, at, &mut bits);
            codes::repetition(len, distance, &mut bits);
            at += len;
            (literals_from, misses) = (at, 0);
            if at < search_end {
                // What begins inside of a repetition is worth remembering near its end: there the
                // next one often goes on.
                self.remember(at - 2, word_at(text, at - 2));
            }
        }
        codes::literals(text, literals_from, text.len(), &mut bits);
        codes::end_piece(&mut bits);
    }

    /// How far back the same bytes were seen last, if they were; remembers the place.
    fn seen(&mut self, text: &[u8], at: usize, word: u64) -> Option<usize> {
        let place = &mut self.places[hash(word)];
        let distance = usize::from(low_bits(at).wrapping_sub(*place));
        *place = low_bits(at);
        // Bytes first: where they differ nothing else needs a look, which is guessed right mostly.
        let is_same = word_at(text, at.saturating_sub(distance)) == word;
        let is_near = || distance != 0 && distance <= WINDOW && distance <= at;
        (is_same && is_near()).then_some(distance)
    }

    fn remember(&mut self, at: usize, word: u64) {
        self.places[hash(word)] = low_bits(at);
    }
}

/// The bytes of a [`MATCH_MIN`], in the upper bits.
fn word_at(text: &[u8], at: usize) -> u64 {
    let bytes = text[at..at + 8].try_into().expect("a slice of eight bytes");
    u64::from_le_bytes(bytes) << (64 - 8 * MATCH_MIN)
}

/// Knuth's multiplicative hash: the upper bits of a product depend on all bits of the word.
fn hash(word: u64) -> usize {
    (word.wrapping_mul(0x9E37_79B1_85EB_CA87) >> (64 - HASH_BITS)) as usize
}

#[expect(clippy::cast_possible_truncation, reason = "that is what it is for")]
fn low_bits(at: usize) -> u16 {
    at as u16
}

/// How many bytes from the start two texts of one length have in common; eight at a time.
fn same_len(one: &[u8], other: &[u8]) -> usize {
    let mut same = 0;
    for (one, other) in one.chunks_exact(8).zip(other.chunks_exact(8)) {
        let one = u64::from_le_bytes(one.try_into().expect("chunks of eight"));
        let other = u64::from_le_bytes(other.try_into().expect("chunks of eight"));
        if one != other {
            return same + ((one ^ other).trailing_zeros() / 8) as usize;
        }
        same += 8;
    }
    let rest = one[same..].iter().zip(&other[same..]);
    same + rest.take_while(|(one, other)| one == other).count()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::gzip::unsqueeze;

    #[track_caller]
    fn check(text: &[u8]) -> usize {
        let mut piece = Vec::new();
        Quick::new().squeeze(text, &mut piece);
        assert!(unsqueeze(&piece, text.len()).is_some_and(|it| it == text));
        piece.len()
    }

    #[test]
    fn edges_of_the_format_are_read_back() {
        for len in [0, 1, 5, 6, 7, 8, 13, 14, 15, 257, 258, 259, 600, 4095, 4096, 70_000] {
            check(&vec![b'x'; len]);
            check(&(0..=255).cycle().take(len).collect::<Vec<u8>>());
        }
    }

    #[test]
    fn repetitions_are_found_as_far_back_as_the_format_goes() {
        let (line, mut far) = (b"the same forty bytes at both of the ends", Vec::new());
        for gap in [WINDOW - line.len() - 1, WINDOW - line.len(), WINDOW - line.len() + 1, 65_536] {
            far.clear();
            far.extend_from_slice(line);
            far.extend((0..=255_u8).cycle().take(gap).map(|byte| byte.wrapping_mul(byte)));
            far.extend_from_slice(line);
            check(&far);
        }
    }

    #[test]
    fn what_cannot_shrink_hardly_grows() {
        let mut state = 1_u64;
        let noise: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (state >> 56) as u8
        })
        .take(100_000)
        .collect();
        assert!(check(&noise) <= 100_000 + 10);
        assert!(check(&noise[..70_000]) <= 70_000 + 10);
        assert!(check(&noise[..9]) <= 9 + 5);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_by_another_library(
            words in prop::collection::vec((0_usize..8, any::<u8>()), 0..2000)
        ) {
            let known: [&[u8]; 7] =
                [b"{\"@timestamp\":", b"\"message\":\"", b"GET /", b"\xff\xfe\x90", b"a", b"1234567", b"\n"];
            let mut text = Vec::new();
            for (word, byte) in words {
                text.extend_from_slice(known.get(word).unwrap_or(&&[byte][..]));
            }
            check(&text);
        }
    }
}
