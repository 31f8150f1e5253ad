use std::time::Duration;

use proptest::prelude::*;
use weir_component::{JoinLimits, Joiner};

use super::*;

/// Lines that begin with a blank belong to the line before; `!` ends an event.
#[derive(Debug)]
pub(super) struct Indented(Duration);

impl Indented {
    pub(super) fn waiting_for_ever() -> Arc<dyn Joiner> {
        Arc::new(Self(NEVER))
    }
}

impl Joiner for Indented {
    fn begins(&self, line: &[u8]) -> bool {
        !line.starts_with(b" ")
    }

    fn ends(&self, line: &[u8], _: usize) -> bool {
        line.ends_with(b"!")
    }

    fn limits(&self) -> JoinLimits {
        JoinLimits { lines_max: 400, bytes_max: 600_000, timeout: self.0 }
    }

    fn tag(&self) -> Option<&str> {
        None
    }
}

const NEVER: Duration = Duration::from_hours(1);

fn rig(paths: &str, settings: &str, timeout: Duration) -> Rig {
    Rig { joiner: Some(Arc::new(Indented(timeout))), ..Rig::with(paths, settings) }
}

/// What the lines become, by the rules above.
fn events_of(text: &str) -> Vec<String> {
    let mut events: Vec<String> = Vec::new();
    let (mut is_open, mut lines) = (false, 0);
    for line in text.lines() {
        let last = events.last_mut();
        match last {
            Some(last)
                if is_open
                    && line.starts_with(' ')
                    && lines < 400
                    && last.len() + 1 + line.len() <= 600_000 =>
            {
                *last += "\n";
                *last += line;
                lines += 1;
            }
            _ => {
                events.push(line.to_owned());
                lines = 1;
            }
        }
        is_open = !line.ends_with('!');
    }
    events
}

#[test]
fn lines_of_one_event_are_joined_over_blocks_and_carriage_returns() {
    let rig = rig("a.log", "", NEVER);
    let mut text = String::from("\u{feff}first\r\n  of it\r\n");
    for n in 0..900 {
        text += &format!("event {n}\n");
        // Some are longer than a block, some than an event may be.
        let filling = "x".repeat(if n % 90 == 89 { 2000 } else { n % 7 * 10 });
        for line in 0..n % 450 {
            text += &format!("  at line {line} {filling}\n");
        }
    }
    text += "ends!\n too late\nlast\n and more";
    rig.append("a.log", &text);
    let lines = rig.once();
    let wanted = events_of(&text.replace(['\r', '\u{feff}'], ""));
    assert_eq!(lines.len(), wanted.len());
    assert!(texts(&lines) == wanted, "{:?}", lines.first());
    assert_eq!(lines[0].id.1, 3, "behind the mark");
    for tag in ["multiline_codec_max_lines_reached", "multiline_codec_max_bytes_reached"] {
        assert!(lines.iter().any(|line| line.tags == tag), "{tag}");
    }
    assert!(lines[..lines.len() - 1].iter().all(|line| line.id.2 == 0));
    assert_ne!(lines.last().unwrap().id.2, 0, "it could have become longer");
}

#[test]
fn an_event_written_slowly_stays_whole() {
    let rig = rig("a.log", "", NEVER);
    let running = rig.start(false);
    for piece in ["one\n", " more", " of it\n", " and", " more\ntwo\n"] {
        rig.append("a.log", piece);
        std::thread::sleep(Duration::from_millis(60));
    }
    running.until_count(1);
    let lines = running.stop();
    assert_eq!(texts(&lines), ["one\n more of it\n and more"]);
    let again = rig.once();
    assert_eq!(texts(&again), ["two"]);
    assert_eq!(again[0].id.1, lines[0].text.len() as u64 + 1);
}

#[test]
fn the_last_event_is_taken_when_nothing_was_added_for_long() {
    let rig = rig("a.log", "", Duration::from_millis(300));
    rig.append("a.log", "one\n two\n");
    let running = rig.start(false);
    running.until_count(1);
    rig.append("a.log", " three\nfour!\n");
    running.until_count(3);
    let lines = running.stop();
    assert_eq!(texts(&lines), ["one\n two", " three", "four!"]);
    assert_ne!(lines[0].id.2, 0);
    assert_eq!(rig.once(), []);
}

#[test]
fn a_successor_ends_the_last_event_of_a_rotated_file() {
    let rig = rig("a.log", "", NEVER);
    rig.append("a.log", "one\n two\n");
    let running = rig.start(false);
    running.until("the lines to be read", |_| {
        rig.meters.text().contains("input_open_files{pipeline=\"test\",input=\"file\"} 1")
    });
    rig.rename("a.log", "a.log.1");
    rig.append("a.log", "three!\n");
    running.until_count(2);
    assert_eq!(texts(&running.stop()), ["one\n two", "three!"]);
}

#[test]
fn the_last_event_of_a_file_that_is_cut_is_not_lost() {
    let rig = rig("a.log", "", NEVER);
    rig.append("a.log", "one\n two\n");
    let running = rig.start(false);
    running.until("the lines to be read", |_| {
        rig.meters.text().contains("input_open_files{pipeline=\"test\",input=\"file\"} 1")
    });
    // Longer than before: only the content tells.
    fs::write(rig.path("a.log"), "three, which is longer!\n").unwrap();
    running.until_count(2);
    let lines = running.stop();
    assert_eq!(texts(&lines), ["one\n two", "three, which is longer!"]);
    assert_ne!(lines[0].id.0, lines[1].id.0);
    assert_eq!(rig.once(), []);
}

#[test]
fn lost_events_are_read_again_whole_and_with_the_same_ids() {
    let rig = rig("a.log", "", NEVER);
    rig.append("a.log", "one\n two\nthree\n four\nfive\n");
    let running = rig.start_losing_the_first();
    running.until_count(4);
    let lines = running.stop();
    assert_eq!(texts(&lines[..2]), ["one\n two", "three\n four"]);
    assert_eq!(lines[..2], lines[2..]);
}

#[test]
fn a_line_that_is_too_long_is_no_part_of_an_event() {
    let rig = rig("a.log", "line-bytes-max = \"256 B\"", NEVER);
    let long = format!(" {}", "y".repeat(600));
    rig.append("a.log", format!("one\n two\n{long}\n three\nfour\n"));
    let lines = rig.once();
    assert_eq!(lines[0].text, "one\n two");
    assert_eq!(texts(&lines[1..4]).concat(), long);
    assert_eq!(texts(&lines[4..]), [" three", "four"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]
    #[test]
    fn no_byte_is_lost_however_the_file_grows(
        pieces in prop::collection::vec("([ab ]{0,3}[!\n]{0,2}){0,8}", 1..5),
    ) {
        let rig = rig("a.log", "", NEVER);
        let mut events = Vec::new();
        for piece in &pieces {
            rig.append("a.log", piece);
            let running = rig.start(false);
            // Whatever it has come to by now.
            running.until("the file", |_| {
                rig.meters.text().contains("input_files{pipeline=\"test\",input=\"file\"} 1")
                    || piece.is_empty() || rig.path("a.log").metadata().unwrap().len() == 0
            });
            events.extend(running.stop());
        }
        rig.append("a.log", "\n");
        events.extend(rig.once());
        let text = pieces.concat() + "\n";
        prop_assert_eq!(texts(&events), events_of(&text));
        let mut ids: Vec<_> = events.iter().map(|line| line.id).collect();
        ids.dedup();
        prop_assert_eq!(ids.len(), events.len());
    }
}
