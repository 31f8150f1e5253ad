use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use weir_event::{Batch, Timestamp};

use super::*;

fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path)
}

fn database(name: &str) -> String {
    shared("maxmind/test-data").join(name).to_string_lossy().into_owned()
}

fn built(settings: &Value) -> Locator {
    serde_json::from_value::<Geoip>(settings.clone()).expect("settings").build().expect("built")
}

fn opened(settings: &Value) -> Locator {
    let locator = built(settings);
    locator.open(&Host::real()).expect("opened");
    locator
}

/// The fields that the filter adds to an event with this address, as text.
fn located(locator: &Locator, address: &str) -> Result<BTreeMap<String, String>, FilterError> {
    let mut batch = Batch::new();
    let origin = batch.add_origin(&Arc::default());
    batch.push_text(origin, 0, Timestamp::default(), (locator.field, address.as_bytes()));
    let kept = locator.apply(&mut batch.event_mut(0))?;
    assert_eq!(kept, Keep::Yes);
    let event = batch.event(0);
    let shown = |key: Key| {
        let mut text = Vec::new();
        event.view(key).expect("the field is there").write_text(&mut text);
        (key.name().to_owned(), String::from_utf8(text).expect("UTF-8"))
    };
    let fields = event.fields().iter().filter(|field| field.key != locator.field);
    Ok(fields.map(|field| shown(field.key)).collect())
}

fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// What should be added for a record of MaxMind's source data.
fn wanted(record: &Value) -> BTreeMap<String, String> {
    let at = |path: &str| record.pointer(path).filter(|it| !it.is_null());
    let text = |path: &str| at(path).and_then(Value::as_str).map(str::to_owned);
    let last = record["subdivisions"].as_array().map_or(0, |it| it.len().saturating_sub(1));
    let region = format!("/subdivisions/{last}");
    let region_code = text(&format!("{region}/iso_code")).zip(text("/country/iso_code"));
    let number = |path: &str| at(path).and_then(Value::as_f64).map(|it| it.to_string());
    let location = number("/location/latitude").zip(number("/location/longitude"));
    let either = |name: &str| at(&format!("/{name}")).or(at(&format!("/traits/{name}")));
    let all = [
        ("geo.continent_code", text("/continent/code")),
        ("geo.continent_name", text("/continent/names/en")),
        ("geo.country_iso_code", text("/country/iso_code")),
        ("geo.country_name", text("/country/names/en")),
        ("geo.region_iso_code", region_code.map(|(region, country)| format!("{country}-{region}"))),
        ("geo.region_name", text(&format!("{region}/names/en"))),
        ("geo.city_name", text("/city/names/en")),
        ("geo.postal_code", text("/postal/code")),
        ("geo.timezone", text("/location/time_zone")),
        ("geo.location.lat", location.as_ref().map(|it| it.0.clone())),
        ("geo.location.lon", location.map(|it| it.1)),
        ("as.number", either("autonomous_system_number").map(Value::to_string)),
        (
            "as.organization.name",
            either("autonomous_system_organization").and_then(Value::as_str).map(str::to_owned),
        ),
    ];
    let known = all.into_iter().filter_map(|(name, value)| Some((name, value?)));
    known.map(|(name, value)| (format!("source.{name}"), value)).collect()
}

/// The first address of a network as 128 bits, and how many bits all its addresses share.
fn network(text: &str) -> (u128, u32) {
    let (address, shared_bits) = text.split_once('/').expect("a network");
    let shared_bits: u32 = shared_bits.parse().expect("a number");
    match address.parse().expect("an address") {
        IpAddr::V4(it) => (u128::from(it.to_bits()), shared_bits + 96),
        IpAddr::V6(it) => (it.to_bits(), shared_bits),
    }
}

