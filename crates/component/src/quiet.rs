//! A message that repeats is said once and then counted.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// How often the same message is said at most.
const SAID_EVERY: Duration = Duration::from_secs(30);

/// How many different subjects are remembered; beyond it the memory starts anew.
const SUBJECTS_MAX: usize = 10_000;

/// Decides whether a message about a subject is due.
#[derive(Debug, Default)]
pub struct Quiet {
    said: Mutex<HashMap<String, Said>>,
}

#[derive(Debug)]
struct Said {
    at: Duration,
    swallowed: u64,
}

impl Quiet {
    /// How many messages about `subject` were swallowed since the last, if one is due now.
    ///
    /// `now` is [`weir_host::Clock::elapsed`].
    pub fn due(&self, subject: &str, now: Duration) -> Option<u64> {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(last) = said.get_mut(subject) {
            if now.saturating_sub(last.at) < SAID_EVERY {
                last.swallowed += 1;
                return None;
            }
            last.at = now;
            return Some(std::mem::take(&mut last.swallowed));
        }
        if said.len() >= SUBJECTS_MAX {
            said.clear();
        }
        said.insert(subject.to_owned(), Said { at: now, swallowed: 0 });
        Some(0)
    }

    /// Forgets a subject: the next message about it is said at once. True when it had been said.
    pub fn forget(&self, subject: &str) -> bool {
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        said.remove(subject).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_storm_is_said_once_and_counted() {
        let (quiet, second) = (Quiet::default(), Duration::from_secs);
        assert_eq!(quiet.due("disk", second(0)), Some(0));
        assert_eq!(quiet.due("disk", second(1)), None);
        assert_eq!(quiet.due("disk", second(2)), None);
        assert_eq!(quiet.due("net", second(2)), Some(0));
        assert_eq!(quiet.due("disk", second(40)), Some(2));
        assert!(quiet.forget("disk"));
        assert_eq!(quiet.due("disk", second(41)), Some(0));
    }
}
