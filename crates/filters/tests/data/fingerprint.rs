//! Logstash's own specification of `fingerprint`.

use serde_json::{Map, Value as Json};

use crate::Suite;
use crate::check::quoted;
use crate::logstash::run;

pub(crate) const LOGSTASH: Suite = Suite {
    path: "logstash-filters/fingerprint.json",
    cases: |cases| {
        // `ecs` says which field gets it when there is no `target`.
        let with_target = |case: &Json| {
            let mut case = case.clone();
            if case["options"].get("target").is_none() {
                let target = if case["ecs"] == "v1" { "[event][hash]" } else { "fingerprint" };
                case["options"]["target"] = target.into();
            }
            if let Some(time) = case["event_in"]["@timestamp"]["$ts"].as_str() {
                case["event_in"]["@timestamp"] = time.into();
            }
            case
        };
        run(&cases.iter().map(with_target).collect::<Vec<_>>(), settings)
    },
    differences: &[],
};

fn settings(options: &Map<String, Json>) -> String {
    let text = |name: &str| options.get(name).and_then(Json::as_str).unwrap_or_default();
    let fields: Vec<String> = match options.get("source") {
        Some(Json::Array(names)) => names.iter().filter_map(Json::as_str).map(quoted).collect(),
        Some(Json::String(name)) => vec![quoted(name)],
        _ => vec![quoted("message")],
    };
    let mut settings = format!(
        "type = \"fingerprint\"\nfields = [{}]\nmethod = {}\ntarget = {}\n",
        fields.join(", "),
        quoted(text("method")),
        quoted(text("target"))
    );
    match text("key") {
        "" => {}
        bits if text("method") == "IPV4_NETWORK" => {
            settings += &format!("prefix-length = {bits}\n");
        }
        key => settings += &format!("key = {}\n", quoted(key)),
    }
    if options.get("base64encode") == Some(&Json::Bool(true)) {
        settings += "encoding = \"base64\"\n";
    }
    let joins = options.get("concatenate_sources") == Some(&Json::Bool(true));
    settings + &format!("concatenate-sources = {joins}\n")
}
