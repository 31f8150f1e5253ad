//! Writes small databases in MaxMind's format, for examples and tests. The real ones may not be
//! given away, and know nothing of the addresses that documentation may use (RFC 5737, RFC 3849).
//!
//! The file, as <https://maxmind.github.io/MaxMind-DB/> describes it:
//!
//! ```text
//! search tree      one node for each bit that is looked at: two records of `RECORD_BITS` bits,
//!                  for a 0 and for a 1. A record is the number of the next node; or the number
//!                  of nodes, "nothing is known"; or more: number of nodes + 16 + place of a
//!                  value in the data section
//! 16 zero bytes
//! data section     values: a control byte, 3 bits of type and 5 bits of size, then the payload
//! marker           AB CD EF "MaxMind.com"
//! metadata         one map of the same encoding
//! ```
//!
//! It writes no pointers between values and no size beyond 284 bytes; readers of the format must
//! understand both, writers need not use them.

use std::net::IpAddr;

/// What stands before the metadata.
const MARKER: &[u8] = b"\xab\xcd\xefMaxMind.com";

/// The width of a record. With 28 bits a node has seven bytes, the odd case of the format; that is
/// also what MaxMind's City databases use.
const RECORD_BITS: u16 = 28;

/// When the example database says that it was made: fixed, so that every run makes the same file.
const EXAMPLE_EPOCH: u64 = 1_767_225_600;

/// A value of a database.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Text.
    Text(String),
    /// A number with a fraction.
    Double(f64),
    /// A whole number of 16 bits.
    Uint16(u16),
    /// A whole number of 32 bits.
    Uint32(u32),
    /// A whole number of 64 bits.
    Uint64(u64),
    /// Several values.
    List(Vec<Value>),
    /// Named values.
    Map(Vec<(String, Value)>),
}

/// Text, shorter.
fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Named values, shorter.
fn map<const N: usize>(entries: [(&str, Value); N]) -> Value {
    Value::Map(entries.map(|(name, value)| (name.to_owned(), value)).into())
}

/// One side of a node.
#[derive(Clone, Copy, Debug)]
enum Record {
    Nothing,
    Node(usize),
    /// Its place in the data section.
    Value(usize),
}

/// A database in the making.
#[derive(Debug)]
pub struct Writer {
    kind: String,
    languages: Vec<String>,
    nodes: Vec<[Record; 2]>,
    data: Vec<u8>,
}

impl Writer {
    /// An empty database for addresses of both versions; `kind` is what it says it is, such as
    /// `GeoLite2-City`.
    #[must_use]
    pub fn new(kind: &str, languages: &[&str]) -> Self {
        Self {
            kind: kind.to_owned(),
            languages: languages.iter().map(|&it| it.to_owned()).collect(),
            nodes: vec![[Record::Nothing; 2]],
            data: Vec::new(),
        }
    }

    /// Says what is known of a network, given by its first address and the number of bits that
    /// all its addresses share. Later networks win over earlier ones that they lie in.
    ///
    /// # Panics
    ///
    /// When the network is larger than one that was inserted before and lies in it.
    pub fn insert(&mut self, (address, shared_bits): (IpAddr, u8), value: &Value) {
        let (bits, depth) = match address {
            // Readers look for IPv4 below 96 zero bits.
            IpAddr::V4(it) => (u128::from(it.to_bits()), 96 + usize::from(shared_bits)),
            IpAddr::V6(it) => (it.to_bits(), usize::from(shared_bits)),
        };
        let place = self.data.len();
        encode(value, &mut self.data);
        let side = |i: usize| usize::from(bits >> (127 - i) & 1 == 1);
        let mut node = 0;
        for i in 0..depth - 1 {
            node = match self.nodes[node][side(i)] {
                Record::Node(next) => next,
                // A larger network's value is handed down to both halves.
                taken => {
                    self.nodes.push([taken; 2]);
                    self.nodes[node][side(i)] = Record::Node(self.nodes.len() - 1);
                    self.nodes.len() - 1
                }
            };
        }
        let last = &mut self.nodes[node][side(depth - 1)];
        assert!(!matches!(last, Record::Node(_)), "insert larger networks first");
        *last = Record::Value(place);
    }

