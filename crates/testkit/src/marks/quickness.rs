//! How soon things happen: a line's delivery, the start, an answer on the command line.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};
use weir_host::{Clock as _, SystemClock};

use super::running::{LIMIT, Running, bulk_output, file_input, runtime};
use super::{Figure, mb, median};
use crate::fake::FakeBulk;
use crate::live::until;

/// Runs of a command; the median counts.
const RUNS: usize = 21;

/// How long from the write of a line to the moment when the bulk server has it, of 100 lines the
/// second slowest.
///
/// # Errors
/// When a line does not arrive.
pub fn delay(
    weir: &Path,
    folder: &Path,
    lines_per_second: u32,
    seconds: u32,
) -> Result<Vec<Figure>> {
    let runtime = runtime()?;
    let server = runtime.block_on(FakeBulk::start());
    let clock = Arc::new(SystemClock::start());
    let arrived = Arc::new(Mutex::new(Vec::new()));
    {
        let (clock, arrived) = (clock.clone(), arrived.clone());
        server.refuse(move |document| {
            let (_, behind) = document.split_once("seq=")?;
            let number: usize = behind.split(' ').next()?.parse().ok()?;
            let mut arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner);
            arrived.push((number, clock.elapsed()));
            None
        });
    }
    let input = folder.join("in.log");
    let mut file = File::create(&input)?;
    let mut running =
        Running::start(weir, folder, &(file_input(&input) + &bulk_output(&server.url())))?;
    file.write_all(b"the first line, so that the file and the server are known\n")?;
    running.delivers(1)?;
    let (lines, pause) = (lines_per_second * seconds, Duration::from_secs(1) / lines_per_second);
    let begin = clock.elapsed();
    let mut written = Vec::new();
    for number in 0..lines {
        thread::sleep((begin + pause * number).saturating_sub(clock.elapsed()));
        let line = format!("2026-11-28T10:00:00Z INFO order accepted seq={number} took=7ms\n");
        written.push(clock.elapsed());
        file.write_all(line.as_bytes())?;
    }
    let count = || arrived.lock().unwrap_or_else(PoisonError::into_inner).len();
    running.comes_to("every line", |_| count() >= lines as usize)?;
    running.stop()?;
    let arrived = arrived.lock().unwrap_or_else(PoisonError::into_inner);
    ensure!(arrived.len() == lines as usize, "{} of {lines} lines arrived", arrived.len());
    let mut millis: Vec<f64> = arrived
        .iter()
        .map(|(number, at)| at.saturating_sub(written[*number]).as_secs_f64() * 1e3)
        .collect();
    millis.sort_by(f64::total_cmp);
    let of_hundred = |share: usize| millis[(millis.len() * share / 100).min(millis.len() - 1)];
    Ok(vec![Figure {
        name: format!("delay from write to delivery at {lines_per_second} lines/s, p99"),
        value: of_hundred(99),
        mark: 250.0,
        unit: "ms",
        how: format!(
            "of {lines} lines; p50 {:.1} ms, greatest {:.1} ms; measured in the bulk server",
            of_hundred(50),
            of_hundred(100)
        ),
    }])
}

/// Start with the positions of so many files that are no longer there: time until the first line of
/// a new file is delivered.
///
/// # Errors
/// When the positions are not in the form that this knows.
pub fn known_files(weir: &Path, folder: &Path, entries: usize) -> Result<Vec<Figure>> {
    let logs = folder.join("logs");
    fs::create_dir_all(&logs)?;
    let output = folder.join("out.log");
    let pipeline = format!(
        "{}[[output]]\ntype = \"file\"\npath = \"{}\"\ncodec = \"text\"\n",
        file_input(&logs.join("*.log")),
        output.display()
    );
    fs::write(logs.join("first.log"), "the first line\n")?;
    let mut running = Running::start(weir, folder, &pipeline)?;
    let length = || fs::metadata(&output).map_or(0, |it| it.len());
    running.comes_to("the first line", |_| length() > 0)?;
    running.stop()?;
    let positions = folder.join("state/mark/file/positions");
    multiply(&positions, entries)?;
    fs::write(logs.join("second.log"), "the second line\n")?;
    let before = length();
    let clock = SystemClock::start();
    let running = Running::start(weir, folder, &pipeline)?;
    until("the second line", LIMIT, || (length() > before).then_some(()))
        .with_context(|| running.said())?;
    let seconds = clock.elapsed().as_secs_f64();
    let usage = running.usage()?;
    ensure!(!running.said().contains("damaged"), "{}", running.said());
    let mut running = running;
    running.comes_to("the end of starting", |it| it.metric("weir_input_files").is_some())?;
    running.stop()?;
    Ok(vec![Figure {
        name: format!("start with {entries} known files"),
        value: seconds,
        mark: 1.0,
        unit: "s",
        how: format!(
            "from its start to the first line of a new file, to 0.02 s; the files are gone; \
             {:.2} s CPU, peak {:.0} MB",
            usage.cpu.as_secs_f64(),
            mb(usage.peak_rss)
        ),
    }])
}

