//! The `split-text` filter: a text into a list.

use memchr::memmem::Finder;
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{EventMut, Key, Span, Value};

use weir_component::pattern::{Pattern, is_inside_character};

/// Most pieces of a text. Outputs refuse documents with lists far shorter than that.
const PIECES_MAX: usize = 10_000;

/// Cuts a text into a list of pieces.
///
/// The pieces take the text's place, unless `target` names another field. A text without the
/// separator becomes a list of one. Events without the field pass unchanged, and so do those in
/// which it holds something else than text.
///
/// A list has 10,000 pieces at most: the last one holds the rest of the text, as it does with
/// `limit`.
///
/// To make an event of each piece, see `split`.
///
/// # Example
///
/// ```toml
/// type = "split-text"
/// field = "labels"
/// separator = ","
/// trim = true
/// keep-empty = false
/// ```
/// ```json
/// {"labels": "web, eu , ,prod"}
/// ```
/// becomes
/// ```json
/// {"labels": ["web", "eu", "prod"]}
/// ```
/// What is no text stays:
/// ```json
/// {"labels": ["a,b"]}
/// ```
/// stays as it is.
///
/// At a pattern, into another field, and at most two pieces:
///
/// ```toml
/// type = "split-text"
/// field = "command"
/// pattern = '\s+'
/// target = "process.args"
/// limit = 2
/// ```
/// ```json
/// {"command": "ls  -l /tmp"}
/// ```
/// becomes
/// ```json
/// {"command": "ls  -l /tmp", "process": {"args": ["ls", "-l /tmp"]}}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct SplitText {
    /// The field with the text.
    field: FieldPath,
    /// The text between pieces.
    separator: Option<At<String>>,
    /// A regular expression for what stands between pieces, instead of `separator`.
    pattern: Option<At<Pattern>>,
    /// The field that gets the list. Unless set, `field` itself.
    target: Option<FieldPath>,
    /// Most pieces; the last one holds the rest.
    limit: Option<usize>,
    /// Whether blanks around each piece are cut off.
    #[serde(default)]
    trim: bool,
    /// Whether empty pieces are part of the list.
    #[serde(default = "yes")]
    keep_empty: bool,
}

fn yes() -> bool {
    true
}

impl Configure for SplitText {
    const NAME: &'static str = "split-text";
}

impl FilterConfig for SplitText {
    type Filter = TextSplitter;

    fn build(self) -> Result<TextSplitter, Diagnostic> {
        let border = match (self.separator, self.pattern) {
            (Some(separator), None) if separator.is_empty() => {
                return Err(Diagnostic::error("the separator is empty")
                    .at(&separator, "")
                    .help("to cut between all characters use `pattern = ''`"));
            }
            (Some(separator), None) => {
                Border::Text(Box::new(Finder::new(separator.as_bytes()).into_owned()))
            }
            (None, Some(pattern)) => Border::Pattern(pattern.into_inner()),
            (Some(separator), Some(pattern)) => {
                return Err(Diagnostic::error("`separator` and `pattern` exclude each other")
                    .at(&pattern, "")
                    .also(&separator, "the other one")
                    .help("take one of them out"));
            }
            (None, None) => {
                return Err(Diagnostic::error("neither `separator` nor `pattern` is set")
                    .help("write it like `separator = \",\"`"));
            }
        };
        let field = self.field.key();
        Ok(TextSplitter {
            field,
            target: self.target.map_or(field, FieldPath::key),
            border,
            pieces_max: self.limit.unwrap_or(PIECES_MAX).min(PIECES_MAX),
            trim: self.trim,
            keep_empty: self.keep_empty,
        })
    }
}

/// Cuts texts into lists.
#[derive(Debug)]
pub(crate) struct TextSplitter {
    field: Key,
    target: Key,
    border: Border,
    pieces_max: usize,
    trim: bool,
    keep_empty: bool,
}

#[derive(Debug)]
enum Border {
    Text(Box<Finder<'static>>),
    Pattern(Pattern),
}

impl Filter for TextSplitter {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        if let Some(span) = event.span(self.field) {
            let pieces = match self.pieces_max {
                0 => Vec::new(),
                _ => self.pieces(span, event.text_of(span)),
            };
            event.set(self.target, Value::List(pieces.into_boxed_slice()));
        }
        Ok(Keep::Yes)
    }
}

