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

/// Settings that every filter of Logstash has, or that guard against slow patterns.
const COMMON: [&str; 6] = [
    "add_tag",
    "add_field",
    "tag_on_failure",
    "tag_on_timeout",
    "timeout_millis",
    "ecs_compatibility",
];

fn run(cases: &[Json], kind: &str) -> Vec<Case> {
    let named = cases.iter().enumerate();
    named.map(|(i, case)| (i.to_string(), check(case, kind))).collect()
}

fn check(case: &Json, kind: &str) -> Result<(), String> {
    let settings = settings(kind, case["options"].as_object().unwrap_or(&Map::new()));
    let is_refused = case["register_or_filter_raises"] == true;
    let bench = match Bench::new(FILTERS, &settings) {
        Ok(_) if is_refused => return Err("the settings were not refused".to_owned()),
        Err(_) if is_refused => return Ok(()),
        bench => bench?,
    };
    let event = nested(&case["event_in"]);
    let became = bench.pass(&event)?;
    expectations_named(case, became.as_ref(), str::to_owned)
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
        let name = if name == "source" { "field".to_owned() } else { name.replace('_', "-") };
        settings += &format!("{name} = {}\n", toml_of(&name, value));
    }
    settings
}

fn toml_of(name: &str, value: &Json) -> String {
    match (name, value) {
        // Logstash takes a flat list for a table.
        ("default-keys" | "xpath", Json::Array(items)) => {
            let pairs = items.chunks(2).map(|pair| {
                let value = pair.get(1).cloned().unwrap_or_default();
                (pair[0].as_str().unwrap_or_default().to_owned(), value)
            });
            toml_of(name, &Json::Object(pairs.collect()))
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
