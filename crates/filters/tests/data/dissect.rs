//! Elasticsearch's specification of `dissect`, which joins pieces in its own way.

use serde_json::{Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::Suite;
use crate::check::quoted;

pub(crate) const ELASTICSEARCH: Suite = Suite {
    path: "elasticsearch/dissect.json",
    cases: |cases| cases.iter().map(|case| (word(case, "name").to_owned(), check(case))).collect(),
    differences: &[],
};

fn word<'a>(case: &'a Json, name: &str) -> &'a str {
    case[name].as_str().unwrap_or_default()
}

fn check(case: &Json) -> Result<(), String> {
    let pattern = quoted(word(case, "pattern"));
    let separator = quoted(word(case, "append_separator"));
    let settings = format!(
        "type = \"dissect\"\nfield = \"given\"\npattern = {pattern}\n\
         append-separator = {separator}\n"
    );
    let bench = Bench::new(FILTERS, &settings)?;
    let mut became = bench.pass(&json!({ "given": case["input"] }))?.ok_or("dropped")?;
    let fields = became.as_object_mut().ok_or("a document is an object")?;
    fields.remove("@timestamp");
    fields.remove("given");
    let wanted = if case["fails"] == true {
        fields.remove("error");
        json!({ "tags": ["_dissectfailure"] })
    } else {
        case["expected"].clone()
    };
    if became == wanted { Ok(()) } else { Err(format!("{became:#}\nis not\n{wanted:#}")) }
}
