//! The `logfmt` filter: `level=info msg="request done" cached`.
//!
//! `kv` reads pairs as Logstash does; this one as programs write them: names may stand alone, quotes
//! have escapes, and nothing is left out.

mod pairs;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{Arena, EventMut, Key, Span, Value};

use self::pairs::{Format, Found, Piece, Walk};
use crate::blanks::Whitespace;
use crate::found::{FIELDS_MAX, Harvest, Name, Owner, harvest};
use crate::source;

const FAILURE: &str = "_logfmtfailure";

/// Reads lines as many programs log them: `level=info msg="request done" cached`.
///
/// Names and values may stand in quotes, `"…"` or `'…'`. Between double quotes `\n`, `\t`, `\r`,
/// `\"`, `\\` and `\u0041` are the characters that they stand for; between single quotes only
/// `\'` is. A quote that does not end where a value may end is a character like any other. A name
/// without a value is `true`, and a value that is not there is an empty text. A name that stands
/// there several times gives a list. Names become fields as they stand there; one with dots becomes
/// a field in an object. A name `@timestamp` becomes the field `_@timestamp`: read it with `date`.
///
/// An event without the field passes unchanged. If the text has no pair, has a name alone where
/// that is not allowed, or has more than 10,000 pairs, the event gets the tag `_logfmtfailure`, and
/// no field of it changes.
///
/// # Example
///
/// ```toml
/// type = "logfmt"
/// ```
/// ```json
/// {"message": "level=info msg=\"request \\\"a\\\" done\" user.name=alice empty= cached"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "level=info msg=\"request \\\"a\\\" done\" user.name=alice empty= cached",
///   "level": "info",
///   "msg": "request \"a\" done",
///   "user": {"name": "alice"},
///   "empty": "",
///   "cached": true
/// }
/// ```
///
/// Other separators, and no names without values:
///
/// ```toml
/// type = "logfmt"
/// field-split = ","
/// value-split = ":"
/// standalone = false
/// target = "router"
/// ```
/// ```json
/// {"message": "path:\"/cart\", host: example.com, status:304"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "path:\"/cart\", host: example.com, status:304",
///   "router": {"path": "/cart", "host": "example.com", "status": "304"}
/// }
/// ```
/// What is no pair is tagged:
/// ```json
/// {"message": "hello"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "hello",
///   "tags": ["_logfmtfailure"],
///   "error": {"message": "logfmt-1: `hello` in `message` has no `:` and no value"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Logfmt {
    /// The field that holds the pairs.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field below which the pairs go; without it they become fields of the event itself.
    target: Option<FieldPath>,
    /// What stands between pairs: a blank by default, of which there may be several.
    #[serde(default = "blank")]
    field_split: At<String>,
    /// What stands between name and value.
    #[serde(default = "equals")]
    value_split: At<String>,
    /// Whether blanks may stand around `value-split`; by default only where pairs are not
    /// separated by blanks.
    whitespace: Option<Whitespace>,
    /// Whether a name may stand without a value.
    #[serde(default = "yes")]
    standalone: bool,
    /// Whether `\n` and the like in double quotes are the characters that they stand for.
    #[serde(default = "yes")]
    unescape: bool,
}

fn blank() -> At<String> {
    At::from(" ".to_owned())
}

fn equals() -> At<String> {
    At::from("=".to_owned())
}

fn yes() -> bool {
    true
}

impl Configure for Logfmt {
    const NAME: &'static str = "logfmt";
}

impl FilterConfig for Logfmt {
    type Filter = LogfmtReader;

    fn build(self) -> Result<LogfmtReader, Diagnostic> {
        for (setting, name) in
            [(&self.field_split, "field-split"), (&self.value_split, "value-split")]
        {
            if setting.is_empty() {
                return Err(Diagnostic::error(format!("`{name}` is empty"))
                    .at(setting, "separates nothing")
                    .help("write it like `\"=\"`"));
            }
        }
        if *self.field_split == *self.value_split {
            return Err(Diagnostic::error("pairs end where names end")
                .at(&self.value_split, "the same as `field-split`")
                .help("choose another separator for one of them"));
        }
        let has_blanks = self.field_split.trim_matches(' ').is_empty();
        let is_lenient = match self.whitespace {
            Some(whitespace) => whitespace == Whitespace::Lenient,
            None => !has_blanks,
        };
        Ok(LogfmtReader {
            owner: Owner::new(),
            field: self.field.key(),
            target: self.target.map(FieldPath::key),
            format: Format::new(&self.field_split, &self.value_split, is_lenient, self.unescape),
            standalone: self.standalone,
        })
    }
}

