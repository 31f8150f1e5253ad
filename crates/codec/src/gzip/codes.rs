//! The codes of deflate (RFC 1951) that level 1 writes with, ready to be written.
//!
//! Deflate lets every block bring codes of its own. Working out the best ones for a piece would
//! take a second pass over it; the fixed ones of section 3.2.6 give a third away, because what is
//! left of events when repetitions are taken out is digits and small letters. So there is one set
//! of lengths, worked out once over such remains, that every block brings along. It leaves every
//! byte a code of at most eleven bits, so that other texts lose little.
//!
//! Codes are kept reversed: they are the only thing in deflate that starts with its highest bit.

use super::bits::BitWriter;

/// The longest repetition that one code can tell.
pub(super) const MATCH_MAX: usize = 258;

/// The farthest that a repetition can refer back.
pub(super) const WINDOW: usize = 32_768;

/// The longest stored block.
const STORED_MAX: usize = 65_535;

/// Bytes, the end of the block, lengths.
const SYMBOLS: usize = 286;
const DISTANCES: usize = 30;

/// The symbol that ends a block; those of lengths follow it.
const END: usize = 256;

/// The lengths of the symbols' codes, in bits: Huffman's for the literals and repetitions of encoded
/// events (access logs, JSON, text, audit and container logs alike), with a floor for every byte.
const SYMBOL_LENS: [u8; SYMBOLS] = [
    11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11,
    11, 11, 11, 11, 11, 11, 11, 11, 5, 10, 6, 10, 10, 8, 10, 9, 8, 8, 9, 9, 7, 7, 6, 6, 5, 5, 5, 6,
    6, 6, 6, 6, 6, 6, 6, 9, 10, 8, 9, 8, 10, 7, 9, 8, 8, 7, 9, 9, 9, 8, 10, 9, 8, 9, 8, 8, 8, 9, 8,
    7, 7, 9, 10, 9, 9, 10, 9, 8, 6, 8, 10, 7, 10, 5, 7, 6, 6, 5, 7, 7, 7, 6, 9, 9, 6, 7, 6, 6, 7,
    9, 6, 6, 6, 7, 8, 8, 8, 8, 10, 8, 8, 8, 10, 11, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
    10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
    10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10,
    10, 10, 10, 10, 11, 11, 11, 9, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 9, 9, 11, 11,
    11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11,
    11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11, 11,
    8, 8, 8, 9, 9, 7, 7, 7, 8, 7, 7, 8, 8, 6, 8, 7, 10, 8, 9, 8, 10, 9, 9, 7, 8, 9,
];

/// The same of distances.
const DISTANCE_LENS: [u8; DISTANCES] =
    [9, 8, 9, 9, 9, 8, 8, 8, 7, 6, 7, 7, 7, 7, 7, 7, 4, 5, 3, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4];

/// Bits and how many they are.
#[derive(Clone, Copy)]
struct Code {
    bits: u16,
    count: u16,
}

const NONE: Code = Code { bits: 0, count: 0 };

/// The code of each symbol; the first 256 are the bytes.
static SYMBOL: [Code; SYMBOLS] = codes(&SYMBOL_LENS);

/// The code of each distance symbol, with room so that five bits always name one.
static DISTANCE: [Code; 32] = {
    let (codes, mut table) = (codes(&DISTANCE_LENS), [NONE; 32]);
    let mut symbol = 0;
    while symbol < DISTANCES {
        table[symbol] = codes[symbol];
        symbol += 1;
    }
    table
};

/// The codes that follow from their lengths (section 3.2.2).
const fn codes<const N: usize>(lens: &[u8; N]) -> [Code; N] {
    let mut next = [0_u16; 16];
    let mut symbol = 0;
    while symbol < N {
        next[lens[symbol] as usize] += 1;
        symbol += 1;
    }
    // From how many there are of each length to the first of each.
    let (mut first, mut shorter, mut len) = (0, 0, 1);
    while len < 16 {
        first = (first + shorter) << 1;
        (shorter, next[len]) = (next[len], first);
        len += 1;
    }
    let mut table = [NONE; N];
    symbol = 0;
    while symbol < N {
        let count = lens[symbol] as usize;
        table[symbol] = Code { bits: reversed(next[count], count), count: lens[symbol] as u16 };
        next[count] += 1;
        symbol += 1;
    }
    table
}

const fn reversed(code: u16, count: usize) -> u16 {
    code.reverse_bits() >> (16 - count)
}

/// Where each length code begins, and its extra bits (section 3.2.5).
const LENGTHS: [(u16, u16); 29] = [
    (3, 0),
    (4, 0),
    (5, 0),
    (6, 0),
    (7, 0),
    (8, 0),
    (9, 0),
    (10, 0),
    (11, 1),
    (13, 1),
    (15, 1),
    (17, 1),
    (19, 2),
    (23, 2),
    (27, 2),
    (31, 2),
    (35, 3),
    (43, 3),
    (51, 3),
    (59, 3),
    (67, 4),
    (83, 4),
    (99, 4),
    (115, 4),
    (131, 5),
    (163, 5),
    (195, 5),
    (227, 5),
    (258, 0),
];

