//! The three engines give the same answer, and our stock patterns say the same as upstream's.
//!
//! The oracle is `fancy-regex`, which shares nothing with the native engines but the syntax tree.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::HashMap;

use proptest::prelude::*;

use crate::definitions::{Definitions, Family};
use crate::error::ErrorKind;
use crate::fallback::Fallback;
use crate::parse::parse;
use crate::pattern::{Effort, Pattern};
use crate::scratch::Scratch;

const DATA: &str = "/work/shared/data/logstash-patterns-core";

type Found = Option<Vec<Option<(usize, usize)>>>;

struct Oracle(Fallback);

impl Oracle {
    fn new(text: &str, definitions: &Definitions) -> Self {
        let tree = parse(text, definitions).unwrap();
        Self(Fallback::new(&tree.root, tree.captures.len()).unwrap())
    }

    /// `None` where the oracle gives up.
    fn find(&self, line: &[u8], scratch: &mut Scratch) -> Option<Found> {
        scratch.clear();
        let matched = self.0.matches(line, scratch).ok()?;
        Some(matched.then(|| scratch.iter().collect()))
    }
}

fn find(pattern: &Pattern, line: &[u8], scratch: &mut Scratch, effort: Effort) -> Found {
    let matched = pattern.matches_with(line, scratch, effort, None).unwrap();
    matched.then(|| scratch.iter().collect())
}

/// Published patterns and lines of a family; empty if the data are not here.
fn published(family: Family) -> Vec<(String, String)> {
    let mut cases = Vec::new();
    let Ok(folder) = std::fs::read_dir(DATA) else {
        assert!(std::env::var_os("CI").is_none(), "{DATA} is missing");
        return cases;
    };
    let mut paths: Vec<_> = folder.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|end| end == "json")) {
        let text = std::fs::read_to_string(path).unwrap();
        let json: serde_json::Value = serde_json::from_str(&text).unwrap();
        for case in json["cases"].as_array().unwrap() {
            let name = case["pattern"].as_str().unwrap_or("UNIXPATH");
            let wanted = case["ecs"].as_bool().unwrap_or(false);
            if wanted == (family == Family::EcsV1) {
                let line = case["line"].as_str().unwrap().to_owned();
                cases.push((format!("%{{{name}}}"), line));
            }
        }
    }
    cases
}

/// Numbers that are the same on every run.
struct Seed(u64);

impl Seed {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).unwrap() % limit.max(1)
    }
}

const SPLICES: &[&str] = &[
    "", " ", "-", "\"", ":", ".", "9", "12", "x", "ä", "中", "\t", "[", "]", "(", "\\", "\n", "/",
    "::1", "10.0.0.1", "a@b.c", "%", "ſ", "\u{A0}",
];

/// The line with one to three places changed.
fn mutated(line: &str, seed: &mut Seed) -> String {
    let mut chars: Vec<char> = line.chars().collect();
    for _ in 0..=seed.below(3) {
        let at = seed.below(chars.len() + 1);
        let removed = seed.below(3).min(chars.len() - at);
        let splice = SPLICES[seed.below(SPLICES.len())];
        chars.splice(at..at + removed, splice.chars());
    }
    if seed.below(8) == 0 {
        chars.truncate(seed.below(chars.len() + 1));
    }
    chars.into_iter().collect()
}

fn upstream(family: Family) -> Option<Definitions> {
    let folder = match family {
        Family::EcsV1 => "ecs-v1",
        Family::Legacy => "legacy",
    };
    let mut definitions = Definitions::empty();
    let mut paths: Vec<_> = std::fs::read_dir(format!("{DATA}/patterns/{folder}"))
        .ok()?
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    for path in paths {
        let text = std::fs::read_to_string(path).unwrap();
        let text = text.replace("?]}", "]}").replace("]?}", "]}");
        definitions.add_file_text(&text).unwrap();
    }
    Some(definitions)
}

/// Compares on published lines and their mutations.
fn compare_published(family: Family, oracle_definitions: &Definitions, rounds: usize) {
    let stock = Definitions::stock(family);
    let mut compiled: HashMap<String, (Pattern, Oracle)> = HashMap::new();
    let mut seed = Seed(0x00C0_FFEE);
    let mut scratch = Scratch::new();
    let (mut compared, mut matched, mut given_up) = (0, 0, 0);
    for (text, line) in published(family) {
        let (pattern, oracle) = compiled.entry(text.clone()).or_insert_with(|| {
            let pattern = Pattern::compile(&text, &stock).unwrap();
            (pattern, Oracle::new(&text, oracle_definitions))
        });
        for round in 0..rounds {
            let line = if round == 0 { line.clone() } else { mutated(&line, &mut seed) };
            let fast = find(pattern, line.as_bytes(), &mut scratch, Effort::Usual);
            let linear = find(pattern, line.as_bytes(), &mut scratch, Effort::Linear);
            assert_eq!(fast, linear, "scan and linear differ: {text} on {line:?}");
            match oracle.find(line.as_bytes(), &mut scratch) {
                Some(expected) => assert_eq!(fast, expected, "{text} on {line:?}"),
                None => given_up += 1,
            }
            compared += 1;
            matched += usize::from(fast.is_some());
        }
    }
    eprintln!("{compared} lines compared, {matched} matched, oracle gave up on {given_up}");
}

