//! `weir test`: the tests that pipeline files carry.

use std::path::PathBuf;

use weir_component::metrics::Meters;
use weir_host::Host;
use weir_pipeline::{Blueprint, TestCase, judge};

use super::trial::{batch_of, document, open};
use super::{Exit, report, say};
use crate::files;

/// Runs every test; fails when one does not hold, or when there is none.
pub(super) fn test(paths: &[PathBuf]) -> Exit {
    let meters = Meters::new();
    let found = match files::find(paths) {
        Ok(found) => found,
        Err(mistakes) => return report(&mistakes),
    };
    let plans = match files::read_every(&found, &meters) {
        Ok(plans) => plans,
        Err(mistakes) => return report(&mistakes),
    };
    let host = Host::real();
    let (mut passed, mut failed) = (0, 0);
    for (file, plan) in found.iter().zip(&plans) {
        if let Err(cause) = open(&plan.stages, &host) {
            eprintln!("error: {}: {cause}", file.path.display());
            return Exit::Failed;
        }
        for case in &plan.tests {
            let wrong = run_case(plan, case, &host);
            if wrong.is_empty() {
                passed += 1;
                say(&format!("ok    {}: {}", plan.name, case.name));
                continue;
            }
            failed += 1;
            say(&format!("WRONG {}: {}", plan.name, case.name));
            for line in wrong {
                say(&format!("        {line}"));
            }
        }
    }
    say(&format!("{passed} passed, {failed} failed"));
    if passed + failed == 0 {
        eprintln!("error: there is no `[[test]]` in these pipelines");
        return Exit::Failed;
    }
    if failed == 0 { Exit::Fine } else { Exit::Failed }
}

/// Lets a test's lines through the filters and says what is not as expected.
fn run_case(plan: &Blueprint, case: &TestCase, host: &Host) -> Vec<String> {
    let mut batch = batch_of(&case.input, host);
    for stage in &plan.stages {
        stage.run(&mut batch);
    }
    let documents: Result<Vec<_>, _> =
        batch.iter().map(|event| serde_json::from_str(&document(event))).collect();
    match documents {
        Ok(documents) => judge(case, &documents)
            .into_iter()
            .map(|it| format!("{}: expected {}, got {}", it.place, it.wanted, it.given))
            .collect(),
        Err(cause) => vec![format!("an event could not be written as JSON: {cause}")],
    }
}
