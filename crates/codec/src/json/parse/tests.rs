#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::Path;
use std::sync::Arc;

use proptest::prelude::*;
use weir_event::{Batch, EventRef, Origin, Timestamp};

use super::*;
use crate::json::{DocumentWriter, write_value};

/// Reads a document and writes it again, without the time.
fn through(text: &[u8], target: Option<&str>) -> Result<String, Malformed> {
    let mut batch = Batch::new();
    let origin = batch.add_origin(&Arc::new(Origin::default()));
    let span = batch.arena.append(text);
    let mut fields = Vec::new();
    parse_object(&mut batch.arena, span, target.map(Key::named), Limits::default(), &mut fields)?;
    let event = batch.push(origin, 0, Timestamp::default());
    for field in fields {
        event.push(field);
    }
    Ok(document(batch.event(0)))
}

fn document(event: EventRef<'_>) -> String {
    let mut out = Vec::new();
    DocumentWriter::default().write(event, &mut out);
    let out = String::from_utf8(out).unwrap();
    let rest = out.strip_prefix(r#"{"@timestamp":"1970-01-01T00:00:00.000Z""#).unwrap();
    format!("{{{}", rest.strip_prefix(',').unwrap_or(rest))
}

#[track_caller]
fn check(text: &str, wanted: &str) {
    // Twice: the second time the names are remembered.
    for _ in 0..2 {
        assert_eq!(through(text.as_bytes(), None).unwrap(), wanted);
    }
}

#[test]
fn documents_come_out_as_they_went_in() {
    check(
        r#"{"a":1,"b":"x","c":true,"d":null,"e":1.50}"#,
        r#"{"a":1,"b":"x","c":true,"d":null,"e":1.50}"#,
    );
    check(
        r#" { "a" : { "b" : [ 1 , { "c.d" : {} } ] } , "e" : {} } "#,
        r#"{"a":{"b":[1,{"c.d":{}}]},"e":{}}"#,
    );
    check(r#"{"a":"\u00e9\ud83d\ude00\n\/\ud800x"}"#, "{\"a\":\"\u{e9}\u{1F600}\\n/\u{FFFD}x\"}");
    check(r#"{"a\n":1,"b\u0041.c":2}"#, r#"{"a\n":1,"bA":{"c":2}}"#);
}

#[test]
fn of_a_name_that_occurs_twice_the_last_counts() {
    check(r#"{"a":1,"a":2,"b":{"c":3},"b.c":4}"#, r#"{"a":2,"b":{"c":4}}"#);
}

#[test]
fn remembered_names_do_not_hide_a_repetition() {
    for text in [r#"{"a":1,"b":2}"#, r#"{"b":1}"#, r#"{"b":1,"b":2}"#] {
        let once = through(text.as_bytes(), None).unwrap();
        assert_eq!(once.matches("\"b\"").count(), 1, "{once}");
    }
}

#[test]
fn a_target_holds_the_members() {
    assert_eq!(
        through(br#"{"a":{"b":1}}"#, Some("app.data")).unwrap(),
        r#"{"app":{"data":{"a":{"b":1}}}}"#
    );
}

#[test]
fn limits_hold() {
    let deep = format!("{{\"a\":{}1{}}}", "[".repeat(100), "]".repeat(100));
    assert_eq!(through(deep.as_bytes(), None).unwrap_err().what, "nested too deeply");
    let wide = format!("{{\"a\":[{}1]}}", "1,".repeat(20_000));
    assert_eq!(through(wide.as_bytes(), None).unwrap_err().what, "too many members");
}

/// The published suite: `y_` must be read, `n_` must be refused, `i_` may be either.
#[test]
fn the_json_test_suite_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/json-test-suite");
    assert!(folder.exists() || std::env::var_os("CI").is_none(), "the test data is missing");
    let (mut seen, mut folders) = (0, vec![folder]);
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else { continue };
        for entry in entries {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            let text = std::fs::read(&path).unwrap();
            let mut arena = Arena::default();
            let span = arena.append(&text);
            let read = parse_value(&mut arena, span, Limits::default());
            match &name[..2] {
                "y_" => assert!(read.is_ok(), "{name}: {read:?}"),
                "n_" => assert!(read.is_err(), "{name}"),
                _ => {}
            }
            seen += 1;
        }
    }
    assert!(seen > 200 || std::env::var_os("CI").is_none(), "only {seen} files were there");
}

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(text in any::<Vec<u8>>()) {
        let mut arena = Arena::default();
        let span = arena.append(&text);
        let ours = parse_value(&mut arena, span, Limits::default());
        let theirs = serde_json::from_slice::<serde_json::Value>(&text);
        prop_assert!(ours.is_ok() || theirs.is_err());
    }

    #[test]
    fn values_survive_reading_and_writing(seed in "[ -~]{0,20}", number in any::<i64>(), float in any::<f64>()) {
        let wanted = serde_json::json!([seed, number, {"k": [float, null, true]}]);
        let mut arena = Arena::default();
        let span = arena.append(wanted.to_string().as_bytes());
        let value = parse_value(&mut arena, span, Limits::default()).unwrap();
        let mut out = Vec::new();
        write_value(weir_event::ValueRef::new(&value, &arena), &mut out);
        prop_assert_eq!(String::from_utf8(out).unwrap(), wanted.to_string());
    }
}
