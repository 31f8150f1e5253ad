//! Lines and patterns made to be slow. Work is counted in steps, not in time.

use weir_grok::{BudgetExceeded, Definitions, Family, Pattern, PatternSet, Scratch};

fn compile(text: &str) -> Pattern {
    Pattern::compile(text, &Definitions::stock(Family::EcsV1)).expect("the pattern is right")
}

/// Steps for a line of `unit` repeated `count` times with `end` after it.
fn steps(pattern: &Pattern, unit: &str, count: usize, end: &str) -> u64 {
    let line = unit.repeat(count) + end;
    let mut scratch = Scratch::new();
    let _matched = pattern.matches(line.as_bytes(), &mut scratch).expect("in budget");
    scratch.steps()
}

#[test]
fn ten_times_the_line_is_about_ten_times_the_work() {
    for (text, unit, end) in [
        ("^(?:a+)+$", "a", "b"),
        ("(?:a|aa)+$", "a", "b"),
        ("(.*a){30}", "a", "b"),
        ("^(?:[a-z]+ ?)+:$", "abc ", "!"),
        ("%{GREEDYDATA:a}x%{GREEDYDATA:b}y%{GREEDYDATA:c}z%{GREEDYDATA:d}!", "xyz", "?"),
        ("%{DATA:a} %{DATA:b} %{DATA:c} %{DATA:d} %{DATA:e}$\\z!", "a ", "b"),
        ("%{COMBINEDAPACHELOG}", "1.2.3.4 - - [", "x"),
        ("%{COMBINEDAPACHELOG}", "\"] a-b.c@", "\" \""),
        ("%{URI:u}!", "a+.", ""),
        ("%{URI:u}!", "http://a.b:80/", ""),
        ("%{UNIXPATH:p}!", "/a", ""),
        ("%{IPV6:i}!", "1:", ""),
        ("%{EMAILADDRESS:m}!", "a.", "@"),
        ("%{HOSTNAME:h}!", "a.", ""),
        ("%{QUOTEDSTRING:q}!", "\"\\", ""),
        ("%{JAVASTACKTRACEPART}", "at a.b.", "("),
        ("%{CISCO_REASON:r}!", "word ", ""),
        ("%{BACULA_CAPACITY:c}!", "1234,", ""),
        ("%{EXIM}", "1995-10-31 08:57:53 ", "="),
        ("%{SYSLOG5424LINE}", "<1>1 - - - ", "["),
        ("%{NAGIOSLOGLINE}", "[1] SERVICE ALERT: a;b;c;", "x"),
    ] {
        let pattern = compile(text);
        assert!(pattern.is_linear(), "{text}");
        let small = steps(&pattern, unit, 200, end);
        let large = steps(&pattern, unit, 2000, end);
        assert!(
            large < 16 * small + 10_000,
            "{text} on {unit:?}: {small} steps for 200, {large} for 2000"
        );
    }
}

#[test]
fn a_catastrophic_user_pattern_is_stopped() {
    let pattern = compile(r"^(?<x>a*)*(?<y>a*)*\k<x>\k<y>(?!.*c)b$");
    assert!(!pattern.is_linear());
    let line = "a".repeat(4000);
    assert_eq!(pattern.matches(line.as_bytes(), &mut Scratch::new()), Err(BudgetExceeded));
}

#[test]
fn long_lines_are_matched_too() {
    let pattern = compile("%{IP:ip} %{GREEDYDATA:rest}");
    let line = "-".repeat(1 << 20) + " 10.0.0.1 " + &"x".repeat(1 << 20);
    let mut scratch = Scratch::new();
    assert_eq!(pattern.matches(line.as_bytes(), &mut scratch), Ok(true));
    assert_eq!(scratch.get(0), Some(((1 << 20) + 1, (1 << 20) + 9)));
    assert_eq!(scratch.get(1), Some(((1 << 20) + 10, line.len())));
}

#[test]
fn the_first_pattern_that_matches_wins_in_a_set() {
    let texts = ["^a %{INT:n}", "%{WORD:w} b", "%{GREEDYDATA:rest}"];
    let set = PatternSet::new(texts.iter().map(|text| compile(text)).collect());
    let mut scratch = Scratch::new();
    for (line, wanted) in [("a 12", 0), ("x b", 1), ("a b", 1), ("?", 2)] {
        assert_eq!(set.matches(line.as_bytes(), &mut scratch), Ok(Some(wanted)), "{line}");
    }
    assert_eq!(set.matches_from(1, b"a 12", &mut scratch), Ok(Some(2)));
}

#[test]
fn a_large_set_gives_the_same_answers_as_its_patterns_one_by_one() {
    let texts: Vec<String> = (0..60).map(|n| format!("unit-{n}: %{{WORD:w}}")).collect();
    let set = PatternSet::new(texts.iter().map(|text| compile(text)).collect());
    let mut scratch = Scratch::new();
    for n in 0..60 {
        let line = format!("x unit-{n}: word unit-{}: word", 59 - n);
        let alone = set
            .patterns()
            .iter()
            .position(|pattern| pattern.matches(line.as_bytes(), &mut scratch) == Ok(true));
        assert_eq!(set.matches(line.as_bytes(), &mut scratch), Ok(alone), "{line}");
        assert_eq!(alone, Some(n.min(59 - n)));
    }
    assert_eq!(set.matches(b"unit-60: word", &mut scratch), Ok(None));
}

#[test]
fn patterns_and_sets_can_be_shared_between_threads() {
    fn shareable<T: Send + Sync>() {}
    shareable::<Pattern>();
    shareable::<PatternSet>();
}
