//! How far it is safe to resume.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use weir_event::{Fate, Receipt, Settle};

/// Hands out receipts for positions and says which of them everything before was delivered.
///
/// Positions settle in the order in which they were handed out: one that is still under way holds
/// back all later ones, so what is kept as "read" never runs ahead of what was delivered.
pub struct Progress<P> {
    shared: Arc<Shared<P>>,
}

struct Shared<P> {
    state: Mutex<State<P>>,
    changed: Condvar,
}

struct State<P> {
    /// Ticket of the first entry of `open`.
    first: u64,
    open: VecDeque<(Option<P>, Option<Fate>)>,
}

/// What [`Progress::settled`] found.
#[derive(Debug, PartialEq, Eq)]
pub struct Settled<P> {
    /// Positions that are safe now, in order.
    pub delivered: Vec<P>,
    /// A batch was lost: nothing behind it will settle, and the input has to read again from what
    /// is safe.
    pub lost: bool,
    /// How many are still under way.
    pub open: usize,
}

impl<P: Send + 'static> Progress<P> {
    /// Nothing handed out yet.
    #[must_use]
    pub fn new() -> Self {
        let state = Mutex::new(State { first: 0, open: VecDeque::new() });
        Self { shared: Arc::new(Shared { state, changed: Condvar::new() }) }
    }

    /// A receipt; once it is delivered, and all before it, `position` is safe.
    pub fn track(&self, position: P) -> Receipt {
        let mut state = self.shared.lock();
        let ticket = state.first + state.open.len() as u64;
        state.open.push_back((Some(position), None));
        drop(state);
        Receipt::new(ticket, self.shared.clone())
    }

    /// Takes the positions that have become safe.
    #[must_use]
    pub fn settled(&self) -> Settled<P> {
        self.shared.lock().take()
    }

    /// Waits until nothing is under way any more, or for `wait_max`.
    #[must_use]
    pub fn wait(&self, wait_max: Duration) -> Settled<P> {
        let state = self.shared.lock();
        let is_open = |state: &mut State<P>| state.open.iter().any(|(_, fate)| fate.is_none());
        let waited = self.shared.changed.wait_timeout_while(state, wait_max, is_open);
        waited.unwrap_or_else(PoisonError::into_inner).0.take()
    }

    /// Forgets everything under way: the input starts again from what is safe. Receipts still held
    /// elsewhere settle into nothing.
    pub fn restart(&mut self) {
        *self = Self::new();
    }
}

impl<P: Send + 'static> Default for Progress<P> {
    fn default() -> Self {
        Self::new()
    }
}

impl<P> Shared<P> {
    fn lock(&self) -> MutexGuard<'_, State<P>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<P> State<P> {
    fn take(&mut self) -> Settled<P> {
        let mut delivered = Vec::new();
        while let Some((position, Some(Fate::Delivered))) = self.open.front_mut() {
            delivered.extend(position.take());
            self.open.pop_front();
            self.first += 1;
        }
        let lost = matches!(self.open.front(), Some((_, Some(Fate::Lost))));
        let open = self.open.iter().filter(|(_, fate)| fate.is_none()).count();
        Settled { delivered, lost, open }
    }
}

impl<P: Send> Settle for Shared<P> {
    fn settle(&self, ticket: u64, fate: Fate) {
        let mut state = self.lock();
        let place = ticket.checked_sub(state.first).and_then(|place| usize::try_from(place).ok());
        if let Some((_, settled)) = place.and_then(|place| state.open.get_mut(place)) {
            *settled = Some(fate);
        }
        drop(state);
        self.changed.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_become_safe_in_order() {
        let progress = Progress::new();
        let (first, second) = (progress.track(10), progress.track(20));
        second.delivered();
        assert_eq!(progress.settled(), Settled { delivered: vec![], lost: false, open: 1 });
        first.delivered();
        assert_eq!(progress.settled(), Settled { delivered: vec![10, 20], lost: false, open: 0 });
    }

    #[test]
    fn a_lost_batch_is_never_passed() {
        let progress = Progress::new();
        let (first, second, third) = (progress.track(1), progress.track(2), progress.track(3));
        first.delivered();
        drop(second);
        third.delivered();
        assert_eq!(progress.settled(), Settled { delivered: vec![1], lost: true, open: 0 });
        assert!(progress.settled().lost);
    }

    #[test]
    fn waiting_ends_when_everything_has_settled() {
        let progress = Progress::new();
        let (first, second) = (progress.track(1), progress.track(2));
        drop(first);
        let settler = std::thread::spawn(move || second.delivered());
        assert_eq!(
            progress.wait(Duration::from_mins(1)),
            Settled { delivered: vec![], lost: true, open: 0 }
        );
        settler.join().expect("it settles");
    }

    #[test]
    fn old_receipts_do_not_disturb_a_new_start() {
        let mut progress = Progress::new();
        let old = progress.track(1);
        progress.restart();
        let new = progress.track(2);
        old.delivered();
        assert_eq!(progress.settled().delivered, Vec::<i32>::new());
        new.delivered();
        assert_eq!(progress.settled().delivered, [2]);
    }
}
