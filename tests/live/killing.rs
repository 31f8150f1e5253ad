//! SIGKILL at random moments while files rotate in both ways.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use anyhow::{Context as _, Result};
use weir_testkit::live::shared_opensearch;

use super::has_each_line_once;
use crate::kit::{Dice, Folder, Numbered, Weir, file_input, search_output};

/// How often, and from which seed the moments are drawn, unless `WEIR_KILLS` and `WEIR_SEED` say.
const KILLS: u64 = 50;
const SEED: u64 = 50;
const LINES_EACH_TIME: usize = 10;

/// So many lines go to a file before it is rotated.
const LINES_PER_FILE: usize = 1_000;

/// OpenSearch ends with every line exactly once.
pub(super) fn killed_fifty_times() -> Result<()> {
    let folder = Folder::new()?;
    let server = shared_opensearch()?;
    let index = "live-killed";
    let pipeline = file_input(&folder.path("logs/*.log*"))
        + &search_output(&server.url(), index)
        + "batch-size = 300\n";
    let pipeline = folder.write("p.toml", pipeline)?;
    std::fs::create_dir(folder.path("logs"))?;
    let is_over = AtomicBool::new(false);
    let written = std::thread::scope(|scope| -> Result<usize> {
        let writing = scope.spawn(|| write_until(&folder, &is_over));
        let killing = kill_often(&pipeline);
        is_over.store(true, Ordering::Relaxed);
        let written = writing.join().map_err(|_| anyhow::anyhow!("the writer panicked"))?;
        killing.and(written)
    })?;
    Weir::once(&pipeline)?.with(0)?;
    has_each_line_once(server, index, written)
}

fn kill_often(pipeline: &std::path::Path) -> Result<()> {
    let number = |name: &str, usual| match std::env::var(name) {
        Ok(text) => text.parse().with_context(|| format!("`{name}={text}` is no number")),
        Err(_) => Ok(usual),
    };
    let mut dice = Dice::new(number("WEIR_SEED", SEED)?);
    for _ in 0..number("WEIR_KILLS", KILLS)? {
        let mut running = Weir::run(pipeline, &[])?;
        running.says("started")?;
        std::thread::sleep(dice.millis(0..600));
        running.kill()?;
    }
    Ok(())
}

/// Writes numbered lines, by turns to a file that is renamed when it is full and to one that is
/// copied and cut. Returns how many.
fn write_until(folder: &Folder, is_over: &AtomicBool) -> Result<usize> {
    let (moved, cut) = (folder.path("logs/moved.log"), folder.path("logs/cut.log"));
    let append = |path| OpenOptions::new().append(true).create(true).open(path);
    let mut files: [File; 2] = [append(&moved)?, append(&cut)?];
    let mut written = 0;
    let mut in_file = 0;
    let mut rotations = 0;
    while !is_over.load(Ordering::Relaxed) {
        for file in &mut files {
            let lines = Numbered::text(written..written + LINES_EACH_TIME, 60);
            file.write_all(lines.as_bytes())?;
            written += LINES_EACH_TIME;
        }
        in_file += LINES_EACH_TIME;
        if in_file >= LINES_PER_FILE {
            in_file = 0;
            rotations += 1;
            std::fs::rename(&moved, folder.path(&format!("logs/moved.log.{rotations}")))?;
            files[0] = append(&moved)?;
            // Nothing is written between copy and cut: that window no reader can close.
            std::fs::copy(&cut, folder.path(&format!("logs/cut.log.{rotations}")))?;
            files[1].set_len(0)?;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(written)
}
