//! Documents: relative links lead somewhere, decisions have a status.

use std::path::Path;

use anyhow::Result;

use super::Finding;
use super::tree::{self, TextFile};

const FOLDERS: [&str; 6] = ["crates", "docs", "examples", "pipelines", "src", "tests"];

pub(super) fn findings(root: &Path) -> Result<Vec<Finding>> {
    let mut documents = tree::files(root, &FOLDERS, "md")?;
    documents.extend(tree::files_in(root, "", "md")?);
    let mut found = Vec::new();
    for document in &documents {
        found.extend(dead_links(root, document));
    }
    for decision in tree::files_in(root, "docs/decisions", "md")? {
        if !decision.text.lines().any(|line| line.starts_with("Status:")) {
            found.push(Finding::new(&decision.path, 1, "a decision has a line `Status: …`"));
        }
    }
    Ok(found)
}

fn dead_links(root: &Path, document: &TextFile) -> Vec<Finding> {
    let folder = root.join(document.path.parent().unwrap_or(Path::new("")));
    let mut found = Vec::new();
    let mut is_code = false;
    for (i, line) in document.text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            is_code = !is_code;
        }
        if is_code {
            continue;
        }
        for link in links(line) {
            let target = link.split('#').next().unwrap_or_default();
            if !target.is_empty() && !folder.join(target).exists() {
                found.push(Finding::new(&document.path, i + 1, format!("`{link}` leads nowhere")));
            }
        }
    }
    found
}

/// The relative targets of a line's links; what is between backticks is no link.
fn links(line: &str) -> Vec<&str> {
    let mut links = Vec::new();
    for (i, part) in line.split("](").enumerate() {
        let is_quoted =
            line.split("](").take(i).map(|it| it.matches('`').count()).sum::<usize>() % 2;
        if i == 0 || is_quoted == 1 {
            continue;
        }
        let target = part.split([')', ' ']).next().unwrap_or_default();
        if !target.contains("://") && !target.starts_with("mailto:") {
            links.push(target);
        }
    }
    links
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::fs;

    use super::*;

    #[test]
    fn links_are_found_where_they_are_links() {
        let line = "See [a](docs/a.md), [b](https://b.example/), `[c](c.md)` and [`d`](d.md#top).";
        assert_eq!(links(line), ["docs/a.md", "d.md#top"]);
    }

    #[test]
    fn dead_links_and_decisions_without_a_status_are_found() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        fs::create_dir_all(root.join("docs/decisions")).unwrap();
        fs::write(root.join("README.md"), "[a](docs)\n```\n[b](b)\n```\n[c](c.md#d)\n").unwrap();
        fs::write(root.join("docs/decisions/1.md"), "# One\n\nStatus: accepted\n").unwrap();
        fs::write(root.join("docs/decisions/2.md"), "# Two\n\n[a](../../README.md)\n").unwrap();
        let found: Vec<String> = findings(root).unwrap().iter().map(ToString::to_string).collect();
        let wanted = [
            "README.md:5: `c.md#d` leads nowhere",
            "docs/decisions/2.md:1: a decision has a line `Status: …`",
        ];
        assert_eq!(found, wanted);
    }
}
