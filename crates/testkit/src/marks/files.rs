//! What many files cost: while nothing happens, and while a line comes to each now and then.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use anyhow::{Result, ensure};
use weir_host::{Clock as _, SystemClock};

use super::running::{Running, file_input};
use super::{Figure, mb, median};

/// Files in a folder; more in one are nobody's habit.
const FILES_IN_FOLDER: usize = 100;

/// How often the cost of doing nothing is looked at until it falls no more, and for how long.
const CALM_LOOKS_MAX: usize = 20;
const CALM_LOOK: Duration = Duration::from_secs(3);

/// A line of a usual length.
const LINE: &str = "2026-11-28T10:00:00.000Z INFO [worker-3] shop.tea.Orders - order accepted\n";

/// Files with one line each that were read, and then nothing: CPU time and memory.
///
/// # Errors
/// When the program does not read them all.
pub fn idle_files(
    weir: &Path,
    folder: &Path,
    files: usize,
    window: Duration,
) -> Result<Vec<Figure>> {
    make(folder, files)?;
    let mut running = Running::start(weir, folder, &pipeline(folder))?;
    running.delivers(files)?;
    let cpu_settling = calm(&running)?;
    let share = cpu_share(&running, window, || Ok(()))?;
    let (usage, descriptors) = (running.usage()?, running.descriptors()?);
    running.stop()?;
    let how = format!("over {} s, after {cpu_settling:.0} s of settling", window.as_secs());
    let memory = format!(
        "resident at the end, peak {:.1} MB, {descriptors} descriptors",
        mb(usage.peak_rss)
    );
    Ok(vec![
        Figure {
            name: format!("CPU of {files} idle files"),
            value: share * 100.0,
            mark: 1.0,
            unit: "% of a core",
            how,
        },
        Figure {
            name: format!("memory with {files} idle files"),
            value: mb(usage.rss),
            mark: 30.0,
            unit: "MB",
            how: memory,
        },
    ])
}

/// Files that get a line each second, evenly spread over it: CPU time.
///
/// # Errors
/// When a line does not arrive.
pub fn appended_files(
    weir: &Path,
    folder: &Path,
    files: usize,
    seconds: u32,
) -> Result<Vec<Figure>> {
    let paths = make(folder, files)?;
    let mut running = Running::start(weir, folder, &pipeline(folder))?;
    running.delivers(files)?;
    let pause = Duration::from_secs(1) / u32::try_from(files)?;
    let clock = SystemClock::start();
    let mut written = 0_u32;
    let mut append = |until: Duration| -> Result<()> {
        while clock.elapsed() < until {
            let path = &paths[written as usize % files];
            OpenOptions::new().append(true).open(path)?.write_all(LINE.as_bytes())?;
            written += 1;
            thread::sleep((pause * written).saturating_sub(clock.elapsed()));
        }
        Ok(())
    };
    // The first seconds are not counted: the pace has to be found first.
    let begin = Duration::from_secs(3);
    append(begin)?;
    let window = Duration::from_secs(seconds.into());
    let share = cpu_share(&running, Duration::ZERO, || append(begin + window))?;
    running.delivers(files + written as usize)?;
    let lines = running.metric("weir_output_events_total").unwrap_or_default();
    ensure!(lines == files + written as usize, "{lines} lines arrived, {written} were written");
    let usage = running.usage()?;
    running.stop()?;
    Ok(vec![Figure {
        name: format!("CPU of {files} files that get a line each second"),
        value: share * 100.0,
        mark: 10.0,
        unit: "% of a core",
        how: format!("over {seconds} s, every line arrived; peak {:.1} MB", mb(usage.peak_rss)),
    }])
}

/// Files with a line each.
fn make(folder: &Path, files: usize) -> Result<Vec<PathBuf>> {
    let mut paths = Vec::with_capacity(files);
    for number in 0..files {
        let place = folder.join("logs").join(format!("service-{}", number / FILES_IN_FOLDER));
        if number % FILES_IN_FOLDER == 0 {
            fs::create_dir_all(&place)?;
        }
        let path = place.join(format!("{number}.log"));
        // No two begin alike, as logs do not.
        fs::write(&path, format!("{number} {LINE}"))?;
        paths.push(path);
    }
    Ok(paths)
}

fn pipeline(folder: &Path) -> String {
    file_input(&folder.join("logs/*/*.log")) + "[[output]]\ntype = \"discard\"\n"
}

/// Looks at the cost until three looks in a row find it no lower than the ones before; gives the
/// seconds that took.
fn calm(running: &Running) -> Result<f64> {
    let clock = SystemClock::start();
    let mut shares: Vec<f64> = Vec::new();
    for _ in 0..CALM_LOOKS_MAX {
        shares.push(cpu_share(running, CALM_LOOK, || Ok(()))?);
        if let Some((late, early)) =
            shares.len().checked_sub(3).map(|at| (&shares[at..], &shares[..at]))
            && !early.is_empty()
            && median(late) >= early.iter().copied().fold(f64::MAX, f64::min) * 0.9
        {
            break;
        }
    }
    Ok(clock.elapsed().as_secs_f64())
}

/// The share of a core that the program takes during some work and a window of time after it.
fn cpu_share(
    running: &Running,
    window: Duration,
    work: impl FnOnce() -> Result<()>,
) -> Result<f64> {
    let clock = SystemClock::start();
    let before = running.usage()?.cpu;
    work()?;
    thread::sleep(window);
    let used = running.usage()?.cpu.saturating_sub(before);
    Ok(used.as_secs_f64() / clock.elapsed().as_secs_f64())
}
