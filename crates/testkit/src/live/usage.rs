//! What a process has used so far, read from `/proc`: for benches that compare programs.

use std::fs;
use std::time::Duration;

use anyhow::{Context, Result};

/// CPU time and memory of one process with all its threads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Usage {
    /// User and system time since its start, to 10 ms.
    pub cpu: Duration,
    /// The largest resident set so far, in bytes.
    pub peak_rss: u64,
    /// The resident set now, in bytes.
    pub rss: u64,
}

impl Usage {
    /// Reads what process `pid` has used; it must not be reaped yet.
    ///
    /// # Errors
    /// When there is no such process.
    pub fn of(pid: u32) -> Result<Self> {
        let stat = fs::read_to_string(format!("/proc/{pid}/stat"))
            .with_context(|| format!("no process {pid}"))?;
        let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
        let ticks = ticks_in(&stat).with_context(|| format!("no CPU time in `{stat}`"))?;
        let ended = "no memory; the process has ended";
        let peak_rss = bytes_in(&status, "VmHWM:").context(ended)?;
        let rss = bytes_in(&status, "VmRSS:").context(ended)?;
        let millis = ticks * 1_000 / rustix::param::clock_ticks_per_second();
        Ok(Self { cpu: Duration::from_millis(millis), peak_rss, rss })
    }
}

/// Fields 14 and 15 of `proc_pid_stat(5)`; the name in field 2 may contain blanks.
fn ticks_in(stat: &str) -> Option<u64> {
    let (_, after_name) = stat.rsplit_once(") ")?;
    let mut fields = after_name.split(' ').skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

fn bytes_in(status: &str, name: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib * 1024)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[test]
    fn a_name_with_blanks_and_brackets_does_not_shift_the_fields() {
        let stat = "7 (a b) c) S 1 7 7 0 -1 0 1 2 3 4 250 50 0 0 20 0 1 0 9 9 9";
        assert_eq!(ticks_in(stat), Some(300));
    }

    #[test]
    fn this_very_process_has_used_memory() {
        assert!(Usage::of(std::process::id()).unwrap().peak_rss > 100_000);
    }
}
