//! Delivers one output's chunks: batching, retry, dead letters, receipts.
//!
//! A request keeps its slot until every one of its events is delivered or dead-lettered. So retries
//! never pile up, and with one slot (the default) order holds.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tracing::{debug, error, info, warn};
use weir_buffer::{Queue, Taken};
use weir_component::metrics::OutputCounters;
use weir_component::{AnyOutput, Chunk, Delivery, Quiet, Refusal, SendError, Spares, Stop};
use weir_event::Receipt;
use weir_host::Host;

use crate::dead_letters::DeadLetters;
use crate::retry::Backoff;

/// Everything that delivering to one output needs; shared by its slots.
pub(crate) struct Driver {
    pub(crate) name: String,
    pub(crate) output: Box<dyn AnyOutput>,
    pub(crate) delivery: Delivery,
    pub(crate) queue: Queue,
    /// Where bodies come from, and go back to once delivered.
    pub(crate) spares: Spares,
    pub(crate) dead_letters: DeadLetters,
    pub(crate) counters: OutputCounters,
    pub(crate) host: Host,
    pub(crate) quiet: Quiet,
    /// Asked for when what is undelivered has to be given up.
    pub(crate) abandon: Stop,
    /// Events that were under way then.
    pub(crate) undelivered: AtomicUsize,
}

/// How long a worker waits before it tries to write a dead letter again.
const BURY_AGAIN: Duration = Duration::from_secs(1);

/// Why a request was given up: asked to, with events undelivered.
struct Abandoned;

impl Driver {
    /// Delivers until the queue is closed and empty, or until it has to give up.
    pub(crate) async fn run(self: Arc<Self>) {
        self.counters.healthy.set(1);
        let max = i64::try_from(self.delivery.buffer_bytes_max).unwrap_or(i64::MAX);
        self.counters.buffer_max.set(max);
        let mut slots = tokio::task::JoinSet::new();
        for _ in 0..self.delivery.in_flight_max {
            slots.spawn(self.clone().slot());
        }
        while let Some(ended) = slots.join_next().await {
            if let Err(cause) = ended {
                error!(output = self.name, %cause, "delivering stopped because of a bug");
            }
        }
        self.output.close().await;
    }

    async fn slot(self: Arc<Self>) {
        let Delivery { request_bytes_max, request_items_max, .. } = self.delivery;
        loop {
            let taken = tokio::select! {
                biased;
                () = self.abandon.asked() => return,
                taken = self.queue.take(request_bytes_max, request_items_max) => taken,
            };
            let Some(Taken { chunks, held }) = taken else { return };
            let items: usize = chunks.iter().map(Chunk::items).sum();
            let delivered = self.deliver(chunks).await;
            self.queue.release(held);
            self.show_buffer();
            if delivered.is_err() {
                self.undelivered.fetch_add(items, Ordering::Relaxed);
                return;
            }
        }
    }

    pub(crate) fn show_buffer(&self) {
        self.counters.buffer.set(i64::try_from(self.queue.held()).unwrap_or(i64::MAX));
    }

