//! The `json` filter: from a JSON document in a field to fields.

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_codec::json::{Limits, Malformed, parse_object, parse_value};
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, Field, Key, Span, Value};

use crate::date::iso;
use crate::source;

const FAILURE: &str = "_jsonparsefailure";

/// The mark of UTF-8 that Windows programs put before their text.
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// Reads a JSON document from a field.
///
/// The members of the document become fields of the event, objects in it fields with dotted names:
/// `{"http": {"method": "GET"}}` is the field `http.method`. A field that is there already is
/// replaced. With `target` the members go below that field instead, and only then may the document
/// be a list, a text or a number.
///
/// Two members of the document itself are special. `@timestamp` becomes the event's time when it
/// is written as in RFC 3339; otherwise it is kept in `_@timestamp`, and the event gets the tag
/// `_timestampparsefailure`. `tags` are added to the tags that the event has; if they are neither
/// a text nor a list of texts, they are kept in `_tags`.
///
/// Numbers keep all their digits. A document may be nested 64 levels deep and have 10,000 members.
///
/// An event without the field passes unchanged. If the field holds no JSON, the event gets the tag
/// `_jsonparsefailure`, and no field of it changes.
///
/// # Example
///
/// ```toml
/// type = "json"
/// ```
/// ```json
/// {"message": "{\"@timestamp\": \"2026-11-23T10:00:00Z\", \"http\": {\"status\": 200}}"}
/// ```
/// becomes
/// ```json
/// {
///   "@timestamp": "2026-11-23T10:00:00.000Z",
///   "message": "{\"@timestamp\": \"2026-11-23T10:00:00Z\", \"http\": {\"status\": 200}}",
///   "http": {"status": 200}
/// }
/// ```
/// What is no JSON is tagged:
/// ```json
/// {"message": "GET / HTTP/1.1"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "GET / HTTP/1.1",
///   "tags": ["_jsonparsefailure"],
///   "error": {"message": "json-1: expected an object at byte 0 of `message`"}
/// }
/// ```
///
/// Below a field of its own, without keeping the text:
///
/// ```toml
/// type = "json"
/// field = "payload"
/// target = "order"
/// remove-source = true
/// ```
/// ```json
/// {"payload": "{\"id\": 7, \"items\": [\"tea\", \"milk\"]}"}
/// ```
/// becomes
/// ```json
/// {"order": {"id": 7, "items": ["tea", "milk"]}}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Json {
    /// The field that holds the document.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field below which the members go; without it they become fields of the event itself.
    target: Option<FieldPath>,
    /// Whether the field with the document is removed once it was read.
    #[serde(default)]
    remove_source: bool,
}

impl Configure for Json {
    const NAME: &'static str = "json";
}

impl FilterConfig for Json {
    type Filter = JsonReader;

    fn build(self) -> Result<JsonReader, Diagnostic> {
        let field = self.field.key();
        let target = self.target.map(FieldPath::key);
        Ok(JsonReader {
            field,
            target,
            // Text and object of one name cannot both be delivered.
            remove_source: self.remove_source || target == Some(field),
            odd_time: Key::named("_@timestamp"),
            odd_tags: Key::named("_tags"),
        })
    }
}

/// Reads JSON documents.
#[derive(Debug)]
pub(crate) struct JsonReader {
    field: Key,
    target: Option<Key>,
    remove_source: bool,
    odd_time: Key,
    odd_tags: Key,
}

thread_local! {
    /// The fields of the document at hand; its memory is kept.
    static FIELDS: RefCell<Vec<Field>> = const { RefCell::new(Vec::new()) };
}

impl Filter for JsonReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(text) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        let marked = event.text_of(text).starts_with(BYTE_ORDER_MARK);
        let text = if marked { text.slice(BYTE_ORDER_MARK.len(), text.len()) } else { text };
        FIELDS.with_borrow_mut(|fields| {
            fields.clear();
            self.read(event, text, fields)
        })?;
        Ok(Keep::Yes)
    }
}

