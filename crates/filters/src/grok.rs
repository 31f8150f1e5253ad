//! The `grok` filter: named pieces out of text, by patterns.
//!
//! The patterns themselves are the business of the crate `weir-grok`. Here they get their fields,
//! and captures become values: pieces of the batch's text, not copies of it.

mod cast;
mod compile;
mod fill;

use std::cell::RefCell;
use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{EventMut, Field, Key, Span, Value, ValueRef};
use weir_grok::{PatternSet, Scratch};

use self::compile::Compiler;
use self::fill::Slots;

const FAILURE: &str = "_grokparsefailure";

/// Takes a text apart by patterns, as Logstash's filter of this name does.
///
/// A pattern is a regular expression with references: `%{IP:source.ip}` matches what the pattern
/// `IP` describes and puts it into the field `source.ip`. More than 300 patterns come along, from
/// `INT` to `COMBINEDAPACHELOG`, under the names that they have in Logstash; `definitions` adds
/// your own. A pattern may match anywhere in the text; `^` and `$` tie it to the ends of lines.
///
/// | written              | meaning |
/// |----------------------|---------|
/// | `%{NAME}`            | what the pattern `NAME` describes, without a field |
/// | `%{NAME:field}`      | the same, into a field; `[a][b]` and `a.b` are one |
/// | `%{NAME:field:int}`  | as a number; also `long`, `float`, `double`, `boolean` |
/// | `%{NAME:field=[a-z]+}` | a pattern of this place alone |
/// | `(?<field>[a-z]+)`   | a regular expression into a field |
///
/// # Example
///
/// ```toml
/// type = "grok"
/// pattern = '%{IPORHOST:source.address} %{WORD:http.request.method} %{NUMBER:took:float}ms'
/// ```
/// ```json
/// {"message": "192.0.2.1 GET 12.5ms"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "192.0.2.1 GET 12.5ms",
///   "source": {"address": "192.0.2.1"},
///   "http": {"request": {"method": "GET"}},
///   "took": 12.5
/// }
/// ```
/// A text that does not match is tagged, with other tags if `tag-on-failure` names some:
/// ```json
/// {"message": "started"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "started",
///   "tags": ["_grokparsefailure"],
///   "error": {"message": "grok-1: `message` does not match the pattern"}
/// }
/// ```
///
/// With several patterns the first that matches counts, unless `break-on-match = false`. Pieces
/// that matched nothing leave no field. A field that the event has already becomes a list of the
/// old value and the new, unless it is named in `overwrite`.
///
/// ```toml
/// type = "grok"
/// patterns = ['%{WORD:action} from %{SOURCE:source.ip}: %{GREEDYDATA:message}', '%{WORD:action}']
/// definitions = { SOURCE = '(?:%{IP}|localhost)' }
/// overwrite = "message"
/// ```
/// ```json
/// {"message": "login from localhost: accepted", "action": "none"}
/// ```
/// becomes
/// ```json
/// {"message": "accepted", "action": ["none", "login"], "source": {"ip": "localhost"}}
/// ```
///
/// Text is made a number by what it begins with: `12ms` as `int` is 12, `n/a` is 0. `boolean` is
/// true for `true` in any case. Events without the field pass unchanged; of a list every item is
/// matched. A line that would take long out of proportion gets the tag `_groktimeout`. Patterns
/// that look around or refer back come to that, others only with very long lines.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Grok {
    /// The field to take apart.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The pattern, or a list of patterns that are tried in order.
    #[serde(alias = "patterns")]
    #[schemars(example = "%{COMBINEDAPACHELOG}")]
    pattern: At<OneOrMany<At<String>>>,
    /// Patterns of your own, by name. They take precedence over those that come along.
    #[serde(default, alias = "pattern-definitions")]
    definitions: BTreeMap<String, At<String>>,
    /// Which names the patterns that come along give to fields.
    #[serde(default)]
    family: Family,
    /// Fields that are replaced when the event has them already.
    #[serde(default)]
    overwrite: OneOrMany<FieldPath>,
    /// Where the fields are put: below this one. Unless set, at the top.
    target: Option<FieldPath>,
    /// Whether patterns behind the first that matched are left alone.
    #[serde(default = "yes")]
    break_on_match: bool,
    /// Whether pieces that matched nothing leave an empty field, or null if they took no part.
    #[serde(default)]
    keep_empty_captures: bool,
    /// Whether `%{NAME}` without a field leaves none. Otherwise it fills the field `NAME`.
    #[serde(default = "yes")]
    named_captures_only: bool,
}

/// A family of field names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
enum Family {
    /// Those of the Elastic Common Schema: `source.address`, `http.response.status_code`.
    #[default]
    EcsV1,
    /// Those from before it: `clientip`, `response`.
    Legacy,
}

