//! Memory that one worker reuses from line to line.

/// A capture, or nothing: `start` is [`Span::NONE`]'s.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) const NONE: Self = Self { start: u32::MAX, end: u32::MAX };

    fn range(self) -> Option<(usize, usize)> {
        (self != Self::NONE).then_some((self.start as usize, self.end as usize))
    }
}

/// A position or step number in 32 bits.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "lines of 4 GiB are refused before")]
pub(crate) fn narrow(number: usize) -> u32 {
    number as u32
}

/// Where an engine resumes when the present way leads nowhere. What the numbers mean depends on
/// the step at `pc`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) pc: u32,
    pub(crate) at: u32,
    /// Runs: how far `at` may go. Slots: the former end.
    pub(crate) bound: u32,
    /// Choices: the next alternative in the program's targets.
    pub(crate) cursor: u32,
}

/// Reused between calls of [`Pattern::matches`](crate::Pattern::matches), so that a call
/// allocates nothing once warm. One for each thread; it fits every pattern.
#[derive(Debug, Default)]
pub struct Scratch {
    /// Captures of the last match, in the pattern's order.
    pub(crate) captures: Vec<Span>,
    pub(crate) matched: Option<Span>,
    /// Captures in the engines' order.
    pub(crate) work: Vec<Span>,
    pub(crate) frames: Vec<Frame>,
    /// The linear engine's memory: which steps were tried where.
    pub(crate) visited: Vec<u64>,
    /// A readable copy of a line that is not UTF-8, for the fallback.
    pub(crate) text: String,
    /// What a set of patterns found out about the line so far.
    pub(crate) literals: Vec<Option<bool>>,
    pub(crate) steps: u64,
}

impl Scratch {
    /// An empty scratch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Byte offsets of one capture slot of the last match; `None` if the slot took no part.
    /// A slot that captured nothing is `Some((n, n))`.
    #[must_use]
    #[inline]
    pub fn get(&self, slot: usize) -> Option<(usize, usize)> {
        self.captures.get(slot).and_then(|span| span.range())
    }

    /// All slots of the last match in the order of [`Pattern::captures`](crate::Pattern::captures).
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Option<(usize, usize)>> + '_ {
        self.captures.iter().map(|span| span.range())
    }

    /// Byte offsets of the whole of the last match.
    #[must_use]
    pub fn matched(&self) -> Option<(usize, usize)> {
        self.matched.and_then(Span::range)
    }

    /// Steps the last call took: a measure of work that does not depend on the machine. The
    /// fallback engine does not count.
    #[must_use]
    pub fn steps(&self) -> u64 {
        self.steps
    }

    pub(crate) fn clear(&mut self) {
        self.captures.clear();
        self.matched = None;
        self.steps = 0;
    }
}
