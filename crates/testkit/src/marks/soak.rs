//! Hours in short: full speed, rotation, a server that fails now and then.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use weir_host::{Clock as _, SystemClock};

use super::running::{Running, bulk_output, file_input, runtime};
use super::{Figure, median};
use crate::fake::{Act, FakeBulk};
use crate::live::until;

/// Length at which the log is renamed.
const ROTATE_BYTES: usize = 32 << 20;

/// Renamed logs that are kept. What may be undelivered fits into fewer.
const KEEP: usize = 5;

/// Lines that may be written and not delivered: about 60 MB.
const AHEAD_MAX: usize = 400_000;

/// Lines of one write.
const BLOCK_LINES: usize = 2_000;

/// How often something fails, and how often memory is looked at.
const FAULT_EVERY: Duration = Duration::from_millis(700);
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// Memory that changes by less is noise of the allocator.
const NOISE_MB: f64 = 2.0;

/// Writes lines as fast as they are delivered, renames and deletes logs, lets requests fail, and
/// looks at memory and descriptors.
///
/// # Errors
/// When an event is missing at the end.
pub fn soak(weir: &Path, folder: &Path, time: Duration) -> Result<Vec<Figure>> {
    let runtime = runtime()?;
    let server = runtime.block_on(FakeBulk::counting(Some("seq=")));
    let logs = folder.join("logs");
    fs::create_dir_all(&logs)?;
    let mut writer = Writer::new(logs.join("app.log"))?;
    // Deleted logs are let go soon, so that short soaks come to a balance, too.
    let pipeline = file_input(&logs.join("app.log*")).trim_end().to_owned()
        + "\nclose-removed = \"5s\"\n\n"
        + &bulk_output(&server.url());
    let mut running = Running::start(weir, folder, &pipeline)?;
    let clock = SystemClock::start();
    let (mut fault_at, mut look_at, mut faults) = (FAULT_EVERY, LOOK_EVERY, 0);
    let (mut memory, mut descriptors) = (Vec::new(), Vec::new());
    while clock.elapsed() < time {
        let now = clock.elapsed();
        if now >= fault_at {
            server.script([fault(faults)]);
            (fault_at, faults) = (now + FAULT_EVERY, faults + 1);
        }
        if now >= look_at {
            memory.push(super::mb(running.usage()?.rss));
            descriptors.push(f64::from(u32::try_from(running.descriptors()?)?));
            look_at = now + LOOK_EVERY;
        }
        if writer.lines < server.counts().distinct + AHEAD_MAX {
            writer.block()?;
        } else {
            let room = || (server.counts().distinct + AHEAD_MAX / 2 > writer.lines).then_some(());
            // Not for long: faults and looks have to go on while it is slow.
            until("room", LOOK_EVERY, room).ok();
        }
    }
    running.comes_to("every line", |_| server.counts().distinct == writer.lines)?;
    let counts = server.counts();
    ensure!(counts.greatest == writer.lines.checked_sub(1), "{counts:?}");
    running.stop()?;
    let how = format!(
        "{} s, {} events, {} logs, {faults} faults, {} sent twice after cuts; every event came",
        time.as_secs(),
        writer.lines,
        writer.rotations + 1,
        counts.duplicates,
    );
    figures(&memory, &descriptors, &how)
}

fn figures(memory: &[f64], descriptors: &[f64], how: &str) -> Result<Vec<Figure>> {
    let quarter = memory.len() / 4;
    ensure!(quarter >= 4, "only {} looks; take more time", memory.len());
    let growth =
        |values: &[f64]| median(&values[quarter * 3..]) - median(&values[quarter..quarter * 2]);
    let seen = |values: &[f64], unit: &str| {
        let early = median(&values[quarter..quarter * 2]);
        let late = median(&values[quarter * 3..]);
        format!("medians of the second and the last quarter: {early:.1} and {late:.1}{unit}; {how}")
    };
    Ok(vec![
        Figure {
            name: "growth of memory while soaking".into(),
            value: growth(memory),
            mark: NOISE_MB,
            unit: "MB",
            how: seen(memory, " MB"),
        },
        Figure {
            name: "growth of descriptors while soaking".into(),
            value: growth(descriptors),
            mark: 1.0,
            unit: "descriptors",
            how: seen(descriptors, ""),
        },
    ])
}

fn fault(number: usize) -> Act {
    match number % 4 {
        0 => Act::Answer { status: 503, retry_after: None },
        1 => Act::CutBeforeAccepting,
        2 => Act::Answer { status: 429, retry_after: None },
        _ => Act::CutAfterAccepting,
    }
}

/// Writes numbered lines, and renames its file when that is long.
struct Writer {
    path: PathBuf,
    file: File,
    text: String,
    lines: usize,
    bytes: usize,
    rotations: usize,
}

impl Writer {
    fn new(path: PathBuf) -> Result<Self> {
        let file = File::create(&path)?;
        Ok(Self { path, file, text: String::new(), lines: 0, bytes: 0, rotations: 0 })
    }

    fn block(&mut self) -> Result<()> {
        use std::fmt::Write as _;
        self.text.clear();
        for number in self.lines..self.lines + BLOCK_LINES {
            writeln!(
                self.text,
                "2026-11-28T10:00:00.000Z INFO  [worker-7] shop.cups.Orders - payment confirmed by \
                 the bank seq={number} user=4711 took=12ms"
            )?;
        }
        self.file.write_all(self.text.as_bytes())?;
        self.lines += BLOCK_LINES;
        self.bytes += self.text.len();
        if self.bytes >= ROTATE_BYTES {
            self.rotate()?;
        }
        Ok(())
    }

    fn rotate(&mut self) -> Result<()> {
        self.rotations += 1;
        let named = |number: usize| {
            let mut name = self.path.clone().into_os_string();
            name.push(format!(".{number}"));
            PathBuf::from(name)
        };
        fs::rename(&self.path, named(self.rotations))?;
        if let Some(old) = self.rotations.checked_sub(KEEP).filter(|old| *old > 0) {
            fs::remove_file(named(old)).context("an old log")?;
        }
        self.file = File::create(&self.path)?;
        self.bytes = 0;
        Ok(())
    }
}
