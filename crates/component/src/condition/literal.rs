//! Values as they are written: text with its escapes, members of lists.

use std::ops::Range;

use super::ConditionError;
use super::node::Literal;
use super::number::Number;
use super::syntax::{Kind, Syntax};

/// The text between quotes as written, for regular expressions: backslashes are theirs.
pub(super) fn uncooked(quoted: &str) -> &str {
    quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default()
}

/// The text that `quoted` means.
pub(super) fn cooked(quoted: &str, range: &Range<usize>) -> Result<String, ConditionError> {
    let inner = uncooked(quoted);
    let mut text = String::with_capacity(inner.len());
    let mut letters = inner.char_indices();
    while let Some((_, letter)) = letters.next() {
        if letter != '\\' {
            text.push(letter);
            continue;
        }
        // The quotes were found with escapes in mind: a backslash is never the last character.
        let Some((at, escaped)) = letters.next() else { break };
        text.push(match escaped {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            '\\' | '"' | '\'' => escaped,
            _ => {
                let at = range.start + 1 + at;
                return Err(ConditionError::new(
                    &(at - 1..at + escaped.len_utf8()),
                    format!("`\\{}` stands for nothing", escaped.escape_debug()),
                    "unknown escape",
                    "write `\\\\` for a backslash; regular expressions belong to `matches`",
                ));
            }
        });
    }
    Ok(text)
}

/// A member of a list.
pub(super) fn literal(member: &Syntax<'_>) -> Result<Literal, ConditionError> {
    let help = match &member.kind {
        Kind::Null => return Ok(Literal::Null),
        Kind::Bool(it) => return Ok(Literal::Bool(*it)),
        Kind::Int(it) => return Ok(Literal::Number(Number::Int(*it))),
        Kind::Float(it) => return Ok(Literal::Number(Number::Float(*it))),
        Kind::Text(quoted) => {
            let text = cooked(quoted, &member.range)?;
            return Ok(Literal::Text(text.into_bytes().into_boxed_slice()));
        }
        Kind::Field(name) if !name.contains(['"', '\\']) => {
            format!("text needs quotes: `\"{name}\"`")
        }
        _ => "compare with computed values by `==` and join the comparisons with `or`".to_owned(),
    };
    Err(ConditionError::new(
        &member.range,
        "a list holds written values only",
        "neither a number nor text in quotes",
        help,
    ))
}
