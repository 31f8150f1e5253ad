//! The table of what all suites come to, `docs/cases.md`.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use weir_testkit::pages::is_up_to_date;

use crate::{Case, Suite};

/// Cases that try what is not the filter's, by file: they are no cases for us.
pub(crate) const OUTSIDE: &[(&str, &[(&str, &str)])] = &[
    (
        "logstash-codecs/cef.json",
        &[
            ("0", "writes messages; the filter reads them"),
            ("1", "writes messages; the filter reads them"),
            ("2", "writes messages; the filter reads them"),
            ("3", "writes messages; the filter reads them"),
            ("4", "writes messages; the filter reads them"),
            ("5", "writes messages; the filter reads them"),
            ("6", "writes messages; the filter reads them"),
            ("7", "writes messages; the filter reads them"),
            ("8", "writes messages; the filter reads them"),
            ("9", "writes messages; the filter reads them"),
            ("10", "writes messages; the filter reads them"),
            ("36", "bytes that no document of the test can hold; `arbitrary` has such texts"),
            ("62", "bytes that no document of the test can hold; `arbitrary` has such texts"),
        ],
    ),
    (
        "logstash-filters/xml.json",
        &[("23", "the specification breaks Logstash's own code to see the tag")],
    ),
    (
        "vrl/parse_cef.json",
        &[("3", "refuses a `=` without a key, which is a part of the value to Logstash")],
    ),
    (
        "vrl/parse_csv.json",
        &[("1", "refuses a separator of several characters, which is one here, as in Logstash")],
    ),
    (
        "logstash-filters/kv.json",
        &[
            ("40", "the specification breaks Logstash's own code to see the tag"),
            ("41", "the specification breaks Logstash's own code to see the tag"),
            ("42", "the specification breaks Logstash's own code to see the tag"),
            ("43", "waits for a time-out; patterns take linear time here, so the text is read"),
            ("44", "waits for a time-out; patterns take linear time here, so the text is read"),
            ("45", "waits for a time-out; patterns take linear time here, so the text is read"),
        ],
    ),
];

/// What a suite comes to.
pub(crate) struct Outcome {
    path: &'static str,
    passed: usize,
    differ: usize,
    outside: usize,
    reasons: BTreeSet<(String, &'static str)>,
}

impl Outcome {
    pub(crate) fn of(suite: &Suite, results: &[Case]) -> Self {
        let outside = suite.outside();
        let is_outside = |name: &str| outside.iter().any(|(it, _)| *it == name);
        let differ = suite.differences.len();
        let outside = results.iter().filter(|(name, _)| is_outside(name)).count();
        let mut reasons: BTreeSet<(String, &'static str)> = BTreeSet::new();
        for reason in suite.differences.iter().map(|(_, reason)| *reason).collect::<BTreeSet<_>>() {
            let cases = suite.differences.iter().filter(|(_, it)| *it == reason);
            reasons.insert((cases.map(|(it, _)| *it).collect::<Vec<_>>().join(", "), reason));
        }
        Self {
            path: suite.path,
            passed: results.len() - differ - outside,
            differ,
            outside,
            reasons,
        }
    }
}

fn table(outcomes: &[Outcome]) -> String {
    let mut text = "# Cases of other programs\n\n\
        The filters are tried on cases that were collected from other programs' own tests. A case\n\
        in which we differ is listed with its reason; one that tries something that is no\n\
        filter's work (another program's internals, writing instead of reading) is counted as\n\
        *not ours*. `cargo test -p weir-filters --test data` compares this page, and writes it\n\
        with `WEIR_WRITE=1`. Of `syslog-ng/kv_scanner` and `csvparser` only the texts are used: the\n\
        rules are others, but nothing may break or be lost.\n\n\
        | cases | passed | differ | not ours |\n|---|---|---|---|\n"
        .to_owned();
    for it in outcomes {
        let _ =
            writeln!(text, "| `{}` | {} | {} | {} |", it.path, it.passed, it.differ, it.outside);
    }
    text += "\n## Differences\n\n| cases | number | reason |\n|---|---|---|\n";
    for it in outcomes {
        for (cases, reason) in &it.reasons {
            let _ = writeln!(text, "| `{}` | {cases} | {reason} |", it.path);
        }
    }
    text += "\n## Not ours\n\n| cases | number | reason |\n|---|---|---|\n";
    for (path, cases) in OUTSIDE {
        for reason in cases.iter().map(|(_, reason)| *reason).collect::<BTreeSet<_>>() {
            let names = cases.iter().filter(|(_, it)| *it == reason).map(|(it, _)| *it);
            let names = names.collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "| `{path}` | {names} | {reason} |");
        }
    }
    text
}

/// Compares the page with the outcomes; with `WEIR_WRITE` it writes the page.
pub(crate) fn compare(outcomes: &[Outcome]) -> Result<(), String> {
    is_up_to_date("cases.md", &table(outcomes))
}
