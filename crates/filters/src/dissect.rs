//! The `dissect` filter: cuts text at fixed delimiters.
//!
//! A pattern is compiled into the delimiters to look for and the keys between them; applying it
//! walks the text once. Regular expressions are `grok`'s work.

mod join;
mod pattern;
mod syntax;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{Arena, EventMut, Key, Span, Value};

use self::join::Join;
use self::pattern::Pattern;
use self::syntax::{Role, Section};
use crate::convert::{self, Kind};
use crate::pairs::Pairs;
use crate::source;

const FAILURE: &str = "_dissectfailure";

/// Cuts a text into fields at fixed delimiters.
///
/// In the pattern `%{name}` is a field, and what stands between two of them is the delimiter that
/// ends the first. The text must begin with what the pattern begins with; what follows the last
/// delimiter is not looked at. A pattern that ends with a field gives it the rest of the text.
///
/// | written        | meaning |
/// |----------------|---------|
/// | `%{a.b}`       | the field `a.b`; `%{[a][b]}` is the same |
/// | `%{}`, `%{?a}` | skipped |
/// | `%{a->}`       | the delimiter behind it may be repeated |
/// | `%{a#4}`       | four characters; a delimiter behind it may be missing |
/// | `%{+a}`        | appended to the field `a`, after the delimiter before it |
/// | `%{+a/2}`      | appended as the second piece |
/// | `%{*k}`, `%{&k}` | the text of the first names the field that gets the second |
/// | `%{?k}`, `%{&k}` | the same, as Logstash writes it |
/// | `%{a\|integer}` | converted, as by the filter `convert` |
///
/// Pieces are appended with the delimiter that stood before them, as Logstash does. With
/// `append-separator = ""` they are joined as Elasticsearch does.
///
/// `convert-datatype` converts fields afterwards, be they pieces or not, in Logstash's way; a
/// number with more digits than 64 bits hold keeps them all.
///
/// Events without the field pass unchanged. If the text does not fit the pattern, or is empty, the
/// event gets the tag `_dissectfailure`, and no field of it changes. A piece that cannot be
/// converted stays text, and the event gets the tag `_convertfailure`.
///
/// # Example
///
/// ```toml
/// type = "dissect"
/// pattern = '%{source.ip->} %{user} [%{time}] "%{method} %{path}" %{status|integer}'
/// ```
/// ```json
/// {"message": "192.0.2.1     alice [10:00:00] \"GET /index.html\" 200"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "192.0.2.1     alice [10:00:00] \"GET /index.html\" 200",
///   "source": {"ip": "192.0.2.1"},
///   "user": "alice",
///   "time": "10:00:00",
///   "method": "GET",
///   "path": "/index.html",
///   "status": 200
/// }
/// ```
/// A text that does not fit:
/// ```json
/// {"message": "192.0.2.1"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "192.0.2.1",
///   "tags": ["_dissectfailure"],
///   "error": {"message": "dissect-1: `message` has no ` ` to end `%{source.ip}`"}
/// }
/// ```
///
/// Appending, and names found in the text:
///
/// ```toml
/// type = "dissect"
/// pattern = "%{+at} %{+at} %{*key}=%{&key};"
/// target-prefix = "job"
/// ```
/// ```json
/// {"message": "2026-11-23 10:00:00 result=done;"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "2026-11-23 10:00:00 result=done;",
///   "job": {"at": "2026-11-23 10:00:00", "result": "done"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Dissect {
    /// The field that holds the text.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// Fields and the delimiters between them. It may be missing only if there is
    /// `convert-datatype`.
    #[serde(alias = "tokenizer")]
    pattern: Option<At<Pattern>>,
    /// Fields that become numbers, each with `int` or `float`.
    convert_datatype: Option<Pairs<Datatype>>,
    /// The field below which the pieces go; without it they become fields of the event itself.
    target_prefix: Option<FieldPath>,
    /// What stands between appended pieces; without it the delimiter before each.
    append_separator: Option<String>,
    /// Where blanks around a piece are cut off.
    #[serde(default)]
    trim: Trim,
}

