//! Which file is to be looked at when.
//!
//! Most files are idle: asking each of ten thousand whether it is due would cost more than reading
//! the few that are.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// Files, by identity, and the time of their next look. A file that is not in here waits for a scan
/// or a hint.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    times: HashMap<u64, Duration>,
    in_order: BTreeSet<(Duration, u64)>,
}

impl Agenda {
    /// Looks at a file then, and not at the time that was set before.
    pub(super) fn set(&mut self, identity: u64, time: Duration) {
        self.clear(identity);
        self.times.insert(identity, time);
        self.in_order.insert((time, identity));
    }

    /// Looks at a file then at the latest.
    pub(super) fn hasten(&mut self, identity: u64, time: Duration) {
        if self.times.get(&identity).is_none_or(|set| *set > time) {
            self.set(identity, time);
        }
    }

    pub(super) fn clear(&mut self, identity: u64) {
        if let Some(time) = self.times.remove(&identity) {
            self.in_order.remove(&(time, identity));
        }
    }

    pub(super) fn has(&self, identity: u64) -> bool {
        self.times.contains_key(&identity)
    }

    /// Files whose time has come; they stay until a new time is set.
    pub(super) fn due(&self, now: Duration) -> Vec<u64> {
        self.in_order.range(..=(now, u64::MAX)).map(|(_, identity)| *identity).collect()
    }

    /// When the next time comes.
    pub(super) fn next(&self) -> Option<Duration> {
        self.in_order.first().map(|(time, _)| *time)
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_has_one_time() {
        let mut agenda = Agenda::default();
        let at = Duration::from_secs;
        agenda.set(1, at(5));
        agenda.set(2, at(3));
        agenda.set(1, at(9));
        assert_eq!((agenda.next(), agenda.len()), (Some(at(3)), 2));
        agenda.hasten(2, at(4));
        agenda.hasten(1, at(3));
        assert_eq!(agenda.due(at(3)), [1, 2]);
        agenda.clear(2);
        assert_eq!(agenda.due(at(3)), [1]);
        assert!(agenda.due(at(2)).is_empty());
        agenda.hasten(3, at(1));
        assert!(agenda.has(3) && !agenda.has(2));
    }
}
