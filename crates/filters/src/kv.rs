//! The `kv` filter: pairs of names and values, such as `user=alice ip=192.0.2.1`.
//!
//! With separators of single bytes, as nearly always, a table tells what each byte is; separators
//! that are regular expressions take another way through the same walk. Values are spans of the
//! text, unless a setting changes them.

mod choice;
mod edit;
mod nested;
mod scan;
mod separators;

use std::cell::RefCell;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::template::Template;
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic};
use weir_event::{Arena, EventMut, Key, Span, Value};

use self::choice::{Choice, Names};
use self::edit::{Case, Edit};
use self::separators::{Bytes, Patterns, Splits};
use crate::blanks::Whitespace;
use crate::char_set::CharSet;
use crate::found::{FIELDS_MAX, Harvest, Name, Owner, harvest};
use crate::pairs::Pairs;

const FAILURE: &str = "_kv_filter_error";

/// Reads pairs of names and values, such as `user=alice ip=192.0.2.1`.
///
/// A name ends at one of the characters in `value-split`, a pair at one of those in `field-split`.
/// A value may stand in quotes or brackets, `"…"`, `'…'`, `(…)`, `[…]` or `<…>`, which are left
/// away; in them, separators mean nothing. A `\` takes the meaning from the character behind it,
/// and both stay in the text. What has no separator between name and value is skipped, and so is a
/// name without a value.
///
/// Names become fields as they stand there; one with dots becomes a field in an object. A name that
/// stands there several times gives a list. Line ends before a name do not belong to it.
///
/// A set of characters is written as between the brackets of a regular expression: `\]` is a
/// bracket, `\\` a backslash, `a-z` a range.
///
/// If the field holds a list, every text in it is read. An event without the field only gets what
/// `default-keys` gives. A field that holds something else, or more than 10,000 pairs, earns the
/// event the tag `_kv_filter_error`, and no field of it changes.
///
/// # Example
///
/// ```toml
/// type = "kv"
/// ```
/// ```json
/// {"message": "user=alice from=192.0.2.1 action=\"log in\" empty= and more"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "user=alice from=192.0.2.1 action=\"log in\" empty= and more",
///   "user": "alice",
///   "from": "192.0.2.1",
///   "action": "log in",
///   "empty": "and"
/// }
/// ```
/// Blanks around the `=` are allowed, which is why `empty` has got a value. With
/// `whitespace = "strict"` they are not:
///
/// ```toml
/// type = "kv"
/// field = "pairs"
/// target = "labels"
/// whitespace = "strict"
/// trim-value = ","
/// transform-key = "lowercase"
/// exclude-keys = ["secret"]
/// ```
/// ```json
/// {"pairs": "Host=db1, Zone=a, Zone=b, empty= secret=xyz"}
/// ```
/// becomes
/// ```json
/// {
///   "pairs": "Host=db1, Zone=a, Zone=b, empty= secret=xyz",
///   "labels": {"host": "db1", "zone": ["a", "b"]}
/// }
/// ```
/// What is no text cannot be read:
/// ```json
/// {"pairs": 7}
/// ```
/// becomes
/// ```json
/// {
///   "pairs": 7,
///   "tags": ["_kv_filter_error"],
///   "error": {"message": "kv-1: `pairs` holds no text"}
/// }
/// ```
///
/// Longer separators are regular expressions. Brackets inside values can be read again:
///
/// ```toml
/// type = "kv"
/// field-split-pattern = " and |, "
/// value-split-pattern = ":=?"
/// recursive = true
/// ```
/// ```json
/// {"message": "peer:=(addr:192.0.2.1, port:22) and state:up"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "peer:=(addr:192.0.2.1, port:22) and state:up",
///   "peer": {"addr": "192.0.2.1", "port": "22"},
///   "state": "up"
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(clippy::struct_excessive_bools, reason = "settings that people know from Logstash")]
pub(crate) struct Kv {
    /// The field that holds the pairs.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// The field below which the pairs go; without it they become fields of the event itself.
    target: Option<FieldPath>,
    /// What stands before every name. `%{field}` stands for the value of another field.
    prefix: Option<Template>,
    /// The characters that stand between pairs; a blank by default.
    field_split: Option<At<CharSet>>,
    /// The characters that stand between name and value; `=` by default.
    value_split: Option<At<CharSet>>,
    /// A regular expression for what stands between pairs, in place of `field-split`. Names and
    /// values then end with their line.
    field_split_pattern: Option<At<String>>,
    /// A regular expression for what stands between name and value, in place of `value-split`.
    /// Names then end with their line.
    value_split_pattern: Option<At<String>>,
    /// Whether blanks may stand around what is between name and value.
    #[serde(default)]
    whitespace: Whitespace,
    /// Whether `(…)`, `[…]` and `<…>` may stand around values, beside quotes.
    #[serde(default = "yes")]
    include_brackets: bool,
    /// Whether a value is read as pairs itself, up to 16 deep.
    #[serde(default)]
    recursive: bool,
    /// Characters that are cut off at both ends of names.
    trim_key: Option<CharSet>,
    /// Characters that are cut off at both ends of values.
    trim_value: Option<CharSet>,
    /// Characters that are taken out of names.
    remove_char_key: Option<CharSet>,
    /// Characters that are taken out of values.
    remove_char_value: Option<CharSet>,
    /// What case names get.
    transform_key: Option<Case>,
    /// What case values get.
    transform_value: Option<Case>,
    /// The only names that count, as they are after trimming and the like, without `prefix`.
    /// `%{field}` stands for the value of another field.
    #[serde(default)]
    include_keys: Vec<Template>,
    /// Names that do not count, written like `include-keys`.
    #[serde(default)]
    exclude_keys: Vec<Template>,
    /// Fields that are set to a text unless the pairs do.
    default_keys: Option<Pairs<String>>,
    /// Whether a name may have the same value several times.
    #[serde(default = "yes")]
    allow_duplicate_values: bool,
    /// Whether a name without a value gives an empty text.
    #[serde(default)]
    allow_empty_values: bool,
}

