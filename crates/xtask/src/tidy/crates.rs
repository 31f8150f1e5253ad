//! Which crate may use which: the table in `ARCHITECTURE.md`, compared with `cargo metadata`.
//!
//! Dev-dependencies are free; what ships is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use anyhow::{Context, Result};
use serde_json::Value;

use super::Finding;
use crate::workspace::{cargo, output_of, root};

const DOCUMENT: &str = "ARCHITECTURE.md";
const BEGIN: &str = "<!-- crates:begin -->";
const END: &str = "<!-- crates:end -->";

/// Crates by name; those of ours that each uses.
type Uses = BTreeMap<String, BTreeSet<String>>;

/// A row of the table.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Row {
    line: usize,
    name: String,
    may_use: BTreeSet<String>,
}

pub(super) fn findings() -> Result<Vec<Finding>> {
    let Ok(text) = fs::read_to_string(root().join(DOCUMENT)) else {
        let message =
            format!("is missing; its table between `{BEGIN}` and `{END}` rules the crates");
        return Ok(vec![Finding::new(DOCUMENT, 1, message)]);
    };
    let metadata = cargo(&["metadata", "--no-deps", "--format-version", "1"]);
    Ok(compare(&text, &uses(&output_of(&mut { metadata })?)?))
}

/// What our packages use, without tests.
fn uses(metadata: &str) -> Result<Uses> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages = metadata["packages"].as_array().context("cargo names no packages")?;
    let mut uses = Uses::new();
    for package in packages {
        let dependencies = package["dependencies"].as_array().into_iter().flatten();
        let ours = dependencies
            .filter(|it| it["kind"] != "dev" && it["path"].is_string())
            .filter_map(|it| it["name"].as_str().map(short));
        let name = short(package["name"].as_str().context("a package has a name")?);
        uses.insert(name, ours.collect());
    }
    Ok(uses)
}

fn short(name: &str) -> String {
    name.strip_prefix("weir-").unwrap_or(name).to_owned()
}

fn compare(document: &str, uses: &Uses) -> Vec<Finding> {
    let Some(rows) = rows(document) else {
        let message = format!("there is no table between `{BEGIN}` and `{END}`");
        return vec![Finding::new(DOCUMENT, 1, message)];
    };
    let mut found = Vec::new();
    let every: BTreeSet<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    for row in &rows {
        let Some(used) = uses.get(&row.name) else {
            let message = format!("there is no crate `{}`", row.name);
            found.push(Finding::new(DOCUMENT, row.line, message));
            continue;
        };
        let may_use_all = row.may_use.contains("everything");
        for other in used.iter().filter(|it| !may_use_all && !row.may_use.contains(*it)) {
            let message = format!("`{}` uses `{other}`, which the table does not allow", row.name);
            found.push(Finding::new(DOCUMENT, row.line, message));
        }
        let unknown = |it: &&String| *it != "everything" && !uses.contains_key(*it);
        for other in row.may_use.iter().filter(unknown) {
            let message = format!("`{}` may use `{other}`, but there is no such crate", row.name);
            found.push(Finding::new(DOCUMENT, row.line, message));
        }
    }
    for name in uses.keys().filter(|name| !every.contains(name.as_str())) {
        found.push(Finding::new(DOCUMENT, 1, format!("the table has no row for `{name}`")));
    }
    found
}

/// The rows `` | `name` | one line | a, b | ``; nothing when the marks are missing.
fn rows(document: &str) -> Option<Vec<Row>> {
    let lines: Vec<&str> = document.lines().map(str::trim).collect();
    let begin = lines.iter().position(|line| *line == BEGIN)?;
    let end = lines.iter().position(|line| *line == END).filter(|end| *end > begin)?;
    let rows = (begin + 1..end).filter_map(|i| {
        let mut cells = lines[i].strip_prefix('|')?.split('|').map(str::trim);
        let name = cells.next()?.strip_prefix('`')?.split('`').next()?.to_owned();
        let may_use = cells.nth(1)?.split(',').map(|it| it.trim().trim_matches('`'));
        let may_use = may_use.filter(|it| !["", "-", "–", "—", "nothing"].contains(it));
        Some(Row { line: i + 1, name, may_use: may_use.map(str::to_owned).collect() })
    });
    Some(rows.collect())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    const METADATA: &str = r#"{"packages": [
        {"name": "weir-event", "dependencies": [{"name": "serde", "kind": null, "path": null}]},
        {"name": "weir-codec", "dependencies": [
            {"name": "weir-event", "kind": null, "path": "/e"},
            {"name": "weir-testkit", "kind": "dev", "path": "/t"}]},
        {"name": "weir", "dependencies": [{"name": "weir-codec", "kind": null, "path": "/c"}]}
    ]}"#;

    #[track_caller]
    fn check(table: &str, wanted: &[&str]) {
        let document =
            format!("# A\n{BEGIN}\n| crate | one line | may use |\n|---|---|---|\n{table}{END}\n");
        let found = compare(&document, &uses(METADATA).unwrap());
        let found: Vec<String> = found.iter().map(ToString::to_string).collect();
        assert_eq!(found, wanted);
    }

    #[test]
    fn a_table_that_allows_what_is_used_is_fine() {
        check(
            "| `event` | records | nothing |\n| `codec` | bytes | event |\n| `weir` | all | everything |\n",
            &[],
        );
    }

    #[test]
    fn a_use_that_is_not_allowed_is_found_at_its_row() {
        check(
            "| `event` | records | |\n| `codec` | bytes | — |\n| `weir` | all | `codec`, event |\n",
            &["ARCHITECTURE.md:6: `codec` uses `event`, which the table does not allow"],
        );
    }

    #[test]
    fn crates_and_rows_come_in_pairs() {
        check(
            "| `event` | records | |\n| `code` | bytes | event |\n| `weir` | all | codec |\n",
            &[
                "ARCHITECTURE.md:6: there is no crate `code`",
                "ARCHITECTURE.md:1: the table has no row for `codec`",
            ],
        );
    }

    #[test]
    fn a_document_without_marks_is_found() {
        assert_eq!(compare("# A\n", &Uses::new()).len(), 1);
    }
}
