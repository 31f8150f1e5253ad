//! Runs a program on a sample, checks what arrived, and says what it has used.

use std::fs::{self, File, OpenOptions};
use std::io::Read as _;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
use weir_testkit::fake::FakeBulk;
use weir_testkit::live::http::{self, Request};
use weir_testkit::live::{Need, Rsyslog, SyslogNg, Usage, free_port, until};
use weir_testkit::sample::Sample;

use super::rows::{Ends, Row};
use crate::stopwatch::Stopwatch;

/// A run that takes longer has failed.
const LIMIT: Duration = Duration::from_mins(15);

/// How often memory is looked at; its peak never falls, so only the very end can be missed.
const LOOK_EVERY: Duration = Duration::from_millis(5);

/// Where events go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Far {
    /// Into a file, which must be equal to the input.
    File,
    /// To a bulk server in this process, which ticks off the number behind the marker.
    Bulk { marker: &'static str },
    /// To both at once.
    BulkAndFile { marker: &'static str },
    /// Nowhere, once they are encoded and compressed; the program's own metrics count them.
    Discard,
}

/// What a run has used.
#[derive(Clone, Copy, Debug)]
pub(super) struct Run {
    pub(super) cpu: Duration,
    pub(super) wall: Duration,
    /// In bytes.
    pub(super) peak_rss: u64,
}

/// Runs the product once, from its start to its end.
pub(super) fn weir(
    weir: &Path,
    row: &Row,
    sample: &Sample,
    database: &Path,
    folder: &Path,
) -> Result<Run> {
    fs::create_dir(folder)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let output = folder.join("output.log");
    let server = match row.far {
        Far::Bulk { marker } | Far::BulkAndFile { marker } => {
            Some(runtime.block_on(FakeBulk::counting(Some(marker))))
        }
        Far::File | Far::Discard => None,
    };
    let url = server.as_ref().map(FakeBulk::url).unwrap_or_default();
    let pipeline = folder.join("bench.toml");
    fs::write(&pipeline, row.pipeline(&sample.path, database, &Ends { url: &url, file: &output }))?;
    let words = folder.join("stderr");
    let mut command = held_to(row.cores, weir);
    command.arg("run").arg(&pipeline).arg("--state-dir").arg(folder.join("state"));
    let run = if row.far == Far::Discard {
        until_counted(&mut command, &words, sample.events)?
    } else {
        once(command.arg("--once"), &words)?
    };
    if let Some(server) = server {
        every_number_once(&server, sample)?;
    }
    if matches!(row.far, Far::File | Far::BulkAndFile { .. }) {
        same_bytes(&sample.path, &output)?;
    }
    fs::remove_dir_all(folder)?;
    Ok(run)
}

/// The program, on the first processors only if a row says so.
fn held_to(cores: Option<u16>, weir: &Path) -> Command {
    let Some(cores) = cores else { return Command::new(weir) };
    let list: Vec<String> = (0..cores).map(|core| core.to_string()).collect();
    let mut command = Command::new("taskset");
    command.arg("--cpu-list").arg(list.join(",")).arg(weir);
    command
}

/// Runs the product until its metrics say that so many events were delivered, and not one more.
///
/// Time is taken up to there; it is asked too seldom to be slowed down by that.
fn until_counted(command: &mut Command, words: &Path, events: usize) -> Result<Run> {
    let pages = SocketAddr::from((Ipv4Addr::LOCALHOST, free_port()?));
    command.args(["--listen", &pages.to_string()]).stdin(Stdio::null()).stdout(Stdio::null());
    let watch = Stopwatch::start();
    let mut child = Child(command.stderr(File::create(words)?).spawn()?);
    let delivered = || {
        let request = Request { method: "GET", path: "/metrics", headers: &[], body: b"" };
        let answer = http::send(pages, LIMIT, &request).ok()?;
        let text = String::from_utf8_lossy(&answer.body).into_owned();
        let line = text.lines().find(|line| line.starts_with("weir_output_events_total"))?;
        line.rsplit_once(' ')?.1.parse::<usize>().ok()
    };
    let is_counted = || delivered().filter(|count| *count >= events);
    let count = until("every event in the metrics", LIMIT, is_counted)
        .with_context(|| fs::read_to_string(words).unwrap_or_default())?;
    let (wall, usage) = (watch.elapsed(), Usage::of(child.0.id())?);
    ensure!(count == events, "{count} events were delivered, not {events}");
    child.0.kill()?;
    child.0.wait()?;
    Ok(Run { cpu: usage.cpu, wall, peak_rss: usage.peak_rss })
}

/// A process that ends with this.
struct Child(std::process::Child);

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only when the process has ended and was waited for already.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// Lets another program copy the sample into a file.
pub(super) fn relay(need: Need, sample: &Sample, output: &Path) -> Result<Run> {
    let watch = Stopwatch::start();
    let relay = match need {
        Need::Rsyslog => Rsyslog::file_to_file(&sample.path, output)?,
        Need::SyslogNg => SyslogNg::file_to_file(&sample.path, output)?,
        other => bail!("{other:?} copies no files"),
    };
    let usage = relay.finish(sample.bytes, LIMIT)?;
    let wall = watch.elapsed();
    same_bytes(&sample.path, output)?;
    fs::remove_file(output)?;
    Ok(Run { cpu: usage.cpu, wall, peak_rss: usage.peak_rss })
}

/// Runs a program to its end.
fn once(command: &mut Command, words: &Path) -> Result<Run> {
    let watch = Stopwatch::start();
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(File::create(words)?);
    let mut child = command.spawn().context("`weir` does not start")?;
    let pid = Pid::from_child(&child);
    let mut peak_rss = 0;
    // It is left unreaped, so that the system still knows what it has used.
    let ended = WaitIdOptions::EXITED | WaitIdOptions::NOWAIT | WaitIdOptions::NOHANG;
    while waitid(WaitId::Pid(pid), ended)?.is_none() {
        if watch.elapsed() > LIMIT {
            child.kill()?;
            child.wait()?;
            bail!("it was not done after {LIMIT:?}");
        }
        // Between its end and the next look there is no memory to be seen.
        peak_rss = Usage::of(child.id()).map_or(peak_rss, |usage| usage.peak_rss);
        thread::sleep(LOOK_EVERY);
    }
    let wall = watch.elapsed();
    let cpu = cpu_of(child.id())?;
    let status = child.wait()?;
    if !status.success() {
        bail!("it ended with {status}: {}", fs::read_to_string(words).unwrap_or_default());
    }
    ensure!(peak_rss > 0, "it was over before its memory was seen; take more input");
    Ok(Run { cpu, wall, peak_rss })
}

/// User and system time of a process that may have ended: fields 14 and 15 of `proc_pid_stat(5)`.
fn cpu_of(pid: u32) -> Result<Duration> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, after_name) = stat.rsplit_once(") ").context("no name in /proc/PID/stat")?;
    let ticks = after_name.split(' ').skip(11).take(2).map(str::parse::<u64>);
    let ticks = ticks.sum::<Result<u64, _>>().context("no ticks in /proc/PID/stat")?;
    ensure!(ticks > 0, "it used no CPU time that can be measured; take more input");
    Ok(Duration::from_millis(ticks * 1_000 / rustix::param::clock_ticks_per_second()))
}

