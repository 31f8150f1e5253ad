//! Folders with a pipeline are complete: a reader finds what it is, what goes in, what comes out.

use std::path::Path;

use anyhow::Result;

use super::{Finding, tree};

const BESIDE_A_PIPELINE: [&str; 3] = ["README.md", "sample.log", "expected.ndjson"];

pub(super) fn findings(root: &Path) -> Result<Vec<Finding>> {
    let mut found = Vec::new();
    for top in ["pipelines", "examples"] {
        for folder in tree::entries(root, Path::new(top))? {
            if root.join(&folder).join("pipeline.toml").is_file() {
                let missing = BESIDE_A_PIPELINE
                    .iter()
                    .filter(|name| !root.join(&folder).join(name).is_file());
                found.extend(missing.map(|name| {
                    let message = format!("there is no `{name}` beside it");
                    Finding::new(folder.join("pipeline.toml"), 1, message)
                }));
            }
        }
    }
    Ok(found)
}
