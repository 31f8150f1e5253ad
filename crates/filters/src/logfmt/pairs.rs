//! Walks from pair to pair.

use memchr::memmem::Finder;

/// How pairs are written.
#[derive(Debug)]
pub(super) struct Format {
    fields: Finder<'static>,
    values: Finder<'static>,
    /// Whether pairs may be separated by several blanks.
    has_blanks: bool,
    /// Whether blanks may stand around the separator of name and value.
    is_lenient: bool,
    /// Whether escapes stand for characters.
    unescapes: bool,
}

/// A name, or a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) start: usize,
    pub(super) end: usize,
    /// What stood around it, if anything.
    quote: Option<u8>,
    /// Whether there are escapes in it.
    pub(super) is_escaped: bool,
}

/// A pair; without a value if the name stands alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) name: Piece,
    pub(super) value: Option<Piece>,
}

impl Format {
    pub(super) fn new(fields: &str, values: &str, is_lenient: bool, unescapes: bool) -> Self {
        Self {
            has_blanks: fields.trim_matches(' ').is_empty(),
            fields: Finder::new(fields).into_owned(),
            values: Finder::new(values).into_owned(),
            is_lenient,
            unescapes,
        }
    }

    pub(super) fn value_split(&self) -> &[u8] {
        self.values.needle()
    }

    /// Appends a piece with its escapes resolved.
    pub(super) fn unescape(&self, piece: Piece, text: &[u8], out: &mut Vec<u8>) {
        let quote = piece.quote.unwrap_or(b'"');
        let mut rest = &text[piece.start..piece.end];
        while let Some(at) = memchr::memchr(b'\\', rest) {
            out.extend_from_slice(&rest[..at]);
            rest = &rest[at..];
            let plain = match rest.get(1) {
                Some(byte) if *byte == quote => Some(quote),
                Some(_) if !self.unescapes || quote != b'"' => None,
                Some(b'\\') => Some(b'\\'),
                Some(b'n') => Some(b'\n'),
                Some(b't') => Some(b'\t'),
                Some(b'r') => Some(b'\r'),
                Some(b'u') => {
                    let Some((character, len)) = unicode(rest) else {
                        out.extend_from_slice(&rest[..2]);
                        rest = &rest[2..];
                        continue;
                    };
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    rest = &rest[len..];
                    continue;
                }
                _ => None,
            };
            match plain {
                Some(byte) => out.push(byte),
                None => out.extend_from_slice(&rest[..rest.len().min(2)]),
            }
            rest = rest.get(2..).unwrap_or_default();
        }
        out.extend_from_slice(rest);
    }
}

/// The character of `\uXXXX` at the start of `text`, or of two such for a pair, and their length.
/// Half a pair is U+FFFD.
fn unicode(text: &[u8]) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..at + 6)?.strip_prefix(b"\\u")?;
        let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
        let digits = std::str::from_utf8(digits).ok().filter(|_| is_hex)?;
        u32::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    if (0xD800..0xDC00).contains(&first)
        && let Some(second @ 0xDC00..0xE000) = unit(6)
    {
        let pair = 0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00);
        return Some((char::from_u32(pair)?, 12));
    }
    Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 6))
}

/// The pairs of a text in order.
pub(super) struct Walk<'a> {
    text: &'a [u8],
    format: &'a Format,
    at: usize,
    /// The next separators ahead: where they were looked for and where they are.
    field: (usize, usize),
    value: (usize, usize),
    /// From here on there is no closing quote, double and single.
    unclosed: [usize; 2],
}

impl<'a> Walk<'a> {
    pub(super) fn new(text: &'a [u8], format: &'a Format) -> Self {
        let nowhere = (1, 0);
        let text = text.trim_ascii_end();
        Self { text, format, at: 0, field: nowhere, value: nowhere, unclosed: [usize::MAX; 2] }
    }

    /// Where the next separator of pairs is at `from` or behind, or the text's end.
    fn field_at(&mut self, from: usize) -> usize {
        find(&mut self.field, &self.format.fields, self.text, from)
    }

    fn value_at(&mut self, from: usize) -> usize {
        find(&mut self.value, &self.format.values, self.text, from)
    }

