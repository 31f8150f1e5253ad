//! Words that must not be in source files.

use super::Finding;
use super::tree::TextFile;

/// Written in two parts, so that this file is not found itself.
const LATER: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Shapes of serde that lose the place of a mistake in the user's file.
const SERDE_SHAPES: [&str; 3] = ["flatten", "untagged", "tag"];

pub(super) fn findings(file: &TextFile) -> Vec<Finding> {
    let mut found = Vec::new();
    let lines: Vec<&str> = file.text.lines().collect();
    for (i, line) in lines.iter().enumerate() {
        let mut find = |message: String| found.push(Finding::new(&file.path, i + 1, message));
        for word in LATER.iter().filter(|word| words(line).any(|it| it == **word)) {
            find(format!("`{word}`: do it now, or open an issue"));
        }
        if is_banner(line) {
            find("a comment is no ornament; a module has a name".to_owned());
        }
        if is_suppression(line) && !attribute(&lines[i..]).contains("reason") {
            find("suppress by `#[expect(lint, reason = \"…\")]`".to_owned());
        }
        if line.trim_start().starts_with("#[serde(") {
            let attribute = attribute(&lines[i..]);
            for shape in SERDE_SHAPES.iter().filter(|it| words(&attribute).any(|word| word == **it))
            {
                find(format!("`serde({shape})` loses positions; write the type out"));
            }
        }
    }
    found
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    line.split(|c: char| !c.is_alphanumeric() && c != '_')
}

fn is_suppression(line: &str) -> bool {
    let shapes = [concat!("#[al", "low("), concat!("#![al", "low(")];
    shapes.iter().any(|shape| line.trim_start().starts_with(shape))
}

fn is_banner(line: &str) -> bool {
    let Some(comment) = line.trim_start().strip_prefix("// ") else { return false };
    comment.len() >= 4 && (comment.starts_with("====") || comment.starts_with("----"))
}

/// An attribute that begins on the first line, without the texts in it.
fn attribute(lines: &[&str]) -> String {
    let end = lines.iter().position(|line| line.trim_end().ends_with(']')).unwrap_or(0);
    let whole = lines[..=end].join(" ");
    whole.split('"').step_by(2).collect()
}

#[cfg(test)]
mod tests {
    use super::super::found_in;
    use super::*;

    #[track_caller]
    fn check(line: &str, is_found: bool) {
        let found = found_in("src/a.rs", line, findings);
        assert_eq!(!found.is_empty(), is_found, "{line}: {found:?}");
    }

    #[test]
    fn what_was_left_for_later_is_found() {
        for word in LATER {
            check(&format!("// {word}: more"), true);
            check(&format!("// \\u{word}X"), false);
        }
    }

    #[test]
    fn banners_are_found() {
        check(concat!("    // ==", "=="), true);
        check("    // a == b", false);
    }

    #[test]
    fn a_suppression_needs_a_reason() {
        check(concat!("#[al", "low(dead_code)]"), true);
        check(concat!("#[al", "low(\n    dead_code,\n    reason = \"a macro\"\n)]"), false);
        check("#[expect(dead_code, reason = \"a macro\")]", false);
    }

    #[test]
    fn shapes_of_serde_that_lose_positions_are_found() {
        check("#[serde(untagged)]", true);
        check("    #[serde(tag = \"type\")]", true);
        check("#[serde(default, flatten)]", true);
        check("#[serde(rename = \"tag\", default = \"failure_tag\")]", false);
    }
}
