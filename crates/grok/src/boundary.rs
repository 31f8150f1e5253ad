//! Characters in bytes that may not be valid UTF-8.
//!
//! A byte that is not part of a valid sequence is a character of its own, U+FFFD. Valid sequences
//! cannot overlap, so where characters begin does not depend on where reading starts.

use std::str;

/// The character that begins at `at`, and where the next one begins. `at` is inside the line.
#[inline]
pub(crate) fn char_at(line: &[u8], at: usize) -> (char, usize) {
    let byte = line[at];
    if byte < 0x80 { (char::from(byte), at + 1) } else { wide_char_at(line, at) }
}

#[cold]
fn wide_char_at(line: &[u8], at: usize) -> (char, usize) {
    let length = match line[at] {
        0xC2..=0xDF => 2,
        0xE0..=0xEF => 3,
        0xF0..=0xF4 => 4,
        _ => return (char::REPLACEMENT_CHARACTER, at + 1),
    };
    let decoded = line.get(at..at + length).and_then(|bytes| str::from_utf8(bytes).ok());
    match decoded.and_then(|text| text.chars().next()) {
        Some(c) => (c, at + length),
        None => (char::REPLACEMENT_CHARACTER, at + 1),
    }
}

/// Where the character begins that ends at `at`. `at` is not 0.
#[inline]
pub(crate) fn before(line: &[u8], at: usize) -> usize {
    if line[at - 1] < 0x80 { at - 1 } else { wide_before(line, at) }
}

#[cold]
fn wide_before(line: &[u8], at: usize) -> usize {
    (2..=4)
        .filter_map(|length| at.checked_sub(length))
        .find(|&start| line[start] >= 0xC2 && char_at(line, start).1 == at)
        .unwrap_or(at - 1)
}

/// Whether a character begins (or the line ends) at `at`.
#[inline]
pub(crate) fn is_boundary(line: &[u8], at: usize) -> bool {
    match line.get(at) {
        Some(0x80..=0xBF) => wide_boundary(line, at),
        _ => true,
    }
}

#[cold]
fn wide_boundary(line: &[u8], at: usize) -> bool {
    (1..=3)
        .filter_map(|length| at.checked_sub(length))
        .find(|&start| line[start] >= 0xC2)
        .is_none_or(|start| char_at(line, start).1 <= at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stepping_back_undoes_stepping_forward_on_any_bytes() {
        let line = b"a\xC3\xA4\xE4\xB8\xAD\x80\xC3\xF0\x9F\x98\x80\xFFz\xE4\xB8";
        let mut starts = vec![0];
        while let Some(&at) = starts.last().filter(|at| **at < line.len()) {
            starts.push(char_at(line, at).1);
        }
        for pair in starts.windows(2) {
            assert_eq!(before(line, pair[1]), pair[0]);
        }
        for at in 0..=line.len() {
            assert_eq!(is_boundary(line, at), starts.contains(&at), "{at}");
        }
    }
}