#[test]
fn engines_agree_on_published_lines_and_their_mutations() {
    for family in [Family::EcsV1, Family::Legacy] {
        compare_published(family, &Definitions::stock(family), 20);
    }
}

#[test]
fn our_definitions_say_the_same_as_upstreams() {
    for family in [Family::EcsV1, Family::Legacy] {
        if let Some(upstream) = upstream(family) {
            compare_published(family, &upstream, 20);
        }
    }
}

/// Every base token of ours against upstream's text of it, on short made-up lines.
#[test]
fn every_base_token_says_the_same_as_upstreams() {
    let family = Family::EcsV1;
    let Some(upstream) = upstream(family) else { return };
    let stock = Definitions::stock(family);
    let seeds = [
        "10.20.30.40",
        "256.1.2.3",
        "1.2.3.4.5",
        "::1",
        "2001:db8::ff00:42:8329",
        "fe80::1%eth0",
        "-12.5e3",
        "+.5",
        "1.2.3",
        "0x1F.8",
        "'it''s'",
        "\"a\\\"b\" `c`",
        "C:\\x\\y.txt",
        "/a/b-c",
        "2026-11-23T20:49:52.123+01:00",
        "23/Nov/2026:20:49:52 +0000",
        "Mar  3 01:02:03",
        "Mon, 02 Jan 2006 15:04:05 -0700",
        "http://u:p@h.org:80/p?q=1",
        "a.b@c-d.org",
        "urn:isbn:0451450523",
        "00:1A:2b:3c:4D:5e",
        "0000.1111.2222",
        "Warning",
        "müller märz",
        "550e8400-e29b-41d4-a716-446655440000",
        "host-1.example.com.",
        "x1.2.3.4y",
        "12:34:56:78",
        "::ffff:192.0.2.1",
        "1:2:3:4:5:6:7:8",
        "/dev/pts/3",
        "<13.6>",
        "prog[12]:",
    ];
    let mut seed = Seed(0x5EED_1234);
    let mut scratch = Scratch::new();
    for name in stock.names() {
        let base = crate::stock::ECS_V1[0]
            .1
            .lines()
            .any(|line| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' ')));
        if !base {
            continue;
        }
        let plain = format!("%{{{name}:x}}");
        let between = format!("%{{DATA:a}}%{{{name}:x}} ?%{{{name}:y}}$");
        for text in [plain, between] {
            let pattern = Pattern::compile(&text, &stock).unwrap();
            let oracle = Oracle::new(&text, &upstream);
            for round in 0..120 {
                let mut line = mutated(seeds[seed.below(seeds.len())], &mut seed);
                if round % 3 == 0 {
                    line.push_str(seeds[seed.below(seeds.len())]);
                }
                let ours = find(&pattern, line.as_bytes(), &mut scratch, Effort::Usual);
                let linear = find(&pattern, line.as_bytes(), &mut scratch, Effort::Linear);
                assert_eq!(ours, linear, "{text} on {line:?}");
                if let Some(expected) = oracle.find(line.as_bytes(), &mut scratch) {
                    assert_eq!(ours, expected, "{text} on {line:?}");
                }
            }
        }
    }
}

