#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use weir_component::spec::FoldConfig as _;
use weir_component::{Fold, Moment};
use weir_event::{Batch, Fate, Key, Origin, OriginRef, Receipt, Settle, Timestamp};
use weir_testkit::pages::Bench;

use super::Multiline;
use super::held::Multiliner;
use crate::FILTERS;

fn bench(settings: &str) -> Result<Bench, String> {
    Bench::new(FILTERS, &format!("type = \"multiline\"\n{settings}"))
}

#[track_caller]
fn joined(settings: &str, lines: &[&str]) -> Vec<String> {
    let given: Vec<Json> = lines.iter().map(|line| json!({ "message": line })).collect();
    let became = bench(settings).unwrap().pass_all(&given).unwrap();
    became.iter().map(|event| event["message"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn settings_that_contradict_each_other_are_refused() {
    for (settings, wanted) in [
        ("", "nothing says which lines belong together"),
        ("start = 'a'\npattern = 'b'", "`start` and `pattern` exclude each other"),
        ("count = 3\npreset = 'go'", "`preset` and `count` exclude each other"),
        ("start = 'a'\nnegate = true", "`negate` is about `pattern`"),
        ("start = 'a'\nmatch = 'before'", "`match` is about `pattern`"),
        ("start = 'a'\ntimeout = '0s'", "would join nothing"),
        ("start = 'a'\nmax-bytes = '1 GiB'", "out of range"),
        ("start = '(a'", "start"),
        ("start = '%{NO_SUCH}'", "NO_SUCH"),
    ] {
        let why = bench(settings).unwrap_err();
        assert!(why.contains(wanted), "{why}");
    }
}

#[test]
fn filebeats_names_are_understood() {
    let settings = "pattern = '^b'\nnegate = true\nmatch = 'after'\nflush-pattern = '^e'";
    assert_eq!(joined(settings, &["b", "x", "e", "y", "b"]), ["b\nx\ne", "y", "b"]);
    assert_eq!(joined("count-lines = 2", &["1", "2", "3"]), ["1\n2", "3"]);
}

#[test]
fn lines_that_look_alike_are_one_event_and_others_stand_alone() {
    let lines = ["x", "{a", "{b", "y", "z", "{c", "{d"];
    let wanted = ["x", "{a\n{b", "y", "z", "{c\n{d"];
    assert_eq!(joined("pattern = '^\\{'\nmatch = 'while'", &lines), wanted);
    let negated = "pattern = '^[a-z]'\nnegate = true\nmatch = 'while-pattern'";
    assert_eq!(joined(negated, &lines), wanted);
    let with_end = "pattern = '^\\{'\nmatch = 'while'\nend = 'c'\nmax-lines = 2";
    let lines = ["{a", "{b", "{b", "{c", "{d"];
    assert_eq!(joined(with_end, &lines), ["{a\n{b", "{b\n{c", "{d"]);
}

#[test]
fn a_line_that_stands_alone_does_not_wait_and_those_before_wait_for_it_only() {
    let mut rig = Rig::new("pattern = '^\\{'\nmatch = 'while'\ntimeout = '2s'");
    assert_eq!(texts(&rig.pass(&[(0, 0, "x"), (0, 2, "{a")], false)), ["x"]);
    assert_eq!(rig.fold.due(), Some(Duration::from_secs(2)));
    let mut batch = rig.pass(&[(0, 5, "{b"), (0, 8, "y")], false);
    assert_eq!(texts(&batch), ["{a\n{b", "y"]);
    batch.take_receipt().delivered();
    assert_eq!(rig.fold.due(), None);
    rig.pass(&[(0, 10, "{c")], false);
    rig.elapsed = Duration::from_secs(2);
    assert_eq!(texts(&rig.pass(&[], false)), ["{c"]);
}

#[test]
fn limits_end_an_event_and_lose_nothing() {
    let lines = ["a", " b", " c", " d", "e"];
    let given: Vec<Json> = lines.iter().map(|line| json!({ "message": line })).collect();
    let became = bench("start = '^\\S'\nmax-lines = 2").unwrap().pass_all(&given).unwrap();
    let messages: Vec<&Json> = became.iter().map(|event| &event["message"]).collect();
    assert_eq!(messages, ["a\n b", " c\n d", "e"]);
    assert_eq!(became[0]["tags"], json!(["multiline_codec_max_lines_reached"]));
    assert_eq!(became[1]["tags"], Json::Null);
    assert_eq!(joined("start = '^\\S'\nmax-bytes = '4 B'", &lines), ["a\n b", " c", " d", "e"]);
}

const JAVA: &str = "\
10:00 ERROR cannot pay
java.lang.IllegalStateException: no money
\tat shop.Till.pay(Till.java:7)
\tat shop.Till$$Lambda/0x00.run(Unknown Source)
\tSuppressed: java.io.IOException: closed
\t\tat shop.Drawer.close(Drawer.java:3)
\t\t... 2 more
Caused by: java.sql.SQLException: locked
\tat db.Db.query(Db.java:9)
\t... 12 common frames omitted";

const PYTHON: &str = "\
10:00 ERROR in job
Traceback (most recent call last):
  File \"/a.py\", line 2, in f
    return 1 / 0
           ~~^~~
ZeroDivisionError: division by zero

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File \"/a.py\", line 4, in <module>
    f()
shop.errors.Unpaid: bill 7";

const GO: &str = "\
panic: runtime error: index out of range [5] with length 3
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x45]

goroutine 1 [running]:
main.(*Till).pay(0xc000, 0x1)
\t/src/main.go:7 +0x1d
created by main.main in goroutine 5
\t/src/main.go:3 +0x25
exit status 2";

const DOTNET: &str = "\
fail: Shop[0] cannot pay
System.InvalidOperationException: no money
 ---> System.IO.IOException: closed
   at Shop.Drawer.Close() in /src/Drawer.cs:line 3
   --- End of inner exception stack trace ---
   at Shop.Till.Pay() in /src/Till.cs:line 7
--- End of stack trace from previous location ---
   at Shop.Program.Main()";

const RUBY: &str = "\
/a.rb:1:in `pay': no money (RuntimeError)
\tfrom /a.rb:5:in `block in run'
\tfrom /a.rb:9:in '<main>'";

#[test]
fn stack_traces_stay_whole() {
    for (preset, trace) in
        [("java", JAVA), ("python", PYTHON), ("go", GO), ("dotnet", DOTNET), ("ruby", RUBY)]
    {
        for set in [
            format!("preset = '{preset}'"),
            "preset = ['java', 'python', 'go', 'dotnet', 'ruby']".to_owned(),
        ] {
            let mut lines = vec!["10:00 INFO before"];
            lines.extend(trace.lines());
            lines.extend(["10:01 INFO after", "2026-11-23 10:01 INFO: so.there.it: is"]);
            let events = joined(&set, &lines);
            let wanted = ["10:00 INFO before", trace, "10:01 INFO after", lines[lines.len() - 1]];
            assert_eq!(events, wanted, "{set}");
        }
    }
}

/// A fold with the batches it is given, and what becomes of their receipts.
struct Rig {
    fold: Multiliner,
    origins: Vec<OriginRef>,
    heard: Arc<Heard>,
    batches: u64,
    elapsed: Duration,
}

#[derive(Default)]
struct Heard(Mutex<Vec<(u64, Fate)>>);

impl Settle for Heard {
    fn settle(&self, ticket: u64, fate: Fate) {
        self.0.lock().unwrap().push((ticket, fate));
    }
}

impl Rig {
    fn new(settings: &str) -> Self {
        let settings: Multiline = toml::from_str(settings).unwrap();
        let origins = (1..4).map(|identity| Arc::new(Origin::new(identity))).collect();
        let (heard, elapsed) = (Arc::default(), Duration::ZERO);
        Self { fold: settings.build().unwrap(), origins, heard, batches: 0, elapsed }
    }

    /// Lets a batch through: of each line its source, its position and its text.
    fn pass(&mut self, lines: &[(usize, u64, &str)], is_last: bool) -> Batch {
        let mut batch = Batch::new();
        batch.set_receipt(Receipt::new(self.batches, self.heard.clone()));
        self.batches += 1;
        for (source, position, text) in lines {
            let origin = batch.add_origin(&self.origins[*source]);
            let field = (Key::MESSAGE, text.as_bytes());
            batch.push_text(origin, *position, Timestamp::default(), field);
        }
        let moment =
            Moment { elapsed: self.elapsed, wall: Timestamp::default(), is_last, stage: 0 };
        for at in 0..batch.len() {
            self.fold.take(&mut batch, at, &moment).unwrap();
        }
        self.fold.pause(&mut batch, &moment);
        batch.arrange();
        batch
    }

    fn fates(&self) -> Vec<(u64, Fate)> {
        let mut fates = self.heard.0.lock().unwrap().clone();
        fates.sort_by_key(|(ticket, _)| *ticket);
        fates
    }
}

fn texts(batch: &Batch) -> Vec<String> {
    let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
    batch.iter().map(|event| text(event.bytes(Key::MESSAGE).unwrap())).collect()
}

#[test]
fn an_event_over_two_batches_settles_both_when_it_is_delivered() {
    let mut rig = Rig::new("start = '^\\S'");
    let mut first = rig.pass(&[(0, 0, "a"), (0, 2, "b"), (0, 4, " b2")], false);
    assert_eq!(texts(&first), ["a"]);
    first.take_receipt().delivered();
    assert_eq!(rig.fates(), []);
    let mut second = rig.pass(&[(0, 8, " b3"), (1, 0, "x"), (0, 12, "c")], false);
    assert_eq!(texts(&second), ["b\n b2\n b3"]);
    assert_eq!(second.event(second.len() - 1).position(), 12, "the kept one stands before `c`");
    let receipt = second.take_receipt();
    drop(rig.pass(&[], true).take_receipt());
    assert_eq!(rig.fates(), [(2, Fate::Lost)], "`c` was lost, but not alone");
    receipt.delivered();
    assert_eq!(rig.fates(), [(0, Fate::Delivered), (1, Fate::Lost), (2, Fate::Lost)]);
}

#[test]
fn an_event_without_an_end_goes_after_the_time_out_and_is_another_than_a_longer_one() {
    let mut rig = Rig::new("start = '^\\S'\ntimeout = '2s'");
    assert!(rig.pass(&[(0, 0, "a")], false).live() == 0);
    assert_eq!(rig.fold.due(), Some(Duration::from_secs(2)));
    rig.elapsed = Duration::from_secs(1);
    assert_eq!(rig.pass(&[(0, 2, " a2")], false).live(), 0);
    rig.elapsed = Duration::from_secs(2);
    assert_eq!(rig.pass(&[], false).live(), 0, "it grew a second ago");
    rig.elapsed = Duration::from_secs(3);
    let batch = rig.pass(&[], false);
    assert_eq!(texts(&batch), ["a\n a2"]);
    let part = batch.iter().next().unwrap().part();
    assert_ne!(part, 0);
    assert_eq!(rig.fold.due(), None);
    rig.pass(&[(1, 0, "a"), (1, 2, " a2"), (1, 6, " a3")], false);
    let longer = rig.pass(&[], true);
    assert_ne!(longer.iter().next().unwrap().part(), part);
}

#[test]
fn lines_read_again_after_a_loss_are_not_joined_twice() {
    let mut rig = Rig::new("start = '^\\S'");
    rig.pass(&[(0, 0, "a"), (0, 2, " a2")], false);
    rig.pass(&[(0, 0, "a"), (0, 2, " a2"), (0, 6, " a3")], false);
    assert_eq!(texts(&rig.pass(&[(0, 10, "b")], false)), ["a\n a2\n a3"]);
}

#[test]
fn interleaved_lines_are_copied_once() {
    let mut rig = Rig::new("start = '^\\S'");
    let line = format!(" {}", "x".repeat(99));
    let mut lines = vec![(0, 0, "a"), (1, 0, "b")];
    for n in 1..400 {
        lines.extend([(0, n, line.as_str()), (1, n, line.as_str())]);
    }
    lines.push((0, 400, "c"));
    let batch = rig.pass(&lines, false);
    assert_eq!(texts(&batch), ["a\n".to_owned() + &vec![line.as_str(); 399].join("\n")]);
    assert!(batch.arena.len() < 200_000, "{}", batch.arena.len());
}

#[test]
fn sources_and_bytes_in_the_making_are_bounded() {
    let mut rig = Rig::new("start = '^\\S'\nsources-max = 2");
    let batch = rig.pass(&[(0, 0, "a"), (1, 0, "b"), (2, 0, "c")], false);
    assert_eq!(texts(&batch), ["a"]);
    let mut rig = Rig::new("start = '^\\S'\nheld-bytes-max = '4 KiB'");
    let long = "x".repeat(3000);
    let batch = rig.pass(&[(0, 0, &long), (1, 0, &long), (2, 0, "c")], false);
    assert_eq!(texts(&batch), [long.as_str()]);
}

#[test]
fn tags_of_lines_are_those_of_their_event() {
    let given = [json!({ "message": "a" }), json!({ "message": " b", "tags": ["_line_cut"] })];
    let became = bench("start = '^\\S'\ntag = 'multiline'").unwrap().pass_all(&given).unwrap();
    assert_eq!(became.len(), 1);
    assert_eq!(became[0]["tags"], json!(["_line_cut", "multiline"]));
}

proptest! {
    #[test]
    fn no_line_is_lost_and_order_holds(
        lines in prop::collection::vec((0_usize..3, "[ab ]{0,4}"), 0..60),
        cuts in prop::collection::vec(0_usize..9, 0..20),
        shape in 0_usize..7,
        lines_max in 1_usize..6,
        bytes_max in 1_usize..12,
    ) {
        let shape = ["start = '^a'", "pattern = 'a$'\nmatch = 'before'", "end = 'b'", "count = 3",
            "start = 'a'\nend = 'b'", "preset = 'java'",
            "pattern = '^a'\nmatch = 'while'"][shape];
        let mut rig = Rig::new(&format!(
            "{shape}\nmax-lines = {lines_max}\nmax-bytes = '{bytes_max} B'\nsources-max = 2"
        ));
        let numbered: Vec<(usize, u64, &str)> = lines
            .iter()
            .enumerate()
            .map(|(i, (source, text))| (*source, i as u64, text.as_str()))
            .collect();
        let mut out: [String; 3] = Default::default();
        let mut positions = std::collections::HashSet::new();
        let mut rest = &numbered[..];
        let mut take = |mut batch: Batch| {
            for event in batch.iter() {
                let text = String::from_utf8_lossy(event.bytes(Key::MESSAGE).unwrap()).into_owned();
                let source = usize::try_from(event.origin().identity).unwrap() - 1;
                out[source] += &(text + "\n");
                assert!(positions.insert((source, event.position())));
            }
            batch.take_receipt().delivered();
        };
        for cut in cuts {
            let (now, later) = rest.split_at(cut.min(rest.len()));
            take(rig.pass(now, false));
            rest = later;
        }
        take(rig.pass(rest, false));
        take(rig.pass(&[], true));
        for (source, out) in out.iter().enumerate() {
            let wanted: String = lines.iter().filter(|(it, _)| *it == source)
                .map(|(_, text)| format!("{text}\n")).collect();
            prop_assert_eq!(out, &wanted);
        }
        let fates = rig.fates();
        prop_assert_eq!(fates.len() as u64, rig.batches);
        prop_assert!(fates.iter().all(|(_, fate)| *fate == Fate::Delivered));
    }
}
