use std::path::Path;

use serde_json::{Value as Json, json};
use weir_config::{Document, Paint, SourceFile, Surroundings};
use weir_event::{Arena, Batch, Event, Timestamp};
use weir_testkit::pages::Bench;

use super::*;
use crate::FILTERS;

fn table(toml: &str) -> Result<Grokker, String> {
    let source = SourceFile::new("pipeline.toml", format!("[[filter]]\n{toml}"));
    let document = Document::parse(source, Surroundings::none()).expect("TOML");
    let mut table = document.tables("filter").expect("tables").remove(0);
    let _kind = table.take_type(&["grok"]).expect("a type");
    let grok: Grok = table.deserialize().map_err(|wrong| wrong.render(Paint::Plain))?;
    grok.build().map_err(|wrong| table.locate(wrong).render(Paint::Plain))
}

/// A value as TOML writes it: of texts and lists the two have one notation.
fn toml(value: &Json) -> String {
    let Json::Object(entries) = value else { return value.to_string() };
    let entry = |(name, value): (&String, &Json)| format!("{} = {}", json!(name), toml(value));
    format!("{{ {} }}", entries.iter().map(entry).collect::<Vec<_>>().join(", "))
}

fn built(settings: &Json) -> Bench {
    let lines = settings.as_object().expect("settings").iter();
    let lines: Vec<String> =
        lines.map(|(name, value)| format!("{name} = {}\n", toml(value))).collect();
    Bench::new(FILTERS, &format!("type = \"grok\"\n{}", lines.concat())).expect("built")
}

fn stored(value: &Json, arena: &mut Arena) -> Value {
    match value {
        Json::String(text) => Value::Text(arena.append(text.as_bytes())),
        Json::Array(items) => Value::List(items.iter().map(|it| stored(it, arena)).collect()),
        Json::Number(number) => Value::Int(number.as_i64().expect("a whole number")),
        other => panic!("no case has {other}"),
    }
}

fn read(value: &Value, arena: &Arena) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Bool(it) => json!(it),
        Value::Int(it) => json!(it),
        Value::Float(it) => json!(it),
        Value::Text(span) => json!(String::from_utf8_lossy(arena.get(*span))),
        Value::List(items) => items.iter().map(|it| read(it, arena)).collect(),
        other => panic!("grok makes no {other:?}"),
    }
}

/// The event behind the filter, without the reasons of failures.
fn grokked(bench: &Bench, given: &Json) -> serde_json::Map<String, Json> {
    let mut batch = Batch::new();
    let origin = batch.add_origin(&std::sync::Arc::default());
    let fields = given.as_object().expect("an event").iter();
    let fields: Vec<Field> = fields
        .map(|(name, value)| Field {
            key: Key::named(name),
            value: stored(value, &mut batch.arena),
        })
        .collect();
    let event: &mut Event = batch.push(origin, 0, Timestamp::default());
    for field in fields {
        event.push(field);
    }
    bench.run(&mut batch);
    let event = batch.event(0);
    let shown = |field: &Field| (field.key.name().to_owned(), read(&field.value, event.arena()));
    let fields = event.fields().iter().filter(|it| it.key.name() != "error.message");
    fields.map(shown).collect()
}

#[track_caller]
fn check(settings: &Json, given: &Json, wanted: &Json) {
    assert_eq!(Json::Object(grokked(&built(settings), given)), *wanted);
}

