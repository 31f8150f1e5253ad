#![expect(clippy::unwrap_used, reason = "tests")]

use serde_json::{Value as Json, json};
use weir_testkit::pages::Bench;

use crate::FILTERS;

fn settings(source: &str) -> String {
    format!("type = \"vrl\"\nsource = {}\n", toml::Value::from(source))
}

fn run(settings: &str, given: &Json) -> Vec<Json> {
    let bench = Bench::new(FILTERS, settings).unwrap();
    let mut became = bench.pass_all(std::slice::from_ref(given)).unwrap();
    for event in &mut became {
        let members = event.as_object_mut().unwrap();
        if members["@timestamp"] == "2026-11-23T10:00:00.000Z" {
            members.remove("@timestamp");
        }
    }
    became
}

#[track_caller]
fn check(source: &str, given: &Json, wanted: &Json) {
    assert_eq!(run(&settings(source), given), std::slice::from_ref(wanted), "{source}");
}

#[test]
fn only_what_changed_is_written() {
    let given = json!({"a": {"b": 1, "c": [{"d": 2}]}, "n": 1.5, "e": {}});
    check(".x = .a.c[0].d", &given, &{
        let mut wanted = given.clone();
        wanted["x"] = json!(2);
        wanted
    });
    check(".a.b = 5", &json!({"a": {"b": 1, "c": 2}}), &json!({"a": {"b": 5, "c": 2}}));
    check(".a = 5", &json!({"a": {"b": 1, "c": 2}, "z": 1}), &json!({"z": 1, "a": 5}));
    check(".a.b = 5", &json!({"a": "text"}), &json!({"a": {"b": 5}}));
    check("del(.a.b)", &json!({"a": {"b": 1, "c": 2}}), &json!({"a": {"c": 2}}));
    check("del(.a.b)", &json!({"a": {"b": 1}}), &json!({"a": {}}));
    check("del(.a.b, compact: true)", &json!({"a": {"b": 1}}), &json!({}));
    check("del(.a)", &json!({"a": {"b": 1}, "c": 1}), &json!({"c": 1}));
    check(".a[1].x = 1", &json!({"a": [1]}), &json!({"a": [1, {"x": 1}]}));
}

#[test]
fn quotes_around_a_name_with_dots_make_no_difference() {
    let given = json!({"log": {"level": "WARN"}});
    check(".\"log.level\" = downcase!(.\"log.level\")", &given, &json!({"log": {"level": "warn"}}));
    check("del(.\"log.level\")", &json!({"log": {"level": 1, "x": 2}}), &json!({"log": {"x": 2}}));
    check(". = {\"a.b\": 1}; .c = .\"a.b\"", &json!({}), &json!({"a": {"b": 1}, "c": 1}));
}

#[test]
fn the_timestamp_is_the_time_of_the_event() {
    let time = "2020-02-29T12:00:00.000Z";
    check(".timestamp = t'2020-02-29T12:00:00Z'", &json!({}), &json!({"@timestamp": time}));
    let source = ".timestamp = parse_timestamp!(.timestamp, \"%+\")";
    check(source, &json!({"timestamp": time}), &json!({"@timestamp": time}));
    check(".\"@timestamp\" = \"2020-02-29T12:00:00Z\"", &json!({}), &json!({"@timestamp": time}));
    check(".y = format_timestamp!(.timestamp, \"%Y\")", &json!({}), &json!({"y": "2026"}));
    check(".y = format_timestamp!(.\"@timestamp\", \"%Y\")", &json!({}), &json!({"y": "2026"}));
    check(".timestamp = 5", &json!({}), &json!({"timestamp": 5}));
    check("del(.timestamp)", &json!({"timestamp": 5}), &json!({}));
    check("del(.timestamp)", &json!({"a": 5}), &json!({"a": 5}));
    check(". = {\"@timestamp\": \"noon\"}", &json!({}), &json!({"_@timestamp": "noon"}));
    check(".x = keys(.)", &json!({"a": 1}), &json!({"a": 1, "x": ["a", "timestamp"]}));
}

#[test]
fn the_root_may_be_replaced() {
    check(". = {\"a\": {\"b\": [{\"c\": 1}]}, \"\": 1}", &json!({"z": 1}), &{
        json!({"_": 1, "a": {"b": [{"c": 1}]}})
    });
    check(". = \"text\"", &json!({"z": 1}), &json!({"message": "text"}));
    check(". = merge(., {\"b\": 2})", &json!({"a": 1}), &json!({"a": 1, "b": 2}));
    check(". |= {\"b\": 2}", &json!({"a": 1}), &json!({"a": 1, "b": 2}));
    check("if exists(.z) { . = {} } else { .y = 1 }", &json!({"x": 1}), &json!({"x": 1, "y": 1}));
    check(
        ". = {\"z\": 1}; .y = .z; .x = {}; .x.y = 2",
        &json!({}),
        &json!({"z": 1, "y": 1, "x": {"y": 2}}),
    );
}

