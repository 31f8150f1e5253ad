//! `cargo xtask tidy`: the rules of the house that neither rustc nor clippy know.
//!
//! Each module holds the rules over one kind of thing. They read text, not syntax trees: the code
//! is formatted, so a function ends where a brace stands as far in as its `fn`.

mod crates;
mod documents;
mod folders;
mod settings;
mod shape;
mod tree;
mod words;

use std::fmt;
use std::path::{Path, PathBuf};

use anyhow::{Result, ensure};

use crate::workspace::root;

/// A place where a rule is broken.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    path: PathBuf,
    /// From 1.
    line: usize,
    message: String,
}

impl Finding {
    fn new(path: impl AsRef<Path>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.as_ref().to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path.display(), self.line, self.message)
    }
}

/// Prints every finding and fails when there is one.
pub(crate) fn run() -> Result<()> {
    let findings = findings()?;
    for finding in &findings {
        println!("{finding}");
    }
    ensure!(findings.is_empty(), "{} places are not tidy", findings.len());
    println!("tidy");
    Ok(())
}

fn findings() -> Result<Vec<Finding>> {
    let sources = tree::files(root(), &["crates", "src", "tests"], "rs")?;
    ensure!(sources.len() > 50, "there are only {} source files", sources.len());
    let mut found = Vec::new();
    for source in &sources {
        found.extend(shape::findings(source));
        found.extend(words::findings(source));
        found.extend(settings::findings(source));
    }
    found.extend(crates::findings()?);
    found.extend(folders::findings(root())?);
    found.extend(documents::findings(root())?);
    found.sort();
    found.dedup();
    Ok(found)
}

/// What a rule finds in a text, as `line: message`.
#[cfg(test)]
fn found_in(path: &str, text: &str, rule: impl Fn(&tree::TextFile) -> Vec<Finding>) -> Vec<String> {
    let file = tree::TextFile { path: path.into(), text: text.to_owned() };
    rule(&file).into_iter().map(|it| format!("{}: {}", it.line, it.message)).collect()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn the_repository_is_tidy() {
        let findings: Vec<String> = findings().unwrap().iter().map(ToString::to_string).collect();
        assert!(findings.is_empty(), "\n{}", findings.join("\n"));
    }
}