    /// Sends a request until all of it is delivered or dead-lettered.
    async fn deliver(&self, mut chunks: Vec<Chunk>) -> Result<(), Abandoned> {
        let mut receipt = Receipt::unclaimed();
        let mut bytes = 0;
        for chunk in &mut chunks {
            receipt.join(std::mem::replace(&mut chunk.receipt, Receipt::unclaimed()));
            bytes += chunk.raw_len();
        }
        let mut backoff =
            Backoff::new(self.delivery.retry_delay_min, self.delivery.retry_delay_max);
        let mut requests = VecDeque::from([chunks]);
        while let Some(request) = requests.pop_front() {
            let items: usize = request.iter().map(Chunk::items).sum();
            let sent: usize = request.iter().map(|chunk| chunk.body.len()).sum();
            self.counters.sent_bytes.inc_by(sent as u64);
            let answer = tokio::select! {
                biased;
                () = self.abandon.asked() => return Err(Abandoned),
                answer = self.output.send(&request) => answer,
            };
            let wait = match answer {
                Ok(sent) => {
                    self.recovered();
                    backoff.reset();
                    self.counters.events.inc_by(items as u64);
                    self.counters.duplicates.inc_by(sent.duplicates as u64);
                    continue;
                }
                Err(SendError::Retry { cause, after }) => {
                    let wait = backoff.wait(after);
                    self.complain("the request was not taken; sending it again", &cause, wait);
                    requests.push_front(request);
                    wait
                }
                Err(SendError::Blocked { cause }) => {
                    let wait = backoff.longest();
                    self.plead(&cause, wait);
                    requests.push_front(request);
                    wait
                }
                Err(SendError::TooLarge { cause }) => {
                    debug!(output = self.name, cause, items, "splitting a request");
                    let halves = self.split(request);
                    if let [whole] = &halves[..]
                        && items == 1
                    {
                        let letters = vec![(0, format!("too large to be sent alone: {cause}"))];
                        self.bury(whole, &letters).await?;
                        continue;
                    }
                    halves.into_iter().rev().for_each(|half| requests.push_front(half));
                    continue;
                }
                Err(SendError::Partial { refused, retry, duplicates, cause }) => {
                    let delivered = items.saturating_sub(refused.len() + retry.len());
                    self.counters.events.inc_by(delivered as u64);
                    self.counters.duplicates.inc_by(duplicates as u64);
                    self.bury(&request, &refused).await?;
                    if retry.is_empty() {
                        self.recovered();
                        continue;
                    }
                    if delivered > 0 {
                        backoff.reset();
                    }
                    let wait = backoff.wait(None);
                    self.complain("some events were not taken; sending them again", &cause, wait);
                    requests.push_front(self.pick(&request, &retry));
                    wait
                }
            };
            self.counters.retries.inc();
            tokio::select! {
                () = self.abandon.asked() => return Err(Abandoned),
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.counters.bytes.inc_by(bytes as u64);
        receipt.delivered();
        Ok(())
    }

    /// Keeps refused items as dead letters; does not give up while that is impossible.
    async fn bury(&self, request: &[Chunk], refused: &[(usize, String)]) -> Result<(), Abandoned> {
        if refused.is_empty() {
            return Ok(());
        }
        let items: Vec<usize> = refused.iter().map(|(item, _)| *item).collect();
        let buried = self.pick(request, &items);
        let documents: Vec<&[u8]> = buried
            .iter()
            .flat_map(|chunk| (0..chunk.items()).map(move |i| &chunk.body[chunk.item(i)]))
            .map(|item| self.output.document(item))
            .collect();
        let reasons = refused.iter().map(|(_, reason)| reason.as_str());
        while let Err(cause) =
            self.dead_letters.keep(documents.iter().copied().zip(reasons.clone()))
        {
            let wait = self.delivery.retry_delay_max;
            self.plead(&cause, wait);
            tokio::select! {
                () = self.abandon.asked() => return Err(Abandoned),
                () = tokio::time::sleep(wait) => {}
            }
        }
        self.count_dead(refused.len(), refused.first().map(|(_, reason)| reason.as_str()));
        Ok(())
    }

    /// Keeps events that could not be encoded; called by workers, which wait here while it is
    /// impossible. False when the pipeline was told to give up meanwhile.
    pub(crate) fn bury_unencodable(&self, refused: &[Refusal]) -> bool {
        let letters = || refused.iter().map(|it| (&it.document[..], it.reason.as_str()));
        while let Err(cause) = self.dead_letters.keep(letters()) {
            self.plead(&cause, BURY_AGAIN);
            if self.abandon.is_asked() {
                return false;
            }
            std::thread::sleep(BURY_AGAIN);
        }
        self.count_dead(refused.len(), refused.first().map(|first| first.reason.as_str()));
        true
    }

    fn count_dead(&self, count: usize, first: Option<&str>) {
        let Some(reason) = first else { return };
        self.counters.dead.inc_by(count as u64);
        if let Some(swallowed) = self.quiet.due("refused", self.host.clock.elapsed()) {
            error!(
                output = self.name,
                refused = count,
                reason,
                file = %self.dead_letters.path().display(),
                swallowed,
                "events were refused for good; they are in the dead-letter file"
            );
        }
    }

    /// Events that were given up.
    pub(crate) fn lost(&self) -> usize {
        self.undelivered.load(Ordering::Relaxed) + self.queue.lost()
    }

    /// A request of some of a request's items, counted through the whole of it.
    fn pick(&self, request: &[Chunk], items: &[usize]) -> Vec<Chunk> {
        let mut picked = Vec::new();
        let mut before = 0;
        let mut items = items.to_vec();
        items.sort_unstable();
        for chunk in request {
            let end = before + chunk.items();
            let of_this: Vec<usize> = items
                .iter()
                .filter(|item| (before..end).contains(item))
                .map(|item| item - before)
                .collect();
            if !of_this.is_empty() {
                let raw = self.output.unpack(chunk).unwrap_or_default();
                picked.push(chunk.pick(&raw, &of_this));
            }
            before = end;
        }
        picked
    }

    /// Two requests of about half the items each; one if there is only one item.
    fn split(&self, request: Vec<Chunk>) -> Vec<Vec<Chunk>> {
        let items: usize = request.iter().map(Chunk::items).sum();
        if items < 2 {
            return vec![request];
        }
        let all: Vec<usize> = (0..items).collect();
        let (first, second) = all.split_at(items / 2);
        vec![self.pick(&request, first), self.pick(&request, second)]
    }

    fn recovered(&self) {
        self.counters.healthy.set(1);
        // Each is asked: both may have been said.
        let subjects = ["retry", "blocked"].map(|subject| self.quiet.forget(subject));
        if subjects.contains(&true) {
            info!(output = self.name, "delivering again");
        }
    }

    fn complain(&self, what: &'static str, cause: &str, wait: Duration) {
        self.counters.healthy.set(0);
        if let Some(swallowed) = self.quiet.due("retry", self.host.clock.elapsed()) {
            warn!(output = self.name, cause, retry_in = ?wait, swallowed, "{what}");
        }
    }

    fn plead(&self, cause: &str, wait: Duration) {
        self.counters.healthy.set(0);
        if let Some(swallowed) = self.quiet.due("blocked", self.host.clock.elapsed()) {
            error!(output = self.name, cause, retry_in = ?wait, swallowed, "nothing can be delivered until this is mended");
        }
    }
}
