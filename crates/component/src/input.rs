//! What an input signs, and how it hands out batches.

use std::future::Future;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use weir_event::Batch;
use weir_host::Host;

use crate::metrics::InputCounters;
use crate::{HeaderRule, Joiner};

/// Brings events in until its source ends or `stop` asks.
pub trait Input: Send + 'static {
    /// Whether it can put lines together itself; see [`Intake::joiner`].
    const JOINS: bool = false;

    /// Which of its lines are no events, but say what the columns of the others are.
    fn header(&self) -> Option<&HeaderRule> {
        None
    }

    /// Runs to the end. When asked to stop it reads no further, drops [`Intake::out`], waits until
    /// everything it handed out is settled, keeps its positions, and returns.
    fn run(self, intake: Intake) -> impl Future<Output = Result<(), InputError>> + Send;
}

/// Why an input ended before its time: a sentence for the operator.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct InputError(pub String);

/// What an input is given to run with.
pub struct Intake {
    /// Takes its batches.
    pub out: Sender,
    /// Tells when to stop.
    pub stop: Stop,
    /// The machine.
    pub host: Host,
    /// Where it keeps its positions: a folder of its own below the state directory.
    pub state: std::path::PathBuf,
    /// Whether to end at the end of what is there now.
    pub once: bool,
    /// For an input that [joins](Input::JOINS): how its lines become events. It hands out whole
    /// events and says so in their [origin](weir_event::Origin::joined).
    pub joiner: Option<Arc<dyn Joiner>>,
    /// What it counts.
    pub counters: InputCounters,
}

/// Tells when to stop; cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

impl Stop {
    /// A stop and the switch that triggers it.
    #[must_use]
    pub fn new() -> (watch::Sender<bool>, Self) {
        let (switch, stop) = watch::channel(false);
        (switch, Self(stop))
    }

    /// Whether it was asked for.
    #[must_use]
    pub fn is_asked(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }

    /// Returns once it is asked for.
    pub async fn asked(&self) {
        let mut stop = self.0.clone();
        // An error means that the switch is gone, which also ends everything.
        let _gone = stop.wait_for(|asked| *asked).await;
    }
}

/// A batch on loan from the pipeline's pool. There is a fixed number of them: an input that gets
/// none waits, which is how a slow output slows it down.
#[derive(Debug)]
pub struct Loan {
    /// The batch, empty when it is lent.
    pub batch: Box<Batch>,
    permit: OwnedSemaphorePermit,
    pool: Arc<Pool>,
}

impl Loan {
    /// Gives the batch back before it was sent or after it was used; its memory is kept.
    pub fn give_back(mut self) {
        self.batch.clear();
        let mut spare = self.pool.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        spare.push(self.batch);
        drop(spare);
        drop(self.permit);
    }
}

/// The batches of one pipeline.
#[derive(Debug)]
pub struct Pool {
    #[expect(clippy::vec_box, reason = "moving a box is cheaper than moving a batch")]
    spare: std::sync::Mutex<Vec<Box<Batch>>>,
    permits: Arc<Semaphore>,
}

impl Pool {
    /// A pool of so many batches.
    #[must_use]
    pub fn new(batches: usize) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(batches));
        Arc::new(Self { spare: std::sync::Mutex::default(), permits })
    }

    fn lend(self: &Arc<Self>, permit: OwnedSemaphorePermit) -> Loan {
        let mut spare = self.spare.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let batch = spare.pop().unwrap_or_default();
        drop(spare);
        Loan { batch, permit, pool: self.clone() }
    }
}

/// Where an input hands its batches to. The pipeline drains once all senders are dropped.
#[derive(Clone)]
pub struct Sender {
    pool: Arc<Pool>,
    send: Arc<dyn Fn(Loan) + Send + Sync>,
}

impl Sender {
    /// A sender that lends from `pool` and passes on by `send`, which never waits: whoever holds a
    /// loan has room.
    #[must_use]
    pub fn new(pool: Arc<Pool>, send: Arc<dyn Fn(Loan) + Send + Sync>) -> Self {
        Self { pool, send }
    }

    /// An empty batch; waits while none is free.
    pub async fn lend(&self) -> Loan {
        let permit = self.pool.permits.clone().acquire_owned().await;
        self.pool.lend(permit.expect("the pool's semaphore is never closed"))
    }

    /// An empty batch if one is free now.
    #[must_use]
    pub fn try_lend(&self) -> Option<Loan> {
        let permit = self.pool.permits.clone().try_acquire_owned().ok()?;
        Some(self.pool.lend(permit))
    }

    /// Passes a filled batch on; an empty one goes straight back.
    pub fn send(&self, loan: Loan) {
        if loan.batch.is_empty() {
            let mut loan = loan;
            loan.batch.take_receipt().delivered();
            loan.give_back();
        } else {
            (self.send)(loan);
        }
    }
}
