use std::collections::BTreeMap;

use serde_json::{Value, json};
use weir_event::{Batch, Timestamp};

use super::*;

fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(path)
}

fn cases(path: &str) -> Vec<Value> {
    let file = std::fs::read(shared(path)).expect("the cases");
    let file: Value = serde_json::from_slice(&file).expect("JSON");
    file["cases"].as_array().expect("cases").clone()
}

fn opened(settings: Value) -> AgentReader {
    let built = serde_json::from_value::<UserAgent>(settings).expect("settings").build();
    let reader = built.expect("built");
    reader.open(&Host::real()).expect("opened");
    reader
}

/// The fields that the filter adds for an agent.
fn read(reader: &AgentReader, agent: &[u8]) -> BTreeMap<String, String> {
    let mut batch = Batch::new();
    let origin = batch.add_origin(&Arc::default());
    batch.push_text(origin, 0, Timestamp::default(), (reader.field, agent));
    assert_eq!(reader.apply(&mut batch.event_mut(0)), Ok(Keep::Yes));
    let event = batch.event(0);
    let fields = event.fields().iter().filter(|field| field.key != reader.field);
    let text = |key: Key| String::from_utf8_lossy(event.bytes(key).expect("text")).into_owned();
    fields.map(|field| (field.key.name().to_owned(), text(field.key))).collect()
}

/// Name and version as a case of the project's own tests has them.
fn wanted(case: &Value) -> (Option<String>, Option<String>) {
    let part = |name: &str| case[name].as_str().filter(|it| !it.is_empty());
    let version = dotted([part("major"), part("minor"), part("patch"), part("patch_minor")]);
    (part("family").map(str::to_owned), (!version.is_empty()).then_some(version))
}

fn is_as_wanted(reader: &AgentReader, case: &Value, below: &str) -> bool {
    let mut found = read(reader, case["ua"].as_str().expect("text").as_bytes());
    let (name, version) = wanted(case);
    // An unknown system is left out, not called `Other`.
    let name = name.filter(|name| below != "user_agent.os" || name != "Other");
    let found_name = found.remove(&format!("{below}.name"));
    let found_version = found.remove(&format!("{below}.version"));
    // Cases without a fourth part leave it open.
    let is_open = case.get("patch_minor").is_none();
    let begins_alike =
        version.as_ref().zip(found_version.as_ref()).is_some_and(|(wanted, found)| {
            found.strip_prefix(wanted.as_str()).is_some_and(|rest| rest.starts_with('.'))
        });
    found_name == name && (name.is_none() || found_version == version || is_open && begins_alike)
}

#[test]
fn the_projects_own_cases_hold_with_its_rules() {
    let reader = opened(json!({"rules": shared("uap-core/regexes.yaml")}));
    for (file, below, least) in [
        ("test_ua", "user_agent", 1067),
        ("firefox_user_agent_strings", "user_agent", 163),
        ("opera_mini_user_agent_strings", "user_agent", 135),
        ("podcasting_user_agent_strings", "user_agent", 96),
        ("test_os", "user_agent.os", 322),
        ("additional_os_tests", "user_agent.os", 15),
    ] {
        let cases = cases(&format!("uap-core/{file}.json"));
        let wrong: Vec<&Value> =
            cases.iter().filter(|case| !is_as_wanted(&reader, case, below)).collect();
        assert!(wrong.is_empty(), "{file}: {} of {}: {wrong:?}", wrong.len(), cases.len());
        assert_eq!(cases.len(), least);
    }
}

#[test]
fn devices_are_told_apart() {
    let reader = opened(json!({"rules": shared("uap-core/regexes.yaml")}));
    let cases = cases("uap-core/test_device.json");
    for case in &cases {
        let found = read(&reader, case["ua"].as_str().expect("text").as_bytes());
        let wanted = case["family"].as_str().map(str::to_owned);
        assert_eq!(found.get("user_agent.device.name").cloned(), wanted, "{case}");
    }
    assert_eq!(cases.len(), 10_753);
}

#[test]
fn the_built_in_rules_know_almost_all_of_todays_agents() {
    let reader = opened(json!({}));
    for (file, below, percent) in [("test_ua", "user_agent", 90), ("test_os", "user_agent.os", 95)]
    {
        let cases = cases(&format!("uap-core/{file}.json"));
        let right = cases.iter().filter(|case| is_as_wanted(&reader, case, below)).count();
        assert!(right * 100 >= cases.len() * percent, "{file}: {right} of {}", cases.len());
    }
}

#[test]
fn the_fields_are_logstashs() {
    let reader = opened(json!({"field": "message", "target": "ua"}));
    let mut checked = 0;
    for case in cases("logstash-filters/useragent.json") {
        let Some(agent) = case["event_in"]["message"].as_str() else { continue };
        // The rules for this one have changed since.
        if agent.starts_with("MacOutlook") {
            continue;
        }
        if case.get("ecs").is_none_or(|ecs| ecs == "disabled") || case["options"]["target"] != "ua"
        {
            continue;
        }
        let found = read(&reader, agent.as_bytes());
        for expected in case["expect"].as_array().expect("expectations") {
            let field = FieldPath::dotted(expected["field"].as_str().expect("text")).into_owned();
            if field == "ua" || field.starts_with("@metadata") {
                continue;
            }
            let wanted = expected["value"].as_str();
            assert_eq!(found.get(&field).map(String::as_str), wanted, "{field} of {agent}");
            checked += 1;
        }
    }
    assert!(checked >= 20, "only {checked}");
}

#[test]
fn what_is_no_agent_passes_unchanged() {
    let reader = opened(json!({}));
    assert_eq!(read(&reader, b""), BTreeMap::new());
    assert_eq!(read(&reader, b"-"), BTreeMap::new());
    let mut batch = Batch::new();
    let origin = batch.add_origin(&Arc::default());
    batch.push(origin, 0, Timestamp::default());
    assert_eq!(reader.apply(&mut batch.event_mut(0)), Ok(Keep::Yes));
    assert!(batch.event(0).fields().is_empty());
}

#[test]
fn unreadable_agents_are_read_as_far_as_possible() {
    let reader = opened(json!({}));
    let found = read(&reader, b"curl/8.5.0 \xff\xfe");
    assert_eq!(found.get("user_agent.version").map(String::as_str), Some("8.5.0"));
    let long = format!("curl/8.5.0 {}", "x".repeat(1 << 20));
    assert_eq!(read(&reader, long.as_bytes())["user_agent.name"], "curl");
}

#[test]
fn own_rules_replace_the_built_in_ones_and_are_read_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("rules.yaml");
    let write = |name: &str| {
        let rule =
            format!("user_agent_parsers:\n- regex: '(robot)/(\\d+)'\n  family_replacement: {name}");
        std::fs::write(&path, rule).expect("written");
    };
    write("'Our own'");
    let reader = opened(json!({"rules": path}));
    assert_eq!(read(&reader, b"robot/7")["user_agent.name"], "Our own");
    write("'Another one'");
    assert_eq!(reader.refresh(&Host::real()), Ok(()));
    assert_eq!(read(&reader, b"robot/7")["user_agent.name"], "Another one");
    write("'open");
    let why = reader.refresh(&Host::real()).expect_err("damaged");
    assert!(why.ends_with("cannot be used: line 3: expected text in quotes"), "{why}");
    assert_eq!(read(&reader, b"robot/7")["user_agent.name"], "Another one");
}
