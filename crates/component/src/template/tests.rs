#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use proptest::prelude::*;
use weir_event::{Batch, Key, Origin, Timestamp, Value};

use super::{MissingField, Template};

fn batch(time: Timestamp) -> Batch {
    let mut batch = Batch::new();
    let origin = Origin::new(7).with(Key::named("host.name"), "web-1", true);
    let origin = batch.add_origin(&Arc::new(origin));
    batch.push_text(origin, 42, time, (Key::MESSAGE, b"hello"));
    let mut event = batch.event_mut(0);
    event.set_text(Key::named("service.name"), b"shop");
    event.set_text(Key::named("odd|na:me x"), b"odd");
    event.set_text(Key::named("empty"), b"");
    event.set(Key::named("status"), Value::Int(-404));
    event.set(Key::named("took"), Value::Float(0.5));
    event.set(Key::named("nothing"), Value::Null);
    event.add_tag("a");
    event.add_tag("b");
    batch
}

fn rendered(text: &str, batch: &Batch) -> Result<String, MissingField> {
    let template = Template::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut out = b"> ".to_vec();
    let outcome = template.render(batch.event(0), &mut out);
    let shown = String::from_utf8(out).unwrap();
    assert!(outcome.is_ok() || shown == "> ", "{text} left {shown}");
    outcome.map(|()| shown["> ".len()..].to_owned())
}

#[test]
fn fields_and_times_take_their_places() {
    let batch = batch(Timestamp::from_date((2026, 11, 23), (4, 5, 6), 78_000_000));
    for (text, wanted) in [
        ("", ""),
        ("plain", "plain"),
        ("100 % {x}", "100 % {x}"),
        ("%", "%"),
        ("%{service.name}", "shop"),
        ("%{[service][name]}", "shop"),
        ("%{[service.name]|x}", "shop"),
        ("%{[odd|na:me x]}", "odd"),
        ("logs-%{service.name}-%{+yyyy-MM-dd}", "logs-shop-2026-11-23"),
        ("%{host.name}/%{status}/%{took}", "web-1/-404/0.5"),
        ("%{tags}", "a,b"),
        ("%{empty}|", "|"),
        ("%{@timestamp}", "2026-11-23T04:05:06.078Z"),
        ("%{log.offset}", "42"),
        ("%{missing|none}", "none"),
        ("%{nothing|none}", "none"),
        ("%{missing|}", ""),
        ("%{missing|a|b:-c}", "a|b:-c"),
        ("%{empty|none}", ""),
        ("%%{service.name}", "%{service.name}"),
        ("%%%{service.name}", "%%{service.name}"),
        ("%% %{service.name}%", "%% shop%"),
        ("%{+yyyy.MM.dd'T'HH:mm:ss.SSS}", "2026.11.23T04:05:06.078"),
        ("%{+yyyyMMdd}%{+HH}", "2026112304"),
        ("%{+YYYY-DDD yy ''}", "2026-327 26 '"),
        ("%{+xxxx.ww}", "2026.48"),
        ("%{+%Y.%m.%d}", "2026.11.23"),
        ("%{+%F %T.%L %y %j %G-%V 5%%}", "2026-11-23 04:05:06.078 26 327 2026-48 5%"),
        ("%{+%s}", "1795406706"),
        ("\u{e4}%{+'\u{e4}'dd\u{20ac}}\u{e4}", "\u{e4}\u{e4}23\u{20ac}\u{e4}"),
    ] {
        assert_eq!(rendered(text, &batch).as_deref(), Ok(wanted), "{text}");
    }
}

#[test]
fn a_missing_field_is_named_and_nothing_is_written() {
    let batch = batch(Timestamp::default());
    for (text, name) in [("x-%{missing}", "missing"), ("%{service.name}%{nothing}", "nothing")] {
        assert_eq!(rendered(text, &batch), Err(MissingField(Key::named(name))), "{text}");
    }
    let shown = MissingField(Key::named("a.b")).to_string();
    assert_eq!(shown, "the event has no field `a.b`");
}

#[test]
fn weeks_follow_iso_8601() {
    for (date, wanted) in [
        ((2021, 1, 3), "2020-53 003"),
        ((2021, 1, 4), "2021-01 004"),
        ((2024, 12, 30), "2025-01 365"),
        ((2026, 12, 31), "2026-53 365"),
        ((2024, 12, 29), "2024-52 364"),
        ((1969, 12, 29), "1970-01 363"),
        ((1970, 1, 1), "1970-01 001"),
        ((-5, 1, 4), "-0005-01 004"),
        ((12_345, 12, 31), "+12346-01 365"),
    ] {
        let batch = batch(Timestamp::from_date(date, (23, 59, 59), 0));
        assert_eq!(rendered("%{+xxxx-ww DDD}", &batch).as_deref(), Ok(wanted), "{date:?}");
    }
}

