//! The filters against cases collected from other programs: Logstash's and Elasticsearch's own
//! specifications, syslog-ng's dates, and JSON as programs log it.
//!
//! Where we mean to differ, a list says why; a difference that has gone is a failure too. What all
//! suites come to stands in `docs/cases.md`, which one of the tests compares. Without the
//! collection the tests are reported as ignored, except under `CI`, where they fail.

mod access_log;
mod check;
mod cidr;
mod corpora;
mod dissect;
mod fingerprint;
mod geoip;
mod json;
mod logstash;
mod multiline;
mod mutate;
mod parsers;
mod report;
mod syslog_date;
mod user_agent;
mod vrl;
mod vrl_values;

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

const SUITES: &[Suite] = &[
    logstash::DISSECT,
    logstash::JSON,
    logstash::DATE,
    logstash::MUTATE,
    fingerprint::LOGSTASH,
    cidr::LOGSTASH,
    geoip::LOGSTASH,
    user_agent::LOGSTASH,
    dissect::ELASTICSEARCH,
    syslog_date::SYSLOG_NG,
    json::DIALECTS,
    parsers::KV,
    parsers::CSV,
    parsers::SYSLOG_PRI,
    parsers::CEF,
    parsers::XML,
    vrl::CEF,
    vrl::KEY_VALUE,
    vrl::LOGFMT,
    vrl::CSV,
    vrl::QUERY_STRING,
    vrl::URL,
    vrl::OTHER,
    access_log::ALB,
    access_log::FLOW,
    access_log::IIS,
    corpora::KEY_VALUES,
    corpora::COLUMNS,
    vrl_values::FUNCTIONS,
    vrl_values::BYTES,
    vrl_values::TIMESTAMPS,
    multiline::FILEBEAT,
    multiline::LOGSTASH,
];

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    let mut outcomes = Vec::new();
    for (i, suite) in SUITES.iter().enumerate() {
        match read(suite.path) {
            Some(document) => {
                let results = suite.results(&document);
                outcomes.push(report::Outcome::of(suite, &results));
                trials.extend(suite.trials(results));
            }
            None => {
                let missing = move || Err(Failed::from("the collection of cases is missing"));
                let trial = Trial::test(format!("{i}::{} (not here)", suite.path), missing);
                let in_ci = std::env::var_os("CI").is_some();
                trials.push(trial.with_ignored_flag(!in_ci));
            }
        }
    }
    if outcomes.len() == SUITES.len() {
        trials.push(Trial::test("docs/cases.md says what the suites come to", move || {
            report::compare(&outcomes).map_err(Failed::from)
        }));
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
    fn results(&self, document: &Json) -> Vec<Case> {
        (self.cases)(document["cases"].as_array().expect("a collection has cases"))
    }

    /// Why a case is no case for us, or we mean to differ in it.
    fn reason(&self, name: &str) -> Option<&'static str> {
        let differences = self.differences.iter();
        let reason = differences.chain(self.outside()).find(|(it, _)| *it == name);
        reason.map(|(_, reason)| *reason)
    }

    /// Names of cases that try what is not the filter's, and why.
    fn outside(&self) -> &'static [(&'static str, &'static str)] {
        let found = report::OUTSIDE.iter().find(|(path, _)| *path == self.path);
        found.map_or(&[], |(_, cases)| cases)
    }

    fn trials(&self, results: Vec<Case>) -> Vec<Trial> {
        let unknown = self
            .differences
            .iter()
            .chain(self.outside())
            .filter(|(name, _)| results.iter().all(|(it, _)| it != name))
            .map(|(name, _)| format!("{}: there is no case `{name}` to differ in", self.path));
        let unknown: Vec<String> = unknown.collect();
        let path = self.path;
        let listed = Trial::test(format!("{path}::the differences are of this file"), move || {
            if unknown.is_empty() { Ok(()) } else { Err(unknown.join("\n").into()) }
        });
        let trials = results.into_iter().map(|(name, result)| {
            let reason = self.reason(&name);
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
