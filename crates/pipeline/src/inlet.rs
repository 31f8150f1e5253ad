//! Where workers take their work from: batches, and ticks for filters that wait for something.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvError, Sender, bounded, select};
use weir_component::{Loan, Stage};
use weir_host::Clock;

/// The least time between two ticks. A time-out of seconds is late by no more than that, and ten
/// empty batches in a second cost nothing to speak of.
const TICK_MIN: Duration = Duration::from_millis(100);

/// Gives each batch a ticket; folds and outputs restore their order.
pub(crate) struct Inlet {
    pub(crate) clock: Arc<dyn Clock>,
    state: Mutex<State>,
    /// Tells whoever waits for a batch that a filter waits for something.
    nudge: Sender<()>,
    nudged: Receiver<()>,
    /// Some filter remembers.
    has_folds: bool,
}

struct State {
    batches: Receiver<Loan>,
    next: u64,
    ticked: Duration,
    /// The last ticket was handed out.
    is_over: bool,
}

/// A place in the order of the pipeline.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Ticket {
    pub(crate) number: u64,
    pub(crate) is_last: bool,
}

/// What there is to do.
pub(crate) enum Task {
    Batch(Loan),
    /// Nothing came, but a filter wants to be called.
    Tick,
}

impl Inlet {
    pub(crate) fn new(batches: Receiver<Loan>, stages: &[Stage], clock: Arc<dyn Clock>) -> Self {
        let has_folds = stages.iter().any(Stage::is_fold);
        let (nudge, nudged) = bounded(1);
        let state = State { batches, next: 0, ticked: Duration::ZERO, is_over: !has_folds };
        Self { clock, state: Mutex::new(state), nudge, nudged, has_folds }
    }

    /// The next task and its ticket; nothing once all inputs have ended. With folds the last is a
    /// tick, which tells them so.
    ///
    /// The lock is held while waiting: whoever waits for it waits for the same batch.
    pub(crate) fn next(&self, stages: &[Stage]) -> Option<(Ticket, Task)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let task = if self.has_folds {
            self.wait(&mut state, stages)
        } else {
            state.batches.recv().map(Task::Batch)
        };
        let number = state.next;
        let (task, is_last) = match task {
            Ok(task) => (task, false),
            Err(RecvError) if state.is_over => return None,
            Err(RecvError) => (Task::Tick, true),
        };
        state.next += 1;
        state.is_over |= is_last;
        Some((Ticket { number, is_last }, task))
    }

    fn wait(&self, state: &mut State, stages: &[Stage]) -> Result<Task, RecvError> {
        loop {
            let Some(due) = due(stages) else {
                select! {
                    recv(state.batches) -> loan => return loan.map(Task::Batch),
                    recv(self.nudged) -> _ => continue,
                }
            };
            let now = self.clock.elapsed();
            let wait = due.max(state.ticked + TICK_MIN).saturating_sub(now);
            select! {
                recv(state.batches) -> loan => return loan.map(Task::Batch),
                recv(self.nudged) -> _ => {}
                default(wait) => {
                    state.ticked = self.clock.elapsed();
                    return Ok(Task::Tick);
                }
            }
        }
    }

    /// Called behind each batch: whoever waits for the next one looks again how long it may wait.
    pub(crate) fn nudge(&self, stages: &[Stage]) {
        if self.has_folds && due(stages).is_some() {
            // When it is full somebody will look again anyway.
            self.nudge.try_send(()).ok();
        }
    }
}

/// When the first of the filters wants to be called.
fn due(stages: &[Stage]) -> Option<Duration> {
    stages.iter().filter_map(Stage::due).min()
}
