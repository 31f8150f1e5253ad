//! Hand-written matchers for stock definitions that are slow as regular expressions.
//!
//! Each does exactly what the stock text says; the tests compare the two. A definition that a
//! user overrides loses its matcher.

/// A stock definition with a matcher of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Token {
    /// The whole of `IPV4`: it has at most one end for a start, so nothing is ever given back.
    Ipv4,
    /// A necessary condition of `IPV6`, whose text is eight long alternatives.
    Ipv6,
}

impl Token {
    pub(crate) fn of_stock(name: &str) -> Option<Self> {
        match name {
            "IPV4" => Some(Self::Ipv4),
            "IPV6" => Some(Self::Ipv6),
            _ => None,
        }
    }
}

/// The end of the address that begins at `start`.
#[inline]
pub(crate) fn ipv4(line: &[u8], start: usize) -> Option<usize> {
    if start > 0 && line[start - 1].is_ascii_digit() {
        return None;
    }
    let mut at = octet(line, start)?;
    for _ in 0..3 {
        if line.get(at) != Some(&b'.') {
            return None;
        }
        at = octet(line, at + 1)?;
    }
    Some(at)
}

/// One to three digits, at most 255, and no digit after them.
#[inline]
fn octet(line: &[u8], start: usize) -> Option<usize> {
    let mut value = 0_u32;
    let mut at = start;
    while let Some(digit) = line.get(at).map(|b| b.wrapping_sub(b'0')).filter(|d| *d < 10) {
        if at - start == 3 {
            return None;
        }
        value = value * 10 + u32::from(digit);
        at += 1;
    }
    (at > start && value <= 255).then_some(at)
}

/// Whether an IPv6 address can begin here: up to four hex digits and a colon.
#[inline]
pub(crate) fn may_be_ipv6(line: &[u8], start: usize) -> bool {
    let rest = line.get(start..).unwrap_or_default();
    rest.iter().take(5).find(|b| !b.is_ascii_hexdigit()) == Some(&b':')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_where_its_digits_end() {
        assert_eq!(ipv4(b"127.0.0.1", 0), Some(9));
        assert_eq!(ipv4(b"x 10.20.30.255, y", 2), Some(14));
        assert_eq!(ipv4(b"001.02.3.4x", 0), Some(10));
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for line in ["256.1.1.1", "1.2.3", "1.2.3.", "1.2.3.4567", "1.2.3.0004", "1..2.3", ""] {
            assert_eq!(ipv4(line.as_bytes(), 0), None, "{line}");
        }
        assert_eq!(ipv4(b"11.2.3.4", 1), None);
    }

    #[test]
    fn an_ipv6_address_shows_a_colon_within_five_bytes() {
        assert!(may_be_ipv6(b"::1", 0));
        assert!(may_be_ipv6(b"2001:db8::1", 0));
        assert!(!may_be_ipv6(b"127.0.0.1", 0));
        assert!(!may_be_ipv6(b"abcde:", 0));
        assert!(!may_be_ipv6(b"", 0));
    }
}
