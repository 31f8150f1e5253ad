//! The databases in use, and what was found in them lately. A reload makes a new atlas, so what
//! the old one remembers goes with it.

use std::net::IpAddr;
use std::path::{Path, PathBuf};

use maxminddb::{MaxMindDbError, Metadata, Reader};
use weir_component::FilterError;
use weir_config::in_words;
use weir_host::{Host, read_all};

use super::TAG;
use super::fact::Legend;
use super::record::Record;
use crate::lookup::{Answer, Recall, Recalled, unreadable};

/// The largest database, in bytes. The largest that MaxMind sells has about a third of it.
const DATABASE_BYTES_MAX: u64 = 512 << 20;

/// How many addresses are remembered: a few megabytes, and most of what a busy site sees within
/// minutes.
const RECENT: usize = 16_384;

/// The longest address as text: IPv6 with an IPv4 tail and the name of a network interface.
const ADDRESS_BYTES_MAX: usize = 64;

/// How many addresses are tried when a database is opened.
const PROBES: u32 = 512;

type Found = Result<Answer, FilterError>;

/// An answer from the memory.
pub(super) struct Finding<'a>(Recalled<'a, Found>);

impl Finding<'_> {
    pub(super) fn answer(&self) -> &Found {
        self.0.answer()
    }
}

#[derive(Debug)]
pub(super) struct Atlas {
    databases: Vec<Reader<Vec<u8>>>,
    recent: Recall<Found>,
}

impl Atlas {
    /// Reads the databases; the error is a sentence for the operator.
    pub(super) fn open(host: &Host, paths: &[PathBuf], legend: &Legend) -> Result<Self, String> {
        let mut databases = Vec::with_capacity(paths.len());
        for path in paths {
            let content = read_all(&*host.files, path, DATABASE_BYTES_MAX)
                .map_err(|why| unreadable(path, &why))?;
            let shown = path.display();
            let database = Reader::from_source(content).map_err(|why| {
                format!("`{shown}` is no MaxMind database, or a damaged one: {why}")
            })?;
            check_type(path, &database.metadata().database_type)?;
            check_language(path, database.metadata(), &legend.language)?;
            probe(&database).map_err(|why| format!("the database `{shown}` is damaged: {why}"))?;
            databases.push(database);
        }
        Ok(Self { databases, recent: Recall::new(RECENT) })
    }

    /// What is known of an address; nothing if the text is too long to be one.
    pub(super) fn find(&self, address: &[u8], legend: &Legend) -> Option<Finding<'_>> {
        (address.len() <= ADDRESS_BYTES_MAX)
            .then(|| Finding(self.recent.ask(address, || self.look_up(address, legend))))
    }

    fn look_up(&self, text: &[u8], legend: &Legend) -> Found {
        let Some(address) = parse(text) else { return Err(FilterError::tagged(TAG)) };
        let mut answer = Answer::default();
        if !has_place(address) {
            return Ok(answer);
        }
        let mut is_known = false;
        for database in &self.databases {
            let damaged =
                |why| FilterError::because(TAG, format!("the database is damaged: {why}"));
            if let Some(record) = record(database, address).map_err(damaged)? {
                is_known = true;
                record.fill(&mut answer, legend);
            }
        }
        if is_known { Ok(answer) } else { Err(FilterError::tagged(TAG)) }
    }
}

fn check_type(path: &Path, kind: &str) -> Result<(), String> {
    const KINDS: [&str; 5] = ["City", "Country", "Enterprise", "ASN", "ISP"];
    if KINDS.iter().any(|known| kind.contains(known)) {
        return Ok(());
    }
    let shown = path.display();
    let kinds = in_words(&KINDS, "or");
    Err(format!("the database `{shown}` is of the type `{kind}`; take one of the type {kinds}"))
}

/// Of what names places, a database lists the languages; a misspelt one would go unnoticed. The
/// names of networks have no language.
fn check_language(path: &Path, metadata: &Metadata, wanted: &str) -> Result<(), String> {
    let known = &metadata.languages;
    let names_places = !["ASN", "ISP"].iter().any(|kind| metadata.database_type.contains(kind));
    if !names_places || known.is_empty() || known.iter().any(|it| it == wanted) {
        return Ok(());
    }
    let (shown, known) = (path.display(), in_words(known, "and"));
    Err(format!("the database `{shown}` has no names in the language `{wanted}`, only in {known}"))
}

/// Looks at addresses all over the tree, so that a damaged file is noticed before it is used.
fn probe(database: &Reader<Vec<u8>>) -> Result<(), MaxMindDbError> {
    let step = u32::MAX / PROBES;
    for i in 0..PROBES {
        record(database, IpAddr::from((i * step).to_be_bytes()))?;
        // Global unicast addresses begin with 0010.
        let high = 0x2000_0000 + i * (step / 8);
        record(database, IpAddr::from((u128::from(high) << 96).to_be_bytes()))?;
    }
    Ok(())
}

fn record(
    database: &Reader<Vec<u8>>,
    address: IpAddr,
) -> Result<Option<Record<'_>>, MaxMindDbError> {
    if address.is_ipv6() && database.metadata().ip_version == 4 {
        return Ok(None);
    }
    database.lookup(address)?.decode()
}

/// The address in a text, without the network interface that link-local ones may carry.
fn parse(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Whether an address can be anywhere in particular.
pub(super) fn has_place(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => {
            let [first, second, ..] = it.octets();
            let is_shared = first == 100 && second & 0xC0 == 64;
            !(it.is_private() || it.is_loopback() || it.is_link_local() || is_shared)
        }
        IpAddr::V6(it) => !(it.is_loopback() || it.is_unique_local() || it.is_unicast_link_local()),
    }
}
