//! Networks, and whether an address is in one of them.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Networks as ranges of addresses, sorted and apart from each other.
#[derive(Clone, Debug, Default)]
pub struct Networks {
    v4: Box<[(Ipv4Addr, Ipv4Addr)]>,
    v6: Box<[(Ipv6Addr, Ipv6Addr)]>,
}

/// One network: its first and its last address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Network {
    /// Of IPv4.
    V4(Ipv4Addr, Ipv4Addr),
    /// Of IPv6.
    V6(Ipv6Addr, Ipv6Addr),
}

/// What is wrong with a written network, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Misspelling {
    /// What is wrong.
    pub label: String,
    /// What to do.
    pub help: String,
}

impl Network {
    /// Reads `10.0.0.0/8`, or an address that stands for itself.
    ///
    /// IPv4 addresses written as IPv6 (`::ffff:10.0.0.0/104`) are IPv4.
    pub fn parse(text: &str) -> Result<Self, Misspelling> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let address: IpAddr = address.parse().map_err(|_| Misspelling {
            label: format!("`{}` is not an IP address", address.escape_debug()),
            help: "write a network as `10.0.0.0/8` or `2001:db8::/32`".to_owned(),
        })?;
        let bits = if address.is_ipv4() { 32 } else { 128 };
        let prefix = match prefix {
            None => bits,
            Some(written) => {
                length(written).filter(|it| *it <= bits).ok_or_else(|| Misspelling {
                    label: format!("`{}` is not a prefix length", written.escape_debug()),
                    help: format!("write a whole number from 0 to {bits} behind the slash"),
                })?
            }
        };
        let (network, first) = Self::around(address, prefix);
        if first == address {
            return Ok(network);
        }
        Err(Misspelling {
            label: format!("`{address}` is inside the network, not its first address"),
            help: format!("did you mean `{first}/{prefix}` or the single address `{address}`?"),
        })
    }

    /// Whether the address, which is not IPv4 in disguise, lies in it.
    #[must_use]
    pub fn holds(self, address: IpAddr) -> bool {
        match (self, address) {
            (Self::V4(first, last), IpAddr::V4(address)) => first <= address && address <= last,
            (Self::V6(first, last), IpAddr::V6(address)) => first <= address && address <= last,
            _ => false,
        }
    }

    /// The network of `address` with `prefix` bits, and its first address.
    fn around(address: IpAddr, prefix: u32) -> (Self, IpAddr) {
        match address {
            IpAddr::V4(address) => {
                let rest = u32::MAX.checked_shr(prefix).unwrap_or(0);
                let (first, last) = (address.to_bits() & !rest, address.to_bits() | rest);
                let first = Ipv4Addr::from_bits(first);
                (Self::V4(first, Ipv4Addr::from_bits(last)), first.into())
            }
            IpAddr::V6(address) => {
                let rest = u128::MAX.checked_shr(prefix).unwrap_or(0);
                let first = Ipv6Addr::from_bits(address.to_bits() & !rest);
                let last = Ipv6Addr::from_bits(address.to_bits() | rest);
                let network = match (first.to_ipv4_mapped(), last.to_ipv4_mapped()) {
                    (Some(first), Some(last)) => Self::V4(first, last),
                    _ => Self::V6(first, last),
                };
                (network, first.into())
            }
        }
    }
}

/// A number of decimal digits alone.
fn length(written: &str) -> Option<u32> {
    written.bytes().all(|byte| byte.is_ascii_digit()).then(|| written.parse().ok())?
}

impl Networks {
    /// Puts them in order.
    pub fn new(networks: impl IntoIterator<Item = Network>) -> Self {
        let (mut v4, mut v6) = (Vec::new(), Vec::new());
        for network in networks {
            match network {
                Network::V4(first, last) => v4.push((first, last)),
                Network::V6(first, last) => v6.push((first, last)),
            }
        }
        Self { v4: apart(v4), v6: apart(v6) }
    }

    /// Whether `text` is an address in one of them.
    #[must_use]
    pub fn contain(&self, text: &[u8]) -> bool {
        address(text).is_some_and(|address| self.hold(address))
    }

