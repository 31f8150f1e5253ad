//! Events of several lines: whole, in order, once each, whatever the process suffers.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::kit::{
    Dice, Folder, LIMIT, Weir, fake_server, file_input, file_output, search_output, trial, weir,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("traces_stay_whole_through_kills", traces_stay_whole_through_kills),
        trial("an_event_without_an_end_is_let_go_though_nothing_comes", let_go_by_time),
        trial("stopping_lets_go_what_a_filter_keeps", let_go_at_the_end),
        trial("several_workers_join_in_order", several_workers_join_in_order),
        trial("tests_and_explanations_run_all_filters", tests_and_explanations),
        trial("copies_of_one_line_are_documents_of_their_own", copies_are_documents),
        trial("inputs_that_join_and_others_share_a_filter", mixed_inputs),
    ]
}

const JOIN_FIRST: &str = "[[filter]]\ntype = \"multiline\"\npreset = \"java\"\n";

/// Not the first filter, so that no input does it.
const JOIN_LATER: &str = "[[filter]]\ntype = \"set\"\nfield = \"a\"\nvalue = 1\n\
    [[filter]]\ntype = \"multiline\"\nstart = '^\\S'\n";

/// A failure as Java programs log it.
fn trace(n: usize, dice: &mut Dice) -> String {
    let mut text = format!("2026-11-28 10:00:00 ERROR order {n} failed\n");
    writeln!(text, "java.lang.IllegalStateException: no money for {n}").expect("memory");
    for frame in 0..dice.number(0..40) {
        writeln!(text, "\tat shop.Till{frame}.pay(Till.java:{n})").expect("memory");
    }
    if n.is_multiple_of(3) {
        text += "Caused by: java.sql.SQLException: locked\n\t... 12 more\n";
    }
    text
}

/// Traces come in pieces and in bursts while the process is killed again and again.
fn traces_stay_whole_through_kills() -> Result<()> {
    const ROUNDS: usize = 10;
    let folder = Folder::new()?;
    let server = fake_server();
    let input = folder.write("in.log", "")?;
    let output = search_output(&server.url(), "traces") + "batch-size = 20\n";
    let pipeline = folder.write("p.toml", file_input(&input) + JOIN_FIRST + &output)?;
    let mut dice = Dice::new(11);
    let mut written = Vec::new();
    let mut half = String::new();
    for round in 0..ROUNDS {
        let running = Weir::run(&pipeline, &[])?;
        for _ in 0..dice.number(5..40) {
            let mut text = std::mem::take(&mut half);
            for _ in 0..dice.number(1..if round % 4 == 0 { 60 } else { 4 }) {
                let one = trace(written.len(), &mut dice);
                text += &one;
                written.push(one);
            }
            // The last trace is still being written, down to the middle of a line.
            let cut = usize::try_from(dice.number(0..text.len() as u64))?;
            half = text.split_off(cut);
            folder.append("in.log", text)?;
            // Long enough in all that positions are kept between two lines of a trace.
            std::thread::sleep(dice.millis(5..70));
        }
        running.kill()?;
    }
    folder.append("in.log", half)?;
    Weir::once(&pipeline)?.with(0)?;
    let mut arrived = BTreeMap::new();
    for stored in server.documents() {
        let document: Value = serde_json::from_str(&stored.document)?;
        let message = document["message"].as_str().context("a message")?.to_owned() + "\n";
        let times = arrived.entry(message).or_insert(0);
        *times += 1;
        ensure!(*times == 1, "`{}` came under two identities", stored.document);
    }
    for trace in &written {
        ensure!(arrived.remove(trace).is_some(), "missing or not whole:\n{trace}");
    }
    ensure!(arrived.is_empty(), "never written: {:?}", arrived.keys().next());
    Ok(())
}

/// What reached the file output, a message each.
fn messages(folder: &Folder) -> Vec<String> {
    let message = |line: &str| {
        let document: Value = serde_json::from_str(line).ok()?;
        document["message"].as_str().map(str::to_owned)
    };
    folder.text("out.json").lines().filter_map(message).collect()
}

fn let_go_by_time() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", "one\n two\n")?;
    let pipeline = file_input(&input)
        + JOIN_LATER
        + "timeout = \"200ms\"\n"
        + &file_output(&folder.path("out.json"), "json");
    let mut running = Weir::run(&folder.write("p.toml", pipeline)?, &[])?;
    running.comes_to("the first event", |_| messages(&folder) == ["one\n two"])?;
    folder.append("in.log", "three\n")?;
    running.comes_to("the second event", |_| messages(&folder) == ["one\n two", "three"])?;
    running.stop()?.with(0)?;
    Ok(())
}

