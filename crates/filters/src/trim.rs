//! The `trim` filter: cuts off the ends of texts.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, Diagnostic, OneOrMany};
use weir_event::{EventMut, Key};

use crate::texts::{Change, change_texts};

/// Cuts blanks, or other characters, off the ends of texts.
///
/// In a list every text is cut; other values stay. Unless `characters` are named, all blanks that
/// Unicode knows are cut off, line ends and the character of number 0 among them. A `prefix` or
/// `suffix` is then cut off once, if the text begins or ends with it.
///
/// Events without the fields pass unchanged.
///
/// # Example
///
/// ```toml
/// type = "trim"
/// fields = ["message", "names"]
/// ```
/// ```json
/// {"message": "  hello \n", "names": [" a", 7, "b c "]}
/// ```
/// becomes
/// ```json
/// {"message": "hello", "names": ["a", 7, "b c"]}
/// ```
/// What is no text stays:
/// ```json
/// {"message": 7}
/// ```
/// stays as it is. And other characters, and a prefix:
///
/// ```toml
/// type = "trim"
/// fields = "url.path"
/// characters = "/"
/// side = "right"
/// prefix = "/api"
/// ```
/// ```json
/// {"url": {"path": "/api/users//"}}
/// ```
/// becomes
/// ```json
/// {"url": {"path": "/users"}}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Trim {
    /// The fields to change: one or several.
    #[serde(alias = "field")]
    fields: OneOrMany<FieldPath>,
    /// The characters that are cut off. Unless set, blanks; with an empty text, none.
    characters: Option<String>,
    /// Where they are cut off.
    #[serde(default)]
    side: At<Side>,
    /// A text that is cut off the beginning.
    #[serde(default)]
    prefix: String,
    /// A text that is cut off the end.
    #[serde(default)]
    suffix: String,
}

/// Where characters are cut off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Side {
    /// At both ends.
    #[default]
    Both,
    /// At the beginning.
    Left,
    /// At the end.
    Right,
}

impl Configure for Trim {
    const NAME: &'static str = "trim";
}

impl FilterConfig for Trim {
    type Filter = Trimmer;

    fn build(self) -> Result<Trimmer, Diagnostic> {
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names no field").help("name at least one"));
        }
        Ok(Trimmer {
            fields: self.fields.iter().map(|field| field.key()).collect(),
            characters: self.characters.map(|it| it.chars().collect()),
            side: self.side.into_inner(),
            prefix: self.prefix.into_bytes(),
            suffix: self.suffix.into_bytes(),
        })
    }
}

/// Cuts off the ends of texts.
#[derive(Debug)]
pub(crate) struct Trimmer {
    fields: Vec<Key>,
    characters: Option<Vec<char>>,
    side: Side,
    prefix: Vec<u8>,
    suffix: Vec<u8>,
}

impl Filter for Trimmer {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        for field in &self.fields {
            change_texts(event, *field, |text, _| {
                let (start, end) = self.bounds(text);
                if end - start == text.len() { Change::None } else { Change::Piece(start, end) }
            });
        }
        Ok(Keep::Yes)
    }
}

impl Trimmer {
    /// Where what is left begins and ends.
    fn bounds(&self, text: &[u8]) -> (usize, usize) {
        let (mut start, mut end) = (0, text.len());
        if self.side != Side::Right {
            while let Some((letter, len)) = first(&text[start..end])
                && self.is_cut(letter)
            {
                start += len;
            }
        }
        if self.side != Side::Left {
            while let Some((letter, len)) = last(&text[start..end])
                && self.is_cut(letter)
            {
                end -= len;
            }
        }
        if !self.prefix.is_empty() && text[start..end].starts_with(&self.prefix) {
            start += self.prefix.len();
        }
        if !self.suffix.is_empty() && text[start..end].ends_with(&self.suffix) {
            end -= self.suffix.len();
        }
        (start, end)
    }

    fn is_cut(&self, letter: char) -> bool {
        match &self.characters {
            Some(characters) => characters.contains(&letter),
            None => letter.is_whitespace() || letter == '\0',
        }
    }
}

/// The longest character in UTF-8.
const CHARACTER_BYTES_MAX: usize = 4;

/// The first character and its length; nothing when it is not UTF-8.
fn first(text: &[u8]) -> Option<(char, usize)> {
    let beginning = &text[..text.len().min(CHARACTER_BYTES_MAX)];
    let letter = beginning.utf8_chunks().next()?.valid().chars().next()?;
    Some((letter, letter.len_utf8()))
}

/// The last character and its length; nothing when it is not UTF-8.
fn last(text: &[u8]) -> Option<(char, usize)> {
    (1..=text.len().min(CHARACTER_BYTES_MAX)).find_map(|len| {
        let letter = std::str::from_utf8(&text[text.len() - len..]).ok()?.chars().next()?;
        Some((letter, len))
    })
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[track_caller]
    fn check(settings: &serde_json::Value, text: &[u8], wanted: &[u8]) {
        let mut settings = settings.clone();
        settings["fields"] = "t".into();
        let trimmer = serde_json::from_value::<Trim>(settings).unwrap().build().unwrap();
        let (start, end) = trimmer.bounds(text);
        assert_eq!(&text[start..end], wanted);
    }

    #[test]
    fn all_blanks_are_cut_off_and_nothing_else() {
        let blanks = "\u{3000}\u{205f}\t\0 ";
        let text = format!("{blanks}a b{blanks}");
        check(&serde_json::json!({}), text.as_bytes(), b"a b");
        check(&serde_json::json!({}), blanks.as_bytes(), b"");
        check(&serde_json::json!({}), b" \xFF ", b"\xFF");
        check(&serde_json::json!({ "side": "left" }), b" a ", b"a ");
        check(&serde_json::json!({ "characters": "" }), b" a ", b" a ");
        check(&serde_json::json!({ "characters": "xé" }), "éxaxé".as_bytes(), b"a");
    }

    #[test]
    fn prefix_and_suffix_are_cut_off_once() {
        check(&serde_json::json!({ "prefix": "ab", "suffix": "ab" }), b" abab ", b"");
        check(&serde_json::json!({ "prefix": "ab", "suffix": "ab" }), b"aba", b"a");
        check(&serde_json::json!({ "prefix": "ab" }), b"ababx", b"abx");
    }
}
