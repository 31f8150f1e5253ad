#![expect(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;

use crate::{Cast, Definitions, ErrorKind, Family, GrokError, Pattern, Scratch};

fn error(text: &str) -> GrokError {
    Pattern::compile(text, &Definitions::stock(Family::EcsV1)).unwrap_err()
}

/// The captures of `text` on `line`; `None` if it does not match.
fn captures(text: &str, line: &str) -> Option<Vec<Option<String>>> {
    let pattern = Pattern::compile(text, &Definitions::stock(Family::EcsV1)).unwrap();
    let mut scratch = Scratch::new();
    let matched = pattern.matches(line.as_bytes(), &mut scratch).unwrap();
    matched.then(|| {
        scratch.iter().map(|span| span.map(|(start, end)| line[start..end].to_owned())).collect()
    })
}

fn one(text: &str, line: &str) -> Option<String> {
    captures(&format!("(?<all>{text})"), line)?.remove(0)
}

#[test]
fn an_unknown_name_is_reported_where_it_stands_with_the_nearest_one() {
    let error = error("%{IP:client} %{NUMBR:x}");
    assert_eq!(error.offset, 13);
    assert_eq!(error.to_string(), "no pattern is called `NUMBR`; did you mean `NUMBER`?");
}

#[test]
fn recursion_is_reported_with_its_path() {
    let mut definitions = Definitions::empty();
    definitions.add("A", "x%{B}").unwrap();
    definitions.add("B", "(?:y|%{A})").unwrap();
    let error = Pattern::compile("1 %{A}", &definitions).unwrap_err();
    assert_eq!(error.offset, 2);
    assert_eq!(
        error.to_string(),
        "`A` is defined in terms of itself: A -> B -> A (in the definition of `B`)"
    );
}

