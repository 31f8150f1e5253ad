//! The `truncate` filter: shortens texts.

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::{At, ByteSize, Diagnostic, OneOrMany};
use weir_event::{EventMut, Key};

use crate::texts::{Change, change_texts};

/// Shortens texts that are too long.
///
/// What is left has at most so many `bytes`, or so many `characters`, and never ends in the middle
/// of a character. In a list every text is shortened; other values stay. Without `fields` all
/// fields of the event are looked at. Shortened texts get the `suffix`, which is not counted.
///
/// # Example
///
/// ```toml
/// type = "truncate"
/// fields = ["message", "names"]
/// characters = 5
/// suffix = "…"
/// ```
/// ```json
/// {"message": "für Elise", "names": ["short", "too long"], "other": "as long as it was"}
/// ```
/// becomes
/// ```json
/// {"message": "für E…", "names": ["short", "too l…"], "other": "as long as it was"}
/// ```
/// What is short enough stays:
/// ```json
/// {"message": "Elise"}
/// ```
/// stays as it is. By bytes, in all fields:
///
/// ```toml
/// type = "truncate"
/// bytes = 2
/// ```
/// ```json
/// {"message": "für", "number": 12345}
/// ```
/// becomes
/// ```json
/// {"message": "f", "number": 12345}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Truncate {
    /// The fields to shorten: one or several. Unless set, all.
    #[serde(default, alias = "field")]
    fields: OneOrMany<FieldPath>,
    /// Most bytes of a text.
    #[serde(alias = "length-bytes")]
    bytes: Option<At<ByteSize>>,
    /// Most characters of a text.
    characters: Option<At<usize>>,
    /// What is appended to a text that was shortened.
    #[serde(default)]
    suffix: String,
}

impl Configure for Truncate {
    const NAME: &'static str = "truncate";
}

impl FilterConfig for Truncate {
    type Filter = Truncator;

    fn build(self) -> Result<Truncator, Diagnostic> {
        let limit = match (self.bytes, self.characters) {
            (Some(bytes), None) => Limit::Bytes(bytes.as_usize()),
            (None, Some(characters)) => Limit::Characters(characters.into_inner()),
            (Some(bytes), Some(characters)) => {
                return Err(Diagnostic::error("`bytes` and `characters` exclude each other")
                    .at(&characters, "")
                    .also(&bytes, "the other one")
                    .help("take one of them out"));
            }
            (None, None) => {
                return Err(Diagnostic::error("neither `bytes` nor `characters` is set")
                    .help("write it like `bytes = \"32 KiB\"` or `characters = 1000`"));
            }
        };
        Ok(Truncator {
            fields: self.fields.iter().map(|field| field.key()).collect(),
            limit,
            suffix: self.suffix.into_bytes(),
        })
    }
}

/// Shortens texts.
#[derive(Debug)]
pub(crate) struct Truncator {
    fields: Vec<Key>,
    limit: Limit,
    suffix: Vec<u8>,
}

#[derive(Clone, Copy, Debug)]
enum Limit {
    Bytes(usize),
    Characters(usize),
}

impl Filter for Truncator {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        if self.fields.is_empty() {
            for at in 0..event.as_ref().fields().len() {
                let key = event.as_ref().fields()[at].key;
                self.shorten(event, key);
            }
        }
        for field in &self.fields {
            self.shorten(event, *field);
        }
        Ok(Keep::Yes)
    }
}

impl Truncator {
    fn shorten(&self, event: &mut EventMut<'_>, key: Key) {
        change_texts(event, key, |text, out| {
            let len = self.limit.len(text);
            if len == text.len() {
                return Change::None;
            }
            if self.suffix.is_empty() {
                return Change::Piece(0, len);
            }
            out.extend_from_slice(&text[..len]);
            out.extend_from_slice(&self.suffix);
            Change::Written
        });
    }
}

impl Limit {
    /// How many bytes of the text are left.
    fn len(self, text: &[u8]) -> usize {
        match self {
            Self::Bytes(max) if text.len() <= max => text.len(),
            Self::Bytes(max) => whole_characters(text, max),
            Self::Characters(max) if text.len() <= max => text.len(),
            // Bytes that go on a character do not count; of what is not UTF-8 each one does.
            Self::Characters(max) => {
                let mut left = max;
                let mut len = 0;
                for chunk in text.utf8_chunks() {
                    for letter in chunk.valid().chars() {
                        if left == 0 {
                            return len;
                        }
                        (left, len) = (left - 1, len + letter.len_utf8());
                    }
                    for _ in chunk.invalid() {
                        if left == 0 {
                            return len;
                        }
                        (left, len) = (left - 1, len + 1);
                    }
                }
                len
            }
        }
    }
}

/// The length of the longest beginning of at most `max` bytes that cuts no character.
fn whole_characters(text: &[u8], max: usize) -> usize {
    let goes_on = |at: usize| text.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    // A character has at most three bytes that go on; more of them are no character.
    (0..4).map(|back| max.saturating_sub(back)).find(|at| !goes_on(*at)).unwrap_or(max)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_character_is_cut() {
        let text = "aé€😀".as_bytes();
        let lens: Vec<usize> = (0..=text.len()).map(|max| Limit::Bytes(max).len(text)).collect();
        assert_eq!(lens, [0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10]);
        let lens: Vec<usize> = (0..6).map(|max| Limit::Characters(max).len(text)).collect();
        assert_eq!(lens, [0, 1, 3, 6, 10, 10]);
    }

    #[test]
    fn what_is_not_utf_8_is_cut_at_bytes() {
        assert_eq!(Limit::Bytes(6).len(&[0x80; 9]), 6);
        assert_eq!(Limit::Characters(3).len(&[0xFF, b'a', 0xFF, 0xFF]), 3);
    }
}
