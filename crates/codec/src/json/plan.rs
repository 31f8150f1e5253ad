//! Writing an event as a document: flat fields become nested objects.
//!
//! Events of one kind have the same field names in the same order. For each such sequence the
//! braces, names and commas between the values are worked out once; writing an event is then
//! copying those pieces and the values in turn.

use std::collections::HashMap;

use weir_event::{EventRef, Key, Timestamp, Value, ValueRef};

use super::parse::DEPTH_MAX;
use super::write::{write_string, write_value};

/// How many sequences of names are remembered; beyond it all are worked out anew.
const PLANS_MAX: usize = 1024;

/// Writes events as JSON documents with `@timestamp` first.
#[derive(Debug, Default)]
pub struct DocumentWriter {
    plans: Vec<Plan>,
    by_names: HashMap<u64, usize>,
    last: usize,
    keys: Vec<Key>,
    second: Option<i64>,
    second_text: Vec<u8>,
}

/// How to write events with one sequence of names.
#[derive(Debug)]
struct Plan {
    /// The event's fields, then the delivered facts of its origin that no field hides.
    keys: Vec<Key>,
    /// In the order of the document: what to write before which value.
    steps: Vec<Step>,
    /// Closing braces.
    end: Vec<u8>,
}

#[derive(Debug)]
struct Step {
    before: Vec<u8>,
    value: usize,
}

impl DocumentWriter {
    /// Writes one document, without a line end.
    pub fn write(&mut self, event: EventRef<'_>, out: &mut Vec<u8>) {
        let plan = self.plan(event);
        out.extend_from_slice(b"{\"@timestamp\":\"");
        self.write_time(event.time(), out);
        out.push(b'"');
        let plan = &self.plans[plan];
        let fields = event.fields();
        for step in &plan.steps {
            out.extend_from_slice(&step.before);
            if let Some(field) = fields.get(step.value) {
                write_value(ValueRef::new(&field.value, event.arena()), out);
            } else {
                let fact = event.origin().get(plan.keys[step.value]);
                write_string(fact.unwrap_or_default().as_bytes(), out);
            }
        }
        out.extend_from_slice(&plan.end);
        if let Some(Value::Map(entries)) = event.get(Key::OTHER) {
            for (name, value) in entries {
                out.push(b',');
                write_string(event.arena().get(*name), out);
                out.push(b':');
                write_value(ValueRef::new(value, event.arena()), out);
            }
        }
        out.push(b'}');
    }

    fn write_time(&mut self, time: Timestamp, out: &mut Vec<u8>) {
        if self.second != Some(time.seconds()) {
            self.second = Some(time.seconds());
            self.second_text.clear();
            time.write_second(&mut self.second_text);
        }
        out.extend_from_slice(&self.second_text);
        time.write_fraction(out);
    }

    fn plan(&mut self, event: EventRef<'_>) -> usize {
        self.keys.clear();
        self.keys.extend(event.fields().iter().map(|field| field.key));
        self.keys.extend(event.delivered_facts().map(|(key, _)| key));
        if self.plans.get(self.last).is_some_and(|plan| plan.keys == self.keys) {
            return self.last;
        }
        let names = hash(&self.keys);
        self.last = match self.by_names.get(&names) {
            Some(&known) if self.plans[known].keys == self.keys => known,
            _ => self.add(names),
        };
        self.last
    }

    fn add(&mut self, names: u64) -> usize {
        if self.plans.len() >= PLANS_MAX {
            self.plans.clear();
            self.by_names.clear();
        }
        self.plans.push(Plan::new(self.keys.clone()));
        self.by_names.insert(names, self.plans.len() - 1);
        self.plans.len() - 1
    }
}

/// Equal hashes are told apart by comparing the keys.
fn hash(keys: &[Key]) -> u64 {
    use std::hash::{DefaultHasher, Hash as _, Hasher as _};
    let mut hasher = DefaultHasher::new();
    keys.hash(&mut hasher);
    hasher.finish()
}

/// An object in the making: its members in the order in which they first appeared.
#[derive(Default)]
struct Object {
    members: Vec<(&'static str, Member)>,
}

enum Member {
    Value(usize),
    Object(Object),
}

impl Object {
    /// Files a value under a dotted path. Where a part of the path is already a value, the rest of
    /// the path stays dotted: both are delivered. So does what would be more than `levels` deep.
    fn insert(&mut self, path: &'static str, value: usize, levels: usize) {
        if levels > 0
            && let Some((first, rest)) = path.split_once('.')
            && !first.is_empty()
            && !rest.is_empty()
        {
            match self.members.iter_mut().find(|(name, _)| *name == first) {
                Some((_, Member::Object(inner))) => return inner.insert(rest, value, levels - 1),
                Some((_, Member::Value(_))) => {}
                None => {
                    let mut inner = Self::default();
                    inner.insert(rest, value, levels - 1);
                    return self.members.push((first, Member::Object(inner)));
                }
            }
        }
        self.members.push((path, Member::Value(value)));
    }

