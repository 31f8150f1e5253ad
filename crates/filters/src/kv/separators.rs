//! The two kinds of separators: sets of bytes, which a table tells apart, and regular expressions.

use std::ops::Range;

use memchr::memchr;
use regex::bytes::{Regex, RegexBuilder};

use super::scan::{Head, Separators, is_escaped, scan};
use crate::char_set::CharSet;

/// Ends a name or stands before its value.
const VALUE: u8 = 1;
/// Ends a pair.
const FIELD: u8 = 2;
/// Takes the meaning from what follows.
const ESCAPE: u8 = 4;

/// The most memory a compiled pattern takes; a separator needs a thousandth.
const PATTERN_BYTES_MAX: usize = 1 << 20;

/// Separators that are single bytes.
#[derive(Debug)]
pub(super) struct Bytes {
    classes: [u8; 256],
    /// Whether blanks may stand around the separator of a name and its value.
    is_lenient: bool,
}

impl Bytes {
    pub(super) fn new(fields: &CharSet, values: &CharSet, is_lenient: bool) -> Self {
        let mut classes = [0; 256];
        for (byte, class) in (0..=u8::MAX).zip(&mut classes) {
            *class |= if values.has_byte(byte) { VALUE } else { 0 };
            *class |= if fields.has_byte(byte) { FIELD } else { 0 };
            *class |= if byte == b'\\' { ESCAPE } else { 0 };
        }
        Self { classes, is_lenient }
    }

    #[inline]
    fn class(&self, text: &[u8], at: usize) -> Option<u8> {
        text.get(at).map(|byte| self.classes[usize::from(*byte)])
    }

    #[inline]
    fn is(&self, class: u8, text: &[u8], at: usize) -> bool {
        self.class(text, at).is_some_and(|it| it & class != 0)
    }

    /// Where the value begins of a name that ends at `at`.
    #[inline]
    fn value_start(&self, text: &[u8], at: usize) -> Option<usize> {
        if !self.is_lenient {
            return self.is(VALUE, text, at).then_some(at + 1);
        }
        let mut end = skip_blanks(text, at);
        if self.is(VALUE, text, end) {
            end += 1;
        } else if end == at || !self.is(VALUE, b" ", 0) {
            return None;
        }
        Some(skip_blanks(text, end))
    }

    /// Where what began before ends: at a byte of one of these classes that no backslash stands
    /// before. `escaped` hears of separators that one does stand before.
    #[inline]
    fn end(
        &self,
        classes: u8,
        text: &[u8],
        mut at: usize,
        mut escaped: impl FnMut(usize),
    ) -> usize {
        loop {
            // This loop is where the time goes: it walks a slice, so that no bound is checked.
            let rest = text.get(at..).unwrap_or_default();
            let is_end = |byte: &u8| self.classes[usize::from(*byte)] & (classes | ESCAPE) != 0;
            let Some(len) = rest.iter().position(is_end) else { return text.len() };
            at += len;
            if self.classes[usize::from(text[at])] & classes != 0 {
                return at;
            }
            match text.get(at + 1) {
                None => return at + 1,
                Some(b'\n') => at += 1,
                Some(_) => {
                    escaped(at + 1);
                    at += 2;
                }
            }
        }
    }
}

#[inline]
fn skip_blanks(text: &[u8], mut at: usize) -> usize {
    while text.get(at) == Some(&b' ') {
        at += 1;
    }
    at
}

fn is_line_end(byte: u8) -> bool {
    byte == b'\n' || byte == b'\r'
}

impl Separators for &Bytes {
    #[inline]
    fn name(&mut self, text: &[u8], start: usize) -> Option<Head> {
        let mut start = start;
        loop {
            while let Some(byte) = text.get(start)
                && (self.classes[usize::from(*byte)] & (VALUE | FIELD) != 0 || is_line_end(*byte))
            {
                start += 1;
            }
            if start >= text.len() {
                return None;
            }
            let mut escaped = None;
            let end = self.end(VALUE | FIELD, text, start, |at| {
                if self.is(VALUE, text, at) {
                    escaped = Some(at);
                }
            });
            let value = self.value_start(text, end).map(|value| (end, value));
            // Without another, a separator behind a backslash is one after all.
            let value = value.or_else(|| Some((escaped?, self.value_start(text, escaped?)?)));
            match value {
                Some((end, value)) => return Some(Head { name: start..end, value }),
                None => start = end,
            }
        }
    }

    #[inline]
    fn value_end(&mut self, text: &[u8], start: usize) -> usize {
        self.end(FIELD, text, start, |_| ())
    }

    #[inline]
    fn separator(&self, text: &[u8], at: usize) -> Option<usize> {
        match text.get(at) {
            None | Some(b'\n') => Some(0),
            Some(byte) => (self.classes[usize::from(*byte)] & FIELD != 0).then_some(1),
        }
    }
}

/// Separators that are regular expressions.
#[derive(Debug)]
pub(super) struct Patterns {
    fields: Regex,
    /// The same at the beginning of a text.
    field_here: Regex,
    values: Regex,
    /// Whether a value ends with its line.
    has_lines: bool,
}