fn every_number_once(server: &FakeBulk, sample: &Sample) -> Result<()> {
    let counts = server.counts();
    let is_whole = counts.items == sample.events
        && counts.distinct == sample.events
        && counts.duplicates == 0
        && counts.greatest == sample.events.checked_sub(1);
    ensure!(is_whole, "of {} events the far end has {counts:?}", sample.events);
    Ok(())
}

fn same_bytes(wanted: &Path, given: &Path) -> Result<()> {
    let open = |path: &Path| OpenOptions::new().read(true).open(path);
    let (mut a, mut b) = (open(wanted)?, open(given).context("there is no output")?);
    let lengths = (a.metadata()?.len(), b.metadata()?.len());
    ensure!(lengths.0 == lengths.1, "the output has {} bytes, not {}", lengths.1, lengths.0);
    let (mut left, mut right) = (vec![0; 1 << 20], vec![0; 1 << 20]);
    let mut at = 0;
    while at < lengths.0 {
        let some = a.read(&mut left)?;
        ensure!(some > 0, "the input became shorter");
        b.read_exact(&mut right[..some])?;
        ensure!(left[..some] == right[..some], "the output differs after byte {at}");
        at += some as u64;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn an_output_that_differs_or_is_short_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let [wanted, same, other, short] = ["a", "b", "c", "d"].map(|it| folder.path().join(it));
        fs::write(&wanted, "one\ntwo\n").unwrap();
        fs::write(&same, "one\ntwo\n").unwrap();
        fs::write(&other, "one\ntvo\n").unwrap();
        fs::write(&short, "one\n").unwrap();
        assert!(same_bytes(&wanted, &same).is_ok());
        assert!(same_bytes(&wanted, &other).is_err());
        assert!(same_bytes(&wanted, &short).is_err());
    }

    #[test]
    fn a_program_that_fails_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", "i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done; exit 3"]);
        let cause = once(&mut command, &folder.path().join("words")).unwrap_err().to_string();
        assert!(cause.contains("ended with exit status: 3"), "{cause}");
    }
}
