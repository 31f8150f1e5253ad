//! From the text of a pattern to its sections.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_component::FieldPath;
use weir_config::{Complaint, did_you_mean};

use super::syntax::{End, Role, Section};
use crate::convert::Kind;

/// Most keys of a pattern; the longest in use have about sixty.
const KEYS_MAX: usize = 1024;

/// A compiled pattern.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Pattern {
    /// What the text must begin with.
    pub(super) beginning: Box<[u8]>,
    /// Keys with what ends them, in order; none only by default.
    pub(super) sections: Vec<Section>,
}

impl TryFrom<String> for Pattern {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        let mut written: Vec<Written<'_>> = Vec::new();
        let first = text.find("%{").ok_or_else(|| {
            Complaint::new("the pattern has no field")
                .help("write it like `%{method} %{path} %{status}`")
        })?;
        let mut rest = &text[first..];
        while !rest.is_empty() {
            let start = text.len() - rest.len();
            let Some(len) = rest.find('}') else {
                return Err(Complaint::new("a field in this pattern has no closing brace")
                    .part(start..text.len()));
            };
            let key = &rest[2..len];
            rest = &rest[len + 1..];
            let delimiter_len = rest.find("%{").unwrap_or(rest.len());
            let delimiter = &rest[..delimiter_len];
            rest = &rest[delimiter_len..];
            if delimiter.is_empty() && !rest.is_empty() && fixed(key).1.is_none() {
                let next = text.len() - rest.len();
                return Err(Complaint::new("nothing stands between two fields")
                    .part(start..next + 2)
                    .label("where would the first one end?")
                    .help("put the delimiter between them"));
            }
            written.push(Written { key, start: start + 2, delimiter });
        }
        if written.len() > KEYS_MAX {
            return Err(Complaint::new(format!("the pattern has more than {KEYS_MAX} fields")));
        }
        let mut sections =
            written.iter().map(Written::section).collect::<Result<Vec<_>, Complaint>>()?;
        refer(&mut sections, &written)?;
        Ok(Self { beginning: text.as_bytes()[..first].into(), sections })
    }
}

/// A key without the length at its end, `#4`, and the length.
fn fixed(key: &str) -> (&str, Option<usize>) {
    let bare = key.split_once('|').map_or(key, |(bare, _)| bare);
    let bare = bare.strip_suffix("->").unwrap_or(bare);
    match bare.rsplit_once('#').map(|(name, length)| (name, length.parse::<usize>())) {
        Some((name, Ok(length))) if length > 0 => (name, Some(length)),
        _ => (key, None),
    }
}

/// A key as written, and the delimiter behind it.
struct Written<'a> {
    key: &'a str,
    /// Where the key begins in the pattern.
    start: usize,
    delimiter: &'a str,
}

impl Written<'_> {
    fn complaint(&self, title: impl Into<String>) -> Complaint {
        Complaint::new(title).part(self.start..self.start + self.key.len())
    }

    fn section(&self) -> Result<Section, Complaint> {
        let (rest, kind) = match self.key.rsplit_once('|') {
            Some((rest, word)) => (rest, Some(self.kind(word)?)),
            None => (self.key, None),
        };
        let (rest, may_repeat) = match rest.strip_suffix("->") {
            Some(rest) => (rest, true),
            None => (rest, false),
        };
        let (rest, length) = fixed(rest);
        let modifiers = rest.len() - rest.trim_start_matches(['+', '?', '*', '&']).len();
        let (modifier, name) = rest.split_at(modifiers);
        let (role, name) = match modifier {
            "" if name.is_empty() => (Role::Skip, name),
            "" => (Role::Field, name),
            "?" => (Role::Skip, name),
            "*" => (Role::Name, name),
            // Which section names it is known once all are read.
            "&" => (Role::Value(usize::MAX), name),
            "+" => match name.rsplit_once('/') {
                Some((name, order)) => {
                    let order = order.parse().map_err(|_| {
                        self.complaint(format!("`{order}` is no place in an order"))
                            .help("write it like `%{+name/2}`")
                    })?;
                    (Role::Append(order), name)
                }
                None => (Role::Append(0), name),
            },
            several => {
                return Err(self
                    .complaint(format!("`{several}` does not go together"))
                    .help("a field has one of the signs `+`, `?`, `*` and `&`, or none"));
            }
        };
        if kind.is_some() && !matches!(role, Role::Field | Role::Value(_)) {
            return Err(self.complaint("only a whole field can be converted"));
        }
        Ok(Section {
            name: self.name(name, role)?,
            role,
            may_repeat,
            length,
            kind,
            end: End::at(self.delimiter),
        })
    }

    fn name(&self, name: &str, role: Role) -> Result<String, Complaint> {
        if role == Role::Skip {
            return Ok(name.to_owned());
        }
        let path = FieldPath::try_from(name.to_owned());
        let path = path.map_err(|wrong| self.complaint(wrong.title().to_owned()))?;
        if role == Role::Field && path.key().name() == "@timestamp" {
            return Err(self
                .complaint("`@timestamp` takes a time, not a text")
                .help("choose another name, and read that field with the filter `date`"));
        }
        Ok(path.key().name().to_owned())
    }

    fn kind(&self, word: &str) -> Result<Kind, Complaint> {
        const WORDS: [(&str, Kind); 10] = [
            ("integer", Kind::Integer),
            ("long", Kind::Integer),
            ("int", Kind::Integer),
            ("float", Kind::Float),
            ("double", Kind::Float),
            ("boolean", Kind::Boolean),
            ("bool", Kind::Boolean),
            ("ip", Kind::Ip),
            ("text", Kind::Text),
            ("string", Kind::Text),
        ];
        if let Some((_, kind)) = WORDS.iter().find(|(it, _)| *it == word) {
            return Ok(*kind);
        }
        let complaint = self
            .complaint(format!("there is no type `{word}`"))
            .help("the types are `integer`, `float`, `boolean`, `ip` and `text`");
        Err(match did_you_mean(word, &WORDS.map(|(it, _)| it)) {
            Some(meant) => complaint.label(format!("did you mean `{meant}`?")),
            None => complaint,
        })
    }
}

/// Finds for every `&name` the section that names its field: `*name`, `?name` or `name`.
fn refer(sections: &mut [Section], written: &[Written<'_>]) -> Result<(), Complaint> {
    for i in 0..sections.len() {
        let is_source = |role| matches!(role, Role::Name | Role::Skip | Role::Field);
        match sections[i].role {
            Role::Value(_) => {
                let name = &sections[i].name;
                let source = sections.iter().position(|it| it.name == *name && is_source(it.role));
                let source = source.ok_or_else(|| {
                    written[i]
                        .complaint(format!("nothing names the field of `&{name}`"))
                        .help(format!("write `%{{*{name}}}` where its name stands"))
                })?;
                sections[i].role = Role::Value(source);
            }
            Role::Name => {
                let name = &sections[i].name;
                let is_value = |it: &Section| matches!(it.role, Role::Value(_));
                if !sections.iter().any(|it| it.name == *name && is_value(it)) {
                    return Err(written[i]
                        .complaint(format!("`*{name}` names a field that has no value"))
                        .help(format!("write `%{{&{name}}}` where its value stands")));
                }
            }
            Role::Field | Role::Skip | Role::Append(_) => {}
        }
    }
    Ok(())
}

impl JsonSchema for Pattern {
    fn schema_name() -> Cow<'static, str> {
        "DissectPattern".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "x-type": "pattern",
            "examples": ["%{method} %{path} %{status|integer}"],
        })
    }
}
