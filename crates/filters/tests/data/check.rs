//! Compares events with what a case of Logstash's specifications expects of them.

use serde_json::Value as Json;

/// A TOML string.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Checks all expectations of a case; `event` is nothing when it was dropped.
pub(crate) fn expectations(case: &Json, event: Option<&Json>) -> Result<(), String> {
    expectations_named(case, event, str::to_owned)
}

/// The same, where fields have other names here: `our_name` tells which.
pub(crate) fn expectations_named(
    case: &Json,
    event: Option<&Json>,
    our_name: impl Fn(&str) -> String,
) -> Result<(), String> {
    for expectation in case["expect"].as_array().ok_or("the case expects nothing")? {
        let op = expectation["op"].as_str().unwrap_or_default();
        if let "be_cancelled" | "not_be_cancelled" = op {
            if event.is_none() == (op == "be_cancelled") {
                continue;
            }
            return Err(format!("the event is to {op}"));
        }
        let event = event.ok_or("the event was dropped")?;
        let field = expectation["field"].as_str().ok_or("an expectation names its field")?;
        let field = &our_name(field);
        let mut given = look_up(event, field);
        if let Some(via) = expectation.get("via") {
            given = see_through(via, given)?;
        }
        let wanted = &expectation["value"];
        if !holds(op, given.as_ref(), wanted)? {
            return Err(format!("`{field}` is not {op} {wanted}, in {event:#}"));
        }
    }
    Ok(())
}

/// A value as one of Ruby's accessors shows it.
fn see_through(via: &Json, given: Option<Json>) -> Result<Option<Json>, String> {
    let accessors: Vec<&str> =
        via.as_array().into_iter().flatten().filter_map(|it| it[0].as_str()).collect();
    Ok(match (&*accessors, given) {
        (_, None) => None,
        (["year"], Some(given)) => {
            given.as_str().and_then(|it| it.get(..4)?.parse::<i64>().ok()).map(Json::from)
        }
        (["count"], Some(given)) => given.as_object().map(|it| Json::from(it.len())),
        (["bytes", "to_a"], Some(given)) => {
            given.as_str().map(|it| it.bytes().map(Json::from).collect())
        }
        _ => return Err(format!("unknown accessor {via}")),
    })
}

fn holds(op: &str, given: Option<&Json>, wanted: &Json) -> Result<bool, String> {
    Ok(match op {
        "eq" => given.is_some_and(|given| same(given, wanted)),
        "ne" => !given.is_some_and(|given| same(given, wanted)),
        "exists" => given.is_some(),
        "absent" => given.is_none(),
        "falsy" => given.is_none_or(|it| it.is_null() || *it == Json::Bool(false)),
        "not_contains" => !holds("contains", given, wanted)?,
        "null_or_absent" => given.is_none_or(Json::is_null),
        "contains" => match given {
            Some(Json::Array(items)) => items.iter().any(|item| same(item, wanted)),
            Some(Json::Object(members)) => {
                wanted.as_str().is_some_and(|it| members.contains_key(it))
            }
            _ => false,
        },
        "be_within.of" => {
            let number = given.and_then(Json::as_f64).unwrap_or(f64::NAN);
            let delta = wanted[0].as_f64().ok_or("a delta is a number")?;
            let middle = wanted[1][0].as_f64().ok_or("a middle is a number")?;
            (number - middle).abs() <= delta
        }
        "be_a" => match wanted["$class"].as_str() {
            Some("Integer") => given.is_some_and(Json::is_i64),
            Some("Float") => given.is_some_and(Json::is_f64),
            Some("String") => given.is_some_and(Json::is_string),
            Some("LogStash::Timestamp") => {
                given.and_then(Json::as_str).is_some_and(|it| it.parse::<jiff::Timestamp>().is_ok())
            }
            other => return Err(format!("unknown class {other:?}")),
        },
        other => return Err(format!("unknown comparison {other}")),
    })
}

/// Equal, where instants are compared to the millisecond: that is as fine as Logstash's were.
fn same(given: &Json, wanted: &Json) -> bool {
    if let Some(wanted) = wanted["$ts"].as_str() {
        let to_millis = |text: &str| text.get(.."2026-11-23T10:00:00.000".len()).map(str::to_owned);
        return given.as_str().and_then(to_millis) == to_millis(wanted);
    }
    if let (Some(given), Some(wanted)) = (given.as_str(), wanted.as_str())
        && let Some(given) = given.strip_suffix('Z')
        && let Some(wanted) = wanted.strip_suffix("+00:00")
    {
        return given == wanted;
    }
    match (given.as_f64(), wanted.as_f64()) {
        #[expect(clippy::float_cmp, reason = "both were read from text")]
        (Some(given), Some(wanted)) => given == wanted,
        _ => given == wanted,
    }
}

/// Follows `field`, `[a][b]` or `[a][0]`. A name with dots may be an object here.
fn look_up(event: &Json, field: &str) -> Option<Json> {
    let dotted = || look_up_parts(event, &field.replace('.', "]["));
    look_up_parts(event, field).or_else(|| field.contains('.').then(dotted)?)
}

fn look_up_parts(event: &Json, field: &str) -> Option<Json> {
    let inner = field.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let mut found = event;
    for part in inner.unwrap_or(field).split("][") {
        found = match found {
            Json::Array(items) => items.get(part.parse::<usize>().ok()?)?,
            other => other.get(part)?,
        };
    }
    Some(found.clone())
}
