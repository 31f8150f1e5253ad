//! Rules over the shape of source files: length, functions, names, headers.

use super::Finding;
use super::tree::TextFile;

/// Most lines of a file, its tests aside.
const FILE_LINES_MAX: usize = 600;

/// Most lines of a function.
const FUNCTION_LINES_MAX: usize = 100;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: [&str; 7] = ["util", "utils", "common", "helper", "helpers", "misc", "shared"];

/// Files with such a name, and why they may have it.
const NAMED_WELL: [(&str, &str); 2] = [
    ("crates/pipeline/src/common.rs", "`common` is the manual's word for these very settings"),
    ("crates/testkit/src/live/shared.rs", "one server that tests share, not shared code"),
];

pub(super) fn findings(file: &TextFile) -> Vec<Finding> {
    let mut found = Vec::new();
    let lines = file.product_lines().count();
    if !file.is_test() && lines > FILE_LINES_MAX {
        let message = format!("{lines} lines; split it, the limit is {FILE_LINES_MAX}");
        found.push(Finding::new(&file.path, FILE_LINES_MAX + 1, message));
    }
    if needs_header(file) && !file.text.starts_with("//!") {
        found.push(Finding::new(&file.path, 1, "begin with `//!` and say what this is for"));
    }
    if let Some(name) = empty_name(file) {
        let message = format!("`{name}` is no name for a module; say what is inside");
        found.push(Finding::new(&file.path, 1, message));
    }
    found.extend(long_functions(file));
    found
}

/// Test modules have their module's header; a test program has its own.
fn needs_header(file: &TextFile) -> bool {
    let is_inside_src = file.path.iter().any(|part| part == "src");
    !(is_inside_src && file.is_test())
}

fn empty_name(file: &TextFile) -> Option<String> {
    if NAMED_WELL.iter().any(|(path, _)| file.path == std::path::Path::new(path)) {
        return None;
    }
    let mut parts = file.path.iter().map(|part| part.to_string_lossy());
    parts
        .find(|part| EMPTY_NAMES.contains(&part.trim_end_matches(".rs")))
        .map(std::borrow::Cow::into_owned)
}

fn long_functions(file: &TextFile) -> Vec<Finding> {
    let lines: Vec<&str> = file.text.lines().collect();
    let mut found = Vec::new();
    for (start, line) in lines.iter().enumerate() {
        let Some(name) = function_name(line) else { continue };
        let Some(length) = function_length(&lines[start..]) else { continue };
        if length > FUNCTION_LINES_MAX {
            let message =
                format!("`{name}` has {length} lines; split it, the limit is {FUNCTION_LINES_MAX}");
            found.push(Finding::new(&file.path, start + 1, message));
        }
    }
    found
}

/// The name of the function whose first line this is.
fn function_name(line: &str) -> Option<&str> {
    let (before, after) = line.split_once("fn ")?;
    let is_declaration = before.split_whitespace().all(|word| {
        word.starts_with("pub") || ["const", "async", "unsafe", "extern", "\"C\""].contains(&word)
    });
    let name = after.split(['(', '<']).next()?;
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_') && !name.is_empty();
    (is_declaration && is_name).then_some(name)
}

/// The lines from the first, which begins a function, to its closing brace; none without a body.
fn function_length(lines: &[&str]) -> Option<usize> {
    let first = lines.first()?;
    let indentation = &first[..first.len() - first.trim_start().len()];
    let head_end = lines.iter().position(|line| line.ends_with(['{', ';', '}']))?;
    if !lines[head_end].ends_with('{') {
        return None;
    }
    let is_end = |line: &&str| line.strip_prefix(indentation).is_some_and(|rest| rest == "}");
    Some(lines.iter().position(is_end)? + 1)
}

#[cfg(test)]
mod tests {
    use super::super::found_in;
    use super::*;

    #[track_caller]
    fn check(path: &str, text: &str, wanted: &[&str]) {
        assert_eq!(found_in(path, text, findings), wanted);
    }

    #[test]
    fn a_short_file_with_a_header_is_fine() {
        check("crates/a/src/lib.rs", "//! A crate.\n\nfn f() {\n}\n", &[]);
    }

    #[test]
    fn a_file_without_a_header_is_found() {
        let wanted = ["1: begin with `//!` and say what this is for"];
        check("crates/a/src/lib.rs", "fn f() {}\n", &wanted);
        check("tests/main.rs", "fn f() {}\n", &wanted);
        check("crates/a/src/b/tests.rs", "fn f() {}\n", &[]);
    }

    #[test]
    fn tests_do_not_count_towards_a_files_length() {
        let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", "    // A line.\n".repeat(600));
        let product = "// A line.\n".repeat(FILE_LINES_MAX - 1);
        check("src/a.rs", &format!("//! A.\n{product}{tests}"), &[]);
        let wanted = ["601: 601 lines; split it, the limit is 600"];
        check("src/a.rs", &format!("//! A.\n{product}// More.\n{tests}"), &wanted);
    }

    #[test]
    fn a_long_function_is_found_at_its_beginning() {
        let body = |lines| "        call(|| {});\n".repeat(lines);
        let method = |lines| {
            format!(
                "//! A.\nimpl A {{\n    pub(crate) fn go(\n    ) {{\n{}    }}\n}}\n",
                body(lines)
            )
        };
        check("src/a.rs", &method(97), &[]);
        let wanted = ["3: `go` has 101 lines; split it, the limit is 100"];
        check("src/a.rs", &method(98), &wanted);
    }

    #[test]
    fn a_declaration_without_a_body_has_no_length() {
        let text = format!("//! A.\ntrait A {{\n    fn go();\n{}}}\n", "    fn a();\n".repeat(120));
        check("src/a.rs", &text, &[]);
    }

    #[test]
    fn an_empty_name_is_found() {
        let wanted = ["1: `util.rs` is no name for a module; say what is inside"];
        check("src/util.rs", "//! A.\n", &wanted);
        check("src/utility_bill.rs", "//! A.\n", &[]);
    }
}
