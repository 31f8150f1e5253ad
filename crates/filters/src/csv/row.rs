//! The values of one row.

use std::fmt;

use memchr::memmem;

/// How rows are written.
#[derive(Debug)]
pub(super) struct Format {
    pub(super) separator: Vec<u8>,
    pub(super) quote: Option<u8>,
    /// Whether blanks before a value are left away.
    pub(super) trims: bool,
}

/// A value of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cell {
    /// Nothing between two separators.
    Null,
    /// A text, without its quotes.
    Text {
        start: usize,
        end: usize,
        /// Whether there are quotes in it, each of them twice.
        is_doubled: bool,
    },
}

impl Cell {
    pub(super) fn is_empty(self) -> bool {
        match self {
            Self::Null => true,
            Self::Text { start, end, .. } => start == end,
        }
    }

    /// Its bytes in the row; nothing when they have to be written first.
    pub(super) fn plain(self, text: &[u8]) -> Option<&[u8]> {
        match self {
            Self::Text { start, end, is_doubled: false } => Some(&text[start..end]),
            _ => None,
        }
    }

    /// Whether it holds this text.
    pub(super) fn is(self, text: &[u8], wanted: &[u8]) -> bool {
        self.plain(text) == Some(wanted)
    }

    /// Appends its text with every quote once.
    pub(super) fn write(self, text: &[u8], format: &Format, out: &mut Vec<u8>) {
        let (Self::Text { start, end, .. }, Some(quote)) = (self, format.quote) else { return };
        let mut rest = &text[start..end];
        while let Some(at) = memchr::memchr(quote, rest) {
            out.extend_from_slice(&rest[..=at]);
            rest = rest.get(at + 2..).unwrap_or_default();
        }
        out.extend_from_slice(rest);
    }
}

/// What is wrong with a row, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Malformed {
    Unclosed(usize),
    InText(usize),
    TextBehind(usize),
}

impl Malformed {
    /// The end of the sentence that begins with its text.
    pub(super) fn why(self) -> &'static str {
        match self {
            Self::Unclosed(_) => "is not closed",
            Self::InText(_) => "stands in a value without quotes",
            Self::TextBehind(_) => "has text behind it",
        }
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Self::Unclosed(at) | Self::InText(at) | Self::TextBehind(at)) = self;
        write!(f, "a quote at byte {at}")
    }
}

/// The values of a row, one after the other.
pub(super) struct Row<'a> {
    text: &'a [u8],
    format: &'a Format,
    /// Where the next value begins; nothing behind the last.
    next: Option<usize>,
    /// Where the line at hand ends, once that was looked for.
    line_end: Option<usize>,
}

impl<'a> Row<'a> {
    pub(super) fn new(text: &'a [u8], format: &'a Format) -> Self {
        Self { text, format, next: Some(0), line_end: None }
    }

    /// A value in quotes; `start` is behind the first.
    fn quoted(&mut self, start: usize, quote: u8) -> Result<Cell, Malformed> {
        let mut at = start;
        let mut is_doubled = false;
        loop {
            let Some(len) = memchr::memchr(quote, &self.text[at..]) else {
                return Err(Malformed::Unclosed(start - 1));
            };
            at += len;
            if self.text.get(at + 1) != Some(&quote) {
                break;
            }
            is_doubled = true;
            at += 2;
        }
        self.next = self.behind(at + 1).ok_or(Malformed::TextBehind(at))?;
        Ok(Cell::Text { start, end: at, is_doubled })
    }

    /// Where the next value begins, if one ends at `at`: nothing inside when it is the last.
    #[expect(clippy::option_option, reason = "an answer that may be that there is no next value")]
    fn behind(&self, at: usize) -> Option<Option<usize>> {
        let rest = &self.text[at..];
        if rest.starts_with(&self.format.separator) {
            return Some(Some(at + self.format.separator.len()));
        }
        matches!(rest, [] | [b'\n', ..] | [b'\r'] | [b'\r', b'\n', ..]).then_some(None)
    }

    fn plain(&mut self, start: usize) -> Result<Cell, Malformed> {
        let line_end = self.line_end(start);
        let line = &self.text[start..line_end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let separator = match &*self.format.separator {
            [byte] => memchr::memchr(*byte, line),
            bytes => memmem::find(line, bytes),
        };
        let len = separator.unwrap_or(line.len());
        self.next = separator.map(|len| start + len + self.format.separator.len());
        let cell = &line[..len];
        if let Some(at) = self.format.quote.and_then(|quote| memchr::memchr(quote, cell)) {
            return Err(Malformed::InText(start + at));
        }
        if cell.is_empty() {
            return Ok(Cell::Null);
        }
        Ok(Cell::Text { start, end: start + len, is_doubled: false })
    }

    /// Where the line ends that `start` lies in. It is looked for once for each line.
    fn line_end(&mut self, start: usize) -> usize {
        if self.line_end.is_none_or(|end| end < start) {
            let has_lines = !self.format.separator.contains(&b'\n');
            let len = memchr::memchr(b'\n', &self.text[start..]).filter(|_| has_lines);
            self.line_end = Some(len.map_or(self.text.len(), |len| start + len));
        }
        self.line_end.unwrap_or(self.text.len())
    }
}

impl Iterator for Row<'_> {
    type Item = Result<Cell, Malformed>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut start = self.next.take()?;
        if self.format.trims {
            // What separates is no blank.
            while matches!(self.text.get(start), Some(b' ' | b'\t'))
                && !self.text[start..].starts_with(&self.format.separator)
            {
                start += 1;
            }
        }
        match self.format.quote {
            Some(quote) if self.text.get(start) == Some(&quote) => {
                Some(self.quoted(start + 1, quote))
            }
            _ => Some(self.plain(start)),
        }
    }
}