impl TextSplitter {
    fn pieces(&self, span: Span, text: &[u8]) -> Vec<Value> {
        let mut pieces = Vec::new();
        let mut start = 0;
        let mut put = |start: usize, end: usize| {
            let (start, end) = if self.trim { trimmed(text, start, end) } else { (start, end) };
            if self.keep_empty || start < end {
                pieces.push(Value::Text(span.slice(start, end)));
            }
            pieces.len() + 1 < self.pieces_max
        };
        let mut go_on = self.pieces_max > 1;
        let mut next = |border: (usize, usize)| {
            go_on = go_on && put(start, border.0);
            start = border.1;
            go_on
        };
        if self.pieces_max > 1 {
            match &self.border {
                Border::Text(finder) => {
                    let len = finder.needle().len();
                    let mut borders = finder.find_iter(text);
                    while borders.next().is_some_and(|at| next((at, at + len))) {}
                }
                Border::Pattern(pattern) => {
                    let borders = pattern.0.find_iter(text);
                    // Nothing before the first and after the last character is no border.
                    let mut borders = borders
                        .map(|it| (it.start(), it.end()))
                        .filter(|it| it.1 > 0 && it.0 < text.len())
                        .filter(|it| it.0 < it.1 || !is_inside_character(text, it.0));
                    while borders.next().is_some_and(&mut next) {}
                }
            }
        }
        put(start, text.len());
        pieces
    }
}

/// The bounds without blanks.
fn trimmed(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let end = start + text[start..end].trim_ascii_end().len();
    (end - text[start..end].trim_ascii_start().len(), end)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    #[track_caller]
    fn check(settings: &str, text: &str, wanted: &Json) {
        let bench =
            Bench::new(FILTERS, &format!("type = \"split-text\"\nfield = \"t\"\n{settings}"));
        let became = bench.unwrap().pass(&json!({ "t": text })).unwrap().unwrap();
        assert_eq!(became["t"], *wanted, "{settings} of {text}");
    }

    #[test]
    fn empty_pieces_stay_where_they_are() {
        check("separator = ','", ",a,,b,", &json!(["", "a", "", "b", ""]));
        check("separator = ','", "", &json!([""]));
        check("separator = ','\nkeep-empty = false", ",", &json!([]));
        check("separator = 'aa'", "aaaXaaa", &json!(["", "aX", "a"]));
    }

    #[test]
    fn a_pattern_may_match_nothing_or_the_ends() {
        check("pattern = ''", "añb", &json!(["a", "ñ", "b"]));
        check("pattern = 'ba'", "barbaz", &json!(["", "r", "z"]));
        check("pattern = ','", "a,", &json!(["a", ""]));
        check("pattern = '^x?'", "abc", &json!(["abc"]));
    }

    #[test]
    fn the_last_piece_holds_the_rest() {
        check("separator = ','\nlimit = 0", "a,b", &json!([]));
        check("separator = ','\nlimit = 1", "a,b", &json!(["a,b"]));
        check("separator = ','\nlimit = 2", "a,b,c", &json!(["a", "b,c"]));
        check("separator = ','\nlimit = 2\nkeep-empty = false", ",,b,c", &json!(["b", "c"]));
        let bench = Bench::new(FILTERS, "type = \"split-text\"\nfield = \"t\"\nseparator = \",\"");
        let became = bench.unwrap().pass(&json!({ "t": ",".repeat(20_000) })).unwrap().unwrap();
        assert_eq!(became["t"].as_array().unwrap().len(), super::PIECES_MAX);
    }

    #[test]
    fn settings_without_sense_are_refused() {
        for (settings, title) in [
            ("", "neither `separator` nor `pattern`"),
            ("separator = ','\npattern = ','", "exclude each other"),
            ("separator = ''", "the separator is empty"),
            ("pattern = '('", "not well-formed"),
        ] {
            let settings = format!("type = \"split-text\"\nfield = \"t\"\n{settings}");
            let mistakes = Bench::new(FILTERS, &settings).unwrap_err();
            assert!(mistakes.contains(title), "{mistakes}");
        }
    }
}
