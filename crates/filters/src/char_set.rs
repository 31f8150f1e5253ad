//! Sets of characters as settings: `" ,;"`, `"\t"`, `"a-z"`.

use std::borrow::Cow;

use regex::Regex;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;
use weir_config::Complaint;

/// A set of characters, written as between the brackets of a regular expression: `\` takes the
/// meaning from what follows, and `a-z` is a range.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "String")]
pub(crate) struct CharSet {
    ascii: [bool; 128],
    /// Tells the characters beyond ASCII, if there are any in the set.
    wide: Option<Regex>,
    /// As a regular expression.
    class: String,
}

impl CharSet {
    /// The set of one character.
    pub(crate) fn of(character: char) -> Self {
        Self::try_from(character.to_string()).expect("a single character is a set")
    }

    /// Whether all its characters are single bytes.
    pub(crate) fn is_ascii(&self) -> bool {
        self.wide.is_none()
    }

    pub(crate) fn has_byte(&self, byte: u8) -> bool {
        self.ascii.get(usize::from(byte)).is_some_and(|it| *it)
    }

    fn has(&self, character: char) -> bool {
        match u8::try_from(character) {
            Ok(byte) if byte.is_ascii() => self.has_byte(byte),
            _ => self
                .wide
                .as_ref()
                .is_some_and(|set| set.is_match(character.encode_utf8(&mut [0; 4]))),
        }
    }

    /// A regular expression for one of its characters.
    pub(crate) fn class(&self) -> &str {
        &self.class
    }

    /// The bounds of `text` without the characters of the set at both ends.
    pub(crate) fn trim(&self, text: &[u8]) -> (usize, usize) {
        let left = self.leading(text);
        let right = self.trailing(&text[left..]);
        (left, text.len() - right)
    }

    fn leading(&self, text: &[u8]) -> usize {
        let mut at = 0;
        while let Some(byte) = text.get(at) {
            if byte.is_ascii() {
                if !self.has_byte(*byte) {
                    break;
                }
                at += 1;
                continue;
            }
            // A character has four bytes at most.
            match valid_prefix(&text[at..text.len().min(at + 4)]).chars().next() {
                Some(character) if self.has(character) => at += character.len_utf8(),
                _ => break,
            }
        }
        at
    }

    fn trailing(&self, text: &[u8]) -> usize {
        let mut end = text.len();
        while let Some(byte) = end.checked_sub(1).map(|last| text[last]) {
            if byte.is_ascii() {
                if !self.has_byte(byte) {
                    break;
                }
                end -= 1;
                continue;
            }
            let start = (1..=4.min(end)).map(|len| end - len).find(|at| text[*at] & 0xC0 != 0x80);
            let character = start.and_then(|start| std::str::from_utf8(&text[start..end]).ok());
            match character.and_then(|it| it.chars().next()) {
                Some(character) if self.has(character) => end -= character.len_utf8(),
                _ => break,
            }
        }
        text.len() - end
    }

    /// Appends `text` without the characters of the set, wherever they stand.
    pub(crate) fn remove(&self, text: &[u8], out: &mut Vec<u8>) {
        for chunk in text.utf8_chunks() {
            for character in chunk.valid().chars().filter(|it| !self.has(*it)) {
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
            }
            out.extend_from_slice(chunk.invalid());
        }
    }
}

/// The UTF-8 at the start of `text`.
fn valid_prefix(text: &[u8]) -> &str {
    text.utf8_chunks().next().map_or("", |chunk| chunk.valid())
}

impl TryFrom<String> for CharSet {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        if text.is_empty() {
            return Err(Complaint::new("the set of characters is empty")
                .help("write its characters one after the other: `\" ,;\"`"));
        }
        // What is no class as it stands (`[`, or a `\` at the end) is a list of characters.
        let class = format!("[{}]", text.replace("&&", r"\&\&").replace("~~", r"\~\~"));
        let class = match class.strip_prefix("[^") {
            Some(rest) => format!(r"[\^{rest}"),
            None => class,
        };
        let set = Regex::new(&class).or_else(|_| {
            let characters: String = text.chars().map(escaped).collect();
            Regex::new(&format!("[{characters}]"))
        });
        let set = set.map_err(|_| {
            Complaint::new(format!("`{text}` is no set of characters"))
                .help("write its characters one after the other: `\" ,;\"`")
        })?;
        let mut ascii = [false; 128];
        for (byte, is_in) in (0_u8..).zip(&mut ascii) {
            *is_in = set.is_match(char::from(byte).encode_utf8(&mut [0; 4]));
        }
        let class = set.as_str().to_owned();
        // Names of classes such as `\s` reach beyond ASCII; only what was written counts.
        let wide = text.bytes().any(|byte| !byte.is_ascii()).then_some(set);
        Ok(Self { ascii, wide, class })
    }
}

fn escaped(character: char) -> String {
    regex::escape(character.encode_utf8(&mut [0; 4]))
}

impl JsonSchema for CharSet {
    fn schema_name() -> Cow<'static, str> {
        "CharSet".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "x-type": "characters", "examples": [" ,;"] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(written: &str, inside: &str, outside: &str) {
        let set = CharSet::try_from(written.to_owned()).expect("a set");
        assert!(inside.chars().all(|it| set.has(it)), "{written} has {inside}");
        assert!(!outside.chars().any(|it| set.has(it)), "{written} has none of {outside}");
    }

    #[test]
    fn characters_escapes_and_ranges_are_read() {
        check(" ,", " ,", ";a");
        check(r"\t\]", "\t]", r"t\");
        check("a-c", "abc", "-d");
        check("<>,", "<>,", "[");
        check("&?", "&?", "a");
        check("é→", "é→", "e");
    }

    #[test]
    fn what_is_no_class_is_a_list_of_characters() {
        check("[", "[", "]");
        check("[]", "[]", "a");
        check(r"\", r"\", "/");
        check("z-a", "z-a", "m");
        check("^", "^", "a");
        check("^|", "^|", "a");
        check("&&", "&", "a");
    }

    #[test]
    fn an_empty_set_is_refused() {
        assert!(CharSet::try_from(String::new()).is_err());
    }

    #[test]
    fn trimming_and_removing_leave_the_rest() {
        let set = CharSet::try_from("<é>".to_owned()).expect("a set");
        let text = "<éaé>b<é".as_bytes();
        let (start, end) = set.trim(text);
        assert_eq!(&text[start..end], "aé>b".as_bytes());
        let mut out = Vec::new();
        set.remove(b"<a\xFF>", &mut out);
        assert_eq!(out, b"a\xFF");
        assert_eq!(set.trim(b"<<>"), (3, 3));
        assert_eq!(set.trim(b"\xC3"), (0, 1));
    }
}