    /// Whether the address, which is not IPv4 in disguise, lies in one of them.
    #[must_use]
    pub fn hold(&self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(address) => has(&self.v4, address),
            IpAddr::V6(address) => has(&self.v6, address),
        }
    }
}

/// The address that `text` writes; IPv4 when it is IPv4 in disguise.
#[must_use]
pub fn address(text: &[u8]) -> Option<IpAddr> {
    let address: IpAddr = std::str::from_utf8(text).ok()?.parse().ok()?;
    Some(address.to_canonical())
}

/// Sorts them. Two networks are apart or one holds the other, which is then left out.
fn apart<A: Ord + Copy>(mut ranges: Vec<(A, A)>) -> Box<[(A, A)]> {
    ranges.sort_unstable_by(|a, b| a.0.cmp(&b.0).then(b.1.cmp(&a.1)));
    ranges.dedup_by(|inner, outer| inner.1 <= outer.1);
    ranges.into_boxed_slice()
}

fn has<A: Ord + Copy>(ranges: &[(A, A)], address: A) -> bool {
    let after = ranges.partition_point(|(first, _)| *first <= address);
    after.checked_sub(1).is_some_and(|before| address <= ranges[before].1)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    fn networks(texts: &[&str]) -> Networks {
        Networks::new(texts.iter().map(|text| Network::parse(text).unwrap()))
    }

    #[test]
    fn addresses_are_found_in_their_networks() {
        let some = networks(&["10.0.0.0/8", "10.1.0.0/16", "192.0.2.7", "2001:db8::/32"]);
        let cases = [
            ("10.255.255.255", true),
            ("10.1.2.3", true),
            ("11.0.0.0", false),
            ("9.255.255.255", false),
            ("192.0.2.7", true),
            ("192.0.2.8", false),
            ("2001:db8:ffff::1", true),
            ("2001:db9::", false),
            ("::ffff:10.0.0.1", true),
            ("::10.0.0.1", false),
            ("10.0.0.1 ", false),
            ("10.0.0.256", false),
            ("", false),
        ];
        for (address, wanted) in cases {
            assert_eq!(some.contain(address.as_bytes()), wanted, "{address}");
        }
    }

    #[test]
    fn all_of_one_family_is_not_all_of_the_other() {
        assert!(networks(&["0.0.0.0/0"]).contain(b"255.255.255.255"));
        assert!(!networks(&["0.0.0.0/0"]).contain(b"::1"));
        assert!(networks(&["::/0"]).contain(b"::1"));
        assert!(!networks(&["::/0"]).contain(b"1.2.3.4"));
        assert!(networks(&["::ffff:10.0.0.0/104"]).contain(b"10.9.9.9"));
    }

    #[test]
    fn misspelt_networks_are_explained() {
        let cases = [
            ("10.0.0.0/33", "`33` is not a prefix length"),
            ("10.0.0.0/+8", "`+8` is not a prefix length"),
            ("10.0.0.0/", "`` is not a prefix length"),
            ("10.0.0/8", "`10.0.0` is not an IP address"),
            ("10.1.0.0/8", "`10.1.0.0` is inside the network, not its first address"),
            ("localhost", "`localhost` is not an IP address"),
        ];
        for (text, label) in cases {
            assert_eq!(Network::parse(text).unwrap_err().label, label, "{text}");
        }
        let help = Network::parse("10.1.0.0/8").unwrap_err().help;
        assert_eq!(help, "did you mean `10.0.0.0/8` or the single address `10.1.0.0`?");
    }

    proptest! {
        #[test]
        fn lookup_agrees_with_asking_each_network(
            nets in prop::collection::vec((any::<u32>(), 0_u32..=32), 0..20),
            address: u32,
        ) {
            let found: Vec<_> = nets.iter()
                .map(|(bits, prefix)| Network::around(Ipv4Addr::from_bits(*bits).into(), *prefix).0)
                .collect();
            let address = Ipv4Addr::from_bits(address);
            let wanted = found.iter().any(|network| match network {
                Network::V4(first, last) => *first <= address && address <= *last,
                Network::V6(..) => false,
            });
            let networks = Networks::new(found);
            prop_assert_eq!(networks.contain(address.to_string().as_bytes()), wanted);
        }
    }
}
