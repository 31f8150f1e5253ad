//! Reads the published cases in place and applies captures the way Logstash's filter does.

use std::path::PathBuf;

use serde_json::{Map, Value, json};
use weir_grok::{Cast, Pattern, Scratch};

pub(crate) const DATA: &str = "/work/shared/data";

/// A data file, or `None` with a note when the data are not here. On CI they have to be.
pub(crate) fn read(path: &str) -> Option<String> {
    let path = PathBuf::from(DATA).join(path);
    match std::fs::read_to_string(&path) {
        Ok(text) => Some(text),
        Err(error) => {
            assert!(std::env::var_os("CI").is_none(), "{}: {error}", path.display());
            eprintln!("skipped: {}: {error}", path.display());
            None
        }
    }
}

pub(crate) fn read_json(path: &str) -> Option<Value> {
    read(path).map(|text| serde_json::from_str(&text).expect("the published file is JSON"))
}

pub(crate) const CASE_FILES: &[&str] = &[
    "aws",
    "bacula",
    "bind",
    "bro",
    "core",
    "exim",
    "firewalls",
    "haproxy",
    "httpd",
    "java",
    "junos",
    "maven",
    "mcollective",
    "mongodb",
    "nagios",
    "netscreen",
    "rails3",
    "redis",
    "shorewall",
    "squid",
    "syslog",
];

pub(crate) fn cases(file: &str) -> Vec<Value> {
    let Some(json) = read_json(&format!("logstash-patterns-core/{file}.json")) else {
        return Vec::new();
    };
    json["cases"].as_array().expect("cases are a list").clone()
}

/// The pattern of a published case.
pub(crate) fn pattern_text(case: &Value) -> String {
    if let Some(text) = case["match"].as_str() {
        return text.to_owned();
    }
    let name = case["pattern"].as_str().expect("a case has a pattern");
    if case["exact"] == json!(true) { format!("^%{{{name}}}$") } else { format!("%{{{name}}}") }
}

/// The event after the filter: captures appended to what is there; empty ones dropped.
pub(crate) fn event(line: &str, pattern: &Pattern, scratch: &Scratch) -> Value {
    let mut event = json!({ "message": line });
    for (capture, span) in pattern.captures().iter().zip(scratch.iter()) {
        let Some((start, end)) = span.filter(|(start, end)| start < end) else { continue };
        append(&mut event, &capture.name, cast(&line[start..end], capture.cast));
    }
    event
}

/// Ruby's `to_i` and `to_f` read as much of the text as is a number.
fn cast(text: &str, cast: Cast) -> Value {
    let leading = |allowed: &str| {
        let end = text.find(|c: char| !allowed.contains(c)).unwrap_or(text.len());
        text[..end].to_owned()
    };
    match cast {
        Cast::Text => json!(text),
        Cast::Int | Cast::Long => json!(leading("+-0123456789").parse::<i64>().unwrap_or(0)),
        Cast::Float => json!(leading("+-.0123456789eE").parse::<f64>().unwrap_or(0.0)),
        Cast::Boolean => json!(text == "true"),
    }
}

fn append(event: &mut Value, path: &str, value: Value) {
    let mut place = event;
    for part in path.split('.') {
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        place =
            place.as_object_mut().expect("made an object above").entry(part).or_insert(Value::Null);
    }
    match place {
        Value::Null => *place = value,
        Value::Array(values) => values.push(value),
        former => *former = json!([former.take(), value]),
    }
}

/// `[a][b]` or `a` in an event.
pub(crate) fn field<'e>(event: &'e Value, reference: &str) -> &'e Value {
    let path = reference.trim_start_matches('[').trim_end_matches(']');
    path.split("][").fold(event, |value, part| &value[part])
}
