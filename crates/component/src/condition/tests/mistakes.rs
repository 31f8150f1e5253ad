//! What is refused when a condition is loaded, where, and with which words.

use crate::condition::{Condition, ConditionError, Expression};

#[track_caller]
fn refused(text: &str) -> ConditionError {
    match Condition::parse(text) {
        Ok(_) => panic!("{text} was accepted"),
        Err(error) => error,
    }
}

/// Each case: the text, the part that is marked, the title, the label.
#[track_caller]
fn check(cases: &[(&str, &str, &str, &str)]) {
    for (text, marked, title, label) in cases {
        let error = refused(text);
        let found = (&text[error.range.clone()], &*error.title, &*error.label);
        assert_eq!(found, (*marked, *title, *label), "{text}");
        assert!(!error.help.is_empty(), "{text}");
    }
}

#[test]
fn kinds_that_clash_are_found_at_load() {
    let never = "the two sides can never be equal or in order";
    check(&[
        ("length(1 + \"x\") > 2", "\"x\"", "`+` takes numbers", "this is text"),
        ("5 and true", "5", "a number is not a condition", "neither true nor false"),
        ("true or 'x'", "'x'", "text is not a condition", "neither true nor false"),
        ("not null", "null", "`null` is not a condition", "neither true nor false"),
        ("@timestamp", "@timestamp", "a time is not a condition", "neither true nor false"),
        ("\"a\" < 3", "\"a\" < 3", never, "text and a number"),
        ("\"404\" == 404", "\"404\" == 404", never, "text and a number"),
        ("ok or lower(x) == 3", "lower(x) == 3", never, "text and a number"),
        ("(a and b) == 3", "(a and b) == 3", never, "true or false and a number"),
        ("@timestamp > 5", "@timestamp > 5", never, "a time and a number"),
        ("a < true", "true", "`<` needs values that have an order", "this is true or false"),
        ("null >= a", "null", "`>=` needs values that have an order", "this is `null`"),
        ("-'x' == 1", "'x'", "`-` takes numbers", "this is text"),
        ("@timestamp - 5 > 1", "@timestamp", "`-` takes numbers", "this is a time"),
        ("length(5) == 1", "5", "`length` has no answer for this", "this is a number"),
        ("contains(true, 'x')", "true", "`contains` looks at text", "this is true or false"),
        (
            "int(a) in [1, 'b']",
            "'b'",
            "the value can never be this member of the list",
            "a number is looked for, this is text",
        ),
        (
            "@timestamp > 'yesterday'",
            "'yesterday'",
            "a time is compared with something else",
            "this is not written like a time",
        ),
        (
            "int(a) in cidr('10.0.0.0/8')",
            "int(a)",
            "only an address can be in a network",
            "this is a number",
        ),
    ]);
}

#[test]
fn functions_are_checked_at_load() {
    check(&[
        ("exsts(a)", "exsts", "there is no function `exsts`", "unknown function"),
        ("length(a, b) > 1", "length(a, b)", "`length` takes 1 value", "2 given"),
        ("has_tag()", "has_tag()", "`has_tag` takes 1 value", "0 given"),
        ("starts_with(a)", "starts_with(a)", "`starts_with` takes 2 values", "1 given"),
        ("exists('a')", "'a'", "`exists` takes a field, not text", "text in quotes"),
        ("exists(1)", "1", "`exists` takes a field", "not a field"),
        ("contains(a, b)", "b", "`contains` takes text in quotes here", "not text in quotes"),
        ("a matches b", "b", "`matches` takes text in quotes here", "not text in quotes"),
        (
            "cidr('10.0.0.0/8')",
            "cidr('10.0.0.0/8')",
            "`cidr` stands alone",
            "networks without an address",
        ),
        ("a == cidr()", "cidr()", "`cidr` stands alone", "networks without an address"),
        ("a in cidr()", "cidr()", "`cidr` takes at least one network", "none is given"),
        ("a in cidr(b)", "b", "`cidr` takes networks in quotes", "not text in quotes"),
        (
            "a in cidr('10.0.0.0/8', '10.1.0.0/33')",
            "'10.1.0.0/33'",
            "`10.1.0.0/33` is not a network",
            "`33` is not a prefix length",
        ),
        ("a matches 'x(y'", "'x(y'", "the regular expression is not well-formed", "unclosed group"),
        ("a in 5", "5", "`in` needs something to search", "this is a number"),
        ("a in lower(b)", "lower(b)", "`in` needs something to search", "this is text"),
        (
            "a in [b, c]",
            "b",
            "a list holds written values only",
            "neither a number nor text in quotes",
        ),
        (
            "a == [1, 2]",
            "[1, 2]",
            "a list stands where a single value belongs",
            "lists are only searched",
        ),
    ]);
    assert_eq!(refused("exsts(a)").help, "did you mean `exists`?");
    assert_eq!(refused("startsWith(a, 'b')").help, "did you mean `starts_with`?");
    assert_eq!(refused("a in [b, c]").help, "text needs quotes: `\"b\"`");
    assert_eq!(refused("length(a, b) == 1").help, "write `length(field)`");
    assert_eq!(refused("exists('a.b')").help, "write the name without quotes: `exists(a.b)`");
    let too_big = refused("a matches '\\w{500}{500}'");
    assert_eq!(too_big.label, "compiled, it takes more than 4194304 bytes");
}

