//! The accepted figures: `crates/xtask/gate.toml`.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Deserialize;

/// What stands in the file.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Ledger {
    /// What compiled the counted program.
    rustc: String,
    /// What counted.
    valgrind: String,
    #[serde(default, rename = "path")]
    entries: Vec<Entry>,
}

/// A path's figure.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Entry {
    name: String,
    /// Instructions for each event.
    #[serde(rename = "instructions-per-event")]
    pub(super) each: f64,
    /// Why it changed last.
    reason: String,
}

impl Ledger {
    /// Reads the file; an empty ledger when there is none.
    pub(super) fn read(path: &Path) -> Result<Self> {
        match fs::read_to_string(path) {
            Ok(text) => toml::from_str(&text).with_context(|| path.display().to_string()),
            Err(cause) if cause.kind() == ErrorKind::NotFound => Ok(Self::default()),
            Err(cause) => Err(cause).with_context(|| path.display().to_string()),
        }
    }

    pub(super) fn entry(&self, name: &str) -> Option<&Entry> {
        self.entries.iter().find(|it| it.name == name)
    }

    /// In which way figures of these tools are not like those in here.
    pub(super) fn differs_from(&self, rustc: &str, valgrind: &str) -> Option<String> {
        let pairs = [(&self.rustc, rustc), (&self.valgrind, valgrind)];
        let (theirs, ours) = pairs.into_iter().find(|(theirs, ours)| theirs != ours)?;
        Some(match theirs.as_str() {
            "" => "no figures were accepted yet".to_owned(),
            theirs => format!("the figures are of `{theirs}`, here is `{ours}`"),
        })
    }

    /// Takes figures in. Under other tools than before all other figures are worth nothing.
    pub(super) fn accept(
        &mut self,
        rustc: &str,
        valgrind: &str,
        counted: &[(String, f64)],
        reason: &str,
    ) {
        if self.differs_from(rustc, valgrind).is_some() {
            *self = Self { rustc: rustc.into(), valgrind: valgrind.into(), entries: Vec::new() };
        }
        for (name, each) in counted {
            let each = (each * 10.0).round() / 10.0;
            let entry = Entry { name: name.clone(), each, reason: reason.to_owned() };
            match self.entries.iter_mut().find(|it| it.name == *name) {
                // What did not change keeps its reason.
                Some(known) if known.each.total_cmp(&each).is_eq() => {}
                Some(known) => *known = entry,
                None => self.entries.push(entry),
            }
        }
    }

    /// The file's content.
    pub(super) fn text(&self) -> String {
        let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
        let mut text = format!(
            "# What an event may cost, in instructions: written by `cargo xtask gate --accept`.\n\n\
             rustc = {}\nvalgrind = {}\n",
            quoted(&self.rustc),
            quoted(&self.valgrind)
        );
        for Entry { name, each, reason } in &self.entries {
            text += &format!(
                "\n[[path]]\nname = {}\ninstructions-per-event = {each:.1}\nreason = {}\n",
                quoted(name),
                quoted(reason)
            );
        }
        text
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn what_is_written_can_be_read() {
        let mut ledger = Ledger::default();
        ledger.accept("rustc 1", "valgrind 2", &[("split".to_owned(), 12.34)], "the \"first\"");
        assert_eq!(
            toml::from_str::<Ledger>(&ledger.text()).unwrap().entries[0].reason,
            "the \"first\""
        );
        assert!(ledger.text().contains("instructions-per-event = 12.3\n"));
    }

    #[test]
    fn only_what_changed_gets_the_new_reason() {
        let mut ledger = Ledger::default();
        let both = |a, b| [("a".to_owned(), a), ("b".to_owned(), b)];
        ledger.accept("r", "v", &both(1.0, 2.0), "first");
        ledger.accept("r", "v", &both(1.0, 3.0), "second");
        assert_eq!(ledger.entry("a").unwrap().reason, "first");
        assert_eq!(ledger.entry("b").unwrap().reason, "second");
        ledger.accept("r2", "v", &both(1.0, 3.0)[..1], "other compiler");
        assert!(ledger.entry("b").is_none());
    }
}
