//! The `split` filter: an event for each item of a list, or for each piece of a text.

use std::cell::RefCell;
use std::num::NonZeroUsize;

use memchr::memmem;
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, ExpandConfig};
use weir_component::{Expand, FieldPath, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{Batch, EventMut, Key, Span, Value, part_of};

/// Logstash's own.
const FAILURE: &str = "_split_type_failure";

/// Fields that the copies of one event have together at most: 10,000 items beside half a dozen other
/// fields, and less than 3 MiB. A short document of many fields and many items would fill the memory
/// otherwise.
const FIELDS_MAX: usize = 1 << 16;

/// Makes an event of each item of a list, or of each piece of a text.
///
/// Each event has all fields of the first, and one item in place of the list. An item that is an
/// object becomes fields below the name. Empty texts and nulls are left out; if nothing is left, the
/// event stays as it is. So does one without the field.
///
/// The events follow each other in order and share the time and the place they came from. In
/// Elasticsearch and OpenSearch each gets an `_id` of its own, the same whenever the line is read
/// again.
///
/// Something that is neither list nor text gets the tag `_split_type_failure`. So does a list with
/// more items than `parts-max`, or one whose events would have more than 65,536 fields together.
///
/// # Example
///
/// ```toml
/// type = "split"
/// field = "records"
/// target = "record"
/// ```
/// ```json
/// {"account": 7, "records": [{"id": 1, "user": {"name": "ann"}}, {"id": 2}]}
/// ```
/// becomes
/// ```json
/// {"account": 7, "record": {"id": 1, "user": {"name": "ann"}}}
/// {"account": 7, "record": {"id": 2}}
/// ```
///
/// Without `target` the items stand where the list stood. A text is taken apart at its line ends:
///
/// ```toml
/// type = "split"
/// ```
/// ```json
/// {"message": "one\ntwo\n\n"}
/// {"message": ["three", null, 4]}
/// {"message": 5}
/// ```
/// become
/// ```json
/// {"message": "one"}
/// {"message": "two"}
/// {"message": "three"}
/// {"message": 4}
/// {
///   "message": 5,
///   "tags": ["_split_type_failure"],
///   "error": {"message": "split-1: `message` is neither a list nor a text"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Split {
    /// The field with the list or the text.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// Where each item is put; `field` is taken out then. Unless set, in its place.
    target: Option<FieldPath>,
    /// What stands between the pieces of a text.
    #[serde(default = "line_end")]
    terminator: At<String>,
    /// Most events made of one.
    #[serde(default = "parts_max")]
    parts_max: NonZeroUsize,
}

fn line_end() -> At<String> {
    "\n".to_owned().into()
}

fn parts_max() -> NonZeroUsize {
    NonZeroUsize::new(10_000).expect("10,000 is not zero")
}

impl Configure for Split {
    const NAME: &'static str = "split";
}

impl ExpandConfig for Split {
    type Expand = Splitter;

    fn build(self) -> Result<Splitter, Diagnostic> {
        if self.terminator.is_empty() {
            return Err(Diagnostic::error("`terminator` is empty")
                .at(&self.terminator, "")
                .help("write what stands between two pieces, or leave it out for line ends"));
        }
        Ok(Splitter {
            field: self.field.key(),
            target: self.target.unwrap_or(self.field),
            terminator: self.terminator.into_inner().into_bytes(),
            parts_max: self.parts_max.get(),
        })
    }
}

/// Makes events of items and pieces.
#[derive(Debug)]
pub(crate) struct Splitter {
    field: Key,
    target: FieldPath,
    terminator: Vec<u8>,
    parts_max: usize,
}

thread_local! {
    /// The items of the event at hand; its memory is kept.
    static PARTS: RefCell<Vec<Value>> = const { RefCell::new(Vec::new()) };
    /// The name of a field in the making.
    static NAME: RefCell<String> = const { RefCell::new(String::new()) };
}

impl Expand for Splitter {
    fn expand(&self, batch: &mut Batch, at: usize, stage: u64) -> Result<Keep, FilterError> {
        PARTS.with_borrow_mut(|parts| {
            parts.clear();
            if self.collect(batch, at, parts)? {
                self.share_out(batch, at, stage, parts);
            }
            Ok(Keep::Yes)
        })
    }
}

impl Splitter {
    /// Finds the parts of an event; false when it is to stay as it is.
    fn collect(
        &self,
        batch: &Batch,
        at: usize,
        parts: &mut Vec<Value>,
    ) -> Result<bool, FilterError> {
        let event = batch.event(at);
        match event.get(self.field) {
            None | Some(Value::Null) => return Ok(false),
            Some(Value::Text(text)) => {
                self.pieces(batch.arena.get(*text), *text, parts);
                if let [Value::Text(only)] = parts[..]
                    && only == *text
                {
                    return Ok(false);
                }
            }
            Some(Value::List(items)) => {
                let is_something = |item: &&Value| match item {
                    Value::Null => false,
                    Value::Text(text) => !text.is_empty(),
                    _ => true,
                };
                parts.extend(items.iter().filter(is_something).cloned());
            }
            Some(_) => {
                let why = format!("`{}` is neither a list nor a text", self.field);
                return Err(FilterError::because(FAILURE, why));
            }
        }
        if parts.len() > self.parts_max || parts.len() * event.fields().len() > FIELDS_MAX {
            let why = format!("`{}` has {} items, which are too many", self.field, parts.len());
            return Err(FilterError::because(FAILURE, why));
        }
        Ok(!parts.is_empty())
    }

