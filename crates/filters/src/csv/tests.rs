#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value as Json, json};
use weir_testkit::pages::Bench;

use crate::FILTERS;

#[track_caller]
fn check(settings: &str, text: &str, wanted: &Json) {
    let settings = format!("type = \"csv\"\ntarget = \"row\"\n{settings}");
    let bench = Bench::new(FILTERS, &settings).unwrap();
    let became = bench.pass(&json!({ "message": text })).unwrap().unwrap();
    let given = if became["tags"].is_null() { &became["row"] } else { &became["error"]["message"] };
    assert_eq!(given, wanted, "{text:?}");
}

#[test]
fn quotes_hold_what_would_end_a_value() {
    check(
        "",
        r#"a,"b ""c"", d",e"#,
        &json!({"column1": "a", "column2": "b \"c\", d", "column3": "e"}),
    );
    check("", "\"a\nb\",c\nd,e", &json!({ "column1": "a\nb", "column2": "c" }));
    check("", "\"\",", &json!({ "column1": "", "column2": null }));
    check("quote-char = \"'\"", "'a,b',c", &json!({ "column1": "a,b", "column2": "c" }));
    check("quote-char = \"\"", "\"a,b\"", &json!({ "column1": "\"a", "column2": "b\"" }));
}

#[test]
fn quotes_out_of_order_are_failures() {
    for (text, why) in [
        ("a,\"b", "csv-1: a quote at byte 2 of `message` is not closed"),
        ("a,b\"c", "csv-1: a quote at byte 3 of `message` stands in a value without quotes"),
        ("\"a\"b,c", "csv-1: a quote at byte 2 of `message` has text behind it"),
        ("", "csv-1: `message` is empty"),
    ] {
        check("", text, &json!(why));
    }
}

#[test]
fn separators_may_be_long_and_blanks_left_away() {
    check(
        "separator = \" | \"",
        "a | b|c | d",
        &json!({"column1": "a", "column2": "b|c", "column3": "d"}),
    );
    check(
        "trim-leading-space = true",
        "a,  \"b\", c",
        &json!({"column1": "a", "column2": "b", "column3": "c"}),
    );
    check(
        "separator = \" \"\ntrim-leading-space = true",
        "a  b",
        &json!({"column1": "a", "column2": null, "column3": "b"}),
    );
    check("", "a,b\r\n", &json!({ "column1": "a", "column2": "b" }));
}

#[test]
fn columns_of_any_number_have_names() {
    let text = vec!["x"; 120].join(",");
    let bench = Bench::new(FILTERS, "type = \"csv\"\ntarget = \"row\"").unwrap();
    let became = bench.pass(&json!({ "message": text })).unwrap().unwrap();
    assert_eq!(became["row"]["column1"], "x");
    assert_eq!(became["row"]["column120"], "x");
}

#[test]
fn mistakes_in_settings_are_found() {
    for settings in [
        "separator = \"\"",
        "separator = '\"'",
        "quote-char = \"ab\"",
        "columns = [\"a\", \"a\"]",
        "columns = [\"@timestamp\"]",
        "convert = { \"b\" = \"integer\" }",
        "convert = { \"column1\" = \"number\" }",
    ] {
        assert!(Bench::new(FILTERS, &format!("type = \"csv\"\n{settings}")).is_err(), "{settings}");
    }
}

fn without(mut document: Json, names: &[&str]) -> Json {
    document.as_object_mut().unwrap().retain(|name, _| !names.contains(&name.as_str()));
    document
}

#[test]
fn names_are_those_of_the_header() {
    let read = |settings: &str, header: &str, text: &str| {
        let settings = format!("type = \"csv\"\nautodetect-column-names = true\n{settings}");
        let bench = Bench::new(FILTERS, &settings).unwrap();
        let documents = [json!({ "message": text }), json!({ "message": text })];
        let mut became = bench.pass_under(header, &documents).unwrap();
        assert_eq!(became[0], became[1], "{text}");
        without(became.remove(0), &["message", "@timestamp"])
    };
    let given = read("convert = { \"a\" = \"integer\" }", "\"a\",b \"\"x\"\",,d.e\n", "1,2,3,4,5");
    let why = &given["error"]["message"];
    assert_eq!(why, "csv-1: the header is no row", "a quote in a name without quotes");
    assert_eq!(
        read("convert = { \"a\" = \"integer\" }", "\"a\",\"b \"\"x\"\"\",,d.e\n", "1,2,3,4,5"),
        json!({"a": 1, "b \"x\"": "2", "column3": "3", "d": {"e": "4"}, "column5": "5"})
    );
    assert_eq!(
        read("autogenerate-column-names = false", "a,,c", "1,2,3,4"),
        json!({"a": "1", "c": "3"})
    );
    let zeek = "separator = \"\\t\"\nquote-char = \"\"\nheader-prefix = \"#fields\\t\"";
    let header = "#separator \\x09\n#fields\tts\tid.orig_h\n#types\ttime\taddr\n";
    assert_eq!(read(zeek, header, "1.5\t::1"), json!({"ts": "1.5", "id": {"orig_h": "::1"}}));
    let why = read(zeek, "#open", "1.5")["error"]["message"].clone();
    assert_eq!(why, "csv-1: no line of the header begins with `#fields\t`");
    assert_eq!(read("columns = [\"x\"]\nheader-prefix = \"#f \"", "#open", "1"), json!({"x": "1"}));
}

#[test]
fn without_a_header_the_settings_names_count() {
    let read = |settings: &str| {
        let settings = format!("type = \"csv\"\nautodetect-column-names = true\n{settings}");
        let bench = Bench::new(FILTERS, &settings).unwrap();
        bench.pass(&json!({ "message": "1" })).unwrap().unwrap()
    };
    assert_eq!(read("columns = [\"x\"]")["x"], "1");
    let why = "csv-1: the event has no header: set `header-lines` in the `file` input";
    assert_eq!(read("")["error"]["message"], why);
    assert!(Bench::new(FILTERS, "type = \"csv\"\nheader-prefix = \"#\"").is_err());
}
