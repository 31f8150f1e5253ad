#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value as Json, json};
use weir_testkit::pages::Bench;

use crate::FILTERS;

const HEADER: &str = "CEF:0|Acme|Wall|1.0|100|name|5|";

fn read(settings: &str, text: &str) -> Json {
    let bench = Bench::new(FILTERS, &format!("type = \"cef\"\n{settings}")).unwrap();
    bench.pass(&json!({ "message": text })).unwrap().unwrap()
}

fn extensions(settings: &str, text: &str) -> Json {
    read(settings, &format!("{HEADER}{text}"))
}

#[test]
fn times_are_read_in_every_form() {
    for (text, wanted) in [
        ("rt=1571328182000", "2019-10-17T16:03:02.000Z"),
        ("rt=Oct 17 2019 16:03:02.250", "2019-10-17T16:03:02.250Z"),
        ("rt=Oct 17 2019 16:03:02 UTC", "2019-10-17T16:03:02.000Z"),
        ("rt=Oct 17 2026 16:03:02 dtz=Europe/Berlin", "2026-10-17T14:03:02.000Z"),
        ("rt=Oct 17 16:03:02", "2026-10-17T16:03:02.000Z"),
        ("rt=2019-10-17T16:03:02+02:00", "2019-10-17T14:03:02.000Z"),
    ] {
        let became = extensions("", text);
        assert_eq!(became["@timestamp"], wanted, "{text}: {became:#}");
    }
    let became = extensions("timezone = \"+02:00\"", "end=Oct 17 2019 16:03:02 start=soon art=");
    assert_eq!(became["event"]["end"], "2019-10-17T14:03:02.000Z");
    assert_eq!(became["event"]["start"], "soon");
    assert_eq!(became["event"]["created"], json!(null));
}

#[test]
fn labels_become_names_where_asked() {
    let settings = "translate-custom-fields = true\necs = false\ntarget = \"x\"";
    let became = extensions(settings, "cs1=a cs1Label=Rule Name cs2=b cn1Label=alone");
    let wanted = json!({ "Rule Name": "a", "deviceCustomString2": "b", "deviceCustomNumber1Label": "alone" });
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(became["x"][name], *value, "{became:#}");
    }
    assert!(became["x"]["deviceCustomString1Label"].is_null());
}

#[test]
fn the_device_may_be_the_host() {
    let became = extensions("device = \"host\"", "dvc=192.0.2.1 dvchost=db1 deviceExternalId=7");
    assert_eq!(became["host"], json!({ "ip": "192.0.2.1", "name": "db1", "id": "7" }));
}

#[test]
fn quotes_around_the_message_are_left_away() {
    let became = read("", &format!("\"{HEADER}src=192.0.2.1\""));
    assert_eq!(became["source"]["ip"], "192.0.2.1");
    for text in ["\"", "\"\"", ""] {
        assert_eq!(read("", text)["tags"], json!(["_cefparsefailure"]), "{text}");
    }
}

#[test]
fn the_last_of_several_values_counts() {
    assert_eq!(extensions("", "src=192.0.2.1 src=192.0.2.2")["source"]["ip"], "192.0.2.2");
}

#[test]
fn what_is_no_message_keeps_its_text() {
    for text in ["a|b|c|d|e|f|g|src=1", "CEF:0|a|b|c|d|e|f", "CEF:0|a|b|c|d|e|f|no pairs"] {
        let became = read("", text);
        assert_eq!(became["tags"], json!(["_cefparsefailure"]), "{text}");
        assert_eq!(became["message"], text);
    }
}
