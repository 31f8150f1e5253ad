//! Stopping ends, reloading is whole or not at all, filters hold nothing up.

use std::time::Duration;

use anyhow::{Result, ensure};
use rustix::process::Signal;
use weir_testkit::fake::Act;

use crate::kit::{
    Folder, LIMIT, Numbered, Weir, fake_server, file_input, file_output, search_output,
};

/// The server never answers, and the answer may take an hour; the drain of a second counts.
pub(super) fn stopping_is_finite() -> Result<()> {
    let folder = Folder::new()?;
    let server = fake_server();
    server.script(vec![Act::Hang; 10]);
    let input = folder.write("in.log", Numbered::text(0..300_000, 200))?;
    let output = search_output(&server.url(), "law") + "timeout = \"1h\"\n";
    let pipeline = folder.write("p.toml", file_input(&input) + &output)?;
    let mut running = Weir::run(&pipeline, &["--drain", "1s"])?;
    running.comes_to("a request that hangs", |_| !server.posted().is_empty())?;
    running.signal(Signal::TERM)?;
    // One second to drain, two for what hangs; the rest is for a busy machine.
    running.end(Duration::from_secs(20))?.with(3)?.said("undelivered")
}

/// Wrong in one file of two, or unable to start: both go on as they were. Then both are right.
pub(super) fn reload_is_all_or_nothing() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", "1\n")?;
    let text =
        |out: &str, more: &str| file_input(&input) + more + &file_output(&folder.path(out), "text");
    folder.write("pipelines/a.toml", text("a1", ""))?;
    folder.write("pipelines/b.toml", text("b1", ""))?;
    let state = folder.path("state").display().to_string();
    let mut running = Weir::run(&folder.path("pipelines"), &["--state-dir", &state])?;
    let both = |names: [&str; 2], lines: &str| names.iter().all(|name| folder.text(name) == lines);
    running.comes_to("the first line", |_| both(["a1", "b1"], "1\n"))?;

    folder.write("pipelines/a.toml", text("a2", ""))?;
    folder.write("pipelines/b.toml", text("b2", "typo = 1\n"))?;
    running.signal(Signal::HUP)?;
    running.says("the old one stays in use")?;
    folder.append("in.log", "2\n")?;
    running.comes_to("the second line", |_| both(["a1", "b1"], "1\n2\n"))?;

    let absent = folder.path("absent.mmdb");
    let geoip = format!("[[filter]]\ntype = \"geoip\"\ndatabase = \"{}\"\n", absent.display());
    folder.write("pipelines/b.toml", text("b2", &geoip))?;
    running.signal(Signal::HUP)?;
    running.says(&absent.display().to_string())?;
    folder.append("in.log", "3\n")?;
    running.comes_to("the third line", |_| both(["a1", "b1"], "1\n2\n3\n"))?;

    folder.write("pipelines/b.toml", text("b2", ""))?;
    running.signal(Signal::HUP)?;
    running.says("the configuration is read again")?;
    folder.append("in.log", "4\n")?;
    running.comes_to("the fourth line in the new files", |_| both(["a2", "b2"], "4\n"))?;
    running.stop()?.with(0)?;
    ensure!(both(["a1", "b1"], "1\n2\n3\n"), "an old output went on");
    Ok(())
}

/// Every filter fails on every event in its own way; each event still arrives.
pub(super) fn a_filter_cannot_stop_the_pipeline() -> Result<()> {
    const LINES: usize = 2_000;
    const FILTERS: &str = r#"
[[filter]]
type = "grok"
pattern = '(?:x+x+)+y%{IP:source.ip}(?=z)'
[[filter]]
type = "json"
field = "message"
[[filter]]
type = "date"
field = "message"
formats = "ISO8601"
[[filter]]
type = "dissect"
pattern = "%{a}|%{b}"
[[filter]]
type = "convert"
fields = { message = "integer" }
"#;
    let folder = Folder::new()?;
    let mut text = Vec::new();
    for n in 0..LINES {
        match n % 4 {
            0 => text.extend_from_slice("x".repeat(300).as_bytes()),
            1 => text.extend_from_slice(b"{\"@timestamp\":[],\"tags\":7,\"a\":{\"b\":"),
            2 => text.extend_from_slice(b"\xff\0\xfe{\"message\":null}"),
            _ => text.extend_from_slice(b"{\"message\":{\"deep\":[1,2]},\"@timestamp\":\"no\"}"),
        }
        text.push(b'\n');
    }
    let input = folder.write("in.log", text)?;
    let pipeline = file_input(&input) + FILTERS + &file_output(&folder.path("out.json"), "json");
    let pipeline = folder.write("p.toml", pipeline)?;
    let ended = Weir::run(&pipeline, &["--once"])?.end(LIMIT * 2)?.with(0)?;
    ensure!(!ended.log.contains("bug"), "{ended}");
    let text = folder.text("out.json");
    ensure!(text.lines().count() == LINES, "{} events arrived", text.lines().count());
    for tag in ["_grok", "_jsonparsefailure", "_dateparsefailure", "_dissectfailure"] {
        ensure!(text.contains(tag), "no event has the tag `{tag}`");
    }
    Ok(())
}
