//! The promise to tell an input what became of its events.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// Every event was delivered, dead-lettered or dropped by a rule: the input may move on.
    Delivered,
    /// Some share was dropped: the input has to read the events again.
    Lost,
}

/// Hears the fate of what it handed out; implemented by whoever tracks an input's positions.
pub trait Settle: Send + Sync {
    /// Called exactly once for each ticket, from any thread, when its last share is gone.
    fn settle(&self, ticket: u64, fate: Fate);
}

/// A share in the promise to tell the input what became of its events.
///
/// * Cloning makes another share (fan-out); [`Receipt::join`] pools shares (re-batching).
/// * The input hears [`Fate::Delivered`] once every share was consumed by [`Receipt::delivered`].
/// * A share that is merely dropped counts as lost: forgetting to acknowledge can cause a second
///   delivery, never a missing one.
#[derive(Clone)]
#[must_use = "dropping a receipt reports its events as lost"]
pub struct Receipt {
    /// Emptied by `delivered`; what is left here when the receipt is dropped was lost.
    shares: Vec<Arc<Ledger>>,
}

struct Ledger {
    ticket: u64,
    lost: AtomicBool,
    to: Arc<dyn Settle>,
}

impl Drop for Ledger {
    fn drop(&mut self) {
        // Acquire pairs with the release of the share that was lost on another thread.
        let lost = self.lost.load(Ordering::Acquire);
        self.to.settle(self.ticket, if lost { Fate::Lost } else { Fate::Delivered });
    }
}

impl Receipt {
    /// The first share of a new promise.
    pub fn new(ticket: u64, to: Arc<dyn Settle>) -> Self {
        Self { shares: vec![Arc::new(Ledger { ticket, lost: AtomicBool::new(false), to })] }
    }

    /// A receipt nobody waits for: for inputs that cannot read again.
    pub fn unclaimed() -> Self {
        Self { shares: Vec::new() }
    }

    /// Takes over the other receipt's shares. Two shares of one promise in one hand are one.
    pub fn join(&mut self, mut other: Self) {
        for share in other.shares.drain(..) {
            // What is joined again and again comes from the same batch: its lines lie together.
            if self.shares.last().is_none_or(|last| !Arc::ptr_eq(last, &share)) {
                self.shares.push(share);
            }
        }
    }

    /// One share for all of these: when it is settled, so are they.
    pub fn bundled(self) -> Self {
        match self.shares.len() {
            0 | 1 => self,
            _ => Self::new(0, Arc::new(Bundle(Mutex::new(Some(self))))),
        }
    }

    /// Consumes the share: its events reached their end.
    pub fn delivered(mut self) {
        self.shares.clear();
    }
}

/// Shares that are settled together.
struct Bundle(Mutex<Option<Receipt>>);

impl Settle for Bundle {
    fn settle(&self, _: u64, fate: Fate) {
        let receipt = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(receipt) = receipt.filter(|_| fate == Fate::Delivered) {
            receipt.delivered();
        }
    }
}

impl Drop for Receipt {
    fn drop(&mut self) {
        for share in &self.shares {
            share.lost.store(true, Ordering::Release);
        }
    }
}

impl std::fmt::Debug for Receipt {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Receipt({} shares)", self.shares.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Default)]
    struct Heard(Mutex<Vec<(u64, Fate)>>);

    impl Settle for Heard {
        fn settle(&self, ticket: u64, fate: Fate) {
            self.0.lock().expect("no test panics while holding it").push((ticket, fate));
        }
    }

    fn fates(scenario: impl FnOnce(Receipt)) -> Vec<(u64, Fate)> {
        let heard = Arc::new(Heard::default());
        scenario(Receipt::new(7, heard.clone()));
        let fates = heard.0.lock().expect("no test panics while holding it");
        fates.clone()
    }

    #[test]
    fn delivered_is_heard_once_all_shares_are_consumed() {
        assert_eq!(fates(Receipt::delivered), [(7, Fate::Delivered)]);
        let both = fates(|receipt| {
            let share = receipt.clone();
            receipt.delivered();
            share.delivered();
        });
        assert_eq!(both, [(7, Fate::Delivered)]);
    }

    #[test]
    fn one_dropped_share_loses_the_batch() {
        let fates = fates(|receipt| {
            let share = receipt.clone();
            drop(receipt);
            share.delivered();
        });
        assert_eq!(fates, [(7, Fate::Lost)]);
    }

    #[test]
    fn nothing_is_heard_while_a_share_is_held() {
        let heard = Arc::new(Heard::default());
        let receipt = Receipt::new(1, heard.clone());
        let share = receipt.clone();
        receipt.delivered();
        assert!(heard.0.lock().expect("unpoisoned").is_empty());
        share.delivered();
        assert_eq!(heard.0.lock().expect("unpoisoned").len(), 1);
    }

    #[test]
    fn a_bundle_settles_all_that_is_in_it() {
        for (is_delivered, fate) in [(true, Fate::Delivered), (false, Fate::Lost)] {
            let heard = Arc::new(Heard::default());
            let mut receipt = Receipt::new(1, heard.clone());
            receipt.join(Receipt::new(2, heard.clone()));
            let bundle = receipt.bundled();
            let share = bundle.clone();
            bundle.delivered();
            assert!(heard.0.lock().expect("unpoisoned").is_empty());
            if is_delivered {
                share.delivered();
            } else {
                drop(share);
            }
            let mut fates = heard.0.lock().expect("unpoisoned").clone();
            fates.sort_by_key(|(ticket, _)| *ticket);
            assert_eq!(fates, [(1, fate), (2, fate)]);
        }
    }

    #[test]
    fn joined_receipts_share_one_end() {
        let heard = Arc::new(Heard::default());
        let mut receipt = Receipt::new(1, heard.clone());
        receipt.join(Receipt::new(2, heard.clone()));
        drop(receipt);
        let mut fates = heard.0.lock().expect("unpoisoned").clone();
        fates.sort_by_key(|(ticket, _)| *ticket);
        assert_eq!(fates, [(1, Fate::Lost), (2, Fate::Lost)]);
    }
}