/// Reads pairs as programs write them.
#[derive(Debug)]
pub(crate) struct LogfmtReader {
    owner: Owner,
    field: Key,
    target: Option<Key>,
    format: Format,
    standalone: bool,
}

impl Filter for LogfmtReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        harvest(&self.owner, b"", event, |event, harvest| self.read(event.arena(), span, harvest))?;
        if self.target == Some(self.field) {
            // Text and object of one name cannot both be delivered.
            event.remove(self.field);
        }
        Ok(Keep::Yes)
    }
}

impl LogfmtReader {
    fn read(&self, arena: &Arena, whole: Span, harvest: &mut Harvest) -> Result<(), FilterError> {
        let text = arena.get(whole);
        let mut name = Vec::new();
        for Found { name: found, value } in Walk::new(text, &self.format) {
            if value.is_none() && !self.standalone {
                let name = String::from_utf8_lossy(&text[found.start..found.end]);
                let split = String::from_utf8_lossy(self.format.value_split());
                return Err(FilterError::because(
                    FAILURE,
                    format!("`{name:.64}` in `{}` has no `{split}` and no value", self.field),
                ));
            }
            if harvest.len() >= FIELDS_MAX {
                let reason = format!("`{}` holds more than {FIELDS_MAX} pairs", self.field);
                return Err(FilterError::because(FAILURE, reason));
            }
            let raw = if found.is_escaped {
                name.clear();
                self.format.unescape(found, text, &mut name);
                &*name
            } else {
                &text[found.start..found.end]
            };
            let place =
                harvest.name(raw, |raw| Name::of(self.target, &String::from_utf8_lossy(raw)));
            match value {
                None if harvest.has(place) => {}
                None => harvest.put(place, raw, Value::Bool(true)),
                Some(value) => {
                    let value = self.text(value, text, whole, harvest);
                    harvest.put_over_flag(place, raw, value);
                }
            }
        }
        if harvest.len() == 0 {
            return Err(FilterError::because(FAILURE, format!("`{}` holds no pair", self.field)));
        }
        Ok(())
    }

    fn text(&self, piece: Piece, text: &[u8], whole: Span, harvest: &mut Harvest) -> Value {
        Value::Text(if piece.is_escaped {
            harvest.keep_with(|out| self.format.unescape(piece, text, out))
        } else {
            whole.slice(piece.start, piece.end)
        })
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
        let settings = format!("type = \"logfmt\"\ntarget = \"l\"\n{settings}");
        let bench = Bench::new(FILTERS, &settings).unwrap();
        let became = bench.pass(&json!({ "message": text })).unwrap().unwrap();
        assert_eq!(became["l"], *wanted, "{text}: {became:#}");
    }

    #[test]
    fn escapes_are_the_characters_they_stand_for() {
        let text = r#"a="x\n\t\"\\\u00e9\ud83d\ude00\q" b='it\'s \n'"#;
        check("", text, &json!({ "a": "x\n\t\"\\é😀\\q", "b": "it's \\n" }));
        check("unescape = false", r#"a="x\n\"""#, &json!({ "a": "x\\n\"" }));
        check("", r#"a="\ud83d x""#, &json!({ "a": "\u{FFFD} x" }));
    }

    #[test]
    fn quotes_that_end_nowhere_are_characters() {
        check("", "a=\"b c=\"d", &json!({ "a": "\"b", "c": "\"d" }));
        check("", "a=\"b\"c d='e", &json!({ "a": "\"b\"c", "d": "'e" }));
    }

    #[test]
    fn names_alone_are_true_unless_they_have_a_value() {
        check("", "a b=1 a=2 c", &json!({ "a": "2", "b": "1", "c": true }));
        check("", "a=2 a", &json!({ "a": "2" }));
        check(
            "",
            "\"two words\"=1 \"alone here\"",
            &json!({ "two words": "1", "alone here": true }),
        );
    }

    #[test]
    fn blanks_around_the_separator_count_where_asked() {
        check("whitespace = \"lenient\"", "a = 1 b", &json!({ "a": "1", "b": true }));
        check("", "a= b=1", &json!({ "a": "", "b": "1" }));
    }

    #[test]
    fn mistakes_in_settings_are_found() {
        for settings in ["field-split = \"\"", "value-split = \"\"", "field-split = \"=\""] {
            let settings = format!("type = \"logfmt\"\n{settings}");
            assert!(Bench::new(FILTERS, &settings).is_err(), "{settings}");
        }
    }
}
