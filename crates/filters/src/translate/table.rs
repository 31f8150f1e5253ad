//! A dictionary ready for questions.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use regex::bytes::{RegexSet, RegexSetBuilder};
use weir_component::condition::{Network, address};

use super::Matching;
use super::read::Entries;
use crate::entry::Entry;

/// Memory that all patterns of a dictionary may take, in bytes.
const PATTERNS_BYTES_MAX: usize = 64 << 20;

/// Entries, and how a question finds its own.
#[derive(Debug)]
pub(super) struct Table {
    entries: Vec<Entry>,
    index: Index,
}

#[derive(Debug)]
enum Index {
    Exact(HashMap<Box<[u8]>, usize>),
    Pattern(RegexSet),
    /// By the length of their prefixes, the longest first; then by their first address.
    Network(Lengths),
    /// From and to, in order and apart.
    Range(Vec<(f64, f64, usize)>),
    Part(AhoCorasick),
}

/// For each length of a prefix the networks by their first address.
type Lengths = Vec<(u32, HashMap<IpAddr, usize>)>;

/// What a dictionary says of a text.
#[derive(Debug)]
pub(super) enum Answer<'a> {
    Entry(&'a Entry),
    /// The text with its known parts replaced.
    Text(Vec<u8>),
}

impl Table {
    /// Puts entries in order; the error says which key is wrong.
    pub(super) fn new(entries: Entries, matching: Matching) -> Result<Self, String> {
        let keys = entries.iter().map(|(key, _)| key.as_str()).enumerate();
        let index = match matching {
            Matching::Exact => {
                Index::Exact(keys.map(|(i, key)| (key.as_bytes().into(), i)).collect())
            }
            Matching::Pattern => {
                let set = RegexSetBuilder::new(entries.iter().map(|(key, _)| key))
                    .size_limit(PATTERNS_BYTES_MAX)
                    .build();
                Index::Pattern(set.map_err(|why| reason(&why))?)
            }
            Matching::Network => Index::Network(networks(keys)?),
            Matching::Range => Index::Range(ranges(keys)?),
            Matching::Part => {
                let mut builder = AhoCorasickBuilder::new();
                let texts = entries.iter().map(|(key, _)| key);
                let found = builder.match_kind(MatchKind::LeftmostLongest).build(texts);
                Index::Part(found.map_err(|why| why.to_string())?)
            }
        };
        Ok(Self { entries: entries.into_iter().map(|(_, entry)| entry).collect(), index })
    }

    /// What the dictionary says of a text, if anything.
    pub(super) fn find(&self, text: &[u8]) -> Option<Answer<'_>> {
        let found = match &self.index {
            Index::Exact(keys) => keys.get(text).copied(),
            // The first that matches, in the order of the dictionary.
            Index::Pattern(set) => set.matches(text).iter().next(),
            Index::Network(lengths) => network(lengths, address(text)?),
            Index::Range(ranges) => {
                range(ranges, std::str::from_utf8(text).ok()?.trim().parse().ok()?)
            }
            Index::Part(parts) => return self.replaced(parts, text).map(Answer::Text),
        };
        self.entries.get(found?).map(Answer::Entry)
    }

    fn replaced(&self, parts: &AhoCorasick, text: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::new();
        let mut end = 0;
        for found in parts.find_iter(text) {
            out.extend_from_slice(&text[end..found.start()]);
            match self.entries.get(found.pattern().as_usize()) {
                Some(Entry::Text(value)) => out.extend_from_slice(value.as_bytes()),
                Some(Entry::Bool(it)) => out.extend_from_slice(it.to_string().as_bytes()),
                Some(Entry::Int(it)) => out.extend_from_slice(it.to_string().as_bytes()),
                Some(Entry::Float(it)) => out.extend_from_slice(it.to_string().as_bytes()),
                _ => {}
            }
            end = found.end();
        }
        if end == 0 && out.is_empty() {
            return None;
        }
        out.extend_from_slice(&text[end..]);
        Some(out)
    }
}

