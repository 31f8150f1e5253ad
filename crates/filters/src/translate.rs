//! The `translate` filter: what a dictionary says of a field's value.

mod read;
mod table;

use std::cell::RefCell;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{EventMut, Key, Span, Value, ValueRef};
use weir_host::Host;

use self::read::Form;
use self::table::{Answer, Table};
use crate::entry::Entry;
use crate::given::Given;
use crate::lookup::Loaded;
use crate::pairs::Pairs;
use crate::subtree::is_there;

const FAILURE: &str = "_translatefailure";

/// Looks a value up in a dictionary.
///
/// The dictionary stands in the settings, or in a file. What it says of the value takes the
/// value's place, or goes to `target`; an object becomes fields below it. Of a list each item is
/// looked up. Values that the dictionary does not know stay, unless there is a `fallback`. Numbers
/// and truth values are looked up as text.
///
/// With `match` the keys of the dictionary are patterns, networks, ranges of numbers, or parts of
/// texts, instead of the very values. For a `target` that has a value already see `override`.
///
/// A file ends in `.json` or `.toml` (a table of keys), `.csv` (a key and a value in each line), or
/// `.yaml` or `.yml`, of which only lines like `key: value` are understood. It is read when the
/// pipeline starts and again when it changes; if it is then damaged, that is reported, and the old
/// dictionary stays in use. It may have 128 MiB and 4,000,000 entries.
///
/// Events without the field pass unchanged.
///
/// # Example
///
/// ```toml
/// type = "translate"
/// field = "http.response.status_code"
/// target = "http.response.meaning"
/// dictionary = { "200" = "fine", "404" = "not found" }
/// fallback = "unknown (%{http.response.status_code})"
/// ```
/// ```json
/// {"http": {"response": {"status_code": 404}}}
/// ```
/// becomes
/// ```json
/// {"http": {"response": {"status_code": 404, "meaning": "not found"}}}
/// ```
/// ```json
/// {"http": {"response": {"status_code": 999}}}
/// ```
/// becomes
/// ```json
/// {"http": {"response": {"status_code": 999, "meaning": "unknown (999)"}}}
/// ```
///
/// Networks, of which the smallest counts, with objects:
///
/// ```toml
/// type = "translate"
/// field = "ip"
/// target = "site"
/// match = "network"
///
/// [filter.dictionary]
/// "10.0.0.0/8" = { name = "office", floors = [1, 2] }
/// "10.9.0.0/16" = { name = "lab" }
/// ```
/// ```json
/// {"ip": "10.9.1.1"}
/// ```
/// becomes
/// ```json
/// {"ip": "10.9.1.1", "site": {"name": "lab"}}
/// ```
///
/// Ranges of numbers, for each item of a list:
///
/// ```toml
/// type = "translate"
/// field = "codes"
/// match = "range"
/// dictionary = { "200..299" = "fine", "500.." = "broken" }
/// ```
/// ```json
/// {"codes": [204, "503", 302]}
/// ```
/// becomes
/// ```json
/// {"codes": ["fine", "broken", 302]}
/// ```
///
/// And for each object of a list:
///
/// ```toml
/// type = "translate"
/// iterate-on = "users"
/// field = "id"
/// target = "name"
/// dictionary = { "7" = "alice" }
/// ```
/// ```json
/// {"users": [{"id": 7}, {"id": 8}]}
/// ```
/// becomes
/// ```json
/// {"users": [{"id": 7, "name": "alice"}, {"id": 8}]}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Translate {
    /// The field whose value is looked up.
    field: FieldPath,
    /// The field that gets what was found. Unless set, `field` itself.
    #[serde(alias = "destination")]
    target: Option<FieldPath>,
    /// Keys and what they stand for.
    dictionary: Option<At<Pairs<Entry, String>>>,
    /// A file with keys and what they stand for, instead of `dictionary`.
    #[serde(alias = "dictionary-path")]
    #[schemars(example = "/etc/weir/status.csv")]
    dictionary_file: Option<At<PathBuf>>,
    /// What the keys are.
    #[serde(default)]
    r#match: Matching,
    /// What is set if the dictionary does not know the value; a text may hold places for fields.
    fallback: Option<Given>,
    /// Whether a value that `target` has already is replaced. Unless set, only if `target` is the
    /// field itself.
    r#override: Option<bool>,
    /// A list of objects: `field` and `target` are then names in each of them.
    iterate_on: Option<FieldPath>,
}

