//! Bits to bytes, the lowest first, as deflate wants them.

/// Bytes that are collected before they go to the output: large enough to make that rare, small
/// enough to stay in the first cache.
const BLOCK: usize = 4096;

/// Appends bits to a buffer of bytes.
pub(super) struct BitWriter<'a> {
    out: &'a mut Vec<u8>,
    block: [u8; BLOCK],
    filled: usize,
    /// Bits that do not fill a byte yet: fewer than eight.
    bits: u64,
    count: u32,
}

impl<'a> BitWriter<'a> {
    /// How many bits can be added at a time.
    pub(super) const PUT_MAX: u32 = 56;

    pub(super) fn new(out: &'a mut Vec<u8>) -> Self {
        Self { out, block: [0; BLOCK], filled: 0, bits: 0, count: 0 }
    }

    /// Adds the lowest `count` bits, at most [`Self::PUT_MAX`]; those above are zero.
    pub(super) fn put(&mut self, bits: u64, count: u32) {
        debug_assert!(count <= Self::PUT_MAX && bits >> count == 0, "{count} bits of {bits:x}");
        self.bits |= bits << self.count;
        self.count += count;
        self.settle();
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

    /// Moves whole bytes on.
    fn settle(&mut self) {
        let bytes = self.count / 8;
        self.block[self.filled..self.filled + 8].copy_from_slice(&self.bits.to_le_bytes());
        self.filled += bytes as usize;
        self.bits >>= bytes * 8;
        self.count %= 8;
        if self.filled > BLOCK - 8 {
            self.out.extend_from_slice(&self.block[..self.filled]);
            self.filled = 0;
        }
    }
}