/// Logstash's settings as ours; nothing for cases that need what we leave to other filters.
fn settings_of(options: &Json, ecs: Option<&str>) -> Option<Json> {
    let mut settings = serde_json::Map::new();
    settings.insert("family".into(), json!(if ecs == Some("v1") { "ecs-v1" } else { "legacy" }));
    for (name, value) in options.as_object()? {
        match name.as_str() {
            "match" => {
                let (field, pattern) = match value {
                    Json::Object(fields) if fields.len() == 1 => fields
                        .iter()
                        .next()
                        .map(|(field, pattern)| (json!(field), pattern.clone()))?,
                    Json::Array(pair) => (pair[0].clone(), pair[1].clone()),
                    // Two fields are the work of two filters.
                    _ => return None,
                };
                settings.insert("field".into(), field);
                settings.insert("pattern".into(), pattern);
            }
            "timeout_millis" | "timeout_scope" | "add_field" | "add_tag" | "remove_field" => {}
            _ => {
                settings.insert(name.replace('_', "-"), value.clone());
            }
        }
    }
    Some(Json::Object(settings))
}

#[test]
fn the_cases_of_logstash_hold() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../../shared/data/logstash-filters/grok.json");
    let file = std::fs::read(path).expect("the cases");
    let file: Json = serde_json::from_slice(&file).expect("JSON");
    let (mut checked, mut skipped) = (0, 0);
    for case in file["cases"].as_array().expect("cases") {
        // Logstash's engine gives up on these; ours needs no time limit for them.
        let is_slow = case["where"].as_str().is_some_and(|it| it.contains("timeout"));
        let settings = settings_of(&case["options"], case["ecs"].as_str());
        let (Some(settings), false) = (settings, is_slow) else {
            skipped += 1;
            continue;
        };
        let found = grokked(&built(&settings), &case["event_in"]);
        for expected in case["expect"].as_array().expect("expectations") {
            let field = FieldPath::dotted(expected["field"].as_str().expect("text")).into_owned();
            if case["options"]["add_tag"] == expected["value"] && field == "tags" {
                continue;
            }
            let at = found.get(&field).or_else(|| {
                // `[message][1]` is an item of a list.
                let (list, at) = field.rsplit_once('.')?;
                found.get(list)?.get(at.parse::<usize>().ok()?)
            });
            let below = || found.keys().any(|name| name.starts_with(&format!("{field}.")));
            let holds = match expected["op"].as_str().expect("text") {
                "eq" if expected["as_string"] == true => {
                    at.map(|it| it.to_string().replace('"', "")).as_deref()
                        == expected["value"].as_str()
                }
                "eq" => at == Some(&expected["value"]),
                "absent" | "null_or_absent" => at.is_none_or(Json::is_null) && !below(),
                "exists" => at.is_some() || below(),
                "contains" => at.is_some_and(|it| {
                    it.as_array().is_some_and(|it| it.contains(&expected["value"]))
                }),
                "not_contains" => !at.is_some_and(|it| {
                    it.as_array().is_some_and(|it| it.contains(&expected["value"]))
                }),
                "be_a" => at.is_some_and(Json::is_string),
                other => panic!("unknown comparison {other}"),
            };
            assert!(holds, "{expected} of {}: {found:?}", case["where"]);
        }
        checked += 1;
    }
    assert!(checked >= 66 && skipped <= 8, "{checked} checked, {skipped} left out");
}

#[test]
fn values_that_are_there_are_kept_unless_overwritten() {
    let given = json!({"message": "a 1", "w": "old", "n": ["x"], "k": 7});
    let pattern = "%{WORD:w} %{INT:n}(?<k>)(?<e>)";
    check(
        &json!({"pattern": pattern}),
        &given,
        &json!({"message": "a 1", "w": ["old", "a"], "n": ["x", "1"], "k": 7}),
    );
    check(
        &json!({"pattern": pattern, "overwrite": ["w", "n"]}),
        &given,
        &json!({"message": "a 1", "w": "a", "n": "1", "k": 7}),
    );
    check(
        &json!({"pattern": pattern, "target": "found"}),
        &given,
        &json!({"message": "a 1", "w": "old", "n": ["x"], "k": 7, "found.w": "a", "found.n": "1"}),
    );
}

