//! Mistakes of TOML's syntax in words for people who don't know TOML.

use toml::de::Error;

use crate::at::Span;
use crate::diagnostic::Diagnostic;

/// One slip can confuse the parser for many lines, so no more than this many are shown.
const MISTAKES_MAX: usize = 10;

/// At most one diagnostic for a line, in order; a file in another language gets only one.
pub(crate) fn explain(text: &str, errors: &[Error]) -> Vec<Diagnostic> {
    let mut mistakes: Vec<(Span, &Error)> =
        errors.iter().map(|error| (place(text, error), error)).collect();
    mistakes.sort_by_key(|(span, _)| *span);
    if let Some((span, _)) = mistakes.first()
        && let Some(language) = foreign_language(text)
    {
        let title = format!("this looks like {language}, but weir reads TOML");
        return vec![
            Diagnostic::error(title)
                .at(*span, "")
                .help("a pipeline file begins with `[[input]]` and lines like `type = \"file\"`"),
        ];
    }
    mistakes.dedup_by_key(|(span, _)| line_start(text, span.start));
    mistakes.truncate(MISTAKES_MAX);
    mistakes.into_iter().map(|(span, error)| sentence(text, span, error.message())).collect()
}

/// The parser's span, or the end of the file, on character boundaries.
fn place(text: &str, error: &Error) -> Span {
    let span = error.span().unwrap_or(text.len()..text.len());
    let start = text.floor_char_boundary(span.start);
    Span { start, end: text.ceil_char_boundary(span.end.max(start)) }
}

fn line_start(text: &str, offset: usize) -> usize {
    text[..offset].rfind('\n').map_or(0, |newline| newline + 1)
}

/// What the first line that is no comment looks like, if it isn't TOML.
fn foreign_language(text: &str) -> Option<&'static str> {
    let mut lines = text.lines().map(str::trim);
    let line = lines.find(|line| !line.is_empty() && !line.starts_with('#'))?;
    let name_length =
        line.find(|c: char| !(c.is_alphanumeric() || "._-".contains(c))).unwrap_or(line.len());
    let after = line[name_length..].trim_start();
    if line.starts_with("- ") || line == "---" || (name_length > 0 && after.starts_with(':')) {
        Some("YAML")
    } else if name_length > 0 && after.starts_with('{') {
        Some("a Logstash pipeline")
    } else if line.starts_with('{') {
        Some("JSON")
    } else {
        None
    }
}

fn sentence(text: &str, span: Span, message: &str) -> Diagnostic {
    let given = &text[span.start..span.end];
    let found = text[span.start..].chars().next();
    let says = |part: &str| message.starts_with(part);
    let simple = |title: &str, label: &str| Diagnostic::error(title).at(span, label);
    if says("string values must be quoted") {
        unquoted(given, span)
    } else if says("duplicate key") {
        duplicate(text, given, span)
    } else if says("unclosed array, ") || says("unclosed inline table") {
        let close = if says("unclosed array") { "]" } else { "}" };
        let title = if close == "]" {
            "this list is never closed"
        } else {
            "this inline table is never closed"
        };
        simple(title, &format!("expected `{close}`"))
    } else if says("unclosed table") || says("unclosed array table") {
        simple("this table's name is never closed", "expected `]`")
    } else if says("key with no value") {
        simple("a setting is written `name = value`", "expected `=` and a value")
    } else if says("missing comma") {
        simple("a comma is missing", "expected `,`")
    } else if says("unquoted keys cannot be empty") {
        simple("a name is missing", "expected the name of a setting or table")
    } else if says("invalid unquoted key") {
        simple(
            &format!("`{given}` can't be part of a name"),
            "names have letters, digits, `-` and `_`; put others in quotes",
        )
    } else if says("missing escaped value") || says("invalid escape") {
        simple(&format!("`\\{}` means nothing in double quotes", found.unwrap_or(' ')), "")
            .help("write patterns in single quotes, where a backslash is only a backslash")
    } else if message.contains("string") && found.is_none_or(|c| c == '\n' || c == '\r') {
        simple("this text is never closed", "expected a closing quote")
    } else if message.contains("string") && found.is_some_and(char::is_control) {
        simple("a control character can't be written in quotes", "")
            .help("write it as `\\u0007`, with its number, in double quotes")
    } else if says("unexpected leading zero") {
        simple("a number can't begin with zeros", "")
    } else if says("cannot recurse") || says("recursion limit") {
        simple("tables and lists are nested too deep here", "")
    } else if says("cannot extend") {
        simple(&format!("`{given}` is set already and is no table"), "")
    } else if says("carriage return") {
        simple("a carriage return stands alone here", "expected a line feed after it")
    } else {
        other(span, message)
    }
}

fn unquoted(given: &str, span: Span) -> Diagnostic {
    /// A longer text is not repeated in the label.
    const BYTES_MAX: usize = 60;
    if given.trim().is_empty() {
        return Diagnostic::error("a value is missing").at(span, "expected a value after `=`");
    }
    let label = match given {
        "yes" | "on" | "True" | "TRUE" => "write `true`".to_owned(),
        "no" | "off" | "False" | "FALSE" => "write `false`".to_owned(),
        given if given.len() <= BYTES_MAX && !given.contains(['"', '\n']) => {
            let quote = if given.contains('\\') { '\'' } else { '"' };
            format!("write `{quote}{given}{quote}`")
        }
        _ => "put it in quotes".to_owned(),
    };
    Diagnostic::error("a text must be in quotes").at(span, label)
}

fn duplicate(text: &str, given: &str, span: Span) -> Diagnostic {
    let line = &text[line_start(text, span.start)..];
    if !line.trim_start().starts_with('[') {
        return Diagnostic::error(format!("`{given}` is set twice")).at(span, "the second time");
    }
    Diagnostic::error(format!("the table `{given}` is begun twice"))
        .at(span, "the second time")
        .help(format!("write `[[{given}]]` each time if there are several"))
}

/// The parser's own words for rare mistakes.
fn other(span: Span, message: &str) -> Diagnostic {
    let (what, expected) = message.split_once(", expected ").unwrap_or((message, "nothing"));
    let expected = Some(expected).filter(|expected| *expected != "nothing");
    let label = expected.map(|expected| format!("expected {expected}")).unwrap_or_default();
    Diagnostic::error(format!("this is not TOML: {what}")).at(span, label)
}
