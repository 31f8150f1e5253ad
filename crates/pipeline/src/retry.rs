//! How long to wait before the next attempt.

use std::time::Duration;

/// Waits that double from the shortest to the longest.
#[derive(Debug)]
pub(crate) struct Backoff {
    min: Duration,
    max: Duration,
    next: Duration,
}

impl Backoff {
    pub(crate) fn new(min: Duration, max: Duration) -> Self {
        Self { min, max, next: min }
    }

    /// The next wait; at least what the other side asked for, at most the longest.
    pub(crate) fn wait(&mut self, asked: Option<Duration>) -> Duration {
        let wait = self.next.max(asked.unwrap_or_default()).min(self.max.max(self.min));
        self.next = (self.next * 2).min(self.max);
        wait
    }

    /// The longest wait, for what a person has to mend.
    pub(crate) fn longest(&mut self) -> Duration {
        self.next = self.max;
        self.max
    }

    pub(crate) fn reset(&mut self) {
        self.next = self.min;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_longest() {
        let second = Duration::from_secs;
        let mut backoff = Backoff::new(second(1), second(5));
        assert_eq!([0; 4].map(|_| backoff.wait(None)), [1, 2, 4, 5].map(second));
        assert_eq!(backoff.wait(Some(second(90))), second(5));
        backoff.reset();
        assert_eq!(backoff.wait(Some(second(3))), second(3));
    }
}
