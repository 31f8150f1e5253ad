//! The thread that asks name servers.

use std::collections::HashMap;
use std::hash::{BuildHasher as _, RandomState};
use std::io::ErrorKind;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use tracing::warn;
use weir_host::Clock;

use super::message::{MESSAGE_BYTES_MAX, Question, Reply};
use super::slot::Slot;

/// Most questions under way at once: as many as a small server answers in a moment.
const UNDER_WAY_MAX: usize = 256;

/// How long the thread waits for a message before it looks at its questions again.
const WAIT: Duration = Duration::from_millis(20);

/// A question, and where its answer goes.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) slot: Arc<Slot>,
    pub(super) question: Question,
}

/// How long things take and hold.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) timeout: Duration,
    pub(super) attempts: u8,
    pub(super) ttl_min: Duration,
    pub(super) ttl_max: Duration,
    pub(super) failed_ttl: Duration,
}

/// Starts the thread. It ends when nobody can send questions any more.
pub(super) fn start(
    servers: Vec<SocketAddr>,
    questions: Receiver<Ask>,
    limits: Limits,
    clock: Arc<dyn Clock>,
) -> Result<(), String> {
    let run = move || match Resolver::new(&servers, limits, clock) {
        Ok(mut resolver) => resolver.run(&questions),
        Err(cause) => {
            warn!(%cause, "no socket for questions to name servers");
            // Nothing is ever answered; those who wait give up one by one.
            for ask in questions {
                ask.slot.give_up();
            }
        }
    };
    let thread = std::thread::Builder::new().name("dns".to_owned()).spawn(run);
    thread.map(drop).map_err(|why| format!("no thread for questions to name servers: {why}"))
}

struct Resolver {
    servers: Vec<(SocketAddr, UdpSocket)>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    under_way: HashMap<u16, UnderWay>,
    /// Makes numbers that nobody outside can foresee.
    random: RandomState,
    asked: u64,
}

struct UnderWay {
    ask: Ask,
    attempt: u8,
    server: usize,
    deadline: Duration,
}

impl Resolver {
    fn new(servers: &[SocketAddr], limits: Limits, clock: Arc<dyn Clock>) -> std::io::Result<Self> {
        let mut sockets = Vec::with_capacity(servers.len());
        for server in servers {
            let from: SocketAddr = match server {
                SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
                SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
            };
            let socket = UdpSocket::bind(from)?;
            // Messages from others than the server are not even seen.
            socket.connect(server)?;
            if sockets.is_empty() {
                socket.set_read_timeout(Some(WAIT))?;
            } else {
                socket.set_nonblocking(true)?;
            }
            sockets.push((*server, socket));
        }
        let (under_way, random) = (HashMap::new(), RandomState::new());
        Ok(Self { servers: sockets, limits, clock, under_way, random, asked: 0 })
    }

    fn run(&mut self, questions: &Receiver<Ask>) {
        loop {
            if self.under_way.is_empty() {
                // Nothing to do: wait for as long as it takes.
                let Ok(ask) = questions.recv() else { return };
                self.ask(ask, 0);
            }
            while self.under_way.len() < UNDER_WAY_MAX {
                match questions.try_recv() {
                    Ok(ask) => self.ask(ask, 0),
                    Err(TryRecvError::Empty) => break,
                    Err(TryRecvError::Disconnected) => return,
                }
            }
            for server in 0..self.servers.len() {
                self.receive(server);
            }
            self.look_at_the_clock();
        }
    }

    fn ask(&mut self, ask: Ask, attempt: u8) {
        let server = usize::from(attempt) % self.servers.len();
        let id = self.new_id();
        let message = ask.question.write(id);
        // What could not be sent is like a question without an answer.
        drop(self.servers[server].1.send(&message));
        let deadline = self.clock.elapsed() + self.limits.timeout;
        self.under_way.insert(id, UnderWay { ask, attempt, server, deadline });
    }

    fn new_id(&mut self) -> u16 {
        loop {
            self.asked = self.asked.wrapping_add(1);
            let [high, low, ..] = self.random.hash_one(self.asked).to_be_bytes();
            let id = u16::from_be_bytes([high, low]);
            // There are far fewer questions under way than numbers.
            if !self.under_way.contains_key(&id) {
                return id;
            }
        }
    }

    /// Takes what a server has sent.
    fn receive(&mut self, server: usize) {
        let mut message = [0; MESSAGE_BYTES_MAX];
        for _ in 0..UNDER_WAY_MAX {
            let len = match self.servers[server].1.recv(&mut message) {
                Ok(len) => len,
                Err(why) if why.kind() == ErrorKind::Interrupted => continue,
                // Nothing there, or nobody listens: then the time-out decides.
                Err(_) => return,
            };
            self.take(server, &message[..len]);
            if self.under_way.is_empty() {
                return;
            }
        }
    }

    fn take(&mut self, server: usize, message: &[u8]) {
        let Some(id) = message.first_chunk::<2>().map(|it| u16::from_be_bytes(*it)) else { return };
        let Some(under_way) = self.under_way.get(&id).filter(|it| it.server == server) else {
            return;
        };
        let Some(reply) = under_way.ask.question.read(message, id) else { return };
        let Some(under_way) = self.under_way.remove(&id) else { return };
        match reply {
            Reply::Answers(answers, seconds) => {
                let holds = Duration::from_secs(seconds.into());
                let holds = if answers.is_empty() {
                    self.limits.failed_ttl
                } else {
                    holds.clamp(self.limits.ttl_min, self.limits.ttl_max)
                };
                under_way.ask.slot.settle(Some(answers), self.clock.elapsed() + holds);
            }
            Reply::Failure => self.again(under_way),
        }
    }

    fn look_at_the_clock(&mut self) {
        let now = self.clock.elapsed();
        let is_late = |it: &UnderWay| now >= it.deadline;
        let late: Vec<u16> =
            self.under_way.iter().filter(|(_, it)| is_late(it)).map(|(id, _)| *id).collect();
        for id in late {
            if let Some(under_way) = self.under_way.remove(&id) {
                self.again(under_way);
            }
        }
    }

    /// Asks again, of the next server, unless it was asked often enough.
    fn again(&mut self, under_way: UnderWay) {
        let attempt = under_way.attempt.saturating_add(1);
        if attempt < self.limits.attempts {
            self.ask(under_way.ask, attempt);
        } else {
            let until = self.clock.elapsed() + self.limits.failed_ttl;
            under_way.ask.slot.settle(None, until);
        }
    }
}

impl Drop for Resolver {
    fn drop(&mut self) {
        for (_, under_way) in self.under_way.drain() {
            under_way.ask.slot.give_up();
        }
    }
}