fn yes() -> bool {
    true
}

impl Configure for Grok {
    const NAME: &'static str = "grok";
}

impl FilterConfig for Grok {
    type Filter = Grokker;

    fn build(self) -> Result<Grokker, Diagnostic> {
        if self.pattern.is_empty() {
            return Err(Diagnostic::error("`pattern` names no pattern")
                .at(&self.pattern, "an empty list")
                .help("write it like `pattern = \"%{COMBINEDAPACHELOG}\"`"));
        }
        let family = match self.family {
            Family::EcsV1 => weir_grok::Family::EcsV1,
            Family::Legacy => weir_grok::Family::Legacy,
        };
        let compiler = Compiler::new(family, &self.definitions, self.named_captures_only)?;
        let mut patterns = Vec::new();
        for text in self.pattern.iter() {
            patterns.push(compiler.compile(text)?);
        }
        let slots = |pattern| Slots::new(pattern, self.target, &self.overwrite);
        Ok(Grokker {
            field: self.field.key(),
            slots: patterns.iter().map(slots).collect(),
            patterns: PatternSet::new(patterns),
            break_on_match: self.break_on_match,
            keep_empty: self.keep_empty_captures,
            // The name of a key lives as long as the process, and is there once.
            reason: match self.pattern.len() {
                1 => format!("`{}` does not match the pattern", self.field.key()),
                many => format!("`{}` matches none of {many} patterns", self.field.key()),
            },
        })
    }
}

/// Takes texts apart.
#[derive(Debug)]
pub(crate) struct Grokker {
    field: Key,
    patterns: PatternSet,
    /// For each pattern where its captures go.
    slots: Vec<Slots>,
    break_on_match: bool,
    keep_empty: bool,
    /// What is said of a text that no pattern matches.
    reason: String,
}

/// What a worker reuses from event to event.
#[derive(Debug, Default)]
struct Bench {
    scratch: Scratch,
    fields: Vec<Field>,
}

thread_local! {
    static BENCH: RefCell<Bench> = RefCell::default();
}

impl Filter for Grokker {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        BENCH.with_borrow_mut(|bench| {
            let matched = match event.as_ref().get(self.field) {
                Some(Value::Text(span)) => self.grok(*span, event, bench)?,
                Some(Value::List(_)) => self.grok_list(event, bench)?,
                _ => match text_of(event, self.field) {
                    Some(span) => self.grok(span, event, bench)?,
                    None => return Ok(Keep::Yes),
                },
            };
            if matched { Ok(Keep::Yes) } else { Err(self.mismatch()) }
        })
    }
}

impl Grokker {
    #[cold]
    fn mismatch(&self) -> FilterError {
        FilterError::because(FAILURE, self.reason.clone())
    }

    /// Matches one text and fills the event; false if no pattern matches.
    fn grok(
        &self,
        text: Span,
        event: &mut EventMut<'_>,
        bench: &mut Bench,
    ) -> Result<bool, FilterError> {
        let mut first = 0;
        while let Some(matched) = self
            .patterns
            .matches_from(first, event.text_of(text), &mut bench.scratch)
            .map_err(|spent| FilterError::because("_groktimeout", spent.to_string()))?
        {
            let Bench { scratch, fields } = bench;
            self.slots[matched].fill(text, event, scratch, self.keep_empty, fields);
            first = matched + 1;
            if self.break_on_match {
                return Ok(true);
            }
        }
        Ok(first > 0)
    }

    #[cold]
    fn grok_list(&self, event: &mut EventMut<'_>, bench: &mut Bench) -> Result<bool, FilterError> {
        let Some(Value::List(items)) = event.as_ref().get(self.field) else { return Ok(false) };
        let items = items.clone();
        let mut matched = false;
        for item in &items {
            let text = match item {
                Value::Text(span) => *span,
                other => written(other, event),
            };
            matched |= self.grok(text, event, bench)?;
        }
        Ok(matched)
    }
}

/// The text of a field that is not stored as text: a number, or a fact of the origin.
#[cold]
fn text_of(event: &mut EventMut<'_>, field: Key) -> Option<Span> {
    let mut text = Vec::new();
    match event.as_ref().view(field)? {
        ValueRef::Null => return None,
        other => other.write_text(&mut text),
    }
    Some(event.arena().append(&text))
}

fn written(value: &Value, event: &mut EventMut<'_>) -> Span {
    let mut text = Vec::new();
    ValueRef::new(value, event.as_ref().arena()).write_text(&mut text);
    event.arena().append(&text)
}

#[cfg(test)]
mod tests;
