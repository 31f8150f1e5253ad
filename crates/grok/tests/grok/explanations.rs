//! What people are told about a line that does not match.

use weir_grok::{Definitions, Explanation, Family, Pattern, Scratch};

fn explain(text: &str, line: &str) -> Option<Explanation> {
    let pattern = Pattern::compile(text, &Definitions::stock(Family::EcsV1)).expect("right");
    pattern.explain(line.as_bytes(), &mut Scratch::new()).expect("in budget")
}

#[test]
fn the_piece_that_stopped_is_named() {
    let found = explain("%{IP:client} %{WORD:method} %{NUMBER:bytes}", "10.0.0.1 GET x");
    let found = found.expect("it can be taken apart");
    assert_eq!(found.matched_pattern, "%{IP:client} %{WORD:method} ");
    assert_eq!(found.matched, (0, 13));
    assert_eq!(found.stopped_at.as_deref(), Some("%{NUMBER:bytes}"));
    assert_eq!(found.inside, None);
}

#[test]
fn a_piece_inside_a_definition_is_found() {
    let line = "10.0.0.1 - - [09/Nox/2026:20:49:52 +0000] \"GET / HTTP/1.1\" 200 3 \"-\" \"x\"";
    let found = explain("%{COMBINEDAPACHELOG}", line).expect("it can be taken apart");
    assert_eq!(&line[found.matched.0..found.matched.1], "10.0.0.1 - - [09/");
    assert_eq!(found.stopped_at.as_deref(), Some("%{MONTH}"));
    assert_eq!(found.inside.as_deref(), Some("%{HTTPDATE:timestamp}"));
}

#[test]
fn a_line_that_matches_stops_nowhere() {
    let found = explain("%{INT:a} %{INT:b}", "x 1 2").expect("it can be taken apart");
    assert_eq!(found.stopped_at, None);
    assert_eq!(found.matched, (2, 5));
}

#[test]
fn a_line_of_which_nothing_matches_stops_at_the_first_piece() {
    let found = explain("%{INT:a} %{INT:b}", "none").expect("it can be taken apart");
    assert_eq!(found.stopped_at.as_deref(), Some("%{INT:a}"));
    assert_eq!(found.matched_pattern, "");
    assert_eq!(found.matched, (0, 0));
}

#[test]
fn patterns_that_cannot_be_taken_apart_are_not_explained() {
    assert_eq!(explain("a|b", "c"), None);
    assert_eq!(explain(r"(?<x>a)\k<x>", "c"), None);
}
