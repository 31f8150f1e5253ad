//! Compiles patterns; a mistake is shown at its place in the configuration.

use std::collections::BTreeMap;
use std::ops::Range;

use weir_config::{At, Diagnostic};
use weir_grok::{Definitions, ErrorKind, Family, GrokError, Pattern};

/// Compiles the patterns of one filter.
pub(super) struct Compiler<'a> {
    definitions: Definitions,
    own: &'a BTreeMap<String, At<String>>,
    /// The definitions in which every reference has a field, if that is wanted.
    all_named: Option<Definitions>,
}

impl<'a> Compiler<'a> {
    /// With the definitions of a family and those of the configuration.
    pub(super) fn new(
        family: Family,
        own: &'a BTreeMap<String, At<String>>,
        named_only: bool,
    ) -> Result<Self, Diagnostic> {
        let mut definitions = Definitions::stock(family);
        for (name, pattern) in own {
            definitions
                .add(name, pattern)
                .map_err(|wrong| Diagnostic::error(wrong.reason).at(pattern, "this definition"))?;
        }
        let all_named = (!named_only).then(|| all_named(&definitions));
        Ok(Self { definitions, own, all_named })
    }

    /// Compiles a pattern of the configuration.
    pub(super) fn compile(&self, text: &At<String>) -> Result<Pattern, Diagnostic> {
        let pattern = Pattern::compile(text, &self.definitions)
            .map_err(|wrong| self.diagnostic(text, &wrong))?;
        let Some(all_named) = &self.all_named else { return Ok(pattern) };
        Pattern::compile(&named(text), all_named).map_err(|wrong| {
            Diagnostic::error(wrong.to_string())
                .at(text, "with a field for every reference")
                .help("name the pieces that you want and drop `named-captures-only = false`")
        })
    }

    fn diagnostic(&self, text: &At<String>, wrong: &GrokError) -> Diagnostic {
        let (title, label) = match &wrong.kind {
            ErrorKind::UnknownName { name, suggestion } => (
                format!("there is no pattern `{name}`"),
                suggestion.as_ref().map(|near| format!("did you mean `{near}`?")),
            ),
            other => (other.to_string(), None),
        };
        let place = text.part(part(text, wrong.offset));
        let mut diagnostic = Diagnostic::error(title).at(place, label.unwrap_or_default());
        if let Some(definition) = &wrong.inside {
            diagnostic = match self.own.get(definition) {
                Some(own) => diagnostic.also(own, "in this definition"),
                None => diagnostic.note(format!("in the definition of `{definition}`")),
            };
        }
        if let ErrorKind::UnknownName { suggestion: None, .. } = wrong.kind {
            diagnostic = diagnostic.help("define it in `definitions`");
        }
        diagnostic
    }
}

/// What to underline: the reference that begins at the offset, or the character there.
fn part(text: &str, offset: usize) -> Range<usize> {
    let rest = text.get(offset..).unwrap_or_default();
    let len = match rest.find('}') {
        Some(end) if rest.starts_with("%{") => end + 1,
        _ => rest.chars().next().map_or(0, char::len_utf8),
    };
    if len == 0 { 0..text.len() } else { offset..offset + len }
}

/// The same definitions, but what they refer to goes into fields.
fn all_named(definitions: &Definitions) -> Definitions {
    let mut changed = definitions.clone();
    for name in definitions.names() {
        let text = definitions.text(name).unwrap_or_default();
        // Names and texts that were taken once are taken again, unless they grew out of bounds;
        // then the old one stays, whose pieces have no names.
        let _unchanged = changed.add(name, &named(text));
    }
    changed
}

/// `%{NAME}` made `%{NAME:NAME}`, and `%{NAME=…}` made `%{NAME:NAME=…}`.
fn named(text: &str) -> String {
    let mut changed = String::with_capacity(text.len() * 2);
    let mut rest = text;
    while let Some(start) = rest.find("%{") {
        let (before, reference) = rest.split_at(start + 2);
        changed.push_str(before);
        rest = reference;
        let backslashes = before[..start].bytes().rev().take_while(|byte| *byte == b'\\').count();
        let end = reference.find(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '-');
        let Some(end) = end.filter(|end| *end > 0 && backslashes % 2 == 0) else { continue };
        changed.push_str(&reference[..end]);
        if reference[end..].starts_with(['}', '=']) {
            changed.push(':');
            changed.push_str(&reference[..end]);
        }
        rest = &reference[end..];
    }
    changed.push_str(rest);
    changed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_get_their_own_names() {
        for (text, wanted) in [
            ("a %{IP} b %{INT:n} c", "a %{IP:IP} b %{INT:n} c"),
            (r"%{FIZZLE=\d+}", r"%{FIZZLE:FIZZLE=\d+}"),
            (r"\%{IP} \\%{IP}", r"\%{IP} \\%{IP:IP}"),
            ("%{} %{", "%{} %{"),
        ] {
            assert_eq!(named(text), wanted);
        }
    }

    #[test]
    fn the_wrong_reference_is_underlined() {
        assert_eq!(part("a %{WROD:x} b", 2), 2..11);
        assert_eq!(part("a (b", 2), 2..3);
        assert_eq!(part("ab", 2), 0..2);
        assert_eq!(part("ab", 9), 0..2);
    }
}
