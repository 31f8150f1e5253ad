//! The `query-string` filter: `?page=2&tag=a&tag=b`.

use std::cell::RefCell;

use memchr::memchr;
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{Arena, EventMut, Key, Span, Value};

use crate::found::{FIELDS_MAX, Harvest, Name, Owner, harvest};
use crate::{percent, source};

const FAILURE: &str = "_querystringfailure";

/// Reads the parameters of a query, `page=2&tag=a&tag=b`, as in URLs and forms.
///
/// Names and values are decoded: `%20` and `+` are blanks. A question mark at the beginning is left
/// away. A parameter without a value is an empty text, one that stands there several times a list,
/// and one without a name is called `_`.
///
/// Anyone who can reach your server can make up names of parameters, and so of fields. Give a
/// `target`, and let the server that stores them treat that field as one (`flattened`), or take only
/// the names you know by `include-keys`.
///
/// An event without the field passes unchanged. More than 10,000 parameters, or bytes that are no
/// text when decoded, earn the event the tag `_querystringfailure`, and no field of it changes.
///
/// # Example
///
/// ```toml
/// type = "query-string"
/// ```
/// ```json
/// {"url": {"query": "page=2&tag=caf%C3%A9&tag=tea+pot&all"}}
/// ```
/// becomes
/// ```json
/// {
///   "url": {
///     "query": "page=2&tag=caf%C3%A9&tag=tea+pot&all",
///     "params": {"page": "2", "tag": ["café", "tea pot"], "all": ""}
///   }
/// }
/// ```
/// Bytes that are no text:
/// ```json
/// {"url": {"query": "q=%FF"}}
/// ```
/// becomes
/// ```json
/// {
///   "url": {"query": "q=%FF"},
///   "tags": ["_querystringfailure"],
///   "error": {"message": "query-string-1: `url.query` holds bytes that are no UTF-8"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct QueryString {
    /// The field that holds the query.
    #[serde(default = "query")]
    field: FieldPath,
    /// The field below which the parameters go.
    #[serde(default = "params")]
    target: FieldPath,
    /// The only parameters that count; all by default.
    #[serde(default)]
    include_keys: Vec<String>,
    /// Parameters that do not count.
    #[serde(default)]
    exclude_keys: Vec<String>,
}

fn query() -> FieldPath {
    FieldPath::try_from("url.query".to_owned()).expect("the name is in order")
}

fn params() -> FieldPath {
    FieldPath::try_from("url.params".to_owned()).expect("the name is in order")
}

impl Configure for QueryString {
    const NAME: &'static str = "query-string";
}

impl FilterConfig for QueryString {
    type Filter = QueryReader;

    fn build(self) -> Result<QueryReader, Diagnostic> {
        Ok(QueryReader {
            owner: Owner::new(),
            field: self.field.key(),
            target: self.target.key(),
            include: self.include_keys,
            exclude: self.exclude_keys,
        })
    }
}

/// Reads parameters.
#[derive(Debug)]
pub(crate) struct QueryReader {
    owner: Owner,
    field: Key,
    target: Key,
    include: Vec<String>,
    exclude: Vec<String>,
}

thread_local! {
    /// The name of the parameter at hand, decoded; its memory is kept.
    static NAME: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Filter for QueryReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        NAME.with_borrow_mut(|name| {
            harvest(&self.owner, b"", event, |event, harvest| {
                self.read(event.arena(), span, name, harvest)
            })
        })?;
        if self.target == self.field {
            // Text and object of one name cannot both be delivered.
            event.remove(self.field);
        }
        Ok(Keep::Yes)
    }
}

impl QueryReader {
    fn read(
        &self,
        arena: &Arena,
        whole: Span,
        name: &mut Vec<u8>,
        harvest: &mut Harvest,
    ) -> Result<(), FilterError> {
        let text = arena.get(whole);
        let mut at = usize::from(text.first() == Some(&b'?'));
        while at < text.len() {
            let end = memchr(b'&', &text[at..]).map_or(text.len(), |len| at + len);
            let pair = &text[at..end];
            if !pair.is_empty() {
                if harvest.len() >= FIELDS_MAX {
                    return Err(self.failure(&format!("holds more than {FIELDS_MAX} parameters")));
                }
                let split = memchr(b'=', pair);
                name.clear();
                percent::decode(&pair[..split.unwrap_or(pair.len())], true, name);
                let place = harvest.name(name, |name| self.decide(name));
                let start = split.map_or(pair.len(), |len| len + 1);
                let value = &pair[start..];
                let span = if percent::is_encoded(value, true) {
                    harvest.keep_with(|out| percent::decode(value, true, out))
                } else {
                    whole.slice(at + start, end)
                };
                let is_text = std::str::from_utf8(harvest.text_of(arena, span)).is_ok();
                if !is_text || std::str::from_utf8(name).is_err() {
                    return Err(self.failure("holds bytes that are no UTF-8"));
                }
                harvest.put(place, name, Value::Text(span));
            }
            at = end + 1;
        }
        Ok(())
    }

    fn decide(&self, name: &[u8]) -> Name {
        let name = String::from_utf8_lossy(name);
        let is = |it: &String| **it == *name;
        if (!self.include.is_empty() && !self.include.iter().any(is)) || self.exclude.iter().any(is)
        {
            return Name::Skip;
        }
        Name::of(Some(self.target), &name)
    }

    #[cold]
    fn failure(&self, what: &str) -> FilterError {
        FilterError::because(FAILURE, format!("`{}` {what}", self.field))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(settings: &str, text: &str, wanted: &Json) {
        let settings = format!("type = \"query-string\"\ntarget = \"q\"\n{settings}");
        let bench = Bench::new(FILTERS, &settings).unwrap();
        let became = bench.pass(&json!({ "url": { "query": text } })).unwrap().unwrap();
        assert_eq!(became["q"], *wanted, "{text}: {became:#}");
    }

    #[test]
    fn odd_queries_are_read() {
        check("", "?a=1&&b&=2&c==3", &json!({ "a": "1", "b": "", "_": "2", "c": "=3" }));
        check("", "", &json!(null));
        check("", "a.b=1&a%5B%5D=2", &json!({ "a": { "b": "1" }, "a[]": "2" }));
    }

    #[test]
    fn only_some_names_count_where_asked() {
        check("include-keys = [\"a\"]", "a=1&b=2", &json!({ "a": "1" }));
        check("exclude-keys = [\"a\"]", "a=1&b=2", &json!({ "b": "2" }));
    }
}
