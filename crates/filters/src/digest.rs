//! Hashes of texts, with a key or without. No filter itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::Md5;
use sha1::Sha1;
use sha2::digest::Update;
use sha2::digest::common::BlockSizeUser;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

/// The longest hash, in bytes: that of SHA-512.
const HASH_BYTES_MAX: usize = 64;

/// The longest block that any of the methods works on, in bytes.
const BLOCK_BYTES_MAX: usize = 128;

/// Ways of hashing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    Md5,
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512Of224,
    Sha512Of256,
}

/// Hashes by one method.
#[derive(Clone)]
pub(crate) struct Hasher {
    method: Method,
    /// The key as a block of the method, for HMAC (RFC 2104).
    key: Option<Box<[u8; BLOCK_BYTES_MAX]>>,
}

/// A hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Hash {
    bytes: [u8; HASH_BYTES_MAX],
    len: usize,
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The key is a secret.
        write!(f, "Hasher({:?})", self.method)
    }
}

impl Hasher {
    pub(crate) fn new(method: Method, key: Option<&[u8]>) -> Self {
        let mut hasher = Self { method, key: None };
        hasher.key = key.map(|key| {
            let mut block = Box::new([0; BLOCK_BYTES_MAX]);
            if key.len() > method.block_bytes() {
                let hash = hasher.hash(&[key]);
                block[..hash.len].copy_from_slice(hash.as_bytes());
            } else {
                block[..key.len()].copy_from_slice(key);
            }
            block
        });
        hasher
    }

    /// The hash of the pieces, one after the other.
    pub(crate) fn hash(&self, pieces: &[&[u8]]) -> Hash {
        match self.method {
            Method::Md5 => self.with::<Md5>(pieces),
            Method::Sha1 => self.with::<Sha1>(pieces),
            Method::Sha224 => self.with::<Sha224>(pieces),
            Method::Sha256 => self.with::<Sha256>(pieces),
            Method::Sha384 => self.with::<Sha384>(pieces),
            Method::Sha512 => self.with::<Sha512>(pieces),
            Method::Sha512Of224 => self.with::<Sha512_224>(pieces),
            Method::Sha512Of256 => self.with::<Sha512_256>(pieces),
        }
    }

    fn with<D: sha2::Digest + Update>(&self, pieces: &[&[u8]]) -> Hash {
        let block_bytes = self.method.block_bytes();
        let pad = |key: &[u8; BLOCK_BYTES_MAX], byte: u8| key.map(|it| it ^ byte);
        let mut inner = D::new();
        if let Some(key) = &self.key {
            Update::update(&mut inner, &pad(key, 0x36)[..block_bytes]);
        }
        for piece in pieces {
            Update::update(&mut inner, piece);
        }
        let mut hash = Hash::of(&inner.finalize());
        if let Some(key) = &self.key {
            let mut outer = D::new();
            Update::update(&mut outer, &pad(key, 0x5C)[..block_bytes]);
            Update::update(&mut outer, hash.as_bytes());
            hash = Hash::of(&outer.finalize());
        }
        hash
    }
}

impl Method {
    fn block_bytes(self) -> usize {
        match self {
            Self::Md5 => Md5::block_size(),
            Self::Sha1 => Sha1::block_size(),
            Self::Sha224 | Self::Sha256 => Sha256::block_size(),
            Self::Sha384 | Self::Sha512 | Self::Sha512Of224 | Self::Sha512Of256 => {
                Sha512::block_size()
            }
        }
    }
}

