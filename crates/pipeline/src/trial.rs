//! Judges a pipeline's filters by its own tests.

use serde_json::{Map, Value};

use crate::blueprint::TestCase;

/// One thing that came out otherwise than expected.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mismatch {
    /// Which event, counted from 1, and which field of it; or nothing for the number of events.
    pub place: String,
    /// What was expected.
    pub wanted: String,
    /// What came out.
    pub given: String,
}

/// The outcome of a test; no mismatch is a pass.
pub type Verdict = Vec<Mismatch>;

/// Compares the documents that came out with what a test expects.
#[must_use]
pub fn judge(case: &TestCase, documents: &[Value]) -> Verdict {
    let mut mismatches = Vec::new();
    let mut note = |place: String, wanted: String, given: String| {
        mismatches.push(Mismatch { place, wanted, given });
    };
    let wanted_count = if case.dropped {
        Some(0)
    } else if case.expect.is_empty() {
        None
    } else {
        Some(case.expect.len())
    };
    if let Some(wanted) = wanted_count.filter(|wanted| *wanted != documents.len()) {
        note("events".into(), wanted.to_string(), documents.len().to_string());
    }
    for (i, (wanted, given)) in case.expect.iter().zip(documents).enumerate() {
        let given = flatten(given);
        for (field, wanted) in flatten(wanted) {
            let given = given.get(&field);
            if given.is_none_or(|given| !is_same(&wanted, given)) {
                let given = given.map_or("nothing".to_owned(), Value::to_string);
                note(format!("event {}: {field}", i + 1), wanted.to_string(), given);
            }
        }
    }
    for (i, given) in documents.iter().enumerate() {
        let given = flatten(given);
        for field in &case.expect_absent {
            if let Some(value) = given.get(field) {
                note(format!("event {}: {field}", i + 1), "nothing".into(), value.to_string());
            }
        }
    }
    mismatches
}

/// Numbers are the same when they are equal, however they are written.
fn is_same(wanted: &Value, given: &Value) -> bool {
    match (wanted.as_f64(), given.as_f64()) {
        (Some(wanted), Some(given)) => wanted.total_cmp(&given).is_eq(),
        _ => wanted == given,
    }
}

/// The document's values by their dotted names.
fn flatten(document: &Value) -> Map<String, Value> {
    fn add(name: &str, value: &Value, flat: &mut Map<String, Value>) {
        match value {
            Value::Object(members) if name.is_empty() || !members.is_empty() => {
                for (member, value) in members {
                    let name =
                        if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                    add(&name, value, flat);
                }
            }
            value => {
                flat.insert(name.to_owned(), value.clone());
            }
        }
    }
    let mut flat = Map::new();
    add("", document, &mut flat);
    flat
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn case(expect: Vec<Value>) -> TestCase {
        TestCase {
            name: "t".into(),
            input: Vec::new(),
            expect,
            expect_absent: vec!["secret".into()],
            dropped: false,
        }
    }

    #[test]
    fn dotted_and_nested_names_are_the_same() {
        let given = [json!({"a": {"b": 1}, "c": "x"})];
        assert_eq!(judge(&case(vec![json!({"a.b": 1.0})]), &given), []);
        let wrong = judge(&case(vec![json!({"a.b": "1", "d": 2})]), &given);
        let places: Vec<&str> = wrong.iter().map(|it| it.place.as_str()).collect();
        assert_eq!(places, ["event 1: a.b", "event 1: d"]);
    }

    #[test]
    fn events_are_counted_and_secrets_found() {
        let given = [json!({"secret": 1}), json!({})];
        let wrong = judge(&case(vec![json!({})]), &given);
        assert_eq!(wrong[0].place, "events");
        assert_eq!(wrong[1].place, "event 1: secret");
    }
}
