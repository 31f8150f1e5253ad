//! Filebeat's and Logstash's own tables of lines and the events they make.

use serde_json::{Map, Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::check::quoted;
use crate::{Case, Suite};

pub(crate) const FILEBEAT: Suite = Suite {
    path: "beats/multiline.json",
    cases: |cases| cases.iter().map(filebeat).collect(),
    differences: &[],
};

pub(crate) const LOGSTASH: Suite = Suite {
    path: "logstash-codecs/multiline.json",
    cases: |cases| cases.iter().map(logstash).collect(),
    differences: &[
        ("ISO-8859-1 source", "lines are bytes here; an input would have to translate them"),
        (
            "ASCII-8BIT source: each high byte becomes U+FFFD",
            "a run of bytes that are not UTF-8 becomes one mark for each wrong sequence",
        ),
    ],
};

fn filebeat(case: &Json) -> Case {
    let run = || {
        let settings = settings(case["config"].as_object().ok_or("a case has settings")?);
        let input = case["input"].as_str().ok_or("a case has an input")?;
        let wanted = case["expected_events"].as_array().ok_or("a case expects events")?;
        let became = events(&settings, input.lines().map(|line| json!({ "message": line })))?;
        let given: Vec<Json> = became.iter().map(|event| event["message"].clone()).collect();
        if given == *wanted { Ok(()) } else { Err(format!("{given:?} instead of {wanted:?}")) }
    };
    (name(case), run())
}

fn logstash(case: &Json) -> Case {
    let run = || {
        let settings = settings(case["options"].as_object().ok_or("a case has options")?);
        if case.get("lines_hex").is_some() {
            return Err("the lines are no text".to_owned());
        }
        let lines = case["lines"].as_array().ok_or("a case has lines")?;
        let lines = lines.iter().filter_map(Json::as_str).flat_map(str::lines);
        let lines: Vec<&str> = lines.collect();
        let given = lines.iter().map(|line| json!({ "message": line }));
        let became = events(&settings, given)?;
        let text = |event: &Json| event["message"].as_str().unwrap_or_default().to_owned();
        let all: Vec<String> = became.iter().map(text).collect();
        if all.join("\n") != lines.join("\n") {
            return Err(format!("{all:?} is not what was given"));
        }
        if case.get("events_property").is_some() {
            let is_tagged = became[0]["tags"] == json!(["multiline_codec_max_bytes_reached"]);
            let is_fine = became.len() > 1 && is_tagged;
            return if is_fine { Ok(()) } else { Err(format!("became {became:?}")) };
        }
        let wanted = case["events"].as_array().ok_or("a case expects events")?;
        if became.len() != wanted.len() {
            return Err(format!("became {became:?}"));
        }
        for (given, wanted) in became.iter().zip(wanted) {
            for (field, value) in wanted.as_object().into_iter().flatten() {
                if given[field] != *value {
                    return Err(format!("`{field}` is {} instead of {value}", given[field]));
                }
            }
        }
        Ok(())
    };
    (name(case), run())
}

fn name(case: &Json) -> String {
    case["name"].as_str().unwrap_or_default().to_owned()
}

fn settings(options: &Map<String, Json>) -> String {
    let mut settings = "type = \"multiline\"\n".to_owned();
    for (theirs, value) in options {
        let (ours, value) = match (theirs.as_str(), value) {
            ("what", Json::String(what)) if what == "previous" => ("match", "\"after\"".to_owned()),
            ("what", _) => ("match", "\"before\"".to_owned()),
            ("multiline_tag", Json::String(tag)) => ("tag", quoted(tag)),
            ("flush_pattern", Json::String(pattern)) => ("flush-pattern", quoted(pattern)),
            ("max_lines", value) => ("max-lines", value.to_string()),
            ("max_bytes", value) => ("max-bytes", format!("\"{value} B\"")),
            ("pattern", Json::String(pattern)) => ("pattern", quoted(pattern)),
            ("negate" | "match", value) => (theirs.as_str(), value.to_string()),
            _ => continue,
        };
        settings += &format!("{ours} = {value}\n");
    }
    settings
}

fn events(settings: &str, given: impl Iterator<Item = Json>) -> Result<Vec<Json>, String> {
    Bench::new(FILTERS, settings)?.pass_all(&given.collect::<Vec<_>>())
}
