//! The `ruby-hash` filter: `{:status=>200, "path"=>"/"}`, as Ruby prints a hash.

mod parse;

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, Key};

use self::parse::Parser;
use crate::found::{Owner, harvest};
use crate::source;

const FAILURE: &str = "_rubyhashfailure";

/// Reads a hash as Ruby prints it: `{:status=>200, "path"=>"/", user: nil}`.
///
/// Keys may be texts, symbols and numbers, written with `=>` or with a colon behind them. Values are
/// texts, numbers, `true`, `false`, `nil`, symbols (which become texts), lists and hashes. The
/// members become fields of the event, those of hashes in it fields with dotted names; of a name that
/// stands there twice the last value counts. Objects other than these (`#<Set: …>`) become texts as
/// they stand there.
///
/// A hash may be nested 64 levels deep and have 10,000 members. An event without the field passes
/// unchanged. If the field holds no hash, the event gets the tag `_rubyhashfailure`, and no field of
/// it changes.
///
/// # Example
///
/// ```toml
/// type = "ruby-hash"
/// target = "request"
/// ```
/// ```json
/// {"message": "{:status=>200, \"path\"=>\"/\", user: {id: 7, name: nil}, :tags=>[:a, \"b\\n\"]}"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "{:status=>200, \"path\"=>\"/\", user: {id: 7, name: nil}, :tags=>[:a, \"b\\n\"]}",
///   "request": {
///     "status": 200,
///     "path": "/",
///     "user": {"id": 7, "name": null},
///     "tags": ["a", "b\n"]
///   }
/// }
/// ```
/// What is no hash is tagged:
/// ```json
/// {"message": "{:status=>}"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "{:status=>}",
///   "tags": ["_rubyhashfailure"],
///   "error": {"message": "ruby-hash-1: expected a value at byte 10 of `message`"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct RubyHash {
    /// The field that holds the hash.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field below which the members go; without it they become fields of the event itself.
    target: Option<FieldPath>,
}

impl Configure for RubyHash {
    const NAME: &'static str = "ruby-hash";
}

impl FilterConfig for RubyHash {
    type Filter = RubyHashReader;

    fn build(self) -> Result<RubyHashReader, Diagnostic> {
        Ok(RubyHashReader {
            owner: Owner::new(),
            field: self.field.key(),
            target: self.target.map(FieldPath::key),
        })
    }
}

/// Reads hashes.
#[derive(Debug)]
pub(crate) struct RubyHashReader {
    owner: Owner,
    field: Key,
    target: Option<Key>,
}

thread_local! {
    /// The dotted name of the member at hand; its memory is kept.
    static NAME: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Filter for RubyHashReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        NAME.with_borrow_mut(|name| {
            name.clear();
            harvest(&self.owner, b"", event, |event, harvest| {
                let text = event.arena().get(span);
                let read = Parser::new(text, span, self.target, name, harvest).read();
                read.map_err(|wrong| {
                    let reason = format!("{} at byte {} of `{}`", wrong.what, wrong.at, self.field);
                    FilterError::because(FAILURE, reason)
                })
            })
        })?;
        if self.target == Some(self.field) {
            // Text and object of one name cannot both be delivered.
            event.remove(self.field);
        }
        Ok(Keep::Yes)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    fn read(text: &str) -> Json {
        let bench = Bench::new(FILTERS, "type = \"ruby-hash\"\ntarget = \"h\"").unwrap();
        let became = bench.pass(&json!({ "message": text })).unwrap().unwrap();
        if became["tags"].is_null() {
            became["h"].clone()
        } else {
            became["error"]["message"].clone()
        }
    }

    #[test]
    fn values_of_every_kind_are_read() {
        for (text, wanted) in [
            (r#"{"a"=>"x\"\\\tA\u00e9\e"}"#, json!({ "a": "x\"\\\tAé\u{1b}" })),
            ("{'a'=>'it\\'s'}", json!({ "a": "it's" })),
            (
                "{a: -1, b: 2.50, c: 1e3, d: 1_000}",
                json!({"a": -1, "b": 2.5, "c": 1000.0, "d": 1000}),
            ),
            (
                "{:a=>true, :\"b c\"=>false, \"d\": nil, 7=>:x}",
                json!({"a": true, "b c": false, "d": null, "7": "x"}),
            ),
            ("{a: [1, {b: [2]}, []], c: {}}", json!({ "a": [1, { "b": [2] }, []], "c": {} })),
            ("{ :a => { :b => { :c => 1 } } , }", json!({ "a": { "b": { "c": 1 } } })),
            (
                "{a: #<Set: {1, 2}>, b: Time, c: 2026-11-23 10:00:00 +0100}",
                json!({"a": "#<Set: {1, 2}>", "b": "Time", "c": "2026-11-23 10:00:00 +0100"}),
            ),
            ("{a: 1, a: 2}", json!({ "a": 2 })),
        ] {
            assert_eq!(read(text), wanted, "{text}");
        }
    }

    #[test]
    fn what_is_no_hash_is_refused() {
        for (text, why) in [
            ("", "expected a hash at byte 0"),
            ("[1]", "expected a hash at byte 0"),
            ("{a: 1", "the hash does not end at byte 5"),
            ("{a: \"x}", "the text does not end at byte 7"),
            ("{a 1}", "expected `=>` or a colon at byte 3"),
            ("{a: 1} x", "unexpected text behind the hash at byte 7"),
        ] {
            assert_eq!(read(text), json!(format!("ruby-hash-1: {why} of `message`")), "{text}");
        }
        let deep = "{a: ".repeat(70);
        assert_eq!(read(&deep), json!("ruby-hash-1: nested too deeply at byte 256 of `message`"));
    }
}
