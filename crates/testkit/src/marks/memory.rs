//! Memory while an output is away.

use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Duration;

use anyhow::{Result, ensure};
use weir_host::{Clock as _, SystemClock};

use super::running::{Running, bulk_output, file_input, runtime};
use super::{Figure, mb};
use crate::fake::FakeBulk;

/// Memory that has not grown for so long does not grow any more: the queue is full by then.
const STILL: Duration = Duration::from_secs(2);

/// A backlog before a server that refuses everything: how much memory is taken beyond that of doing
/// nothing. Then the server lives again, and must get every event once.
///
/// # Errors
/// When events are missing or come twice.
pub fn dead_output(weir: &Path, folder: &Path, backlog_bytes: u64) -> Result<Vec<Figure>> {
    let runtime = runtime()?;
    let server = runtime.block_on(FakeBulk::counting(Some("line ")));
    server.set_dead(true);
    let logs = folder.join("logs");
    fs::create_dir_all(&logs)?;
    let pipeline = file_input(&logs.join("*.log")) + &bulk_output(&server.url());
    let mut running = Running::start(weir, folder, &pipeline)?;
    running.comes_to("the pages", |it| it.metric("weir_input_files").is_some())?;
    let idle = settled(&mut running, |_| true)?;
    let lines = write_backlog(&logs, backlog_bytes)?;
    let dead = settled(&mut running, |_| server.counts().requests >= 5)?;
    let requests = server.counts().requests;
    server.set_dead(false);
    running.comes_to("the whole backlog", |_| server.counts().distinct == lines)?;
    let peak = running.usage()?.peak_rss;
    running.stop()?;
    ensure!(server.counts().duplicates == 0, "{:?}", server.counts());
    Ok(vec![Figure {
        name: format!(
            "memory over idle with a dead output and {:.0} MB to read",
            mb(backlog_bytes)
        ),
        value: mb(dead.saturating_sub(idle)),
        mark: 60.0,
        unit: "MB",
        how: format!(
            "idle {:.1} MB, after {requests} refused requests {:.1} MB; afterwards each of {lines} \
             events came once, peak {:.1} MB",
            mb(idle),
            mb(dead),
            mb(peak)
        ),
    }])
}

/// Gives the log its name only when it is whole.
fn write_backlog(logs: &Path, bytes: u64) -> Result<usize> {
    let filling = ".".repeat(180);
    let path = logs.join("backlog.part");
    let mut out = BufWriter::with_capacity(1 << 20, File::create(&path)?);
    let (mut lines, mut written) = (0, 0);
    while written < bytes {
        let line = format!("line {lines} {filling}\n");
        out.write_all(line.as_bytes())?;
        written += line.len() as u64;
        lines += 1;
    }
    out.flush()?;
    fs::rename(&path, logs.join("backlog.log"))?;
    Ok(lines)
}

/// The greatest resident set once something holds and memory has not grown for a while since.
fn settled(running: &mut Running, mut is: impl FnMut(&Running) -> bool) -> Result<u64> {
    let clock = SystemClock::start();
    let (mut greatest, mut since) = (0, Duration::ZERO);
    running.comes_to("memory that stands still", |running| {
        let now = clock.elapsed();
        let rss = running.usage().map_or(0, |usage| usage.rss);
        if rss > greatest || !is(running) {
            (greatest, since) = (greatest.max(rss), now);
        }
        now.saturating_sub(since) >= STILL
    })?;
    Ok(greatest)
}
