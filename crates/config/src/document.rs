//! A pipeline file as a tree with positions.

use std::collections::BTreeSet;

use toml::de::DeTable;

use crate::at::Span;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::expand::Surroundings;
use crate::node::{Node, NodeId, plant};
use crate::source::SourceFile;
use crate::syntax;
use crate::table::Table;

/// A configuration file has at most this many bytes. The largest pipelines known to us are
/// below 200 KiB; a log file given by mistake is not parsed.
const FILE_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A parsed file: what [`Table`]s are taken from.
#[derive(Debug)]
pub struct Document {
    source: SourceFile,
    surroundings: Surroundings,
    root: Node,
    has_references: bool,
}

impl Document {
    /// Parses TOML. Only mistakes of syntax are found here; those in settings are found when
    /// they are read. `surroundings` answers `${NAME}` and `file:` at that time.
    pub fn parse(source: SourceFile, surroundings: Surroundings) -> Result<Self, Diagnostics> {
        let text = source.text();
        if text.len() > FILE_BYTES_MAX {
            let title = "a configuration file has at most 4 MiB";
            let note = format!("this one has {} bytes", text.len());
            return Err(Diagnostic::error(title).note(note).in_file(&source).into());
        }
        let (table, errors) = DeTable::parse_recoverable(text);
        if !errors.is_empty() {
            let diagnostics = syntax::explain(text, &errors).into_iter();
            return Err(diagnostics.map(|diagnostic| diagnostic.in_file(&source)).collect());
        }
        let root = plant(text, table.get_ref());
        let has_references = text.contains("${");
        drop(table);
        match root {
            Ok(root) => Ok(Self { source, surroundings, root, has_references }),
            Err(diagnostic) => Err(diagnostic.in_file(&source).into()),
        }
    }

    /// The file it was parsed from.
    #[must_use]
    pub fn source(&self) -> &SourceFile {
        &self.source
    }

    /// The file itself as a table, for settings at the top level.
    #[must_use]
    pub fn root(&self) -> Table<'_> {
        Table::root(self, &self.root)
    }

    /// The tables under `[[name]]` in the order of the file; none if there is no such table.
    /// Anything else under that name (`[name]`, `name = 5`) is a mistake.
    pub fn tables(&self, name: &str) -> Result<Vec<Table<'_>>, Diagnostics> {
        self.root().take_tables(name)
    }

    /// The table under `[name]`, if there is one.
    pub fn table(&self, name: &str) -> Result<Option<Table<'_>>, Diagnostics> {
        self.root().take_table(name)
    }

    /// One diagnostic for each name at the top level that is not among `known`.
    #[must_use]
    pub fn unknown_names(&self, known: &[&str]) -> Diagnostics {
        self.root().unknown_keys(known)
    }

    /// A copy in which the tables under `[[name]]` that `is_for` chooses also have the settings of
    /// `defaults`, but for those they set themselves. Mistakes in what comes from there are shown
    /// at `place`: the operator has written no more than that.
    #[must_use]
    pub fn completed(
        &self,
        name: &str,
        defaults: &Table<'_>,
        place: Span,
        is_for: impl Fn(&Table<'_>) -> bool,
    ) -> Self {
        let mut root = self.root.clone();
        let mut next = root.highest_id() + 1;
        let tables = self.tables(name).unwrap_or_default();
        let chosen = tables.iter().filter(|table| is_for(table)).map(Table::id);
        let chosen: BTreeSet<NodeId> = chosen.collect();
        for node in root.tables_below(name).filter(|node| chosen.contains(&node.id)) {
            node.complete(defaults.rest(), place, &mut next);
        }
        let has_references = self.has_references || defaults.document().has_references;
        let (source, surroundings) = (self.source.clone(), self.surroundings.clone());
        Self { source, surroundings, root, has_references }
    }

    /// Whether any text may refer to a variable; most files have none, and most tables are long.
    pub(crate) fn has_references(&self) -> bool {
        self.has_references
    }

    pub(crate) fn surroundings(&self) -> &Surroundings {
        &self.surroundings
    }
}

#[cfg(test)]
mod tests;
