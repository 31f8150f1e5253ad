//! The ready-made pipelines: their tests hold, and what comes out of them are fields that dashboards
//! and searches know.
//!
//! A field is one of the Elastic Common Schema, of its type; or one of the product's own; or a
//! label. The list of the schema is read where the collection of cases is; without it the fields
//! are not looked at, except under `CI`, where that fails.

use std::collections::HashMap;
use std::fs;
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail, ensure};
use jiff::Timestamp;
use libtest_mimic::Trial;
use serde_json::Value;

use crate::kit::{Folder, Weir, file_input, file_output, trial, weir};

/// Pipelines for programs whose fields are their own.
const OF_ANY_PROGRAM: [&str; 1] = ["json-app"];

pub(crate) fn trials() -> Vec<Trial> {
    let collection = std::env::var_os("WEIR_DATA")
        .map_or_else(|| root().join("../shared/data"), PathBuf::from)
        .join("ecs");
    let is_missing = !collection.join("fields.csv").is_file();
    let may_be_missing = std::env::var_os("CI").is_none();
    let mut trials = Vec::new();
    for folder in folders() {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let of = folder.clone();
        trials.push(trial(&format!("pipelines/{name}_does_what_it_says"), move || holds(&of)));
        let of = folder.clone();
        trials.push(trial(&format!("pipelines/{name}_is_a_preset"), move || is_a_preset(&of)));
        if !OF_ANY_PROGRAM.contains(&name.as_str()) {
            let collection = collection.clone();
            let title = format!("pipelines/{name}_has_fields_of_the_schema");
            let title = if is_missing { title + " (the schema is not here)" } else { title };
            let trial = trial(&title, move || Schema::read(&collection)?.judge(&folder));
            trials.push(trial.with_ignored_flag(is_missing && may_be_missing));
        }
    }
    trials
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folders below `pipelines`, in order.
fn folders() -> Vec<PathBuf> {
    let entries = fs::read_dir(root().join("pipelines")).into_iter().flatten().flatten();
    let folders = entries.map(|entry| entry.path());
    let mut folders: Vec<PathBuf> =
        folders.filter(|it| it.join("pipeline.toml").is_file()).collect();
    folders.sort();
    folders
}

/// Its tables of tests, and its sample.
fn holds(folder: &Path) -> Result<()> {
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let tested = weir(["test".as_ref(), folder.join("pipeline.toml").as_os_str()])?;
    ensure!(tested.code == Some(0), "{tested}");
    let sample = format!("ok    {name}: sample.log\n");
    ensure!(tested.out.contains(&sample), "there is no sample beside it:\n{tested}");
    ensure!(tested.out.matches("\nok    ").count() > 0, "it has no test of its own:\n{tested}");
    Ok(())
}

/// Read from a file by its name, its sample becomes the same as by `weir test`.
fn is_a_preset(pipeline: &Path) -> Result<()> {
    let name = pipeline.file_name().unwrap_or_default().to_string_lossy();
    let folder = Folder::new()?;
    let input = file_input(&pipeline.join("sample.log")) + "add-origin = false\n";
    let output = file_output(&folder.path("out.json"), "json");
    let text = format!("preset = \"{name}\"\n{input}{output}");
    Weir::once(&folder.write("p.toml", text)?)?.with(0)?;
    let wanted = fs::read_to_string(pipeline.join("expected.ndjson"))?;
    let given = folder.text("out.json");
    ensure!(given.lines().count() == wanted.lines().count(), "other events:\n{given}");
    for (given, wanted) in given.lines().zip(wanted.lines()) {
        // Messages begin with the filter's name, and that with the preset's.
        let given = given.replace(&format!("\"message\":\"{name}/"), "\"message\":\"");
        let mut given: Value = serde_json::from_str(&given)?;
        let wanted: Value = serde_json::from_str(wanted)?;
        if let (None, Some(members)) = (wanted.get("@timestamp"), given.as_object_mut()) {
            members.remove("@timestamp");
        }
        ensure!(given == wanted, "expected\n{wanted}\ngot\n{given}");
    }
    Ok(())
}

/// The schema as the collection has it.
struct Schema {
    /// The type of each field, and whether it is a list.
    fields: HashMap<String, (String, bool)>,
    /// The values that some fields are limited to.
    allowed: Value,
}

impl Schema {
    fn read(collection: &Path) -> Result<Self> {
        let rows = fs::read_to_string(collection.join("fields.csv"))?;
        let allowed = fs::read_to_string(collection.join("allowed_values.json"))?;
        // Descriptions go over several lines; only the first begins with these columns.
        let fields = rows.lines().filter_map(|row| {
            let columns: Vec<&str> = row.splitn(8, ',').collect();
            let [_, "true" | "false", _, field, kind, _, normal, _] = columns[..] else {
                return None;
            };
            Some((field.to_owned(), (kind.to_owned(), normal == "array")))
        });
        let allowed: Value = serde_json::from_str(&allowed)?;
        Ok(Self { fields: fields.collect(), allowed: allowed["fields"].clone() })
    }

    /// Looks at every field of the documents that a pipeline is expected to make.
    fn judge(&self, folder: &Path) -> Result<()> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let product = name.split('.').next().unwrap_or_default();
        let mut wrong = Vec::new();
        let expected = fs::read_to_string(folder.join("expected.ndjson"))?;
        for (i, line) in expected.lines().enumerate() {
            let document: Value = serde_json::from_str(line)?;
            let mut note = |field: &str, why: anyhow::Error| {
                wrong.push(format!("line {}: `{field}` {why}", i + 1));
            };
            self.walk("", &document, product, &mut note);
            if document["event"]["dataset"] != *name {
                wrong.push(format!("line {}: `event.dataset` is not `{name}`", i + 1));
            }
        }
        ensure!(wrong.is_empty(), "{}", wrong.join("\n"));
        Ok(())
    }

    fn walk(
        &self,
        name: &str,
        value: &Value,
        product: &str,
        note: &mut impl FnMut(&str, anyhow::Error),
    ) {
        let known = self.fields.get(name);
        let is_within =
            |space: &str| name.strip_prefix(space).is_some_and(|it| it.starts_with('.'));
        match (known, value) {
            // A label is what its writer wants, but no structure.
            _ if is_within("labels") => {
                if value.is_object() || value.is_array() {
                    note(name, anyhow::anyhow!("is a label and no single value"));
                }
            }
            _ if is_within(product) => {}
            (Some((kind, is_list)), value) if name != "labels" => {
                if let Err(why) = self.fits(name, kind, *is_list, value) {
                    note(name, why);
                }
            }
            (_, Value::Object(members)) => {
                for (member, value) in members {
                    let inner =
                        if name.is_empty() { member.clone() } else { format!("{name}.{member}") };
                    self.walk(&inner, value, product, note);
                }
            }
            _ => note(name, anyhow::anyhow!("is no field of the schema and not below `{product}`")),
        }
    }

    fn fits(&self, name: &str, kind: &str, is_list: bool, value: &Value) -> Result<()> {
        match value {
            Value::Array(items) if is_list || kind == "nested" => {
                items.iter().try_for_each(|item| self.fits(name, kind, false, item))
            }
            Value::Array(_) => bail!("is a list"),
            _ if is_list => bail!("is no list"),
            value => {
                is_of(kind, value)?;
                let Some(allowed) = self.allowed[name]["allowed"].as_array() else { return Ok(()) };
                ensure!(allowed.contains(value), "has the value {value}, which is not allowed");
                Ok(())
            }
        }
    }
}

/// Holds when a search server with the schema's mapping would take the value as it is meant.
fn is_of(kind: &str, value: &Value) -> Result<()> {
    let text = || value.as_str().with_context(|| format!("is {value}, not a text"));
    let fits = match kind {
        "keyword" | "match_only_text" | "wildcard" | "constant_keyword" => text().is_ok(),
        "ip" => text()?.parse::<IpAddr>().is_ok(),
        "date" => text()?.parse::<Timestamp>().is_ok(),
        "long" | "integer" => value.is_i64() || value.is_u64(),
        "float" | "double" | "scaled_float" => value.is_number(),
        "boolean" => value.is_boolean(),
        "geo_point" | "object" | "flattened" | "nested" => value.is_object(),
        other => bail!("has a type that nobody here knows: `{other}`"),
    };
    ensure!(fits, "is {value}, not of the type `{kind}`");
    Ok(())
}
