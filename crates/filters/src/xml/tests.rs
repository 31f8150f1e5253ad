#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value as Json, json};
use weir_testkit::pages::Bench;

use crate::FILTERS;

fn read(settings: &str, text: &str) -> Json {
    let bench = Bench::new(FILTERS, &format!("type = \"xml\"\n{settings}")).unwrap();
    bench.pass(&json!({ "message": text })).unwrap().unwrap()
}

#[track_caller]
fn stored(settings: &str, text: &str, wanted: &Json) {
    let became = read(&format!("target = \"x\"\n{settings}"), text);
    assert_eq!(became["x"], *wanted, "{text}: {became:#}");
}

#[track_caller]
fn found(path: &str, text: &str, wanted: &Json) {
    let became = read(&format!("xpath = {{ \"x\" = {path:?} }}"), text);
    assert_eq!(became["x"], *wanted, "{path}: {became:#}");
}

#[test]
fn documents_become_objects() {
    stored("", "<a>text</a>", &json!("text"));
    stored("force-content = true", "<a>text</a>", &json!({ "content": "text" }));
    stored("", "<a/>", &json!({}));
    stored("", "<a><b/><c> </c><d x='1'/></a>", &json!({ "d": [{ "x": "1" }] }));
    stored("force-array = false\nsuppress-empty = false", "<a><b/></a>", &json!({ "b": {} }));
    stored("", "<a>x<b>y</b>z</a>", &json!({ "b": ["y"], "content": "xz" }));
    stored("", "<a b='1'><b>2</b></a>", &json!({ "b": ["1", "2"] }));
    stored("force-array = false", "<a><b><c>1</c></b></a>", &json!({ "b": { "c": "1" } }));
    stored("", "<a>&lt;&#65;&#x42;&amp;<![CDATA[<&>]]></a>", &json!("<AB&<&>"));
    stored("remove-namespaces = true", "<p:a xmlns:p='u' p:b='1'/>", &json!({ "b": "1" }));
    stored("", "\u{FEFF}<?xml version='1.0'?><!DOCTYPE a><!-- c --><a>1</a>\n", &json!("1"));
}

#[test]
fn what_is_not_well_formed_is_refused() {
    let deep = "<a>".repeat(65) + &"</a>".repeat(65);
    let many = format!("<a>{}</a>", "<b/>".repeat(10_000));
    for text in [
        "",
        "text",
        "<a>",
        "<a></b>",
        "<a/><b/>",
        "<a/>x",
        "<a b></a>",
        "<a>&c;</a>",
        "<a b='&c;'/>",
        "<!DOCTYPE a [<!ENTITY c 'd'>]><a>&c;</a>",
        "<a><![CDATA[</a>",
        "<a><!-- </a>",
        &deep,
        &many,
    ] {
        let became = read("target = \"x\"", text);
        assert_eq!(became["tags"], json!(["_xmlparsefailure"]), "{text:.40}: {became:#}");
        assert!(became["x"].is_null());
    }
}

#[test]
fn paths_find_parts() {
    let text = "<r xmlns:p='urn:p'><i n='1'>a</i><i n='2'><b>c</b></i><p:i>d</p:i>e</r>";
    for (path, wanted) in [
        ("/r/i/@n", json!(["1", "2"])),
        ("//i[2]", json!(["<i n=\"2\"><b>c</b></i>"])),
        ("//i[last()]/b/text()", json!(["c"])),
        ("//i[@n='1']/text()", json!(["a"])),
        ("//i[b='c']/@*", json!(["2"])),
        ("//*[@n]/text()", json!(["a"])),
        ("/r/text()", json!(["e"])),
        ("//b/../@n", json!(["2"])),
        ("/r/p:i", json!(["<p:i>d</p:i>"])),
        ("r/i[text()='a']/@n", json!(["1"])),
        ("//i[x]", json!(null)),
        ("/x", json!(null)),
        ("name(/*)", json!(["r"])),
        ("local-name(//p:i)", json!(["i"])),
        ("count(//i)", json!(["2"])),
        ("string(//b)", json!(["c"])),
        ("string(//i/@n)", json!(["1"])),
        ("//i[3]", json!(null)),
    ] {
        found(path, text, &wanted);
    }
}

#[test]
fn for_paths_alone_documents_are_mended() {
    found("//b/text()", "<a><b>1</b><c></a>", &json!(["1"]));
    found("//b/text()", "<a><b>1 & 2 &x;</b>", &json!(["1 & 2 &x;"]));
    found("/a/b/text()", "<a><b>1</c></b><d", &json!(["1"]));
    let became = read("strict = true\nxpath = { \"x\" = \"//b\" }", "<a><b>1</b><c></a>");
    assert_eq!(became["tags"], json!(["_xmlparsefailure"]));
}

#[test]
fn a_path_cannot_give_more_than_the_limit() {
    let text = "<a>".repeat(60) + &"x".repeat(200_000) + &"</a>".repeat(60);
    let became = read("xpath = { \"x\" = \"//a\" }", &text);
    assert_eq!(became["tags"], json!(["_xmlparsefailure"]));
}

#[test]
fn mistakes_in_settings_are_found() {
    for settings in [
        "",
        "xpath = { \"x\" = \"\" }",
        "xpath = { \"x\" = \"/a[0]\" }",
        "xpath = { \"x\" = \"/a[\" }",
        "xpath = { \"x\" = \"/a[@b=c]\" }",
        "xpath = { \"x\" = \"sum(/*)\" }",
        "xpath = { \"x\" = \"count(/*\" }",
        "xpath = { \"x\" = \"count()\" }",
        "xpath = { \"x\" = \"/a b\" }",
        "xpath = { \"x\" = \"/a/\" }",
        "store-xml = false",
    ] {
        assert!(Bench::new(FILTERS, &format!("type = \"xml\"\n{settings}")).is_err(), "{settings}");
    }
}