    fn steps(&self, before: &mut Vec<u8>, first: bool, steps: &mut Vec<Step>) {
        for (i, (name, member)) in self.members.iter().enumerate() {
            if i > 0 || !first {
                before.push(b',');
            }
            write_string(name.as_bytes(), before);
            before.push(b':');
            match member {
                Member::Value(value) => {
                    steps.push(Step { before: std::mem::take(before), value: *value });
                }
                Member::Object(inner) => {
                    before.push(b'{');
                    inner.steps(before, true, steps);
                    before.push(b'}');
                }
            }
        }
    }
}

impl Plan {
    fn new(keys: Vec<Key>) -> Self {
        let mut root = Object::default();
        // A value goes before the objects of its name, so that objects can make way.
        let mut order: Vec<usize> = (0..keys.len()).collect();
        let has_no_object_of_its_name = |i: &usize| {
            let name = keys[*i].name();
            name.is_empty()
                || !keys.iter().any(|other| {
                    other.name().strip_prefix(name).is_some_and(|rest| rest.starts_with('.'))
                })
        };
        order.sort_by_key(has_no_object_of_its_name);
        for i in order {
            if keys[i] != Key::OTHER {
                // Names found in texts may consist of dots and little else.
                root.insert(keys[i].name(), i, DEPTH_MAX - 1);
            }
        }
        let (mut before, mut steps) = (Vec::new(), Vec::new());
        root.steps(&mut before, false, &mut steps);
        Self { keys, steps, end: before }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use weir_event::{Batch, Origin, Span};

    use super::*;

    #[track_caller]
    fn check(fields: &[(&str, i64)], wanted: &str) {
        let mut batch = Batch::new();
        let facts = Origin::new(0).with(Key::named("host.name"), "web", true);
        let origin = batch.add_origin(&Arc::new(facts));
        batch.push(origin, 0, Timestamp::default());
        for (name, value) in fields {
            batch.event_mut(0).set(Key::named(name), Value::Int(*value));
        }
        let mut writer = DocumentWriter::default();
        for _ in 0..2 {
            let mut out = Vec::new();
            writer.write(batch.event(0), &mut out);
            let out = String::from_utf8(out).expect("JSON is UTF-8");
            assert_eq!(out, format!("{{\"@timestamp\":\"1970-01-01T00:00:00.000Z\",{wanted}}}"));
        }
    }

    #[test]
    fn dotted_names_become_objects() {
        check(
            &[("a.b", 1), ("c", 2), ("a.d.e", 3)],
            r#""a":{"b":1,"d":{"e":3}},"c":2,"host":{"name":"web"}"#,
        );
    }

    #[test]
    fn the_origin_joins_the_object_of_its_name() {
        check(&[("host.ip", 1)], r#""host":{"ip":1,"name":"web"}"#);
        check(&[("host.name", 1)], r#""host":{"name":1}"#);
    }

    #[test]
    fn a_value_and_an_object_of_one_name_are_both_delivered() {
        check(&[("a.b", 1), ("a", 2)], r#""a":2,"a.b":1,"host":{"name":"web"}"#);
        check(&[("host", 1)], r#""host":1,"host.name":"web""#);
    }

    #[test]
    fn odd_names_stay_as_they_are() {
        check(&[(".a", 1), ("b.", 2), ("", 3)], r#"".a":1,"b.":2,"":3,"host":{"name":"web"}"#);
    }

    #[test]
    fn names_of_dots_make_no_document_that_cannot_be_read() {
        let name = "a.".repeat(250) + "a";
        let (inside, dotted) = (DEPTH_MAX - 1, 250 - (DEPTH_MAX - 1));
        let (open, close) = ("\"a\":{".repeat(inside), "}".repeat(inside));
        let rest = "a.".repeat(dotted) + "a";
        check(&[(&name, 1)], &format!(r#"{open}"{rest}":1{close},"host":{{"name":"web"}}"#));
        let read = serde_json::from_str::<serde_json::Value>(&format!("{{{open}\"\":1{close}}}"));
        assert!(read.is_ok());
    }

    #[test]
    fn fields_without_a_key_stand_beside_the_others() {
        let mut batch = Batch::new();
        let origin = batch.add_origin(&Arc::new(Origin::new(0)));
        batch.push(origin, 0, Timestamp::default());
        let mut event = batch.event_mut(0);
        let name: Span = event.arena().append(b"rare");
        event.set(Key::OTHER, Value::Map(Box::new([(name, Value::Int(1))])));
        let mut out = Vec::new();
        DocumentWriter::default().write(batch.event(0), &mut out);
        assert_eq!(out, br#"{"@timestamp":"1970-01-01T00:00:00.000Z","rare":1}"#);
    }
}
