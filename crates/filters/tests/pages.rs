//! The catalogue keeps what its pages promise, and is complete and tidy.

use std::collections::BTreeSet;
use std::path::Path;

use schemars::Schema;
use weir_component::spec::FilterSpec;
use weir_config::settings_of;
use weir_filters::FILTERS;
use weir_testkit::pages::examples;

/// Names that other programs have for what is `url` and `field` here.
const FORBIDDEN: [&str; 6] = ["host", "hosts", "endpoint", "endpoints", "source", "source-field"];

/// Examples need at least a good and a bad case.
const EXAMPLES_MIN: usize = 2;

fn page(spec: &FilterSpec) -> String {
    let schema: Schema = (spec.schema)();
    schema.get("description").and_then(|it| it.as_str()).unwrap_or_default().to_owned()
}

#[test]
fn examples_hold() {
    // Paths in examples are those of the repository.
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::set_current_dir(root).expect("the repository is there");
    let mut wrong = Vec::new();
    for spec in FILTERS {
        match examples(&page(spec)) {
            Ok(found) if found.len() < EXAMPLES_MIN => {
                wrong.push(format!("`{}` has {} examples", spec.name, found.len()));
            }
            // Only the page is there.
            Ok(_) if spec.name == "vrl" && !cfg!(feature = "vrl") => {}
            Ok(found) => wrong.extend(
                found
                    .iter()
                    .filter_map(|example| example.check(FILTERS).err())
                    .map(|why| format!("`{}`: {why}", spec.name)),
            ),
            Err(why) => wrong.push(format!("`{}`: {why}", spec.name)),
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n\n"));
}

#[test]
fn every_file_is_in_the_catalogue() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut in_files = BTreeSet::new();
    for entry in std::fs::read_dir(folder).expect("the crate has sources") {
        let path = entry.expect("a folder can be listed").path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).expect("a source is text");
        for line in text.lines() {
            let name = line.trim().strip_prefix("const NAME: &'static str = \"");
            if let Some(name) = name.and_then(|rest| rest.strip_suffix("\";")) {
                in_files.insert(name.to_owned());
                let stem = path.file_stem().expect("a file has a name").to_string_lossy();
                assert_eq!(stem.replace('_', "-"), name.replace('_', "-"), "{}", path.display());
            }
        }
    }
    let in_catalogue: BTreeSet<String> = FILTERS.iter().map(|spec| spec.name.to_owned()).collect();
    assert_eq!(in_files, in_catalogue);
    assert_eq!(in_catalogue.len(), FILTERS.len(), "a name stands there twice");
}

#[test]
fn pages_and_settings_are_described() {
    for spec in FILTERS {
        let page = page(spec);
        let summary = page.lines().next().unwrap_or_default();
        assert!(summary.ends_with('.'), "the page of `{}` begins with `{summary}`", spec.name);
        for row in settings_of(&(spec.schema)()) {
            let is_sentence = row.doc.trim_end().ends_with(['.', ')']);
            assert!(is_sentence, "`{}` of `{}` says `{}`", row.name, spec.name, row.doc);
            assert!(!row.type_text.is_empty(), "`{}` of `{}` has no type", row.name, spec.name);
        }
    }
}

#[test]
fn names_are_tidy() {
    let is_kebab = |name: &str| {
        let is_fine = |it: char| it.is_ascii_lowercase() || it.is_ascii_digit() || it == '-';
        name.chars().all(is_fine) && name.starts_with(|it: char| it.is_ascii_lowercase())
    };
    for spec in FILTERS {
        assert!(is_kebab(&spec.name.replace('_', "-")), "{}", spec.name);
        for row in settings_of(&(spec.schema)()) {
            assert!(row.name.split('.').all(is_kebab), "`{}` of `{}`", row.name, spec.name);
            // To `vrl` a source is a program, as in Vector.
            let is_program = spec.name == "vrl" && row.name == "source";
            let is_forbidden = FORBIDDEN.contains(&&*row.name) && !is_program;
            assert!(!is_forbidden, "`{}` of `{}`", row.name, spec.name);
        }
    }
}
