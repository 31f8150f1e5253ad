//! Cases of Vector's functions for logs of AWS, and those of Beats for IIS.

use serde_json::{Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::Suite;
use crate::check::quoted;
use crate::vrl::arguments_of;

pub(crate) const ALB: Suite = Suite {
    path: "vrl/parse_aws_alb_log.json",
    cases: |cases| named(cases, alb),
    differences: &[],
};

pub(crate) const FLOW: Suite = Suite {
    path: "vrl/parse_aws_vpc_flow_log.json",
    cases: |cases| named(cases, flow),
    differences: &[],
};

pub(crate) const IIS: Suite = Suite {
    path: "beats/filebeat_modules.json",
    cases: |cases| {
        let cases = cases.iter().enumerate().filter(|(_, case)| case["module"] == "iis.access");
        cases.map(|(i, case)| (i.to_string(), iis(case))).collect()
    },
    differences: &[],
};

fn named(cases: &[Json], check: fn(&Json) -> Result<(), String>) -> Vec<crate::Case> {
    cases.iter().enumerate().map(|(i, case)| (i.to_string(), check(case))).collect()
}

/// Compares each wanted part with what `ours` says it is here.
fn compare(case: &Json, settings: &str, ours: impl Fn(&Json, &str) -> Json) -> Result<(), String> {
    let arguments = arguments_of(case)?;
    let bench = Bench::new(FILTERS, &format!("type = \"access-log\"\n{settings}"))?;
    let became = bench.pass(&json!({ "message": arguments["value"] }))?.ok_or("dropped")?;
    let fails = case["expect"].get("error").is_some();
    let is_tagged = !became["tags"].is_null();
    if fails || is_tagged {
        return if fails == is_tagged { Ok(()) } else { Err(format!("{became:#}")) };
    }
    for (name, wanted) in case["expect"]["ok"].as_object().into_iter().flatten() {
        let given = ours(&became, name);
        let is_none = |it: &Json| [json!(null), json!([])].contains(it);
        if given != *wanted && !(is_none(&given) && is_none(wanted)) {
            return Err(format!("`{name}` is {given}, not {wanted}, in {became:#}"));
        }
    }
    Ok(())
}

fn at(event: &Json, path: &str) -> Json {
    event.pointer(&format!("/{}", path.replace('.', "/"))).cloned().unwrap_or_default()
}

fn joined(address: &Json, port: &Json) -> Json {
    match (address.as_str(), port.as_i64()) {
        (Some(address), Some(port)) => json!(format!("{address}:{port}")),
        _ => address.clone(),
    }
}

fn as_text(value: Json) -> Json {
    if value.is_i64() { json!(value.to_string()) } else { value }
}

/// An instant to the microsecond, as Vector's text has it.
fn micros(value: &Json) -> Json {
    let time = value.as_str().and_then(|it| it.parse::<jiff::Timestamp>().ok());
    time.map_or(Json::Null, |it| json!(format!("{it:.6}")))
}

fn alb(case: &Json) -> Result<(), String> {
    compare(case, "format = \"alb\"", |event, name| match name {
        "type" => at(event, "aws.elb.type"),
        "timestamp" => micros(&event["@timestamp"]),
        "elb" => at(event, "aws.elb.name"),
        "client_host" => joined(&at(event, "source.address"), &at(event, "source.port")),
        "target_host" => {
            joined(&at(event, "aws.elb.backend.address"), &at(event, "aws.elb.backend.port"))
        }
        "request_processing_time" => at(event, "aws.elb.request_processing_time.sec"),
        "target_processing_time" => at(event, "aws.elb.backend_processing_time.sec"),
        "response_processing_time" => at(event, "aws.elb.response_processing_time.sec"),
        "elb_status_code" => as_text(at(event, "http.response.status_code")),
        "target_status_code" => as_text(at(event, "aws.elb.backend.http.response.status_code")),
        "received_bytes" => at(event, "http.request.bytes"),
        "sent_bytes" => at(event, "http.response.bytes"),
        "request_method" => at(event, "http.request.method"),
        "request_url" => at(event, "url.original"),
        "request_protocol" => {
            let version = at(event, "http.version");
            version.as_str().map_or(Json::Null, |it| json!(format!("HTTP/{it}")))
        }
        "user_agent" => at(event, "user_agent.original"),
        "ssl_cipher" => at(event, "tls.cipher"),
        "target_group_arn" => at(event, "aws.elb.target_group.arn"),
        "domain_name" => at(event, "destination.domain"),
        "chosen_cert_arn" => at(event, "aws.elb.chosen_cert.arn"),
        "request_creation_time" => micros(&at(event, "event.start")),
        "actions_executed" => {
            let actions = at(event, "aws.elb.action_executed");
            let actions: Vec<&str> =
                actions.as_array().into_iter().flatten().filter_map(Json::as_str).collect();
            if actions.is_empty() { Json::Null } else { json!(actions.join(",")) }
        }
        "error_reason" => at(event, "aws.elb.error.reason"),
        "target_port_list" => at(event, "aws.elb.target_port"),
        "target_status_code_list" => at(event, "aws.elb.target_status_code"),
        "traceability_id" => at(event, "aws.elb.connection_trace_id"),
        other => at(event, &format!("aws.elb.{other}")),
    })
}

fn flow(case: &Json) -> Result<(), String> {
    let fields = arguments_of(case)?.get("format").and_then(Json::as_str).map(quoted);
    let fields = fields.map(|it| format!("fields = {it}\n")).unwrap_or_default();
    let number = |value: Json| value.as_str().and_then(|it| it.parse::<i64>().ok()).into();
    let seconds = |value: Json| {
        let time = value.as_str().and_then(|it| it.parse::<jiff::Timestamp>().ok());
        time.map_or(Json::Null, |it| json!(it.as_second()))
    };
    let upper = |value: Json| value.as_str().map_or(Json::Null, |it| json!(it.to_uppercase()));
    compare(case, &format!("format = \"vpc-flow\"\n{fields}"), |event, name| match name {
        "version" => number(at(event, "aws.vpcflow.version")),
        "encryption_status" => number(at(event, "aws.vpcflow.encryption_status")),
        "account_id" => at(event, "cloud.account.id"),
        "srcaddr" => at(event, "source.address"),
        "dstaddr" => at(event, "destination.address"),
        "srcport" => at(event, "source.port"),
        "dstport" => at(event, "destination.port"),
        "protocol" => number(at(event, "network.iana_number")),
        "packets" | "bytes" => at(event, &format!("network.{name}")),
        "start" | "end" => seconds(at(event, &format!("event.{name}"))),
        "action" => upper(at(event, "event.action")),
        "type" => upper(at(event, "network.type"))
            .to_string()
            .replace("IPV", "IPv")
            .parse()
            .unwrap_or_default(),
        "instance_id" => at(event, "cloud.instance.id"),
        "region" => at(event, "cloud.region"),
        "az_id" => at(event, "cloud.availability_zone"),
        "flow_direction" => at(event, "network.direction"),
        other => at(event, &format!("aws.vpcflow.{other}")),
    })
}

/// The lines that begin with `#` give the columns; the last line is the entry.
fn iis(case: &Json) -> Result<(), String> {
    let text = case["input"].as_str().unwrap_or_default();
    let fields = text.lines().find_map(|line| line.strip_prefix("#Fields:")).ok_or("no columns")?;
    let settings = format!("type = \"access-log\"\nformat = \"w3c\"\nfields = {}", quoted(fields));
    let bench = Bench::new(FILTERS, &settings)?;
    let mut became = None;
    for line in text.lines() {
        let passed = bench.pass(&json!({ "message": line }))?;
        if passed.is_some() == line.starts_with('#') {
            return Err(format!("`{line}` became {passed:?}"));
        }
        became = passed;
    }
    let became = became.ok_or("no entry")?;
    for (name, wanted) in case["expected"].as_object().into_iter().flatten() {
        let given = match name.as_str() {
            "iis.access.body_received.bytes" => at(&became, "http.request.bytes"),
            "iis.access.body_sent.bytes" => at(&became, "http.response.bytes"),
            "iis.access.hostname" => at(&became, "destination.domain"),
            "iis.access.response_code" => at(&became, "http.response.status_code"),
            "iis.access.http_version" => at(&became, "http.version"),
            "iis.access.request_time_ms" => {
                at(&became, "event.duration").as_i64().map(|it| it / 1_000_000).into()
            }
            other => at(&became, other),
        };
        if as_text(given.clone()) != *wanted {
            return Err(format!("`{name}` is {given}, not {wanted}, in {became:#}"));
        }
    }
    Ok(())
}