    /// The file. `epoch` is when it was made, in seconds since 1970.
    #[must_use]
    pub fn finish(self, epoch: u64) -> Vec<u8> {
        let mut file = Vec::new();
        for [left, right] in &self.nodes {
            let [high_left, left @ ..] = self.number(*left).to_be_bytes();
            let [high_right, right @ ..] = self.number(*right).to_be_bytes();
            // Three low bytes of each, and between them the four high bits of both.
            file.extend_from_slice(&left);
            file.push(high_left << 4 | high_right);
            file.extend_from_slice(&right);
        }
        file.extend_from_slice(&[0; 16]);
        file.extend_from_slice(&self.data);
        file.extend_from_slice(MARKER);
        encode(&self.metadata(epoch), &mut file);
        file
    }

    /// A record as the number that stands in the file.
    fn number(&self, record: Record) -> u32 {
        let number = match record {
            Record::Nothing => self.nodes.len(),
            Record::Node(next) => next,
            Record::Value(place) => self.nodes.len() + 16 + place,
        };
        let number = u32::try_from(number).ok().filter(|it| it >> RECORD_BITS == 0);
        number.expect("a database for tests is far below 256 MiB")
    }

    fn metadata(&self, epoch: u64) -> Value {
        let nodes = u32::try_from(self.nodes.len()).expect("checked by `number`");
        map([
            ("binary_format_major_version", Value::Uint16(2)),
            ("binary_format_minor_version", Value::Uint16(0)),
            ("build_epoch", Value::Uint64(epoch)),
            ("database_type", text(&self.kind)),
            ("description", map([("en", text("Made-up places for documentation addresses"))])),
            ("ip_version", Value::Uint16(6)),
            ("languages", Value::List(self.languages.iter().map(|it| text(it)).collect())),
            ("node_count", Value::Uint32(nodes)),
            ("record_size", Value::Uint16(RECORD_BITS)),
        ])
    }
}

/// Appends a value in the format's encoding.
fn encode(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Text(text) => {
            control(2, text.len(), out);
            out.extend_from_slice(text.as_bytes());
        }
        Value::Double(number) => {
            control(3, 8, out);
            out.extend_from_slice(&number.to_be_bytes());
        }
        Value::Uint16(number) => whole(5, u64::from(*number), out),
        Value::Uint32(number) => whole(6, u64::from(*number), out),
        Value::Uint64(number) => whole(9, *number, out),
        Value::List(items) => {
            control(11, items.len(), out);
            for item in items {
                encode(item, out);
            }
        }
        Value::Map(entries) => {
            control(7, entries.len(), out);
            for (name, value) in entries {
                control(2, name.len(), out);
                out.extend_from_slice(name.as_bytes());
                encode(value, out);
            }
        }
    }
}

/// A whole number without its leading zero bytes.
fn whole(kind: u8, number: u64, out: &mut Vec<u8>) {
    let bytes = number.to_be_bytes();
    let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
    control(kind, bytes.len() - zeros, out);
    out.extend_from_slice(&bytes[zeros..]);
}

/// The byte or bytes that say what follows: types above 7 have a second one, sizes from 29 on too.
fn control(kind: u8, size: usize, out: &mut Vec<u8>) {
    let (short, rest) = match u8::try_from(size) {
        Ok(small @ ..29) => (small, None),
        _ => (29, Some(u8::try_from(size - 29).expect("values of up to 284 bytes are written"))),
    };
    if kind > 7 {
        out.extend_from_slice(&[short, kind - 7]);
    } else {
        out.push(kind << 5 | short);
    }
    out.extend(rest);
}

