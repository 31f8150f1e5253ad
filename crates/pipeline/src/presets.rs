//! The preset that a pipeline's inputs name: its filters come before the pipeline's own, and its
//! input completes theirs.
//!
//! Presets in `[[filter]]` are `weir_component::Workshop`'s business.

use weir_component::Preset;
use weir_component::spec::Catalogue;
use weir_config::{Diagnostic, Diagnostics, Document, Span, Table};

/// The preset named at the top level of the file, or by its inputs; they can only name the same.
pub(crate) fn preset_of(
    document: &Document,
    catalogue: Catalogue,
) -> Result<Option<Preset>, Diagnostics> {
    let mut mistakes = Diagnostics::new();
    let mut found = mistakes.take(Preset::take(&mut document.root(), catalogue)).flatten();
    let is_for_all = found.is_some();
    let mut others = Vec::new();
    // What is wrong with the tables themselves is reported when they are read.
    for mut table in document.tables("input").unwrap_or_default() {
        let named = mistakes.take(Preset::take(&mut table, catalogue));
        match (named, &found) {
            (Some(Some(preset)), None) => found = Some(preset),
            (Some(Some(preset)), Some(first)) if *preset.name() != *first.name() => {
                mistakes.push(two_presets(&table, first, &preset));
            }
            (Some(None), _) => others.push(table),
            _ => {}
        }
    }
    if let (Some(preset), Some(other), false) = (&found, others.first(), is_for_all) {
        mistakes.push(not_for_all(other, preset));
    }
    mistakes.or_ok(found)
}

fn two_presets(table: &Table<'_>, first: &Preset, second: &Preset) -> Diagnostic {
    let title = "a pipeline's inputs cannot have different presets";
    table.locate(
        Diagnostic::error(title)
            .at(second.name(), "this one")
            .also(first.name(), "and this one")
            .note("the filters of a preset are for the events of all inputs")
            .help("write one pipeline for each; `weir run DIR` runs all that are in a folder"),
    )
}

fn not_for_all(table: &Table<'_>, preset: &Preset) -> Diagnostic {
    let name = preset.name();
    let title = format!("this input has no preset, but another one has `{}`", **name);
    table.locate(
        Diagnostic::error(title)
            .at(table.span(), "this input")
            .also(name, "the preset")
            .note("the filters of a preset are for the events of all inputs")
            .help(format!("write `preset = \"{}\"` here too, or a pipeline for each", **name)),
    )
}

/// The document with what the preset's input adds to inputs of its type, or of none.
pub(crate) fn completed(document: &Document, preset: &Preset, input: &Table<'_>) -> Document {
    let kind_of = |table: &Table<'_>| table.clone().take_str("type").ok().flatten();
    let kind = kind_of(input);
    let place = preset.name().span().unwrap_or(Span::new(0, 0));
    document.completed("input", input, place, |table| {
        kind_of(table).is_none_or(|own| Some(own) == kind)
    })
}
