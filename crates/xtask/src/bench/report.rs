//! What was measured, as a table, as JSON and as a page of the documentation.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use weir_testkit::sample::Sample;

use super::measure::Run;
use super::rows::ROWS;
use crate::workspace::{output_of, root};

/// A row of the table for one program.
#[derive(Debug)]
pub(super) struct Line {
    row: &'static str,
    program: String,
    sample: Sample,
    /// By CPU time; the one in the middle counts.
    runs: Vec<Run>,
}

impl Line {
    pub(super) fn new(
        row: &'static str,
        program: &str,
        sample: &Sample,
        mut runs: Vec<Run>,
    ) -> Self {
        runs.sort_by_key(|run| run.cpu);
        Self { row, program: program.to_owned(), sample: sample.clone(), runs }
    }

    fn median(&self) -> &Run {
        &self.runs[self.runs.len() / 2]
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

/// The medians as a Markdown table.
pub(super) fn table(lines: &[Line]) -> String {
    let mut text = String::from(
        "| work | program | MB per CPU-second | MB/s | events/s | peak RSS, MB |\n\
         |---|---|---:|---:|---:|---:|\n",
    );
    for line in lines {
        let it = Figures::of(line.median(), &line.sample);
        text += &format!(
            "| {} | {} | {:.0} | {:.0} | {:.0} | {:.1} |\n",
            line.row, line.program, it.mb_per_cpu, it.mb_per_wall, it.events_per_wall, it.peak_mb
        );
    }
    text
}

/// The circumstances of a measurement.
pub(super) struct About {
    date: String,
    commit: String,
    machine: String,
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
        Self { date, commit, machine: machine(), versions, mb, runs }
    }
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
pub(super) fn json(about: &About, lines: &[Line]) -> Value {
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
    let rows: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "row": line.row,
                "program": line.program,
                "input_bytes": line.sample.bytes,
                "events": line.sample.events,
                "median": run(line.median(), &line.sample),
                "runs": line.runs.iter().map(|it| run(it, &line.sample)).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "date": about.date,
        "commit": about.commit,
        "machine": about.machine,
        "versions": about.versions,
        "mb": about.mb,
        "runs": about.runs,
        "rows": rows,
    })
}

/// The page `docs/performance.md`.
pub(super) fn page(about: &About, lines: &[Line]) -> String {
    let mut text = format!(
        "# Performance\n\n\
         Written by `cargo xtask bench`; run it to have the figures of your own machine.\n\n\
         {}\n\
         *Per CPU-second* is what counts: user and system time of the program alone. Wall times\n\
         share the processors with the far end, which inflates and checks every request.\n\n\
         * Date and commit: {}, {}\n\
         * Machine: {}\n\
         * Versions: {}\n\
         * Input: {} MB for each row, from a seeded generator, in the page cache; {} runs, of which\n  \
           the one with the median CPU time is shown. 1 MB is 1,000,000 bytes.\n\
         * A run counts only when the far end has every event exactly once: files are compared byte\n  \
           by byte, the bulk server (in the process of the bench) ticks off a number in each event.\n\
         * weir runs from its start to its end (`weir run --once`), checkpoints and the connection\n  \
           included; the others are measured from their start to the last byte of their output.\n\n\
         ## Settings\n\n",
        table(lines),
        about.date,
        about.commit,
        about.machine,
        about.versions.join("; "),
        about.mb,
        about.runs,
    );
    for row in &ROWS {
        let to = if row.name == "file-to-file" { "output.log" } else { "http://127.0.0.1:9200" };
        let pipeline = row.pipeline(Path::new("input.log"), to);
        text += &format!("{}:\n\n```toml\n{pipeline}```\n\n", row.name);
    }
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}
