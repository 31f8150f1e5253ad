//! The JSON forms: that of version 2.9, and that of version 3.

use serde::Deserialize;
use serde_json::Value as Json;

use super::native::message;
use super::record::{Peer, Record};
use super::rule::{Rule, severity};

/// The parts that are read. Others are skipped unread: the list of all rules is most of a record.
#[derive(Deserialize)]
struct Document {
    transaction: Json,
    #[serde(default)]
    request: Json,
    #[serde(default)]
    response: Json,
    #[serde(default)]
    audit_data: Json,
}

/// Reads one object.
pub(super) fn read(text: &str) -> Result<Record, String> {
    let document: Document =
        serde_json::from_str(text).map_err(|cause| format!("is no record in JSON: {cause}"))?;
    let mut record = Record { form: "json", ..Record::default() };
    if document.transaction["unique_id"].is_string()
        || document.transaction["client_ip"].is_string()
    {
        third(&mut record, &document.transaction);
    } else {
        second(&mut record, &document);
    }
    if record.id.is_empty() { Err("has no transaction with an id".to_owned()) } else { Ok(record) }
}

/// A text or number as text.
fn text(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        _ => String::new(),
    }
}

fn number(value: &Json) -> Option<i64> {
    value.as_i64().or_else(|| value.as_str()?.parse().ok())
}

fn peer(address: &Json, port: &Json) -> Peer {
    Peer::new(&text(address), &text(port))
}

fn items(value: &Json) -> impl Iterator<Item = &Json> {
    value.as_array().into_iter().flatten()
}

/// A body is a text or a list of pieces.
fn body(value: &Json) -> Option<String> {
    match value {
        Json::Array(pieces) => Some(pieces.iter().filter_map(Json::as_str).collect()),
        Json::String(body) => Some(body.clone()),
        _ => None,
    }
}

/// A header is a text, or a list where it was sent several times.
fn headers(record: &mut Record, value: &Json) {
    for (name, value) in value.as_object().into_iter().flatten() {
        record.header(name, &text(value));
        for value in items(value) {
            record.header(name, &text(value));
        }
    }
}

fn second(record: &mut Record, document: &Document) {
    let Document { transaction, request, response, audit_data } = document;
    record.time = text(&transaction["time"]);
    record.id = text(&transaction["transaction_id"]);
    record.client = peer(&transaction["remote_address"], &transaction["remote_port"]);
    record.server = peer(&transaction["local_address"], &transaction["local_port"]);
    record.request_line = text(&request["request_line"]);
    headers(record, &request["headers"]);
    record.request_body = body(&request["body"]);
    record.status = number(&response["status"]);
    record.response_body = body(&response["body"]);
    for found in items(&audit_data["messages"]) {
        let found = found.as_str().unwrap_or_default();
        message(record, found.strip_prefix("Message: ").unwrap_or(found));
    }
    record.is_stopped |= audit_data["action"]["intercepted"].as_bool().unwrap_or(false);
    record.phase = number(&audit_data["action"]["phase"]);
    record.handler = text(&audit_data["handler"]);
    for name in items(&audit_data["producer"]) {
        record.produced_by(&text(name));
    }
    record.produced_by(&text(&audit_data["producer"]));
    record.software = text(&audit_data["server"]);
    record.engine_mode = text(&audit_data["engine_mode"]);
    if record.engine_mode.is_empty() {
        record.engine_mode = text(&audit_data["Engine-Mode"]);
    }
    // The native form has the sum, this one only what it is of.
    let phases = ["p1", "p2", "p3", "p4", "p5"].map(|it| number(&audit_data["stopwatch"][it]));
    record.combined_micros = number(&audit_data["stopwatch"]["combined"])
        .or_else(|| phases.into_iter().try_fold(0_i64, |sum, it| sum.checked_add(it?)));
}

fn third(record: &mut Record, transaction: &Json) {
    let (request, response) = (&transaction["request"], &transaction["response"]);
    record.time = text(&transaction["time_stamp"]);
    if record.time.is_empty() {
        record.time = text(&transaction["timestamp"]);
    }
    record.id = text(&transaction["unique_id"]);
    if record.id.is_empty() {
        record.id = text(&transaction["id"]);
    }
    record.client = peer(&transaction["client_ip"], &transaction["client_port"]);
    record.server = peer(&transaction["host_ip"], &transaction["host_port"]);
    let (method, uri) = (text(&request["method"]), text(&request["uri"]));
    if !method.is_empty() {
        record.request_line = format!("{method} {uri} HTTP/{}", text(&request["http_version"]));
    }
    record.host = text(&request["hostname"]);
    headers(record, &request["headers"]);
    record.request_body = body(&request["body"]).filter(|it| !it.is_empty());
    record.status = number(&response["http_code"]);
    record.response_body = body(&response["body"]).filter(|it| !it.is_empty());
    let producer = &transaction["producer"];
    record.produced_by(&text(&producer["modsecurity"]));
    record.produced_by(&text(&producer["connector"]));
    for name in items(&producer["components"]) {
        record.produced_by(text(name).trim_matches('"'));
    }
    record.engine_mode = text(&producer["secrules_engine"]);
    record.is_stopped = transaction["is_interrupted"].as_bool().unwrap_or(false);
    for found in items(&transaction["messages"]) {
        let rule = detailed(found);
        record.is_stopped |=
            record.engine_mode == "Enabled" && ["949110", "959100"].contains(&rule.id.as_str());
        record.hit(rule);
    }
}

/// A message of version 3.
fn detailed(found: &Json) -> Rule {
    let details = &found["details"];
    let mut rule = Rule {
        text: text(&details["match"]),
        id: text(&details["ruleId"]),
        message: text(&found["message"]),
        data: text(&details["data"]),
        severity: severity(&text(&details["severity"])),
        file: text(&details["file"]),
        line: number(&details["lineNumber"]),
        version: text(&details["ver"]),
        revision: text(&details["rev"]),
        maturity: number(&details["maturity"]),
        accuracy: number(&details["accuracy"]),
        tags: items(&details["tags"]).take(50).map(text).collect(),
        ..Rule::default()
    };
    rule.settle();
    rule
}
