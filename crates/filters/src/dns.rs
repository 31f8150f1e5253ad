//! The `dns` filter: names of addresses, and addresses of names.
//!
//! Workers never wait for a name server. They look into a memory of fixed size; what is not in
//! there is asked for by a thread of the filter's own, and answers a later event. Why is in
//! `docs/decisions/0012-dns-answers-from-a-memory.md`.

mod message;
mod resolver;
mod slot;

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, OnceLock};

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Complaint, Diagnostic, OneOrMany, Period};
use weir_event::{EventMut, Key, Value};
use weir_host::{Host, read_all};

use self::resolver::{Ask, Limits};
use self::slot::Slot;
use crate::lookup::{Question, Recall};

const FAILURE: &str = "_dnsfailure";

/// Where name servers wait for questions.
const PORT: u16 = 53;

/// Most questions that wait to be asked. A worker meets more new addresses than that only in a
/// storm, and then most of them once.
const WAITING_MAX: usize = 1_024;

/// The longest name, in bytes, as RFC 1035 has it; an address is shorter.
const NAME_BYTES_MAX: usize = 253;

/// The largest `resolv.conf`, in bytes.
const SETTINGS_BYTES_MAX: u64 = 1 << 20;

/// Looks up the names of addresses, or the addresses of names.
///
/// No event waits for a name server: the filter answers from its memory. An event with something
/// new in it passes unchanged, with the tag `tag-on-miss` if one is set, while the question is
/// asked in the background; events that come after the answer get it. An answer is kept as long as
/// the server says, between `ttl-min` and `ttl-max`, and is still given while it is asked for
/// again. That there is no answer is remembered for `failed-ttl`.
///
/// So this fits logs in which the same addresses come again and again; where each event must have
/// its answer it does not fit.
///
/// ```text
/// {"source": {"ip": "192.0.2.1"}}   the first stays as it is
/// {"source": {"ip": "192.0.2.1"}}   a later one becomes
/// {"source": {"ip": "192.0.2.1", "domain": "gate.example.org"}}
/// ```
///
/// A name server gets at most 256 questions at once; up to 1,024 more wait, and what is beyond that
/// is asked with a later event. Answers that do not fit a datagram are not read.
///
/// Events without the field pass unchanged. What is no address, or no name, gets the tag
/// `_dnsfailure`.
///
/// # Example
///
/// ```toml
/// type = "dns"
/// field = "source.ip"
/// servers = "192.0.2.53"
/// ```
/// ```json
/// {"source": {"ip": "unknown"}}
/// ```
/// becomes
/// ```json
/// {
///   "source": {"ip": "unknown"},
///   "tags": ["_dnsfailure"],
///   "error": {"message": "dns-1: `source.ip` holds no address"}
/// }
/// ```
/// Without the field:
/// ```json
/// {"message": "hello"}
/// ```
/// stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Dns {
    /// The field with the address or the name. Of a list the first item is looked up.
    #[serde(default = "source_ip")]
    field: FieldPath,
    /// What is looked up.
    #[serde(default)]
    lookup: Lookup,
    /// The field that gets the answer: a name, or a list of addresses. Unless set, `domain` or `ip`
    /// beside the field.
    target: Option<FieldPath>,
    /// The name servers: addresses, with a port if it is not 53. Unless set, those of
    /// `/etc/resolv.conf`.
    #[serde(default, alias = "nameserver")]
    servers: OneOrMany<Server>,
    /// How long a server has time for an answer.
    #[serde(default = "two_seconds")]
    timeout: Period,
    /// How often a question is asked, of one server after the other.
    #[serde(default = "twice")]
    attempts: At<u8>,
    /// How many answers are remembered.
    #[serde(default = "many", alias = "hit-cache-size")]
    cache_size: At<usize>,
    /// The shortest time that an answer is kept.
    #[serde(default = "one_minute")]
    ttl_min: Period,
    /// The longest time that an answer is kept.
    #[serde(default = "one_day")]
    ttl_max: Period,
    /// How long it is remembered that there is no answer.
    #[serde(default = "one_minute")]
    failed_ttl: Period,
    /// A tag for events whose answer is not known yet.
    tag_on_miss: Option<String>,
}

