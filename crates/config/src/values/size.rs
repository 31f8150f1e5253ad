//! Sizes in bytes, written with a unit.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::text_value;
use crate::complaint::Complaint;

/// A number of bytes: `512 KiB`, `5MB`, `1.5 GiB`, or a plain whole number of bytes.
///
/// `kB`, `MB`, `GB` and `TB` count in thousands, `KiB`, `MiB`, `GiB` and `TiB` in 1024s. The
/// spelling of the units is free in case; `K` or `M` alone are refused because programs differ
/// on their meaning.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct ByteSize {
    bytes: u64,
}

/// Units from large to small with the larger system first, as `Display` prefers them.
const UNITS: &[(&str, u64)] = &[
    ("TiB", 1 << 40),
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("TB", 1_000_000_000_000),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("B", 1),
];

impl ByteSize {
    /// So many bytes.
    #[must_use]
    pub const fn bytes(bytes: u64) -> Self {
        Self { bytes }
    }

    /// So many times 1024 bytes.
    #[must_use]
    pub const fn kib(count: u64) -> Self {
        Self { bytes: count << 10 }
    }

    /// So many times 1024² bytes.
    #[must_use]
    pub const fn mib(count: u64) -> Self {
        Self { bytes: count << 20 }
    }

    /// So many times 1024³ bytes.
    #[must_use]
    pub const fn gib(count: u64) -> Self {
        Self { bytes: count << 30 }
    }

    /// The number of bytes.
    #[must_use]
    pub const fn as_u64(self) -> u64 {
        self.bytes
    }

    /// The number of bytes, or the largest `usize` on a machine where it is smaller.
    #[must_use]
    pub fn as_usize(self) -> usize {
        usize::try_from(self.bytes).unwrap_or(usize::MAX)
    }
}

impl std::str::FromStr for ByteSize {
    type Err = Complaint;

    fn from_str(text: &str) -> Result<Self, Complaint> {
        let trimmed = text.trim();
        let digits_end =
            trimmed.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(trimmed.len());
        let (number, unit) = trimmed.split_at(digits_end);
        let unit = unit.trim();
        let refused = |label: String| {
            Err(Complaint::new(format!("`{text}` is not a size"))
                .label(label)
                .help("write it like `512 KiB` or `5 MiB`"))
        };
        if number.is_empty() || unit.contains(|c: char| !c.is_ascii_alphabetic()) {
            return refused("expected a number and a unit".to_owned());
        }
        if unit.len() == 1 && "KMGTkmgt".contains(unit) {
            let prefix = unit.to_ascii_uppercase();
            let thousand = if prefix == "K" { "kB".to_owned() } else { format!("{prefix}B") };
            return refused(format!("expected `{thousand}` (thousands) or `{prefix}iB` (1024s)"));
        }
        let scale = match unit {
            "" => Some(1),
            unit => UNITS
                .iter()
                .find(|(name, _)| name.eq_ignore_ascii_case(unit))
                .map(|(_, scale)| *scale),
        };
        let Some(scale) = scale else {
            return refused("expected a number and a unit".to_owned());
        };
        match multiply(number, scale) {
            Some(bytes) => Ok(Self { bytes }),
            None => refused("expected a smaller number with at most 9 decimals".to_owned()),
        }
    }
}

/// A decimal number times a scale in whole numbers, rounded down. `None` if it is no number, has
/// more than 9 decimals, or leaves 64 bits.
pub(super) fn multiply(number: &str, scale: u64) -> Option<u64> {
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let all_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let shape_fits = !whole.is_empty() && decimals.len() <= 9 && all_digits(decimals);
    if !shape_fits || number.ends_with('.') {
        return None;
    }
    let nanos: u128 = format!("{decimals:0<9}").parse().ok()?;
    let fraction = nanos * u128::from(scale) / 1_000_000_000;
    let total = whole.parse::<u64>().ok()?.checked_mul(scale)?;
    total.checked_add(u64::try_from(fraction).ok()?)
}

impl TryFrom<String> for ByteSize {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        text.parse()
    }
}

impl fmt::Display for ByteSize {
    /// The largest unit that divides the size: `5 MiB`, `1500 B`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (unit, scale) = UNITS
            .iter()
            .find(|(_, scale)| self.bytes >= *scale && self.bytes.is_multiple_of(*scale))
            .unwrap_or(&("B", 1));
        write!(formatter, "{} {unit}", self.bytes / scale)
    }
}

impl fmt::Debug for ByteSize {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

text_value!(ByteSize, "size", ["string", "integer"], "5 MiB");

impl<'de> Deserialize<'de> for ByteSize {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SizeVisitor)
    }
}

struct SizeVisitor;

impl Visitor<'_> for SizeVisitor {
    type Value = ByteSize;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a size in quotes such as \"5 MiB\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<ByteSize, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: Error>(self, bytes: u64) -> Result<ByteSize, E> {
        Ok(ByteSize { bytes })
    }

    fn visit_i64<E: Error>(self, bytes: i64) -> Result<ByteSize, E> {
        match u64::try_from(bytes) {
            Ok(bytes) => Ok(ByteSize { bytes }),
            Err(_) => Err(E::custom(
                Complaint::new(format!("`{bytes}` is not a size"))
                    .label("a size is never negative"),
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn check(given: &str, wanted: u64) {
        assert_eq!(given.parse::<ByteSize>().unwrap().as_u64(), wanted, "{given}");
    }

    #[test]
    fn sizes_are_read_with_every_unit() {
        check("512 KiB", 512 * 1024);
        check("5MB", 5_000_000);
        check("1.5 GiB", 3 << 29);
        check("10 mib", 10 << 20);
        check("1 TB", 1_000_000_000_000);
        check(" 7 B ", 7);
        check("4096", 4096);
        check("0", 0);
    }

    #[test]
    fn what_is_no_size_is_refused() {
        for given in [
            "",
            "MiB",
            "10 parsecs",
            "5 M",
            "5K",
            "-1 kB",
            "1..5 kB",
            "1. kB",
            ".5 kB",
            "99999999999 TiB",
            "1e3 kB",
            "٣ kB",
            "5 M\u{1f}iB",
        ] {
            assert!(given.parse::<ByteSize>().is_err(), "{given}");
        }
    }

    #[test]
    fn sizes_are_shown_in_the_largest_unit_that_fits() {
        assert_eq!(ByteSize::kib(512).to_string(), "512 KiB");
        assert_eq!(ByteSize::mib(2048).to_string(), "2 GiB");
        assert_eq!(ByteSize::bytes(5_000_000).to_string(), "5 MB");
        assert_eq!(ByteSize::bytes(1501).to_string(), "1501 B");
        assert_eq!(ByteSize::bytes(0).to_string(), "0 B");
    }

    proptest! {
        #[test]
        fn a_shown_size_is_read_back(bytes: u64) {
            let size = ByteSize::bytes(bytes);
            prop_assert_eq!(size.to_string().parse::<ByteSize>().unwrap(), size);
        }

        #[test]
        fn no_text_makes_the_parser_panic(text in ".*") {
            let first = text.parse::<ByteSize>();
            prop_assert_eq!(first, text.parse::<ByteSize>());
        }
    }
}
