//! The settings of a component as rows of a manual page, from its JSON Schema.

use schemars::Schema;
use serde_json::{Map, Value};

/// The schema keyword by which a type names itself in manual pages: `"x-type": "size"`.
///
/// A value type of another crate (a field path, a pattern) sets it in its `JsonSchema`.
pub const TYPE_WORD: &str = "x-type";

/// Tables in tables beyond this depth are described by their own page or not at all.
const DEPTH_MAX: usize = 4;

/// One setting.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct SettingRow {
    /// Its key; a setting of a nested table has the table's key and a dot before it.
    pub name: String,
    /// What it takes, in the operator's words: "size", "duration", "text", "list of text",
    /// "one of `a`, `b`".
    pub type_text: String,
    /// The value when it is not set, as TOML writes it.
    pub default: Option<String>,
    /// Whether it must be set.
    pub required: bool,
    /// Its documentation in Markdown, with a list of its choices where they are documented.
    pub doc: String,
    /// A possible value as TOML writes it, if the schema has one.
    pub example: Option<String>,
}

impl SettingRow {
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// A line that sets it: `timeout = "5s"`.
    #[must_use]
    pub fn example_line(&self) -> String {
        let value = match (&self.example, self.type_text.as_str()) {
            (Some(example), _) => example.as_str(),
            (None, "whole number" | "number") => "1",
            (None, "true or false") => "true",
            (None, kind) if kind.starts_with("table") => "{ … }",
            (None, kind) if kind.starts_with("list of ") => "[\"…\"]",
            (None, _) => "\"…\"",
        };
        format!("{} = {value}", self.name)
    }
}

/// The rows for a component's schema, in the order of its struct; the settings of a nested table
/// follow the table.
#[must_use]
pub fn settings_of(schema: &Schema) -> Vec<SettingRow> {
    let root = schema.as_value();
    let mut rows = Vec::new();
    push_rows(root, root, "", 0, &mut rows);
    rows
}

fn push_rows(root: &Value, table: &Value, prefix: &str, depth: usize, rows: &mut Vec<SettingRow>) {
    let Some(Value::Object(properties)) = table.get("properties") else { return };
    for (key, property) in properties {
        let described = resolve(root, property);
        let is_required = table
            .get("required")
            .and_then(Value::as_array)
            .is_some_and(|names| names.iter().any(|name| name == key));
        let doc = text_of(property, "description").or_else(|| text_of(described, "description"));
        rows.push(SettingRow {
            name: format!("{prefix}{key}"),
            type_text: type_text(root, property, depth),
            default: property.get("default").filter(|value| !value.is_null()).map(in_toml),
            required: is_required && property.get("default").is_none(),
            doc: doc.unwrap_or_default().to_owned() + &choices_doc(described),
            example: example(root, property).map(in_toml),
        });
        if depth < DEPTH_MAX && described.get(TYPE_WORD).is_none() {
            push_rows(root, described, &format!("{prefix}{key}."), depth + 1, rows);
        }
    }
}

fn text_of<'s>(schema: &'s Value, keyword: &str) -> Option<&'s str> {
    schema.get(keyword).and_then(Value::as_str)
}

/// An example given in the schema, or the first of several choices.
fn example<'s>(root: &'s Value, schema: &'s Value) -> Option<&'s Value> {
    let first = |schema: &'s Value, keyword: &str| schema.get(keyword)?.as_array()?.first();
    let described = resolve(root, schema);
    first(schema, "examples")
        .or_else(|| first(described, "examples"))
        .or_else(|| first(described, "enum"))
        .or_else(|| first(described, "oneOf")?.get("const"))
}

/// A Markdown list of the choices of an enum whose variants are documented.
fn choices_doc(schema: &Value) -> String {
    let Some(Value::Array(alternatives)) = schema.get("oneOf") else { return String::new() };
    let mut list = String::new();
    for alternative in alternatives {
        let word = text_of(alternative, "const").or_else(|| the_only_key(alternative));
        if let (Some(word), Some(doc)) = (word, text_of(alternative, "description")) {
            list.push_str(if list.is_empty() { "\n\n" } else { "\n" });
            list.push_str("* `");
            list.push_str(word);
            list.push_str("`: ");
            list.push_str(&doc.replace('\n', " "));
        }
    }
    list
}

/// The key of a variant that is written as a table: `{ csv = { … } }`.
fn the_only_key(schema: &Value) -> Option<&str> {
    let properties = schema.get("properties")?.as_object()?;
    properties.keys().next().map(String::as_str).filter(|_| properties.len() == 1)
}

/// The schema behind references and behind the `null` of an optional setting.
fn resolve<'s>(root: &'s Value, schema: &'s Value) -> &'s Value {
    let mut current = schema;
    // A reference may lead to itself; no honest chain is longer.
    for _ in 0..8 {
        let next = if let Some(path) = text_of(current, "$ref") {
            path.strip_prefix('#').and_then(|pointer| root.pointer(pointer))
        } else {
            the_only_alternative(current)
        };
        match next {
            Some(next) => current = next,
            None => break,
        }
    }
    current
}