/// What is looked up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Lookup {
    /// The name of an address.
    #[default]
    #[serde(alias = "ptr")]
    Reverse,
    /// The IPv4 addresses of a name.
    #[serde(alias = "a")]
    Forward,
    /// The IPv6 addresses of a name.
    #[serde(alias = "aaaa")]
    ForwardIpv6,
}

/// The address of a name server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
struct Server(SocketAddr);

impl TryFrom<String> for Server {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        let with_port = text.parse::<IpAddr>().map(|address| SocketAddr::new(address, PORT));
        with_port.or_else(|_| text.parse()).map(Self).map_err(|_| {
            Complaint::new(format!("`{text}` is not the address of a server"))
                .help("write it like `192.0.2.53` or `[2001:db8::53]:5353`")
        })
    }
}

impl JsonSchema for Server {
    fn schema_name() -> Cow<'static, str> {
        "Server".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "address", "examples": ["192.0.2.53"] })
    }
}

fn source_ip() -> FieldPath {
    FieldPath::try_from("source.ip".to_owned()).expect("it is a field's name")
}

fn two_seconds() -> Period {
    Period::seconds(2)
}

fn one_minute() -> Period {
    Period::minutes(1)
}

fn one_day() -> Period {
    Period::days(1)
}

fn twice() -> At<u8> {
    At::from(2)
}

fn many() -> At<usize> {
    At::from(16_384)
}

impl Configure for Dns {
    const NAME: &'static str = "dns";
}

impl FilterConfig for Dns {
    type Filter = Asker;

    fn build(self) -> Result<Asker, Diagnostic> {
        if *self.attempts == 0 {
            return Err(Diagnostic::error("a question that is never asked has no answer")
                .at(&self.attempts, "")
                .help("write at least 1"));
        }
        // A million answers take some hundred megabytes.
        if !(1..=1_000_000).contains(&*self.cache_size) {
            return Err(Diagnostic::error("`cache-size` is out of bounds")
                .at(&self.cache_size, "")
                .help("write a number from 1 to 1000000"));
        }
        let field = self.field.key();
        let name = if self.lookup == Lookup::Reverse { "domain" } else { "ip" };
        let target = self.target.map_or_else(
            || match field.name().rsplit_once('.') {
                Some((parent, _)) => Key::named(&format!("{parent}.{name}")),
                None => Key::named(name),
            },
            FieldPath::key,
        );
        let limits = Limits {
            timeout: self.timeout.as_duration(),
            attempts: *self.attempts,
            ttl_min: self.ttl_min.as_duration(),
            ttl_max: self.ttl_max.as_duration().max(self.ttl_min.as_duration()),
            failed_ttl: self.failed_ttl.as_duration(),
        };
        Ok(Asker {
            field,
            target,
            lookup: self.lookup,
            servers: self.servers.into_iter().map(|server| server.0).collect(),
            limits,
            known: Recall::new(*self.cache_size),
            now: AtomicU64::new(0),
            questions: OnceLock::new(),
            tag_on_miss: self.tag_on_miss,
        })
    }
}

/// Answers from its memory, and has questions asked.
#[derive(Debug)]
pub(crate) struct Asker {
    field: Key,
    target: Key,
    lookup: Lookup,
    servers: Vec<SocketAddr>,
    limits: Limits,
    known: Recall<Arc<Slot>>,
    /// The host's clock in seconds, as it was when the filter was last refreshed.
    now: AtomicU64,
    questions: OnceLock<SyncSender<Ask>>,
    tag_on_miss: Option<String>,
}

