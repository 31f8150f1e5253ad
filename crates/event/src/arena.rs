//! The stretch of text that a batch's values are cut from.

/// A piece of a batch's text: where it starts and how long it is, in bytes.
///
/// Only meaningful together with the batch it was made for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Span {
    start: u32,
    len: u32,
}

impl Span {
    /// The piece from `start` up to, not including, `end`.
    ///
    /// Batches are kept far below 4 GiB; a bound beyond that is cut to the largest one.
    #[must_use]
    pub fn new(start: usize, end: usize) -> Self {
        let start = u32::try_from(start).unwrap_or(u32::MAX);
        let end = u32::try_from(end).unwrap_or(u32::MAX);
        Self { start, len: end.saturating_sub(start) }
    }

    /// Offset of the first byte.
    #[must_use]
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Offset after the last byte.
    #[must_use]
    pub fn end(self) -> usize {
        self.start as usize + self.len as usize
    }

    /// Length in bytes.
    #[must_use]
    pub fn len(self) -> usize {
        self.len as usize
    }

    /// Whether it holds no byte.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The piece of this piece from `start` to `end`, both counted from this piece's own start.
    #[must_use]
    pub fn slice(self, start: usize, end: usize) -> Self {
        debug_assert!(start <= end && end <= self.len(), "a slice lies inside its span");
        Self::new(self.start() + start, self.start() + end)
    }
}

/// Growing text whose memory is kept between uses.
///
/// The buffer never shrinks and is never cleared byte by byte: `used` says how much of it counts.
#[derive(Debug, Default)]
pub struct Arena {
    bytes: Vec<u8>,
    used: usize,
}

impl Arena {
    /// The bytes of a span.
    ///
    /// A span that does not belong here yields what lies at its place, or nothing; it never panics.
    #[must_use]
    pub fn get(&self, span: Span) -> &[u8] {
        self.bytes.get(span.start()..span.end()).unwrap_or_default()
    }

    /// All that was written.
    #[must_use]
    pub fn filled(&self) -> &[u8] {
        &self.bytes[..self.used]
    }

    /// Number of bytes written.
    #[must_use]
    pub fn len(&self) -> usize {
        self.used
    }

    /// Whether nothing was written.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.used == 0
    }

    /// Bytes of memory held.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.bytes.capacity()
    }

    /// Room for at least `len` bytes, to be written by a read call; see [`Arena::advance`].
    pub fn spare(&mut self, len: usize) -> &mut [u8] {
        let wanted = self.used + len;
        if self.bytes.len() < wanted {
            self.bytes.resize(wanted, 0);
        }
        &mut self.bytes[self.used..wanted]
    }

    /// Counts the first `len` bytes of [`Arena::spare`] as written.
    pub fn advance(&mut self, len: usize) {
        self.used = (self.used + len).min(self.bytes.len());
    }

    /// Writes `bytes` behind what is there.
    pub fn append(&mut self, bytes: &[u8]) -> Span {
        let start = self.used;
        self.spare(bytes.len()).copy_from_slice(bytes);
        self.used += bytes.len();
        Span::new(start, self.used)
    }

    /// The stretch from one piece to another, if nothing but this byte is between them.
    #[must_use]
    pub fn span_over(&self, first: Span, glue: u8, second: Span) -> Option<Span> {
        let between = Span::new(first.end(), first.end() + 1);
        let are_neighbours = second.start() == between.end() && self.get(between) == [glue];
        are_neighbours.then(|| Span::new(first.start(), second.end()))
    }

    /// Writes pieces of what is there once more, with a byte between them.
    pub fn join(&mut self, pieces: &[Span], glue: u8) -> Span {
        let start = self.used;
        for (i, piece) in pieces.iter().enumerate() {
            if i > 0 {
                self.append(&[glue]);
            }
            self.repeat(*piece);
        }
        Span::new(start, self.used)
    }

    /// Writes a byte and more text behind a piece, which is copied to the end unless it is there.
    pub fn extend(&mut self, first: Span, glue: u8, more: &[u8]) -> Span {
        let first = if first.end() == self.used { first } else { self.repeat(first) };
        self.append(&[glue]);
        let end = self.append(more).end();
        Span::new(first.start(), end)
    }

    /// Writes a piece of what is there once more.
    fn repeat(&mut self, span: Span) -> Span {
        let start = self.used;
        let piece = span.start().min(start)..span.end().min(start);
        let len = piece.len();
        self.spare(len);
        self.bytes.copy_within(piece, start);
        self.used += len;
        Span::new(start, self.used)
    }

    /// Forgets the text and keeps the memory, unless it grew beyond `keep_max` bytes.
    pub fn clear(&mut self, keep_max: usize) {
        self.used = 0;
        if self.bytes.capacity() > keep_max {
            self.bytes = Vec::new();
        }
    }

    /// Forgets what lies behind `len`.
    pub fn truncate(&mut self, len: usize) {
        self.used = self.used.min(len);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_found_again_by_its_span() {
        let mut arena = Arena::default();
        arena.append(b"one ");
        let two = arena.append(b"two");
        assert_eq!(arena.get(two), b"two");
        assert_eq!(arena.get(two.slice(1, 3)), b"wo");
    }

    #[test]
    fn neighbours_are_joined_without_a_copy() {
        let mut arena = Arena::default();
        let (a, b) = (arena.append(b"one"), arena.append(b"\ntwo"));
        let (b, c) = (b.slice(1, 4), arena.append(b" three"));
        assert_eq!(arena.span_over(a, b'\n', b), Some(Span::new(0, 7)));
        assert_eq!(arena.span_over(a, b'\n', c), None);
        assert_eq!(arena.span_over(a, b' ', b), None);
        let joined = arena.join(&[a, c, a], b'\n');
        assert_eq!(arena.get(joined), b"one\n three\none");
    }

    #[test]
    fn what_grows_at_the_end_is_not_copied() {
        let mut arena = Arena::default();
        let one = arena.append(b"one");
        let two = arena.extend(one, b'-', b"two");
        assert_eq!((two.start(), arena.get(two)), (0, &b"one-two"[..]));
        let other = arena.extend(one, b'-', b"three");
        assert_eq!((other.start(), arena.get(other)), (7, &b"one-three"[..]));
    }

    #[test]
    fn a_foreign_span_yields_nothing() {
        assert_eq!(Arena::default().get(Span::new(5, 9)), b"");
    }

    #[test]
    fn a_giant_batch_gives_its_memory_back() {
        let mut arena = Arena::default();
        arena.append(&[0; 4096]);
        arena.clear(1024);
        assert_eq!(arena.capacity(), 0);
        arena.append(&[0; 512]);
        arena.clear(1024);
        assert!(arena.capacity() >= 512);
    }
}
