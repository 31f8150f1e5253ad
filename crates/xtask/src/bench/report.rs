//! What was measured, as a table, as JSON and as a page of the documentation.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};
use weir_testkit::sample::Sample;

use super::measure::Run;
use super::rates::Rate;
use super::rows::{Ends, Group, ROWS, Row};
use crate::workspace::{output_of, root};

/// How much faster two processors should be than one.
const CORES_MARK: f64 = 1.8;

/// All that was measured.
#[derive(Debug, Default)]
pub(super) struct Measured {
    pub(super) lines: Vec<Line>,
    pub(super) rates: Vec<Rate>,
    /// What could not be measured, and why.
    pub(super) left_out: Vec<(String, String)>,
}

/// A row of the table for one program.
#[derive(Debug)]
pub(super) struct Line {
    row: Row,
    program: String,
    sample: Sample,
    /// By CPU time; the one in the middle counts.
    runs: Vec<Run>,
}

impl Line {
    pub(super) fn new(row: &Row, program: &str, sample: &Sample, mut runs: Vec<Run>) -> Self {
        runs.sort_by_key(|run| run.cpu);
        Self { row: *row, program: program.to_owned(), sample: sample.clone(), runs }
    }

    fn median(&self) -> &Run {
        &self.runs[self.runs.len() / 2]
    }

    /// The shortest time by the clock: what others do on the machine only makes it longer.
    fn wall(&self) -> Duration {
        self.runs.iter().map(|run| run.wall).min().unwrap_or_default()
    }
}

/// Figures of a run.
struct Figures {
    mb_per_cpu: f64,
    mb_per_wall: f64,
    events_per_wall: f64,
    peak_mb: f64,
}

impl Figures {
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    fn of(run: &Run, sample: &Sample) -> Self {
        let mb = sample.bytes as f64 / 1e6;
        Self {
            mb_per_cpu: mb / run.cpu.as_secs_f64(),
            mb_per_wall: mb / run.wall.as_secs_f64(),
            events_per_wall: sample.events as f64 / run.wall.as_secs_f64(),
            peak_mb: run.peak_rss as f64 / 1e6,
        }
    }
}

/// A run in one line.
pub(super) fn shown(run: &Run, sample: &Sample) -> String {
    let it = Figures::of(run, sample);
    format!(
        "{:.0} MB/CPU-s, {:.0} MB/s, {:.0} events/s, {:.1} MB peak RSS ({:.2} s CPU, {:.2} s)",
        it.mb_per_cpu,
        it.mb_per_wall,
        it.events_per_wall,
        it.peak_mb,
        run.cpu.as_secs_f64(),
        run.wall.as_secs_f64()
    )
}

/// The medians as Markdown, a table for each group.
pub(super) fn tables(measured: &Measured) -> String {
    let mut text = String::new();
    for group in Group::EVERY {
        let lines: Vec<&Line> =
            measured.lines.iter().filter(|line| line.row.group == group).collect();
        if lines.is_empty() {
            continue;
        }
        text += &format!("## {}\n\n{}\n", group.title(), table(&lines));
        text += &conclusion(group, &lines);
    }
    if !measured.rates.is_empty() {
        text += "## Filters alone\n\n\
                 One thread, events in memory, the CPU time of the filter alone; the best of three.\n\n\
                 | filter | events per CPU-second | MB per CPU-second | mark |\n|---|---:|---:|---|\n";
        for rate in &measured.rates {
            let Rate { what, events, megabytes, .. } = rate;
            text += &format!("| {what} | {events:.0} | {megabytes:.0} | {} |\n", rate.verdict());
        }
        text.push('\n');
    }
    if !measured.left_out.is_empty() {
        text += "Not measured:\n\n";
        for (name, reason) in &measured.left_out {
            text += &format!("* {name}: {reason}\n");
        }
        text.push('\n');
    }
    text
}

fn table(lines: &[&Line]) -> String {
    let mut text = String::from(
        "| work | program | MB per CPU-second | MB/s | events/s | peak RSS, MB |\n\
         |---|---|---:|---:|---:|---:|\n",
    );
    for line in lines {
        let it = Figures::of(line.median(), &line.sample);
        let Line { row, program, .. } = line;
        text += &format!(
            "| {} | {program} | {:.0} | {:.0} | {:.0} | {:.1} |\n",
            row.name, it.mb_per_cpu, it.mb_per_wall, it.events_per_wall, it.peak_mb
        );
    }
    text
}

/// What a group of rows shows beyond its figures.
fn conclusion(group: Group, lines: &[&Line]) -> String {
    match group {
        Group::Growth => {
            let millis = |line: &&Line| 1e3 / Figures::of(line.median(), &line.sample).mb_per_cpu;
            let (first, last) = (lines.first().map(millis), lines.last().map(millis));
            let (first, last) = (first.unwrap_or(f64::NAN), last.unwrap_or(f64::NAN));
            format!(
                "CPU time for a MB: {first:.2} ms in the first row, {last:.2} ms in the last, which \
                 is {:.2} times as much; 1 is growth with the input and no faster.\n\n",
                last / first
            )
        }
        Group::Cores => {
            let mut text = String::from(
                "Encoded and compressed as for a server, then discarded; the program's metrics \
                 counted every event once. Events of a file stay in their order, as always. \
                 The whole program is held to one processor or two (`taskset`): with one worker \
                 and two processors, reading would go on beside the work.\n\n",
            );
            for pair in lines.chunks_exact(2) {
                let ratio = pair[0].wall().as_secs_f64() / pair[1].wall().as_secs_f64();
                let met = if ratio >= CORES_MARK { "met" } else { "NOT met" };
                text += &format!(
                    "* {} to {}: {ratio:.2} times as fast by the clock, best of {} runs each; \
                     mark {CORES_MARK}: {met}\n",
                    pair[0].row.name,
                    pair[1].row.name,
                    pair[0].runs.len()
                );
            }
            text + "\n"
        }
        _ => String::new(),
    }
}