#[test]
fn slips_in_writing_are_marked_where_they_are() {
    let no_value = "expected a field, a number, text, a list, a function or `(`";
    let continues = "the condition could end before this";
    check(&[
        ("", "", "the condition is empty", "nothing to decide"),
        ("  ", "  ", "the condition is empty", "nothing to decide"),
        ("a ==", "", "the condition is not complete", no_value),
        ("a and", "", "the condition is not complete", no_value),
        ("(a or b", "(", "`)` is missing", "opened here and never closed"),
        ("exists(a b)", "b", "`)` is missing", "`)` was expected before `b`"),
        ("a in [1, 2", "[", "`]` is missing", "opened here and never closed"),
        ("a)", ")", "`)` does not fit here", continues),
        ("a b", "b", "`b` does not fit here", continues),
        ("a AND b", "AND", "`AND` does not fit here", continues),
        ("1 < a < 3", "<", "`<` does not fit here", continues),
        ("a == not b", "not", "`not` stands inside a comparison", no_value),
        ("and a", "and", "`and` stands where a value belongs", no_value),
        ("a == 'x", "'x", "the text has no end", "begins here"),
        ("`a", "`a", "the field name has no end", "begins here"),
        ("`` == 1", "``", "the field has no name", "nothing between the marks"),
        ("[a][] == 1", "[a][]", "the field has no name", "nothing between the marks"),
        ("a = 1", "=", "`=` means nothing here", "not part of a condition"),
        ("a === 1", "===", "`===` means nothing here", "not part of a condition"),
        ("a =~ /x/", "=~", "`=~` means nothing here", "not part of a condition"),
        ("a <> 1", "<>", "`<>` means nothing here", "not part of a condition"),
        (
            "a == \u{201c}x\u{201d}",
            "\u{201c}",
            "`\u{201c}` means nothing here",
            "not part of a condition",
        ),
        ("\u{1f600}", "\u{1f600}", "`\u{1f600}` means nothing here", "not part of a condition"),
        ("a..b == 1", "a..b", "`a..b` has an empty part", "a dot joins two names"),
        (
            "user-agent == 'x'",
            "user-agent",
            "`user-agent` could be a name or a difference",
            "a hyphen without space around it",
        ),
        (
            "a == 10.0.0.1",
            "10.0.0.1",
            "`10.0.0.1` is not a number",
            "begins with a digit, but does not go on like a number",
        ),
        (
            "a == 5ms",
            "5ms",
            "`5ms` is not a number",
            "begins with a digit, but does not go on like a number",
        ),
        (
            "a == 1e999",
            "1e999",
            "`1e999` is not a number",
            "begins with a digit, but does not go on like a number",
        ),
        (r"a == 'x\d'", r"\d", r"`\d` stands for nothing", "unknown escape"),
        ("a == '\u{e4}\\\u{e4}'", "\\\u{e4}", "`\\\u{e4}` stands for nothing", "unknown escape"),
    ]);
    assert_eq!(refused("a AND b").help, "did you mean `and`?");
    assert_eq!(refused("1 < a < 3").help, "compare two values at a time: `a < b and b < c`");
    assert_eq!(refused("a = 1").help, "write `==` to compare");
}

#[test]
fn size_and_depth_have_limits() {
    let deep = format!("{}a{}", "(".repeat(64), ")".repeat(64));
    assert!(Condition::parse(&deep).is_ok());
    for text in [
        format!("{}a{}", "(".repeat(65), ")".repeat(65)),
        format!("{}a", "not ".repeat(65)),
        format!("{}a == 1", "- ".repeat(65)),
        format!("{}a{} == 'x'", "lower(".repeat(65), ")".repeat(65)),
    ] {
        assert_eq!(refused(&text).title, "the condition is nested too deeply");
    }
    let long = format!("a == '{}'", "\u{e4}".repeat(9000));
    let error = refused(&long);
    assert_eq!(error.title, "the condition is too long");
    assert!(long.is_char_boundary(error.range.start));
}

#[test]
fn long_chains_are_not_deep() {
    let chain = format!("{}false", "a or ".repeat(3000));
    assert!(Condition::parse(&chain).is_ok());
    let sum = format!("{}1 > 0", "1+".repeat(8000));
    assert!(Condition::parse(&sum).is_ok());
    let list: Vec<_> = (0..3000).map(|i| i.to_string()).collect();
    assert!(Condition::parse(&format!("a in [{}]", list.join(","))).is_ok());
}

#[test]
fn a_list_is_a_value_only_by_itself() {
    assert!(Expression::parse("[1, 'a', -2.5, null]").is_ok());
    assert!(Expression::parse("[1, a]").is_err());
    assert!(Expression::parse("[1] + 1").is_err());
}