fn let_go_at_the_end() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", "one\n two\nthree\n")?;
    let pipeline = file_input(&input)
        + JOIN_LATER
        + "timeout = \"1h\"\n"
        + &file_output(&folder.path("out.json"), "json");
    let pipeline = folder.write("p.toml", pipeline)?;
    let mut running = Weir::run(&pipeline, &[])?;
    running.comes_to("the first event", |_| messages(&folder) == ["one\n two"])?;
    running.stop()?.with(0)?;
    ensure!(messages(&folder) == ["one\n two", "three"], "{:?}", messages(&folder));
    // And it counts as read.
    Weir::once(&pipeline)?.with(0)?;
    ensure!(messages(&folder).len() == 2, "{:?}", messages(&folder));
    Ok(())
}

fn several_workers_join_in_order() -> Result<()> {
    const EVENTS: usize = 60_000;
    let folder = Folder::new()?;
    let mut text = String::new();
    for n in 0..EVENTS {
        writeln!(text, "event {n}\n of many\n lines {}", "x".repeat(n % 50))?;
    }
    let input = folder.write("in.log", text)?;
    let pipeline = "[pipeline]\nworkers = 4\n".to_owned()
        + &file_input(&input)
        + JOIN_LATER
        + &file_output(&folder.path("out.json"), "json");
    Weir::run(&folder.write("p.toml", pipeline)?, &["--once"])?.end(LIMIT * 2)?.with(0)?;
    let messages = messages(&folder);
    ensure!(messages.len() == EVENTS, "{} events", messages.len());
    for (n, message) in messages.iter().enumerate() {
        let wanted = format!("event {n}\n of many\n lines {}", "x".repeat(n % 50));
        ensure!(*message == wanted, "event {n} is `{message}`");
    }
    Ok(())
}

/// The file input joins, `generate` cannot; the filter does the rest.
fn mixed_inputs() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", "one\n two\nthree\n")?;
    let generate = "[[input]]\ntype = \"generate\"\nlines = [\"four\", \" five\"]\ncount = 4\n";
    let filter = "[[filter]]\ntype = \"multiline\"\nstart = '^\\S'\n";
    let pipeline =
        file_input(&input) + generate + filter + &file_output(&folder.path("out.json"), "json");
    Weir::once(&folder.write("p.toml", pipeline)?)?.with(0)?;
    let mut messages = messages(&folder);
    messages.sort();
    let wanted = ["four\n five", "four\n five", "one\n two", "three"];
    ensure!(messages == wanted, "{messages:?}");
    Ok(())
}

const COUNTED: &str = r#"
[[filter]]
type = "aggregate"
fields = { events = "count()" }
[[test]]
name = "three lines, two events, and how many"
input = ["one", " two", "three"]
expect = [{ message = "one\n two" }, { message = "three" }, { events = 2 }]
[[test]]
name = "another case knows nothing of the first"
input = " alone"
expect = [{ message = " alone" }, { events = 1 }]
"#;

fn tests_and_explanations() -> Result<()> {
    let folder = Folder::new()?;
    let output = file_output(&folder.path("out.json"), "json");
    let pipeline = file_input(&folder.path("in.log")) + JOIN_LATER + COUNTED + &output;
    let pipeline = folder.write("p.toml", pipeline)?.display().to_string();
    weir(["test", &pipeline])?.with(0)?;
    let explained = weir(["explain", &pipeline, "one\n two\nthree"])?.with(0)?.out;
    ensure!(explained.contains("filter multiline-2: made 2 of 3 in "), "{explained}");
    ensure!(explained.contains("filter aggregate-3: made 3 of 2 in "), "{explained}");
    ensure!(explained.contains("\"events\":2"), "{explained}");
    Ok(())
}

/// Split and copied events, delivered twice because of a kill: none is taken for another.
fn copies_are_documents() -> Result<()> {
    const FILTERS: &str = "[[filter]]\ntype = \"clone\"\nclones = \"copy\"\n\
        [[filter]]\ntype = \"split\"\nterminator = \",\"\n";
    const LINES: usize = 50;
    let folder = Folder::new()?;
    let server = fake_server();
    server.script([weir_testkit::fake::Act::CutAfterAccepting]);
    let mut text = String::new();
    for n in 0..LINES {
        writeln!(text, "a{n},b{n},c{n}")?;
    }
    let input = folder.write("in.log", text)?;
    let output = search_output(&server.url(), "copies");
    let pipeline = folder.write("p.toml", file_input(&input) + FILTERS + &output)?;
    let mut running = Weir::run(&pipeline, &[])?;
    running.comes_to("all documents", |_| server.documents().len() >= LINES * 6)?;
    running.kill()?;
    Weir::once(&pipeline)?.with(0)?;
    let messages: Vec<Value> = server
        .documents()
        .iter()
        .map(|stored| {
            serde_json::from_str::<Value>(&stored.document).map(|it| it["message"].clone())
        })
        .collect::<Result<_, _>>()?;
    ensure!(messages.len() == LINES * 6, "{} documents", messages.len());
    for n in 0..LINES {
        for letter in ["a", "b", "c"] {
            let wanted = format!("{letter}{n}");
            let times = messages.iter().filter(|message| **message == wanted).count();
            ensure!(times == 2, "`{wanted}` is there {times} times");
        }
    }
    Ok(())
}
