//! Encoded events between the workers and one output, in memory, bounded in bytes.
//!
//! Workers finish out of order; the queue puts their chunks back into the order of their tickets,
//! so that the events of one source leave in the order in which they came.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use weir_component::Chunk;

/// Chunks waiting for an output, and the bytes of those that are being sent.
#[derive(Debug)]
pub struct Queue {
    bytes_max: usize,
    state: Mutex<State>,
    room: Condvar,
    arrived: Notify,
}

#[derive(Debug, Default)]
struct State {
    /// The ticket whose chunks come next.
    next: u64,
    /// Chunks of later tickets.
    early: BTreeMap<u64, Vec<Chunk>>,
    ready: VecDeque<Chunk>,
    /// Bytes held: early, ready, and taken but not released.
    bytes: usize,
    closed: bool,
    /// Nothing is taken in any more: what comes counts as lost.
    abandoned: bool,
    /// Events that were dropped because of that.
    lost: usize,
}

/// Chunks of one target, taken to be sent.
#[derive(Debug)]
pub struct Taken {
    /// In the order in which their events came.
    pub chunks: Vec<Chunk>,
    /// Bytes to [`Queue::release`] once their fate is known.
    pub held: usize,
}

impl Queue {
    /// A queue in which about `bytes_max` bytes may wait.
    ///
    /// The bound is checked before a worker begins a batch, so what is held can exceed it by one
    /// encoded batch for each worker.
    #[must_use]
    pub fn new(bytes_max: usize) -> Self {
        Self { bytes_max, state: Mutex::default(), room: Condvar::new(), arrived: Notify::new() }
    }

    /// Waits until there is room, or the queue is closed.
    pub fn wait_for_room(&self) {
        let full = |state: &mut State| state.bytes >= self.bytes_max && !state.closed;
        let waited = self.room.wait_while(self.lock(), full);
        drop(waited.unwrap_or_else(PoisonError::into_inner));
    }

    /// Takes what a ticket's batch became, if only nothing. Every ticket has to come exactly once.
    pub fn push(&self, ticket: u64, chunks: Vec<Chunk>) {
        let mut state = self.lock();
        if state.abandoned {
            state.lost += chunks.iter().map(Chunk::items).sum::<usize>();
            return;
        }
        state.bytes += chunks.iter().map(Chunk::held_len).sum::<usize>();
        state.early.insert(ticket, chunks);
        loop {
            let next = state.next;
            let Some(chunks) = state.early.remove(&next) else { break };
            state.ready.extend(chunks);
            state.next += 1;
        }
        drop(state);
        self.arrived.notify_one();
    }

    /// Takes the next chunks of one target, as many as fit a request but at least one; nothing once
    /// the queue is closed and empty.
    pub async fn take(&self, bytes_max: usize, items_max: usize) -> Option<Taken> {
        loop {
            {
                let mut state = self.lock();
                if let Some(taken) = state.take(bytes_max, items_max) {
                    if !state.ready.is_empty() {
                        // Another sender may be waiting for the rest.
                        self.arrived.notify_one();
                    }
                    return Some(taken);
                }
                if state.closed {
                    // Pass it on: `notify_one` wakes only one of several senders.
                    self.arrived.notify_one();
                    return None;
                }
            }
            self.arrived.notified().await;
        }
    }

    /// Gives back the room of chunks whose fate is known.
    pub fn release(&self, bytes: usize) {
        let mut state = self.lock();
        state.bytes = state.bytes.saturating_sub(bytes);
        drop(state);
        self.room.notify_all();
    }

    /// Says that no ticket will come any more; what is here can still be taken.
    pub fn close(&self) {
        self.lock().closed = true;
        self.room.notify_all();
        self.arrived.notify_one();
    }