/// What the keys of a dictionary are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Matching {
    /// The values themselves.
    #[default]
    Exact,
    /// Regular expressions, of which the first that matches counts.
    #[serde(alias = "regex")]
    Pattern,
    /// Networks or addresses, of which the smallest counts.
    #[serde(alias = "cidr")]
    Network,
    /// Numbers from and to, as in `200..299`, `..0` or `500..`.
    Range,
    /// Parts of a text; each is replaced where it is found, the longest first.
    Part,
}

impl Configure for Translate {
    const NAME: &'static str = "translate";
}

impl FilterConfig for Translate {
    type Filter = Translator;

    fn build(self) -> Result<Translator, Diagnostic> {
        let source = match (self.dictionary, self.dictionary_file) {
            (Some(dictionary), None) => {
                let place = dictionary.span();
                let table = Table::new(dictionary.into_inner().into_vec(), self.r#match);
                let table = table.map_err(|why| Diagnostic::error(why).at(place, ""))?;
                Source::Table(Box::new(table))
            }
            (None, Some(path)) => {
                let form = Form::of(&path).ok_or_else(|| {
                    Diagnostic::error("the ending of this name says nothing about its form")
                        .at(&path, "")
                        .help("name a file that ends in `.json`, `.toml`, `.csv` or `.yaml`")
                })?;
                Source::File(form, Loaded::from_files(vec![path.into_inner()]))
            }
            (Some(dictionary), Some(path)) => {
                return Err(Diagnostic::error(
                    "`dictionary` and `dictionary-file` exclude each other",
                )
                .at(&path, "")
                .also(&dictionary, "the other one")
                .help("take one of them out"));
            }
            (None, None) => {
                return Err(Diagnostic::error("neither `dictionary` nor `dictionary-file` is set")
                    .help("write it like `dictionary = { \"200\" = \"fine\" }`"));
            }
        };
        let field = self.field.key();
        let target = self.target.map_or(field, FieldPath::key);
        Ok(Translator {
            field,
            target,
            source,
            matching: self.r#match,
            fallback: self.fallback,
            replaces: self.r#override.unwrap_or(target == field),
            iterate_on: self.iterate_on.map(FieldPath::key),
        })
    }
}

/// Looks values up.
#[derive(Debug)]
pub(crate) struct Translator {
    field: Key,
    target: Key,
    source: Source,
    matching: Matching,
    fallback: Option<Given>,
    replaces: bool,
    iterate_on: Option<Key>,
}

/// Where the dictionary comes from.
#[derive(Debug)]
enum Source {
    Table(Box<Table>),
    File(Form, Loaded<Table>),
}

thread_local! {
    static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Filter for Translator {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        match &self.source {
            Source::Table(table) => self.translate(event, table),
            Source::File(_, loaded) => match loaded.current().as_deref() {
                Some(table) => self.translate(event, table),
                None => Err(FilterError::because(FAILURE, "the dictionary was not read")),
            },
        }
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        match &self.source {
            Source::Table(_) => Ok(()),
            Source::File(form, loaded) => loaded.refresh(host, |paths| {
                let path = paths.first().ok_or("no file is named")?;
                Table::new(read::read(host, path, *form)?, self.matching)
                    .map_err(|why| format!("the dictionary `{}`: {why}", path.display()))
            }),
        }
    }
}

impl Translator {
    fn translate(&self, event: &mut EventMut<'_>, table: &Table) -> Result<Keep, FilterError> {
        if let Some(list) = self.iterate_on {
            return self.translate_objects(event, list, table);
        }
        if !self.replaces && is_there(event, self.target) {
            return Ok(Keep::Yes);
        }
        match event.as_ref().view(self.field) {
            None | Some(ValueRef::Null) => return Ok(Keep::Yes),
            Some(ValueRef::List(..)) => {
                self.translate_list(event, table)?;
                return Ok(Keep::Yes);
            }
            Some(_) => {}
        }
        let answer = with_text(event.as_ref().view(self.field), |text| table.find(text));
        match answer {
            Some(Answer::Entry(entry)) => {
                if self.target == self.field && matches!(entry, Entry::Map(_)) {
                    event.remove(self.field);
                }
                if !entry.pour(event, self.target) {
                    let reason = "there is no room for another name of a field";
                    return Err(FilterError::because(FAILURE, reason));
                }
            }
            Some(Answer::Text(text)) => event.set_text(self.target, &text),
            None => {
                if let Some(value) = self.fallback(event)? {
                    event.set(self.target, value);
                }
            }
        }
        Ok(Keep::Yes)
    }

