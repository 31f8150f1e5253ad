//! What holds for every text.

use proptest::prelude::*;

use super::evaluation::batch;
use crate::condition::{Condition, Expression, parser};

/// Text that looks like a condition more often than not.
fn nearly_conditions() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "a",
            "status",
            "tags",
            "[a][b]",
            "`x y`",
            "@timestamp",
            "1",
            "-2.5",
            "'x'",
            "\"5\"",
            "true",
            "null",
            "(",
            ")",
            "[",
            "]",
            ",",
            "==",
            "!=",
            "<",
            ">=",
            "+",
            "-",
            "*",
            "/",
            "%",
            "and",
            "or",
            "not",
            "in",
            "matches",
            "&&",
            "||",
            "!",
            "exists(",
            "length(",
            "lower(",
            "cidr(",
            "'10.0.0.0/8'",
            "has_tag(",
            "contains(",
            "\\",
            "'",
            "`",
            "=",
            "\u{e4}",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    let between = prop::sample::select(vec!["", " ", " ", " "]);
    prop::collection::vec((piece, between), 0..16)
        .prop_map(|pieces| pieces.into_iter().map(|(piece, space)| piece + space).collect())
}

fn values() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        prop::sample::select(vec![
            "status",
            "took",
            "missing",
            "message",
            "[http][response]",
            "`user agent`",
            "codes",
        ])
        .prop_map(str::to_owned),
        any::<i32>().prop_map(|it| it.to_string()),
        any::<f32>().prop_filter("written", |it| it.is_finite()).prop_map(|it| format!("{it:?}")),
    ];
    leaf.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "-", "*", "/", "%"]), inner.clone())
                .prop_map(|(a, operator, b)| format!("{a} {operator} {b}")),
            inner.clone().prop_map(|it| format!("({it})")),
            inner.clone().prop_map(|it| format!("-({it})")),
            inner.prop_map(|it| format!("int({it})")),
        ]
    })
}

fn conditions() -> impl Strategy<Value = String> {
    let how = prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        (values(), how, values()).prop_map(|(a, how, b)| format!("{a} {how} {b}")),
        values().prop_map(|it| format!("{it} not in [1, 2.5, null]")),
        Just("message matches '^GET'".to_owned()),
        Just("exists(status)".to_owned()),
        Just("missing".to_owned()),
        Just("'web' in tags".to_owned()),
        Just("status == \"404\"".to_owned()),
    ];
    leaf.prop_recursive(4, 16, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} and {b}")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("{a} || {b}")),
            inner.clone().prop_map(|it| format!("not {it}")),
            inner.prop_map(|it| format!("({it})")),
        ]
    })
}

fn check_any(text: &str) -> Result<(), TestCaseError> {
    let batch = batch();
    match Condition::parse(text) {
        Ok(condition) => {
            let _: bool = condition.holds(batch.event(0));
            for read in condition.reads() {
                prop_assert!(text.get(read.range.clone()).is_some_and(|it| !it.is_empty()));
            }
        }
        Err(error) => {
            prop_assert!(text.get(error.range.clone()).is_some(), "{:?} of {text:?}", error.range);
            prop_assert!(error.range.start <= error.range.end);
        }
    }
    if let Ok(expression) = Expression::parse(text) {
        drop(expression.evaluate(batch.event(0)));
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn no_text_makes_it_panic(text in any::<String>()) {
        check_any(&text)?;
    }

    #[test]
    fn no_near_condition_makes_it_panic(text in nearly_conditions()) {
        check_any(&text)?;
    }

    #[test]
    fn a_printed_condition_means_the_same(text in conditions()) {
        let printed = parser::parse(&text).map_err(|error| {
            TestCaseError::fail(format!("{text}: {error}"))
        })?.to_string();
        let again = parser::parse(&printed).map_err(|error| {
            TestCaseError::fail(format!("{text} printed as {printed}: {error}"))
        })?.to_string();
        prop_assert_eq!(&printed, &again);
        let batch = batch();
        let holds = |text: &str| Condition::parse(text).map(|it| it.holds(batch.event(0)));
        prop_assert_eq!(holds(&text).ok(), holds(&printed).ok());
        prop_assert!(holds(&text).is_ok());
    }
}
