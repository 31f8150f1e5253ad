//! Logstash's own specifications of `dissect`, `json`, `date` and `mutate`.

use serde_json::{Map, Value as Json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::check::{expectations, quoted};
use crate::{Case, Suite, mutate};

pub(crate) const DISSECT: Suite = Suite {
    path: "logstash-filters/dissect.json",
    cases: |cases| run(cases, dissect),
    differences: &[],
};

pub(crate) const JSON: Suite =
    Suite { path: "logstash-filters/json.json", cases: |cases| run(cases, json), differences: &[] };

pub(crate) const DATE: Suite =
    Suite { path: "logstash-filters/date.json", cases: |cases| run(cases, date), differences: &[] };

pub(crate) const MUTATE: Suite = Suite {
    path: "logstash-filters/mutate.json",
    cases: |cases| {
        let cases = cases.iter().enumerate();
        cases.map(|(i, case)| (i.to_string(), check(case, &mutate_settings(case)))).collect()
    },
    differences: &[(
        "0",
        "a name that is none is found when the pipeline is loaded, not with an event",
    )],
};

/// The settings of a case, which may be a small pipeline.
fn mutate_settings(case: &Json) -> String {
    let Some(filters) = case["pipeline"]["filter"].as_array() else {
        return case["options"].as_object().map(mutate::settings).unwrap_or_default();
    };
    let mut settings = String::new();
    for filter in filters {
        let options = filter["options"].as_object().expect("options are a table");
        settings += &match filter["name"].as_str() {
            Some("grok") => {
                let pattern = quoted(options["match"]["message"].as_str().unwrap_or_default());
                format!("[[filter]]\ntype = \"grok\"\npattern = {pattern}\n")
            }
            _ => mutate::settings(options),
        };
    }
    settings
}

pub(crate) fn run(cases: &[Json], settings: fn(&Map<String, Json>) -> String) -> Vec<Case> {
    let options = |case: &Json| case["options"].as_object().map(settings).unwrap_or_default();
    let cases = cases.iter().enumerate();
    cases.map(|(i, case)| (i.to_string(), check(case, &options(case)))).collect()
}

pub(crate) fn check(case: &Json, settings: &str) -> Result<(), String> {
    let is_refused = case["register_or_filter_raises"] == true || case["register_raises"] == true;
    let bench = match Bench::new(FILTERS, settings) {
        Ok(_) if is_refused => return Err("the settings were not refused".to_owned()),
        Err(_) if is_refused => return Ok(()),
        bench => bench?,
    };
    let mut event = match &case["event_in"] {
        Json::Null => Json::Object(Map::new()),
        event => event.clone(),
    };
    if let Some(now) = case.get("now") {
        event["@timestamp"] = now.clone();
    }
    expectations(case, bench.pass(&event)?.as_ref())
}

fn text<'a>(options: &'a Map<String, Json>, name: &str) -> Option<&'a str> {
    options.get(name).and_then(Json::as_str)
}

fn dissect(options: &Map<String, Json>) -> String {
    let mut settings = String::new();
    for (field, pattern) in options.get("mapping").and_then(Json::as_object).into_iter().flatten() {
        let pattern = quoted(pattern.as_str().unwrap_or_default());
        let field = quoted(field);
        settings +=
            &format!("[[filter]]\ntype = \"dissect\"\nfield = {field}\npattern = {pattern}\n");
    }
    if let Some(types) = options.get("convert_datatype") {
        let fields = pairs("dissect", types).replace("fields =", "convert-datatype =");
        settings += &format!("[[filter]]\n{fields}");
    }
    settings
}

fn json(options: &Map<String, Json>) -> String {
    let mut settings = "type = \"json\"\n".to_owned();
    for (theirs, ours) in [("source", "field"), ("target", "target")] {
        if let Some(field) = text(options, theirs) {
            settings += &format!("{ours} = {}\n", quoted(field));
        }
    }
    if options.contains_key("remove_field") {
        settings += "remove-source = true\n";
    }
    if options.get("skip_on_invalid_json") == Some(&Json::Bool(true)) {
        settings += "on-error = \"ignore\"\n";
    }
    settings + &failure_tags(options)
}

fn date(options: &Map<String, Json>) -> String {
    let matches = options.get("match").and_then(Json::as_array).map_or(&[][..], Vec::as_slice);
    let words: Vec<String> = matches.iter().filter_map(Json::as_str).map(quoted).collect();
    let (field, formats) = words.split_first().expect("a field and its formats");
    let formats = formats.join(", ");
    let mut settings = format!("type = \"date\"\nfield = {field}\nformats = [{formats}]\n");
    if let Some(zone) = text(options, "timezone") {
        settings += &format!("timezone = {}\n", quoted(zone));
    }
    if let Some(locale) = text(options, "locale") {
        settings += &format!("locale = {}\n", quoted(locale));
    }
    settings += &failure_tags(options);
    if let Some(tag) = text(options, "add_tag") {
        // Filters do not tag events on success; `set` does, of the one that has no tags yet.
        let tags = quoted(&format!("[{}]", quoted(tag)));
        settings = format!(
            "[[filter]]\n{settings}[[filter]]\ntype = \"set\"\nfield = \"tags\"\n\
             when = 'not has_tag(\"_dateparsefailure\")'\nexpression = {tags}\n"
        );
    }
    settings
}

/// The tags of a failure; lists of texts are the same in JSON and in TOML.
fn failure_tags(options: &Map<String, Json>) -> String {
    let tags = options.get("tag_on_failure");
    tags.map(|tags| format!("tag-on-failure = {tags}\n")).unwrap_or_default()
}

/// A filter with a table of fields, which Logstash also writes as a flat list.
///
/// An item of a list (`[field][0]`) becomes the list: `convert` converts every item.
pub(crate) fn pairs(kind: &str, given: &Json) -> String {
    let given: Vec<(String, String)> = match given {
        Json::Array(items) => items
            .chunks(2)
            .map(|pair| (word(&pair[0]), pair.get(1).map(word).unwrap_or_default()))
            .collect(),
        Json::Object(map) => map.iter().map(|(key, value)| (key.clone(), word(value))).collect(),
        _ => Vec::new(),
    };
    let mut fields: Vec<String> = Vec::new();
    for (key, value) in given {
        let list = key.rsplit_once('[').filter(|(_, last)| last.starts_with(char::is_numeric));
        let key = list.map_or(key.as_str(), |(list, _)| list);
        let pair = format!("{} = {}", quoted(key), quoted(&value));
        if !fields.contains(&pair) {
            fields.push(pair);
        }
    }
    format!("type = \"{kind}\"\nfields = {{ {} }}\n", fields.join(", "))
}

fn word(value: &Json) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
