//! Texts that other programs' scanners were tried on: their rules are not ours, but whatever the
//! text, nothing is lost and nothing breaks.

use serde_json::{Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::Suite;
use crate::check::quoted;

pub(crate) const KEY_VALUES: Suite = Suite {
    path: "syslog-ng/kv_scanner.json",
    cases: |cases| named(cases, key_values),
    differences: &[],
};

pub(crate) const COLUMNS: Suite = Suite {
    path: "syslog-ng/csvparser.json",
    cases: |cases| named(cases, columns),
    differences: &[],
};

fn named(cases: &[Json], check: fn(&Json) -> Result<(), String>) -> Vec<crate::Case> {
    cases.iter().enumerate().map(|(i, case)| (i.to_string(), check(case))).collect()
}

fn key_values(case: &Json) -> Result<(), String> {
    let option = |name: &str| case["options"][name].as_str().map(quoted);
    let mut kv = "type = \"kv\"\ntarget = \"x\"\n".to_owned();
    let mut logfmt = "type = \"logfmt\"\ntarget = \"x\"\n".to_owned();
    if let Some(value) = option("kv_separator") {
        kv += &format!("value-split = {value}\n");
        logfmt += &format!("value-split = {value}\n");
    }
    if let Some(field) = option("pair_separator") {
        kv += &format!("field-split = {field}\n");
        logfmt += &format!("field-split = {field}\n");
    }
    keeps_its_text(case, &kv)?;
    keeps_its_text(case, &logfmt)
}

fn columns(case: &Json) -> Result<(), String> {
    let separator = quoted(case["delimiters"].as_str().unwrap_or(","));
    keeps_its_text(case, &format!("type = \"csv\"\ntarget = \"x\"\nseparator = {separator}"))
}

fn keeps_its_text(case: &Json, settings: &str) -> Result<(), String> {
    // Bytes that are no text have their turn in `arbitrary`.
    let Some(text) = case["input"].as_str() else { return Ok(()) };
    let became = Bench::new(FILTERS, settings)?.pass(&json!({ "message": text }))?;
    let became = became.ok_or("dropped")?;
    let is_fine = became["message"] == text && !became["tags"].to_string().contains("panic");
    if is_fine { Ok(()) } else { Err(format!("{became:#}")) }
}