    fn skip_blanks(&self, mut at: usize) -> usize {
        while matches!(self.text.get(at), Some(b' ' | b'\t')) {
            at += 1;
        }
        at
    }

    /// Whether a name or value may end at `at`: with `is_name` before a value too.
    fn may_end(&self, at: usize, is_name: bool) -> bool {
        let behind = self.skip_blanks(at);
        let rest = &self.text[behind..];
        let field = self.format.fields.needle();
        rest.is_empty()
            || rest.starts_with(field)
            || (self.format.has_blanks && behind > at)
            || (is_name
                && rest.starts_with(self.format.values.needle())
                && (self.format.is_lenient || behind == at))
    }

    /// A piece in quotes, if one begins at `start` and may end where the quote is closed.
    fn quoted(&mut self, start: usize, is_name: bool) -> Option<(Piece, usize)> {
        let quote = *self.text.get(start).filter(|byte| matches!(byte, b'"' | b'\''))?;
        let unclosed = &mut self.unclosed[usize::from(quote == b'\'')];
        if start >= *unclosed {
            return None;
        }
        let mut at = start + 1;
        let mut is_escaped = false;
        loop {
            let Some(len) = memchr::memchr2(quote, b'\\', &self.text[at..]) else {
                *unclosed = (*unclosed).min(start);
                return None;
            };
            at += len;
            if self.text[at] == quote {
                break;
            }
            is_escaped = true;
            at += 2;
            if at >= self.text.len() {
                *unclosed = (*unclosed).min(start);
                return None;
            }
        }
        let piece = Piece { start: start + 1, end: at, quote: Some(quote), is_escaped };
        self.may_end(at + 1, is_name).then_some((piece, at + 1))
    }

    /// A piece without quotes up to `end`.
    fn plain(&self, start: usize, end: usize) -> Piece {
        let text = &self.text[start..end];
        let end = start + text.trim_ascii_end().len();
        Piece { start, end, quote: None, is_escaped: false }
    }

    /// The value at `self.at`.
    fn read_value(&mut self) -> Piece {
        if self.format.is_lenient {
            self.at = self.skip_blanks(self.at);
        }
        if let Some((piece, end)) = self.quoted(self.at, false) {
            self.at = self.skip_blanks(end);
            return piece;
        }
        let end = self.field_at(self.at);
        let piece = self.plain(self.at, end);
        self.at = end;
        piece
    }

    /// The place behind separators of pairs.
    fn skip_fields(&self, mut at: usize) -> usize {
        let field = self.format.fields.needle();
        loop {
            match self.text.get(at) {
                Some(byte) if byte.is_ascii_whitespace() => at += 1,
                Some(_) if self.text[at..].starts_with(field) => at += field.len(),
                _ => return at,
            }
        }
    }
}

/// The next match at `from` or behind, or the text's end; `known` holds for all places up to it.
fn find(known: &mut (usize, usize), finder: &Finder<'_>, text: &[u8], from: usize) -> usize {
    if !(known.0..=known.1).contains(&from) {
        let found = finder.find(&text[from..]).map_or(text.len(), |len| from + len);
        *known = (from, found);
    }
    known.1
}

impl Iterator for Walk<'_> {
    type Item = Found;

    fn next(&mut self) -> Option<Found> {
        let start = self.skip_fields(self.at);
        if start >= self.text.len() {
            return None;
        }
        let (name, end) = match self.quoted(start, true) {
            Some(quoted) => quoted,
            None => {
                let field = self.field_at(start);
                let value = self.value_at(start);
                // What begins with a separator of values has no name before it: it stands alone.
                let end = if value == start { field } else { field.min(value) };
                (self.plain(start, end), end)
            }
        };
        let split = self.format.values.needle();
        let behind = if self.format.is_lenient { self.skip_blanks(end) } else { end };
        if name.start < end && self.text[behind..].starts_with(split) && name.start < behind {
            self.at = behind + split.len();
            let value = self.read_value();
            return Some(Found { name, value: Some(value) });
        }
        self.at = end;
        Some(Found { name, value: None })
    }
}
