//! The `case` filter: upper and lower case.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{EventMut, Key};

use crate::subtree::{Renaming, below, put_together, rename_fields};
use crate::texts::{Change, change_texts};

const FAILURE: &str = "_casefailure";

/// Changes texts, or names of fields, to upper or lower case.
///
/// In a list every text is changed; other values stay. All alphabets are known, not English alone.
/// A text that is not UTF-8 is changed as far as it is ASCII. Events without the fields pass
/// unchanged.
///
/// With `names = true` it is not the values that change, but the names of the fields below those
/// that `fields` names, or all names if it names none. If two names become the same, the field
/// that came last counts. Should there be no room for another name, the field keeps its own, and
/// the event gets the tag `_casefailure`.
///
/// # Example
///
/// ```toml
/// type = "case"
/// to = "lower"
/// fields = ["http.request.method", "tags"]
/// ```
/// ```json
/// {"http": {"request": {"method": "GET"}}, "tags": ["WEB", "ÄRGER"]}
/// ```
/// becomes
/// ```json
/// {"http": {"request": {"method": "get"}}, "tags": ["web", "ärger"]}
/// ```
/// What is no text stays:
/// ```json
/// {"http": {"request": {"method": 7}}}
/// ```
/// stays as it is. And the names of fields:
///
/// ```toml
/// type = "case"
/// to = "snake"
/// names = true
/// fields = "labels"
/// ```
/// ```json
/// {"labels": {"appName": "A", "HTTPStatus": {"lastCode": 5}}, "appName": 1}
/// ```
/// becomes
/// ```json
/// {"labels": {"app_name": "A", "http_status": {"last_code": 5}}, "appName": 1}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Case {
    /// What the texts or names become.
    to: Letters,
    /// The fields: one or several.
    #[serde(default, alias = "field")]
    fields: OneOrMany<FieldPath>,
    /// Whether the names of the fields below these are changed, instead of their values.
    #[serde(default)]
    names: Option<At<bool>>,
}

/// Ways of writing a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Letters {
    /// `hello world`.
    Lower,
    /// `HELLO WORLD`.
    Upper,
    /// `Hello world`: the first letter large, all others small.
    Capitalize,
    /// `helloWorld`.
    Camel,
    /// `hello_world`.
    Snake,
    /// `hello-world`.
    Kebab,
}

impl Configure for Case {
    const NAME: &'static str = "case";
}

impl FilterConfig for Case {
    type Filter = Changer;

    fn build(self) -> Result<Changer, Diagnostic> {
        let names = self.names.is_some_and(At::into_inner);
        if self.fields.is_empty() && !names {
            return Err(Diagnostic::error("`fields` names no field")
                .help("name at least one; only `names = true` needs none"));
        }
        let fields = self.fields.iter().map(|field| field.key()).collect();
        Ok(Changer { to: self.to, fields, names })
    }
}

/// Changes the case of texts or names.
#[derive(Debug)]
pub(crate) struct Changer {
    to: Letters,
    fields: Vec<Key>,
    names: bool,
}

impl Filter for Changer {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        if self.names {
            return self.rename(event);
        }
        for field in &self.fields {
            change_texts(event, *field, |text, out| match std::str::from_utf8(text) {
                Ok(text) => changed(self.to, text, out),
                Err(_) => changed_ascii(self.to, text, out),
            });
        }
        Ok(Keep::Yes)
    }
}

impl Changer {
    fn rename(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let complete = rename_fields(event, |name| {
            let above = if self.fields.is_empty() {
                0
            } else {
                let rest = self.fields.iter().find_map(|field| below(name, field.name()));
                let Some(rest) = rest else { return Renaming::None };
                name.len() - rest.len()
            };
            self.new_name(&name[..above], &name[above..]).into()
        });
        if complete { Ok(Keep::Yes) } else { Err(FilterError::tagged(FAILURE)) }
    }

    /// The key of a name whose part behind `above` is changed.
    fn new_name(&self, above: &str, rest: &str) -> Option<Key> {
        put_together(|name| {
            name.push_str(above);
            let mut out = Vec::new();
            for (i, part) in rest.split('.').enumerate() {
                if i > 0 {
                    name.push('.');
                }
                out.clear();
                let part = match changed(self.to, part, &mut out) {
                    Change::Written => std::str::from_utf8(&out).unwrap_or(part),
                    _ => part,
                };
                name.push_str(part);
            }
        })
    }
}