impl Filter for Asker {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let text = match Question::of(event.as_ref(), self.field) {
            Question::None => return Ok(Keep::Yes),
            Question::Text(text) if self.is_question(text) => text,
            Question::Text(_) | Question::Other => return Err(self.failure()),
        };
        let slot = Arc::clone(self.known.ask(text, Arc::default).answer());
        // Looked at before it is asked for, so that how fast a server is changes nothing.
        let known = slot.answer();
        if slot.is_due(self.now.load(Ordering::Relaxed)) {
            self.have_asked(&slot, text);
        }
        match known.as_deref() {
            Some(answers) => self.put(event, answers),
            None => {
                if let Some(tag) = &self.tag_on_miss {
                    event.add_tag(tag);
                }
            }
        }
        Ok(Keep::Yes)
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        let servers =
            if self.servers.is_empty() { known_servers(host) } else { self.servers.clone() };
        if servers.is_empty() {
            return Err("no name server is known; name one with `servers`".to_owned());
        }
        if self.questions.get().is_none() {
            let (sender, questions) = std::sync::mpsc::sync_channel(WAITING_MAX);
            resolver::start(servers, questions, self.limits, host.clock.clone())?;
            // Whoever was faster has started another; this one ends with its sender.
            drop(self.questions.set(sender));
        }
        self.refresh(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        self.now.store(host.clock.elapsed().as_secs(), Ordering::Relaxed);
        Ok(())
    }
}

impl Asker {
    fn is_question(&self, text: &[u8]) -> bool {
        match self.lookup {
            Lookup::Reverse => address(text).is_some(),
            Lookup::Forward | Lookup::ForwardIpv6 => {
                text.len() <= NAME_BYTES_MAX && message::labels(text).is_some()
            }
        }
    }

    /// Hands a question to the resolver, unless too many wait already.
    fn have_asked(&self, slot: &Arc<Slot>, text: &[u8]) {
        let Some(questions) = self.questions.get() else { return };
        if !slot.claim() {
            return;
        }
        let question = match self.lookup {
            Lookup::Reverse => address(text).map(message::Question::name_of),
            Lookup::Forward => message::Question::addresses_of(text, message::ADDRESS),
            Lookup::ForwardIpv6 => message::Question::addresses_of(text, message::ADDRESS_V6),
        };
        let is_asked = question.is_some_and(|question| {
            questions.try_send(Ask { slot: Arc::clone(slot), question }).is_ok()
        });
        if !is_asked {
            slot.give_up();
        }
    }

    fn put(&self, event: &mut EventMut<'_>, answers: &[String]) {
        match (self.lookup, answers) {
            (_, []) => {}
            (Lookup::Reverse, [first, ..]) => event.set_text(self.target, first.as_bytes()),
            (_, answers) => {
                let arena = event.arena();
                let items = answers.iter().map(|it| Value::Text(arena.append(it.as_bytes())));
                let items = items.collect();
                event.set(self.target, Value::List(items));
            }
        }
    }

    #[cold]
    fn failure(&self) -> FilterError {
        let what = if self.lookup == Lookup::Reverse { "address" } else { "name" };
        FilterError::because(FAILURE, format!("`{}` holds no {what}", self.field))
    }
}

/// The address in a text, without the network interface that link-local ones may carry.
fn address(text: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(text.get(..text.len().min(64))?).ok()?;
    let text = text.split_once('%').map_or(text, |(address, _)| address);
    text.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// The servers that the machine itself asks.
fn known_servers(host: &Host) -> Vec<SocketAddr> {
    let content = read_all(&*host.files, Path::new("/etc/resolv.conf"), SETTINGS_BYTES_MAX);
    let text = String::from_utf8(content.unwrap_or_default()).unwrap_or_default();
    let server = |line: &str| {
        let mut words = line.split_whitespace();
        let is_server = words.next() == Some("nameserver");
        let address = address(words.next()?.as_bytes()).filter(|_| is_server)?;
        Some(SocketAddr::new(address, PORT))
    };
    text.lines().filter_map(server).take(3).collect()
}

#[cfg(test)]
mod tests;
