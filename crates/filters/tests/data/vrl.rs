//! Cases of Vector's remap language: what its functions make of a text.
//!
//! Names are its own, so that values are compared. A missing part is null, an empty list or an empty
//! text there and no field here.

use serde_json::{Map, Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::check::quoted;
use crate::{Case, Suite};

pub(crate) const KEY_VALUE: Suite = Suite {
    path: "vrl/parse_key_value.json",
    cases: |cases| run(cases, key_value, same),
    differences: &[],
};

pub(crate) const LOGFMT: Suite = Suite {
    path: "vrl/parse_logfmt.json",
    cases: |cases| run(cases, key_value, same),
    differences: &[],
};

pub(crate) const CEF: Suite = Suite {
    path: "vrl/parse_cef.json",
    cases: |cases| run(cases, cef, long_names),
    differences: &[],
};

pub(crate) const CSV: Suite = Suite {
    path: "vrl/parse_csv.json",
    cases: |cases| run(cases, csv, |wanted| Json::Object(columns(wanted))),
    differences: &[],
};

pub(crate) const QUERY_STRING: Suite = Suite {
    path: "vrl/parse_query_string.json",
    cases: |cases| run(cases, |_| "type = \"query-string\"".to_owned(), named),
    differences: &[],
};

pub(crate) const URL: Suite =
    Suite { path: "vrl/parse_url.json", cases: |cases| run(cases, url, parts), differences: &[] };

/// The functions that have a filter of their own here, out of a file of many.
pub(crate) const OTHER: Suite = Suite {
    path: "vrl/other_functions.json",
    cases: |cases| {
        let ours = cases.iter().enumerate().filter_map(|(i, case)| {
            let (settings, wanted) = function(case)?;
            Some((i.to_string(), check_text(case, &settings, &wanted)))
        });
        ours.collect()
    },
    differences: &[],
};

/// The filter that does what a function does, and what it is to make of the text.
fn function(case: &Json) -> Option<(String, Json)> {
    let arguments = arguments_of(case).ok()?;
    let wanted = case["expect"]["ok"].clone();
    let name = case["function"].as_str()?;
    let alphabet = text(&arguments, "charset").map(|it| format!("alphabet = {it}\n"));
    let padding = arguments.get("padding").map(|it| format!("padding = {it}\n"));
    let options = alphabet.unwrap_or_default() + &padding.unwrap_or_default();
    let settings = match name {
        "decode_percent" => "type = \"url-decode\"\nplus = false".to_owned(),
        "decode_base64" => format!("type = \"base64\"\n{options}"),
        "encode_base64" => format!("type = \"base64\"\naction = \"encode\"\n{options}"),
        "decode_base16" => "type = \"hex\"".to_owned(),
        "encode_base16" => "type = \"hex\"\naction = \"encode\"".to_owned(),
        "parse_ruby_hash" => "type = \"ruby-hash\"\ntarget = \"x\"".to_owned(),
        _ => return None,
    };
    Some((settings, wanted))
}

fn check_text(case: &Json, settings: &str, wanted: &Json) -> Result<(), String> {
    let fails = case["expect"].get("error").is_some();
    let bench = match Bench::new(FILTERS, settings) {
        Err(_) if fails => return Ok(()),
        bench => bench?,
    };
    let became =
        bench.pass(&json!({ "message": arguments_of(case)?["value"] }))?.ok_or("dropped")?;
    let is_tagged = !became["tags"].is_null();
    let given = became.get("x").unwrap_or(&became["message"]);
    if is_tagged == fails && (fails || given == wanted) {
        return Ok(());
    }
    Err(format!("{became:#}\nis not\n{wanted:#}"))
}

/// Lets the text of every case pass a filter and compares what lies below `x`.
fn run(
    cases: &[Json],
    settings: fn(&Map<String, Json>) -> String,
    ours: fn(&Json) -> Json,
) -> Vec<Case> {
    let named = cases.iter().enumerate();
    named.map(|(i, case)| (i.to_string(), check(case, settings, ours))).collect()
}

fn check(
    case: &Json,
    settings: fn(&Map<String, Json>) -> String,
    ours: fn(&Json) -> Json,
) -> Result<(), String> {
    let arguments = arguments_of(case)?;
    let mut settings = settings(&arguments);
    if !settings.contains("[[filter]]") {
        settings += "\nfield = \"given\"\ntarget = \"x\"\n";
    }
    let fails = case["expect"].get("error").is_some();
    let bench = match Bench::new(FILTERS, &settings) {
        Err(_) if fails => return Ok(()),
        bench => bench?,
    };
    let became = bench.pass(&json!({ "given": arguments["value"] }))?.ok_or("dropped")?;
    let is_tagged = became["tags"].to_string().contains("failure");
    if fails || is_tagged {
        return if fails == is_tagged { Ok(()) } else { Err(format!("became {became:#}")) };
    }
    let mut given = became.get("x").cloned().unwrap_or_else(|| json!({}));
    if let Some(fields) = given.as_object_mut() {
        // What stands before a message of CEF, which Vector leaves away.
        fields.remove("syslog");
    }
    let wanted = ours(&case["expect"]["ok"]);
    if flat(&given) == flat(&wanted) {
        Ok(())
    } else {
        Err(format!("{given:#}\nis not\n{wanted:#}"))
    }
}

/// The same with objects for names with dots.
fn flat(value: &Json) -> Map<String, Json> {
    let mut out = Map::new();
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Json::Object(_) => {
                let inner = flat(value).into_iter();
                out.extend(inner.map(|(below, value)| (format!("{name}.{below}"), value)));
            }
            value => drop(out.insert(name.clone(), value.clone())),
        }
    }
    out
}

