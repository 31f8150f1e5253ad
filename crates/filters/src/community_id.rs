//! The `community-id` filter: one name for both directions of a connection.

use std::cmp::Ordering;
use std::net::IpAddr;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::condition::address;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{Diagnostic, OneOrMany};
use weir_event::{EventMut, EventRef, Key, Value, ValueRef};

use crate::digest::{Hasher, Method};

const FAILURE: &str = "_communityidfailure";

const ICMP: u8 = 1;
const TCP: u8 = 6;
const UDP: u8 = 17;
const ICMP_V6: u8 = 58;
const SCTP: u8 = 132;

/// Names of protocols, and their numbers at IANA.
const PROTOCOLS: [(&str, u8); 22] = [
    ("tcp", TCP),
    ("udp", UDP),
    ("icmp", ICMP),
    ("ipv6-icmp", ICMP_V6),
    ("icmp6", ICMP_V6),
    ("icmpv6", ICMP_V6),
    ("icmp-ipv6", ICMP_V6),
    ("sctp", SCTP),
    ("igmp", 2),
    ("egp", 8),
    ("igp", 9),
    ("dccp", 33),
    ("ipv6", 41),
    ("rsvp", 46),
    ("gre", 47),
    ("esp", 50),
    ("ah", 51),
    ("eigrp", 88),
    ("ospf", 89),
    ("pim", 103),
    ("vrrp", 112),
    ("udplite", 136),
];

/// Questions of ICMP and the answers to them, and of ICMP for IPv6.
const PAIRS: [(u8, u8); 5] = [(8, 0), (13, 14), (15, 16), (10, 9), (17, 18)];
const PAIRS_V6: [(u8, u8); 6] =
    [(128, 129), (133, 134), (135, 136), (130, 131), (139, 140), (144, 145)];

/// Gives a connection its community id.
///
/// The id is the same for both directions of a connection and in all programs that know it, such as
/// Zeek, Suricata and Beats, so what they say of one connection can be found together. It is made
/// of the addresses, the protocol and the ports; for ICMP of type and code. The version is 1.
///
/// The protocol is a number or a name, as in `tcp`, `udp`, `sctp`, `icmp` or `ipv6-icmp`. Ports
/// are needed for TCP, UDP and SCTP; other protocols do without.
///
/// Events without addresses or protocol pass unchanged. If something in them is no address, no
/// protocol or no port, or ports are missing, the event gets the tag `_communityidfailure`.
///
/// # Example
///
/// ```toml
/// type = "community-id"
/// ```
/// ```json
/// {
///   "source": {"ip": "128.232.110.120", "port": 34855},
///   "destination": {"ip": "66.35.250.204", "port": 80},
///   "network": {"transport": "tcp"}
/// }
/// ```
/// becomes
/// ```json
/// {
///   "source": {"ip": "128.232.110.120", "port": 34855},
///   "destination": {"ip": "66.35.250.204", "port": 80},
///   "network": {"transport": "tcp", "community_id": "1:LQU9qZlK+B5F3KDmev6m5PMibrg="}
/// }
/// ```
/// Without ports:
/// ```json
/// {
///   "source": {"ip": "128.232.110.120"},
///   "destination": {"ip": "66.35.250.204"},
///   "network": {"iana_number": 6}
/// }
/// ```
/// becomes
/// ```json
/// {
///   "source": {"ip": "128.232.110.120"},
///   "destination": {"ip": "66.35.250.204"},
///   "network": {"iana_number": 6},
///   "tags": ["_communityidfailure"],
///   "error": {"message": "community-id-1: `source.port` holds no port"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct CommunityId {
    /// The field with the address at one end.
    #[serde(default = "source_ip")]
    source_ip: FieldPath,
    /// The field with the port there.
    #[serde(default = "source_port")]
    source_port: FieldPath,
    /// The field with the address at the other end.
    #[serde(default = "destination_ip")]
    destination_ip: FieldPath,
    /// The field with the port there.
    #[serde(default = "destination_port")]
    destination_port: FieldPath,
    /// The field with the protocol, or several, of which the first that is there counts.
    #[serde(default = "protocol")]
    protocol: OneOrMany<FieldPath>,
    /// The field with the type of an ICMP message.
    #[serde(default = "icmp_type")]
    icmp_type: FieldPath,
    /// The field with the code of an ICMP message.
    #[serde(default = "icmp_code")]
    icmp_code: FieldPath,
    /// The field that gets the id.
    #[serde(default = "community_id")]
    target: FieldPath,
    /// A number that goes into the id. It has to be the same in all programs.
    #[serde(default)]
    seed: u16,
}

fn field(name: &str) -> FieldPath {
    FieldPath::try_from(name.to_owned()).expect("it is a field's name")
}

fn source_ip() -> FieldPath {
    field("source.ip")
}

fn source_port() -> FieldPath {
    field("source.port")
}

fn destination_ip() -> FieldPath {
    field("destination.ip")
}

fn destination_port() -> FieldPath {
    field("destination.port")
}