/// A place of the example database.
struct Place {
    networks: &'static [(&'static str, u8)],
    /// Code; English and German name.
    continent: [&'static str; 3],
    country: [&'static str; 3],
    region: [&'static str; 3],
    city: [&'static str; 2],
    postal_code: &'static str,
    timezone: &'static str,
    /// Latitude and longitude in degrees.
    location: (f64, f64),
    /// From the numbers for documentation (RFC 5398).
    network: (u32, &'static str),
}

const PLACES: [Place; 6] = [
    Place {
        networks: &[("192.0.2.0", 25), ("2001:db8::", 48)],
        continent: ["EU", "Europe", "Europa"],
        country: ["GB", "United Kingdom", "Vereinigtes Königreich"],
        region: ["ENG", "England", "England"],
        city: ["London", "London"],
        postal_code: "EC1A",
        timezone: "Europe/London",
        location: (51.5142, -0.0931),
        network: (64_496, "Example Networks"),
    },
    Place {
        networks: &[("192.0.2.128", 25), ("2001:db8:1::", 48)],
        continent: ["EU", "Europe", "Europa"],
        country: ["DE", "Germany", "Deutschland"],
        region: ["BY", "Bavaria", "Bayern"],
        city: ["Munich", "München"],
        postal_code: "80331",
        timezone: "Europe/Berlin",
        location: (48.1374, 11.5755),
        network: (64_497, "Beispiel Netze GmbH"),
    },
    Place {
        networks: &[("198.51.100.0", 25), ("2001:db8:2::", 48)],
        continent: ["NA", "North America", "Nordamerika"],
        country: ["US", "United States", "Vereinigte Staaten"],
        region: ["CA", "California", "Kalifornien"],
        city: ["San Francisco", "San Francisco"],
        postal_code: "94105",
        timezone: "America/Los_Angeles",
        location: (37.7897, -122.3942),
        network: (64_498, "Example Cloud Inc."),
    },
    Place {
        networks: &[("198.51.100.128", 25), ("2001:db8:3::", 48)],
        continent: ["AS", "Asia", "Asien"],
        country: ["JP", "Japan", "Japan"],
        region: ["13", "Tokyo", "Tokio"],
        city: ["Tokyo", "Tokio"],
        postal_code: "100-0001",
        timezone: "Asia/Tokyo",
        location: (35.6854, 139.7531),
        network: (64_499, "Example Transit K.K."),
    },
    Place {
        networks: &[("203.0.113.0", 25), ("2001:db8:4::", 48)],
        continent: ["OC", "Oceania", "Ozeanien"],
        country: ["AU", "Australia", "Australien"],
        region: ["NSW", "New South Wales", "Neusüdwales"],
        city: ["Sydney", "Sydney"],
        postal_code: "2000",
        timezone: "Australia/Sydney",
        location: (-33.8688, 151.2093),
        network: (64_500, "Example Broadband Pty"),
    },
    Place {
        networks: &[("203.0.113.128", 25), ("2001:db8:5::", 48)],
        continent: ["SA", "South America", "Südamerika"],
        country: ["BR", "Brazil", "Brasilien"],
        region: ["SP", "Sao Paulo", "São Paulo"],
        city: ["São Paulo", "São Paulo"],
        postal_code: "01000",
        timezone: "America/Sao_Paulo",
        location: (-23.5505, -46.6333),
        network: (64_501, "Exemplo Telecom"),
    },
];

impl Place {
    fn record(&self) -> Value {
        let names = |en: &str, de: &str| map([("en", text(en)), ("de", text(de))]);
        let [continent, country, region] = [self.continent, self.country, self.region];
        let named = |code_name: &str, [code, en, de]: [&str; 3]| {
            map([(code_name, text(code)), ("names", names(en, de))])
        };
        let (latitude, longitude) = self.location;
        map([
            ("city", map([("names", names(self.city[0], self.city[1]))])),
            ("continent", named("code", continent)),
            ("country", named("iso_code", country)),
            (
                "location",
                map([
                    ("latitude", Value::Double(latitude)),
                    ("longitude", Value::Double(longitude)),
                    ("time_zone", text(self.timezone)),
                ]),
            ),
            ("postal", map([("code", text(self.postal_code))])),
            ("subdivisions", Value::List(vec![named("iso_code", region)])),
            (
                "traits",
                map([
                    ("autonomous_system_number", Value::Uint32(self.network.0)),
                    ("autonomous_system_organization", text(self.network.1)),
                ]),
            ),
        ])
    }
}

/// The database of the manual's examples: the documentation networks, two countries in each.
///
/// It is kept in `examples/data/geo-example.mmdb`.
#[must_use]
pub fn example_database() -> Vec<u8> {
    let mut writer = Writer::new("Weir-Example-Enterprise", &["en", "de"]);
    for place in &PLACES {
        for (address, shared_bits) in place.networks {
            let address = address.parse().expect("the table above holds addresses");
            writer.insert((address, *shared_bits), &place.record());
        }
    }
    writer.finish(EXAMPLE_EPOCH)
}

/// A database that knows every public address of IPv4, for measurements: the places of the
/// examples in turn, in networks whose addresses share twelve bits.
#[must_use]
pub fn wide_database() -> Vec<u8> {
    let mut writer = Writer::new("Weir-Wide-Enterprise", &["en", "de"]);
    for (number, place) in (0x010..0xE00_u32).zip(PLACES.iter().cycle()) {
        writer.insert((IpAddr::from((number << 20).to_be_bytes()), 12), &place.record());
    }
    writer.finish(EXAMPLE_EPOCH)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use maxminddb::Reader;
    use maxminddb::geoip2::Enterprise;

    use super::*;

    #[test]
    fn every_place_is_found_at_both_ends_of_its_networks() {
        let database = Reader::from_source(example_database()).expect("it can be opened");
        database.verify().expect("it is sound");
        let look_up = |address: IpAddr| -> Option<Enterprise<'_>> {
            database.lookup(address).expect("a look-up").decode().expect("a record")
        };
        for place in &PLACES {
            for (address, shared_bits) in place.networks {
                let first: IpAddr = address.parse().expect("an address");
                let last = match first {
                    IpAddr::V4(it) => {
                        IpAddr::from((it.to_bits() | !0 >> shared_bits).to_be_bytes())
                    }
                    IpAddr::V6(it) => {
                        IpAddr::from((it.to_bits() | !0 >> shared_bits).to_be_bytes())
                    }
                };
                for address in [first, last] {
                    let found = look_up(address).expect("it is known");
                    assert_eq!(found.country.iso_code, Some(place.country[0]), "{address}");
                    assert_eq!(found.country.names.german, Some(place.country[2]));
                    assert_eq!(found.city.names.english, Some(place.city[0]));
                    assert_eq!(found.location.latitude, Some(place.location.0));
                    assert_eq!(found.traits.autonomous_system_number, Some(place.network.0));
                }
            }
        }
        for stranger in ["192.0.1.255", "192.0.3.0", "0.0.0.0", "2001:db8:6::", "::1"] {
            assert!(look_up(stranger.parse().expect("an address")).is_none(), "{stranger}");
        }
    }

    #[test]
    fn the_wide_database_knows_every_address() {
        let database = Reader::from_source(wide_database()).expect("it can be opened");
        for address in [[1, 0, 0, 0], [8, 8, 8, 8], [100, 255, 3, 4], [223, 255, 255, 255]] {
            let found = database.lookup(address.into()).expect("a look-up");
            assert!(found.has_data(), "{address:?}");
        }
    }

    #[test]
    fn a_smaller_network_wins_over_the_one_it_lies_in() {
        let mut writer = Writer::new("Test", &[]);
        let long = "x".repeat(200);
        writer.insert(([10, 0, 0, 0].into(), 8), &text(&long));
        writer.insert(([10, 1, 0, 0].into(), 16), &text("small"));
        let database = Reader::from_source(writer.finish(0)).expect("it can be opened");
        let look_up = |address: [u8; 4]| -> Option<&str> {
            database.lookup(address.into()).expect("a look-up").decode().expect("text")
        };
        assert_eq!(look_up([10, 1, 2, 3]), Some("small"));
        assert_eq!(look_up([10, 2, 2, 3]), Some(long.as_str()));
        assert_eq!(look_up([11, 0, 0, 0]), None);
    }

    #[test]
    fn the_file_of_the_examples_is_the_one_written_here() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/data/geo-example.mmdb");
        let file = std::fs::read(Path::new(path)).expect("it is in the repository");
        assert!(file == example_database(), "write it anew with `cargo xtask`");
    }
}