/// The arguments of a case, be they listed or in a call.
pub(crate) fn arguments_of(case: &Json) -> Result<Map<String, Json>, String> {
    match case["args"].as_object() {
        Some(arguments) => Ok(arguments.clone()),
        None => arguments(case["program"].as_str().ok_or("neither arguments nor program")?),
    }
}

/// The arguments of a call such as `parse_url!("…", known: true)`.
fn arguments(program: &str) -> Result<Map<String, Json>, String> {
    let (_, call) = program.split_once('(').ok_or("no call")?;
    let call = call.trim().trim_end_matches(')').trim().trim_end_matches(',');
    let (value, rest) = literal(call)?;
    let mut arguments = Map::new();
    arguments.insert("value".to_owned(), value);
    let mut rest = rest.trim_start_matches([',', ' ', '\n']);
    while let Some((name, behind)) = rest.split_once(':') {
        let (value, behind) = literal(behind.trim_start())?;
        arguments.insert(name.trim().to_owned(), value);
        rest = behind.trim_start_matches([',', ' ', '\n']);
    }
    Ok(arguments)
}

/// A literal at the start of `text`, and what follows.
fn literal(text: &str) -> Result<(Json, &str), String> {
    if let Some(rest) = text.strip_prefix("s'") {
        let (raw, rest) = rest.split_once('\'').ok_or("a raw text without its end")?;
        return Ok((json!(raw), rest));
    }
    let mut values = serde_json::Deserializer::from_str(text).into_iter::<Json>();
    let value = values.next().ok_or("no literal")?.map_err(|why| format!("{why} in {text}"))?;
    Ok((value, &text[values.byte_offset()..]))
}

/// Names of which none is empty: servers refuse them.
fn named(wanted: &Json) -> Json {
    let name = |name: &str| if name.is_empty() { "_" } else { name }.to_owned();
    let pairs = wanted.as_object().into_iter().flatten();
    Json::Object(pairs.map(|(it, value)| (name(it), value.clone())).collect())
}

fn same(wanted: &Json) -> Json {
    wanted.clone()
}

fn text(arguments: &Map<String, Json>, name: &str) -> Option<String> {
    arguments.get(name).and_then(Json::as_str).map(quoted)
}

fn key_value(arguments: &Map<String, Json>) -> String {
    // Vector leaves escapes as they are, and allows blanks around the separator unless told so.
    let mut settings = "type = \"logfmt\"\nunescape = false\n".to_owned();
    for (theirs, ours) in
        [("field_delimiter", "field-split"), ("key_value_delimiter", "value-split")]
    {
        if let Some(text) = text(arguments, theirs) {
            settings += &format!("{ours} = {text}\n");
        }
    }
    let whitespace = text(arguments, "whitespace").unwrap_or_else(|| quoted("lenient"));
    settings += &format!("whitespace = {whitespace}\n");
    if arguments.get("accept_standalone_key") == Some(&Json::Bool(false)) {
        settings += "standalone = false\n";
    }
    settings
}

fn cef(arguments: &Map<String, Json>) -> String {
    let translates = arguments.get("translate_custom_fields") == Some(&Json::Bool(true));
    format!("type = \"cef\"\necs = false\ntranslate-custom-fields = {translates}")
}

/// Our names for the format's short ones.
fn long_names(wanted: &Json) -> Json {
    const LONG: &[(&str, &str)] = &[
        ("act", "deviceAction"),
        ("rt", "deviceReceiptTime"),
        ("spt", "sourcePort"),
        ("dpt", "destinationPort"),
        ("dst", "destinationAddress"),
        ("src", "sourceAddress"),
        ("proto", "transportProtocol"),
        ("suser", "sourceUserName"),
        ("shost", "sourceHostName"),
        ("duser", "destinationUserName"),
        ("dhost", "destinationHostName"),
        ("msg", "message"),
        ("request", "requestUrl"),
    ];
    let long = |name: &str| {
        let known = LONG.iter().find(|(short, _)| *short == name);
        match name.strip_prefix("cs") {
            Some(rest) => format!("deviceCustomString{rest}"),
            None => known.map_or(name, |(_, long)| long).to_owned(),
        }
    };
    let pairs = wanted.as_object().into_iter().flatten();
    Json::Object(pairs.map(|(name, value)| (long(name), value.clone())).collect())
}

fn csv(arguments: &Map<String, Json>) -> String {
    let separator = text(arguments, "delimiter").unwrap_or_else(|| quoted(","));
    format!("type = \"csv\"\nskip-empty-rows = true\nseparator = {separator}")
}

fn columns(wanted: &Json) -> Map<String, Json> {
    let cells = wanted.as_array().into_iter().flatten().enumerate();
    cells.map(|(i, cell)| (format!("column{}", i + 1), cell.clone())).collect()
}

fn url(arguments: &Map<String, Json>) -> String {
    let known = arguments.get("default_known_ports") == Some(&Json::Bool(true));
    format!(
        "[[filter]]\ntype = \"url\"\nfield = \"given\"\ntarget = \"x\"\nkeep-original = false\n\
         absolute = true\nknown-ports = {known}\n\
         [[filter]]\ntype = \"query-string\"\nfield = \"x.query\"\ntarget = \"x.query\"\n"
    )
}

fn parts(wanted: &Json) -> Json {
    let parts = wanted.as_object().into_iter().flatten();
    let parts =
        parts.filter(|(_, value)| ![json!(null), json!([]), json!({}), json!("")].contains(value));
    let name = |name: &str| if name == "host" { "domain" } else { name }.to_owned();
    Json::Object(parts.map(|(it, value)| (name(it), value.clone())).collect())
}