fn protocol() -> OneOrMany<FieldPath> {
    vec![field("network.iana_number"), field("network.transport")].into()
}

fn icmp_type() -> FieldPath {
    field("icmp.type")
}

fn icmp_code() -> FieldPath {
    field("icmp.code")
}

fn community_id() -> FieldPath {
    field("network.community_id")
}

impl Configure for CommunityId {
    const NAME: &'static str = "community-id";
}

impl FilterConfig for CommunityId {
    type Filter = Namer;

    fn build(self) -> Result<Namer, Diagnostic> {
        Ok(Namer {
            source: (self.source_ip.key(), self.source_port.key()),
            destination: (self.destination_ip.key(), self.destination_port.key()),
            protocol: self.protocol.iter().map(|field| field.key()).collect(),
            icmp: (self.icmp_type.key(), self.icmp_code.key()),
            target: self.target.key(),
            seed: self.seed.to_be_bytes(),
            hasher: Hasher::new(Method::Sha1, None),
        })
    }
}

/// Names connections.
#[derive(Debug)]
pub(crate) struct Namer {
    source: (Key, Key),
    destination: (Key, Key),
    protocol: Vec<Key>,
    icmp: (Key, Key),
    target: Key,
    seed: [u8; 2],
    hasher: Hasher,
}

/// One end: its address, and its port if the protocol has any.
type End = (IpAddr, Option<u16>);

impl Filter for Namer {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let failure = |key: Key, what: &str| {
            FilterError::because(FAILURE, format!("`{key}` holds no {what}"))
        };
        let seen = event.as_ref();
        let protocol = self.protocol.iter().find_map(|key| Some((*key, there(seen, *key)?)));
        let ends = (there(seen, self.source.0), there(seen, self.destination.0));
        let (Some((key, protocol)), (Some(source), Some(destination))) = (protocol, ends) else {
            return Ok(Keep::Yes);
        };
        let protocol = number_of(protocol).ok_or_else(|| failure(key, "protocol"))?;
        let address_of = |key, value: ValueRef<'_>| {
            value.as_bytes().and_then(address).ok_or_else(|| failure(key, "address"))
        };
        let source = address_of(self.source.0, source)?;
        let destination = address_of(self.destination.0, destination)?;
        if source.is_ipv4() != destination.is_ipv4() {
            let reason = "the addresses are of different kinds";
            return Err(FilterError::because(FAILURE, reason));
        }
        let port = |key| there(seen, key).and_then(whole).ok_or_else(|| failure(key, "port"));
        let (ports, is_one_way) = match protocol {
            TCP | UDP | SCTP => (Some((port(self.source.1)?, port(self.destination.1)?)), false),
            ICMP | ICMP_V6 => self.icmp_ports(seen, protocol),
            _ => (None, false),
        };
        let one = (source, ports.map(|it| it.0));
        let other = (destination, ports.map(|it| it.1));
        let (arena, scratch) = event.arena_and_scratch();
        scratch.text.clear();
        self.write_name(protocol, (one, other), is_one_way, &mut scratch.text);
        let name = Value::Text(arena.append(&scratch.text));
        event.set(self.target, name);
        Ok(Keep::Yes)
    }
}

impl Namer {
    /// Type and code in place of ports, and whether the message is no question that has an answer.
    fn icmp_ports(&self, event: EventRef<'_>, protocol: u8) -> (Option<(u16, u16)>, bool) {
        let number = |key, port| there(event, key).or_else(|| there(event, port)).and_then(whole);
        // Some programs write them where the ports would stand.
        let kind = number(self.icmp.0, self.source.1);
        let code = number(self.icmp.1, self.destination.1);
        let (Some(kind), code) = (kind, code.unwrap_or(0)) else { return (None, false) };
        let pairs: &[(u8, u8)] = if protocol == ICMP { &PAIRS } else { &PAIRS_V6 };
        let partner = pairs.iter().find_map(|(question, answer)| {
            let (question, answer) = (u16::from(*question), u16::from(*answer));
            if kind == question {
                Some(answer)
            } else if kind == answer {
                Some(question)
            } else {
                None
            }
        });
        (Some((kind, partner.unwrap_or(code))), partner.is_none())
    }

    fn write_name(
        &self,
        protocol: u8,
        (one, other): (End, End),
        is_one_way: bool,
        text: &mut Vec<u8>,
    ) {
        let (first, second) =
            if is_one_way || order(one, other).is_le() { (one, other) } else { (other, one) };
        let mut room = [0; 40];
        let mut len = 0;
        let mut put = |bytes: &[u8]| {
            room[len..len + bytes.len()].copy_from_slice(bytes);
            len += bytes.len();
        };
        put(&self.seed);
        for (address, _) in [first, second] {
            match address {
                IpAddr::V4(it) => put(&it.octets()),
                IpAddr::V6(it) => put(&it.octets()),
            }
        }
        put(&[protocol, 0]);
        for port in [first.1, second.1].into_iter().flatten() {
            put(&port.to_be_bytes());
        }
        text.extend_from_slice(b"1:");
        self.hasher.hash(&[&room[..len]]).write_base64(text);
    }
}

