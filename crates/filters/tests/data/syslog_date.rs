//! Dates as syslog-ng reads them: its clock showed the 30th of December 2015, in Central Europe.

use serde_json::{Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::Suite;
use crate::check::quoted;

pub(crate) const SYSLOG_NG: Suite = Suite {
    path: "syslog-ng/date.json",
    cases: |cases| {
        let named = cases.iter().enumerate();
        named.map(|(i, case)| (i.to_string(), check(case))).collect()
    },
    differences: &[("5", "a single letter is no zone, except `Z`")],
};

fn check(case: &Json) -> Result<(), String> {
    let format = quoted(case["format"].as_str().unwrap_or("ISO8601"));
    let zone = quoted(case["timezone"].as_str().unwrap_or("CET"));
    let settings =
        format!("type = \"date\"\nfield = \"t\"\nformats = {format}\ntimezone = {zone}\n");
    let bench = Bench::new(FILTERS, &settings)?;
    let event = json!({ "@timestamp": "2015-12-30T12:00:00Z", "t": case["input"] });
    let became = bench.pass(&event)?.ok_or("dropped")?;
    let given = instant(&became["@timestamp"])?;
    let wanted = instant(&case["expected"])?;
    if given == wanted && became["tags"].is_null() {
        return Ok(());
    }
    Err(format!("{given} is not {wanted}: {became:#}"))
}

fn instant(text: &Json) -> Result<jiff::Timestamp, String> {
    text.as_str().unwrap_or_default().parse().map_err(|why| format!("{why}"))
}
