//! Asking the machine: the files in which Linux says what it is.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;

use weir_host::{Host, read_all};

use super::Fact;
use crate::entry::Entry;

/// The largest of the files that are read. The routes of a large router have several megabytes.
const FILE_BYTES_MAX: u64 = 16 << 20;

/// Most addresses of one kind. A machine with containers may have hundreds, nobody needs more.
const ADDRESSES_MAX: usize = 256;

/// The fields for a fact, below the target; none if the machine does not tell.
pub(super) fn gather(fact: Fact, host: &Host) -> Vec<(&'static str, Entry)> {
    let text = |text: &str| Entry::Text(text.into());
    match fact {
        Fact::Name => vec![("name", text(&host.name))],
        Fact::Id => {
            let id = read(host, "/etc/machine-id").unwrap_or_default();
            let id = id.trim();
            if id.is_empty() { Vec::new() } else { vec![("id", text(id))] }
        }
        Fact::Architecture => vec![("architecture", text(std::env::consts::ARCH))],
        Fact::Os => {
            let release = read(host, "/etc/os-release")
                .or_else(|| read(host, "/usr/lib/os-release"))
                .unwrap_or_default();
            let kernel = read(host, "/proc/sys/kernel/osrelease").unwrap_or_default();
            let found = [
                ("os.type", Some(std::env::consts::OS.to_owned())),
                ("os.platform", variable(&release, "ID")),
                ("os.name", variable(&release, "NAME")),
                ("os.version", variable(&release, "VERSION_ID")),
                ("os.full", variable(&release, "PRETTY_NAME")),
                ("os.kernel", Some(kernel.trim().to_owned()).filter(|it| !it.is_empty())),
            ];
            found.into_iter().filter_map(|(name, it)| Some((name, text(&it?)))).collect()
        }
        Fact::Ip => {
            let mut found = local_v4(&read(host, "/proc/net/fib_trie").unwrap_or_default());
            found.extend(local_v6(&read(host, "/proc/net/if_inet6").unwrap_or_default()));
            list("ip", found)
        }
        Fact::Mac => list("mac", cards(host)),
    }
}

fn read(host: &Host, path: &str) -> Option<String> {
    let content = read_all(&*host.files, Path::new(path), FILE_BYTES_MAX).ok()?;
    String::from_utf8(content).ok()
}

fn list(name: &'static str, mut found: Vec<String>) -> Vec<(&'static str, Entry)> {
    found.truncate(ADDRESSES_MAX);
    if found.is_empty() {
        return Vec::new();
    }
    let items = found.into_iter().map(|it| Entry::Text(it.into())).collect();
    vec![(name, Entry::List(items))]
}

/// A variable of `os-release`, whose values may stand in quotes.
fn variable(release: &str, name: &str) -> Option<String> {
    let line = release.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    let value = line.trim().trim_matches(['"', '\'']);
    (!value.is_empty()).then(|| value.to_owned())
}

/// The addresses that the routes call local: the line before says which.
fn local_v4(routes: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut last = None;
    for line in routes.lines().map(str::trim) {
        if let Some(address) = line.strip_prefix("|-- ") {
            last = address.parse::<Ipv4Addr>().ok();
        } else if line.starts_with("/32 host LOCAL")
            && let Some(address) = last.take().filter(|it| !it.is_loopback())
        {
            let address = address.to_string();
            if !found.contains(&address) && found.len() < ADDRESSES_MAX {
                found.push(address);
            }
        }
    }
    found
}

/// Lines that begin with an address in 32 digits.
fn local_v6(addresses: &str) -> Vec<String> {
    let address = |line: &str| {
        let bits = u128::from_str_radix(line.split_whitespace().next()?, 16).ok()?;
        let address = Ipv6Addr::from_bits(bits);
        (!address.is_loopback()).then(|| address.to_string())
    };
    addresses.lines().filter_map(address).take(ADDRESSES_MAX).collect()
}

/// The addresses of network cards, written as ECS wants them.
fn cards(host: &Host) -> Vec<String> {
    let folder = Path::new("/sys/class/net");
    let mut cards = host.files.list(folder).unwrap_or_default();
    cards.sort_by(|a, b| a.path.cmp(&b.path));
    let mut found = Vec::new();
    for card in cards.into_iter().take(ADDRESSES_MAX) {
        let path = card.path.join("address");
        let Some(text) = path.to_str().and_then(|path| read(host, path)) else { continue };
        let address = text.trim().replace(':', "-").to_ascii_uppercase();
        let is_none = address.bytes().all(|byte| matches!(byte, b'0' | b'-'));
        if !is_none && !found.contains(&address) {
            found.push(address);
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn local_addresses_are_found_among_the_routes() {
        let routes = "Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- 0.0.0.0\n        /0 universe UNICAST\n\
                      |-- 127.0.0.1\n/32 host LOCAL\n|-- 192.0.2.0\n/24 link UNICAST\n\
                      |-- 192.0.2.2\n/32 host LOCAL\n|-- 192.0.2.255\n/32 link BROADCAST\n\
                      Local:\n|-- 192.0.2.2\n/32 host LOCAL\n|-- x\n/32 host LOCAL\n";
        assert_eq!(local_v4(routes), ["192.0.2.2"]);
        let addresses = "20010db8000000000000000000000002 04 40 00 82     eth0\n\
                         00000000000000000000000000000001 01 80 10 80       lo\nnonsense\n";
        assert_eq!(local_v6(addresses), ["2001:db8::2"]);
    }

    #[test]
    fn variables_may_stand_in_quotes() {
        let release = "NAME=\"Debian GNU/Linux\"\nID=debian\nVERSION_ID='12'\nEMPTY=\"\"\n";
        let found = |name: &str| variable(release, name).unwrap_or_default();
        assert_eq!(found("NAME"), "Debian GNU/Linux");
        assert_eq!((found("ID").as_str(), found("VERSION_ID").as_str()), ("debian", "12"));
        assert_eq!(variable(release, "EMPTY"), None);
    }
}
