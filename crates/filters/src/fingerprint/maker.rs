//! From what is hashed to the fingerprint as a value.

use std::cell::{Cell, RefCell};
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::bytes::Regex;
use weir_event::{Arena, Value};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

use super::{Hashed, Method};
use crate::digest::{Hash, Hasher, murmur3_32, murmur3_128};

/// What Logstash begins its long Murmur hashes with.
const MURMUR_SEED: u64 = 2;

static PUNCTUATION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"[\p{P}\p{S}]+").expect("a small expression"));

thread_local! {
    static OUT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    /// Secret keys from the system, and how often they were used.
    static RANDOM: (RandomState, Cell<u64>) = (RandomState::new(), Cell::new(0));
}

/// Makes fingerprints by one method.
#[derive(Debug)]
pub(super) struct Maker {
    method: Method,
    hasher: Option<Hasher>,
    prefix_length: u8,
    base64: bool,
}

impl Maker {
    pub(super) fn new(
        method: Method,
        hasher: Option<Hasher>,
        prefix_length: Option<u8>,
        base64: bool,
    ) -> Self {
        Self { method, hasher, prefix_length: prefix_length.unwrap_or(0), base64 }
    }

    /// Whether it does not look at what is hashed.
    pub(super) fn is_random(&self) -> bool {
        self.method == Method::Uuid
    }

    /// The fingerprint; nothing if there is none for this text.
    pub(super) fn make(&self, hashed: Hashed<'_>, arena: &mut Arena) -> Option<Value> {
        let mut digits = [0; 20];
        let text = match hashed {
            Hashed::Text(text) => text,
            Hashed::Int(number) => printed(number, &mut digits),
        };
        OUT.with_borrow_mut(|out| {
            out.clear();
            let hash = match (self.method, &self.hasher) {
                (_, Some(hasher)) => hasher.hash(&[text]),
                (Method::Murmur3, _) => return Some(Value::Int(murmur(hashed, text).into())),
                (Method::Murmur3Long, _) => long_murmur(hashed),
                (Method::Xxh3, _) => Hash::of(&xxh3_64(text).to_be_bytes()),
                (Method::Xxh3Long, _) => Hash::of(&xxh3_128(text).to_be_bytes()),
                (Method::Uuid, _) => {
                    write_uuid(out);
                    return Some(Value::Text(arena.append(out)));
                }
                (Method::Network, _) => {
                    let address = network(text, self.prefix_length)?;
                    write!(out, "{address}").ok()?;
                    return Some(Value::Text(arena.append(out)));
                }
                _ => {
                    PUNCTUATION.find_iter(text).for_each(|it| out.extend_from_slice(it.as_bytes()));
                    return Some(Value::Text(arena.append(out)));
                }
            };
            if self.base64 {
                hash.write_base64(out);
            } else {
                hash.write_hex(out);
            }
            Some(Value::Text(arena.append(out)))
        })
    }
}

fn printed(number: i64, digits: &mut [u8; 20]) -> &[u8] {
    let mut room = &mut digits[..];
    // The longest has 19 digits and a sign.
    let left = if write!(room, "{number}").is_ok() { room.len() } else { 0 };
    let len = digits.len() - left;
    &digits[..len]
}

/// Of a number it is the bytes that are hashed, the lowest first.
fn murmur(hashed: Hashed<'_>, text: &[u8]) -> u32 {
    match hashed {
        Hashed::Int(number) => murmur3_32(&number.to_le_bytes(), 0),
        Hashed::Text(_) => murmur3_32(text, 0),
    }
}

/// Of a number it is four bytes that are hashed if they hold it, else eight.
fn long_murmur(hashed: Hashed<'_>) -> Hash {
    let [one, two] = match hashed {
        Hashed::Text(text) => murmur3_128(text, MURMUR_SEED),
        Hashed::Int(number) => match i32::try_from(number) {
            Ok(small) => murmur3_128(&small.to_le_bytes(), MURMUR_SEED),
            Err(_) => murmur3_128(&number.to_le_bytes(), MURMUR_SEED),
        },
    };
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&one.to_le_bytes());
    bytes[8..].copy_from_slice(&two.to_le_bytes());
    Hash::of(&bytes)
}

/// The first address of the network that an address is in.
fn network(text: &[u8], bits: u8) -> Option<IpAddr> {
    let address: IpAddr = std::str::from_utf8(text).ok()?.trim().parse().ok()?;
    let bits = u32::from(bits);
    Some(match address {
        IpAddr::V4(it) => {
            let rest = u32::MAX.checked_shr(bits).unwrap_or(0);
            Ipv4Addr::from_bits(it.to_bits() & !rest).into()
        }
        IpAddr::V6(it) => {
            let rest = u128::MAX.checked_shr(bits).unwrap_or(0);
            Ipv6Addr::from_bits(it.to_bits() & !rest).into()
        }
    })
}

/// A random id of version 4. Its bits come from a keyed hash whose key is the system's own random
/// number, new for each thread.
fn write_uuid(out: &mut Vec<u8>) {
    let (high, low) = RANDOM.with(|(state, count)| {
        count.set(count.get().wrapping_add(1));
        (state.hash_one((count.get(), 0_u8)), state.hash_one((count.get(), 1_u8)))
    });
    let high = high & !0xF000 | 0x4000;
    let low = low & !(0xC000 << 48) | 0x8000 << 48;
    let parts =
        (high >> 32, (high >> 16) & 0xFFFF, high & 0xFFFF, low >> 48, low & 0xFFFF_FFFF_FFFF);
    write!(out, "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", parts.0, parts.1, parts.2, parts.3, parts.4)
        .expect("a vector takes all bytes");
}
