//! Dictionaries in files: JSON, TOML, CSV, and the plain kind of YAML.

use std::path::Path;

use weir_host::{Host, read_all};

use crate::entry::Entry;
use crate::lookup::unreadable;
use crate::pairs::Pairs;

/// The largest file, in bytes: a few million short entries.
const FILE_BYTES_MAX: u64 = 128 << 20;

/// Most entries. Each takes a hundred bytes or two besides its text.
pub(super) const ENTRIES_MAX: usize = 4_000_000;

/// Keys and what they stand for, in the order of the file.
pub(super) type Entries = Vec<(String, Entry)>;

/// Ways to write a dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    Json,
    Toml,
    Csv,
    Yaml,
}

impl Form {
    /// By the ending of the file's name.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let ending = path.extension()?.to_str()?.to_ascii_lowercase();
        match ending.as_str() {
            "json" => Some(Self::Json),
            "toml" => Some(Self::Toml),
            "csv" => Some(Self::Csv),
            "yaml" | "yml" => Some(Self::Yaml),
            _ => None,
        }
    }
}

/// Reads a dictionary; the error is a sentence for the operator.
pub(super) fn read(host: &Host, path: &Path, form: Form) -> Result<Entries, String> {
    let content =
        read_all(&*host.files, path, FILE_BYTES_MAX).map_err(|why| unreadable(path, &why))?;
    let wrong = |why: &str| format!("the dictionary `{}` cannot be used: {why}", path.display());
    let text = String::from_utf8(content).map_err(|_| wrong("the file is not UTF-8"))?;
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let entries = match form {
        Form::Json => serde_json::from_str::<Pairs<Entry, String>>(text)
            .map(Pairs::into_vec)
            .map_err(|why| wrong(&why.to_string()))?,
        Form::Toml => toml::from_str::<Pairs<Entry, String>>(text)
            .map(Pairs::into_vec)
            .map_err(|why| wrong(why.message()))?,
        Form::Csv => csv(text).map_err(|why| wrong(&why))?,
        Form::Yaml => yaml(text).map_err(|why| wrong(&why))?,
    };
    if entries.len() > ENTRIES_MAX {
        return Err(wrong(&format!("it has more than {ENTRIES_MAX} entries")));
    }
    Ok(entries)
}

/// Lines of a key, a comma and a value, either of which may stand in double quotes.
fn csv(text: &str) -> Result<Entries, String> {
    let mut entries = Vec::new();
    let (mut rest, mut line) = (text, 1);
    while !rest.is_empty() {
        let before = rest.len();
        let (key, after, end) = cell(rest, line)?;
        if end == End::Line && key.is_empty() {
            (rest, line) = (after, line + 1);
            continue;
        }
        if end == End::Line {
            return Err(format!("line {line}: expected a key, a comma and a value"));
        }
        let (value, after, end) = cell(after, line)?;
        if end == End::Comma {
            return Err(format!("line {line}: there is more than a key and a value"));
        }
        line += rest[..before - after.len()].matches('\n').count();
        rest = after;
        entries.push((key, Entry::Text(value.into())));
    }
    Ok(entries)
}

/// What stands behind a cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Comma,
    Line,
}

fn cell(text: &str, line: usize) -> Result<(String, &str, End), String> {
    if let Some(mut rest) = text.strip_prefix('"') {
        let mut value = String::new();
        loop {
            let end =
                rest.find('"').ok_or_else(|| format!("line {line}: a quote is not closed"))?;
            value.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            let Some(after) = rest.strip_prefix('"') else { break };
            value.push('"');
            rest = after;
        }
        let rest = rest.strip_prefix('\r').unwrap_or(rest);
        return match rest.split_at_checked(1) {
            None => Ok((value, "", End::Line)),
            Some((",", after)) => Ok((value, after, End::Comma)),
            Some(("\n", after)) => Ok((value, after, End::Line)),
            Some(_) => Err(format!("line {line}: text follows the closing quote")),
        };
    }
    let end = text.find([',', '\n']).unwrap_or(text.len());
    let is_comma = text[end..].starts_with(',');
    let value = text[..end].strip_suffix('\r').unwrap_or(&text[..end]);
    let after = text.get(end + 1..).unwrap_or_default();
    Ok((value.to_owned(), after, if is_comma { End::Comma } else { End::Line }))
}

