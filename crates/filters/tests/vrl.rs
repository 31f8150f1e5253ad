//! The filter `vrl` against the cases of the functions of Vector's remap language, each called by a
//! program of its own.
//!
//! What they come to stands in `docs/cases-vrl.md`, which one of the tests compares. Without the
//! collection the tests are reported as ignored, except under `CI`, where they fail.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::{Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::{Bench, is_up_to_date};

/// Cases in which we differ, and why; a difference that has gone is a failure too.
const DIFFERENCES: &[(&str, &str)] = &[
    ("vrl.encode_json.map", "the collection writes this object as a list of pairs"),
    ("vrl.encode_json.map_pretty", "the collection writes this object as a list of pairs"),
    ("vrl.encode_json.timestamp", "the collection has the making of the time in its place"),
    ("vrl.encode_json.timestamp_pretty", "the collection has the making of the time in its place"),
    (
        "vrl.parse_aws_cloudwatch_log_subscription_message.string",
        "the collection writes its objects as lists of pairs",
    ),
    ("vrl.parse_groks.example.1", "reads a file that is not in the collection"),
    ("vrl.redact.sha3_rejected_without_crypto", "the functions that hash are here"),
    ("vrl.to_unix_timestamp.example.3", "may fail, which no assignment may leave unhandled"),
    (
        "vrl.unflatten.double_inner_nested_map_not_recursive",
        "a dot in a field's name always makes an object",
    ),
];

/// A function, the name of its case, and the result.
type Case = (String, String, Result<(), String>);

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let folder = std::env::var_os("WEIR_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let cases = read(&folder.join("vrl"));
    if cases.is_empty() {
        let missing = || Err(Failed::from("the collection of cases is missing"));
        let trial = Trial::test("vrl (not here)", missing);
        let trials = vec![trial.with_ignored_flag(std::env::var_os("CI").is_none())];
        return libtest_mimic::run(&arguments, trials).exit_code();
    }
    let results: Vec<Case> = cases.iter().map(run).collect();
    let page = page(&results);
    let mut trials: Vec<Trial> = results.into_iter().map(trial).collect();
    trials.push(Trial::test("the differences are cases", move || {
        let is_case = |name: &str| cases.iter().any(|case| case["id"] == name);
        let unknown = DIFFERENCES.iter().map(|(name, _)| *name).filter(|name| !is_case(name));
        let unknown: Vec<&str> = unknown.collect();
        if unknown.is_empty() { Ok(()) } else { Err(unknown.join("\n").into()) }
    }));
    trials.push(Trial::test("docs/cases-vrl.md says what the cases come to", move || {
        is_up_to_date("cases-vrl.md", &page).map_err(Failed::from)
    }));
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn read(folder: &Path) -> Vec<Json> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries.filter_map(|it| Some(it.ok()?.path())).collect();
    paths.sort();
    let documents = paths.iter().map(|path| {
        let text = std::fs::read_to_string(path).expect("the collection can be read");
        serde_json::from_str::<Json>(&text).expect("the collection is JSON")
    });
    documents.flat_map(|it| it["cases"].as_array().cloned().unwrap_or_default()).collect()
}

fn reason(name: &str) -> Option<&'static str> {
    DIFFERENCES.iter().find(|(it, _)| *it == name).map(|(_, reason)| *reason)
}