impl Hash {
    /// A hash of at most 64 bytes.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        let mut hash = Self { bytes: [0; HASH_BYTES_MAX], len: bytes.len().min(HASH_BYTES_MAX) };
        hash.bytes[..hash.len].copy_from_slice(&bytes[..hash.len]);
        hash
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        &self.bytes[..self.len]
    }

    /// Appends it as small hexadecimal digits.
    pub(crate) fn write_hex(&self, out: &mut Vec<u8>) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        for byte in self.as_bytes() {
            out.extend([DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
    }

    /// Appends it as base64.
    pub(crate) fn write_base64(&self, out: &mut Vec<u8>) {
        let mut text = [0; HASH_BYTES_MAX.div_ceil(3) * 4];
        let len = STANDARD.encode_slice(self.as_bytes(), &mut text).unwrap_or(0);
        out.extend_from_slice(&text[..len]);
    }
}

/// Murmur3 of 32 bits. The description of both: <https://github.com/aappleby/smhasher/wiki>
pub(crate) fn murmur3_32(text: &[u8], seed: u32) -> u32 {
    let mix =
        |piece: u32| piece.wrapping_mul(0xCC9E_2D51).rotate_left(15).wrapping_mul(0x1B87_3593);
    let mut hash = seed;
    let mut blocks = text.chunks_exact(4);
    for block in &mut blocks {
        hash ^= mix(u32::from_le_bytes(padded(block)));
        hash = hash.rotate_left(13).wrapping_mul(5).wrapping_add(0xE654_6B64);
    }
    if !blocks.remainder().is_empty() {
        hash ^= mix(u32::from_le_bytes(padded(blocks.remainder())));
    }
    #[expect(clippy::cast_possible_truncation, reason = "the method counts modulo 2^32")]
    let len = text.len() as u32;
    hash ^= len;
    hash = (hash ^ (hash >> 16)).wrapping_mul(0x85EB_CA6B);
    hash = (hash ^ (hash >> 13)).wrapping_mul(0xC2B2_AE35);
    hash ^ (hash >> 16)
}

/// Murmur3 of 128 bits in the form for 64-bit machines: its two halves.
pub(crate) fn murmur3_128(text: &[u8], seed: u64) -> [u64; 2] {
    const FIRST: u64 = 0x87C3_7B91_1142_53D5;
    const SECOND: u64 = 0x4CF5_AD43_2745_937F;
    let mix_1 = |it: u64| it.wrapping_mul(FIRST).rotate_left(31).wrapping_mul(SECOND);
    let mix_2 = |it: u64| it.wrapping_mul(SECOND).rotate_left(33).wrapping_mul(FIRST);
    let (mut one, mut two) = (seed, seed);
    let mut blocks = text.chunks_exact(16);
    for block in &mut blocks {
        let (low, high) = block.split_at(8);
        one ^= mix_1(u64::from_le_bytes(padded(low)));
        one = one.rotate_left(27).wrapping_add(two).wrapping_mul(5).wrapping_add(0x52DC_E729);
        two ^= mix_2(u64::from_le_bytes(padded(high)));
        two = two.rotate_left(31).wrapping_add(one).wrapping_mul(5).wrapping_add(0x3849_5AB5);
    }
    let rest = blocks.remainder();
    let (low, high) = rest.split_at(rest.len().min(8));
    // Nothing becomes nothing, so empty remainders change nothing.
    two ^= mix_2(u64::from_le_bytes(padded(high)));
    one ^= mix_1(u64::from_le_bytes(padded(low)));
    one ^= text.len() as u64;
    two ^= text.len() as u64;
    one = one.wrapping_add(two);
    two = two.wrapping_add(one);
    let finish = |it: u64| {
        let it = (it ^ (it >> 33)).wrapping_mul(0xFF51_AFD7_ED55_8CCD);
        let it = (it ^ (it >> 33)).wrapping_mul(0xC4CE_B9FE_1A85_EC53);
        it ^ (it >> 33)
    };
    (one, two) = (finish(one), finish(two));
    one = one.wrapping_add(two);
    [one, two.wrapping_add(one)]
}

/// At most `LEN` bytes, with zeros behind them.
fn padded<const LEN: usize>(bytes: &[u8]) -> [u8; LEN] {
    let mut all = [0; LEN];
    all[..bytes.len()].copy_from_slice(bytes);
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(method: Method, key: Option<&[u8]>, text: &[u8], wanted: &str) {
        let mut out = Vec::new();
        Hasher::new(method, key).hash(&[text]).write_hex(&mut out);
        assert_eq!(String::from_utf8_lossy(&out), wanted);
    }

    #[test]
    fn hashes_are_those_of_their_standards() {
        check(Method::Md5, None, b"abc", "900150983cd24fb0d6963f7d28e17f72");
        check(Method::Sha1, None, b"abc", "a9993e364706816aba3e25717850c26c9cd0d89d");
        // RFC 4231, cases 2 and 6; the latter has a key longer than a block.
        let wanted = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        check(Method::Sha256, Some(b"Jefe"), b"what do ya want for nothing?", wanted);
        let wanted = "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54";
        let text = b"Test Using Larger Than Block-Size Key - Hash Key First";
        check(Method::Sha256, Some(&[0xAA; 131]), text, wanted);
    }

    #[test]
    fn murmur_hashes_have_their_known_values() {
        assert_eq!(murmur3_32(b"123.123.123.123", 0), 4_013_733_395);
        assert_eq!(murmur3_32(b"", 0), 0);
        assert_eq!(murmur3_128(b"hello", 0), [0xCBD8_A7B3_41BD_9B02, 0x5B1E_906A_48AE_1D19]);
        let text = b"The quick brown fox jumps over the lazy dog";
        assert_eq!(murmur3_128(text, 0), [0xE34B_BC7B_BC07_1B6C, 0x7A43_3CA9_C49A_9347]);
    }
}