impl Patterns {
    /// The separators of pairs, and of names and values.
    ///
    /// A value ends with its line where `has_lines`; blanks may stand around the separator of a
    /// name and its value where `is_lenient`.
    pub(super) fn new(
        fields: &str,
        values: &str,
        has_lines: bool,
        is_lenient: bool,
    ) -> Result<Self, regex::Error> {
        let values = if is_lenient { format!(" *(?:{values}) *") } else { values.to_owned() };
        let compile =
            |pattern: &str| RegexBuilder::new(pattern).size_limit(PATTERN_BYTES_MAX).build();
        Ok(Self {
            fields: compile(fields)?,
            field_here: compile(&format!("^(?:{fields})"))?,
            values: compile(&values)?,
            has_lines,
        })
    }
}

/// [`Patterns`] on their way through a text.
#[derive(Debug)]
pub(super) struct Walk<'a> {
    patterns: &'a Patterns,
    field: Next,
    value: Next,
    line: Next,
}

/// The next match, looking from a place on; it holds for all places up to its start.
#[derive(Clone, Copy, Debug, Default)]
struct Next {
    from: usize,
    /// Without a match both are the end of the text.
    start: usize,
    end: usize,
    is_known: bool,
}

impl Next {
    /// The next match from `from` on; without one, an empty one at the end of the text.
    fn find(
        &mut self,
        text: &[u8],
        from: usize,
        find: impl FnOnce() -> Option<(usize, usize)>,
    ) -> (usize, usize) {
        if !self.is_known || !(self.from..=self.start).contains(&from) {
            // What matches nothing separates nothing.
            let found = find().filter(|(start, end)| start < end);
            let (start, end) = found.unwrap_or((text.len(), text.len()));
            *self = Self { from, start, end, is_known: true };
        }
        (self.start, self.end)
    }

    fn find_regex(&mut self, regex: &Regex, text: &[u8], from: usize) -> (usize, usize) {
        self.find(text, from, || {
            regex.find_at(text, from).map(|found| (found.start(), found.end()))
        })
    }
}

impl<'a> Walk<'a> {
    pub(super) fn new(patterns: &'a Patterns) -> Self {
        let [field, value, line] = [Next::default(); 3];
        Self { patterns, field, value, line }
    }

    fn line_end(&mut self, text: &[u8], from: usize) -> usize {
        let find = || memchr(b'\n', &text[from..]).map(|at| (from + at, from + at + 1));
        self.line.find(text, from, find).0
    }
}

impl Separators for Walk<'_> {
    fn name(&mut self, text: &[u8], start: usize) -> Option<Head> {
        let (mut start, mut from) = (start, start);
        while from < text.len() {
            let (value, value_end) = self.value.find_regex(&self.patterns.values, text, from);
            let (field, field_end) = self.field.find_regex(&self.patterns.fields, text, from);
            let line = self.line_end(text, from);
            let end = value.min(field).min(line);
            if end == text.len() {
                return None;
            }
            if end == value && end > start {
                if !is_escaped(text, start, end) {
                    return Some(Head { name: start..end, value: value_end });
                }
                from = end + 1;
                continue;
            }
            if end == field && end < line && is_escaped(text, start, end) {
                from = end + 1;
                continue;
            }
            // No name begins with what separates.
            start = match end {
                end if end == line => end + 1,
                end if end == field => field_end,
                _ => value_end,
            };
            while text.get(start).is_some_and(|byte| is_line_end(*byte)) {
                start += 1;
            }
            from = start;
        }
        None
    }

    fn value_end(&mut self, text: &[u8], start: usize) -> usize {
        let mut from = start;
        loop {
            let end = self.field.find_regex(&self.patterns.fields, text, from).0;
            let line = if self.patterns.has_lines { self.line_end(text, from) } else { text.len() };
            if line < end {
                return line;
            }
            if end >= text.len() {
                return text.len();
            }
            if !is_escaped(text, start, end) {
                return end;
            }
            from = end + 1;
        }
    }

    fn separator(&self, text: &[u8], at: usize) -> Option<usize> {
        if matches!(text.get(at), None | Some(b'\n')) {
            return Some(0);
        }
        let Next { start, end, is_known, .. } = self.field;
        if is_known && start == at {
            return Some(end - start);
        }
        let found = self.patterns.field_here.find(&text[at..])?;
        (!found.is_empty()).then_some(found.len())
    }
}

/// Either kind.
#[derive(Debug)]
pub(super) enum Splits {
    Bytes(Box<Bytes>),
    Patterns(Box<Patterns>),
}

impl Splits {
    /// Calls `found` for each pair of a text.
    #[inline]
    pub(super) fn scan<E>(
        &self,
        text: &[u8],
        has_brackets: bool,
        found: impl FnMut(Range<usize>, Range<usize>) -> Result<(), E>,
    ) -> Result<(), E> {
        match self {
            Self::Bytes(bytes) => scan(text, &mut &**bytes, has_brackets, found),
            Self::Patterns(patterns) => scan(text, &mut Walk::new(patterns), has_brackets, found),
        }
    }
}
