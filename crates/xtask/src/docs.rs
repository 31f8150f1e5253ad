//! `cargo xtask docs`: the manual pages and the JSON Schema as files, for readers and editors.
//!
//! The text comes from the built `weir`, which has it from the components' doc comments. Nothing is
//! worded here.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};

use crate::workspace::{Profile, build_weir, output_of, root};

const FOLDER: &str = "docs/reference";
const KINDS: [&str; 3] = ["input", "filter", "output"];

/// Writes the pages, or only compares them.
pub(crate) fn run(check_only: bool) -> Result<()> {
    let weir = build_weir(Profile::Debug)?;
    if check_only {
        return check(&weir);
    }
    let wanted = pages(&weir)?;
    let stale = differences(&wanted)?;
    for path in &stale {
        let full = root().join(path);
        match wanted.get(path) {
            Some(text) => {
                fs::create_dir_all(full.parent().context("a page is in a folder")?)?;
                fs::write(&full, text)?;
            }
            None => fs::remove_file(&full)?,
        }
    }
    println!("{} pages in {FOLDER}, {} of them changed", wanted.len(), stale.len());
    Ok(())
}

/// Fails when a page is not what this program would write.
pub(crate) fn check(weir: &Path) -> Result<()> {
    let wanted = pages(weir)?;
    let stale = differences(&wanted)?;
    for path in &stale {
        println!("{}:1: differs from what the components say", path.display());
    }
    ensure!(stale.is_empty(), "mend it by `cargo xtask docs`");
    println!("{} pages are as the components say", wanted.len());
    Ok(())
}

/// Every file that belongs into the folder.
fn pages(weir: &Path) -> Result<BTreeMap<PathBuf, String>> {
    let manual = output_of(Command::new(weir).args(["help", "all"]))?;
    let mut pages = split(&manual)?;
    let schema = output_of(Command::new(weir).arg("schema"))?;
    pages.insert(Path::new(FOLDER).join("schema.json"), schema);
    Ok(pages)
}

/// Takes the manual apart: each page begins with a heading such as `` # filter `grok` ``.
fn split(manual: &str) -> Result<BTreeMap<PathBuf, String>> {
    let mut pages = BTreeMap::new();
    let mut page: Option<(PathBuf, String)> = None;
    for line in manual.lines() {
        if let Some(path) = heading(line) {
            pages.extend(page.replace((path, String::new())));
        }
        let Some((_, text)) = &mut page else { bail!("the manual begins with `{line}`") };
        *text += line;
        text.push('\n');
    }
    pages.extend(page);
    for text in pages.values_mut() {
        let bare = text.trim_end().trim_end_matches("\n---").trim_end().len();
        text.truncate(bare);
        text.push('\n');
    }
    ensure!(!pages.is_empty(), "the manual is empty");
    Ok(pages)
}

fn heading(line: &str) -> Option<PathBuf> {
    let (kind, name) = line.strip_prefix("# ")?.split_once(' ')?;
    let name = name.strip_prefix('`')?.strip_suffix('`')?;
    KINDS.contains(&kind).then(|| Path::new(FOLDER).join(format!("{kind}s/{name}.md")))
}

/// The files that are missing, different or not of the manual.
fn differences(wanted: &BTreeMap<PathBuf, String>) -> Result<Vec<PathBuf>> {
    let mut stale: Vec<PathBuf> = Vec::new();
    for (path, text) in wanted {
        if fs::read_to_string(root().join(path)).ok().as_ref() != Some(text) {
            stale.push(path.clone());
        }
    }
    for kind in KINDS {
        let folder = Path::new(FOLDER).join(format!("{kind}s"));
        let Ok(entries) = fs::read_dir(root().join(&folder)) else { continue };
        for entry in entries {
            let path = folder.join(entry?.file_name());
            if !wanted.contains_key(&path) {
                stale.push(path);
            }
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_manual_is_taken_apart_at_the_headings_of_components() {
        let manual = "# input `file`\n\nReads.\n\n# Example\n\n---\n\n# output `file`\n\nWrites.\n";
        let pages = split(manual).unwrap();
        let page = |path: &str| pages[&Path::new(FOLDER).join(path)].as_str();
        assert_eq!(page("inputs/file.md"), "# input `file`\n\nReads.\n\n# Example\n");
        assert_eq!(page("outputs/file.md"), "# output `file`\n\nWrites.\n");
    }

    #[test]
    fn text_before_the_first_heading_is_refused() {
        assert!(split("weir 1.0\n# input `file`\n").is_err());
    }
}
