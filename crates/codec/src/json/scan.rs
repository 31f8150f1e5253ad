//! Finding what cannot be copied as it is in the text of a string: eight bytes at a time, in the
//! bits of one word, because most strings of a log are too short for a search of greater width.

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

/// How many bytes from the start are ASCII that JSON does not escape. Whole lines are written as
/// well as short strings, so long stretches without a mark are passed over first.
pub(super) fn ascii_len(text: &[u8]) -> usize {
    let clean = STRETCH * text.chunks_exact(STRETCH).take_while(|it| is_clean(it)).count();
    clean + clean_len(&text[clean..], |word| escaped(word) | (word & HIGH))
}

/// How many bytes from the start are neither a quote nor a backslash nor a control character.
pub(super) fn plain_len(text: &[u8]) -> usize {
    clean_len(text, escaped)
}

/// Bytes that are looked at together; compilers make a few wide instructions of them.
const STRETCH: usize = 32;

fn is_clean(stretch: &[u8]) -> bool {
    // As a signed number what is not ASCII is negative, and less than the blank as well.
    let is_marked = |byte: u8| byte.cast_signed() < 0x20 || byte == b'"' || byte == b'\\';
    !stretch.iter().fold(false, |any, byte| any | is_marked(*byte))
}

/// How many bytes from the start have no mark. Of a word's marks the lowest has to be exact.
#[inline]
fn clean_len(text: &[u8], marks: impl Fn(u64) -> u64) -> usize {
    let mut at = 0;
    for word in text.chunks_exact(8) {
        let marks = marks(u64::from_le_bytes(word.try_into().expect("chunks of eight")));
        if marks != 0 {
            return at + first(marks);
        }
        at += 8;
    }
    if at == text.len() {
        return at;
    }
    // The rest is read together with what was found clean before it, where there is any.
    match text.last_chunk() {
        Some(word) => text.len() - 8 + first(marks(u64::from_le_bytes(*word))),
        None => first(marks(few(text))).min(text.len()),
    }
}

/// Less than eight bytes as a word; what is missing is zeros.
fn few(text: &[u8]) -> u64 {
    let mut word = [0; 8];
    match (text.first_chunk::<4>(), text.last_chunk::<4>()) {
        (Some(start), Some(end)) => {
            word[..4].copy_from_slice(start);
            word[text.len() - 4..text.len()].copy_from_slice(end);
        }
        _ => word.iter_mut().zip(text).for_each(|(place, byte)| *place = *byte),
    }
    u64::from_le_bytes(word)
}

/// Marks what JSON escapes. Borrows can raise false marks, but only above the lowest one.
fn escaped(word: u64) -> u64 {
    let is_zero = |word: u64| word.wrapping_sub(ONES) & !word & HIGH;
    let control = word.wrapping_sub(ONES * 0x20) & !word & HIGH;
    let quote = is_zero(word ^ (ONES * u64::from(b'"')));
    let backslash = is_zero(word ^ (ONES * u64::from(b'\\')));
    control | quote | backslash
}

/// The place of the lowest mark; 8 if there is none.
fn first(marks: u64) -> usize {
    (marks.trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn is_escaped(byte: u8) -> bool {
        byte < 0x20 || byte == b'"' || byte == b'\\'
    }

    proptest! {
        #[test]
        fn the_first_byte_that_counts_is_found(
            bytes in prop::collection::vec(prop_oneof![0x20_u8..0x80, any::<u8>()], 0..140)
        ) {
            let first = |counts: fn(u8) -> bool| {
                bytes.iter().position(|byte| counts(*byte)).unwrap_or(bytes.len())
            };
            prop_assert_eq!(plain_len(&bytes), first(is_escaped));
            prop_assert_eq!(ascii_len(&bytes), first(|byte| is_escaped(byte) || byte >= 0x80));
        }
    }
}
