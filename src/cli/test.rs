//! `weir test`: the tests that pipeline files carry, and the samples beside them.
//!
//! A sample is a `sample.log` with an `expected.ndjson` in the folder of a `pipeline.toml`: every
//! line goes through the filters, and the documents that are left have to be the expected ones, in
//! order. `@timestamp` is compared only where the expected document has it.

use std::path::{Path, PathBuf};

use serde_json::Value;
use weir_component::metrics::Meters;
use weir_host::{DiskFiles, Host, read_all};
use weir_pipeline::{Blueprint, TestCase, judge};

use super::trial::{batch_of, document, open, run};
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
        let mut verdicts = Vec::new();
        for case in &plan.tests {
            verdicts.push((case.name.clone(), run_case(plan, case, &host)));
        }
        verdicts.extend(run_sample(&file.path, plan, &host));
        for (name, wrong) in verdicts {
            let (word, count) =
                if wrong.is_empty() { ("ok   ", &mut passed) } else { ("WRONG", &mut failed) };
            *count += 1;
            say(&format!("{word} {}: {name}", plan.name));
            for line in wrong {
                say(&format!("        {line}"));
            }
        }
    }
    say(&format!("{passed} passed, {failed} failed"));
    if passed + failed == 0 {
        eprintln!("error: there is no `[[test]]` and no sample in these pipelines");
        return Exit::Failed;
    }
    if failed == 0 { Exit::Fine } else { Exit::Failed }
}

/// Lets a test's lines through the filters and says what is not as expected.
fn run_case(plan: &Blueprint, case: &TestCase, host: &Host) -> Vec<String> {
    match documents(plan, &case.input, host) {
        Ok(documents) => judge(case, &documents)
            .into_iter()
            .map(|it| format!("{}: expected {}, got {}", it.place, it.wanted, it.given))
            .collect(),
        Err(cause) => vec![cause],
    }
}

/// What the filters make of lines.
fn documents(plan: &Blueprint, lines: &[String], host: &Host) -> Result<Vec<Value>, String> {
    let mut batch = batch_of(lines, plan, host);
    run(&plan.stages, &mut batch, host);
    let documents = batch.iter().map(|event| serde_json::from_str(&document(event)));
    documents
        .collect::<Result<_, _>>()
        .map_err(|cause| format!("an event could not be written as JSON: {cause}"))
}

/// The largest sample or expectation, in bytes.
const SAMPLE_BYTES_MAX: u64 = 16 << 20;

/// Runs the sample beside a pipeline, if there is one, and says what is not as expected.
fn run_sample(pipeline: &Path, plan: &Blueprint, host: &Host) -> Option<(String, Vec<String>)> {
    let read = |name: &str| {
        let content =
            read_all(&DiskFiles, &pipeline.with_file_name(name), SAMPLE_BYTES_MAX).ok()?;
        Some(String::from_utf8_lossy(&content).into_owned())
    };
    if pipeline.file_name()? != "pipeline.toml" {
        return None;
    }
    let (sample, expected) = (read("sample.log")?, read("expected.ndjson")?);
    let lines: Vec<String> = sample.lines().map(str::to_owned).collect();
    let wrong = match documents(plan, &lines, host) {
        Ok(given) => compare(&expected, &given),
        Err(cause) => vec![cause],
    };
    Some(("sample.log".to_owned(), wrong))
}

fn compare(expected: &str, given: &[Value]) -> Vec<String> {
    let wanted: Vec<&str> = expected.lines().collect();
    let mut wrong = Vec::new();
    if wanted.len() != given.len() {
        wrong.push(format!("expected {} events, got {}", wanted.len(), given.len()));
    }
    for (i, (wanted, given)) in wanted.iter().zip(given).enumerate() {
        let mut given = given.clone();
        let wanted: Value = match serde_json::from_str(wanted) {
            Ok(wanted) => wanted,
            Err(cause) => {
                wrong.push(format!("line {} of expected.ndjson is no JSON: {cause}", i + 1));
                continue;
            }
        };
        if wanted.get("@timestamp").is_none()
            && let Some(members) = given.as_object_mut()
        {
            members.remove("@timestamp");
        }
        if wanted != given {
            wrong.push(format!("event {}: expected {wanted}, got {given}", i + 1));
        }
    }
    wrong
}
