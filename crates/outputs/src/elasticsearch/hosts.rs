//! The servers of one cluster: they take turns, and one that fails is left alone for a while.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use weir_config::Url;
use weir_host::Clock;

/// How long a server is left alone after its first failure; doubled with each further one.
const REST_MIN: Duration = Duration::from_secs(1);

/// The longest rest, after which a server that came back is found at last.
const REST_MAX: Duration = Duration::from_mins(1);

/// Picks a server for each request.
pub(crate) struct Hosts {
    all: Vec<Host>,
    turn: AtomicUsize,
    clock: Arc<dyn Clock>,
}

struct Host {
    url: Url,
    /// For messages.
    name: String,
    health: Mutex<Health>,
}

#[derive(Default)]
struct Health {
    failures: u32,
    rests_until: Duration,
}

impl Host {
    fn health(&self) -> MutexGuard<'_, Health> {
        self.health.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Hosts {
    pub(crate) fn new(urls: Vec<Url>, clock: Arc<dyn Clock>) -> Self {
        let host = |url: Url| Host {
            name: format!("{}:{}", url.host(), url.port()),
            url,
            health: Mutex::default(),
        };
        let all = urls.into_iter().map(host).collect();
        Self { all, turn: AtomicUsize::new(0), clock }
    }

    /// The next server that does not rest and is not among `tried`. Before any was tried there is
    /// always one: the one whose rest ends first.
    pub(crate) fn pick(&self, tried: &[usize]) -> Option<usize> {
        let count = self.all.len();
        let now = self.clock.elapsed();
        let turn = self.turn.fetch_add(1, Ordering::Relaxed);
        let order = || (0..count).map(|i| turn.wrapping_add(i) % count);
        let rests_until = |i: &usize| self.all[*i].health().rests_until;
        let rested = order().find(|i| !tried.contains(i) && rests_until(i) <= now);
        rested.or_else(|| order().min_by_key(rests_until).filter(|_| tried.is_empty()))
    }

    pub(crate) fn url(&self, host: usize) -> &Url {
        &self.all[host].url
    }

    pub(crate) fn name(&self, host: usize) -> &str {
        &self.all[host].name
    }

    /// The server is well.
    pub(crate) fn answered(&self, host: usize) {
        *self.all[host].health() = Health::default();
    }

    /// The server did not answer, or not for itself.
    pub(crate) fn failed(&self, host: usize) {
        let mut health = self.all[host].health();
        let rest = REST_MIN.saturating_mul(1 << health.failures.min(10)).min(REST_MAX);
        health.failures = health.failures.saturating_add(1);
        health.rests_until = self.clock.elapsed() + rest;
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    #[derive(Default)]
    struct Time(Mutex<Duration>);

    impl Clock for Time {
        fn wall_nanos(&self) -> i128 {
            0
        }

        fn elapsed(&self) -> Duration {
            *self.0.lock().unwrap()
        }
    }

    fn hosts() -> (Hosts, Arc<Time>) {
        let time = Arc::new(Time::default());
        let urls = ["http://a", "http://b", "http://c"].map(|url| url.parse().unwrap());
        (Hosts::new(urls.into(), time.clone()), time)
    }

    #[test]
    fn servers_take_turns() {
        let (hosts, _) = hosts();
        let picked: Vec<usize> = (0..6).filter_map(|_| hosts.pick(&[])).collect();
        assert_eq!(picked, [0, 1, 2, 0, 1, 2]);
        assert_eq!(hosts.name(2), "c:80");
    }

    #[test]
    fn a_server_that_failed_rests_longer_each_time() {
        let (hosts, time) = hosts();
        let is_picked = || (0..3).any(|_| hosts.pick(&[]) == Some(1));
        hosts.failed(1);
        assert!(!is_picked());
        *time.0.lock().unwrap() += Duration::from_secs(1);
        assert!(is_picked());
        hosts.failed(1);
        *time.0.lock().unwrap() += Duration::from_secs(1);
        assert!(!is_picked());
        *time.0.lock().unwrap() += Duration::from_secs(1);
        assert!(is_picked());
        for _ in 0..100 {
            hosts.failed(1);
        }
        *time.0.lock().unwrap() += REST_MAX;
        assert!(is_picked());
    }

    #[test]
    fn when_all_rest_the_first_to_wake_is_tried() {
        let (hosts, _) = hosts();
        for host in [0, 0, 1, 2, 2] {
            hosts.failed(host);
        }
        assert_eq!(hosts.pick(&[]), Some(1));
        assert_eq!(hosts.pick(&[1]), None);
    }

    #[test]
    fn a_server_that_answered_is_well_again() {
        let (hosts, _) = hosts();
        hosts.failed(0);
        hosts.answered(0);
        assert_eq!(hosts.pick(&[]), Some(0));
    }
}