#[test]
fn every_record_of_the_source_data_is_found() {
    let file = std::fs::read(shared("maxmind-lookups/lookups.json")).expect("the look-ups");
    let file: Value = serde_json::from_slice(&file).expect("JSON");
    let cases = file["cases"].as_array().expect("cases");
    let mut checked = 0;
    for (name, least) in [
        ("GeoIP2-City-Test.mmdb", 130),
        ("GeoLite2-City-Test.mmdb", 130),
        ("GeoIP2-Country-Test.mmdb", 180),
        ("GeoLite2-Country-Test.mmdb", 130),
        ("GeoLite2-ASN-Test.mmdb", 430),
        ("GeoIP2-ISP-Test.mmdb", 1_300),
        ("GeoIP2-Enterprise-Test.mmdb", 15),
        ("GeoIP2-Precision-Enterprise-Test.mmdb", 30),
    ] {
        let locator = opened(&json!({"database": database(name)}));
        let of_this = cases.iter().filter(|case| case["db"] == name);
        let networks: Vec<((u128, u32), &Value)> = of_this
            .map(|case| (network(case["network"].as_str().expect("text")), &case["expected"]))
            .collect();
        let covers = |(outer, bits): (u128, u32), inner: u128| (outer ^ inner) >> (128 - bits) == 0;
        let mut checked_here = 0;
        for &((first, bits), expected) in &networks {
            let smaller = |it: &&((u128, u32), &Value)| it.0.1 > bits && covers(it.0, first);
            let address = match u32::try_from(first) {
                Ok(low) if bits >= 96 => IpAddr::V4(Ipv4Addr::from_bits(low)),
                _ => IpAddr::V6(Ipv6Addr::from_bits(first)),
            };
            if networks.iter().any(|it| smaller(&it)) || !super::atlas::has_place(address) {
                continue;
            }
            let found = located(&locator, &address.to_string());
            assert_eq!(found, Ok(wanted(expected)), "{address} in {name}");
            checked_here += 1;
        }
        assert!(checked_here >= least, "only {checked_here} of {name}");
        checked += checked_here;
    }
    assert!(checked > 2_300, "only {checked}");
}

#[test]
fn several_databases_add_up() {
    let paths = [database("GeoIP2-Country-Test.mmdb"), database("GeoLite2-ASN-Test.mmdb")];
    let locator = opened(&json!({
        "field": "client.address", "databases": paths,
        "fields": ["geo.country_name", "as.number", "as_org"],
    }));
    let found = located(&locator, "::ffff:89.160.20.112").expect("found");
    let wanted = [
        ("client.geo.country_name", "Sweden"),
        ("client.as.number", "29518"),
        ("client.as.organization.name", "Bredband2 AB"),
    ];
    assert_eq!(found, pairs(&wanted));
    // Known to the second alone.
    let found = located(&locator, "1.128.0.0").expect("found");
    assert_eq!(found.get("client.as.number").map(String::as_str), Some("1221"));
}

#[test]
fn a_field_without_a_parent_is_located_at_the_top() {
    let settings = json!({
        "field": "ip", "database": database("GeoIP2-City-Test.mmdb"), "fields": "location",
    });
    let found = located(&opened(&settings), "81.2.69.160").expect("found");
    assert_eq!(found, pairs(&[("geo.location.lat", "51.5142"), ("geo.location.lon", "-0.0931")]));
}

#[test]
fn names_come_in_the_wanted_language() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples/data/geo-example.mmdb");
    let locator =
        opened(&json!({"database": path, "language": "de", "fields": ["city_name", "as_org"]}));
    let wanted = [
        ("source.geo.city_name", "München"),
        ("source.as.organization.name", "Beispiel Netze GmbH"),
    ];
    assert_eq!(located(&locator, "192.0.2.200"), Ok(pairs(&wanted)));
    // Networks are called the same everywhere.
    let networks = database("GeoLite2-ASN-Test.mmdb");
    opened(&json!({"databases": [path, networks], "language": "de"}));
}

#[test]
fn what_is_no_address_or_unknown_is_tagged() {
    let locator = opened(&json!({"database": database("GeoIP2-City-Test.mmdb")}));
    let long = "1".repeat(1000);
    let wrong = ["", "-", "N/A", "123.45.67.89,61.160.232.222", "0.0.0.0", "1.2.3.4:80", &long];
    for text in wrong {
        let error = located(&locator, text).expect_err(text);
        assert_eq!(error, FilterError::tagged("_geoip_lookup_failure"));
    }
}

#[test]
fn private_addresses_pass_unchanged() {
    let locator = opened(&json!({"database": database("GeoIP2-City-Test.mmdb")}));
    for address in [
        "10.1.2.3",
        "172.31.0.1",
        "192.168.1.1",
        "127.0.0.1",
        "169.254.1.1",
        "100.64.0.1",
        "::1",
        "fd00::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
    ] {
        assert_eq!(located(&locator, address), Ok(pairs(&[])), "{address}");
    }
}

#[test]
fn damaged_databases_are_errors_and_nothing_worse() {
    let mut files = Vec::new();
    for folder in ["libmaxminddb", "maxminddb-golang", "maxminddb-python"] {
        files.extend(std::fs::read_dir(shared("maxmind-bad/bad-data").join(folder)).expect("it"));
    }
    assert!(files.len() >= 13, "{}", files.len());
    files.extend(std::fs::read_dir(shared("maxmind/test-data")).expect("the databases"));
    let host = Host::real();
    for file in files {
        let path = file.expect("an entry").path();
        let locator = built(&json!({"database": path}));
        match locator.open(&Host::real()) {
            Err(why) => assert!(why.contains('`'), "a sentence about a file: {why}"),
            Ok(()) => {
                for address in scattered(2_500) {
                    // Found, unknown or damaged: all but a panic is right.
                    drop(located(&locator, &address.to_string()));
                }
            }
        }
    }
    assert!(host.clock.elapsed() < Duration::from_mins(1), "a look-up never ends");
}

