//! Logstash's own specification of `useragent`.
//!
//! Its older names of fields (`os_name`, `major`) are ours in another shape: they are worked out of
//! what our filter found before a case is checked. A prefix of names is what `flatten` makes.

use serde_json::{Value as Json, json};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

use crate::Suite;
use crate::check::{expectations, quoted};

pub(crate) const LOGSTASH: Suite = Suite {
    path: "logstash-filters/useragent.json",
    cases: |cases| {
        let cases = cases.iter().enumerate();
        cases.map(|(i, case)| (i.to_string(), check(case))).collect()
    },
    differences: &[
        ("0", "today's rules of uap-core read the build of this agent as its system's version"),
        ("7", "today's rules of uap-core read the build of this agent as its system's version"),
        ("20", "the case wants a field to be absent and to have members"),
    ],
};

fn check(case: &Json) -> Result<(), String> {
    let option = |name: &str| case["options"][name].as_str();
    let field = quoted(option("source").unwrap_or_default());
    let target = option("target").unwrap_or("user_agent");
    let prefix = option("prefix").and_then(|it| it.strip_suffix('_'));
    let prefix = prefix.filter(|_| case["ecs"] != "v1");
    let settings = format!(
        "[[filter]]\ntype = \"user-agent\"\nfield = {field}\ntarget = {}\n{}",
        quoted(prefix.unwrap_or(target)),
        if prefix.is_some() { "[[filter]]\ntype = \"flatten\"\n" } else { "" },
    );
    let mut became = Bench::new(FILTERS, &settings)?.pass(&case["event_in"])?.ok_or("dropped")?;
    let mut place = target.trim_matches(['[', ']']).split("][");
    let found = place.try_fold(&mut became, |found, name| found.get_mut(name));
    if let Some(found) = found {
        let version = found["os"]["version"].as_str().map(|it| json!({ "major": it }));
        if case["ecs"] != "v1" {
            add_older_names(found);
        }
        became["@metadata"]["filter"]["user_agent"]["os"]["version"] = version.unwrap_or_default();
    }
    expectations(case, Some(&became))
}

fn add_older_names(found: &mut Json) {
    for (version, names) in [
        (found["version"].clone(), ["major", "minor", "patch"]),
        (found["os"]["version"].clone(), ["os_major", "os_minor", "os_patch"]),
    ] {
        let parts = version.as_str().into_iter().flat_map(|it| it.split('.'));
        for (name, part) in names.into_iter().zip(parts) {
            found[name] = part.into();
        }
    }
    found["os_full"] = found["os"]["full"].take();
    found["os_name"] = found["os"]["name"].take();
    found["os"] = found["os_name"].clone();
    found["device"] = found["device"]["name"].take();
}
