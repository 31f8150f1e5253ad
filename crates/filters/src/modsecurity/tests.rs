#![expect(clippy::unwrap_used, reason = "tests")]

use std::path::{Path, PathBuf};

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use weir_host::{Clock as _, SystemClock};
use weir_testkit::pages::Bench;

use crate::FILTERS;

fn bench(settings: &str) -> Bench {
    Bench::new(FILTERS, &format!("type = \"modsecurity\"\n{settings}")).unwrap()
}

fn read(settings: &str, text: &str) -> Json {
    bench(settings).pass(&json!({ "message": text })).unwrap().unwrap()
}

const RECORD: &str = "--a460e71e-A--\n[23/Nov/2026:20:49:04.358112 +0000] awSmw 192.0.2.10 56668 198.51.100.1 80\n\
--a460e71e-B--\nPOST /login?a=1 HTTP/1.1\nHost: shop.example:8080\nUser-Agent: curl/8\nCookie: session=secret\nAuthorization: Basic c2VjcmV0\n\n\
--a460e71e-C--\npassword=hunter2\n--a460e71e-F--\nHTTP/1.1 403 Forbidden\nContent-Length: 5\n\n--a460e71e-E--\nno no\n\n\
--a460e71e-H--\n\
Message: Warning. Pattern match \"x\\\"y\" at REQUEST_COOKIES:session. [file \"/r.conf\"] [line \"7\"] [id \"942100\"] [msg \"SQL injection\"] [data \"found secret \\\"] [id \\\"1\"] [severity \"CRITICAL\"] [ver \"OWASP_CRS/3.3.4\"] [tag \"attack-sqli\"]\n\
Message: Access denied with code 403 (phase 2). Operator GE matched 5 at TX:anomaly_score. [id \"949110\"] [msg \"Inbound Anomaly Score Exceeded (Total Score: 5)\"]\n\
Action: Intercepted (phase 2)\nStopwatch2: 1795466944476362 2106; combined=1634, p1=5\n\
Producer: ModSecurity for Apache/2.9.7 (http://www.modsecurity.org/); OWASP_CRS/3.3.4.\nServer: Apache\nEngine-Mode: \"ENABLED\"\n\n--a460e71e-Z--\n";

#[test]
fn a_native_record_becomes_fields() {
    let became = read("", RECORD);
    assert_eq!(became["@timestamp"], "2026-11-23T20:49:04.358112Z", "{became:#}");
    assert_eq!(became["source"]["ip"], "192.0.2.10");
    assert_eq!(became["destination"]["port"], 80);
    assert_eq!(became["http"]["request"]["method"], "POST");
    assert_eq!(became["http"]["request"]["body"], json!({ "bytes": 16 }));
    assert_eq!(became["url"]["domain"], "shop.example");
    assert_eq!(became["rule"]["id"], "942100");
    assert_eq!(became["event"]["action"], "blocked");
    assert_eq!(became["event"]["duration"], 2_106_000);
    assert_eq!(became["modsecurity"]["rules_total"], 2);
    assert_eq!(became["modsecurity"]["anomaly_score"]["inbound"], 5);
    assert_eq!(became["modsecurity"]["engine_mode"], "enabled");
    assert_eq!(became["tags"], json!(null));
}

#[test]
fn the_rule_that_stopped_the_request_is_named_else_the_most_severe_one() {
    let with = |lines: &str| read("", &RECORD.replace("Message: Warning.", lines));
    let warned = "Message: Warning. [id \"920350\"] [msg \"a number for a host\"] [severity \"WARNING\"]\n\
                  Message: Warning. [id \"1\"] [msg \"of our own\"]\nMessage: Warning.";
    assert_eq!(with(warned)["rule"]["id"], "942100");
    let denied = "Message: Warning. [id \"1\"] [msg \"a\"] [severity \"CRITICAL\"]\n\
                  Message: Access denied with code 403 (phase 1). [id \"2\"] [msg \"b\"]\nMessage: Warning.";
    assert_eq!(with(denied)["rule"]["id"], "2");
    let emergency = warned.replace("WARNING", "0");
    assert_eq!(with(&emergency)["rule"]["id"], "942100");
}

#[test]
fn secrets_and_bodies_are_shown_only_where_asked() {
    let became = read("", RECORD).to_string();
    for secret in ["session=secret", "c2VjcmV0", "hunter2", "no no", "found secret"] {
        assert!(!became.contains(secret), "{secret}: {became}");
    }
    let became = read("bodies = 'keep'\nheaders = 'keep'", RECORD).to_string();
    for secret in ["session=secret", "c2VjcmV0", "hunter2", "no no", "found secret"] {
        assert!(became.contains(secret), "{secret}: {became}");
    }
}

