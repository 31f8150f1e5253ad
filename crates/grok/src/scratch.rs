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

/// Marks a [`Frame`] that gives a slot its former value.
pub(crate) const RESTORE: u32 = u32::MAX;

/// The captures of an attempt. A slot outside of repetitions is opened after all slots before it,
/// so going back to an earlier choice voids a tail of them; a slot inside a repetition gets its
/// former value back from a frame.
#[derive(Debug)]
pub(crate) struct Slots<'s> {
    spans: &'s mut [Span],
    /// Slots from here on are void.
    high: usize,
}

impl<'s> Slots<'s> {
    /// All of `spans` have to be void.
    pub(crate) fn new(spans: &'s mut [Span]) -> Self {
        Self { spans, high: 0 }
    }

    #[inline]
    pub(crate) fn open(&mut self, slot: u16, at: usize) {
        self.spans[usize::from(slot)].start = narrow(at);
        self.high = usize::from(slot) + 1;
    }

    #[inline]
    pub(crate) fn close(&mut self, slot: u16, at: usize) {
        self.spans[usize::from(slot)].end = narrow(at);
    }

    /// Voids the slots that were opened after the first `keep`.
    #[inline]
    pub(crate) fn void_from(&mut self, keep: u32) {
        let keep = keep as usize;
        if keep < self.high {
            self.spans[keep..self.high].fill(Span::NONE);
            self.high = keep;
        }
    }

    /// Changes a slot inside a repetition; the frame undoes it.
    pub(crate) fn change(&mut self, slot: u32, change: impl FnOnce(&mut Span)) -> Frame {
        let span = &mut self.spans[slot as usize];
        let undo = Frame { pc: RESTORE, at: span.start, bound: span.end, cursor: slot };
        change(span);
        undo
    }

    pub(crate) fn restore(&mut self, frame: Frame) {
        self.spans[frame.cursor as usize] = Span { start: frame.at, end: frame.bound };
    }

    /// As new.
    pub(crate) fn void_all(&mut self) {
        self.spans.fill(Span::NONE);
        self.high = 0;
    }
}

/// Where an engine resumes when the present way leads nowhere. What the numbers mean depends on
/// the step at `pc`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Frame {
    pub(crate) pc: u32,
    pub(crate) at: u32,
    /// Runs: how far `at` may go. Restored slots: the former end.
    pub(crate) bound: u32,
    /// Choices: the next alternative in the program's targets. Restored slots: which.
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
    /// Which patterns of a set its outline admits.
    pub(crate) admitted: Vec<bool>,
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
    #[must_use]
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
