//! `cargo xtask new filter NAME`: a component that compiles, with its page, its test and its lines in
//! the catalogue.

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::workspace::root;

/// What can be begun.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
pub(crate) enum Kind {
    /// A pure function over events.
    Filter,
}

const CATALOGUE: &str = "crates/filters/src/lib.rs";
const TEMPLATE: &str = include_str!("new/filter.txt");

/// Writes the component's file and enters it into the catalogue.
pub(crate) fn create(Kind::Filter: Kind, name: &str) -> Result<()> {
    let names = Names::of(name)?;
    let file = root().join(format!("crates/filters/src/{}.rs", names.module));
    ensure!(!file.exists(), "there is a filter `{name}` already: {}", file.display());
    let path = root().join(CATALOGUE);
    let catalogue = fs::read_to_string(&path)?;
    let catalogue = entered(&catalogue, &names).context("the catalogue looks unlike it should")?;
    let text = TEMPLATE
        .replace("@NAME@", name)
        .replace("@Settings@", &names.settings)
        .replace("@Worker@", &names.worker());
    fs::write(&file, text)?;
    fs::write(&path, catalogue)?;
    println!("{}: write what it does", file.display());
    println!("then: cargo test -p weir-filters && cargo xtask docs");
    Ok(())
}

/// The forms of a component's name.
#[derive(Debug, PartialEq, Eq)]
struct Names {
    module: String,
    settings: String,
}

impl Names {
    fn of(name: &str) -> Result<Self> {
        let is_name = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
        ensure!(is_name, "`{name}` is no name of a component; write it like `user-agent`");
        let capital = |word: &str| {
            word.get(..1).unwrap_or_default().to_uppercase() + word.get(1..).unwrap_or_default()
        };
        Ok(Self {
            module: name.replace('-', "_"),
            settings: name.split('-').map(capital).collect(),
        })
    }

    fn worker(&self) -> String {
        format!("{}er", self.settings.trim_end_matches('e'))
    }
}

/// The catalogue with the module, in alphabetical order, and with the component at the end.
fn entered(catalogue: &str, names: &Names) -> Option<String> {
    let module = format!("mod {};\n", names.module);
    let is_after = |line: &&str| line.starts_with("mod ") && **line > *module.trim_end();
    let after = catalogue.lines().find(is_after);
    let last = catalogue.lines().rfind(|line| line.starts_with("mod ") && line.ends_with(';'))?;
    let with_module = match after {
        Some(line) => catalogue.replacen(&format!("{line}\n"), &format!("{module}{line}\n"), 1),
        None => catalogue.replacen(&format!("{last}\n"), &format!("{last}\n{module}"), 1),
    };
    let list = with_module.find("pub static FILTERS")?;
    let end = list + with_module[list..].find("\n];")? + 1;
    let spec = format!("    FilterSpec::of::<{}::{}>(),\n", names.module, names.settings);
    Some(format!("{}{spec}{}", &with_module[..end], &with_module[end..]))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_name_has_the_forms_that_rust_wants() {
        let names = Names::of("user-agent").unwrap();
        assert_eq!((names.module.as_str(), names.settings.as_str()), ("user_agent", "UserAgent"));
        assert!(Names::of("User").is_err());
        assert!(Names::of("../user").is_err());
    }

    #[test]
    fn a_component_is_entered_in_two_places() {
        let catalogue = "mod drop;\nmod set;\n\npub static FILTERS: &[FilterSpec] = &[\n    \
                         FilterSpec::of::<drop::Drop>(),\n];\n";
        let wanted = "mod drop;\nmod fold;\nmod set;\n\npub static FILTERS: &[FilterSpec] = &[\n    \
                      FilterSpec::of::<drop::Drop>(),\n    FilterSpec::of::<fold::Fold>(),\n];\n";
        assert_eq!(entered(catalogue, &Names::of("fold").unwrap()).unwrap(), wanted);
    }
}