/// A number, as Logstash's `dissect` has them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Datatype {
    /// A whole number.
    Int,
    /// A number with a fraction.
    Float,
}

impl Datatype {
    fn convert(self, value: &Value, arena: &mut Arena) -> Option<Value> {
        let converted = match self {
            Self::Int => Kind::Integer.convert(value, arena),
            Self::Float => Kind::Float.convert(value, arena),
        };
        converted.or_else(|| {
            let Value::Text(span) = value else { return None };
            let digits = arena.get(*span);
            let digits = digits.strip_prefix(b"-").unwrap_or(digits);
            // As JSON writes numbers, they may have any number of digits, but no zero in front.
            let is_number = digits.iter().all(u8::is_ascii_digit)
                && !digits.is_empty()
                && (digits[0] != b'0' || digits.len() == 1);
            is_number.then_some(Value::Number(*span))
        })
    }
}

/// Where blanks are cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Trim {
    /// Nowhere.
    #[default]
    None,
    /// At the beginning.
    Left,
    /// At the end.
    Right,
    /// At both ends.
    #[serde(alias = "all")]
    Both,
}

impl Trim {
    /// The bounds of `text` without the blanks.
    fn bounds(self, text: &[u8]) -> (usize, usize) {
        let end = match self {
            Self::Right | Self::Both => text.trim_ascii_end().len(),
            Self::None | Self::Left => text.len(),
        };
        let start = match self {
            Self::Left | Self::Both => end - text[..end].trim_ascii_start().len(),
            Self::None | Self::Right => 0,
        };
        (start, end)
    }
}

impl Configure for Dissect {
    const NAME: &'static str = "dissect";
}

impl FilterConfig for Dissect {
    type Filter = Dissector;

    fn build(self) -> Result<Dissector, Diagnostic> {
        let conversions = self.convert_datatype.map(Pairs::into_vec).unwrap_or_default();
        let conversions = conversions.into_iter().map(|(field, kind)| (field.key(), kind));
        let conversions: Vec<_> = conversions.collect();
        let pattern = match self.pattern {
            Some(pattern) => pattern.into_inner(),
            None if conversions.is_empty() => {
                return Err(Diagnostic::error("`pattern` is missing")
                    .help("write it like `pattern = \"%{method} %{path} %{status}\"`"));
            }
            None => Pattern::default(),
        };
        let joins = join::joins(&pattern.sections, self.append_separator.as_deref());
        let name = |name: &str| match self.target_prefix {
            Some(prefix) => prefix.below(name),
            None => Key::named(name),
        };
        let key_of = |section: &Section| match section.role {
            Role::Field => name(&section.name),
            _ => Key::OTHER,
        };
        let keys = pattern.sections.iter().map(key_of).collect();
        let joins = joins.into_iter().map(|join| (name(&join.name), join)).collect();
        Ok(Dissector {
            field: self.field.key(),
            prefix: self.target_prefix.map(FieldPath::key),
            keys,
            joins,
            trim: self.trim,
            pattern,
            conversions,
        })
    }
}

/// Cuts text at delimiters.
#[derive(Debug)]
pub(crate) struct Dissector {
    field: Key,
    prefix: Option<Key>,
    pattern: Pattern,
    /// The field of each section; of no meaning for those that are none.
    keys: Vec<Key>,
    /// Fields that are put together from several sections.
    joins: Vec<(Key, Join)>,
    trim: Trim,
    /// Fields that become numbers afterwards.
    conversions: Vec<(Key, Datatype)>,
}

impl Filter for Dissector {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let mut failed = false;
        if !self.pattern.sections.is_empty() {
            let whole = source::text(event, self.field, FAILURE)?;
            let Some(whole) = whole else { return Ok(Keep::Yes) };
            failed = self.dissect(event, whole)?;
        }
        for (key, kind) in &self.conversions {
            let Some(value) = event.as_ref().get(*key).cloned() else { continue };
            match kind.convert(&value, event.arena()) {
                Some(value) => event.set(*key, value),
                None => failed = true,
            }
        }
        if failed { Err(FilterError::tagged(convert::FAILURE)) } else { Ok(Keep::Yes) }
    }
}

