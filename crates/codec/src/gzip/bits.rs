//! Bits to bytes, the lowest first, as deflate wants them.

/// Bytes that are collected before they go to the output: large enough to make that rare, small
/// enough to stay in the first cache.
const BLOCK: usize = 4096;

/// Appends bits to a buffer of bytes.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    block: [u8; BLOCK],
    filled: usize,
    /// Bits that do not fill a byte yet, and those put since the last [`BitWriter::settle`].
    bits: u64,
    count: u32,
}

impl<'a> BitWriter<'a> {
    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, block: [0; BLOCK], filled: 0, bits: 0, count: 0 }
    }

    /// Adds the lowest `count` bits. Between two calls of [`BitWriter::settle`] there is room for 56.
    pub(super) fn put(&mut self, bits: u32, count: u32) {
        self.bits |= u64::from(bits) << self.count;
        self.count += count;
        debug_assert!(self.count < 64, "settled in time");
    }

    /// Moves whole bytes on, so that fewer than eight bits are left.
    pub(super) fn settle(&mut self) {
        let bytes = self.count / 8;
        self.store(self.bits, bytes as usize);
        self.bits >>= bytes * 8;
        self.count %= 8;
    }

    /// Adds 64 bits; what was put before has to be settled.
    pub(super) fn put_word(&mut self, word: u64) {
        debug_assert!(self.count < 8, "settled before");
        self.store(self.bits | word << self.count, 8);
        // In two steps, because a shift by 64 is none.
        self.bits = word >> 1 >> (63 - self.count);
    }

    /// Fills the byte up with zeros.
    pub(super) fn pad(&mut self) {
        self.count = self.count.next_multiple_of(8);
        self.settle();
    }

    /// Hands over what was collected.
    pub(super) fn finish(&mut self) {
        self.pad();
        self.out.extend_from_slice(&self.block[..self.filled]);
        self.filled = 0;
    }

    /// Writes the lowest `len` bytes of a word.
    fn store(&mut self, word: u64, len: usize) {
        self.block[self.filled..self.filled + 8].copy_from_slice(&word.to_le_bytes());
        self.filled += len;
        if self.filled > BLOCK - 8 {
            self.out.extend_from_slice(&self.block[..self.filled]);
            self.filled = 0;
        }
    }
}