    fn pieces(&self, text: &[u8], span: Span, parts: &mut Vec<Value>) {
        let mut start = 0;
        let ends = memmem::find_iter(text, &self.terminator).chain([text.len()]);
        for end in ends {
            if end > start {
                parts.push(Value::Text(span.slice(start, end)));
            }
            start = end + self.terminator.len();
        }
    }

    fn share_out(&self, batch: &mut Batch, at: usize, stage: u64, parts: &mut Vec<Value>) {
        let mut event = batch.event_mut(at);
        let part = event.as_ref().part();
        if self.target.key() == self.field {
            // It keeps its place among the fields.
            event.set(self.field, Value::Null);
        } else {
            event.remove(self.field);
        }
        let mut parts = parts.drain(..);
        let first = parts.next();
        for (value, nth) in parts.zip(1..) {
            let copy = batch.copy_behind(at, part_of(part, stage, nth));
            self.put(&mut batch.event_mut(copy), value);
        }
        if let Some(first) = first {
            self.put(&mut batch.event_mut(at), first);
        }
    }

    fn put(&self, event: &mut EventMut<'_>, value: Value) {
        let Value::Map(entries) = &value else { return event.set(self.target.key(), value) };
        event.remove(self.target.key());
        NAME.with_borrow_mut(|name| {
            name.clear();
            name.push_str(self.target.key().name());
            if !put_below(event, name, entries) {
                // Names that find no place stay inside, where they need none.
                event.set(self.target.key(), value.clone());
            }
        });
    }
}

/// Makes fields of an object's members; false when a name found no place.
fn put_below(event: &mut EventMut<'_>, name: &mut String, entries: &[(Span, Value)]) -> bool {
    for (member, value) in entries {
        let len = name.len();
        name.push('.');
        name.push_str(&String::from_utf8_lossy(event.text_of(*member)));
        let is_put = match value {
            Value::Map(entries) if !entries.is_empty() => put_below(event, name, entries),
            value => match Key::found(name) {
                Some(key) => {
                    event.set(key, value.clone());
                    true
                }
                None => false,
            },
        };
        name.truncate(len);
        if !is_put {
            return false;
        }
    }
    true
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(settings: &str, given: &Json, wanted: &[Json]) {
        let bench = Bench::new(FILTERS, &format!("type = \"split\"\n{settings}")).unwrap();
        let mut became = bench.pass_all(std::slice::from_ref(given)).unwrap();
        for event in &mut became {
            event.as_object_mut().unwrap().remove("@timestamp");
        }
        assert_eq!(became, wanted, "{given}");
    }

    #[test]
    fn what_has_no_parts_stays_as_it_is() {
        for given in [
            json!({}),
            json!({"message": null}),
            json!({"message": []}),
            json!({"message": [null, ""]}),
            json!({"message": "one"}),
            json!({"message": ""}),
        ] {
            check("", &given, std::slice::from_ref(&given));
        }
    }

    #[test]
    fn pieces_are_cut_by_any_text() {
        let given = json!({"message": ", a, b, , c, "});
        let wanted = ["a", "b", "c"].map(|piece| json!({ "message": piece }));
        check("terminator = ', '", &given, &wanted);
        let given = json!({"message": ["a, b", ["c", "d"]]});
        check(
            "terminator = ', '",
            &given,
            &[json!({"message": "a, b"}), json!({"message": ["c", "d"]})],
        );
    }

    #[test]
    fn objects_become_fields() {
        let given = json!({"a": [{"x": {"y": 1}, "e": {}}, {"x.z": [{"k": 2}]}], "b": 3});
        let wanted = [
            json!({"b": 3, "a": {"x": {"y": 1}, "e": {}}}),
            json!({"b": 3, "a": {"x": {"z": [{"k": 2}]}}}),
        ];
        check("field = 'a'", &given, &wanted);
    }

    #[test]
    fn too_many_parts_are_refused_whole() {
        let given = json!({"message": [1, 2, 3]});
        check("parts-max = 3", &given, &[1, 2, 3].map(|n| json!({ "message": n })));
        let wanted = json!({
            "message": [1, 2, 3], "tags": ["_split_type_failure"],
            "error": {"message": "split-1: `message` has 3 items, which are too many"}
        });
        check("parts-max = 2", &given, &[wanted]);
        let mut wide: serde_json::Map<String, Json> =
            (0..2_000).map(|n| (format!("f{n}"), json!(n))).collect();
        wide.insert("message".to_owned(), (0..1_000).collect());
        let bench = Bench::new(FILTERS, "type = \"split\"").unwrap();
        let became = bench.pass_all(&[wide.into()]).unwrap();
        assert_eq!((became.len(), &became[0]["tags"]), (1, &json!(["_split_type_failure"])));
    }

    #[test]
    fn an_empty_terminator_is_refused() {
        let why = Bench::new(FILTERS, "type = \"split\"\nterminator = ''").unwrap_err();
        assert!(why.contains("`terminator` is empty"), "{why}");
    }
}
