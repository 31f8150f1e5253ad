//! The `host-metadata` filter: what machine an event was read on.

mod facts;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arc_swap::ArcSwapOption;
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{EventMut, Key};
use weir_host::Host;

use crate::entry::Entry;
use crate::subtree::is_there;

/// How long facts are believed. Addresses change when a network comes up, names hardly ever.
const BELIEVED: Duration = Duration::from_mins(1);

/// Adds what machine the event was read on.
///
/// The facts are gathered when the pipeline starts, and again every minute, not for each event:
///
/// ```text
/// host.name          web-1
/// host.id            0b5a2cfe1d3f4c0e8a5e4f7c21f0c9aa   (the machine's id)
/// host.architecture  x86_64
/// host.os            {"type": "linux", "platform": "debian", "name": "Debian GNU/Linux",
///                     "version": "12", "full": "Debian GNU/Linux 12 (bookworm)",
///                     "kernel": "6.1.0-18-amd64"}
/// host.ip            ["192.0.2.2", "2001:db8::2"]       (without loopback)
/// host.mac           ["02-FC-00-00-00-01"]
/// ```
///
/// What the machine does not tell is left out; addresses are told on Linux only.
///
/// # Example
///
/// ```toml
/// type = "host-metadata"
/// facts = ["name", "architecture"]
/// override = false
/// ```
/// ```json
/// {"host": {"name": "elsewhere", "architecture": "aarch64"}}
/// ```
/// stays as it is, for an event that was forwarded by another machine. So does, below another
/// field:
///
/// ```toml
/// type = "host-metadata"
/// target = "observer"
/// facts = "name"
/// override = false
/// ```
/// ```json
/// {"observer": {"name": "gate-1"}}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct HostMetadata {
    /// The field below which the facts go.
    #[serde(default = "host")]
    target: FieldPath,
    /// Which facts are added: one or several. Unless set, all.
    #[serde(default = "all")]
    facts: At<OneOrMany<Fact>>,
    /// Whether values that an event has already are replaced.
    #[serde(default = "yes")]
    r#override: bool,
}

/// What can be known of a machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Fact {
    /// Its name.
    Name,
    /// An id that no other machine has.
    Id,
    /// The kind of its processor.
    Architecture,
    /// Its operating system.
    Os,
    /// Its addresses.
    Ip,
    /// The addresses of its network cards.
    Mac,
}

fn host() -> FieldPath {
    FieldPath::try_from("host".to_owned()).expect("it is a field's name")
}

fn all() -> At<OneOrMany<Fact>> {
    use Fact::{Architecture, Id, Ip, Mac, Name, Os};
    At::from(OneOrMany::from(vec![Name, Id, Architecture, Os, Ip, Mac]))
}

fn yes() -> bool {
    true
}

impl Configure for HostMetadata {
    const NAME: &'static str = "host-metadata";
}

impl FilterConfig for HostMetadata {
    type Filter = Introducer;

    fn build(self) -> Result<Introducer, Diagnostic> {
        if self.facts.is_empty() {
            return Err(Diagnostic::error("`facts` names nothing")
                .at(&self.facts, "an empty list")
                .help("name at least one, or leave it out for all"));
        }
        Ok(Introducer {
            target: self.target,
            facts: self.facts.into_inner().into_vec(),
            replaces: self.r#override,
            known: ArcSwapOption::empty(),
            looked: Mutex::default(),
        })
    }
}

/// Adds facts about the machine.
#[derive(Debug)]
pub(crate) struct Introducer {
    target: FieldPath,
    facts: Vec<Fact>,
    replaces: bool,
    known: ArcSwapOption<Vec<(Key, Entry)>>,
    /// When the facts were gathered.
    looked: Mutex<Option<Duration>>,
}

impl Filter for Introducer {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let known = self.known.load();
        for (key, entry) in known.iter().flat_map(|known| known.iter()) {
            if self.replaces || !is_there(event, *key) {
                let value = entry.value(event.arena());
                event.set(*key, value);
            }
        }
        Ok(Keep::Yes)
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        let now = host.clock.elapsed();
        let mut looked = self.looked.lock().unwrap_or_else(PoisonError::into_inner);
        if looked.is_some_and(|then| now < then + BELIEVED) {
            return Ok(());
        }
        *looked = Some(now);
        let found = self.facts.iter().flat_map(|fact| facts::gather(*fact, host));
        let known = found.map(|(name, entry)| (self.target.below(name), entry)).collect();
        self.known.store(Some(Arc::new(known)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[test]
    fn a_machine_knows_its_name_and_kind() {
        let bench = Bench::new(FILTERS, "type = \"host-metadata\"").unwrap();
        let became = bench.pass(&json!({ "host": {"name": "old", "x": 1} })).unwrap().unwrap();
        let host = &became["host"];
        assert_eq!(host["name"], Json::from(&*weir_host::Host::real().name));
        assert_eq!(host["architecture"], json!(std::env::consts::ARCH));
        assert_eq!(host["os"]["type"], json!(std::env::consts::OS));
        assert_eq!(host["x"], json!(1));
    }

    #[test]
    fn only_the_wanted_facts_are_added() {
        let settings = "type = \"host-metadata\"\ntarget = \"o\"\nfacts = \"architecture\"";
        let became = Bench::new(FILTERS, settings).unwrap().pass(&json!({})).unwrap().unwrap();
        assert_eq!(became["o"], json!({ "architecture": std::env::consts::ARCH }));
        assert!(Bench::new(FILTERS, "type = \"host-metadata\"\nfacts = []").is_err());
    }
}