/// The code of each length, extra bits included.
static LENGTH: [Code; MATCH_MAX + 1] = {
    let mut table = [NONE; MATCH_MAX + 1];
    let mut symbol = 0;
    while symbol < LENGTHS.len() {
        let (first, extra) = LENGTHS[symbol];
        let code = SYMBOL[END + 1 + symbol];
        let mut more = 0;
        // Length 258 has a code of its own; the one before it stops short of it.
        while more < 1 << extra && (first + more < 258 || symbol == 28) {
            table[(first + more) as usize] =
                Code { bits: code.bits | more << code.count, count: code.count + extra };
            more += 1;
        }
        symbol += 1;
    }
    table
};

/// Begins a block with these codes that is not the last (section 3.2.7).
pub(super) fn begin_block(bits: &mut BitWriter<'_>) {
    bits.put(0b100, 3);
    bits.put(SYMBOLS as u64 - 257, 5);
    bits.put(DISTANCES as u64 - 1, 5);
    bits.put(19 - 4, 4);
    // Lengths are told with four bits each, so there are no codes for runs of them: those have the
    // first three places.
    for place in 0..19 {
        bits.put(if place < 3 { 0 } else { 4 }, 3);
    }
    for len in SYMBOL_LENS.iter().chain(&DISTANCE_LENS) {
        bits.put(reversed(u16::from(*len), 4).into(), 4);
    }
}

/// Ends the block, and the piece by an empty stored block: three bits, padding, and a length of zero
/// with its complement.
pub(super) fn end_piece(bits: &mut BitWriter<'_>) {
    bits.put(SYMBOL[END].bits.into(), SYMBOL[END].count.into());
    bits.put(0, 3);
    bits.pad();
    bits.put(0xFFFF_0000, 32);
    bits.finish();
}

/// A whole piece of text that does not shrink (section 3.2.4).
pub(super) fn stored(text: &[u8], out: &mut Vec<u8>) {
    for part in text.chunks(STORED_MAX) {
        let len = u16::try_from(part.len()).expect("parts are short enough");
        out.push(0);
        out.extend_from_slice(&len.to_le_bytes());
        out.extend_from_slice(&(!len).to_le_bytes());
        out.extend_from_slice(part);
    }
}

/// Writes the bytes of a text between two places as they are.
///
/// Mostly there are one to four, so four are always looked up and those too many become no bits.
pub(super) fn literals(text: &[u8], mut from: usize, to: usize, bits: &mut BitWriter<'_>) {
    while from < to
        && let Some(four) = text.get(from..from + 4)
    {
        let len = to - from;
        let code = |i: usize| {
            let Code { bits, count } = SYMBOL[usize::from(four[i])];
            let mask = u16::from(i < len).wrapping_neg();
            Code { bits: bits & mask, count: count & mask }
        };
        let (first, second) = (pair(code(0), code(1)), pair(code(2), code(3)));
        bits.put(first.0 | second.0 << first.1, first.1 + second.1);
        from += 4;
    }
    for byte in text.get(from..to).unwrap_or_default() {
        let code = SYMBOL[usize::from(*byte)];
        bits.put(code.bits.into(), code.count.into());
    }
}

fn pair(one: Code, other: Code) -> (u64, u32) {
    (u64::from(one.bits) | u64::from(other.bits) << one.count, u32::from(one.count + other.count))
}

/// Writes that `len` bytes are those `distance` bytes back.
pub(super) fn repetition(len: usize, distance: usize, bits: &mut BitWriter<'_>) {
    let code = LENGTH[len];
    // From distance 5 on, a symbol stands for a power of two and the bit behind the highest; the
    // lower bits follow as they are.
    let back = u32::try_from(distance - 1).unwrap_or(u32::MAX);
    let extra = 30_u32.saturating_sub(back.leading_zeros());
    let symbol = DISTANCE[(2 * extra + (back >> extra)) as usize & 31];
    let lower = u64::from(back & ((1 << extra) - 1)) << symbol.count;
    let distance = (u64::from(symbol.bits) | lower) << code.count;
    bits.put(u64::from(code.bits) | distance, u32::from(code.count + symbol.count) + extra);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Kraft's sum in units of the longest code; exactly full, or inflaters refuse the block.
    fn is_complete(lens: &[u8]) -> bool {
        lens.iter().map(|len| 1_u32 << (15 - len)).sum::<u32>() == 1 << 15
    }

    #[test]
    fn codes_are_complete_and_short_enough_for_one_write() {
        assert!(is_complete(&SYMBOL_LENS));
        assert!(is_complete(&DISTANCE_LENS));
        let longest = |lens: &[u8]| u32::from(lens.iter().copied().max().unwrap_or(0));
        assert!(4 * longest(&SYMBOL_LENS) <= BitWriter::PUT_MAX);
        let (extra_of_length, extra_of_distance) = (5, 13);
        let repetition = longest(&SYMBOL_LENS) + extra_of_length;
        assert!(repetition <= 16, "a length's code and its extra bits fit a table");
        assert!(repetition + longest(&DISTANCE_LENS) + extra_of_distance <= BitWriter::PUT_MAX);
    }
}
