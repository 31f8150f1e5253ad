//! A server that goes away, hangs, and is too busy in every way it knows.

use std::fs::OpenOptions;
use std::io::Write as _;

use anyhow::{Result, ensure};
use weir_testkit::live::{SearchServer, SearchServerOptions};

use super::has_each_line_once;
use crate::kit::{Folder, Numbered, Weir, file_input, search_output};

const INDEX: &str = "live-hardship";

/// The most memory that weir may take, whatever waits.
const PEAK_MAX: u64 = 160 << 20;

struct Scene {
    folder: Folder,
    written: usize,
    weir: Weir,
}

impl Scene {
    fn write(&mut self, lines: usize, filling: usize) -> Result<()> {
        let text = Numbered::text(self.written..self.written + lines, filling);
        self.written += lines;
        let mut log = OpenOptions::new().append(true).open(self.folder.path("in.log"))?;
        Ok(log.write_all(text.as_bytes())?)
    }

    /// Waits until weir has said something more often than before.
    fn hears_again(&mut self, words: &str, times_before: usize) -> Result<()> {
        self.weir.comes_to(&format!("weir to say `{words}` again"), |weir| {
            weir.log().matches(words).count() > times_before
        })
    }

    fn catches_up(&mut self, server: &SearchServer) -> Result<()> {
        let written = self.written as u64;
        self.weir.comes_to("all lines in OpenSearch", |_| {
            server.count(INDEX).is_ok_and(|count| count >= written)
        })
    }
}

/// No line is lost or doubled, memory stays flat, and weir catches up each time.
pub(super) fn stopped_and_busy() -> Result<()> {
    let mut server = SearchServer::start(&SearchServerOptions::default())?;
    let folder = Folder::new()?;
    let input = folder.write("in.log", "")?;
    let output = search_output(&server.url(), INDEX) + "timeout = \"3s\"\n";
    let pipeline = folder.write("p.toml", file_input(&input) + &output)?;
    let weir = Weir::run(&pipeline, &[])?;
    let mut scene = Scene { folder, written: 0, weir };
    scene.write(5_000, 200)?;
    scene.catches_up(&server)?;

    server.set_flood_stage(INDEX, true)?;
    scene.write(5_000, 200)?;
    scene.hears_again("cluster_block_exception", 0)?;
    server.set_flood_stage(INDEX, false)?;
    scene.catches_up(&server)?;

    server.refuse_bodies_over(Some(1_000))?;
    scene.write(5_000, 200)?;
    scene.hears_again("(429)", 0)?;
    server.refuse_bodies_over(None)?;
    scene.catches_up(&server)?;

    server.pause()?;
    let before = scene.weir.log().matches("the request was not taken").count();
    scene.write(5_000, 200)?;
    scene.hears_again("the request was not taken", before)?;
    server.resume()?;
    scene.catches_up(&server)?;

    // A backlog of 200 MB, far above what may wait in memory.
    server.kill()?;
    scene.write(100_000, 2_000)?;
    let before = scene.weir.log().matches("(429)").count();
    server.set_indexing_pressure(Some("4kb"))?;
    scene.hears_again("(429)", before)?;
    server.set_indexing_pressure(None)?;
    scene.catches_up(&server)?;

    let peak = scene.weir.usage()?.peak_rss;
    scene.weir.stop()?.with(0)?;
    has_each_line_once(&server, INDEX, scene.written)?;
    ensure!(peak < PEAK_MAX, "weir took {} MiB", peak >> 20);
    Ok(())
}