fn yes() -> bool {
    true
}

impl Configure for Kv {
    const NAME: &'static str = "kv";
}

impl FilterConfig for Kv {
    type Filter = KvReader;

    fn build(self) -> Result<KvReader, Diagnostic> {
        let splits = self.splits()?;
        let target = self.target.map(FieldPath::key);
        let default_keys = self.default_keys.map(Pairs::into_vec).unwrap_or_default();
        let defaults = default_keys.into_iter().map(|(field, text)| {
            let key = self.target.map_or(field.key(), |target| target.below(field.key().name()));
            (key, text.into_bytes().into())
        });
        Ok(KvReader {
            owner: Owner::new(),
            field: self.field.key(),
            target,
            defaults: defaults.collect(),
            splits,
            has_brackets: self.include_brackets,
            is_recursive: self.recursive,
            names: Edit {
                trim: self.trim_key,
                remove: self.remove_char_key,
                case: self.transform_key,
            },
            values: Edit {
                trim: self.trim_value,
                remove: self.remove_char_value,
                case: self.transform_value,
            },
            choice: Choice {
                prefix: self.prefix,
                include: self.include_keys,
                exclude: self.exclude_keys,
            },
            has_duplicates: self.allow_duplicate_values,
            has_empty_values: self.allow_empty_values,
        })
    }
}

impl Kv {
    fn splits(&self) -> Result<Splits, Diagnostic> {
        let is_lenient = self.whitespace == Whitespace::Lenient;
        for (set, pattern, name) in [
            (&self.field_split, &self.field_split_pattern, "field-split"),
            (&self.value_split, &self.value_split_pattern, "value-split"),
        ] {
            if let (Some(set), Some(pattern)) = (set, pattern) {
                return Err(Diagnostic::error(format!("`{name}` stands there in two ways"))
                    .at(pattern, "as a pattern")
                    .also(set, "as characters")
                    .help("take one of them out"));
            }
            if let Some(pattern) = pattern {
                let wrong = match regex::bytes::Regex::new(pattern) {
                    Ok(regex) if !regex.is_match(b"") => continue,
                    Ok(_) => "it matches the empty text, which separates nothing".to_owned(),
                    Err(wrong) => wrong.to_string(),
                };
                let title = format!("`{name}-pattern` is no pattern for separators");
                return Err(Diagnostic::error(title)
                    .at(pattern, "")
                    .note(wrong)
                    .help("write a regular expression like `\", | and \"`"));
            }
        }
        let fields = self.field_split.as_deref().cloned().unwrap_or_else(|| CharSet::of(' '));
        let values = self.value_split.as_deref().cloned().unwrap_or_else(|| CharSet::of('='));
        let has_patterns = self.field_split_pattern.is_some() || self.value_split_pattern.is_some();
        if !has_patterns && fields.is_ascii() && values.is_ascii() {
            return Ok(Splits::Bytes(Box::new(Bytes::new(&fields, &values, is_lenient))));
        }
        let field = self.field_split_pattern.as_deref().map_or(fields.class(), String::as_str);
        let value = self.value_split_pattern.as_deref().map_or(values.class(), String::as_str);
        let has_lines = self.field_split_pattern.is_some();
        match Patterns::new(field, value, has_lines, is_lenient) {
            Ok(patterns) => Ok(Splits::Patterns(Box::new(patterns))),
            Err(wrong) => Err(Diagnostic::error("the patterns for separators are too large")
                .note(wrong.to_string())
                .help("write them shorter")),
        }
    }
}

