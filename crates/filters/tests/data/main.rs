//! The filters against cases collected from other programs: Logstash's and Elasticsearch's own
//! specifications, syslog-ng's dates, and JSON as programs log it.
//!
//! Where we mean to differ, a list says why; a difference that has gone is a failure too. Without
//! the collection the tests are reported as ignored, except under `CI`, where they fail.

mod check;
mod dissect;
mod json;
mod logstash;
mod multiline;
mod syslog_date;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::Value as Json;

/// A case and its result.
type Case = (String, Result<(), String>);

/// A file of the collection and what reads it.
struct Suite {
    path: &'static str,
    cases: fn(&[Json]) -> Vec<Case>,
    /// Names of cases in which we differ, and why.
    differences: &'static [(&'static str, &'static str)],
}

const SUITES: [Suite; 10] = [
    logstash::DISSECT,
    logstash::JSON,
    logstash::DATE,
    logstash::CONVERT,
    logstash::RENAME,
    dissect::ELASTICSEARCH,
    syslog_date::SYSLOG_NG,
    json::DIALECTS,
    multiline::FILEBEAT,
    multiline::LOGSTASH,
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for (i, suite) in SUITES.iter().enumerate() {
        match read(suite.path) {
            Some(document) => trials.extend(suite.trials(&document)),
            None => {
                let missing = move || Err(Failed::from("the collection of cases is missing"));
                let trial = Trial::test(format!("{i}::{} (not here)", suite.path), missing);
                let in_ci = std::env::var_os("CI").is_some();
                trials.push(trial.with_ignored_flag(!in_ci));
            }
        }
    }
    libtest_mimic::run(&arguments, trials).exit_code()
}

fn read(path: &str) -> Option<Json> {
    let folder = std::env::var_os("WEIR_DATA").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data"),
        PathBuf::from,
    );
    let text = std::fs::read_to_string(folder.join(path)).ok()?;
    Some(serde_json::from_str(&text).expect("the collection is JSON"))
}

impl Suite {
    fn trials(&self, document: &Json) -> Vec<Trial> {
        let cases = document["cases"].as_array().expect("a collection has cases");
        let results = (self.cases)(cases);
        let unknown = self
            .differences
            .iter()
            .filter(|(name, _)| results.iter().all(|(it, _)| it != name))
            .map(|(name, _)| format!("{}: there is no case `{name}` to differ in", self.path));
        let unknown: Vec<String> = unknown.collect();
        let path = self.path;
        let listed = Trial::test(format!("{path}::the differences are of this file"), move || {
            if unknown.is_empty() { Ok(()) } else { Err(unknown.join("\n").into()) }
        });
        let trials = results.into_iter().map(|(name, result)| {
            let reason = self.differences.iter().find(|(it, _)| *it == name);
            let reason = reason.map(|(_, reason)| *reason);
            Trial::test(format!("{path}::{name}"), move || match (result, reason) {
                (Ok(()), None) | (Err(_), Some(_)) => Ok(()),
                (Err(why), None) => Err(why.into()),
                (Ok(()), Some(reason)) => {
                    Err(format!("no difference any more, although {reason}").into())
                }
            })
        });
        trials.chain([listed]).collect()
    }
}