impl JsonReader {
    fn read(
        &self,
        event: &mut EventMut<'_>,
        text: Span,
        fields: &mut Vec<Field>,
    ) -> Result<(), FilterError> {
        if let Some(target) = self.target
            && !is_object(event.text_of(text))
        {
            let value = parse_value(event.arena(), text, Limits::default());
            let value = value.map_err(|malformed| self.failure(malformed))?;
            fields.push(Field { key: target, value });
        } else {
            parse_object(event.arena(), text, self.target, Limits::default(), fields)
                .map_err(|malformed| self.failure(malformed))?;
        }
        if self.remove_source {
            event.remove(self.field);
        }
        let timed = if self.target.is_none() { self.settle_own_names(event, fields) } else { true };
        event.absorb(fields);
        if timed { Ok(()) } else { Err(FilterError::tagged("_timestampparsefailure")) }
    }

    /// Takes `@timestamp` and `tags` out of the document; false when the former is no time.
    fn settle_own_names(&self, event: &mut EventMut<'_>, fields: &mut Vec<Field>) -> bool {
        let mut timed = true;
        let mut at = 0;
        let is_own = |field: &Field| matches!(field.key, Key::TIME | Key::TAGS);
        while let Some(next) = fields[at..].iter().position(is_own) {
            at += next;
            let Field { key, value } = &mut fields[at];
            match *key {
                Key::TIME => {
                    if let Value::Text(span) = value
                        && let Some(time) = iso::instant(event.text_of(*span))
                    {
                        event.set_time(time);
                        fields.remove(at);
                        continue;
                    }
                    timed = false;
                    *key = self.odd_time;
                }
                Key::TAGS if are_texts(value) => {
                    add_tags(event, value);
                    fields.remove(at);
                    continue;
                }
                _ => *key = self.odd_tags,
            }
            at += 1;
        }
        timed
    }

    #[cold]
    fn failure(&self, malformed: Malformed) -> FilterError {
        FilterError::because(FAILURE, format!("{malformed} of `{}`", self.field))
    }
}

fn is_object(text: &[u8]) -> bool {
    text.trim_ascii_start().first() == Some(&b'{')
}

fn are_texts(value: &Value) -> bool {
    match value {
        Value::Text(_) => true,
        Value::List(items) => items.iter().all(|item| matches!(item, Value::Text(_))),
        _ => false,
    }
}

/// Adds the tags of a document to those of the event, each once.
fn add_tags(event: &mut EventMut<'_>, value: &Value) {
    let seen = event.as_ref();
    let mut tags = match seen.get(Key::TAGS) {
        Some(Value::List(items)) => items.to_vec(),
        Some(Value::Null) | None => Vec::new(),
        Some(other) => vec![other.clone()],
    };
    let given = match value {
        Value::List(items) => items,
        single => std::slice::from_ref(single),
    };
    for tag in given {
        let Value::Text(new) = tag else { continue };
        let text = seen.arena().get(*new);
        let is_same =
            |it: &Value| matches!(it, Value::Text(span) if seen.arena().get(*span) == text);
        if !tags.iter().any(is_same) {
            tags.push(tag.clone());
        }
    }
    event.set(Key::TAGS, Value::List(tags.into_boxed_slice()));
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(settings: &str, given: &Json, wanted: &Json) {
        let bench = Bench::new(FILTERS, &format!("type = \"json\"\n{settings}")).unwrap();
        let mut became = bench.pass(given).unwrap().unwrap();
        became.as_object_mut().unwrap().remove("@timestamp");
        assert_eq!(became, *wanted, "{given}");
    }

    #[test]
    fn tags_of_the_document_join_those_of_the_event() {
        let given = json!({ "message": r#"{"tags":["a","b"]}"#, "tags": ["b", "c"] });
        check("remove-source = true", &given, &json!({ "tags": ["b", "c", "a"] }));
        let given = json!({ "message": r#"{"tags":7}"#, "tags": "b" });
        check("remove-source = true", &given, &json!({ "tags": "b", "_tags": 7 }));
    }

    #[test]
    fn the_document_may_replace_its_own_field() {
        let given = json!({ "message": r#"{"message":"inner"}"# });
        check("", &given, &json!({ "message": "inner" }));
        check("remove-source = true", &given, &json!({ "message": "inner" }));
        check("target = \"message\"", &given, &json!({ "message": { "message": "inner" } }));
    }

    #[test]
    fn a_field_without_text_is_left_alone_or_tagged() {
        for given in [json!({}), json!({ "message": null })] {
            check("", &given, &given);
        }
        let became = json!({
            "message": 7,
            "tags": ["_jsonparsefailure"],
            "error": { "message": "json-1: `message` holds no text" }
        });
        check("", &json!({ "message": 7 }), &became);
    }
}
