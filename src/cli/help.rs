//! `weir list`, `weir help`, `weir schema`: what the catalogue says.

use serde_json::Value;
use weir_component::spec::PresetSpec;
use weir_config::{
    CommonSetting, ComponentSchema, SettingRow, did_you_mean, pipeline_schema, settings_of,
};
use weir_pipeline::common_settings;

use super::{Exit, say};
use crate::catalog::CATALOGUE;

/// Every component as its schema, in the order of the manual.
fn components() -> Vec<ComponentSchema> {
    let inputs = CATALOGUE.inputs.iter().map(|spec| ("input", spec.name, spec.schema));
    let filters = CATALOGUE.filters.iter().map(|spec| ("filter", spec.name, spec.schema));
    let outputs = CATALOGUE.outputs.iter().map(|spec| ("output", spec.name, spec.schema));
    inputs
        .chain(filters)
        .chain(outputs)
        .map(|(kind, name, schema)| {
            let schema = schema();
            let (kind, name) = (kind.to_owned(), name.to_owned());
            ComponentSchema { summary: summary(&manual(&schema)), kind, name, schema }
        })
        .collect()
}

fn manual(schema: &schemars::Schema) -> String {
    schema.get("description").and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// The first sentence of a manual page.
fn summary(manual: &str) -> String {
    manual.lines().next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// Prints the catalogue.
pub(super) fn list() -> Exit {
    let mut text = String::new();
    let mut last = String::new();
    for component in components() {
        if component.kind != last {
            let gap = if last.is_empty() { "" } else { "\n" };
            text += &format!("{gap}{}s\n", component.kind);
            last.clone_from(&component.kind);
        }
        text += &format!("  {:<15} {}\n", component.name, component.summary);
    }
    text += "\npresets\n";
    let width = CATALOGUE.presets.iter().map(|preset| preset.name.len()).fold(15, usize::max);
    for preset in CATALOGUE.presets {
        text += &format!("  {:<width$} {}\n", preset.name, about(preset));
    }
    say(&text)
}

/// What a preset is for: the first sentence of the comment that its file begins with.
fn about(preset: &PresetSpec) -> String {
    let comment = preset.pipeline.lines().map_while(|line| line.strip_prefix('#'));
    let words: Vec<&str> = comment.map(str::trim).collect();
    words.join(" ").split(". ").next().unwrap_or_default().trim_end_matches('.').to_owned()
}

/// A preset's page: what it says about itself, and the pipeline it is.
fn preset_page(preset: &PresetSpec) -> String {
    format!("{}\n## Pipeline\n\n```toml\n{}```\n", preset.page, preset.pipeline)
}

/// Prints the manual page of a component or a preset.
pub(super) fn page(name: &str) -> Exit {
    if let Some(preset) = CATALOGUE.presets.iter().find(|preset| preset.name == name) {
        return say(&preset_page(preset));
    }
    let components = components();
    let of_name: Vec<_> = components.iter().filter(|it| name == "all" || it.name == name).collect();
    if of_name.is_empty() {
        let names = components.iter().map(|it| it.name.as_str());
        let presets = CATALOGUE.presets.iter().map(|preset| preset.name);
        let names: Vec<&str> = names.chain(presets).collect();
        let hint = did_you_mean(name, &names).map(|meant| format!("; did you mean `{meant}`?"));
        eprintln!("error: there is no component or preset `{name}`{}", hint.unwrap_or_default());
        eprintln!("help: `weir list` shows all of them");
        return Exit::Misconfigured;
    }
    let pages: Vec<String> = of_name.into_iter().map(render).collect();
    say(&pages.join("\n---\n\n"))
}

/// A component's manual page in Markdown.
#[must_use]
pub(crate) fn render(component: &ComponentSchema) -> String {
    let mut text =
        format!("# {} `{}`\n\n{}\n", component.kind, component.name, manual(&component.schema));
    text += "\n## Settings\n\n";
    for row in settings_of(&component.schema) {
        text += &setting(&row);
    }
    let common = common_settings();
    let mut of_kind = common.iter().filter(|it| it.kinds.contains(&component.kind)).peekable();
    if of_kind.peek().is_some() {
        text += &format!("\nEvery {} also has:\n\n", component.kind);
        for common in of_kind {
            let doc = manual(&common.schema);
            text += &format!("* `{}`: {}\n", common.name, doc.replace('\n', " "));
        }
    }
    text
}

fn setting(row: &SettingRow) -> String {
    let default = match (&row.default, row.required) {
        (_, true) => ", required".to_owned(),
        (Some(default), false) => format!(", default `{default}`"),
        (None, false) => String::new(),
    };
    format!("* `{}` ({}{default}): {}\n", row.name, row.type_text, row.doc.replace('\n', " "))
}

/// Prints the JSON Schema of pipeline files.
pub(super) fn schema() -> Exit {
    let common: Vec<CommonSetting> = common_settings();
    let presets: Vec<&str> = CATALOGUE.presets.iter().map(|preset| preset.name).collect();
    let other = weir_pipeline::other_sections();
    let schema = pipeline_schema(&components(), &common, &other, &presets);
    say(&serde_json::to_string_pretty(&schema).unwrap_or_default())
}

/// The manual page of every component: its kind, its name and its text.
#[must_use]
pub fn manual_pages() -> Vec<(String, String, String)> {
    let render = |it: ComponentSchema| (it.kind.clone(), it.name.clone(), render(&it));
    components().into_iter().map(render).collect()
}
