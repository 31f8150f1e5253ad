//! Sets of next bytes, the end of the line included.

/// The symbol for the end of the line, after the 256 bytes.
pub(crate) const END: usize = 256;

const WORDS: usize = 5;

/// One bit for each symbol.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Symbols([u64; WORDS]);

impl Symbols {
    pub(crate) const NONE: Self = Self([0; WORDS]);
    pub(crate) const ALL: Self = Self([u64::MAX, u64::MAX, u64::MAX, u64::MAX, 1]);

    pub(crate) fn bytes(bytes: &[bool; 256]) -> Self {
        let mut symbols = Self::NONE;
        for (word, bytes) in symbols.0.iter_mut().zip(bytes.chunks_exact(64)) {
            *word = bytes.iter().rev().fold(0, |word, byte| word << 1 | u64::from(*byte));
        }
        symbols
    }

    #[must_use]
    pub(crate) fn with(mut self, symbol: usize) -> Self {
        self.0[symbol / 64] |= 1 << (symbol % 64);
        self
    }

    pub(crate) fn remove(&mut self, symbol: usize) {
        self.0[symbol / 64] &= !(1 << (symbol % 64));
    }

    #[inline]
    pub(crate) fn has(&self, symbol: usize) -> bool {
        self.0[symbol / 64] >> (symbol % 64) & 1 == 1
    }

    pub(crate) fn union(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine |= theirs;
        }
    }

    pub(crate) fn intersect(&mut self, other: &Self) {
        for (mine, theirs) in self.0.iter_mut().zip(&other.0) {
            *mine &= theirs;
        }
    }

    pub(crate) fn is_all(&self) -> bool {
        *self == Self::ALL
    }

    /// Whether one of the bytes is a member.
    pub(crate) fn meets(&self, bytes: &[bool; 256]) -> bool {
        let bytes = Self::bytes(bytes);
        self.0.iter().zip(&bytes.0).any(|(mine, theirs)| mine & theirs != 0)
    }

    /// Whether what stands at `at` is a member.
    #[inline]
    pub(crate) fn admit(&self, line: &[u8], at: usize) -> bool {
        self.has(line.get(at).map_or(END, |byte| usize::from(*byte)))
    }
}