#[test]
fn a_zone_with_two_signs_is_west_of_greenwich() {
    let became = read("", &RECORD.replace("+0000", "--0400"));
    assert_eq!(became["@timestamp"], "2026-11-24T00:49:04.358112Z", "{became:#}");
}

#[test]
fn the_phases_of_a_record_in_json_are_added_up() {
    let with = |last: &str| {
        let text = r#"{"transaction":{"time":"28/Nov/2026:11:16:14.273852 +0000","transaction_id":"awq3"},"audit_data":{"stopwatch":{"p1":435,"p2":890,"p3":0,"p4":0,"p5":LAST,"sr":36}}}"#;
        read("", &text.replace("LAST", last))["modsecurity"]["stopwatch"].clone()
    };
    assert_eq!(with("141"), json!({ "combined_us": 1466 }));
    assert_eq!(with("9223372036854775807"), json!(null));
}

#[test]
fn version_three_writes_another_object() {
    let text = r#"{"transaction":{"client_ip":"192.0.2.9","time_stamp":"Sat Mar  5 06:20:00 2022","client_port":39654,"host_ip":"198.51.100.2","host_port":443,"unique_id":"1637","request":{"method":"GET","http_version":1.1,"uri":"/?a=../etc/passwd","headers":{"Host":"shop.example","Cookie":"a=b"}},"response":{"http_code":403,"headers":{}},"producer":{"modsecurity":"ModSecurity v3.0.8","connector":"ModSecurity-nginx v1.0.3","secrules_engine":"Enabled","components":["OWASP_CRS/3.3.2\""]},"messages":[{"message":"OS File Access Attempt","details":{"match":"Matched \"Operator `PmFromFile' with parameter `lfi.data' against variable `ARGS:a' (Value: `../etc/passwd' )","reference":"o","ruleId":"930120","file":"/r.conf","lineNumber":"71","data":"Matched Data: etc/passwd found within ARGS:a: ../etc/passwd","severity":"2","ver":"OWASP_CRS/3.3.2","rev":"","tags":["attack-lfi"],"maturity":"0","accuracy":"0"}},{"message":"Inbound Anomaly Score Exceeded (Total Score: 5)","details":{"match":"","ruleId":"949110"}}]}}"#;
    let became = read("", text);
    assert_eq!(became["@timestamp"], "2022-03-05T06:20:00.000Z", "{became:#}");
    assert_eq!(became["http"]["version"], "1.1");
    assert_eq!(became["event"]["action"], "blocked");
    let rule = &became["modsecurity"]["rules"][0];
    assert_eq!(rule["severity"], "critical");
    assert_eq!(rule["variable"], "ARGS:a");
    assert_eq!(rule["pattern"], "lfi.data");
    assert_eq!(became["modsecurity"]["anomaly_score"]["inbound"], 5);
}

#[test]
fn a_line_of_the_index_becomes_fields() {
    let became = read(
        "",
        r#"shop.example 192.0.2.9 - - [23/Nov/2026:20:49:10.363448 +0000] "POST /a HTTP/1.1" 500 571 "-" "-" awSm "-" /20261123/x 0 21253 md5:2e81 "#,
    );
    assert_eq!(became["modsecurity"]["audit_file"], "/20261123/x", "{became:#}");
    assert_eq!(became["http"]["response"]["status_code"], 500);
}

#[test]
fn what_is_no_record_keeps_its_text() {
    for text in
        ["", "garbage", "--", "--a-A--", "{}", "{\"transaction\": 1}", "{\"transaction\": {}}"]
    {
        let became = read("", text);
        assert_eq!(became["message"], text);
        assert_eq!(became["tags"], json!(["_modsecurityfailure"]), "{text}");
    }
}

#[test]
fn a_record_with_very_many_rules_is_bounded() {
    let line = "Message: Warning. [id \"1\"] [msg \"x\"]\n".repeat(5000);
    let became = read("", &RECORD.replace("Action:", &format!("{line}Action:")));
    assert_eq!(became["modsecurity"]["rules"].as_array().unwrap().len(), super::record::RULES_MAX);
    assert_eq!(became["modsecurity"]["rules_total"], 5002);
}

fn data(below: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data").join(below)
}

