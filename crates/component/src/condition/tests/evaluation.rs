//! What conditions and expressions give for one event.

use std::sync::Arc;

use weir_event::{Batch, Key, Origin, Timestamp, Value};

use crate::condition::{Condition, Expression};

/// One event with a field of every kind.
pub(super) fn batch() -> Batch {
    let mut batch = Batch::new();
    let origin = Origin::new(7).with(Key::named("host.name"), "web-1", true);
    let origin = batch.add_origin(&Arc::new(origin));
    let time = Timestamp::from_date((2026, 11, 23), (10, 0, 0), 500_000_000);
    batch.push_text(origin, 42, time, (Key::MESSAGE, b"GET /index.html failed"));
    let mut event = batch.event_mut(0);
    for (name, text) in [
        ("status", &b"404"[..]),
        ("source.ip", b"10.1.2.3"),
        ("client.ip", b"::ffff:10.1.2.3"),
        ("user agent", b"curl/8.5.0"),
        ("path", br"C:\temp"),
        ("lines", b"a\nb"),
        ("flag", b"true"),
        ("off", b"false"),
        ("empty", b""),
        ("broken", b"\xff GET \xe2\x82"),
        ("umlaut", "STRA\u{df}E \u{c4}".as_bytes()),
        ("started", b"2026-11-23T09:00:00Z"),
        ("version", b"1.10"),
    ] {
        event.set_text(Key::named(name), text);
    }
    for (name, value) in [
        ("http.response.status_code", Value::Int(503)),
        ("took", Value::Float(0.25)),
        ("size", Value::Int(-3)),
        ("ok", Value::Bool(true)),
        ("bad", Value::Bool(false)),
        ("nothing", Value::Null),
        ("created", Value::Time(Timestamp::from_date((2026, 1, 2), (3, 4, 5), 0))),
        ("codes", Value::List(Box::new([Value::Int(200), Value::Int(500)]))),
        ("nested", Value::List(Box::new([Value::List(Box::new([Value::Int(1)]))]))),
        ("none", Value::List(Box::new([]))),
    ] {
        event.set(Key::named(name), value);
    }
    let huge = event.arena().append(b"123456789012345678901234567890");
    event.set(Key::named("huge"), Value::Number(huge));
    event.add_tag("prod");
    event.add_tag("web");
    batch
}

#[track_caller]
fn check(cases: &[(&str, bool)]) {
    let batch = batch();
    for (text, wanted) in cases {
        let condition = Condition::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(condition.holds(batch.event(0)), *wanted, "{text}");
    }
}

#[track_caller]
fn check_values(cases: &[(&str, &str)]) {
    let batch = batch();
    for (text, wanted) in cases {
        let expression = Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let value = expression.evaluate(batch.event(0));
        let mut shown = format!("{value:?}").split(['(', ' ']).next().unwrap().to_owned() + " ";
        let mut written = Vec::new();
        value.view().write_text(&mut written);
        shown.push_str(&String::from_utf8_lossy(&written));
        assert_eq!(shown.trim_end(), *wanted, "{text}");
    }
}

#[test]
fn fields_are_named_in_four_ways() {
    check(&[
        ("http.response.status_code == 503", true),
        ("[http][response][status_code] == 503", true),
        ("[http.response.status_code] == 503", true),
        ("`http.response.status_code` == 503", true),
        ("`user agent` == 'curl/8.5.0'", true),
        ("[user agent] == 'curl/8.5.0'", true),
        ("host.name == 'web-1'", true),
        ("log.offset == 42", true),
        ("`in` == null and [not] == null", true),
    ]);
}

#[test]
fn numbers_compare_with_numbers_and_with_text_that_writes_one() {
    check(&[
        ("http.response.status_code >= 500", true),
        ("http.response.status_code > 503", false),
        ("http.response.status_code == 503.0", true),
        ("http.response.status_code == '503'", true),
        ("http.response.status_code == '503x'", false),
        ("status == 404", true),
        ("status >= 400 and status < 500", true),
        ("404 == status", true),
        ("status < 1e3", true),
        ("message == 404", false),
        ("message != 404", true),
        ("message < 404", false),
        ("message >= 404", false),
        ("took <= 0.25", true),
        ("size == -3", true),
        ("size < -2.5", true),
        ("huge > 1e29", true),
        ("huge < 1e30", true),
    ]);
}