impl Dissector {
    /// Sets the pieces of the text; true when one could not be converted.
    fn dissect(&self, event: &mut EventMut<'_>, whole: Span) -> Result<bool, FilterError> {
        self.cut(event, whole)?;
        let mut failed = false;
        for (i, section) in self.pattern.sections.iter().enumerate() {
            let Some(piece) = piece(event, whole, i) else { continue };
            match section.role {
                Role::Field => failed |= !set(event, self.keys[i], piece, section),
                Role::Value(name) => {
                    let Some(name) = self.found_name(event, whole, name) else { continue };
                    failed |= !set(event, name, piece, section);
                }
                Role::Skip | Role::Name | Role::Append(_) => {}
            }
        }
        for (key, join) in &self.joins {
            let value = Value::Text(join.join(event, whole));
            event.set(*key, value);
        }
        Ok(failed)
    }
}

/// The piece that [`Dissector::cut`] found for a section.
fn piece(event: &mut EventMut<'_>, whole: Span, section: usize) -> Option<Span> {
    let (_, scratch) = event.arena_and_scratch();
    let (start, end) = (*scratch.spans.get(section)?)?;
    Some(whole.slice(start, end))
}

/// Sets a field to a piece; false when it was to be converted and could not.
fn set(event: &mut EventMut<'_>, key: Key, piece: Span, section: &Section) -> bool {
    let text = Value::Text(piece);
    let Some(kind) = section.kind else {
        event.set(key, text);
        return true;
    };
    let converted = kind.convert(&text, event.arena());
    let is_converted = converted.is_some();
    event.set(key, converted.unwrap_or(text));
    is_converted
}

impl Dissector {
    /// Finds the piece of every section and leaves them in the scratch.
    fn cut(&self, event: &mut EventMut<'_>, whole: Span) -> Result<(), FilterError> {
        let (arena, scratch) = event.arena_and_scratch();
        let text = arena.get(whole);
        scratch.spans.clear();
        if text.is_empty() {
            return Err(self.failure("is empty"));
        }
        if !text.starts_with(&self.pattern.beginning) {
            let beginning = String::from_utf8_lossy(&self.pattern.beginning);
            return Err(self.failure(&format!("does not begin with `{beginning}`")));
        }
        let mut at = self.pattern.beginning.len();
        for section in &self.pattern.sections {
            let start = at;
            let end = match section.len_in(&text[start..]) {
                Some(len) => start + len,
                None => return Err(self.unended(section)),
            };
            at = end + section.end.len();
            if section.may_repeat {
                at += section.end.repeated_len(&text[at..]);
            }
            let (left, right) = self.trim.bounds(&text[start..end]);
            scratch.spans.push(Some((start + left, start + right)));
        }
        Ok(())
    }

    /// The field that the piece of the section `name` names; nothing when there is no room for
    /// another name, or it is empty.
    fn found_name(&self, event: &mut EventMut<'_>, whole: Span, name: usize) -> Option<Key> {
        let name = piece(event, whole, name)?;
        let name = std::str::from_utf8(event.text_of(name)).ok().filter(|name| !name.is_empty())?;
        match self.prefix {
            Some(prefix) => Key::found(&format!("{prefix}.{name}")),
            None if name == Key::TIME.name() => None,
            None => Key::found(name),
        }
    }

    #[cold]
    fn failure(&self, what: &str) -> FilterError {
        FilterError::because(FAILURE, format!("`{}` {what}", self.field))
    }

    #[cold]
    fn unended(&self, section: &Section) -> FilterError {
        if let Some(length) = section.length {
            let name = &section.name;
            return self.failure(&format!("does not fit `%{{{name}#{length}}}` where it stands"));
        }
        self.failure(&format!("has no `{}` to end `%{{{}}}`", section.end, section.name))
    }
}

#[cfg(test)]
mod tests;
