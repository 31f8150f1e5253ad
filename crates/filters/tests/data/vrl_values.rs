//! What VRL's functions make of values, by a translation of each call into filters.
//!
//! Only calls with arguments are run; examples are whole programs of another language. Errors of
//! a function are mistakes in settings, or tags, here.

use serde_json::{Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::check::quoted;
use crate::{Case, Suite};

pub(crate) const FUNCTIONS: Suite = Suite {
    path: "vrl/other_functions.json",
    cases: all,
    differences: &[
        ("flatten.except_any_depth", "names are paths from the top"),
        ("unflatten.double_inner_nested_map_not_recursive", "a dot always makes an object"),
        ("unflatten.trailing_separator", "a name has no empty part"),
        ("unflatten.consecutive_trailing_separator", "a name has no empty part"),
        ("unflatten.filter_out_top_level_value_when_multiple_values", "nothing is lost"),
        ("redact.sha2", "a hash without a key can be guessed: there are only those with one"),
        ("redact.sha256_hex", "a hash without a key can be guessed"),
        ("split.negative_limit", "a limit below 0 is a mistake in the settings"),
        ("join.non_string_array_item_throws_error", "numbers are written as text"),
    ],
};

pub(crate) const BYTES: Suite =
    Suite { path: "vrl/parse_bytes.json", cases: all, differences: &[] };

pub(crate) const TIMESTAMPS: Suite =
    Suite { path: "vrl/parse_timestamp.json", cases: all, differences: &[] };

fn all(cases: &[Json]) -> Vec<Case> {
    cases
        .iter()
        .filter_map(|case| {
            let name = case["id"].as_str()?.strip_prefix("vrl.")?.to_owned();
            let (settings, result) = settings(case["function"].as_str()?, &case["args"])?;
            Some((name, check(case, &settings, result)))
        })
        .collect()
}

/// Filters for a call, and the field with their result; nothing for functions that are none.
fn settings(function: &str, args: &Json) -> Option<(String, &'static str)> {
    if !args.is_object() {
        return None;
    }
    let text = |name: &str| quoted(args[name].as_str().unwrap_or_default());
    let number = |name: &str| args[name].as_i64();
    let filter = match function {
        "flatten" => format!(
            "type = \"flatten\"\nfields = \"value\"\nexcept = [{}]\nseparator = {}",
            args["except"]
                .as_array()
                .into_iter()
                .flatten()
                .map(|name| quoted(&format!("value.{}", name.as_str().unwrap_or_default())))
                .collect::<Vec<_>>()
                .join(", "),
            // With a dot the document is the same before and after.
            if args["separator"].is_null() { "\"\\u0001\"".to_owned() } else { text("separator") }
        ),
        "unflatten" => format!(
            "type = \"unflatten\"\nfields = \"value\"\nseparator = {}",
            if args["separator"].is_null() { "\"\\u0001\"".to_owned() } else { text("separator") }
        ),
        "replace" => {
            let (pattern, literal) = match args["pattern"]["$regex"].as_str() {
                Some(pattern) => (quoted(pattern), false),
                None => (text("pattern"), true),
            };
            let limit = number("count").filter(|it| *it >= 0);
            let limit = limit.map(|it| format!("\nlimit = {it}")).unwrap_or_default();
            let with = text("with");
            format!(
                "type = \"replace\"\nfield = \"value\"\npattern = {pattern}\nliteral = {literal}\n\
                 replacement = {with}{limit}"
            )
        }
        "split" => {
            let limit = number("limit").map(|it| format!("\nlimit = {it}")).unwrap_or_default();
            let pattern = text("pattern");
            format!("type = \"split-text\"\nfield = \"value\"\nseparator = {pattern}{limit}")
        }
        "join" => format!("type = \"join\"\nfield = \"value\"\nseparator = {}", text("separator")),
        "truncate" => format!(
            "type = \"truncate\"\nfields = \"value\"\ncharacters = {}\nsuffix = {}",
            number("limit")?,
            text("suffix")
        ),
        "strip_whitespace" => "type = \"trim\"\nfields = \"value\"".to_owned(),
        "downcase" => "type = \"case\"\nto = \"lower\"\nfields = \"value\"".to_owned(),
        "upcase" => "type = \"case\"\nto = \"upper\"\nfields = \"value\"".to_owned(),
        "unique" => {
            "type = \"sort\"\nfields = \"value\"\norder = \"none\"\nunique = true".to_owned()
        }
        "append" => "type = \"merge\"\nfields = { \"value\" = \"items\" }".to_owned(),
        "merge" if args["deep"] == true => {
            return Some(("type = \"merge\"\nfields = { \"to\" = \"from\" }".to_owned(), "to"));
        }
        "merge" => return None,
        _ => return enriching(function, args),
    };
    Some((filter, "value"))
}

/// The functions that are not about the shape of values.
fn enriching(function: &str, args: &Json) -> Option<(String, &'static str)> {
    let text = |name: &str| quoted(args[name].as_str().unwrap_or_default());
    let filter = match function {
        "redact" => redact(args)?,
        "ip_cidr_contains" => {
            let networks = match &args["cidr"] {
                Json::Array(items) => items.iter().filter_map(Json::as_str).map(quoted).collect(),
                _ => vec![text("cidr")],
            };
            let networks = networks.join(", ");
            let settings = format!(
                "type = \"cidr\"\nfields = \"value\"\nnetworks = [{networks}]\ntarget = \"found\"\n\
                 otherwise = false"
            );
            return Some((settings, "found"));
        }
        "md5" | "sha1" | "sha2" => {
            let method = match args["variant"].as_str() {
                Some(variant) => quoted(variant),
                None if function == "sha2" => "\"SHA-512/256\"".to_owned(),
                None => quoted(function),
            };
            let method = method.replace("SHA-512\"", "sha512\"");
            format!(
                "type = \"fingerprint\"\nfields = \"value\"\ntarget = \"value\"\nmethod = {method}"
            )
        }
        "hmac" => format!(
            "type = \"fingerprint\"\nfields = \"value\"\ntarget = \"value\"\nencoding = \"base64\"\n\
             key = {}\nmethod = {}",
            text("key"),
            text("algorithm").replace('-', "")
        ),
        "community_id" => {
            let seed = args.get("seed").map(|it| format!("\nseed = {it}")).unwrap_or_default();
            let settings = format!(
                "type = \"community-id\"\nsource-ip = \"source_ip\"\nsource-port = \"source_port\"\n\
                 destination-ip = \"destination_ip\"\ndestination-port = \"destination_port\"\n\
                 protocol = \"protocol\"\ntarget = \"value\"{seed}"
            );
            return Some((settings, "value"));
        }
        "parse_bytes" => {
            let units = if args["base"] == "10" { "decimal" } else { "binary" };
            let unit = text("unit");
            format!("type = \"bytes\"\nfield = \"value\"\nunits = \"{units}\"\nunit = {unit}")
        }
        "parse_timestamp" => {
            let zone = args["timezone"].as_str().or(args["tz"].as_str()).unwrap_or("UTC");
            let (format, zone) = (text("format"), quoted(zone));
            format!("type = \"date\"\nfield = \"value\"\nformats = {format}\ntimezone = {zone}")
        }
        _ => return None,
    };
    let result = if function == "parse_timestamp" { "@timestamp" } else { "value" };
    Some((filter, result))
}

fn redact(args: &Json) -> Option<String> {
    let mut find = Vec::new();
    let mut patterns = Vec::new();
    for filter in args["filters"].as_array()? {
        if let Some(pattern) = filter["$regex"].as_str() {
            patterns.push(quoted(pattern));
        } else if let Some(name) = filter.as_str() {
            find.push(quoted(name));
        }
        let own = filter["patterns"].as_array().into_iter().flatten();
        patterns.extend(own.filter_map(Json::as_str).map(quoted));
    }
    let mut settings = "type = \"redact\"\nfields = \"value\"\n".to_owned();
    if !find.is_empty() {
        settings += &format!("find = [{}]\n", find.join(", "));
    }
    if !patterns.is_empty() {
        settings += &format!("patterns = [{}]\n", patterns.join(", "));
    }
    match &args["redactor"] {
        Json::Null => {}
        redactor if redactor["type"] == "text" => {
            let text = redactor["replacement"].as_str().unwrap_or_default();
            settings += &format!("replacement = {}\n", quoted(text));
        }
        // There is no such way to cover something, so this is refused as it should be.
        redactor => settings += &format!("with = {}\n", quoted(&redactor.to_string())),
    }
    Some(settings)
}

fn check(case: &Json, settings: &str, result: &str) -> Result<(), String> {
    let fails = case["expect"].get("error").is_some();
    let mut given = case["args"].clone();
    if let Some(fields) = given.as_object_mut() {
        fields.insert("tz".to_owned(), case["tz"].clone());
    }
    let settings = match case["tz"].as_str() {
        // The zone of the machine, unless the call names one.
        Some(zone) if case["args"]["timezone"].is_null() => {
            settings.replace("timezone = \"UTC\"", &format!("timezone = {}", quoted(zone)))
        }
        _ => settings.to_owned(),
    };
    let became = match Bench::new(FILTERS, &settings).and_then(|bench| bench.pass(&given)) {
        Ok(became) => became.ok_or("dropped")?,
        Err(_) if fails => return Ok(()),
        Err(why) => return Err(why),
    };
    if fails {
        // What the function refuses is tagged, or no concern of the filter's: null has no date.
        let is_right = became["tags"].is_array() || given["value"].is_null();
        return is_right.then_some(()).ok_or(format!("{became:#}"));
    }
    let mut wanted = case["expect"]["ok"].clone();
    if let Some(bytes) = wanted["$b64"].as_str() {
        wanted = bytes.into();
    }
    if let Some(time) = wanted["$ts"].as_str() {
        let time = time.split_once('+').map_or(time, |it| it.0);
        wanted = format!("{time}.000Z").into();
    }
    // Joined by a character that no name has; a document shows objects in its place.
    let text = became[result].to_string().replace("\\u0001", ".");
    let found: Json = serde_json::from_str(&text).map_err(|why| why.to_string())?;
    let is_same = match (found.as_f64(), wanted.as_f64()) {
        (Some(found), Some(wanted)) => (found - wanted).abs() <= wanted.abs() * 1e-12,
        _ => found == wanted || (wanted == json!({}) && found.is_null()),
    };
    if is_same { Ok(()) } else { Err(format!("{found:#}\nis not\n{wanted:#}")) }
}