#[test]
fn one_name_may_stand_for_several_pieces() {
    let settings = json!({"pattern": "%{INT:n:int} %{INT:n:int}( %{INT:n})?"});
    check(&settings, &json!({"message": "1 2"}), &json!({"message": "1 2", "n": [1, 2]}));
    let three = json!({"message": "1 2 3", "n": [1, 2, "3"]});
    check(&settings, &json!({"message": "1 2 3"}), &three);
}

#[test]
fn empty_pieces_are_left_out_or_kept() {
    let given = json!({"message": "ab"});
    let pattern = "a(?<empty>)(?:x%{WORD:none})?b";
    check(&json!({"pattern": pattern}), &given, &given);
    let kept = json!({"message": "ab", "empty": "", "none": null});
    check(&json!({"pattern": pattern, "keep-empty-captures": true}), &given, &kept);
}

#[test]
fn pieces_are_converted() {
    check(
        &json!({"pattern": "(?<r>%{NOTSPACE:i:int}) %{NOTSPACE:f:float} %{WORD:b:boolean}"}),
        &json!({"message": "12ms 1.5s TRUE"}),
        &json!({"message": "12ms 1.5s TRUE", "r": "12ms", "i": 12, "f": 1.5, "b": true}),
    );
}

#[test]
fn all_patterns_are_tried_if_wanted() {
    let settings =
        |stop: bool| json!({"patterns": ["(?<a>x)", "(?<b>y)", "(?<c>z)"], "break-on-match": stop});
    let given = json!({"message": "xz"});
    check(&settings(true), &given, &json!({"message": "xz", "a": "x"}));
    check(&settings(false), &given, &json!({"message": "xz", "a": "x", "c": "z"}));
    let none = json!({"message": "w", "tags": ["_grokparsefailure"]});
    check(&settings(false), &json!({"message": "w"}), &none);
}

#[test]
fn references_without_a_field_are_fields_if_wanted() {
    check(
        &json!({"pattern": "%{WORD} %{TIME:at}", "named-captures-only": false, "family": "legacy"}),
        &json!({"message": "at 12:30:15"}),
        &json!({
            "message": "at 12:30:15", "WORD": "at", "at": "12:30:15", "HOUR": "12",
            "MINUTE": "30", "SECOND": "15",
        }),
    );
}

#[test]
fn a_missing_field_is_no_failure_and_a_number_is_text() {
    let settings = json!({"field": "code", "pattern": "^4%{INT:rest}", "tag-on-failure": "odd"});
    check(&settings, &json!({"message": "x"}), &json!({"message": "x"}));
    check(&settings, &json!({"code": 404}), &json!({"code": 404, "rest": "04"}));
    check(&settings, &json!({"code": 500}), &json!({"code": 500, "tags": ["odd"]}));
}

#[test]
fn a_line_that_costs_too_much_is_tagged() {
    let grokker = built(&json!({"pattern": r"^(?<a>(?:a|aa)+)\k<a>\k<a>$"}));
    let found = grokked(&grokker, &json!({"message": format!("{}b", "a".repeat(2000))}));
    assert_eq!(found["tags"], json!(["_groktimeout"]));
}

#[test]
fn a_mistake_is_shown_where_it_is() {
    let told = |toml: &str| table(&format!("type = \"grok\"\n{toml}\n")).expect_err("refused");
    let text = told("pattern = ['%{IP:ip}', 'a %{WROD:w} b']");
    assert!(text.contains("there is no pattern `WROD`"), "{text}");
    assert!(text.contains("pipeline.toml:3:27"), "{text}");
    assert!(text.contains("^^^^^^^^^ did you mean `WORD`?"), "{text}");
    let text = told("pattern = '%{MINE:ip}'\n[filter.definitions]\nMINE = '(a'");
    assert!(text.contains("in this definition"), "{text}");
    let text = told("pattern = []");
    assert!(text.contains("`pattern` names no pattern"), "{text}");
    let text = told("pattern = 'a'\ndefinitions = { 'A B' = 'c' }");
    assert!(text.contains("`A B` is not a pattern name"), "{text}");
}
