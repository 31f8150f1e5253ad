//! The parts of a pattern: what a key between braces asks for, and where its piece ends.

use std::fmt;

use memchr::memmem::Finder;

use crate::convert::Kind;

/// A key and the delimiter behind it.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// The field's name with dots, without modifiers.
    pub(super) name: String,
    pub(super) role: Role,
    /// Whether the delimiter may stand there several times.
    pub(super) may_repeat: bool,
    /// How many characters it has; otherwise it goes on to the delimiter.
    pub(super) length: Option<usize>,
    /// What the piece is converted to.
    pub(super) kind: Option<Kind>,
    /// Where the piece ends.
    pub(super) end: End,
}

impl Section {
    /// The length of the piece at the start of `text`, in bytes.
    pub(super) fn len_in(&self, text: &[u8]) -> Option<usize> {
        let Some(length) = self.length else { return self.end.find(text) };
        // The bytes that continue a character do not begin another.
        let mut starts = (0..text.len()).filter(|at| text[*at] & 0xC0 != 0x80);
        let end = match starts.nth(length) {
            Some(end) => end,
            None if text.iter().filter(|byte| **byte & 0xC0 != 0x80).count() == length => {
                text.len()
            }
            None => return None,
        };
        text[end..].starts_with(self.end.bytes()).then_some(end)
    }
}

/// What becomes of a piece.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It is a field.
    Field,
    /// Nothing.
    Skip,
    /// It names the field of another piece, and is none itself.
    Name,
    /// It is a field whose name is the piece of this section.
    Value(usize),
    /// It is a part of a field; the lowest number comes first.
    Append(u32),
}

/// Where a piece ends.
#[derive(Clone, Debug)]
pub(super) enum End {
    /// With the text.
    Text,
    /// At the next of this byte.
    Byte(u8),
    /// At the next of these bytes.
    Bytes(Box<Finder<'static>>),
}

impl End {
    pub(super) fn at(delimiter: &str) -> Self {
        match delimiter.as_bytes() {
            [] => Self::Text,
            [byte] => Self::Byte(*byte),
            bytes => Self::Bytes(Box::new(Finder::new(bytes).into_owned())),
        }
    }

    /// The length of the piece at the start of `text`.
    pub(super) fn find(&self, text: &[u8]) -> Option<usize> {
        match self {
            Self::Text => Some(text.len()),
            Self::Byte(byte) => memchr::memchr(*byte, text),
            Self::Bytes(finder) => finder.find(text),
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        match self {
            Self::Text => b"",
            Self::Byte(byte) => std::slice::from_ref(byte),
            Self::Bytes(finder) => finder.needle(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.bytes().len()
    }

    /// How many bytes of further delimiters stand at the start of `text`.
    pub(super) fn repeated_len(&self, text: &[u8]) -> usize {
        let delimiter = self.bytes();
        let mut rest = text;
        while let Some(behind) = rest.strip_prefix(delimiter).filter(|_| !delimiter.is_empty()) {
            rest = behind;
        }
        text.len() - rest.len()
    }
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&String::from_utf8_lossy(self.bytes()))
    }
}
