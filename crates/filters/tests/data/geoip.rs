//! Logstash's own specification of `geoip`, as far as it was collected: bad addresses.
//!
//! It puts an empty object where nothing was found. Here objects are the fields in them, so one
//! without fields is not there.

use std::path::Path;

use serde_json::{Map, Value as Json};

use crate::Suite;
use crate::check::quoted;
use crate::logstash::run;

pub(crate) const LOGSTASH: Suite = Suite {
    path: "logstash-filters/geoip.json",
    cases: |cases| {
        let without_empty_objects = |case: &Json| {
            let mut case = case.clone();
            for expected in case["expect"].as_array_mut().into_iter().flatten() {
                if expected["value"].as_object().is_some_and(Map::is_empty) {
                    expected["op"] = "null_or_absent".into();
                }
            }
            case
        };
        run(&cases.iter().map(without_empty_objects).collect::<Vec<_>>(), settings)
    },
    differences: &[],
};

fn settings(options: &Map<String, Json>) -> String {
    let text = |name: &str| options.get(name).and_then(Json::as_str).unwrap_or_default();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let database = match text("database").strip_suffix(".mmdb") {
        Some(name) => here.join(format!("../../../shared/data/maxmind/test-data/{name}-Test.mmdb")),
        None => here.join("Cargo.toml"),
    };
    let names = options.get("fields").and_then(Json::as_array).into_iter().flatten();
    let names: Vec<String> = names.filter_map(Json::as_str).map(quoted).collect();
    format!(
        "type = \"geoip\"\nfield = {}\ntarget = {}\nfields = [{}]\ndatabase = {}\n",
        quoted(text("source")),
        quoted(text("target")),
        names.join(", "),
        quoted(&database.to_string_lossy())
    )
}
