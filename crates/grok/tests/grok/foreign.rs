//! Patterns other people wrote, and the published cases of Logstash's grok filter.

use serde_json::Value;
use weir_grok::{Definitions, Family, Pattern, PatternSet, Scratch};

use crate::support::{read, read_json};

/// Names of their own vocabulary that their parsers refer to; it is not part of the set.
const THEIR_VOCABULARY: &str = "\
NOTDQUOTE [^\"]*
NOTSQUOTE [^']*
";

#[test]
fn crowdsecs_patterns_compile() {
    let Some(json) = read_json("crowdsecurity-hub/patterns.json") else { return };
    let (mut compiled, mut linear, mut unknown, mut refused) = (0, 0, 0, Vec::new());
    for (name, parser) in json["parsers"].as_object().expect("parsers are named") {
        let mut definitions = Definitions::stock(Family::Legacy);
        definitions.add_file_text(THEIR_VOCABULARY).expect("right");
        for (name, text) in parser["pattern_syntax"].as_object().into_iter().flatten() {
            definitions
                .add(name, text.as_str().expect("text").trim_end_matches('\n'))
                .expect("a definition");
        }
        for grok in parser["grok"].as_array().into_iter().flatten() {
            let Some(text) = grok["pattern"].as_str() else { continue };
            match Pattern::compile(text.trim_end_matches('\n'), &definitions) {
                Ok(pattern) => {
                    compiled += 1;
                    linear += usize::from(pattern.is_linear());
                }
                Err(error) if error.to_string().starts_with("no pattern is called") => unknown += 1,
                Err(error) => refused.push(format!("{name}: {error}: {text}")),
            }
        }
    }
    eprintln!("{compiled} compile, {linear} of them linear, {unknown} need names of theirs");
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert!(compiled > 150 && linear * 10 > compiled * 9, "{compiled} {linear} {unknown}");
}

/// Cases of the filter that are about matching alone: the first pattern list on `message`.
#[test]
fn the_filters_published_cases_match_as_they_should() {
    let Some(json) = read_json("logstash-filters/grok.json") else { return };
    let mut checked = 0;
    for case in json["cases"].as_array().expect("cases are a list") {
        let options = &case["options"];
        let (Some(line), Some(texts)) =
            (case["event_in"]["message"].as_str(), patterns(&options["match"]["message"]))
        else {
            continue;
        };
        let family = if case["ecs"] == "v1" { Family::EcsV1 } else { Family::Legacy };
        let mut definitions = Definitions::stock(family);
        for (name, text) in options["pattern_definitions"].as_object().into_iter().flatten() {
            definitions.add(name, text.as_str().expect("text")).expect("a definition");
        }
        let compiled: Result<Vec<Pattern>, _> =
            texts.iter().map(|text| Pattern::compile(text, &definitions)).collect();
        let Ok(compiled) = compiled else { panic!("{texts:?}: {compiled:?}") };
        let set = PatternSet::new(compiled);
        let mut scratch = Scratch::new();
        let matched = set.matches(line.as_bytes(), &mut scratch).expect("in budget");
        for expected in case["expect"].as_array().expect("a list") {
            let name = expected["field"].as_str().unwrap_or_default();
            let wanted = expected["value"].as_str();
            let tagged = name == "tags" && expected["op"] == "contains";
            if tagged && wanted.is_some_and(|tag| tag == "_grokparsefailure") {
                assert_eq!(matched, None, "{texts:?} on {line}");
                checked += 1;
            }
            let (Some(index), "eq", Some(wanted)) =
                (matched, expected["op"].as_str().unwrap_or_default(), wanted)
            else {
                continue;
            };
            if name == "message" && options["overwrite"].is_null() {
                continue;
            }
            let path = name.trim_matches(['[', ']']).replace("][", ".");
            let captures = set.patterns()[index].captures();
            let found = captures.iter().zip(scratch.iter()).find_map(|(capture, span)| {
                span.filter(|_| capture.name == path).map(|(start, end)| &line[start..end])
            });
            if let Some(found) = found {
                assert_eq!(found, wanted, "{name} of {texts:?} on {line}");
                checked += 1;
            }
        }
    }
    assert!(checked > 90, "only {checked} assertions were checked");
}

fn patterns(value: &Value) -> Option<Vec<&str>> {
    match value {
        Value::String(text) => Some(vec![text]),
        Value::Array(texts) => texts.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

#[test]
fn every_real_access_line_is_matched_whole() {
    let Some(text) = read("nginx-live/access.log") else { return };
    let definitions = Definitions::stock(Family::EcsV1);
    let pattern = Pattern::compile("^%{COMBINEDAPACHELOG}$", &definitions).expect("right");
    let mut scratch = Scratch::new();
    for line in text.lines() {
        assert_eq!(pattern.matches(line.as_bytes(), &mut scratch), Ok(true), "{line}");
        assert_eq!(scratch.matched(), Some((0, line.len())));
    }
}