/// Addresses all over the place, twice as many as asked for.
fn scattered(count: u32) -> impl Iterator<Item = IpAddr> {
    (0..count).flat_map(|i| {
        let spread = i.wrapping_mul(0x9E37_79B9);
        let wide = u128::from(spread) << 96 | u128::from(i);
        [Ipv4Addr::from_bits(spread).into(), Ipv6Addr::from_bits(wide).into()]
    })
}

#[test]
fn a_changed_byte_is_nothing_worse_than_an_error() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("city.mmdb");
    let whole = std::fs::read(database("GeoIP2-City-Test.mmdb")).expect("the database");
    let mut refused = 0;
    for round in 0..300_usize {
        let mut changed = whole.clone();
        // The metadata at the end and the tree at the front get most of the changes.
        let place = match round % 3 {
            0 => whole.len() - 1 - round,
            1 => round * 7,
            _ => round.wrapping_mul(0x9E37_79B9) % whole.len(),
        };
        changed[place] = changed[place].wrapping_add(u8::try_from(round % 255 + 1).expect("small"));
        std::fs::write(&path, &changed).expect("written");
        let locator = built(&json!({"database": path}));
        match locator.open(&Host::real()) {
            Err(_) => refused += 1,
            Ok(()) => scattered(50).for_each(|it| drop(located(&locator, &it.to_string()))),
        }
    }
    assert!(refused > 20, "only {refused} were noticed");
}

#[test]
fn a_truncated_database_is_an_error_at_every_length() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("city.mmdb");
    let whole = std::fs::read(database("GeoIP2-City-Test.mmdb")).expect("the database");
    for length in (0..whole.len()).step_by(499) {
        std::fs::write(&path, &whole[..length]).expect("written");
        assert!(built(&json!({"database": path})).open(&Host::real()).is_err(), "{length}");
    }
}

#[test]
fn other_databases_and_languages_are_refused() {
    let refused = |settings: &Value| built(settings).open(&Host::real()).expect_err("refused");
    let path = database("GeoIP2-Domain-Test.mmdb");
    let why = refused(&json!({"database": path}));
    let wanted = format!(
        "the database `{path}` is of the type `GeoIP2-Domain`; take one of the type `City`, \
         `Country`, `Enterprise`, `ASN` or `ISP`"
    );
    assert_eq!(why, wanted);
    let path = database("GeoIP2-City-Test.mmdb");
    let why = refused(&json!({"database": path, "language": "xx"}));
    assert!(why.contains("has no names in the language `xx`, only in `en` and `zh`"), "{why}");
    let why = refused(&json!({"database": "/no/such.mmdb"}));
    assert!(why.starts_with("`/no/such.mmdb` cannot be read: No such file"), "{why}");
    let empty = serde_json::from_value::<Geoip>(json!({"database": []})).expect("settings");
    assert_eq!(empty.build().expect_err("no file").title(), "`database` names no file");
}

#[test]
fn a_new_database_is_used_and_a_damaged_one_is_not() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("place.mmdb");
    let replace = |name: &str| {
        let new = folder.path().join("new");
        std::fs::copy(database(name), &new).expect("copied");
        std::fs::rename(&new, &path).expect("renamed");
    };
    let host = Host::real();
    replace("GeoIP2-Country-Test.mmdb");
    let locator = opened(&json!({"database": path, "fields": ["city_name", "country_name"]}));
    let london = |locator: &Locator| located(locator, "81.2.69.160").expect("found");
    let country = ("source.geo.country_name", "United Kingdom");
    assert_eq!(london(&locator), pairs(&[country]));

    replace("GeoIP2-City-Test.mmdb");
    assert_eq!(locator.refresh(&host), Ok(()));
    let both = pairs(&[country, ("source.geo.city_name", "London")]);
    assert_eq!(london(&locator), both, "the answers of the old one are forgotten");

    std::fs::write(&path, "half a database").expect("written");
    let why = locator.refresh(&host).expect_err("damaged");
    assert!(why.contains("is no MaxMind database, or a damaged one"), "{why}");
    assert_eq!(locator.refresh(&host), Ok(()), "it is said once");
    assert_eq!(london(&locator), both);

    std::fs::remove_file(&path).expect("removed");
    assert!(locator.refresh(&host).is_err());
    assert_eq!(london(&locator), both);
}
