//! Logstash's own specifications of the filters and codecs that take a text apart.

use serde_json::{Map, Value as Json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::check::expectations_named;
use crate::{Case, Suite};

pub(crate) const KV: Suite = Suite {
    path: "logstash-filters/kv.json",
    cases: |cases| run(cases, "kv"),
    differences: &[("11", "filters do not tag events on success; `set` does")],
};

pub(crate) const CSV: Suite =
    Suite { path: "logstash-filters/csv.json", cases: |cases| run(cases, "csv"), differences: &[] };

pub(crate) const SYSLOG_PRI: Suite = Suite {
    path: "logstash-filters/syslog_pri.json",
    cases: |cases| run(cases, "syslog-pri"),
    differences: &[],
};

pub(crate) const XML: Suite =
    Suite { path: "logstash-filters/xml.json", cases: |cases| run(cases, "xml"), differences: &[] };

pub(crate) const CEF: Suite = Suite {
    path: "logstash-codecs/cef.json",
    cases: |cases| {
        let named = cases.iter().enumerate();
        named.map(|(i, case)| (i.to_string(), cef(case))).collect()
    },
    differences: &[],
};

fn cef(case: &Json) -> Result<(), String> {
    if case["encode"] == true {
        return Err("writes a message".to_owned());
    }
    let is_ecs = case["ecs"] == "v1";
    let mut settings = format!("type = \"cef\"\necs = {is_ecs}\nunknown-at-root = true\n");
    for (theirs, ours) in [
        ("raw_data_field", "raw-data-field"),
        ("default_timezone", "timezone"),
        ("device", "device"),
    ] {
        if let Some(value) = case["options"][theirs].as_str() {
            settings += &format!("{ours} = {}\n", toml::Value::from(value));
        }
    }
    let bench = Bench::new(FILTERS, &settings)?;
    let Json::String(text) = &case["data"] else { return Err("bytes that are no text".to_owned()) };
    // With a delimiter the input cuts the messages.
    let delimiter = if case["options"]["delimiter"].is_string() { "\r\n" } else { "\0" };
    for message in text.split(delimiter).take(1) {
        let became = bench.pass(&serde_json::json!({ "message": message }))?;
        expectations_named(case, became.as_ref(), str::to_owned)?;
    }
    Ok(())
}

/// Settings that every filter of Logstash has, or that guard against slow patterns.
const COMMON: [&str; 5] =
    ["add_tag", "add_field", "tag_on_timeout", "timeout_millis", "ecs_compatibility"];

fn run(cases: &[Json], kind: &str) -> Vec<Case> {
    let named = cases.iter().enumerate();
    named.map(|(i, case)| (i.to_string(), check(case, kind))).collect()
}

fn check(case: &Json, kind: &str) -> Result<(), String> {
    let mut settings = settings(kind, case["options"].as_object().unwrap_or(&Map::new()));
    if kind == "syslog-pri" && case["ecs"] == "disabled" && !settings.contains("field =") {
        settings += "field = \"syslog_pri\"\n";
    }
    let is_refused = case["register_or_filter_raises"] == true;
    let bench = match Bench::new(FILTERS, &settings) {
        Ok(_) if is_refused => return Err("the settings were not refused".to_owned()),
        Err(_) if is_refused => return Ok(()),
        bench => bench?,
    };
    let event = nested(&case["event_in"]);
    let became = bench.pass(&event)?;
    expectations_named(case, became.as_ref(), our_name)
}

/// Our name of a field that Logstash names otherwise without ECS.
fn our_name(name: &str) -> String {
    let parts = name.strip_prefix("syslog_").and_then(|rest| match rest {
        "facility" | "severity" => Some((rest, "name")),
        _ => rest.strip_suffix("_code").map(|rest| (rest, "code")),
    });
    parts.map_or_else(|| name.to_owned(), |(what, part)| format!("[log][syslog][{what}][{part}]"))
}

/// An event whose names may be written as `[a][b]`.
fn nested(event: &Json) -> Json {
    let mut out = Map::new();
    for (name, value) in event.as_object().into_iter().flatten() {
        let inner = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let mut place = &mut out;
        let mut parts: Vec<&str> = inner.unwrap_or(name).split("][").collect();
        let last = parts.pop().unwrap_or_default();
        for part in parts {
            let below = place.entry(part).or_insert_with(|| Json::Object(Map::new()));
            place = below.as_object_mut().expect("only objects have fields below");
        }
        place.insert(last.to_owned(), value.clone());
    }
    Json::Object(out)
}

/// Our settings in place of Logstash's.
fn settings(kind: &str, options: &Map<String, Json>) -> String {
    let mut settings = format!("type = \"{kind}\"\n");
    for (name, value) in options {
        if COMMON.contains(&name.as_str()) {
            continue;
        }
        let name = match name.as_str() {
            "source" | "syslog_pri_field_name" => "field".to_owned(),
            // Nokogiri's options; only one of them means something here.
            "parse_options" if is_known(value) => {
                settings += &format!("strict = {}\n", value.to_string().contains("strict"));
                continue;
            }
            "use_labels" => {
                settings += "labels = \"none\"\n";
                continue;
            }
            name => name.replace('_', "-"),
        };
        settings += &format!("{name} = {}\n", toml_of(&name, value));
    }
    settings
}

/// Whether all parse options are ones that Nokogiri knows.
fn is_known(options: &Json) -> bool {
    const KNOWN: [&str; 12] = [
        "strict",
        "recover",
        "noent",
        "dtdload",
        "dtdattr",
        "dtdvalid",
        "noerror",
        "nowarning",
        "pedantic",
        "noblanks",
        "no_error",
        "no_warning",
    ];
    let options = options.as_str().unwrap_or_default().to_lowercase();
    options.split([',', '|']).all(|it| KNOWN.contains(&it.trim()))
}

fn toml_of(name: &str, value: &Json) -> String {
    match (name, value) {
        // Logstash takes a flat list for a table.
        ("default-keys" | "xpath", Json::Array(items)) => {
            let pairs = items.chunks(2).map(|pair| {
                let pair = (&pair[0], pair.get(1).unwrap_or(&Json::Null));
                // Logstash names the path first.
                let (key, value) = if name == "xpath" { (pair.1, pair.0) } else { pair };
                (key.as_str().unwrap_or_default().to_owned(), value.clone())
            });
            toml_of("", &Json::Object(pairs.collect()))
        }
        (_, Json::Object(pairs)) => {
            let pairs: Vec<String> = pairs
                .iter()
                .map(|(key, value)| {
                    format!("{} = {}", toml::Value::from(key.as_str()), toml_of(name, value))
                })
                .collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        (_, Json::Array(items)) => {
            let items: Vec<String> = items.iter().map(|it| toml_of("", it)).collect();
            format!("[{}]", items.join(", "))
        }
        // Logstash takes truth values as texts.
        (_, Json::String(text)) if text == "true" || text == "false" => text.clone(),
        (_, Json::String(text)) => toml::Value::from(text.as_str()).to_string(),
        (_, other) => other.to_string(),
    }
}
