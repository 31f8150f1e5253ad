//! Walks a text from pair to pair: a name, what separates it from its value, the value, and what
//! separates it from the next pair.
//!
//! What separates is asked of [`Separators`]; quotes and brackets are the same for all. The text is
//! walked once: what was found ahead is remembered until the walk has passed it.

use std::ops::Range;

/// What stands between names and values, and between pairs.
pub(super) trait Separators {
    /// The next pair that begins at `start` or behind.
    fn name(&mut self, text: &[u8], start: usize) -> Option<Head>;

    /// Where a value without quotes ends that begins at `start`.
    fn value_end(&mut self, text: &[u8], start: usize) -> usize;

    /// The length of the separator of pairs at `at`. The end of the text and that of a line are
    /// separators without length.
    fn separator(&self, text: &[u8], at: usize) -> Option<usize>;
}

/// The beginning of a pair.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) name: Range<usize>,
    /// Where its value begins.
    pub(super) value: usize,
}

/// Whether the byte at `at` is taken out of its meaning by backslashes before it, the first of
/// which stands at `start` or later.
pub(super) fn is_escaped(text: &[u8], start: usize, at: usize) -> bool {
    let before = &text[start..at];
    before.iter().rev().take_while(|byte| **byte == b'\\').count() % 2 == 1
}

/// Calls `found` for each pair with its name and its value; a value that is not there is empty.
pub(super) fn scan<E>(
    text: &[u8],
    separators: &mut impl Separators,
    has_brackets: bool,
    mut found: impl FnMut(Range<usize>, Range<usize>) -> Result<(), E>,
) -> Result<(), E> {
    let mut quotes = Quotes::default();
    let mut at = 0;
    while let Some(head) = separators.name(text, at) {
        let quote = text.get(head.value).and_then(|byte| Quote::opened_by(*byte));
        let quote = quote.filter(|quote| has_brackets || !quote.is_bracket());
        let end = quote.and_then(|it| quotes.end(it, text, head.value + 1, &*separators));
        let (value, end) = match end {
            Some(end) => (head.value + 1..end, end + 1),
            None => {
                let end = separators.value_end(text, head.value);
                (head.value..end, end)
            }
        };
        found(head.name, value)?;
        at = end + separators.separator(text, end).unwrap_or(0);
    }
    Ok(())
}

/// What may stand around a value.
#[derive(Clone, Copy, Debug)]
enum Quote {
    Double,
    Single,
    Round,
    Square,
    Angle,
}

impl Quote {
    fn opened_by(byte: u8) -> Option<Self> {
        Some(match byte {
            b'"' => Self::Double,
            b'\'' => Self::Single,
            b'(' => Self::Round,
            b'[' => Self::Square,
            b'<' => Self::Angle,
            _ => return None,
        })
    }

    fn is_bracket(self) -> bool {
        matches!(self, Self::Round | Self::Square | Self::Angle)
    }

    fn closing(self) -> u8 {
        match self {
            Self::Double => b'"',
            Self::Single => b'\'',
            Self::Round => b')',
            Self::Square => b']',
            Self::Angle => b'>',
        }
    }
}

/// Where each kind of quote is closed next.
#[derive(Default)]
struct Quotes([Option<Closing>; 5]);

/// What was found out about the closing of a quote, looking from a place on.
#[derive(Clone, Copy)]
struct Closing {
    from: usize,
    /// The next one that no backslash takes its meaning from, or the end of the text.
    plain: usize,
    /// Whether a pair may end behind it.
    fits: bool,
    /// The last one before it that a backslash stands before and a pair may end behind.
    escaped: Option<usize>,
}

impl Quotes {
    /// Where the quote is closed whose content begins at `start`: a pair must be able to end there.
    ///
    /// Backslashes take the meaning from a closing quote, unless there is no other way.
    fn end(
        &mut self,
        quote: Quote,
        text: &[u8],
        start: usize,
        separators: &impl Separators,
    ) -> Option<usize> {
        let known = &mut self.0[quote as usize];
        // Nearly every quote is closed by the next one. Only the first that is not makes it worth
        // while to remember what was found.
        if known.is_none()
            && let Some(len) = memchr::memchr(quote.closing(), &text[start..])
            && (len == 0 || text[start + len - 1] != b'\\')
            && separators.separator(text, start + len + 1).is_some()
        {
            return Some(start + len);
        }
        let closing = match known {
            Some(it) if (it.from..=it.plain).contains(&start) => *it,
            _ => {
                let found = Closing::find(quote.closing(), text, start, separators);
                *known = Some(found);
                found
            }
        };
        if closing.fits {
            return Some(closing.plain);
        }
        closing.escaped.filter(|at| *at >= start)
    }
}

impl Closing {
    fn find(byte: u8, text: &[u8], start: usize, separators: &impl Separators) -> Self {
        let mut plain = text.len();
        let mut escaped = None;
        for at in memchr::memchr_iter(byte, &text[start..]).map(|at| start + at) {
            if !is_escaped(text, start, at) {
                plain = at;
                break;
            }
            if separators.separator(text, at + 1).is_some() {
                escaped = Some(at);
            }
        }
        let fits = plain < text.len() && separators.separator(text, plain + 1).is_some();
        Self { from: start, plain, fits, escaped }
    }
}
