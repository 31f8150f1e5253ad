//! Presets: pipelines that others use by their name, for their filters and their input.

use weir_config::{At, Diagnostic, Diagnostics, Document, SourceFile, Table, did_you_mean};

use crate::spec::Catalogue;

/// A preset that a table names.
pub struct Preset {
    name: At<String>,
    document: Document,
}

impl Preset {
    /// Reads `preset` from a table and takes it away; `None` if it is not set.
    pub fn take(table: &mut Table<'_>, catalogue: Catalogue) -> Result<Option<Self>, Diagnostics> {
        let Some(name) = table.take_str("preset")? else { return Ok(None) };
        let Some(spec) = catalogue.presets.iter().find(|spec| spec.name == *name) else {
            let known: Vec<&str> = catalogue.presets.iter().map(|spec| spec.name).collect();
            let label = match did_you_mean(&name, &known) {
                Some(meant) => format!("did you mean `{meant}`?"),
                None => String::new(),
            };
            let unknown = Diagnostic::error(format!("there is no preset `{}`", *name))
                .at(&name, label)
                .help("`weir list` shows every preset");
            return Err(table.locate(unknown).into());
        };
        let source = SourceFile::new(format!("preset {}", spec.name), spec.pipeline);
        Ok(Some(Self { name, document: table.beside(source)? }))
    }

    /// Its name, where the table has it.
    #[must_use]
    pub fn name(&self) -> &At<String> {
        &self.name
    }

    /// Its pipeline file.
    #[must_use]
    pub fn document(&self) -> &Document {
        &self.document
    }
}
