//! Filters that remember, while the process is killed: what they know is lost, no event is.

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use rustix::process::Signal;
use serde_json::Value;
use weir_testkit::fake::Act;

use crate::kit::{
    Dice, Folder, Numbered, Seen, Weir, fake_server, file_input, search_output, trial,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("no_event_is_left_out_of_the_windows_because_of_a_kill", windows_through_kills),
        trial("what_is_read_again_after_a_kill_is_no_repetition", dedupe_through_kills),
        trial("what_waits_in_throttle_and_copies_in_a_branch_survive_a_kill", delay_through_kills),
        trial("stopping_is_finite_though_filters_keep_events", stopping_with_kept_events),
        trial("windows_of_an_undisturbed_run_hold_each_event_once", windows_of_a_whole_run),
    ]
}

const ROUNDS: usize = 6;
const LINES: usize = 400;

const AGGREGATE: &str = "[[filter]]\ntype = \"aggregate\"\ntimeout = \"150ms\"\ndrop-events = true\n\
    fields = { events = \"count()\", first = \"first(message)\" }\n";

/// Writes numbered lines in bursts and kills the process in between; then lets it finish.
fn run_with_kills(filter: &str) -> Result<Vec<Value>> {
    let folder = Folder::new()?;
    let server = fake_server();
    let input = folder.write("in.log", "")?;
    let output = search_output(&server.url(), "remembering") + "batch-size = 50\n";
    let pipeline = folder.write("p.toml", file_input(&input) + filter + &output)?;
    let mut dice = Dice::new(5);
    for round in 0..ROUNDS {
        let running = Weir::run(&pipeline, &[])?;
        for burst in 0..4 {
            let from = round * LINES + burst * LINES / 4;
            folder.append("in.log", Numbered::text(from..from + LINES / 4, 30))?;
            // Long enough that windows close and positions are kept.
            std::thread::sleep(dice.millis(50..400));
        }
        running.kill()?;
    }
    Weir::once(&pipeline)?.with(0)?;
    let documents = server.documents();
    documents.iter().map(|it| Ok(serde_json::from_str(&it.document)?)).collect()
}

fn windows_through_kills() -> Result<()> {
    let windows = run_with_kills(AGGREGATE)?;
    // Each window holds lines that follow each other.
    let mut seen = Seen::default();
    for window in &windows {
        let first = window["first"].as_str().and_then(Numbered::of).context("a first line")?;
        let count = usize::try_from(window["events"].as_u64().context("a count")?)?;
        (first..first + count).for_each(|number| seen.add(number));
    }
    seen.all_of(ROUNDS * LINES)
}

fn dedupe_through_kills() -> Result<()> {
    let documents = run_with_kills("[[filter]]\ntype = \"dedupe\"\nttl = \"1h\"\n")?;
    let messages = documents.iter().filter_map(|it| it["message"].as_str());
    Seen::of(messages)?.once_each(ROUNDS * LINES)
}

/// Every event waits, and has a copy that is told apart from all others.
fn delay_through_kills() -> Result<()> {
    let documents = run_with_kills(
        "[[filter]]\ntype = \"throttle\"\nevents = 30\nperiod = \"40ms\"\nmode = \"delay\"\n\
         [[filter]]\ntype = \"branch\"\n[[filter.case]]\nwhen = 'true'\n\
         [[filter.case.filter]]\ntype = \"clone\"\nclones = \"copy\"\n",
    )?;
    for is_copy in [false, true] {
        let these = documents.iter().filter(|it| it.get("tags").is_some() == is_copy);
        Seen::of(these.filter_map(|it| it["message"].as_str()))?.once_each(ROUNDS * LINES)?;
    }
    Ok(())
}

/// The server never answers; a window and an event in the making are open.
fn stopping_with_kept_events() -> Result<()> {
    let folder = Folder::new()?;
    let server = fake_server();
    server.script(vec![Act::Hang; 10]);
    let input = folder.write("in.log", Numbered::text(0..100_000, 200))?;
    let filters = "[[filter]]\ntype = \"aggregate\"\ntimeout = \"1h\"\n\
        fields = { events = \"count()\" }\n\
        [[filter]]\ntype = \"multiline\"\ncount = 3\ntimeout = \"1h\"\n";
    let output = search_output(&server.url(), "law") + "timeout = \"1h\"\n";
    let pipeline = folder.write("p.toml", file_input(&input) + filters + &output)?;
    let mut running = Weir::run(&pipeline, &["--drain", "1s"])?;
    running.comes_to("a request that hangs", |_| !server.posted().is_empty())?;
    running.signal(Signal::TERM)?;
    running.end(Duration::from_secs(20))?.with(3)?.said("undelivered")
}

fn windows_of_a_whole_run() -> Result<()> {
    let folder = Folder::new()?;
    let server = fake_server();
    let input = folder.write("in.log", Numbered::text(0..50_000, 40))?;
    let filter = "[[filter]]\ntype = \"aggregate\"\nkey = \"%{k}\"\ndrop-events = true\n\
        fields = { events = \"count()\" }\n";
    let key = "[[filter]]\ntype = \"grok\"\npattern = 'line %{INT:number}(?<k>\\d) '\n\
        on-error = \"ignore\"\n";
    let output = search_output(&server.url(), "windows");
    let pipeline = folder.write("p.toml", file_input(&input) + key + filter + &output)?;
    Weir::once(&pipeline)?.with(0)?;
    let mut total = 0;
    for stored in server.documents() {
        let document: Value = serde_json::from_str(&stored.document)?;
        // The first ten lines have one digit and no key; they pass.
        total += document["events"].as_u64().unwrap_or(1);
    }
    ensure!(total == 50_000, "{total} events");
    ensure!(server.documents().len() == 20, "{} documents", server.documents().len());
    Ok(())
}
