//! Compares events with what a case of Logstash's specifications expects of them.

use serde_json::Value as Json;

/// A TOML string.
pub(crate) fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

/// Checks all expectations of a case; `event` is nothing when it was dropped.
pub(crate) fn expectations(case: &Json, event: Option<&Json>) -> Result<(), String> {
    let event = event.ok_or("the event was dropped")?;
    for expectation in case["expect"].as_array().ok_or("the case expects nothing")? {
        let field = expectation["field"].as_str().ok_or("an expectation names its field")?;
        let mut given = look_up(event, field);
        if let Some(via) = expectation.get("via") {
            if *via != serde_json::json!([["year"]]) {
                return Err(format!("unknown accessor {via}"));
            }
            let year = given.and_then(|it| it.as_str()?.get(..4)?.parse::<i64>().ok());
            given = year.map(Json::from);
        }
        let op = expectation["op"].as_str().unwrap_or_default();
        let wanted = &expectation["value"];
        if !holds(op, given.as_ref(), wanted)? {
            return Err(format!("`{field}` is not {op} {wanted}, in {event:#}"));
        }
    }
    Ok(())
}

fn holds(op: &str, given: Option<&Json>, wanted: &Json) -> Result<bool, String> {
    Ok(match op {
        "eq" => given.is_some_and(|given| same(given, wanted)),
        "ne" => !given.is_some_and(|given| same(given, wanted)),
        "exists" => given.is_some(),
        "absent" => given.is_none(),
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
    match (given.as_f64(), wanted.as_f64()) {
        #[expect(clippy::float_cmp, reason = "both were read from text")]
        (Some(given), Some(wanted)) => given == wanted,
        _ => given == wanted,
    }
}

/// Follows `field`, `[a][b]` or `[a][0]`.
fn look_up(event: &Json, field: &str) -> Option<Json> {
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