/// The records of a file in the native form, or its lines.
fn records(text: &str) -> Vec<String> {
    if !text.starts_with("--") {
        return text.lines().map(str::to_owned).collect();
    }
    let mut records = Vec::new();
    for line in text.lines() {
        if line.ends_with("-A--") {
            records.push(String::new());
        }
        let record = records.last_mut().unwrap();
        record.push_str(line);
        record.push('\n');
    }
    records
}

fn files(below: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(below).into_iter().flatten().flatten() {
        if entry.path().is_dir() { files(&entry.path(), found) } else { found.push(entry.path()) }
    }
}

#[test]
fn every_record_of_real_servers_is_read() {
    let mut found = Vec::new();
    files(&data("modsecurity-live"), &mut found);
    files(&data("modsecurity-audit"), &mut found);
    let bench = bench("");
    let mut count = 0;
    for path in found {
        let name = path.to_string_lossy();
        let is_error = name.ends_with("error.log");
        let audit = name.contains("audit") || name.contains("www-data");
        if !(is_error || audit) || name.contains("generator") {
            continue;
        }
        let text = String::from_utf8_lossy(&std::fs::read(&path).unwrap()).into_owned();
        let records = if name.ends_with("27.json") {
            let objects = serde_json::Deserializer::from_str(&text).into_iter::<Json>();
            objects.map(|it| it.unwrap().to_string()).collect()
        } else {
            records(&text)
        };
        for text in records {
            if text.trim().is_empty() || (is_error && !super::line::is_error(&text)) {
                continue;
            }
            let became = bench.pass(&json!({ "message": text })).unwrap().unwrap();
            assert_eq!(became["tags"], json!(null), "{name}: {text}\n{became:#}");
            count += 1;
        }
    }
    assert!(count > 100 || std::env::var_os("CI").is_none(), "{count} records were found");
}

#[test]
fn lines_of_other_collections_name_rule_and_client() {
    let Ok(text) = std::fs::read(data("crowdsecurity-hub/modsecurity.json")) else {
        assert!(std::env::var_os("CI").is_none(), "the cases are missing");
        return;
    };
    let cases: Json = serde_json::from_slice(&text).unwrap();
    let bench = bench("");
    for case in cases["cases"].as_array().unwrap() {
        let line = case["line"].as_str().unwrap();
        let inner: Option<Json> = serde_json::from_str(line).ok();
        let line = inner.as_ref().map_or(line, |it| it["msg"].as_str().unwrap());
        let became = bench.pass(&json!({ "message": line })).unwrap().unwrap();
        assert_eq!(became["tags"], json!(null), "{line}");
        assert!(became["rule"]["id"].is_string(), "{line}\n{became:#}");
        assert!(became["source"]["ip"].is_string(), "{line}\n{became:#}");
        assert!(became["url"]["path"].is_string(), "{line}\n{became:#}");
    }
}

#[test]
fn twice_the_record_is_about_twice_the_work() {
    let time = |lines: usize| {
        let more = "Message: Warning. a \" at b [id \"1\"] [data \"\\\"] (Value: ` [tag \"x\"]\n"
            .repeat(lines);
        let text = RECORD.replace("Action:", &format!("{more}Action:"));
        let (bench, clock) = (bench(""), SystemClock::start());
        (0..3)
            .map(|_| {
                let start = clock.elapsed();
                bench.pass(&json!({ "message": text })).unwrap();
                clock.elapsed().saturating_sub(start)
            })
            .min()
            .unwrap()
    };
    let (once, twice) = (time(10_000), time(20_000));
    assert!(twice < once * 6, "{once:?}, {twice:?}");
}

proptest! {
    #[test]
    fn cut_and_changed_records_never_panic_and_keep_their_text(
        cut in 0..RECORD.len(), at in 0..RECORD.len(), put in "\\PC{0,8}|[\\[\\]\"\\\\\\-{}: \n]{0,8}",
    ) {
        let bench = bench("");
        let cut = RECORD.get(..cut).unwrap_or_default();
        let became = bench.pass(&json!({ "message": cut })).unwrap().unwrap();
        prop_assert!(became["message"] == cut || became["modsecurity"]["form"].is_string());
        let changed = format!("{}{put}{}", &RECORD[..at], &RECORD[at..]);
        let became = bench.pass(&json!({ "message": changed })).unwrap().unwrap();
        prop_assert!(became["message"] == changed.as_str() || became["modsecurity"]["form"].is_string());
        let line = format!("[client 192.0.2.1] ModSecurity: {}{put}", RECORD[at..].replace('\n', " "));
        bench.pass(&json!({ "message": line })).unwrap();
    }
}