    fn fallback(&self, event: &mut EventMut<'_>) -> Result<Option<Value>, FilterError> {
        let value = self.fallback.as_ref().map(|given| given.value(event)).transpose();
        value.map_err(|missing| FilterError::because(FAILURE, missing.to_string()))
    }

    /// Each item of a list. Unknown ones stay in a list that takes the field's place, and are null
    /// in another one.
    fn translate_list(&self, event: &mut EventMut<'_>, table: &Table) -> Result<(), FilterError> {
        let fallback = self.fallback(event)?;
        let Some(Value::List(items)) = event.as_ref().get(self.field) else { return Ok(()) };
        let mut items = items.clone();
        let mut found = fallback.is_some();
        for item in &mut items {
            let value = of_item(item, event, table);
            found |= value.is_some();
            match (value, &fallback) {
                (Some(value), _) => *item = value,
                (None, Some(fallback)) => *item = fallback.clone(),
                (None, None) if self.target == self.field => {}
                (None, None) => *item = Value::Null,
            }
        }
        if found {
            event.set(self.target, Value::List(items));
        }
        Ok(())
    }

    /// A member of each object of a list.
    fn translate_objects(
        &self,
        event: &mut EventMut<'_>,
        list: Key,
        table: &Table,
    ) -> Result<Keep, FilterError> {
        let fallback = self.fallback(event)?;
        let Some(Value::List(items)) = event.as_ref().get(list) else { return Ok(Keep::Yes) };
        let mut items = items.clone();
        let (field, target) = (self.field.name().as_bytes(), self.target.name().as_bytes());
        for item in &mut items {
            let Value::Map(entries) = item else { continue };
            let place = |name: &[u8], event: &EventMut<'_>, entries: &[(Span, Value)]| {
                entries.iter().position(|(span, _)| event.text_of(*span) == name)
            };
            let Some(at) = place(field, event, entries) else { continue };
            let old = place(target, event, entries);
            if old.is_some() && !self.replaces {
                continue;
            }
            let value = of_item(&entries[at].1, event, table).or_else(|| fallback.clone());
            let Some(value) = value else { continue };
            match old {
                Some(old) => entries[old].1 = value,
                None => {
                    let name = event.arena().append(target);
                    let mut more = std::mem::take(entries).into_vec();
                    more.push((name, value));
                    *entries = more.into_boxed_slice();
                }
            }
        }
        event.set(list, Value::List(items));
        Ok(Keep::Yes)
    }
}

/// What the dictionary says of an item of a list.
fn of_item(item: &Value, event: &mut EventMut<'_>, table: &Table) -> Option<Value> {
    let arena = event.arena();
    match with_text(Some(ValueRef::new(item, arena)), |text| table.find(text))? {
        Answer::Entry(entry) => Some(entry.value(arena)),
        Answer::Text(text) => Some(Value::Text(arena.append(&text))),
    }
}

/// Hands out a value as text; nothing of null, lists and objects.
fn with_text<A>(value: Option<ValueRef<'_>>, ask: impl FnOnce(&[u8]) -> Option<A>) -> Option<A> {
    match value? {
        ValueRef::Text(text) | ValueRef::Number(text) => ask(text),
        ValueRef::Null | ValueRef::List(..) | ValueRef::Map(..) => None,
        other => TEXT.with_borrow_mut(|text| {
            text.clear();
            other.write_text(text);
            ask(text)
        }),
    }
}

#[cfg(test)]
mod tests;