#[test]
fn mistakes_point_at_their_place() {
    for (text, offset) in [
        ("ab(c", 2),
        ("ab)c", 2),
        ("ab[c", 2),
        ("*a", 0),
        ("a%{IP:x:number}", 1),
        ("a%{IP:[x}", 1),
        ("a%{", 1),
        (r"a\", 2),
        ("a[z-a]", 3),
        ("a{3,2}", 1),
        (r"a\1", 2),
        (r"(?<n>a)\k<m>", 8),
        (r"a\G", 2),
        (r"\p{Nonsense}", 1),
    ] {
        assert_eq!(error(text).offset, offset, "{text}: {}", error(text));
    }
}

#[test]
fn expansion_out_of_proportion_is_refused() {
    let mut definitions = Definitions::empty();
    definitions.add("A0", "abc|def|ghi").unwrap();
    for level in 1..30 {
        let lower = format!("%{{A{}}}", level - 1);
        definitions.add(&format!("A{level}"), &lower.repeat(4)).unwrap();
    }
    let error = Pattern::compile("%{A29}", &definitions).unwrap_err();
    assert!(matches!(error.kind, ErrorKind::TooLarge(_)), "{error}");
    let deep = "(".repeat(5000) + &")".repeat(5000);
    assert!(matches!(self::error(&deep).kind, ErrorKind::Syntax(_)));
    assert!(matches!(self::error("(?:(?:a|bc){1000}x){1000}").kind, ErrorKind::TooLarge(_)));
    assert!(matches!(
        self::error(&("a".to_owned() + &"{2}".repeat(5000))).kind,
        ErrorKind::Syntax(_)
    ));
    assert!(matches!(self::error(&"(?i)".repeat(5000)).kind, ErrorKind::Syntax(_)));
    let sets = "[".repeat(5000) + &"]".repeat(5000);
    assert!(matches!(self::error(&sets).kind, ErrorKind::Syntax(_)));
}

#[test]
fn names_and_conversions_of_captures_are_listed_in_order() {
    let text = "%{INT:a:int} %{NUMBER:[b][c]:float} (?<[d][e]:long>x) %{WORD:f.g} %{INT:a}";
    let pattern = Pattern::compile(text, &Definitions::stock(Family::EcsV1)).unwrap();
    let found: Vec<(&str, Cast)> =
        pattern.captures().iter().map(|c| (c.name.as_str(), c.cast)).collect();
    let wanted = [
        ("a", Cast::Int),
        ("b.c", Cast::Float),
        ("d.e", Cast::Long),
        ("f.g", Cast::Text),
        ("a", Cast::Text),
    ];
    assert_eq!(found, wanted);
}

#[test]
fn a_reference_is_a_group_of_its_own() {
    let mut definitions = Definitions::empty();
    definitions.add("AB", "a|b").unwrap();
    let pattern = Pattern::compile("^x%{AB}y$", &definitions).unwrap();
    let mut scratch = Scratch::new();
    assert!(pattern.matches(b"xby", &mut scratch).unwrap());
    assert!(!pattern.matches(b"xa", &mut scratch).unwrap());
}

#[test]
fn inline_definitions_are_used_once() {
    assert_eq!(captures(r"%{FIZZ:n=\d{2}+}", "a1234"), Some(vec![Some("1234".to_owned())]));
    assert!(matches!(error(r"%{FIZZ:n=\d+} %{FIZZ}").kind, ErrorKind::UnknownName { .. }));
}

#[test]
fn a_flag_without_a_colon_holds_for_the_rest_of_its_group() {
    assert_eq!(one("(?:a(?i)b|c)d", "aCd").as_deref(), Some("aCd"));
    assert_eq!(one("(?:a(?i)b|c)d", "aCD"), None);
    assert_eq!(one("(?i:É)x", "éx").as_deref(), Some("éx"));
    assert_eq!(one("(?-m:a.b)", "a\nb"), None);
    assert_eq!(one("a.b", "a\nb").as_deref(), Some("a\nb"));
    assert_eq!(one("(?x: a  b # both\n)", "ab").as_deref(), Some("ab"));
}

#[test]
fn rubys_shorthands_are_ascii_and_its_posix_names_are_not() {
    assert_eq!(one(r"\w+", "ärger").as_deref(), Some("rger"));
    assert_eq!(one("[[:alpha:]]+", "ärger").as_deref(), Some("ärger"));
    assert_eq!(one("[[:^alpha:]]+", "ä1-").as_deref(), Some("1-"));
    assert_eq!(one(r"\h{4}", "xyzbeef").as_deref(), Some("beef"));
    assert_eq!(one(r"[a-z&&[^aeiou]]+", "aebcd").as_deref(), Some("bcd"));
    assert_eq!(one("[]x-]+", "a]-x").as_deref(), Some("]-x"));
    assert_eq!(one(r"\p{Cyrillic}+", "a\u{434}\u{430}").as_deref(), Some("\u{434}\u{430}"));
    assert_eq!(one(r"[\d\-\/]+", "x1/2-3").as_deref(), Some("1/2-3"));
}

#[test]
fn anchors_are_those_of_lines_as_in_ruby() {
    assert_eq!(one("^b$", "a\nb\nc").as_deref(), Some("b"));
    assert_eq!(one(r"\Ab", "a\nb"), None);
    assert_eq!(one(r"b\z", "b\n"), None);
    assert_eq!(one(r"b\Z", "b\n").as_deref(), Some("b"));
    assert_eq!(one(r"b\R+c", "b\r\n\nc").as_deref(), Some("b\r\n\nc"));
}

#[test]
fn quantifiers_follow_ruby() {
    assert_eq!(one("a{,2}b", "aaab").as_deref(), Some("aab"));
    assert_eq!(one("a{2}?b", "b").as_deref(), Some("b"));
    assert_eq!(one("a++ab", "aaab"), None);
    assert_eq!(one("a{1,2}+b", "aaaaab").as_deref(), Some("aaaaab"));
    assert_eq!(one("x{y", "x{y").as_deref(), Some("x{y"));
    assert_eq!(one("x{,}y", "x{,}y").as_deref(), Some("x{,}y"));
}

#[test]
fn look_around_of_any_width_and_back_references_go_to_the_fallback() {
    let definitions = Definitions::stock(Family::EcsV1);
    for (text, line, wanted) in [
        (r"(?<a>\w)\k<a>", "abccd", "c"),
        (r"^(?!.*debug)(?<a>.+)", "all is well", "all is well"),
        (r"(?<a>(?>a+|b)c)", "xaac", "aac"),
        (r"(\w)(?<a>\1+)", "abbbc", "bb"),
    ] {
        let pattern = Pattern::compile(text, &definitions).unwrap();
        assert!(!pattern.is_linear(), "{text}");
        assert_eq!(captures(text, line), Some(vec![Some(wanted.to_owned())]), "{text}");
    }
    for text in ["a(?!b)", "(?<=[ x])y", "(?<![0-9])1", r"x(?=\s|$)", "(?>ab)c", r"\d++x"] {
        assert!(Pattern::compile(text, &definitions).unwrap().is_linear(), "{text}");
    }
    assert_eq!(captures(r"^(?!.*debug)(?<a>.+)", "some debug"), None);
}

/// Fragments of regular expressions and grok references, put together at random.
const FRAGMENTS: &str = concat!(
    r"(\\[A-Za-z0-9<{]|\(\?[:=!>imx<a\[#-]|%\{(INT|IP|x)?[:=]?|",
    r"\[\[?:?[\^a-]|[\[\](){}?*+|^$.:<>!=&,a-c0-3 é-]){0,24}",
);

proptest! {
    #[test]
    fn any_text_is_compiled_or_refused(text in FRAGMENTS, line in "[a-c0-3 é\n-]{0,16}") {
        match Pattern::compile(&text, &Definitions::stock(Family::EcsV1)) {
            Ok(pattern) => {
                // A linear pattern always knows; the fallback may give up.
                let found = pattern.matches(line.as_bytes(), &mut Scratch::new());
                prop_assert!(found.is_ok() || !pattern.is_linear());
            }
            Err(error) => {
                prop_assert!(error.offset <= text.len());
                prop_assert!(!error.to_string().is_empty());
            }
        }
    }
}