#[test]
fn a_list_at_the_root_makes_events() {
    let made = run(&settings(". = [{\"a\": 1}, \"b\", {}]"), &json!({"z": 1}));
    assert_eq!(made, [json!({"a": 1}), json!({"message": "b"}), json!({})]);
    assert!(run(&settings(". = []"), &json!({"z": 1})).is_empty());
    let made = run(&settings(". = unnest!(.items)"), &json!({"k": 1, "items": ["a", "b"]}));
    assert_eq!(made, [json!({"items": "a", "k": 1}), json!({"items": "b", "k": 1})]);
    let many = "x = []; . = split(repeat, \",\")".replace("repeat", "string!(.m)");
    let made = run(&settings(&many), &json!({"m": ",".repeat(10_000)}));
    assert_eq!((made.len(), &made[0]["tags"]), (1, &json!(["_vrlfailure"])));
}

#[test]
fn an_abort_drops_or_tags() {
    assert!(run(&settings(".x = 1; abort"), &json!({"a": 1})).is_empty());
    let kept = settings(".x = 1; abort \"not \" + string!(.a)") + "drop-on-abort = false";
    let wanted = json!({
        "a": "this", "tags": ["_vrlabort"], "error": {"message": "vrl-1: not this"}
    });
    assert_eq!(run(&kept, &json!({"a": "this"})), [wanted]);
}

#[test]
fn an_error_leaves_the_event_as_it_was() {
    let failing = settings(".x = 1\n.a = to_int!(.a)");
    let became = run(&failing, &json!({"a": "x"}));
    assert_eq!((&became[0]["a"], &became[0]["tags"]), (&json!("x"), &json!(["_vrlfailure"])));
    assert!(became[0].get("x").is_none(), "{became:?}");
    assert!(run(&(failing + "drop-on-error = true"), &json!({"a": "x"})).is_empty());
}

#[test]
fn nothing_stays_from_one_event_to_the_next() {
    let program = settings(".x = %m; %m = 1; .y = .x == 1");
    let bench = Bench::new(FILTERS, &program);
    let became = bench.unwrap().pass_all(&[json!({}), json!({})]).unwrap();
    for event in became {
        assert_eq!((&event["x"], &event["y"]), (&Json::Null, &json!(false)), "{event}");
    }
}

#[test]
fn a_program_without_end_is_stopped() {
    let loops = (0..4).fold(".n = 1".to_owned(), |inner, i| {
        format!("for_each(array!(.items)) -> |_i{i}, _v{i}| {{ {inner} }}")
    });
    let items: Json = (0..100).collect();
    let became = run(&settings(&loops), &json!({ "items": items }));
    let why = json!("vrl-1: execution interrupted");
    assert_eq!((&became[0]["error"]["message"], &became[0]["n"]), (&why, &Json::Null));
}

#[test]
fn a_wrong_program_is_shown_at_its_place() {
    let wrong = "type = \"vrl\"\nsource = '''\n.a = 1\n.b = parse_json(.c)\n'''\n";
    let why = Bench::new(FILTERS, wrong).unwrap_err();
    assert!(why.contains("unhandled fallible assignment") && why.contains(":5:6"), "{why}");
    let why = Bench::new(FILTERS, "type = \"vrl\"\nsource = '.a = = 1'").unwrap_err();
    assert!(why.contains("syntax error"), "{why}");
    let why =
        Bench::new(FILTERS, "type = \"vrl\"\nsource = '''.a = nope(1)\n.b = http_request!(.x)'''");
    let why = why.unwrap_err();
    assert!(why.contains("undefined function") && why.contains("also line 2"), "{why}");
}

#[test]
fn settings_that_say_nothing_or_too_much_are_refused() {
    for (settings, wanted) in [
        ("", "neither `source` nor `file`"),
        ("source = '.a = 1'\nfile = 'x.vrl'", "exclude each other"),
        ("source = '.a = 1'\ntimezone = 'Mars/Olympus'", "no time zone `Mars/Olympus`"),
    ] {
        let why = Bench::new(FILTERS, &format!("type = \"vrl\"\n{settings}")).unwrap_err();
        assert!(why.contains(wanted), "{why}");
    }
}

#[test]
fn a_program_may_stand_in_a_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("x.vrl");
    std::fs::write(&path, ".a = upcase!(.a)\n").unwrap();
    let settings = format!("type = \"vrl\"\nfile = {}", toml::Value::from(path.to_str().unwrap()));
    assert_eq!(run(&settings, &json!({"a": "x"})), [json!({"a": "X"})]);
    std::fs::write(&path, ".a = upcase(.a)\n").unwrap();
    let bench = Bench::new(FILTERS, &settings).and_then(|bench| bench.pass(&json!({})));
    let why = bench.unwrap_err();
    assert!(why.contains("x.vrl") && why.contains("1 │ .a = upcase(.a)"), "{why}");
}
