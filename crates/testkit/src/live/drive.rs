//! Load for a web server: many visits, each from an address and with an agent of its choice.

use std::iter::Iterator;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use super::http::{Connection, Request, Response};

const THREADS: usize = 4;
const LIMIT: Duration = Duration::from_secs(30);

/// One request to a web server, as its access log will show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visit {
    /// Path and query.
    pub path: String,
    /// The `User-Agent`.
    pub agent: String,
    /// The client's address, sent as `X-Forwarded-For`, such as `81.2.69.142`.
    pub client: String,
}

impl Visit {
    pub(crate) fn headers(&self) -> [(&str, &str); 2] {
        [("User-Agent", &self.agent), ("X-Forwarded-For", &self.client)]
    }
}

/// Sends all visits; returns how many got an answer.
pub(crate) fn drive(address: SocketAddr, visits: impl Iterator<Item = Visit> + Send) -> u64 {
    let visits = Mutex::new(visits);
    let answered = AtomicU64::new(0);
    let next = || visits.lock().unwrap_or_else(PoisonError::into_inner).next();
    thread::scope(|scope| {
        for _ in 0..THREADS {
            scope.spawn(|| {
                let mut client = Client { address, connection: None };
                while let Some(visit) = next() {
                    if client.answer_to(&visit).is_some() {
                        answered.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
    });
    answered.into_inner()
}

struct Client {
    address: SocketAddr,
    connection: Option<Connection>,
}

impl Client {
    /// Tries the open connection first, then a new one, as a browser does.
    fn answer_to(&mut self, visit: &Visit) -> Option<Response> {
        let headers = visit.headers();
        let request = Request { method: "GET", path: &visit.path, headers: &headers, body: b"" };
        if let Some(mut open) = self.connection.take()
            && let Ok(response) = open.send(&request)
        {
            self.connection = open.is_reusable().then_some(open);
            return Some(response);
        }
        let mut fresh = Connection::open(self.address, LIMIT).ok()?;
        let response = fresh.send(&request).ok()?;
        self.connection = fresh.is_reusable().then_some(fresh);
        Some(response)
    }
}