/// Lines of a key, a colon and a value, as in Logstash's dictionaries. Whatever else YAML knows is
/// refused, not guessed at.
fn yaml(text: &str) -> Result<Entries, String> {
    let mut entries = Vec::new();
    for (i, line) in text.lines().enumerate() {
        let number = i + 1;
        let trimmed = line.trim_end();
        if trimmed.trim_start().is_empty() || trimmed.trim_start().starts_with('#') {
            continue;
        }
        if trimmed == "---" || trimmed == "..." || trimmed.starts_with('%') {
            continue;
        }
        if trimmed.starts_with([' ', '\t', '-', '{', '[', '?', '&', '*', '!', '|', '>']) {
            return Err(format!(
                "line {number}: only lines like `key: value` are understood; use JSON or TOML"
            ));
        }
        let (key, rest) = yaml_text(trimmed, true)
            .ok_or_else(|| format!("line {number}: expected a key and a colon"))?;
        let rest = rest
            .trim_start()
            .strip_prefix(':')
            .ok_or_else(|| format!("line {number}: expected a colon behind the key"))?;
        let entry = yaml_value(rest.trim_start())
            .ok_or_else(|| format!("line {number}: expected a plain value behind the colon"))?;
        entries.push((key, entry));
    }
    Ok(entries)
}

/// A text, in quotes or not, and what follows it.
fn yaml_text(text: &str, is_key: bool) -> Option<(String, &str)> {
    if let Some(rest) = text.strip_prefix('\'') {
        let mut value = String::new();
        let mut rest = rest;
        loop {
            let end = rest.find('\'')?;
            value.push_str(&rest[..end]);
            rest = &rest[end + 1..];
            match rest.strip_prefix('\'') {
                Some(after) => {
                    value.push('\'');
                    rest = after;
                }
                None => return Some((value, rest)),
            }
        }
    }
    if text.starts_with('"') {
        // What stands between double quotes is written as in JSON, but for a few rare escapes.
        let mut texts = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let value = texts.next()?.ok()?;
        return Some((value, &text[texts.byte_offset()..]));
    }
    let end = if is_key {
        text.match_indices(':')
            .map(|it| it.0)
            .find(|at| text[at + 1..].is_empty() || text[at + 1..].starts_with([' ', '\t']))?
    } else {
        text.find(" #").unwrap_or(text.len())
    };
    let value = text[..end].trim_end();
    (!value.is_empty()).then(|| (value.to_owned(), &text[end..]))
}

fn yaml_value(text: &str) -> Option<Entry> {
    if text.is_empty() || text.starts_with('#') {
        return Some(Entry::Null);
    }
    if text.starts_with(['{', '[', '&', '*', '!', '|', '>', '@', '`']) {
        return None;
    }
    let is_quoted = text.starts_with(['"', '\'']);
    let (value, rest) = yaml_text(text, false)?;
    let rest = rest.trim_start();
    if !rest.is_empty() && !rest.starts_with('#') {
        return None;
    }
    if is_quoted {
        return Some(Entry::Text(value.into()));
    }
    Some(match value.as_str() {
        "true" | "True" | "TRUE" => Entry::Bool(true),
        "false" | "False" | "FALSE" => Entry::Bool(false),
        "null" | "Null" | "NULL" | "~" => Entry::Null,
        text => match (text.parse::<i64>(), text.parse::<f64>()) {
            (Ok(number), _) => Entry::Int(number),
            // `inf` and `nan` are texts.
            (_, Ok(number)) if text.contains(|it: char| it.is_ascii_digit()) => {
                Entry::Float(number)
            }
            _ => Entry::Text(value.into()),
        },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Entry {
        Entry::Text(text.into())
    }

    #[test]
    fn csv_may_have_quotes() {
        let found = csv("a,1\r\n\"b,\"\"c\",\"two\nlines\"\n\nd,").expect("CSV");
        let wanted = [("a", "1"), ("b,\"c", "two\nlines"), ("d", "")];
        let wanted: Entries = wanted.map(|(key, value)| (key.to_owned(), text(value))).into();
        assert_eq!(found, wanted);
        for (wrong, why) in [
            ("a", "line 1: expected a key"),
            ("a,1\nb,2,3", "line 2: there is more"),
            ("\"a,1", "line 1: a quote"),
            ("\"a\"b,1", "line 1: text follows"),
        ] {
            assert!(csv(wrong).expect_err(wrong).starts_with(why), "{wrong}");
        }
    }

    #[test]
    fn plain_yaml_is_read_and_other_is_refused() {
        let given = "---\n# codes\n\"100\": Continue\n101: 'It''s # on'\nurl: http://a:80/ # x\n\
                     n: 5\nf: -1.5\nt: true\ne:\n'a: b': \"\\u00e9\"\ni: inf\n";
        let wanted: Entries = [
            ("100", text("Continue")),
            ("101", text("It's # on")),
            ("url", text("http://a:80/")),
            ("n", Entry::Int(5)),
            ("f", Entry::Float(-1.5)),
            ("t", Entry::Bool(true)),
            ("e", Entry::Null),
            ("a: b", text("é")),
            ("i", text("inf")),
        ]
        .map(|(key, value)| (key.to_owned(), value))
        .into();
        assert_eq!(yaml(given), Ok(wanted));
        for wrong in ["a: {b: c}", "a:\n  b: c", "- a", "a", "a: |", "'a", "a: \"b\" c", "a: *b"] {
            assert!(yaml(wrong).is_err(), "{wrong}");
        }
    }
}