#[test]
fn extreme_times_are_written() {
    for seconds in [i64::MIN, i64::MIN / 1000, -1, i64::MAX / 1000] {
        let batch = batch(Timestamp::new(seconds, 0));
        assert!(rendered("%{+%s}", &batch).is_ok_and(|it| it == seconds.to_string()));
        assert!(rendered("%{+yyyy MM dd DDD xxxx ww}", &batch).is_ok());
    }
}

#[test]
fn mistakes_are_marked_where_they_are() {
    for (text, marked, title) in [
        ("a%{b", "%{b", "the placeholder has no end"),
        ("a%{}b", "%{}", "the field has no name"),
        ("%{|x}", "%{|x}", "the field has no name"),
        ("%{a..b}", "%{a..b}", "the field has no name"),
        ("%{ host.name }", "%{ host.name }", "a placeholder names one field"),
        ("%{IP:client}", "%{IP:client}", "a placeholder names one field"),
        ("%{a:-b}", "%{a:-b}", "a default is written behind `|`"),
        ("%{[a}", "%{[a}", "the brackets do not make a name"),
        ("%{[a]b}", "%{[a]b}", "the brackets do not make a name"),
        ("%{[a][]}", "%{[a][]}", "the brackets do not make a name"),
        ("x%{+}", "%{+}", "the time has no format"),
        ("%{+yyyy-mmm}", "mmm", "`mmm` is not a part of a time"),
        ("%{+yyyy\u{e4}}", "\u{e4}", "`\u{e4}` is not a part of a time"),
        ("\u{e4}%{+dd'x}", "'x", "the text in the time has no end"),
        ("%{+%Y-%q}", "%q", "`%q` is not a part of a time"),
        ("%{+%Y-%\u{e4}}", "%\u{e4}", "`%\u{e4}` is not a part of a time"),
        ("%{+%Y%}", "%", "`%` is not a part of a time"),
    ] {
        let error = Template::parse(text).unwrap_err();
        let found = (&text[error.range.clone()], &*error.title);
        assert_eq!(found, (marked, title), "{text}");
        assert!(!error.help.is_empty() && !error.label.is_empty(), "{text}");
    }
    let long = "\u{20ac}".repeat(6000);
    let error = Template::parse(&long).unwrap_err();
    assert_eq!(error.title, "the template is too long");
    assert!(long.is_char_boundary(error.range.start));
    assert_eq!(Template::parse("%{a:-b}").unwrap_err().help, "write `%{a|b}`");
}

#[test]
fn constants_and_fields_are_known() {
    for text in ["", "x", "%%{a}", "100%"] {
        assert!(Template::parse(text).unwrap().is_constant(), "{text}");
    }
    for text in ["%{a}", "%{+yyyy}"] {
        assert!(!Template::parse(text).unwrap().is_constant(), "{text}");
    }
    let template = Template::parse("%{a.b}%{+dd}%{[c][d]|x}").unwrap();
    assert_eq!(template.fields().map(Key::name).collect::<Vec<_>>(), ["a.b", "c.d"]);
}

fn nearly_templates() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "%{",
            "}",
            "%",
            "%%{",
            "+",
            "yyyy",
            "MM",
            "'",
            "[",
            "]",
            "a",
            ".",
            "|",
            ":-",
            "%Y",
            "%F",
            "host.name",
            "\u{e4}",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_makes_it_panic(text in prop_oneof![any::<String>(), nearly_templates()]) {
        match Template::parse(&text) {
            Ok(template) => {
                let batch = batch(Timestamp::default());
                let mut out = Vec::new();
                let outcome = template.render(batch.event(0), &mut out);
                prop_assert!(outcome.is_ok() || out.is_empty());
            }
            Err(error) => {
                let marked = text.get(error.range.clone());
                prop_assert!(marked.is_some_and(|it| !it.is_empty()), "{:?}", error.range);
            }
        }
    }

    #[test]
    fn text_with_its_marks_escaped_stays_itself(text in "[a%{}|+]{0,20}") {
        let batch = batch(Timestamp::default());
        prop_assert_eq!(rendered(&text.replace("%{", "%%{"), &batch), Ok(text));
    }
}