/// Makes many records of the one that the program has written.
fn multiply(positions: &Path, entries: usize) -> Result<()> {
    let text = fs::read_to_string(positions)
        .with_context(|| format!("there is no {}", positions.display()))?;
    let record = text.lines().last().and_then(|line| line.split_once(' ')).map(|(_, it)| it);
    let unknown = "the positions file has another form; teach this measurement about it";
    let mut record: Value = serde_json::from_str(record.context(unknown)?).context(unknown)?;
    ensure!(record["identity"].is_string() && record["inode"].is_u64(), unknown);
    let mut out = BufWriter::new(OpenOptions::new().append(true).open(positions)?);
    for number in 0..entries {
        record["identity"] = json!(format!("{:016x}", number + 1));
        record["inode"] = json!((1_u64 << 40) + number as u64);
        record["path"] = json!(format!("/var/log/pods/shop-{number}/orders/0.log"));
        let line = record.to_string();
        writeln!(out, "{:08x} {line}", crc32fast::hash(line.as_bytes()))?;
    }
    Ok(out.flush()?)
}

/// The size of the program's file.
///
/// # Errors
/// When it is not there.
pub fn size(weir: &Path) -> Result<Vec<Figure>> {
    let bytes = fs::metadata(weir)?.len();
    Ok(vec![Figure {
        name: "size of the binary".into(),
        value: mb(bytes),
        mark: 20.0,
        unit: "MB",
        how: format!("{bytes} bytes"),
    }])
}

/// `weir --version`.
///
/// # Errors
/// When it fails.
pub fn version(weir: &Path) -> Result<Vec<Figure>> {
    let millis = several(weir, &["--version".as_ref()])?;
    Ok(vec![Figure {
        name: "`weir --version`".into(),
        value: median(&millis),
        mark: 10.0,
        unit: "ms",
        how: format!("median of {RUNS} runs, from fork to end; {}", fastest(&millis)),
    }])
}

/// `weir check` on a folder of pipelines that parse and enrich access logs.
///
/// # Errors
/// When it fails.
pub fn check(weir: &Path, folder: &Path, pipelines: usize) -> Result<Vec<Figure>> {
    let place = folder.join("pipelines");
    fs::create_dir_all(&place)?;
    for number in 0..pipelines {
        fs::write(place.join(format!("site-{number}.toml")), access_pipeline(number))?;
    }
    let millis = several(weir, &["check".as_ref(), place.as_os_str()])?;
    Ok(vec![Figure {
        name: format!("`weir check` on {pipelines} pipelines"),
        value: median(&millis),
        mark: 200.0,
        unit: "ms",
        how: format!(
            "median of {RUNS} runs; each has grok, date, user-agent, convert and a bulk output; {}",
            fastest(&millis)
        ),
    }])
}

fn access_pipeline(number: usize) -> String {
    format!(
        r#"[[input]]
type = "file"
paths = ["/var/log/nginx/site-{number}/*.log"]

[[filter]]
type = "grok"
pattern = "%{{COMBINEDAPACHELOG}}"

[[filter]]
type = "date"
field = "timestamp"
formats = "dd/MMM/yyyy:HH:mm:ss Z"

[[filter]]
type = "user-agent"
field = "agent"

[[filter]]
type = "convert"
fields = {{ response = "integer", bytes = "integer" }}

[[output]]
type = "elasticsearch"
url = "http://127.0.0.1:9200"
index = "site-{number}"
"#
    )
}

/// What a busy machine has disturbed least.
fn fastest(millis: &[f64]) -> String {
    format!("fastest {:.1} ms", millis.iter().copied().fold(f64::MAX, f64::min))
}

/// Milliseconds of each run.
fn several(weir: &Path, arguments: &[&OsStr]) -> Result<Vec<f64>> {
    (0..RUNS)
        .map(|_| {
            let mut command = Command::new(weir);
            command.args(arguments).stdin(Stdio::null());
            let clock = SystemClock::start();
            let output = command.output()?;
            let millis = clock.elapsed().as_secs_f64() * 1e3;
            let words = String::from_utf8_lossy(&output.stderr);
            ensure!(output.status.success(), "{command:?} ended with {}: {words}", output.status);
            Ok(millis)
        })
        .collect()
}
