//! The `cidr` filter: whether an address lies in networks.

use std::net::IpAddr;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::condition::{Network, Networks, address};
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{EventMut, EventRef, Key, Value, ValueRef};
use weir_host::Host;

use crate::given::Given;
use crate::lookup::Loaded;
use crate::networks::{NetworkSetting, read_list};

const FAILURE: &str = "_cidrfailure";

/// Marks events with an address in certain networks.
///
/// The addresses of all `fields` are looked at, of a list each item. If one of them lies in one of
/// the networks, the event gets the tags `add-tag`, and the field `target` the `value`. The
/// networks are written in the settings, in a file, or in a field of the event.
///
/// In a file each line holds a network, and `#` begins a comment. The file is read when the
/// pipeline starts and again when it changes; if it is then damaged, that is reported, and the old
/// list stays in use. It may have 64 MiB.
///
/// Besides networks such as `10.0.0.0/8` and `2001:db8::/32` and single addresses, these words are
/// known: `private`, `loopback`, `link-local`, `multicast` and `carrier` (the addresses that
/// providers share among their customers).
///
/// Events without the fields pass unchanged. If none of the addresses lies in a network and a text
/// is no address, the event gets the tag `_cidrfailure`. In a condition, `source.ip in cidr("…")`
/// asks the same.
///
/// # Example
///
/// ```toml
/// type = "cidr"
/// fields = "source.ip"
/// networks = ["private", "2001:db8::/32"]
/// add-tag = "internal"
/// target = "source.internal"
/// ```
/// ```json
/// {"source": {"ip": "10.1.2.3"}}
/// ```
/// becomes
/// ```json
/// {"source": {"ip": "10.1.2.3", "internal": true}, "tags": ["internal"]}
/// ```
/// An address elsewhere:
/// ```json
/// {"source": {"ip": "192.0.2.1"}}
/// ```
/// stays as it is. And what is no address:
/// ```json
/// {"source": {"ip": "unknown"}}
/// ```
/// becomes
/// ```json
/// {
///   "source": {"ip": "unknown"},
///   "tags": ["_cidrfailure"],
///   "error": {"message": "cidr-1: `source.ip` holds no address"}
/// }
/// ```
///
/// With networks from the event, and a value for both cases:
///
/// ```toml
/// type = "cidr"
/// fields = "client"
/// networks-field = "office"
/// target = "place"
/// value = "office"
/// otherwise = "elsewhere"
/// ```
/// ```json
/// {"client": "192.0.2.1", "office": ["10.0.0.0/8", "198.51.100.0/24"]}
/// ```
/// becomes
/// ```json
/// {
///   "client": "192.0.2.1",
///   "office": ["10.0.0.0/8", "198.51.100.0/24"],
///   "place": "elsewhere"
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Cidr {
    /// The field with the address, or several.
    #[serde(alias = "field", alias = "address")]
    fields: OneOrMany<FieldPath>,
    /// The networks.
    #[serde(default, alias = "network")]
    networks: Option<At<OneOrMany<NetworkSetting>>>,
    /// A file with a network in each line, instead of `networks`.
    #[serde(alias = "network-path")]
    networks_file: Option<At<PathBuf>>,
    /// A field of the event that holds the networks, instead of `networks`.
    networks_field: Option<At<FieldPath>>,
    /// What tags the event gets.
    #[serde(default)]
    add_tag: OneOrMany<String>,
    /// The field that gets `value`.
    target: Option<FieldPath>,
    /// What `target` gets if an address lies in a network. Unless set, `true`.
    value: Option<Given>,
    /// What `target` gets if none does. Unless set, it stays as it is.
    otherwise: Option<Given>,
}

impl Configure for Cidr {
    const NAME: &'static str = "cidr";
}

impl FilterConfig for Cidr {
    type Filter = Marker;

