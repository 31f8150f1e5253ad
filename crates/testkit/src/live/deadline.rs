//! Waiting for a condition in another process, with a deadline.
//!
//! Live tests wait in real time, because a real server cannot be told what time it is.
//! Nothing here waits for a fixed time and then hopes.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How often a condition is asked again.
const PAUSE: Duration = Duration::from_millis(20);

/// A moment after which waiting is given up.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Deadline {
    started: Instant,
    limit: Duration,
}

impl Deadline {
    /// A deadline `limit` from now.
    #[expect(clippy::disallowed_methods, reason = "a real server runs in real time")]
    pub(crate) fn after(limit: Duration) -> Self {
        Self { started: Instant::now(), limit }
    }

    /// Whether the deadline is over.
    pub(crate) fn is_over(&self) -> bool {
        self.started.elapsed() >= self.limit
    }

    /// Lets a little time go by before a condition is asked again.
    pub(crate) fn pause() {
        thread::sleep(PAUSE);
    }
}

/// Asks `poll` again and again until it gives a value.
///
/// # Errors
/// When `limit` is over; the message names `what` was waited for.
pub fn until<T>(what: &str, limit: Duration, mut poll: impl FnMut() -> Option<T>) -> Result<T> {
    let deadline = Deadline::after(limit);
    loop {
        if let Some(value) = poll() {
            return Ok(value);
        }
        if deadline.is_over() {
            bail!("waited {} s in vain for {what}", limit.as_secs_f32());
        }
        Deadline::pause();
    }
}
