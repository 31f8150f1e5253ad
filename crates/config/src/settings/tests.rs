//! A component's struct becomes the rows of its manual page.

use std::collections::BTreeMap;

use insta::assert_snapshot;
use schemars::JsonSchema;
use serde::Serialize;

use super::*;
use crate::{At, ByteSize, OneOrMany, Period, Secret, Url};

/// Sends things.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case", default)]
struct Sender {
    /// Where to.
    ///
    /// More words.
    #[schemars(required)]
    url: Url,
    /// How much at once.
    batch_size: ByteSize,
    timeout: Option<Period>,
    paths: OneOrMany<At<String>>,
    /// How.
    format: Format,
    plain: Option<Plain>,
    tls: Option<Tls>,
    labels: BTreeMap<String, String>,
    limits: Vec<ByteSize>,
    ratio: f64,
    retries: u8,
    password: Option<Secret>,
    verbose: bool,
    anything: serde_json::Value,
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only its schema is used")]
enum Format {
    /// One object a line.
    Json,
    /// Columns.
    Csv { delimiter: char },
}

#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "only its schema is used")]
enum Plain {
    One,
    Two,
}

/// Encryption.
#[derive(Serialize, JsonSchema)]
struct Tls {
    /// Trusted certificates.
    #[schemars(example = "/etc/ca.pem")]
    ca: String,
    verify: Option<bool>,
}

impl Default for Sender {
    fn default() -> Self {
        Self {
            url: "http://localhost".parse().expect("a constant address"),
            batch_size: ByteSize::mib(5),
            timeout: Some(Period::seconds(30)),
            paths: vec!["a".to_owned().into(), "b\\d".to_owned().into()].into(),
            format: Format::Json,
            plain: None,
            tls: None,
            labels: BTreeMap::from([("a b".to_owned(), "x".to_owned())]),
            limits: Vec::new(),
            ratio: 0.5,
            retries: 3,
            password: None,
            verbose: false,
            anything: Value::Null,
        }
    }
}

#[test]
fn a_struct_becomes_rows() {
    let rows: Vec<String> = settings_of(&schemars::schema_for!(Sender))
        .iter()
        .map(|row| {
            let default = row.default.as_deref().unwrap_or("-");
            let required = if row.required { "required" } else { "optional" };
            format!("{} | {} | {default} | {required} | {:?}", row.name, row.type_text, row.doc)
        })
        .collect();
    assert_snapshot!(rows.join("\n"), @r#"
    url | url | "http://localhost" | optional | "Where to.\n\nMore words."
    batch-size | size | "5 MiB" | optional | "How much at once."
    timeout | duration | "30s" | optional | ""
    paths | text or list of text | ["a", 'b\d'] | optional | ""
    format | `json` or table | "json" | optional | "How.\n\n* `json`: One object a line.\n* `csv`: Columns."
    plain | one of `one`, `two` | - | optional | ""
    tls | table | - | optional | "Encryption."
    tls.ca | text | - | required | "Trusted certificates."
    tls.verify | true or false | - | optional | ""
    labels | table of text | { "a b" = "x" } | optional | ""
    limits | list of sizes | [] | optional | ""
    ratio | number | 0.5 | optional | ""
    retries | whole number | 3 | optional | ""
    password | secret | - | optional | ""
    verbose | true or false | false | optional | ""
    anything | any value | - | optional | ""
    "#);
}

#[test]
fn every_row_has_an_example_line() {
    let lines: Vec<String> =
        settings_of(&schemars::schema_for!(Sender)).iter().map(SettingRow::example_line).collect();
    assert_snapshot!(lines.join("\n"), @r#"
    url = "https://logs.example.com:9200"
    batch-size = "5 MiB"
    timeout = "5s"
    paths = "…"
    format = "json"
    plain = "one"
    tls = { … }
    tls.ca = "/etc/ca.pem"
    tls.verify = true
    labels = { … }
    limits = ["…"]
    ratio = 1
    retries = 1
    password = "${PASSWORD}"
    verbose = true
    anything = "…"
    "#);
}

#[test]
fn a_type_that_contains_itself_ends_somewhere() {
    #[derive(JsonSchema)]
    #[expect(dead_code, reason = "only its schema is used")]
    struct Tree {
        branches: Vec<Tree>,
        only: Option<Box<Tree>>,
    }
    let rows = settings_of(&schemars::schema_for!(Tree));
    assert_eq!(rows[0].type_text, "list of tables");
    assert!(rows.len() < 64, "{}", rows.len());
}
