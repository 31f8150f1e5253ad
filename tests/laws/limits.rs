//! Memory has a bound that no input and no server can move.

use anyhow::{Result, ensure};
use weir_testkit::fake::Act;

use crate::kit::{
    Folder, Numbered, Seen, Weir, counting_server, fake_server, file_input, search_output,
};

/// Far above what weir needs with its usual settings, far below the backlog.
const PEAK_MAX: u64 = 160 << 20;

/// A backlog of 400 MB before a dead server; then the server lives again.
pub(super) fn memory_is_bounded() -> Result<()> {
    const LINES: usize = 400_000;
    let folder = Folder::new()?;
    let server = counting_server(Numbered::MARKER);
    server.script(vec![Act::Answer { status: 503, retry_after: None }; 40]);
    let input = folder.write("in.log", Numbered::text(0..LINES, 980))?;
    let output = search_output(&server.url(), "law");
    let pipeline = folder.write("p.toml", file_input(&input) + &output)?;
    let mut running = Weir::run(&pipeline, &[])?;
    running.comes_to("40 refused requests", |_| server.counts().requests >= 40)?;
    running.comes_to("the whole backlog", |_| server.counts().distinct == LINES)?;
    let peak = running.usage()?.peak_rss;
    running.stop()?.with(0)?;
    ensure!(server.counts().duplicates == 0, "{:?}", server.counts());
    ensure!(peak < PEAK_MAX, "weir took {} MiB", peak >> 20);
    Ok(())
}

/// Lines, values and depths beyond every limit.
pub(super) fn no_one_is_trusted_for_size() -> Result<()> {
    let folder = Folder::new()?;
    let server = fake_server();
    let mut text = Numbered::text(0..1, 10).into_bytes();
    for _ in 0..3 {
        text.extend_from_slice(b"{\"a\":");
        text.extend(std::iter::repeat_n(b'[', 900_000));
        text.push(b'\n');
    }
    text.extend_from_slice(b"{\"k\":\"");
    text.extend(std::iter::repeat_n(b'v', 30_000_000));
    text.extend_from_slice(b"\"}\n{");
    for n in 0..60_000 {
        text.extend_from_slice(format!("\"k{n}\":{n},").as_bytes());
    }
    text.extend_from_slice(b"\"k\":1}\n");
    text.extend_from_slice(Numbered::text(1..2, 10).as_bytes());
    let input = folder.write("in.log", text)?;
    let filter = "[[filter]]\ntype = \"json\"\nfield = \"message\"\n";
    let output = search_output(&server.url(), "law");
    let pipeline = folder.write("p.toml", file_input(&input) + filter + &output)?;
    let mut running = Weir::run(&pipeline, &[])?;
    let numbered = || {
        let documents = server.documents();
        let plain = documents.iter().filter(|it| Numbered::of(&it.document).is_some());
        Seen::of(plain.map(|it| it.document.as_str()))
    };
    running.comes_to("the last line", |_| numbered().is_ok_and(|seen| seen.distinct() == 2))?;
    let peak = running.usage()?.peak_rss;
    let ended = running.stop()?.with(0)?;
    ensure!(!ended.log.contains("bug"), "{ended}");
    ensure!(peak < PEAK_MAX * 2, "weir took {} MiB", peak >> 20);
    Ok(())
}