    fn build(self) -> Result<Marker, Diagnostic> {
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field").help("name at least one"));
        }
        if self.add_tag.is_empty() && self.target.is_none() {
            return Err(Diagnostic::error("neither `add-tag` nor `target` is set")
                .help("write it like `add-tag = \"internal\"`"));
        }
        let list = match (self.networks, self.networks_file, self.networks_field) {
            (Some(networks), None, None) => {
                let networks = networks.into_inner().into_iter().flat_map(|it| it.0);
                List::Fixed(Networks::new(networks))
            }
            (None, Some(path), None) => List::File(Loaded::from_files(vec![path.into_inner()])),
            (None, None, Some(field)) => List::Field(field.key()),
            (None, None, None) => {
                return Err(Diagnostic::error("no networks are given")
                    .help("write it like `networks = [\"10.0.0.0/8\"]`"));
            }
            (networks, file, field) => {
                let places = [networks.and_then(|it| it.span()), file.and_then(|it| it.span())];
                let places = places.into_iter().flatten().chain(field.and_then(|it| it.span()));
                let title = "`networks`, `networks-file` and `networks-field` exclude each other";
                let mistake = Diagnostic::error(title).help("take out all but one");
                return Err(places.fold(mistake, |mistake, place| mistake.at(place, "")));
            }
        };
        Ok(Marker {
            fields: self.fields.iter().map(|field| field.key()).collect(),
            list,
            tags: self.add_tag.into_vec(),
            target: self.target.map(FieldPath::key),
            value: self.value.unwrap_or(Given::Bool(true)),
            otherwise: self.otherwise,
        })
    }
}

/// Marks events by their addresses.
#[derive(Debug)]
pub(crate) struct Marker {
    fields: Vec<Key>,
    list: List,
    tags: Vec<String>,
    target: Option<Key>,
    value: Given,
    otherwise: Option<Given>,
}

/// Where the networks come from.
#[derive(Debug)]
enum List {
    Fixed(Networks),
    File(Loaded<Networks>),
    Field(Key),
}

/// What was found of an event's addresses; what counts more comes later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Found {
    /// There is none.
    Nothing,
    /// None lies in a network.
    Outside,
    /// None does, and something is no address.
    Other,
    /// One does.
    Inside,
}

impl Filter for Marker {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let seen = event.as_ref();
        let (found, key) = match &self.list {
            List::Fixed(networks) => self.look(seen, |address| networks.hold(address)),
            List::File(loaded) => match loaded.current().as_deref() {
                Some(networks) => self.look(seen, |address| networks.hold(address)),
                None => return Err(FilterError::because(FAILURE, "the networks were not read")),
            },
            List::Field(key) => match seen.view(*key) {
                Some(value) => self.look(seen, |address| value_holds(value, address)),
                None => (Found::Nothing, *key),
            },
        };
        let given = match found {
            Found::Nothing => return Ok(Keep::Yes),
            Found::Inside => {
                self.tags.iter().for_each(|tag| event.add_tag(tag));
                Some(&self.value)
            }
            Found::Outside | Found::Other => self.otherwise.as_ref(),
        };
        if let (Some(target), Some(given)) = (self.target, given) {
            let value = given
                .value(event)
                .map_err(|missing| FilterError::because(FAILURE, missing.to_string()))?;
            event.set(target, value);
        }
        match found {
            Found::Other => Err(FilterError::because(FAILURE, format!("`{key}` holds no address"))),
            _ => Ok(Keep::Yes),
        }
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        match &self.list {
            List::File(loaded) => loaded.refresh(host, |paths| {
                let path = paths.first().ok_or("no file is named")?;
                read_list(host, path)
            }),
            List::Fixed(_) | List::Field(_) => Ok(()),
        }
    }
}

impl Marker {
    /// What was found, and in the end in which field.
    fn look(&self, event: EventRef<'_>, holds: impl Fn(IpAddr) -> bool) -> (Found, Key) {
        let mut all = (Found::Nothing, self.fields[0]);
        for key in &self.fields {
            let found = event.view(*key).map_or(Found::Nothing, |value| Found::of(value, &holds));
            if found > all.0 {
                all = (found, *key);
            }
        }
        all
    }
}

