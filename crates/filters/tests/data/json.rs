//! JSON as programs log it, and traps.

use serde_json::{Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::Suite;

/// Lines that are no document: these must be tagged, all others read.
const REFUSED: [&str; 5] =
    ["too deep", "trailing garbage", "two objects on a line", "NaN", "scalar"];

/// Lines whose document serde's parser does not read, so that it is no witness.
const WITHOUT_WITNESS: [&str; 2] = ["lone surrogate", "leading BOM"];

pub(crate) const DIALECTS: Suite = Suite {
    path: "json-logs/lines.json",
    cases: |cases| {
        let name = |case: &Json| case["name"].as_str().unwrap_or_default().to_owned();
        cases.iter().map(|case| (name(case), check(&name(case), case))).collect()
    },
    differences: &[],
};

fn check(name: &str, case: &Json) -> Result<(), String> {
    let bench = Bench::new(FILTERS, "type = \"json\"\nfield = \"given\"\nremove-source = true\n")?;
    let given = json!({ "given": case["input"] });
    if name == "big integers" {
        // Not even the result can be read by the witness; no digit of it may be lost.
        let written = bench.written(&given)?.ok_or("dropped")?;
        let members = case["input"].as_str().unwrap_or_default().trim_matches(['{', '}']);
        return if written.contains(members) { Ok(()) } else { Err(written) };
    }
    let mut became = bench.pass(&given)?.ok_or("dropped")?;
    let is_tagged = became["tags"] == json!(["_jsonparsefailure"]);
    if is_tagged != REFUSED.contains(&name) {
        return Err(format!("became {became:#}"));
    }
    if is_tagged {
        return (became["given"] == case["input"]).then_some(()).ok_or("the text changed".into());
    }
    if WITHOUT_WITNESS.contains(&name) {
        return Ok(());
    }
    if let Some(fields) = became.as_object_mut() {
        fields.remove("@timestamp");
    }
    let text = case["input"].as_str().unwrap_or_default();
    let wanted: Json = serde_json::from_str(text).map_err(|why| why.to_string())?;
    if became == wanted { Ok(()) } else { Err(format!("{became:#}\nis not\n{wanted:#}")) }
}