/// Reads pairs.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "what the settings say")]
pub(crate) struct KvReader {
    owner: Owner,
    field: Key,
    target: Option<Key>,
    defaults: Vec<(Key, Box<[u8]>)>,
    splits: Splits,
    has_brackets: bool,
    is_recursive: bool,
    names: Edit,
    values: Edit,
    choice: Choice,
    has_duplicates: bool,
    has_empty_values: bool,
}

thread_local! {
    /// What the names that count depend on in the event at hand; its memory is kept.
    static CONTEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Filter for KvReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let texts = match event.span(self.field) {
            Some(span) => Texts::One(span),
            None => match event.as_ref().get(self.field) {
                None | Some(Value::Null) => Texts::None,
                Some(Value::List(items)) => Texts::List(items.clone()),
                Some(_) => {
                    let reason = format!("`{}` holds no text", self.field);
                    return Err(FilterError::because(FAILURE, reason));
                }
            },
        };
        CONTEXT.with_borrow_mut(|context| {
            context.clear();
            if !self.choice.is_constant() {
                self.choice.write(event.as_ref(), context);
            }
            let names = Names { reader: self, context };
            harvest(&self.owner, context, event, |event, harvest| {
                let arena = event.arena();
                for span in texts.iter() {
                    if self.is_recursive {
                        self.read_nested(arena.get(span), &names, harvest)?;
                    } else {
                        self.read(arena, span, &names, harvest)?;
                    }
                }
                self.add_defaults(harvest);
                Ok(())
            })
        })?;
        if self.target == Some(self.field) {
            // Text and object of one name cannot both be delivered.
            event.remove(self.field);
        }
        Ok(Keep::Yes)
    }
}

/// What the field holds.
enum Texts {
    None,
    One(Span),
    List(Box<[Value]>),
}

impl Texts {
    fn iter(&self) -> impl Iterator<Item = Span> {
        let (one, list) = match self {
            Self::None => (None, &[][..]),
            Self::One(span) => (Some(*span), &[][..]),
            Self::List(items) => (None, &**items),
        };
        let texts = list.iter().filter_map(|item| match item {
            Value::Text(span) => Some(*span),
            _ => None,
        });
        one.into_iter().chain(texts)
    }
}

impl KvReader {
    #[inline]
    fn read(
        &self,
        arena: &Arena,
        whole: Span,
        names: &Names<'_>,
        harvest: &mut Harvest,
    ) -> Result<(), FilterError> {
        let text = arena.get(whole);
        self.splits.scan(text, self.has_brackets, |name, value| {
            if value.is_empty() && !self.has_empty_values {
                return Ok(());
            }
            if harvest.len() >= FIELDS_MAX {
                return Err(self.too_many());
            }
            let name = &text[name];
            let place = harvest.name(name, |name| names.decide(name));
            let span = whole.slice(value.start, value.end);
            let span = self.values.apply(&text[value], span, harvest);
            if self.has_duplicates || harvest.is_new(place, arena, span) {
                harvest.put(place, name, Value::Text(span));
            }
            Ok(())
        })
    }

    fn add_defaults(&self, harvest: &mut Harvest) {
        for (key, text) in &self.defaults {
            let place = harvest.place(Name::Field(*key));
            if !harvest.has(place) {
                let text = harvest.keep(text);
                harvest.put(place, b"", Value::Text(text));
            }
        }
    }

    #[cold]
    fn too_many(&self) -> FilterError {
        let reason = format!("`{}` holds more than {FIELDS_MAX} pairs", self.field);
        FilterError::because(FAILURE, reason)
    }
}

#[cfg(test)]
mod tests;
