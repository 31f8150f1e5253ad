//! What was written arrives, in its order, whatever the server and the process suffer.

use std::io::Write as _;

use anyhow::{Result, ensure};
use weir_testkit::fake::{Act, FakeBulk, Stored};

use crate::kit::{Dice, Folder, Numbered, Seen, Weir, fake_server, file_input, search_output};

/// Every way in which a server can fail a request, and kills of the process besides.
pub(super) fn nothing_is_lost() -> Result<()> {
    const ROUNDS: usize = 12;
    const LINES: usize = 500;
    let folder = Folder::new()?;
    let server = fake_server();
    let input = folder.write("in.log", "")?;
    let output = search_output(&server.url(), "law") + "timeout = \"1s\"\nbatch-size = 100\n";
    let pipeline = folder.write("p.toml", file_input(&input) + &output)?;
    let mut log = std::fs::OpenOptions::new().append(true).open(&input)?;
    let mut dice = Dice::new(3);
    for round in 0..ROUNDS {
        server.script(misfortunes(round));
        let running = Weir::run(&pipeline, &[])?;
        let from = round * LINES;
        log.write_all(Numbered::text(from..from + LINES, 80).as_bytes())?;
        std::thread::sleep(dice.millis(20..250));
        running.kill()?;
    }
    Weir::once(&pipeline)?.with(0)?;
    arrived(&server)?.once_each(ROUNDS * LINES)
}

fn misfortunes(round: usize) -> Vec<Act> {
    let busy = |status| Act::Answer { status, retry_after: None };
    vec![
        busy([429, 503, 502, 500][round % 4]),
        Act::CutAfterAccepting,
        Act::Items(vec![429, 201, 503, 201, 429]),
        Act::CutBeforeAccepting,
        busy(413),
    ]
}

fn arrived(server: &FakeBulk) -> Result<Seen> {
    Seen::of(server.documents().iter().map(|stored| stored.document.as_str()))
}

/// With one request under way at a time, the lines of a file arrive as they were written.
pub(super) fn order_holds() -> Result<()> {
    const LINES: usize = 20_000;
    let folder = Folder::new()?;
    let server = fake_server();
    server.script([
        Act::Answer { status: 429, retry_after: None },
        Act::CutBeforeAccepting,
        Act::Answer { status: 503, retry_after: None },
    ]);
    let input = folder.write("in.log", Numbered::text(0..LINES, 60))?;
    let output = search_output(&server.url(), "law") + "batch-size = 700\n";
    let pipeline = folder.write("p.toml", file_input(&input) + &output)?;
    Weir::once(&pipeline)?.with(0)?;
    let numbers: Vec<Option<usize>> =
        server.documents().iter().map(|Stored { document, .. }| Numbered::of(document)).collect();
    let first_wrong = numbers.iter().enumerate().find(|(i, number)| **number != Some(*i));
    ensure!(first_wrong.is_none(), "out of order: {first_wrong:?}");
    ensure!(numbers.len() == LINES, "{} lines arrived", numbers.len());
    Ok(())
}