fn order(one: End, other: End) -> Ordering {
    one.0.cmp(&other.0).then(one.1.cmp(&other.1))
}

fn there(event: EventRef<'_>, key: Key) -> Option<ValueRef<'_>> {
    event.view(key).filter(|value| !matches!(value, ValueRef::Null))
}

/// A number of 16 bits.
fn whole(value: ValueRef<'_>) -> Option<u16> {
    match value {
        ValueRef::Int(number) => u16::try_from(number).ok(),
        ValueRef::Text(text) => std::str::from_utf8(text).ok()?.trim().parse().ok(),
        _ => None,
    }
}

/// The number of a protocol that is written as number or name.
fn number_of(value: ValueRef<'_>) -> Option<u8> {
    if let Some(number) = whole(value) {
        return u8::try_from(number).ok();
    }
    let text = value.as_bytes()?;
    let known = PROTOCOLS.iter().find(|(name, _)| text.eq_ignore_ascii_case(name.as_bytes()));
    known.map(|(_, number)| *number)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    fn made(seed: u16, protocol: &Json, one: (&str, u16), other: (&str, u16)) -> Json {
        let bench =
            Bench::new(FILTERS, &format!("type = \"community-id\"\nseed = {seed}")).unwrap();
        let given = json!({
            "source": {"ip": one.0, "port": one.1},
            "destination": {"ip": other.0, "port": other.1},
            "network": {"transport": protocol},
        });
        bench.pass(&given).unwrap().unwrap()["network"]["community_id"].clone()
    }

    #[test]
    fn ids_are_those_of_other_programs() {
        for (protocol, one, other, wanted) in [
            (
                json!("tcp"),
                ("66.35.250.204", 80),
                ("128.232.110.120", 34855),
                "LQU9qZlK+B5F3KDmev6m5PMibrg=",
            ),
            (json!(17), ("8.8.8.8", 53), ("192.168.1.52", 54585), "d/FP5EW3wiY1vCndhwleRRKHowQ="),
            (
                json!("SCTP"),
                ("192.168.170.8", 7),
                ("192.168.170.56", 7),
                "MP2EtRCAUIZvTw6MxJHLV7N7JDs=",
            ),
            (
                json!("6"),
                ("2001:470:e5bf:dead:4957:2174:e82c:4887", 63943),
                ("2607:f8b0:400c:c03::1a", 25),
                "/qFaeAR+gFe1KYjMzVDsMv+wgU4=",
            ),
        ] {
            let wanted = json!(format!("1:{wanted}"));
            assert_eq!(made(0, &protocol, one, other), wanted);
            assert_eq!(made(0, &protocol, other, one), wanted, "the other way round");
            assert_ne!(made(1, &protocol, one, other), wanted, "another seed");
        }
    }

    #[test]
    fn questions_and_answers_of_icmp_have_one_id() {
        let (one, other) = ("192.168.0.89", "192.168.0.1");
        let wanted = json!("1:X0snYXpgwiv9TZtqg64sgzUn6Dk=");
        assert_eq!(made(0, &json!("icmp"), (one, 8), (other, 0)), wanted);
        assert_eq!(made(0, &json!("icmp"), (other, 0), (one, 0)), wanted);
        let found = made(0, &json!("ipv6-icmp"), ("fe80::260:97ff:fe07:69ea", 134), ("ff02::1", 0));
        assert_eq!(found, json!("1:pkvHqCL88/tg1k4cPigmZXUtL00="));
        // What is no question has a direction.
        let there = made(0, &json!("icmp"), (one, 11), (other, 0));
        assert_ne!(there, made(0, &json!("icmp"), (other, 11), (one, 0)));
    }

    #[test]
    fn what_is_no_connection_is_tagged_or_passes() {
        let bench = Bench::new(FILTERS, "type = \"community-id\"").unwrap();
        let pass = |given: Json| bench.pass(&given).unwrap().unwrap()["tags"].clone();
        let tagged = json!(["_communityidfailure"]);
        assert_eq!(pass(json!({})), Json::Null);
        let connection = |ip: &str, port: Json, transport: Json| {
            json!({
                "source": {"ip": ip, "port": port},
                "destination": {"ip": "10.0.0.1", "port": "80"},
                "network": {"transport": transport},
            })
        };
        assert_eq!(pass(connection("10.0.0.2", json!(" 443"), json!("tcp"))), Json::Null);
        assert_eq!(pass(connection("x", json!(1), json!("tcp"))), tagged);
        assert_eq!(pass(connection("::1", json!(1), json!("tcp"))), tagged);
        assert_eq!(pass(connection("10.0.0.2", json!(65536), json!("tcp"))), tagged);
        assert_eq!(pass(connection("10.0.0.2", json!(1), json!("smoke"))), tagged);
        assert_eq!(pass(connection("10.0.0.2", json!(1), json!(256))), tagged);
    }
}