impl Found {
    /// What a value, or a list of them, amounts to.
    fn of(value: ValueRef<'_>, holds: &impl Fn(IpAddr) -> bool) -> Self {
        match value {
            ValueRef::Null => Self::Nothing,
            ValueRef::Text(text) => match address(text).map(holds) {
                Some(true) => Self::Inside,
                Some(false) => Self::Outside,
                None => Self::Other,
            },
            ValueRef::List(items, arena) => {
                let of_item = |item| Self::of(ValueRef::new(item, arena), holds);
                items.iter().map(of_item).max().unwrap_or(Self::Nothing)
            }
            _ => Self::Other,
        }
    }
}

/// Whether one of the networks in a field holds the address. What is no network holds nothing.
fn value_holds(value: ValueRef<'_>, address: IpAddr) -> bool {
    let one = |text: &[u8]| {
        let parts = text.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        let networks =
            parts.filter_map(|part| Network::parse(std::str::from_utf8(part).ok()?).ok());
        networks.into_iter().any(|network| network.holds(address))
    };
    match value {
        ValueRef::Text(text) => one(text),
        ValueRef::List(items, arena) => items.iter().any(|item| match item {
            Value::Text(span) => one(arena.get(*span)),
            _ => false,
        }),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use super::*;
    use crate::FILTERS;

    fn tags(settings: &str, given: &Json) -> Json {
        let settings = format!("type = \"cidr\"\nfields = [\"a\", \"b\"]\n{settings}");
        let bench = Bench::new(FILTERS, &settings).unwrap();
        bench.pass(given).unwrap().unwrap()["tags"].clone()
    }

    #[test]
    fn one_address_of_many_is_enough() {
        let settings = "add-tag = \"x\"\nnetworks = \"10.0.0.0/8, loopback\"";
        assert_eq!(tags(settings, &json!({ "a": "x", "b": ["1.2.3.4", "::1"] })), json!(["x"]));
        assert_eq!(tags(settings, &json!({ "a": ["1.2.3.4", 5] })), json!(["_cidrfailure"]));
        assert_eq!(tags(settings, &json!({ "a": "1.2.3.4", "b": null })), Json::Null);
        assert_eq!(tags(settings, &json!({ "a": "::ffff:10.0.0.1" })), json!(["x"]));
        assert_eq!(tags(settings, &json!({})), Json::Null);
    }

    #[test]
    fn a_list_in_a_file_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("networks");
        std::fs::write(&path, "# ours\n10.0.0.0/8 # all\n\nprivate\n").unwrap();
        let settings = json!({ "fields": "a", "add-tag": "x", "networks-file": path });
        let marker = serde_json::from_value::<Cidr>(settings).unwrap().build().unwrap();
        let host = Host::real();
        let holds = |address: &str| match &marker.list {
            List::File(loaded) => {
                loaded.current().as_deref().is_some_and(|it| it.contain(address.as_bytes()))
            }
            _ => false,
        };
        marker.open(&host).unwrap();
        assert!(holds("10.1.1.1") && holds("192.168.0.1") && !holds("1.1.1.1"));
        std::fs::write(&path, "1.0.0.0/8\n").unwrap();
        marker.refresh(&host).unwrap();
        assert!(holds("1.1.1.1") && !holds("10.1.1.1"));
        std::fs::write(&path, "1.0.0.0/8\nnonsense\n").unwrap();
        let why = marker.refresh(&host).unwrap_err();
        assert!(why.contains("line 2: `nonsense` is not a network"), "{why}");
        assert!(holds("1.1.1.1"), "the old list stays");
    }

    #[test]
    fn settings_without_sense_are_refused() {
        for (settings, title) in [
            ("networks = \"10.0.0.0/8\"", "neither `add-tag` nor `target`"),
            ("add-tag = \"x\"", "no networks are given"),
            ("add-tag = \"x\"\nnetworks = \"10.0.0.0/99\"", "is not a network"),
            ("add-tag = \"x\"\nnetworks = \"10.0.0.0/8\"\nnetworks-field = \"n\"", "exclude"),
        ] {
            let settings = format!("type = \"cidr\"\nfields = \"a\"\n{settings}");
            let mistakes = Bench::new(FILTERS, &settings).unwrap_err();
            assert!(mistakes.contains(title), "{mistakes}");
        }
    }
}
