//! The parts of a message: seven between pipes, then pairs.

use memchr::memchr2;

/// The parts of a header.
pub(crate) const HEADER_PARTS: usize = 7;

/// A stretch of the message.
pub(crate) type Part = (usize, usize);

/// The header's parts, as far as there are any, and where the extensions begin.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Header {
    pub(crate) parts: [Part; HEADER_PARTS],
    pub(crate) len: usize,
    pub(crate) end: usize,
}

impl Header {
    /// Finds the parts from `start` on. A backslash takes the meaning from a pipe.
    pub(crate) fn find(text: &[u8], start: usize, limit: usize) -> Self {
        let mut header = Self::default();
        let (mut start, mut at) = (start, start);
        while header.len < limit.min(HEADER_PARTS) {
            let Some(len) = memchr2(b'|', b'\\', &text[at..]) else { break };
            at += len;
            if text[at] == b'\\' {
                at = text.len().min(at + 2);
                continue;
            }
            header.parts[header.len] = (start, at);
            header.len += 1;
            at += 1;
            start = at;
        }
        header.end = start;
        header
    }
}

/// Appends a part of a header without its escapes.
pub(crate) fn unescape_header(text: &[u8], out: &mut Vec<u8>) {
    unescape(text, out, |byte| matches!(byte, b'\\' | b'|').then_some(byte));
}

/// Appends a value without its escapes.
pub(super) fn unescape_value(text: &[u8], out: &mut Vec<u8>) {
    unescape(text, out, |byte| match byte {
        b'\\' | b'=' => Some(byte),
        b'n' => Some(b'\n'),
        b'r' => Some(b'\r'),
        _ => None,
    });
}

fn unescape(text: &[u8], out: &mut Vec<u8>, meaning: impl Fn(u8) -> Option<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        match rest.get(at + 1).and_then(|byte| meaning(*byte)) {
            Some(byte) => {
                out.push(byte);
                rest = &rest[at + 2..];
            }
            None => {
                out.push(b'\\');
                rest = &rest[at + 1..];
            }
        }
    }
    out.extend_from_slice(rest);
}

/// A pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Extension {
    pub(super) key: Part,
    pub(super) value: Part,
}

/// The pairs of a text. A value goes on to the blanks before the next key.
pub(super) struct Extensions<'a> {
    text: &'a [u8],
    /// The next key, and where its value begins.
    next: Option<Part>,
}

impl<'a> Extensions<'a> {
    /// The pairs from `start` on; what stands before the first key is skipped.
    pub(super) fn new(text: &'a [u8], start: usize) -> Self {
        let start = start + leading_blanks(&text[start..]);
        let next = key_end(text, start).map(|end| (start, end)).or_else(|| next_key(text, start));
        Self { text, next }
    }
}

impl Iterator for Extensions<'_> {
    type Item = Extension;

    fn next(&mut self) -> Option<Extension> {
        let key = self.next?;
        let start = key.1 + 1;
        self.next = next_key(self.text, start);
        let end = self.next.map_or(self.text.len(), |(next, _)| next);
        let value = self.text[start..end].trim_ascii_end();
        Some(Extension { key, value: (start, start + value.len()) })
    }
}

fn leading_blanks(text: &[u8]) -> usize {
    text.len() - text.trim_ascii_start().len()
}

/// The next key behind blanks at `start` or later.
fn next_key(text: &[u8], start: usize) -> Option<Part> {
    let mut at = start;
    loop {
        at += text[at..].iter().position(u8::is_ascii_whitespace)?;
        at += leading_blanks(&text[at..]);
        if let Some(end) = key_end(text, at) {
            return Some((at, end));
        }
    }
}

/// The end of the key at `start`, where a `=` stands: a word, further words behind dots, and an
/// index, such as `ad.list[0]`. The format knows only letters and digits; makers write the rest.
fn key_end(text: &[u8], start: usize) -> Option<usize> {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let len_of = |at: usize, is_in: &dyn Fn(&u8) -> bool| {
        text[at..].iter().position(|byte| !is_in(byte)).unwrap_or(text.len() - at)
    };
    let mut at = start;
    match len_of(at, &is_word) {
        0 => return None,
        len => at += len,
    }
    while text.get(at) == Some(&b'.') {
        let is_part = |byte: &u8| !byte.is_ascii_whitespace() && !b".=|\\[]".contains(byte);
        match len_of(at + 1, &is_part) {
            0 => return None,
            len => at += 1 + len,
        }
    }
    if text.get(at) == Some(&b'[') {
        let digits = len_of(at + 1, &u8::is_ascii_digit);
        if digits == 0 || text.get(at + 1 + digits) != Some(&b']') {
            return None;
        }
        at += digits + 2;
    }
    (text.get(at) == Some(&b'=')).then_some(at)
}