    /// Closes and drops what is left and what may still come: these events count as lost, and are
    /// read again some day.
    pub fn abandon(&self) {
        let mut state = self.lock();
        (state.closed, state.abandoned) = (true, true);
        let ready = std::mem::take(&mut state.ready);
        let early = std::mem::take(&mut state.early);
        state.lost += ready.iter().chain(early.values().flatten()).map(Chunk::items).sum::<usize>();
        drop(state);
        self.room.notify_all();
        self.arrived.notify_one();
    }

    /// How many events were dropped since [`Queue::abandon`].
    #[must_use]
    pub fn lost(&self) -> usize {
        self.lock().lost
    }

    /// Bytes held now.
    #[must_use]
    pub fn held(&self) -> usize {
        self.lock().bytes
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn take(&mut self, bytes_max: usize, items_max: usize) -> Option<Taken> {
        let first = self.ready.pop_front()?;
        let (mut bytes, mut items) = (first.raw_len(), first.items());
        let mut chunks = vec![first];
        while let Some(next) = self.ready.front() {
            bytes += next.raw_len();
            items += next.items();
            if bytes > bytes_max || items > items_max || next.target != chunks[0].target {
                break;
            }
            chunks.extend(self.ready.pop_front());
        }
        let held = chunks.iter().map(Chunk::held_len).sum();
        Some(Taken { chunks, held })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chunk(text: &str) -> Chunk {
        Chunk::plain(text.as_bytes().to_vec(), vec![u32::try_from(text.len()).expect("short")])
    }

    fn texts(taken: Option<Taken>) -> Vec<String> {
        let chunks = taken.map(|taken| taken.chunks).unwrap_or_default();
        chunks.into_iter().map(|chunk| String::from_utf8_lossy(&chunk.body).into_owned()).collect()
    }

    #[tokio::test]
    async fn chunks_leave_in_the_order_of_their_tickets() {
        let queue = Queue::new(1000);
        queue.push(1, vec![chunk("b")]);
        queue.push(2, vec![]);
        queue.push(3, vec![chunk("c")]);
        queue.push(0, vec![chunk("a")]);
        assert_eq!(texts(queue.take(100, 100).await), ["a", "b", "c"]);
    }

    #[tokio::test]
    async fn a_request_has_one_target_and_limits() {
        let queue = Queue::new(1000);
        let elsewhere = Chunk { target: "x".into(), ..chunk("c") };
        queue.push(0, vec![chunk("aaaa"), chunk("bbbb"), elsewhere]);
        assert_eq!(texts(queue.take(7, 100).await), ["aaaa"]);
        assert_eq!(texts(queue.take(100, 100).await), ["bbbb"]);
        assert_eq!(texts(queue.take(1, 100).await), ["c"]);
    }

    #[tokio::test]
    async fn a_closed_queue_is_emptied_first() {
        let queue = Queue::new(1000);
        queue.push(0, vec![chunk("a")]);
        queue.close();
        assert_eq!(texts(queue.take(100, 100).await), ["a"]);
        assert!(queue.take(100, 100).await.is_none());
        assert!(queue.take(100, 100).await.is_none());
    }

    #[test]
    fn a_full_queue_holds_its_workers_until_room_is_released() {
        let queue = std::sync::Arc::new(Queue::new(1));
        queue.push(0, vec![chunk("a")]);
        let held = queue.held();
        assert!(held >= 1);
        let worker = std::thread::spawn({
            let queue = queue.clone();
            move || queue.wait_for_room()
        });
        assert!(!worker.is_finished());
        queue.release(held);
        worker.join().expect("it goes on");
        assert_eq!(queue.held(), 0);
    }

    #[test]
    fn abandoned_events_are_counted() {
        let queue = Queue::new(1000);
        queue.push(0, vec![chunk("a")]);
        queue.push(2, vec![chunk("c")]);
        queue.abandon();
        queue.push(1, vec![chunk("b")]);
        assert_eq!(queue.lost(), 3);
        queue.wait_for_room();
    }
}