fn trial((_, name, result): Case) -> Trial {
    let reason = reason(&name);
    Trial::test(name, move || match (result, reason) {
        (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
        (Err(why), None) => Err(why.into()),
        (Ok(()), Some(reason)) => Err(format!("no difference any more, although {reason}").into()),
    })
}

fn run(case: &Json) -> Case {
    let text = |name: &str| case[name].as_str().unwrap_or_default().to_owned();
    (text("function"), text("id"), check(case))
}

fn check(case: &Json) -> Result<(), String> {
    let fails = case["expect"].get("error").is_some();
    let zone = case["tz"].as_str().map_or("UTC", |it| it.trim_start_matches("Tz/"));
    let mut why = String::new();
    for program in programs(case) {
        // In a list objects stay what they are: their names may hold dots.
        let program = format!(".result = [{{\n{program}\n}}]");
        let program = toml::Value::from(program);
        let settings = format!("type = \"vrl\"\nsource = {program}\ntimezone = \"{zone}\"");
        let bench = match Bench::new(FILTERS, &settings) {
            Ok(bench) => bench,
            Err(mistake) => {
                why = format!("{mistake}\n{settings}");
                continue;
            }
        };
        let became = bench.pass(&json!({ "args": given(&case["args"]) }))?.ok_or("dropped")?;
        let is_tagged = became["tags"] == json!(["_vrlfailure"]);
        if fails {
            return is_tagged.then_some(()).ok_or(format!("{became:#}\nwas to fail"));
        }
        let (found, wanted) = (&became["result"][0], &case["expect"]["ok"]);
        return same(found, wanted)
            .then_some(())
            .ok_or_else(|| format!("{settings}\n{became:#}\nis not\n{wanted:#}"));
    }
    if fails { Ok(()) } else { Err(why) }
}

/// The program of a case, or the call of its function: one that may fail, and one that cannot.
fn programs(case: &Json) -> Vec<String> {
    if let Some(program) = case["program"].as_str() {
        return vec![program.to_owned()];
    }
    let function = case["function"].as_str().unwrap_or_default();
    let arguments = case["args"].as_object().into_iter().flatten();
    let literals: Vec<String> =
        arguments.clone().map(|(name, value)| format!("{name}: {}", literal(value))).collect();
    let literals = literals.join(", ");
    // What is worked on comes from the event where it can.
    let first = arguments.map(|(name, value)| match name.as_str() {
        "value" if !value.to_string().contains("\"$") => "value: .args.value".to_owned(),
        _ => format!("{name}: {}", literal(value)),
    });
    let first = first.collect::<Vec<_>>().join(", ");
    vec![
        format!("{function}!({first})"),
        format!("{function}({first})"),
        format!("{function}!({literals})"),
        format!("{function}({literals})"),
    ]
}

fn given(arguments: &Json) -> Json {
    let value = &arguments["value"];
    if value.is_null() { json!({}) } else { json!({ "value": value }) }
}

/// A value as a program writes it.
fn literal(value: &Json) -> String {
    match value {
        Json::String(text) => {
            let mut quoted = "\"".to_owned();
            for mark in text.chars() {
                match mark {
                    '"' | '\\' => quoted.extend(['\\', mark]),
                    '\n' => quoted += "\\n",
                    '\r' => quoted += "\\r",
                    '\t' => quoted += "\\t",
                    '\0'..='\x1f' | '\x7f' => {
                        let _ = write!(quoted, "\\u{{{:x}}}", u32::from(mark));
                    }
                    _ => quoted.push(mark),
                }
            }
            quoted + "\""
        }
        Json::Number(number) if number.is_f64() => {
            let text = number.as_f64().unwrap_or_default().to_string();
            if text.contains('.') { text } else { text + ".0" }
        }
        Json::Array(items) => {
            format!("[{}]", items.iter().map(literal).collect::<Vec<_>>().join(", "))
        }
        Json::Object(members) => {
            if let Some(pattern) = value["$regex"].as_str() {
                return format!("r'{}'", pattern.replace('\'', "\\'"));
            }
            if let Some(time) = value["$ts"].as_str() {
                return format!("t'{time}'");
            }
            if value.get("$b64").is_some() {
                return format!("decode_base64!({})", literal(&value["$b64"]));
            }
            let name = |name: &String| literal(&Json::from(name.as_str()));
            let members =
                members.iter().map(|(it, value)| format!("{}: {}", name(it), literal(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
        other => other.to_string(),
    }
}

/// Equal, with times as instants and numbers as exact as two ways of adding up are.
fn same(found: &Json, wanted: &Json) -> bool {
    if let Some(time) = wanted["$ts"].as_str() {
        return found.as_str().and_then(instant) == instant(time);
    }
    if let Some(text) = wanted["$b64"].as_str() {
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(text).unwrap_or_default();
        return found.as_str() == Some(&*String::from_utf8_lossy(&bytes));
    }
    if let Some(pattern) = wanted["$regex"].as_str() {
        return found.as_str() == Some(pattern);
    }
    match (found, wanted) {
        (Json::Array(found), Json::Array(wanted)) => {
            found.len() == wanted.len() && found.iter().zip(wanted).all(|(a, b)| same(a, b))
        }
        (Json::Object(found), Json::Object(wanted)) => {
            found.len() == wanted.len()
                && wanted.iter().all(|(name, b)| found.get(name).is_some_and(|a| same(a, b)))
        }
        (Json::Number(found), Json::Number(wanted)) => {
            let (found, wanted) = (found.as_f64(), wanted.as_f64());
            let (Some(found), Some(wanted)) = (found, wanted) else { return false };
            (found - wanted).abs() <= wanted.abs() * 1e-12
        }
        // Examples are written as the language writes its values.
        (Json::String(found), Json::String(wanted)) => {
            let inner = |mark: &str| wanted.strip_prefix(mark)?.strip_suffix('\'');
            let is_time = || instant(found).is_some_and(|it| Some(it) == instant(wanted));
            inner("s'").or(inner("t'")).is_some_and(|it| same(&found.as_str().into(), &it.into()))
                || found == wanted
                || is_time()
        }
        // The collection has an empty list for a part that a function does not find.
        (Json::Null, Json::Array(wanted)) => wanted.is_empty(),
        _ => found == wanted,
    }
}

fn instant(text: &str) -> Option<jiff::Timestamp> {
    let year = jiff::Timestamp::now().to_string();
    text.replace("YEAR", year.get(..4)?).parse().ok()
}

fn page(results: &[Case]) -> String {
    let mut text = "# Cases of Vector's remap language\n\n\
        The filter `vrl` is tried on the cases of the language's own functions: a program calls\n\
        each, and what it puts into the event is compared. \
        `cargo test -p weir-filters --features vrl --test vrl`\n\
        compares this page, and writes it with `WEIR_WRITE=1`.\n\n\
        | function | passed | differ |\n|---|---|---|\n"
        .to_owned();
    let mut functions: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for (function, name, _) in results {
        let (passed, differ) = functions.entry(function).or_default();
        *if reason(name).is_some() { differ } else { passed } += 1;
    }
    for (function, (passed, differ)) in &functions {
        let _ = writeln!(text, "| `{function}` | {passed} | {differ} |");
    }
    let passed: usize = functions.values().map(|it| it.0).sum();
    let _ = writeln!(text, "| all | {passed} | {} |", results.len() - passed);
    text += "\n## Differences\n\n| case | reason |\n|---|---|\n";
    for (name, reason) in DIFFERENCES {
        let _ = writeln!(text, "| `{name}` | {reason} |");
    }
    text
}
