//! Every published assertion about the stock patterns, read in place.

use crate::support::{CASE_FILES, cases, event, field, pattern_text};
use serde_json::{Value, json};
use weir_grok::{Definitions, Family, Pattern, Scratch};

/// Assertions that do not hold here, each with its reason: case, field, reason.
const KNOWN_DIFFERENCES: &[(&str, &str, &str)] =
    &[("pc.exim.426f75be70", "@version", "the filter adds it, not the pattern")];

/// A case that names no family is about the plugin's default, the legacy one; if it asks for no
/// fields, it holds for both.
fn families(case: &Value) -> &'static [Family] {
    let asks = |expected: &Value| expected["field"].is_string();
    match &case["ecs"] {
        Value::Bool(true) => &[Family::EcsV1],
        Value::Null if !case["expect"].as_array().expect("a list").iter().any(asks) => {
            &[Family::Legacy, Family::EcsV1]
        }
        _ => &[Family::Legacy],
    }
}

fn definitions(family: Family) -> Definitions {
    Definitions::stock(family)
}

#[test]
fn the_published_cases_of_the_stock_patterns_hold() {
    let mut passed = 0;
    let mut differences = 0;
    let mut failures = Vec::new();
    for file in CASE_FILES {
        for case in cases(file) {
            for &family in families(&case) {
                let text = pattern_text(&case);
                let pattern = Pattern::compile(&text, &definitions(family))
                    .unwrap_or_else(|error| panic!("{text}: {error}"));
                assert!(pattern.is_linear(), "{text} needs the fallback engine");
                let id = case["id"].as_str().unwrap_or_default();
                let line = case["line"].as_str().expect("a case has a line");
                let mut scratch = Scratch::new();
                let matched = pattern.matches(line.as_bytes(), &mut scratch).expect("in budget");
                let event = event(line, &pattern, &scratch);
                for expected in case["expect"].as_array().expect("expectations are a list") {
                    if holds(expected, matched, &event) {
                        passed += 1;
                    } else if is_known(id, expected) {
                        differences += 1;
                    } else {
                        failures.push(format!("{id} {text} {family:?} {expected}\n  {event}"));
                    }
                }
            }
        }
    }
    eprintln!("{passed} assertions hold, {differences} known differences");
    assert!(failures.is_empty(), "{} fail:\n{}", failures.len(), failures.join("\n"));
}

#[test]
fn every_stock_pattern_compiles_to_linear_time() {
    for family in [Family::EcsV1, Family::Legacy] {
        let definitions = definitions(family);
        for name in definitions.names() {
            let pattern = Pattern::compile(&format!("%{{{name}}}"), &definitions)
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert!(pattern.is_linear(), "{name}");
        }
    }
}

fn is_known(id: &str, expected: &Value) -> bool {
    let name = expected["field"].as_str().unwrap_or_default();
    KNOWN_DIFFERENCES.iter().any(|(case, field, _)| *case == id && *field == name)
}

fn holds(expected: &Value, matched: bool, event: &Value) -> bool {
    let name = expected["field"].as_str();
    let mut value = name.map_or(&Value::Null, |name| field(event, name)).clone();
    // The filter tags the event when nothing matched.
    if name == Some("tags") {
        value = if matched { Value::Null } else { json!(["_grokparsefailure"]) };
    }
    for accessor in expected["via"].as_array().into_iter().flatten() {
        match (accessor[0].as_str(), accessor[1].as_u64()) {
            (Some("[]"), Some(index)) => {
                value = value[usize::try_from(index).expect("a small index")].clone();
            }
            (Some("last"), _) => {
                value = value.as_array().and_then(|all| all.last()).cloned().unwrap_or_default();
            }
            (Some("to_i"), _) => {}
            _ => panic!("no accessor {accessor}"),
        }
    }
    let wanted = &expected["value"];
    match expected["op"].as_str().expect("an operator") {
        "match" => matched,
        "no_match" => !matched,
        "eq" => equal(wanted, &value),
        "exists" => !value.is_null(),
        "absent" | "null_or_absent" => value.is_null(),
        "be_a" => wanted["$class"] == "Hash" && value.is_object(),
        "contains" => match &value {
            Value::Array(all) => all.contains(wanted),
            value => text(value).contains(text(wanted)),
        },
        "include" => wanted.as_array().expect("a list").iter().all(|part| {
            let part = part.as_str().expect("text");
            value.as_str().is_some_and(|text| text.contains(part))
        }),
        "ne" => wanted != &value,
        "start_with" => text(&value).starts_with(text(wanted)),
        "not_end_with" => !text(&value).ends_with(text(wanted)),
        other => panic!("no operator {other}"),
    }
}

/// The text of a value, or of the only element of a list.
fn text(value: &Value) -> &str {
    value.as_str().or_else(|| value[0].as_str()).unwrap_or_default()
}

fn equal(wanted: &Value, value: &Value) -> bool {
    match (wanted, value) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(key, value)| right.get(key).is_some_and(|v| equal(value, v)))
        }
        _ => wanted == value,
    }
}