/// The sentence of a message that draws the pattern first.
fn reason(error: &regex::Error) -> String {
    let message = error.to_string();
    let last = message.lines().last().unwrap_or_default().trim();
    format!("a key is no regular expression: {}", last.trim_start_matches("error: "))
}

fn networks<'a>(keys: impl Iterator<Item = (usize, &'a str)>) -> Result<Lengths, String> {
    let mut lengths = Lengths::new();
    for (i, key) in keys {
        let network = Network::parse(key)
            .map_err(|wrong| format!("the key `{key}` is no network: {}", wrong.label))?;
        // IPv4 and IPv6 share a table for each length; their addresses differ anyway.
        let (first, bits) = match network {
            Network::V4(first, last) => {
                (first.into(), (first.to_bits() ^ last.to_bits()).leading_zeros())
            }
            Network::V6(first, last) => {
                (first.into(), (first.to_bits() ^ last.to_bits()).leading_zeros())
            }
        };
        match lengths.iter_mut().find(|(length, _)| *length == bits) {
            Some((_, firsts)) => drop(firsts.insert(first, i)),
            None => lengths.push((bits, HashMap::from([(first, i)]))),
        }
    }
    lengths.sort_by_key(|(bits, _)| std::cmp::Reverse(*bits));
    Ok(lengths)
}

/// The entry of the smallest network that an address lies in.
fn network(lengths: &[(u32, HashMap<IpAddr, usize>)], address: IpAddr) -> Option<usize> {
    lengths.iter().find_map(|(bits, firsts)| {
        let first: IpAddr = match address {
            IpAddr::V4(_) if *bits > 32 => return None,
            IpAddr::V4(it) => {
                let rest = u32::MAX.checked_shr(*bits).unwrap_or(0);
                Ipv4Addr::from_bits(it.to_bits() & !rest).into()
            }
            IpAddr::V6(it) => {
                let rest = u128::MAX.checked_shr(*bits).unwrap_or(0);
                Ipv6Addr::from_bits(it.to_bits() & !rest).into()
            }
        };
        firsts.get(&first).copied()
    })
}

fn ranges<'a>(
    keys: impl Iterator<Item = (usize, &'a str)>,
) -> Result<Vec<(f64, f64, usize)>, String> {
    let mut ranges = Vec::new();
    for (i, key) in keys {
        let (from, to) = bounds(key).ok_or_else(|| {
            format!("the key `{key}` is no range; write it like `200..299`, `500..` or `404`")
        })?;
        ranges.push((from, to, i));
    }
    ranges.sort_by(|a, b| a.0.total_cmp(&b.0));
    if ranges.windows(2).any(|pair| pair[1].0 <= pair[0].1) {
        return Err("two ranges have numbers in common".to_owned());
    }
    Ok(ranges)
}

/// The first and the last number of a range.
fn bounds(key: &str) -> Option<(f64, f64)> {
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|it| it.is_finite());
    let (from, to) = if let Some((from, to)) = key.split_once("..") {
        let open = |text: &str, open: f64| {
            if text.trim().is_empty() { Some(open) } else { number(text) }
        };
        (open(from, f64::NEG_INFINITY)?, open(to, f64::INFINITY)?)
    } else if let Some(only) = number(key) {
        (only, only)
    } else {
        // The first character may be a sign.
        let dash = key.char_indices().skip(1).find(|(_, it)| *it == '-')?.0;
        (number(&key[..dash])?, number(&key[dash + 1..])?)
    };
    (from <= to).then_some((from, to))
}

fn range(ranges: &[(f64, f64, usize)], number: f64) -> Option<usize> {
    let after = ranges.partition_point(|(from, _, _)| *from <= number);
    let (_, to, i) = ranges.get(after.checked_sub(1)?)?;
    (number <= *to).then_some(*i)
}