/// Times of web servers, nearly right ones included, against the stock text itself.
#[test]
fn the_matcher_of_http_times_says_what_its_text_says() {
    let stock = Definitions::stock(Family::EcsV1);
    let days = ["1", "9", "0", "00", "01", "10", "31", "32", "123", ""];
    let months = [
        "Jan",
        "januar",
        "Mar",
        "Mär",
        "mrz",
        "Mai",
        "Ma",
        "May",
        "octember",
        "Okt",
        "dez",
        "Decembers",
        "X",
        "",
    ];
    let years = ["26", "2026", "026", "20266", ""];
    let clocks = [
        "09:58:01",
        "9:58:1",
        "24:00:00",
        "23:59:60",
        "00:60:00",
        "00:5:00",
        "1:02:03.5",
        "1:02:03,",
        "1:02:61",
        "1:02:03:4",
        "1:02:033",
        "1:02",
    ];
    let offsets = [" +0000", " -1", " 5", "+0000", "  1", " x", ""];
    let mut scratch = Scratch::new();
    let mut seed = Seed(0x0DA7_E511);
    for text in
        ["%{HTTPDATE:x}", r"\[%{HTTPDATE:x}\]", "%{HTTPDATE:x}0", "^%{HTTPDATE:x}%{GREEDYDATA:y}"]
    {
        let pattern = Pattern::compile(text, &stock).unwrap();
        // The oracle reads the text: it knows no matchers.
        let oracle = Oracle::new(text, &stock);
        for _ in 0..3000 {
            let mut pick = |list: &[&'static str]| list[seed.below(list.len())];
            let (day, month, year) = (pick(&days), pick(&months), pick(&years));
            let line = format!("[{day}/{month}/{year}:{}{}]", pick(&clocks), pick(&offsets));
            let line = line.trim_start_matches(pick(&["[", ""])).as_bytes();
            let ours = find(&pattern, line, &mut scratch, Effort::Usual);
            assert_eq!(ours, find(&pattern, line, &mut scratch, Effort::Linear), "{line:?}");
            assert_eq!(ours, oracle.find(line, &mut scratch).unwrap(), "{text} on {line:?}");
        }
    }
}

#[test]
fn a_part_of_ones_own_takes_the_matcher_away() {
    let mut own = Definitions::stock(Family::EcsV1);
    own.add("MONTH", "Brumaire").unwrap();
    let pattern = Pattern::compile("%{HTTPDATE:x}", &own).unwrap();
    let mut scratch = Scratch::new();
    let mut is_found =
        |line: &str| find(&pattern, line.as_bytes(), &mut scratch, Effort::Usual).is_some();
    assert!(is_found("18/Brumaire/1799:09:58:01 +0000"));
    assert!(!is_found("18/Nov/1799:09:58:01 +0000"));
}

/// Small regular expressions over a small alphabet.
fn regex() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        4 => prop_oneof![Just("a"), Just("b"), Just("ab"), Just(" "), Just("é"), Just("-")],
        3 => prop_oneof![
            Just("[ab]"), Just("[^a]"), Just("."), Just(r"\w"), Just(r"\s"), Just(r"[é-]"),
            Just(r"[[:alpha:]]"), Just(r"\S"), Just(r"(?-m:.)"),
        ],
        1 => prop_oneof![
            Just(r"\b"), Just("^"), Just("$"), Just(r"\B"), Just(r"(?<![a-])"), Just("(?!b)"),
            Just("(?=a|$)"), Just(r"(?<=b|^)"), Just(r"(?<!é)"), Just(r"(?!b.)"),
        ],
    ]
    .prop_map(str::to_owned);
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            4 => proptest::collection::vec(inner.clone(), 1..4).prop_map(|parts| parts.concat()),
            2 => proptest::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("(?:{})", parts.join("|"))),
            3 => (inner.clone(), prop_oneof![
                Just("*"), Just("+"), Just("?"), Just("*?"), Just("+?"), Just("??"),
                Just("{1,2}"), Just("{0,3}?"), Just("{2,}"),
            ])
            .prop_map(|(part, times)| format!("(?:{part}){times}")),
            2 => inner.prop_map(|part| format!("(?<x>{part})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, ..ProptestConfig::default() })]

    #[test]
    fn engines_agree_on_random_patterns(
        text in regex(),
        lines in proptest::collection::vec("[abé \n-]{0,12}", 1..8),
    ) {
        let none = Definitions::empty();
        let compiled = Pattern::compile(&text, &none);
        let refused = compiled.as_ref().err().map(|error| &error.kind);
        prop_assume!(!matches!(refused, Some(ErrorKind::Engine(_))));
        let pattern = compiled.unwrap();
        if !pattern.is_linear() {
            return Ok(());
        }
        let oracle = Oracle::new(&text, &none);
        let mut scratch = Scratch::new();
        for line in lines {
            let fast = find(&pattern, line.as_bytes(), &mut scratch, Effort::Usual);
            let linear = find(&pattern, line.as_bytes(), &mut scratch, Effort::Linear);
            prop_assert_eq!(&fast, &linear, "{} on {:?}", text, line);
            if let Some(expected) = oracle.find(line.as_bytes(), &mut scratch) {
                prop_assert_eq!(&fast, &expected, "{} on {:?}", text, line);
            }
        }
    }

    #[test]
    fn any_bytes_are_matched_alike_and_never_panic(
        line in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        thread_local! {
            static PATTERNS: Vec<Pattern> = [
                "%{COMBINEDAPACHELOG}",
                "%{SYSLOGLINE}",
                "%{DATA:a}%{IP:b}",
                "(?<a>.)(?<b>.*?)(?<c>[^a]+)$",
                "(?<w>[[:alpha:]]+)\\b",
            ]
            .iter()
            .map(|text| Pattern::compile(text, &Definitions::stock(Family::EcsV1)).unwrap())
            .collect();
        }
        PATTERNS.with(|patterns| {
            let mut scratch = Scratch::new();
            for pattern in patterns {
                let fast = find(pattern, &line, &mut scratch, Effort::Usual);
                let linear = find(pattern, &line, &mut scratch, Effort::Linear);
                assert_eq!(fast, linear, "{} on {:?}", pattern.text(), line);
            }
        });
    }
}
