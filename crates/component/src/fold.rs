//! What a filter signs that remembers, and how its turn comes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use weir_event::{Batch, Timestamp};
use weir_host::Clock;

use crate::{FilterError, Joiner, Keep};

/// A filter that remembers. There is one for a pipeline; it sees all events in order, those of one
/// batch at a time.
///
/// What it keeps of an event for longer than a batch it keeps by [`Batch::keep`], and lets go by
/// [`Batch::put_back`]. It must not hold it against an event that it has been here before: after a
/// loss an input reads again, and what is dropped then may never have been delivered.
pub trait Fold: Send + 'static {
    /// Takes the event at `at`.
    ///
    /// [`Keep::No`] drops it by rule. One that lives on elsewhere is discarded here, and not
    /// counted. On error it goes on, tagged, unless `on-error` says otherwise.
    fn take(&mut self, batch: &mut Batch, at: usize, moment: &Moment) -> Result<Keep, FilterError>;

    /// The batch is through; it may have been empty. What is kept must not depend on this batch any
    /// longer, what has waited long enough is let go, and all of it if the moment is the last.
    fn pause(&mut self, batch: &mut Batch, moment: &Moment) {
        let _ = (batch, moment);
    }

    /// When it wants to be called though no event comes, as [`Moment::elapsed`].
    fn due(&self) -> Option<Duration> {
        None
    }

    /// Forgets everything. What it kept is lost in the sense of receipts.
    fn clear(&mut self);

    /// What does its work for inputs that can do it themselves.
    fn joiner(&self) -> Option<Arc<dyn Joiner>> {
        None
    }
}

/// When and where a fold is called.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// Time since some start that never goes backwards.
    pub elapsed: Duration,
    /// Wall time.
    pub wall: Timestamp,
    /// No event will come any more.
    pub is_last: bool,
    /// Counts the stages that make events, for [`weir_event::part_of`].
    pub stage: u64,
}

/// A batch's place in the order of its pipeline.
#[derive(Clone, Copy)]
pub struct Turn<'a> {
    /// The batch's ticket; nothing when there is only one, or when it is all the same.
    pub ticket: Option<u64>,
    /// No other will come.
    pub is_last: bool,
    /// Tells folds the time.
    pub clock: &'a dyn Clock,
}

/// A fold, and whose turn it is.
pub struct Turnstile {
    seat: Mutex<Seat>,
    passed: Condvar,
    /// [`Fold::due`] in nanoseconds, to be seen without waiting for the turn.
    due: AtomicU64,
}

struct Seat {
    next: u64,
    fold: Box<dyn Fold>,
}

/// Nothing is due.
const NEVER: u64 = u64::MAX;

impl Turnstile {
    /// Before the first ticket, which is 0.
    #[must_use]
    pub fn new(fold: Box<dyn Fold>) -> Self {
        let seat = Mutex::new(Seat { next: 0, fold });
        Self { seat, passed: Condvar::new(), due: AtomicU64::new(NEVER) }
    }

    /// Waits for the turn of a ticket, lets `work` have the fold, and passes the turn on. A panic
    /// ends here: the fold forgets everything then, and what it kept is read again.
    pub(crate) fn pass(&self, ticket: Option<u64>, work: impl FnOnce(&mut dyn Fold)) {
        let mut seat = self.lock();
        if let Some(ticket) = ticket {
            let is_early = |seat: &mut Seat| seat.next < ticket;
            seat = self.passed.wait_while(seat, is_early).unwrap_or_else(PoisonError::into_inner);
        }
        let worked = catch_unwind(AssertUnwindSafe(|| work(&mut *seat.fold)));
        if worked.is_err() {
            seat.fold.clear();
        }
        let due = seat
            .fold
            .due()
            .map_or(NEVER, |due| u64::try_from(due.as_nanos()).unwrap_or(NEVER - 1).min(NEVER - 1));
        self.due.store(due, Ordering::SeqCst);
        if let Some(ticket) = ticket {
            seat.next = seat.next.max(ticket + 1);
        }
        drop(seat);
        self.passed.notify_all();
    }

    /// When the fold wants to be called.
    pub(crate) fn due(&self) -> Option<Duration> {
        let due = self.due.load(Ordering::SeqCst);
        (due != NEVER).then(|| Duration::from_nanos(due))
    }

    pub(crate) fn joiner(&self) -> Option<Arc<dyn Joiner>> {
        self.lock().fold.joiner()
    }

    fn lock(&self) -> MutexGuard<'_, Seat> {
        self.seat.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests;