fn changed(to: Letters, text: &str, out: &mut Vec<u8>) -> Change {
    match to {
        Letters::Camel | Letters::Snake | Letters::Kebab => words(to, text, out),
        _ if text.is_ascii() => return changed_ascii(to, text.as_bytes(), out),
        _ => {
            // Letter by letter, as the whole of a text matters only for the Greek final sigma.
            let mut is_first = true;
            for letter in text.chars() {
                if to == Letters::Upper || to == Letters::Capitalize && is_first {
                    letter.to_uppercase().for_each(|it| put(it, out));
                } else {
                    letter.to_lowercase().for_each(|it| put(it, out));
                }
                is_first = false;
            }
        }
    }
    if *out == text.as_bytes() { Change::None } else { Change::Written }
}

fn changed_ascii(to: Letters, text: &[u8], out: &mut Vec<u8>) -> Change {
    let differs = |byte: &u8, upper: bool| {
        if upper { byte.is_ascii_lowercase() } else { byte.is_ascii_uppercase() }
    };
    let first = match to {
        Letters::Upper => text.len(),
        Letters::Capitalize => text.len().min(1),
        _ => 0,
    };
    let (upper, lower) = text.split_at(first);
    if !upper.iter().any(|it| differs(it, true)) && !lower.iter().any(|it| differs(it, false)) {
        return Change::None;
    }
    out.extend(upper.iter().map(u8::to_ascii_uppercase));
    out.extend(lower.iter().map(u8::to_ascii_lowercase));
    Change::Written
}

/// Writes the words of a text anew. A word ends where something else than a letter or a digit
/// stands, before a large letter behind a small one, and before the last of several large ones
/// that a small one follows: `HTTPStatus` has two.
fn words(to: Letters, text: &str, out: &mut Vec<u8>) {
    let (mut is_first_word, mut is_inside, mut before) = (true, false, ' ');
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        if !letter.is_alphanumeric() {
            (is_inside, before) = (false, letter);
            continue;
        }
        let next_is_small = letters.peek().is_some_and(|it| it.is_lowercase());
        let begins =
            !is_inside || letter.is_uppercase() && (!before.is_uppercase() || next_is_small);
        if begins && !is_first_word {
            match to {
                Letters::Snake => out.push(b'_'),
                Letters::Kebab => out.push(b'-'),
                _ => {}
            }
        }
        if begins && !is_first_word && to == Letters::Camel {
            letter.to_uppercase().for_each(|it| put(it, out));
        } else {
            letter.to_lowercase().for_each(|it| put(it, out));
        }
        (is_first_word, is_inside, before) = (false, true, letter);
    }
}

fn put(letter: char, out: &mut Vec<u8>) {
    out.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(to: Letters, text: &[u8], wanted: &[u8]) {
        let mut out = Vec::new();
        let change = match std::str::from_utf8(text) {
            Ok(text) => changed(to, text, &mut out),
            Err(_) => changed_ascii(to, text, &mut out),
        };
        let became = if change == Change::Written { &out } else { text };
        assert_eq!(became, wanted, "{to:?} of {}", String::from_utf8_lossy(text));
    }

    #[test]
    fn letters_of_all_alphabets_change() {
        check(Letters::Upper, "straße ñ".as_bytes(), "STRASSE Ñ".as_bytes());
        check(Letters::Lower, "ÄÖ Σ".as_bytes(), "äö σ".as_bytes());
        check(Letters::Capitalize, "éTÉ".as_bytes(), "Été".as_bytes());
        check(Letters::Capitalize, b"CDE fG", b"Cde fg");
        check(Letters::Capitalize, b"", b"");
        check(Letters::Upper, b"a\xFFb", b"A\xFFB");
    }

    #[test]
    fn words_are_found_in_every_way_of_writing() {
        for text in ["inputString", "InputString", "input_string", "input-string", "Input  string"]
        {
            check(Letters::Snake, text.as_bytes(), b"input_string");
            check(Letters::Kebab, text.as_bytes(), b"input-string");
            check(Letters::Camel, text.as_bytes(), b"inputString");
        }
        check(Letters::Snake, b"HTTPStatusX2", b"http_status_x2");
        check(Letters::Snake, b"--", b"");
    }
}
