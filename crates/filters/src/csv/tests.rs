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
