//! `weir check`: every mistake in pipeline files.

use std::path::PathBuf;

use weir_component::metrics::Meters;
use weir_config::Diagnostics;

use super::{Exit, report, say};
use crate::files;

/// Builds the pipelines and says what is wrong, or what there is.
pub(super) fn check(paths: &[PathBuf]) -> Exit {
    let found = match files::find(paths) {
        Ok(found) => found,
        Err(mistakes) => return report(&mistakes),
    };
    let mut mistakes = Diagnostics::new();
    let mut lines = String::new();
    for file in &found {
        let Some(plan) = mistakes.take(files::read(file, &Meters::new())) else { continue };
        let count = |n: usize, noun: &str| format!("{n} {noun}{}", if n == 1 { "" } else { "s" });
        let parts = [
            count(plan.inputs.len(), "input"),
            count(plan.stages.len(), "filter"),
            count(plan.outputs.len(), "output"),
            count(plan.tests.len(), "test"),
        ];
        lines += &format!("{}: fine ({})\n", file.path.display(), parts.join(", "));
    }
    if !lines.is_empty() {
        say(&lines);
    }
    if mistakes.is_empty() { Exit::Fine } else { report(&mistakes) }
}