#[test]
fn text_compares_byte_by_byte() {
    check(&[
        ("version < '1.9'", true),
        ("version == '1.10'", true),
        ("float(version) > 1.05", true),
        ("status < version", false),
        ("int(status) > int(version)", true),
        ("empty == ''", true),
        (r"path == 'C:\\temp'", true),
        (r#"lines == "a\nb""#, true),
        (r#"'it\'s' == "it's""#, true),
    ]);
}

#[test]
fn a_missing_field_is_null_and_null_equals_nothing() {
    check(&[
        ("missing == 5", false),
        ("missing != 5", true),
        ("missing < 5", false),
        ("not (missing < 5)", true),
        ("missing == other.missing", false),
        ("missing != other.missing", true),
        ("nothing == nothing", false),
        ("missing == null", true),
        ("nothing == null", true),
        ("null != missing", false),
        ("message != null", true),
        ("null == null", true),
        ("exists(missing)", false),
        ("exists(nothing)", false),
        ("exists(empty)", true),
        ("exists(host.name)", true),
        ("exists(@timestamp)", true),
        ("missing in [null]", true),
        ("missing in ['']", false),
        ("missing matches ''", false),
        ("contains(missing, '')", false),
    ]);
}

#[test]
fn a_field_alone_holds_when_it_is_there_and_not_false() {
    check(&[
        ("message", true),
        ("missing", false),
        ("not missing", true),
        ("nothing", false),
        ("bad", false),
        ("ok and flag", true),
        ("off", false),
        ("!off && !bad", true),
        ("empty", true),
        ("flag == true", true),
        ("off == false", true),
        ("ok == 'true'", true),
        ("ok == false", false),
        ("message == true", false),
        ("ok < flag", false),
    ]);
}

#[test]
fn operators_bind_as_people_expect() {
    check(&[
        ("false and false or true", true),
        ("true or false and false", true),
        ("not false and false", false),
        ("not (false and false)", true),
        ("not not true", true),
        ("not status == 405", true),
        ("! status == 404 || false", false),
        ("1 + 2 * 3 == 7", true),
        ("(1 + 2) * 3 == 9", true),
        ("10 - 3 - 2 == 5", true),
        ("2 - -2 == 4", true),
        ("- -size == -3", true),
        ("-(size) == 3", true),
        ("size -1 == -4", true),
        ("7 % 4 + 1 == 4", true),
    ]);
}

#[test]
fn lists_are_searched_by_the_rules_of_equality() {
    check(&[
        ("status in [404]", true),
        ("status in ['404']", true),
        ("status in [404.0, 1]", true),
        ("http.response.status_code in ['503', '504']", true),
        ("status in [1, 2, 3, 4, 5, 6, 7, 8, 9, 404, 500,]", true),
        ("status not in [1, 2, 3, 4, 5, 6, 7, 8, 9, 500]", true),
        ("not (status in [])", true),
        ("message in ['a', 'b']", false),
        ("flag in [true]", true),
        ("ok in ['true']", true),
        ("ok in [false, 'x']", false),
        ("took in [0.25]", true),
        ("codes in [500, 501]", true),
        ("codes in [501]", false),
        ("nested in [1]", false),
        ("created in [1, 'x']", false),
    ]);
}

#[test]
fn values_are_searched_in_fields() {
    check(&[
        ("'web' in tags", true),
        ("'web' in [tags]", true),
        ("'we' in tags", false),
        ("'web' not in [tags]", false),
        ("500 in codes", true),
        ("status in codes", false),
        ("'failed' in [message]", true),
        ("404 in status", true),
        ("40 in status", true),
        ("'GET' in broken", true),
        ("message in message", true),
        ("codes in codes", false),
        ("5 in missing", false),
        ("503 in http.response.status_code", true),
    ]);
}

#[test]
fn a_list_compares_and_matches_by_its_items() {
    check(&[
        ("tags == 'prod'", true),
        ("tags != 'prod'", false),
        ("tags != 'dev'", true),
        ("'prod' == tags", true),
        ("codes >= 500", true),
        ("codes > 500", false),
        ("tags matches '^w'", true),
        ("starts_with(tags, 'pr')", true),
        ("none == 1", false),
        ("nested == 1", false),
        ("codes == codes", false),
    ]);
}

#[test]
fn addresses_are_found_in_networks() {
    check(&[
        (r#"source.ip in cidr("10.0.0.0/8", "2001:db8::/32")"#, true),
        (r#"client.ip in cidr("10.0.0.0/8")"#, true),
        (r#"source.ip not in cidr("192.168.0.0/16")"#, true),
        (r#"source.ip in cidr("10.1.2.3")"#, true),
        (r#"message in cidr("0.0.0.0/0")"#, false),
        (r#"missing in cidr("0.0.0.0/0")"#, false),
        ("is_ip(source.ip) and is_ip(client.ip) and not is_ip(status)", true),
    ]);
}

#[test]
fn text_functions_look_at_text_and_at_numbers_as_text() {
    check(&[
        ("message matches \"^GET /\\S+\"", true),
        ("message not matches 'POST'", true),
        ("message contains \"GET\" and message starts_with 'GET'", true),
        ("message not contains 'POST'", true),
        ("message ends_with 'GET'", false),
        ("matches(message, '(?i)get')", true),
        (r#"message matches "\.html\b""#, true),
        (r#"`user agent` matches "\"?curl""#, true),
        ("contains(message, 'index')", true),
        ("contains(message, '.htm.')", false),
        ("starts_with(message, 'GET')", true),
        ("ends_with(message, 'failed')", true),
        ("starts_with(http.response.status_code, '5')", true),
        ("http.response.status_code matches '^5..$'", true),
        ("took matches '^0[.]25$'", true),
        ("starts_with(@timestamp, '2026-11')", true),
        ("contains(ok, 'tru')", true),
        ("contains(broken, 'GET')", true),
        ("has_tag('prod')", true),
        ("has_tag('dev')", false),
        ("has_tag('pro')", false),
    ]);
}

#[test]
fn times_compare_with_times_and_text_that_writes_one() {
    check(&[
        ("@timestamp >= '2026-11-23'", true),
        ("@timestamp < '2026-11-23T10:00:00.5Z'", false),
        ("@timestamp == '2026-11-23T11:00:00.5+01:00'", true),
        ("@timestamp > created", true),
        ("@timestamp > started", true),
        ("created < '2026-06-01'", true),
        ("created < 'soon'", false),
        ("int(@timestamp) - int(created) > 1000", true),
        ("'2026-11-24' > @timestamp", true),
        ("created == 5", false),
    ]);
}

#[test]
fn kinds_are_asked_for_as_stored() {
    check(&[
        ("is_text(status) and not is_number(status)", true),
        ("is_number(size) and is_number(took) and is_number(huge)", true),
        ("is_bool(ok) and is_time(created) and is_list(tags)", true),
        ("is_null(missing) and is_null(nothing) and not is_null(empty)", true),
        ("is_number(int(status))", true),
        ("is_number(int(message))", false),
    ]);
}

#[test]
fn expressions_give_values() {
    check_values(&[
        ("status + 1", "Int 405"),
        ("took * 1000", "Float 250"),
        ("6 / 3", "Int 2"),
        ("5 / 2", "Float 2.5"),
        ("5 / 0", "Null"),
        ("5 % 0", "Null"),
        ("message + 1", "Null"),
        ("missing + 1", "Null"),
        ("9223372036854775807 + 1", "Float 9223372036854776000"),
        ("-size", "Int 3"),
        ("lower(message)", "Text get /index.html failed"),
        ("upper('abc')", "Text ABC"),
        ("lower(umlaut)", "Text stra\u{df}e \u{e4}"),
        ("length(umlaut)", "Int 8"),
        ("length(tags)", "Int 2"),
        ("length(size)", "Null"),
        ("int('12.9')", "Int 12"),
        ("int(1e300)", "Null"),
        ("int(missing)", "Null"),
        ("float(status)", "Float 404"),
        ("float(@timestamp)", "Float 1795428000.5"),
        ("int(@timestamp)", "Int 1795428000"),
        ("text(size)", "Text -3"),
        ("text(missing)", "Null"),
        ("text(tags)", "Text prod,web"),
        ("text(@timestamp)", "Text 2026-11-23T10:00:00.500Z"),
        ("status == 404", "Bool true"),
        ("[1, 'a', null]", "List 1,a,"),
        ("[status]", "Text 404"),
        ("null", "Null"),
        ("huge", "Number 123456789012345678901234567890"),
        ("@timestamp", "Time 2026-11-23T10:00:00.500Z"),
    ]);
}

#[test]
fn values_are_set_in_their_own_event() {
    let mut batch = batch();
    for (text, wanted) in [
        ("lower(message)", "get /index.html failed"),
        ("message", "GET /index.html failed"),
        ("host.name", "web-1"),
        ("['x', 'y', 3]", "x,y,3"),
        ("tags", "prod,web"),
        ("huge", "123456789012345678901234567890"),
        ("status * 2", "808"),
        ("nowhere", ""),
    ] {
        let expression = Expression::parse(text).unwrap();
        let mut event = batch.event_mut(0);
        let value = expression.value(&mut event);
        let key = Key::named("made");
        event.set(key, value);
        let mut written = Vec::new();
        event.as_ref().view(key).unwrap().write_text(&mut written);
        assert_eq!(String::from_utf8(written).unwrap(), wanted, "{text}");
    }
}

#[test]
fn a_field_s_text_is_shared_with_it() {
    let mut batch = batch();
    let before = batch.arena.len();
    let mut event = batch.event_mut(0);
    let value = Expression::parse("message").unwrap().value(&mut event);
    assert_eq!(Some(&value), event.as_ref().get(Key::MESSAGE));
    assert_eq!(batch.arena.len(), before);
}

#[test]
fn the_fields_of_a_condition_are_known() {
    let text = "a.b > 1 and (exists(c) or [a][b] in tags) and has_tag('x') and lower(d) == 'x'";
    let condition = Condition::parse(text).unwrap();
    let names: Vec<_> = condition.fields().map(Key::name).collect();
    assert_eq!(names, ["a.b", "c", "tags", "d"]);
    let places: Vec<_> = condition.reads().iter().map(|it| &text[it.range.clone()]).collect();
    assert_eq!(places, ["a.b", "c", "[a][b]", "tags", "has_tag", "d"]);
}
