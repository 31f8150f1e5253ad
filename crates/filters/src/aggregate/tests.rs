#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value as Json, json};
use weir_event::{Fate, Receipt, Settle, Value};
use weir_testkit::pages::Bench;

use super::*;
use crate::FILTERS;
use crate::remembering::Rig;

const COUNT: &str = "key = '%{message}'\n[fields]\nn = 'count()'\n";

fn counts(batch: &Batch) -> Vec<i64> {
    let field = Rig::<Aggregator>::field(batch, "n");
    field
        .into_iter()
        .filter_map(|it| if let Some(Value::Int(n)) = it { Some(n) } else { None })
        .collect()
}

#[test]
fn every_summary_is_what_it_says() {
    let settings = "type = 'aggregate'\ndrop-events = true\n[filter.fields]\n\
        events = 'count()'\nhad = 'count(n)'\nsum = 'sum(n)'\nmean = 'avg(n)'\nleast = 'min(n)'\n\
        most = 'max( n )'\nfirst = 'first(t)'\nlast = 'last(t)'\nall = 'list(t)'\nnone = 'sum(t)'\n\
        big = 'sum(b)'";
    let bench = Bench::new(FILTERS, &format!("[[filter]]\n{settings}")).unwrap();
    let given = [
        json!({"n": 3, "t": "x", "b": i64::MAX}),
        json!({"n": 1.5, "t": "y", "b": i64::MAX}),
        json!({"n": null}),
        json!({"n": "no", "t": "x"}),
        json!({"n": -4, "t": true}),
    ];
    let mut became = bench.pass_all(&given).unwrap();
    became[0].as_object_mut().unwrap().remove("@timestamp");
    let wanted = json!({
        "events": 5, "had": 4, "sum": 0.5, "mean": 0.5 / 3.0, "least": -4, "most": 3,
        "first": "x", "last": true, "all": ["x", "y", true], "big": 2.0 * 9_223_372_036_854_775_807.0,
    });
    assert_eq!(became, [wanted]);
}

#[test]
fn windows_close_by_time() {
    let mut rig = Rig::new::<Aggregate>(&format!("timeout = '10s'\ninactivity = '4s'\n{COUNT}"));
    assert_eq!(counts(&rig.pass(&["a", "b", "a"])), [0; 0]);
    assert_eq!(rig.fold.due(), Some(Duration::from_secs(4)));
    rig.elapsed = Duration::from_secs(3);
    rig.pass(&["a"]);
    rig.elapsed = Duration::from_secs(4);
    assert_eq!(counts(&rig.pass(&[])), [1], "of `b` nothing came for long");
    for second in [6, 9] {
        rig.elapsed = Duration::from_secs(second);
        assert_eq!(counts(&rig.pass(&["a"])), [0; 0]);
    }
    rig.elapsed = Duration::from_secs(10);
    assert_eq!(counts(&rig.pass(&[])), [5], "`a` is open for long enough");
    assert_eq!((rig.fold.due(), rig.fold.held_bytes), (None, 0));
}

#[test]
fn windows_and_their_bytes_are_bounded() {
    let mut rig = Rig::new::<Aggregate>(&format!("windows-max = 2\n{COUNT}"));
    assert_eq!(counts(&rig.pass(&["a", "b", "b", "c", "c"])), [1]);
    let settings = "held-bytes-max = '8 KiB'\nkey = '%{message}'\n[fields]\nn = 'count()'\nm = 'last(message)'";
    let mut rig = Rig::new::<Aggregate>(settings);
    let long = ["a", "b"].map(|letter| letter.repeat(5_000));
    assert_eq!(counts(&rig.pass(&[&long[0], &long[1]])), [1]);
}

#[test]
fn what_is_read_again_is_counted_once() {
    let mut rig = Rig::new::<Aggregate>(COUNT);
    rig.pass(&["a", "a"]);
    rig.position = 0;
    rig.pass(&["a", "a", "a"]);
    assert_eq!(counts(&rig.pass_with(&[], true, |_, _| {})), [3]);
}

