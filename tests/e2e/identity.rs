//! Which document is which: an `_id` never serves two lines, not even after a crash.

use anyhow::Result;
use libtest_mimic::Trial;
use weir_testkit::fake::Act;

use crate::kit::{Folder, Numbered, Seen, Weir, fake_server, file_input, search_output, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("a_file_cut_after_a_crash_at_its_beginning_is_another_one", || cut_after_crash(true)),
        trial("so_is_one_that_was_empty_when_it_was_found", || cut_after_crash(false)),
    ]
}

/// The server has the first lines, weir never hears of it and is killed. Meanwhile the file is
/// copied and cut, and other lines stand where the first ones stood.
fn cut_after_crash(has_lines_when_found: bool) -> Result<()> {
    const LINES: usize = 100;
    let folder = Folder::new()?;
    let server = fake_server();
    server.script([Act::CutAfterAccepting]);
    let first = Numbered::text(1_000..1_000 + LINES, 40);
    let input = folder.write("logs/a.log", if has_lines_when_found { &first } else { "" })?;
    let output = search_output(&server.url(), "identity")
        .replace("retry-delay-min = \"50ms\"", "retry-delay-min = \"1h\"");
    let pattern = folder.path("logs/a.log*");
    let pipeline = folder.write("p.toml", file_input(&pattern) + &output)?;
    let mut running = Weir::run(&pipeline, &[])?;
    if !has_lines_when_found {
        running.says("started")?;
        folder.append("logs/a.log", &first)?;
    }
    running.comes_to("the first lines", |_| server.documents().len() == LINES)?;
    running.kill()?;

    std::fs::copy(&input, folder.path("logs/a.log.1"))?;
    folder.write("logs/a.log", Numbered::text(1_000 + LINES..1_000 + 2 * LINES, 40))?;
    folder.write("p.toml", file_input(&pattern) + &search_output(&server.url(), "identity"))?;
    Weir::once(&pipeline)?.with(0)?;
    let mut seen = Seen::default();
    for stored in server.documents() {
        seen.add(Numbered::of(&stored.document).unwrap_or_default() - 1_000);
    }
    seen.once_each(2 * LINES)
}
