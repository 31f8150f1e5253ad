//! The fixed codes of deflate (RFC 1951, section 3.2.6), ready to be written.
//!
//! Codes are kept reversed: they are the only thing in deflate that starts with its highest bit.

use super::bits::BitWriter;

/// The longest repetition that one code can tell.
pub(super) const MATCH_MAX: usize = 258;

/// The farthest that a repetition can refer back.
pub(super) const WINDOW: usize = 32_768;

/// Bits and how many they are.
#[derive(Clone, Copy)]
struct Code {
    bits: u32,
    count: u32,
}

/// Where each length code begins, and its extra bits (section 3.2.5).
const LENGTHS: [(u32, u32); 29] = [
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

/// The code of each literal byte.
static LITERAL: [Code; 256] = {
    let mut table = [Code { bits: 0, count: 0 }; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte as usize] =
            if byte < 144 { reversed(0x30 + byte, 8) } else { reversed(0x190 + byte - 144, 9) };
        byte += 1;
    }
    table
};

/// The code of each length, extra bits included.
static LENGTH: [Code; MATCH_MAX + 1] = {
    let mut table = [Code { bits: 0, count: 0 }; MATCH_MAX + 1];
    let mut code = 0;
    while code < 29 {
        let (first, extra) = LENGTHS[code as usize];
        let symbol = if code < 23 { reversed(code + 1, 7) } else { reversed(0xC0 + code - 23, 8) };
        let mut more = 0;
        // Length 258 has a code of its own; the one before it stops short of it.
        while more < 1 << extra && (first + more < 258 || code == 28) {
            let bits = symbol.bits | more << symbol.count;
            table[(first + more) as usize] = Code { bits, count: symbol.count + extra };
            more += 1;
        }
        code += 1;
    }
    table
};

const fn reversed(code: u32, count: u32) -> Code {
    Code { bits: code.reverse_bits() >> (32 - count), count }
}

/// Begins a block with fixed codes that is not the last.
pub(super) fn begin_block(bits: &mut BitWriter<'_>) {
    bits.put(0b010, 3);
    bits.settle();
}

/// Ends the block, and the piece by an empty stored block: three bits, padding, and a length of zero
/// with its complement.
pub(super) fn end_piece(bits: &mut BitWriter<'_>) {
    bits.put(0, 7);
    bits.put(0, 3);
    bits.pad();
    bits.put(0x0000, 16);
    bits.put(0xFFFF, 16);
    bits.finish();
}

/// Writes bytes as they are.
pub(super) fn literals(text: &[u8], bits: &mut BitWriter<'_>) {
    let mut words = text.chunks_exact(8);
    for eight in &mut words {
        let word = u64::from_le_bytes(eight.try_into().expect("chunks of eight"));
        if word & 0x8080_8080_8080_8080 == 0 {
            bits.put_word(ascii_codes(word));
        } else {
            literals_apart(eight, bits);
        }
    }
    literals_apart(words.remainder(), bits);
}

fn literals_apart(text: &[u8], bits: &mut BitWriter<'_>) {
    for byte in text {
        let code = LITERAL[usize::from(*byte)];
        bits.put(code.bits, code.count);
        bits.settle();
    }
}

/// The codes of eight ASCII bytes: 0x30 more than each, with its bits in reverse.
fn ascii_codes(word: u64) -> u64 {
    let mut codes = word + 0x3030_3030_3030_3030;
    codes = codes >> 4 & 0x0F0F_0F0F_0F0F_0F0F | (codes & 0x0F0F_0F0F_0F0F_0F0F) << 4;
    codes = codes >> 2 & 0x3333_3333_3333_3333 | (codes & 0x3333_3333_3333_3333) << 2;
    codes >> 1 & 0x5555_5555_5555_5555 | (codes & 0x5555_5555_5555_5555) << 1
}

/// Writes that `len` bytes are those `distance` bytes back.
pub(super) fn repetition(len: usize, distance: usize, bits: &mut BitWriter<'_>) {
    let code = LENGTH[len];
    bits.put(code.bits, code.count);
    // From distance 5 on, a code stands for a power of two and the bit behind the highest; the
    // lower bits follow as they are.
    let back = u32::try_from(distance - 1).unwrap_or(u32::MAX);
    if back < 4 {
        bits.put(reversed(back, 5).bits, 5);
    } else {
        let extra = 30 - back.leading_zeros();
        let symbol = reversed(2 * extra + (back >> extra), 5);
        bits.put(symbol.bits, 5);
        bits.put(back & ((1 << extra) - 1), extra);
    }
    bits.settle();
}
