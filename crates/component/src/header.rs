//! The header of a file: lines that say what the columns of those behind them are.
//!
//! An input that knows headers hands its lines out without them and puts the text of the newest one
//! into their [origin](weir_event::Origin::header), where filters that read rows look for names.

use regex::bytes::Regex;

/// The longest header, in bytes: ten thousand columns with short names. A line that would make it
/// longer is an event like any other.
pub const HEADER_BYTES_MAX: usize = 64 << 10;

/// The mark of UTF-8 with which some programs begin a file, in bytes.
const BYTE_ORDER_MARK: u64 = 3;

/// Which lines are a header.
#[derive(Clone, Debug)]
pub enum HeaderRule {
    /// So many lines at the beginning.
    Lines(u32),
    /// Every line that the expression finds something in.
    Pattern(Regex),
}

/// Where the newest header of a source lies; its lines stand side by side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// Bytes before its first line.
    pub at: u64,
    /// Bytes of its lines, with their ends; 0 when there is none yet.
    pub len: u32,
    /// How many lines it has.
    pub lines: u32,
}

impl Header {
    /// Whether the line that begins at `at` is one of a header.
    #[must_use]
    pub fn takes(&self, rule: &HeaderRule, at: u64, line: &[u8]) -> bool {
        let before = if self.is_continued_at(at) { self.len as usize } else { 0 };
        before + line.len() < HEADER_BYTES_MAX
            && match rule {
                HeaderRule::Lines(most) => {
                    let is_first = self.len == 0 && (at == 0 || at == BYTE_ORDER_MARK);
                    is_first || self.is_continued_at(at) && self.lines < *most
                }
                HeaderRule::Pattern(pattern) => pattern.is_match(line),
            }
    }

    /// Adds a line of `len` bytes, with its end: to this header if it stands behind it, else the
    /// line begins another.
    pub fn add(&mut self, at: u64, len: usize) {
        if !self.is_continued_at(at) {
            *self = Self { at, len: 0, lines: 0 };
        }
        self.len += u32::try_from(len).expect("a header is shorter than its limit");
        self.lines += 1;
    }

    /// Where it ends: bytes before what stands behind it.
    #[must_use]
    pub fn end(&self) -> u64 {
        self.at + u64::from(self.len)
    }

    fn is_continued_at(&self, at: u64) -> bool {
        self.len > 0 && self.end() == at
    }

    /// The header among the lines of a text that begins at `at`: those at its beginning.
    #[must_use]
    pub fn of(rule: &HeaderRule, at: u64, text: &[u8]) -> Self {
        let mut header = Self::default();
        let mut next = at;
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            let Some(bare) = line.strip_suffix(b"\n") else { break };
            if !header.takes(rule, next, bare) {
                break;
            }
            header.add(next, line.len());
            next = header.end();
        }
        header
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    fn marked() -> HeaderRule {
        HeaderRule::Pattern(Regex::new("^#").unwrap())
    }

    #[test]
    fn lines_are_counted_from_the_beginning_alone() {
        let rule = HeaderRule::Lines(2);
        let header = Header::of(&rule, 0, b"title\na,b\n1,2\n");
        assert_eq!(header, Header { at: 0, len: 10, lines: 2 });
        assert!(!header.takes(&rule, 10, b"1,2"));
        assert_eq!(Header::of(&rule, 14, b"1,2\n"), Header::default());
        assert_eq!(Header::of(&HeaderRule::Lines(1), 3, b"a,b\n1,2\n").end(), 7);
    }

    #[test]
    fn marked_lines_make_a_header_while_they_stand_side_by_side() {
        let header = Header::of(&marked(), 100, b"#a\n#b\nx\n#c\n");
        assert_eq!(header, Header { at: 100, len: 6, lines: 2 });
        let mut next = header;
        next.add(108, 3);
        assert_eq!(next, Header { at: 108, len: 3, lines: 1 });
    }

    #[test]
    fn an_unfinished_line_is_none_yet() {
        assert_eq!(Header::of(&marked(), 0, b"#a"), Header::default());
    }

    #[test]
    fn a_header_does_not_grow_beyond_its_limit() {
        let line = [b"#".as_slice(), &[b'x'; 1000], b"\n"].concat();
        let header = Header::of(&marked(), 0, &line.repeat(100));
        assert_eq!(header.lines, 65);
        assert!(header.len as usize <= HEADER_BYTES_MAX);
        assert!(!header.takes(&marked(), header.end(), &line));
        assert!(header.takes(&marked(), header.end() + 1, &line), "it begins another");
    }
}
