//! The library of named patterns: the stock files and the user's own, later ones winning.
//!
//! Definitions are kept as text. They are parsed where they are used, because flags, case and
//! captures depend on the place.

use std::collections::HashMap;
use std::sync::Arc;

use crate::error::DefinitionError;
use crate::stock;
use crate::tokens::Token;

/// The longest name or pattern of a definition, in bytes.
const MAX_DEFINITION: usize = 64 * 1024;

/// The two stock pattern families.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// Fields of the Elastic Common Schema, version 1 (`[source][address]`).
    EcsV1,
    /// The flat names of old (`clientip`).
    Legacy,
}

#[derive(Debug, Clone)]
pub(crate) struct Definition {
    pub(crate) text: Arc<str>,
    /// The built-in matcher that does exactly what the text says; gone once a user overrides it.
    pub(crate) token: Option<Token>,
}

/// Named patterns. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Definitions {
    by_name: Arc<HashMap<Arc<str>, Definition>>,
}

impl Definitions {
    /// No definitions at all.
    #[must_use]
    pub fn empty() -> Self {
        Self::default()
    }

    /// The stock library of one family.
    #[must_use]
    pub fn stock(family: Family) -> Self {
        let files = match family {
            Family::EcsV1 => stock::ECS_V1,
            Family::Legacy => stock::LEGACY,
        };
        let mut by_name = HashMap::new();
        for (_, text) in files {
            for (name, pattern) in text.lines().filter_map(split_line) {
                let token = Token::of_stock(name);
                by_name.insert(Arc::from(name), Definition { text: Arc::from(pattern), token });
            }
        }
        Self { by_name: Arc::new(by_name) }
    }

    /// Adds one definition; a name that exists is replaced.
    pub fn add(&mut self, name: &str, pattern: &str) -> Result<(), DefinitionError> {
        let wrong = |reason: String| DefinitionError { line: 1, reason };
        let named_well = name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-');
        if name.is_empty() || !named_well {
            return Err(wrong(format!(
                "`{name}` is not a pattern name: use letters, digits, `_` and `-`"
            )));
        }
        if pattern.is_empty() {
            return Err(wrong(format!("`{name}` has no pattern")));
        }
        if name.len() + pattern.len() > MAX_DEFINITION {
            return Err(wrong(format!("`{name}` is longer than {MAX_DEFINITION} bytes")));
        }
        let definition = Definition { text: Arc::from(pattern), token: None };
        let by_name = Arc::make_mut(&mut self.by_name);
        by_name.insert(Arc::from(name), definition);
        for known in by_name.values_mut() {
            known.token = known.token.filter(|token| !token.parts().contains(&name));
        }
        Ok(())
    }

    /// Adds the lines `NAME pattern` of a pattern file; empty lines and `#` comments are skipped.
    pub fn add_file_text(&mut self, text: &str) -> Result<(), DefinitionError> {
        for (index, line) in text.lines().enumerate() {
            if is_comment(line) {
                continue;
            }
            let line_number = index + 1;
            let (name, pattern) = split_line(line).ok_or_else(|| DefinitionError {
                line: line_number,
                reason: format!("`{}` has a name but no pattern", line.trim()),
            })?;
            self.add(name, pattern)
                .map_err(|error| DefinitionError { line: line_number, ..error })?;
        }
        Ok(())
    }

    /// The names there are, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self.by_name.keys().map(AsRef::as_ref).collect();
        names.sort_unstable();
        names
    }

    /// The text behind a name.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.by_name.get(name).map(|definition| definition.text.as_ref())
    }

    pub(crate) fn get(&self, name: &str) -> Option<&Definition> {
        self.by_name.get(name)
    }

    /// The existing name most like `name`, if any is like it.
    pub(crate) fn nearest(&self, name: &str) -> Option<String> {
        let wanted = name.to_ascii_uppercase();
        self.names()
            .into_iter()
            .map(|known| (strsim::damerau_levenshtein(&wanted, known), known))
            .min()
            .filter(|(distance, known)| *distance <= (known.len() / 3).max(1))
            .map(|(_, known)| known.to_owned())
    }
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

fn split_line(line: &str) -> Option<(&str, &str)> {
    if is_comment(line) {
        return None;
    }
    let line = line.trim_start();
    let space = line.find([' ', '\t'])?;
    let pattern = line[space..].trim_start_matches([' ', '\t']);
    (!pattern.is_empty()).then_some((&line[..space], pattern))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]
    use super::*;

    #[test]
    fn both_families_have_the_base_vocabulary() {
        for family in [Family::EcsV1, Family::Legacy] {
            let definitions = Definitions::stock(family);
            for name in ["INT", "COMBINEDAPACHELOG", "SYSLOGLINE", "HTTPDATE"] {
                assert!(definitions.text(name).is_some(), "{name}");
            }
        }
        assert!(Definitions::stock(Family::EcsV1).text("ZEEK_CONN").is_some());
        assert!(Definitions::stock(Family::Legacy).text("ZEEK_CONN").is_none());
    }

    #[test]
    fn later_lines_override_earlier_ones_and_comments_are_skipped() {
        let mut definitions = Definitions::empty();
        definitions.add_file_text("# x\n\nA one\n  B\ttwo words \nA three\n").unwrap();
        assert_eq!(definitions.text("A"), Some("three"));
        assert_eq!(definitions.text("B"), Some("two words "));
    }

    #[test]
    fn a_line_without_a_pattern_names_its_number() {
        let error = Definitions::empty().add_file_text("A x\nLONELY\n").unwrap_err();
        assert_eq!(error.to_string(), "line 2: `LONELY` has a name but no pattern");
    }

    #[test]
    fn a_clone_does_not_see_later_additions() {
        let mut definitions = Definitions::stock(Family::EcsV1);
        let before = definitions.clone();
        definitions.add("INT", "x").unwrap();
        assert_ne!(before.text("INT"), definitions.text("INT"));
    }
}