fn the_only_alternative(schema: &Value) -> Option<&Value> {
    let mut rest = alternatives(schema)?.iter().filter(|choice| !is_null(choice));
    let only = rest.next()?;
    rest.next().is_none().then_some(only)
}

fn alternatives(schema: &Value) -> Option<&Vec<Value>> {
    ["anyOf", "oneOf", "allOf"].iter().find_map(|keyword| schema.get(keyword)?.as_array())
}

fn is_null(schema: &Value) -> bool {
    text_of(schema, "type") == Some("null")
}

/// The words for a type.
fn type_text(root: &Value, schema: &Value, depth: usize) -> String {
    if depth > DEPTH_MAX {
        return "value".to_owned();
    }
    let schema = resolve(root, schema);
    if let Some(word) = text_of(schema, TYPE_WORD) {
        return word.to_owned();
    }
    if let Some(choices) = choices(schema) {
        return match choices.as_slice() {
            [only] => format!("`{only}`"),
            choices => {
                let quoted: Vec<String> =
                    choices.iter().map(|choice| format!("`{choice}`")).collect();
                format!("one of {}", quoted.join(", "))
            }
        };
    }
    if let Some(alternatives) = alternatives(schema) {
        let mut words: Vec<String> = Vec::new();
        for alternative in alternatives.iter().filter(|choice| !is_null(choice)) {
            let word = type_text(root, alternative, depth + 1);
            if !words.contains(&word) {
                words.push(word);
            }
        }
        return words.join(" or ");
    }
    let types: Vec<&str> = match schema.get("type") {
        Some(Value::String(name)) => vec![name],
        Some(Value::Array(names)) => names.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    let words: Vec<String> = types
        .into_iter()
        .filter(|name| *name != "null")
        .map(|name| match name {
            "string" => "text".to_owned(),
            "integer" => "whole number".to_owned(),
            "number" => "number".to_owned(),
            "boolean" => "true or false".to_owned(),
            "array" => items_text(root, schema, depth),
            "object" => table_text(root, schema, depth),
            other => other.to_owned(),
        })
        .collect();
    if words.is_empty() { "any value".to_owned() } else { words.join(" or ") }
}

fn items_text(root: &Value, schema: &Value, depth: usize) -> String {
    match schema.get("items") {
        Some(items) => format!("list of {}", plural(&type_text(root, items, depth + 1))),
        None => "list".to_owned(),
    }
}

fn table_text(root: &Value, schema: &Value, depth: usize) -> String {
    match schema.get("additionalProperties") {
        Some(values @ Value::Object(_)) => {
            format!("table of {}", plural(&type_text(root, values, depth + 1)))
        }
        _ => "table".to_owned(),
    }
}

fn plural(word: &str) -> String {
    match word {
        "size" | "duration" | "secret" | "url" | "field" | "pattern" | "table" | "number"
        | "whole number" | "path" => format!("{word}s"),
        other => other.to_owned(),
    }
}

/// The words an enum can be, in both of schemars' forms: with and without documentation.
fn choices(schema: &Value) -> Option<Vec<String>> {
    let words = |schema: &Value| -> Option<Vec<String>> {
        if let Some(word) = text_of(schema, "const") {
            return Some(vec![word.to_owned()]);
        }
        let values = schema.get("enum")?.as_array()?;
        Some(values.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    if let Some(words) = words(schema) {
        return Some(words);
    }
    let alternatives = schema.get("oneOf")?.as_array()?;
    let all: Option<Vec<Vec<String>>> = alternatives.iter().map(words).collect();
    Some(all?.concat())
}

/// A JSON value as TOML writes it.
fn in_toml(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::Bool(value) => value.to_string(),
        Value::Number(number) => number.to_string(),
        Value::String(text) if text.contains('\\') && !text.contains(['\'', '\n']) => {
            format!("'{text}'")
        }
        Value::String(text) => toml::Value::String(text.clone()).to_string(),
        Value::Array(items) => {
            let items: Vec<String> = items.iter().map(in_toml).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(table) => inline_table(table),
    }
}

fn inline_table(table: &Map<String, Value>) -> String {
    let is_bare = |key: &str| {
        !key.is_empty() && key.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    };
    let entries: Vec<String> = table
        .iter()
        .filter(|(_, value)| !value.is_null())
        .map(|(key, value)| {
            let key = if is_bare(key) { key.clone() } else { format!("\"{key}\"") };
            format!("{key} = {}", in_toml(value))
        })
        .collect();
    if entries.is_empty() { "{}".to_owned() } else { format!("{{ {} }}", entries.join(", ")) }
}

#[cfg(test)]
mod tests;