/// The circumstances of a measurement.
pub(super) struct About {
    date: String,
    commit: String,
    machine: String,
    /// Programs that wanted a processor in the last minute, on average.
    load: String,
    versions: Vec<String>,
    mb: u64,
    runs: u32,
}

impl About {
    pub(super) fn gather(weir: &Path, mb: u64, runs: u32) -> Self {
        let first_line = |command: &mut Command| {
            let text = output_of(command.current_dir(root())).unwrap_or_default();
            text.lines().next().unwrap_or("unknown").to_owned()
        };
        let mut commit = first_line(Command::new("git").args(["rev-parse", "--short", "HEAD"]));
        let changes = ["status", "--porcelain", "--untracked-files=no"];
        if first_line(Command::new("git").args(changes)) != "unknown" {
            commit += " with changes";
        }
        let versions = vec![
            first_line(Command::new(weir).arg("--version")),
            first_line(Command::new("rustc").arg("--version")),
            first_line(Command::new("/usr/sbin/rsyslogd").arg("-v")),
        ];
        let date = jiff::Zoned::now().strftime("%Y-%m-%d").to_string();
        Self { date, commit, machine: machine(), load: load(), versions, mb, runs }
    }
}

fn load() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or("unknown").to_owned()
}

fn machine() -> String {
    let line = |path: &str, name: &str| -> Option<String> {
        let text = fs::read_to_string(path).ok()?;
        let line = text.lines().find(|line| line.starts_with(name))?;
        Some(line.rsplit(':').next()?.trim().to_owned())
    };
    let unknown = || "unknown".to_owned();
    format!(
        "{} × {}, memory {}, Linux {}",
        std::thread::available_parallelism().map_or(0, usize::from),
        line("/proc/cpuinfo", "model name").unwrap_or_else(unknown),
        line("/proc/meminfo", "MemTotal").unwrap_or_else(unknown),
        line("/proc/sys/kernel/osrelease", "").unwrap_or_else(unknown),
    )
}

/// Everything, every run included.
pub(super) fn json(about: &About, measured: &Measured) -> Value {
    let run = |run: &Run, sample: &Sample| {
        let it = Figures::of(run, sample);
        json!({
            "cpu_seconds": run.cpu.as_secs_f64(),
            "wall_seconds": run.wall.as_secs_f64(),
            "peak_rss_bytes": run.peak_rss,
            "mb_per_cpu_second": it.mb_per_cpu,
            "mb_per_second": it.mb_per_wall,
            "events_per_second": it.events_per_wall,
        })
    };
    let rows: Vec<Value> = measured
        .lines
        .iter()
        .map(|line| {
            json!({
                "row": line.row.name,
                "program": line.program,
                "input_bytes": line.sample.bytes,
                "events": line.sample.events,
                "median": run(line.median(), &line.sample),
                "runs": line.runs.iter().map(|it| run(it, &line.sample)).collect::<Vec<_>>(),
            })
        })
        .collect();
    let rates: Vec<Value> = measured
        .rates
        .iter()
        .map(|rate| {
            json!({
                "path": rate.name,
                "events_per_cpu_second": rate.events,
                "mb_per_cpu_second": rate.megabytes,
                "mark": rate.verdict(),
            })
        })
        .collect();
    json!({
        "date": about.date,
        "commit": about.commit,
        "machine": about.machine,
        "load": about.load,
        "versions": about.versions,
        "mb": about.mb,
        "runs": about.runs,
        "rows": rows,
        "rates": rates,
        "left_out": measured.left_out,
    })
}

/// The page `docs/performance.md`.
pub(super) fn page(about: &About, measured: &Measured) -> String {
    let mut text = format!(
        "# Performance\n\n\
         Written by `cargo xtask bench`; run it to have the figures of your own machine.\n\n\
         *Per CPU-second* is what counts: user and system time of the program alone. Wall times\n\
         share the processors with the far end, which inflates and checks every request.\n\n\
         * Date and commit: {}, {}\n\
         * Machine: {}; load {} when it began, of which more than a few tenths belong to others\n  \
           and make every figure worse, those by the clock most\n\
         * Versions: {}\n\
         * Input: {} MB for each row unless its name says otherwise, from a seeded generator or from\n  \
           real logs again and again, in the page cache unless it says `cold`; {} runs, of which the\n  \
           one with the median CPU time is shown. 1 MB is 1,000,000 bytes.\n\
         * A run counts only when the far end has every event exactly once: files are compared byte\n  \
           by byte, the bulk server (in the process of the bench) ticks off a number in each event.\n\
         * weir runs from its start to its end (`weir run --once`), checkpoints and the connection\n  \
           included; the others are measured from their start to the last byte of their output.\n\n\
         {}\
         ## Settings\n\n",
        about.date,
        about.commit,
        about.machine,
        about.load,
        about.versions.join("; "),
        about.mb,
        about.runs,
        tables(measured),
    );
    let to = Ends { url: "http://127.0.0.1:9200", file: Path::new("output.log") };
    for row in &ROWS {
        let pipeline = row.pipeline(Path::new("input.log"), Path::new("places.mmdb"), &to);
        text += &format!("{}:\n\n```toml\n{pipeline}```\n\n", row.name);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
