#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value as Json, json};
use weir_testkit::pages::Bench;

use super::*;
use crate::FILTERS;

fn pass(settings: &str, given: &Json) -> Json {
    let bench = Bench::new(FILTERS, &format!("type = \"translate\"\nfield = \"f\"\n{settings}"));
    let mut became = bench.unwrap().pass(given).unwrap().unwrap();
    became.as_object_mut().unwrap().remove("@timestamp");
    became
}

#[track_caller]
fn check(settings: &str, given: &Json, wanted: &Json) {
    assert_eq!(pass(settings, &json!({ "f": given }))["f"], *wanted, "{settings} of {given}");
}

#[test]
fn values_of_every_kind_are_looked_up_as_text() {
    let settings =
        "dictionary = { \"7\" = 8, \"true\" = \"yes\", \"1.5\" = [1, \"x\"], \"x\" = false }";
    check(settings, &json!(7), &json!(8));
    check(settings, &json!(true), &json!("yes"));
    check(settings, &json!(1.5), &json!([1, "x"]));
    check(settings, &json!("x"), &json!(false));
    check(settings, &json!(["x", 9, null]), &json!([false, 9, null]));
    check(settings, &json!("unknown"), &json!("unknown"));
}

#[test]
fn keys_may_be_patterns_or_parts() {
    let settings = "match = 'pattern'\ndictionary = { '^a' = 'first', 'b$' = 'second' }";
    check(settings, &json!("ab"), &json!("first"));
    check(settings, &json!("xb"), &json!("second"));
    check(settings, &json!("x"), &json!("x"));
    let settings = "match = 'part'\ndictionary = { 'foo' = 'bar', 'foobar' = 7, 'x' = '' }";
    check(settings, &json!("afoox foobar"), &json!("abar 7"));
    check(settings, &json!("x"), &json!(""));
    check(settings, &json!("y"), &json!("y"));
}

#[test]
fn the_smallest_network_counts() {
    let settings = "match = 'network'\ndictionary = { '0.0.0.0/0' = 'v4', '10.0.0.0/8' = 'ten', \
                    '10.0.0.7' = 'one', '::/0' = 'v6', '2001:db8::/32' = 'doc' }";
    for (address, wanted) in [
        ("10.0.0.7", "one"),
        ("10.0.0.8", "ten"),
        ("192.0.2.1", "v4"),
        ("::ffff:10.0.0.7", "one"),
        ("2001:db8::1", "doc"),
        ("2001:db9::1", "v6"),
        ("nonsense", "nonsense"),
    ] {
        check(settings, &json!(address), &json!(wanted));
    }
}

#[test]
fn ranges_hold_their_ends() {
    let settings = "match = 'range'\ndictionary = { '..-1' = 'neg', '-0.5-0' = 'small', '200-299' = 'ok', '404' = 'gone', '500..' = 'bad' }";
    for (number, wanted) in [
        (json!(-1), "neg"),
        (json!(-0.25), "small"),
        (json!(200), "ok"),
        (json!("299"), "ok"),
        (json!(404), "gone"),
        (json!(1e9), "bad"),
    ] {
        check(settings, &number, &json!(wanted));
    }
    check(settings, &json!(300), &json!(300));
    check(settings, &json!("nan"), &json!("nan"));
}

#[test]
fn a_target_is_replaced_only_if_it_is_wanted() {
    let dictionary = "target = \"t\"\ndictionary = { \"a\" = \"b\" }";
    let given = json!({ "f": "a", "t": "old" });
    assert_eq!(pass(dictionary, &given)["t"], json!("old"));
    assert_eq!(pass(&format!("{dictionary}\noverride = true"), &given)["t"], json!("b"));
    assert_eq!(pass(dictionary, &json!({ "f": "x" })), json!({ "f": "x" }));
    let given = json!({ "f": ["a", "x"] });
    assert_eq!(pass(dictionary, &given)["t"], json!(["b", null]));
    let fallback = format!("{dictionary}\nfallback = 5");
    assert_eq!(pass(&fallback, &given)["t"], json!(["b", 5]));
    assert_eq!(pass(&fallback, &json!({})), json!({}));
}

#[test]
fn an_object_may_take_the_place_of_its_key() {
    let became = pass("dictionary = { \"a\" = { x = 1, y = { z = 2 } } }", &json!({ "f": "a" }));
    assert_eq!(became, json!({ "f": {"x": 1, "y": {"z": 2}} }));
    let became = pass("dictionary = { \"a\" = { x = 1 } }", &json!({ "f": ["a"] }));
    assert_eq!(became, json!({ "f": [{"x": 1}] }));
}

#[test]
fn dictionaries_in_files_are_read_again() {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("d.json", "{\"a\": \"one\", \"b\": {\"c\": 2}}"),
        ("d.toml", "a = \"one\"\nb = { c = 2 }\n"),
        ("d.csv", "a,one\nb,two\n"),
        ("d.yml", "a: one\nb: two\n"),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let settings = json!({ "field": "f", "dictionary-file": path });
        let translator = serde_json::from_value::<Translate>(settings).unwrap().build().unwrap();
        let host = Host::real();
        translator.open(&host).unwrap();
        let found = |key: &str| match &translator.source {
            Source::File(_, loaded) => {
                loaded.current().as_deref().and_then(|table| match table.find(key.as_bytes())? {
                    Answer::Entry(entry) => Some(entry.clone()),
                    Answer::Text(_) => None,
                })
            }
            Source::Table(_) => None,
        };
        assert_eq!(found("a"), Some(Entry::Text("one".into())), "{name}");
        assert!(found("b").is_some() && found("c").is_none(), "{name}");
        std::fs::write(&path, "{").unwrap();
        let why = translator.refresh(&host).unwrap_err();
        assert!(why.contains("cannot be used"), "{why}");
        assert!(found("a").is_some(), "the old one stays");
        std::fs::write(&path, text.replace("one", "new")).unwrap();
        translator.refresh(&host).unwrap();
        assert_eq!(found("a"), Some(Entry::Text("new".into())), "{name}");
    }
}

#[test]
fn mistakes_are_found_at_load() {
    for (settings, title) in [
        ("", "neither `dictionary` nor `dictionary-file`"),
        ("dictionary = { a = 1 }\ndictionary-file = \"x.csv\"", "exclude each other"),
        ("dictionary-file = \"x\"", "says nothing about its form"),
        ("dictionary-file = \"/no/such.csv\"", "cannot be read"),
        ("match = \"network\"\ndictionary = { a = 1 }", "the key `a` is no network"),
        ("match = \"range\"\ndictionary = { a = 1 }", "the key `a` is no range"),
        ("match = \"range\"\ndictionary = { \"1..5\" = 1, \"5..\" = 2 }", "in common"),
        ("match = \"pattern\"\ndictionary = { \"(\" = 1 }", "a key is no regular expression"),
        ("dictionary = { a = nan }", "cannot be sent"),
    ] {
        let settings = format!("type = \"translate\"\nfield = \"f\"\n{settings}");
        let mistakes = Bench::new(FILTERS, &settings).unwrap_err();
        assert!(mistakes.contains(title), "{mistakes}");
    }
}
