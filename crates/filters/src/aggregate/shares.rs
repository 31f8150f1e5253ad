//! What inputs are owed while windows are open: shares in the receipts of all batches that an open
//! window took something from.
//!
//! A window may stay open for thousands of batches, and there may be thousands of windows. So shares
//! are pooled for all of them, and bundled: two stretches of as many batches become one. There are
//! never more than a few dozen, and one is held back longer than needed by its own length at most.

use std::collections::VecDeque;

use weir_event::{Batch, Receipt};

/// Shares of past batches, oldest first.
#[derive(Debug, Default)]
pub(super) struct Shares {
    /// The number of the batch at hand.
    number: u64,
    stretches: VecDeque<Stretch>,
}

/// Some batches in a row.
#[derive(Debug)]
struct Stretch {
    first: u64,
    last: u64,
    /// How many batches have a share in it.
    count: u64,
    receipt: Receipt,
}

impl Shares {
    /// The number of the batch at hand.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Another share for each batch from the first to the last, which may be the one at hand.
    pub(super) fn of(&self, (first, last): (u64, u64), batch: &Batch) -> Receipt {
        let mut receipt = Receipt::unclaimed();
        for stretch in self.stretches.iter().rev() {
            if stretch.last < first {
                break;
            }
            if stretch.first <= last {
                receipt.join(stretch.receipt.clone());
            }
        }
        if last == self.number {
            receipt.join(batch.share_receipt());
        }
        receipt
    }

    /// The batch at hand is through. Its share is kept if a window that is still open took something
    /// from it; what no open window needs any more is given up to those who got a share by now.
    pub(super) fn end_batch(&mut self, batch: &Batch, is_used: bool, first_needed: Option<u64>) {
        if is_used && first_needed.is_some() {
            let (number, receipt) = (self.number, batch.share_receipt());
            self.push(Stretch { first: number, last: number, count: 1, receipt });
        }
        self.number += 1;
        let first_needed = first_needed.unwrap_or(u64::MAX);
        while let Some(stretch) = self.stretches.pop_front() {
            if stretch.last >= first_needed {
                self.stretches.push_front(stretch);
                return;
            }
            stretch.receipt.delivered();
        }
    }

    fn push(&mut self, mut last: Stretch) {
        while let Some(before) = self.stretches.pop_back() {
            if before.count != last.count {
                self.stretches.push_back(before);
                break;
            }
            let mut receipt = before.receipt;
            receipt.join(last.receipt);
            last.receipt = receipt.bundled();
            last.first = before.first;
            last.count += before.count;
        }
        self.stretches.push_back(last);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_batches_are_few_shares() {
        let (mut shares, batch) = (Shares::default(), Batch::new());
        for _ in 0..100_000 {
            shares.end_batch(&batch, true, Some(0));
        }
        assert!(shares.stretches.len() < 18, "{}", shares.stretches.len());
        shares.end_batch(&batch, false, Some(99_999));
        assert!(shares.stretches.iter().all(|stretch| stretch.last >= 99_999));
        shares.end_batch(&batch, false, None);
        assert!(shares.stretches.is_empty());
    }
}
