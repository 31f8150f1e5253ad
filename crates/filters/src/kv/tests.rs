#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value as Json, json};
use weir_testkit::pages::Bench;

use crate::FILTERS;

/// What the pairs of a text become with these settings.
#[track_caller]
fn pairs(settings: &str, text: &str) -> Json {
    let settings = format!("type = \"kv\"\ntarget = \"kv\"\n{settings}");
    let bench = Bench::new(FILTERS, &settings).unwrap();
    let became = bench.pass(&json!({ "message": text })).unwrap().unwrap();
    became.get("kv").cloned().unwrap_or_else(|| json!({}))
}

#[track_caller]
fn check(settings: &str, text: &str, wanted: &Json) {
    assert_eq!(pairs(settings, text), *wanted, "{text}");
}

#[test]
fn a_backslash_takes_the_meaning_from_what_follows() {
    check("", r"a\ b=1", &json!({ r"a\ b": "1" }));
    check("", r"path=C:\ x b=1", &json!({ "path": r"C:\ x", "b": "1" }));
    check("", r#"a="say \"hi\" now" b=1"#, &json!({ "a": r#"say \"hi\" now"#, "b": "1" }));
    check("", r"a\=b", &json!({ r"a\": "b" }));
    check("", r"a\=b=c", &json!({ r"a\=b": "c" }));
    check("", r#"dir="C:\temp\" b=1"#, &json!({ "dir": r"C:\temp\", "b": "1" }));
}

#[test]
fn a_quote_that_does_not_end_a_pair_is_a_character() {
    check("", r#"a="x"y b=1"#, &json!({ "a": r#""x"y"#, "b": "1" }));
    check("", r#"a="x b=1"#, &json!({ "a": "\"x", "b": "1" }));
    check("", "a=it's b=1", &json!({ "a": "it's", "b": "1" }));
    check("", "a=(x (y) b=1", &json!({ "a": "x (y", "b": "1" }));
}

#[test]
fn what_is_no_pair_is_skipped() {
    check("", "", &json!({}));
    check("", "no pairs here", &json!({}));
    check("", "a = = b c", &json!({ "a": "=" }));
    check("", "=x a=1 =", &json!({ "a": "1" }));
    check("whitespace = \"strict\"", "a =1 b= c=2", &json!({ "c": "2" }));
}

#[test]
fn lines_end_a_quoted_value() {
    check("", "a=\"x\"\nb=2 c=\"y\"\r\nd=3", &json!({ "a": "x", "b": "2", "c": "\"y\"\r\nd=3" }));
    check("field-split = \"\\n\"", "a=x y\nb=2", &json!({ "a": "x y", "b": "2" }));
    check("field-split = '\\n'", "a=x y\nb=2", &json!({ "a": "x y", "b": "2" }));
}

#[test]
fn empty_values_count_where_asked() {
    check("", "a=\"\"", &json!({}));
    let strict = "allow-empty-values = true\nwhitespace = \"strict\"";
    check(strict, "a=\"\" b= c=1", &json!({ "a": "", "b": "", "c": "1" }));
}

#[test]
fn separators_may_be_any_characters() {
    check(
        "field-split = \"→\"\nvalue-split = \"é\"",
        "aé1→bé2 3",
        &json!({ "a": "1", "b": "2 3" }),
    );
    check("field-split = \"\\t;\"", "a=1\tb=2;c=3 4", &json!({ "a": "1", "b": "2", "c": "3 4" }));
}

#[test]
fn patterns_separate_like_characters() {
    let both = "field-split-pattern = ' && '\nvalue-split-pattern = '=>'";
    check(both, "a => 1 && junk && b=>\"x && y\" && c=>", &json!({ "a": "1", "b": "x && y" }));
    check("field-split-pattern = ';;'", r"a=1\;;;b=2", &json!({ "a": r"1\;", "b": "2" }));
    check("value-split-pattern = '::?'", "a::1 b:2 \"x", &json!({ "a": "1", "b": "2" }));
}

#[test]
fn pairs_in_values_become_objects() {
    let text = "a=(b=1 b=2 c=(d=3)) e=4 a=5";
    let wanted = json!({ "a": [{ "b": ["1", "2"], "c": "(d=3" }, "5"], "e": "4" });
    let given = pairs("recursive = true", text);
    assert_eq!(given["e"], wanted["e"], "{given}");
    check(
        "recursive = true",
        "a=(b=1 c=[d=3]) e=4",
        &json!({"a": {"b": "1", "c": {"d": "3"}}, "e": "4"}),
    );
    check("recursive = true", "a=(b=1) a=2", &json!({ "a": [{ "b": "1" }, "2"] }));
}

#[test]
fn values_in_values_have_a_limit() {
    let text = "a=".repeat(40);
    let mut depth = 0;
    let mut inner = &pairs("recursive = true", &format!("{text}x"));
    while let Some(next) = inner.get("a") {
        (inner, depth) = (next, depth + 1);
    }
    assert_eq!(depth, 16);
}

#[test]
fn a_value_that_is_there_already_is_left_out_where_asked() {
    let once = "allow-duplicate-values = false";
    check(once, "a=1 a=2 a=1 a=12 b=1", &json!({ "a": ["1", "2", "12"], "b": "1" }));
    let changed = "allow-duplicate-values = false\ntransform-value = \"uppercase\"";
    check(changed, "a=x a=X a=y", &json!({ "a": ["X", "Y"] }));
}

#[test]
fn names_that_become_the_same_share_a_list() {
    check("transform-key = \"lowercase\"", "A=1 a=2", &json!({ "a": ["1", "2"] }));
}

#[test]
fn what_counts_may_depend_on_the_event() {
    let settings = "type = \"kv\"\nprefix = \"%{kind}_\"\nexclude-keys = [\"%{hidden|none}\"]\n";
    let bench = Bench::new(FILTERS, settings).unwrap();
    for (given, wanted) in [
        (json!({"message": "a=1 b=2", "kind": "x"}), json!({"x_a": "1", "x_b": "2"})),
        (json!({"message": "a=1 b=2", "kind": "y", "hidden": "a"}), json!({"y_b": "2"})),
        (json!({"message": "a=1 b=2", "kind": "x"}), json!({"x_a": "1", "x_b": "2"})),
    ] {
        let mut became = bench.pass(&given).unwrap().unwrap();
        became.as_object_mut().unwrap().retain(|name, _| name.contains('_'));
        assert_eq!(became, wanted);
    }
}

#[test]
fn more_pairs_than_the_limit_are_refused() {
    let bench = Bench::new(FILTERS, "type = \"kv\"").unwrap();
    let text: String = (0..10_001).map(|i| format!("k{}=v ", i % 7)).collect();
    let became = bench.pass(&json!({ "message": text })).unwrap().unwrap();
    assert_eq!(became["tags"], json!(["_kv_filter_error"]));
    assert!(became["k1"].is_null());
}

#[test]
fn mistakes_in_settings_are_found() {
    for settings in [
        "field-split = \"\"",
        "field-split = \";\"\nfield-split-pattern = \";;\"",
        "value-split-pattern = \"(\"",
        "value-split-pattern = \"x*\"",
        "prefix = \"%{\"",
    ] {
        assert!(Bench::new(FILTERS, &format!("type = \"kv\"\n{settings}")).is_err(), "{settings}");
    }
}

#[test]
fn every_kind_of_empty_value_counts_where_asked() {
    let settings = "allow-empty-values = true\nwhitespace = \"strict\"";
    let text = "a=one b= c=\"\" a=two d=[] e=";
    check(settings, text, &json!({ "a": ["one", "two"], "b": "", "c": "", "d": "", "e": "" }));
    check("whitespace = \"strict\"", text, &json!({ "a": ["one", "two"] }));
}
