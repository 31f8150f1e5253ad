//! Lines that say what the columns of the others are.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::joining::Indented;
use super::*;

const MARKED: &str = "header-pattern = '^#'";

/// Events with their headers, of which only the words are left.
fn seen(lines: &[Line]) -> Vec<(String, String)> {
    let words = |text: &str| text.replace(['\r', '\n'], " ").trim_end().to_owned();
    lines.iter().map(|line| (words(&line.header), line.text.clone())).collect()
}

fn pairs(wanted: &[(&str, &str)]) -> Vec<(String, String)> {
    wanted.iter().map(|(header, text)| ((*header).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn the_first_lines_are_a_header_for_all_behind_them() {
    let rig = Rig::with("*.csv", "header-lines = 2");
    rig.append("a.csv", "\u{feff}title\r\na,b\r\n1,2\n");
    rig.append("b.csv", "other\nc\n3\n");
    assert_eq!(seen(&rig.once()), pairs(&[("title  a,b", "1,2"), ("other c", "3")]));
    // After a restart it is read again.
    rig.append("a.csv", "title\n4,5\n");
    rig.rename("b.csv", "c.csv");
    rig.append("c.csv", "6\n");
    assert_eq!(
        seen(&rig.once()),
        pairs(&[("title  a,b", "title"), ("title  a,b", "4,5"), ("other c", "6")])
    );
}

#[test]
fn the_newest_marked_lines_count_also_after_a_restart() {
    let rig = Rig::with("a.log", MARKED);
    rig.append("a.log", "0\n#v 1\n#a\n1\n2\n#b\n3\n");
    assert_eq!(
        seen(&rig.once()),
        pairs(&[("", "0"), ("#v 1 #a", "1"), ("#v 1 #a", "2"), ("#b", "3")])
    );
    rig.append("a.log", "4\n");
    assert_eq!(seen(&rig.once()), pairs(&[("#b", "4")]));
    // A header whose lines come one by one is one.
    for line in ["#c\n", "#d\n", "5\n"] {
        rig.append("a.log", line);
        let wanted: &[_] = if line == "5\n" { &[("#c #d", "5")] } else { &[] };
        assert_eq!(seen(&rig.once()), pairs(wanted));
    }
}

#[test]
fn a_header_is_found_where_none_was_looked_for_before() {
    let mut rig = Rig::new("a.log");
    rig.append("a.log", "#a\n1\n");
    rig.once();
    rig.settings += MARKED;
    rig.append("a.log", "2\n");
    assert_eq!(seen(&rig.once()), pairs(&[("#a", "2")]));
    let rig = Rig::with("a.log", "header-lines = 1\nstart-at = \"end\"");
    rig.append("a.log", "a\n1\n");
    let running = rig.start(false);
    let bytes = rig.meters.input("test", "file").open_files;
    running.until("the start", |_| bytes.get() == 1);
    rig.append("a.log", "2\n");
    running.until_count(1);
    assert_eq!(seen(&running.stop()), pairs(&[("a", "2")]));
}

#[test]
fn an_unfinished_header_waits() {
    let rig = Rig::with("a.log", "header-lines = 1");
    rig.append("a.log", "a,b");
    assert_eq!(seen(&rig.once()), []);
    rig.append("a.log", ",c\n1,2,3");
    assert_eq!(seen(&rig.once()), pairs(&[("a,b,c", "1,2,3")]));
}

#[test]
fn what_is_too_long_for_a_header_is_an_event() {
    let rig = Rig::with("a.log", MARKED);
    let long = format!("#{}", "x".repeat(70_000));
    rig.append("a.log", format!("#a\n{long}\n1\n"));
    assert_eq!(seen(&rig.once()), pairs(&[("#a", &long), ("#a", "1")]));
}

#[test]
fn a_file_written_anew_has_a_header_of_its_own() {
    let rig = Rig::with("a.log", "header-lines = 1");
    rig.append("a.log", "a\n1\n2\n");
    let running = rig.start(false);
    running.until_count(2);
    fs::write(rig.path("a.log"), "b\n3\n").unwrap();
    running.until_count(3);
    assert_eq!(seen(&running.stop()), pairs(&[("a", "1"), ("a", "2"), ("b", "3")]));
}

#[test]
fn a_header_ends_an_event_of_several_lines() {
    let joiner = Some(Indented::waiting_for_ever());
    let rig = Rig { joiner, ..Rig::with("a.log", MARKED) };
    rig.append("a.log", "#a\n1\n  of it\n#b\n  of none\n2\n#c");
    let wanted = [("#a", "1\n  of it"), ("#b", "  of none"), ("#b", "2")];
    assert_eq!(seen(&rig.once()), pairs(&wanted));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_line_has_its_header_wherever_reading_stopped(
        pieces in prop::collection::vec((prop::collection::vec(0..4u8, 0..12), any::<bool>()), 1..6),
        is_joined in any::<bool>(),
    ) {
        let joiner = is_joined.then(Indented::waiting_for_ever);
        let rig = Rig { joiner, ..Rig::with("a.log", MARKED) };
        let (mut wanted, mut given) = (Vec::new(), BTreeMap::new());
        let (mut header, mut was_header, mut n) = (String::new(), false, 0);
        for (lines, is_lost) in pieces {
            for kind in lines {
                n += 1;
                let line = if kind == 0 { format!("#{n}") } else { format!("{n}") };
                rig.append("a.log", format!("{line}\n"));
                if kind > 0 {
                    wanted.push((header.clone(), line));
                } else if was_header {
                    header += &format!(" {line}");
                } else {
                    header = line;
                }
                was_header = kind == 0;
            }
            let lines = if is_lost && !is_joined && wanted.len() > given.len() {
                let running = rig.start_losing_the_first();
                running.until_count(1);
                running.stop()
            } else {
                rig.once()
            };
            for (line, pair) in lines.iter().zip(seen(&lines)) {
                // What was lost comes again as it was.
                let before = given.insert(line.id, pair.clone());
                prop_assert!(before.is_none_or(|before| before == pair));
            }
        }
        let rest = rig.once();
        given.extend(rest.iter().map(|line| line.id).zip(seen(&rest)));
        prop_assert_eq!(given.into_values().collect::<Vec<_>>(), wanted);
    }
}