#[test]
fn mistakes_are_named() {
    for (settings, wanted) in [
        ("fields = {}", "names nothing"),
        ("fields = { a = 'median(b)' }", "`median(b)` is no summary"),
        ("fields = { a = 'sum' }", "`sum` lacks its field"),
        ("fields = { a = 'sum()' }", "empty"),
        ("fields = { a = 'count()' }\ntimeout = '0s'", "no time"),
        ("fields = { a = 'count()' }\nend = 'b =='", "expected"),
    ] {
        let why = Bench::new(FILTERS, &format!("type = 'aggregate'\n{settings}")).unwrap_err();
        assert!(why.contains(wanted), "{why}");
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<(u64, Fate)>>);

impl Settle for Heard {
    fn settle(&self, ticket: u64, fate: Fate) {
        self.0.lock().unwrap().push((ticket, fate));
    }
}

#[test]
fn inputs_hear_of_a_window_when_it_is_delivered() {
    let heard = Arc::new(Heard::default());
    let fates = || {
        let mut fates = heard.0.lock().unwrap().clone();
        fates.sort_by_key(|(ticket, _)| *ticket);
        fates
    };
    let mut rig = Rig::new::<Aggregate>(&format!("end = 'message == \"a\" && last'\n{COUNT}"));
    let mut pass = |ticket, messages: &[&str], ends: bool, is_last| {
        rig.receipt = Some(Receipt::new(ticket, heard.clone()));
        let set = |batch: &mut Batch, at| {
            batch.event_mut(at).set(weir_event::Key::named("last"), Value::Bool(ends));
        };
        rig.pass_with(messages, is_last, set)
    };
    pass(0, &["a"], false, false).take_receipt().delivered();
    pass(1, &["b"], false, false).take_receipt().delivered();
    pass(2, &["a", "b"], false, false).take_receipt().delivered();
    assert_eq!(fates(), [], "all three are in open windows");
    let mut ending = pass(3, &["a"], true, false);
    assert_eq!(counts(&ending), [3]);
    let receipt = ending.take_receipt();
    pass(4, &[], false, true).take_receipt().delivered();
    assert_eq!(fates(), [(4, Fate::Delivered)], "`b` arrived, `a` did not yet");
    drop(receipt);
    let lost = fates();
    for ticket in [0, 2, 3] {
        assert!(lost.contains(&(ticket, Fate::Lost)), "{lost:?}");
    }
    assert_eq!(lost.len(), 5, "each hears once");
}

#[test]
fn a_lost_window_is_another_event_when_it_holds_other_events() {
    let made = |messages: &[&str]| {
        let mut rig = Rig::new::<Aggregate>(&format!("drop-events = true\n{COUNT}"));
        let batch = rig.pass_with(messages, true, |_, _| {});
        let event = batch.iter().next().unwrap();
        (event.position(), event.part())
    };
    assert_eq!(made(&["a", "a"]), made(&["a", "a"]));
    assert_ne!(made(&["a", "a"]), made(&["a", "a", "a"]));
    assert_ne!(made(&["a"]).1, 0);
}

#[test]
fn events_that_open_nothing_pass() {
    let bench = Bench::new(
        FILTERS,
        "type = 'aggregate'\nkey = '%{k}'\nstart = 'go'\ndrop-events = true\nfields = { n = 'count()' }",
    );
    let given = [
        json!({"x": 1}),
        json!({"k": 1, "go": false}),
        json!({"k": 1, "go": true}),
        json!({"k": 1}),
    ];
    let became = bench.unwrap().pass_all(&given).unwrap();
    let seen: Vec<&Json> = became.iter().map(|event| &event["n"]).collect();
    assert_eq!(seen, [&Json::Null, &Json::Null, &json!(2)]);
}
