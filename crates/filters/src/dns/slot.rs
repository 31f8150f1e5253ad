//! What is known of one question.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use arc_swap::{ArcSwapOption, Guard};

/// The last answer to a question, and whether it is being asked.
#[derive(Debug, Default)]
pub(super) struct Slot {
    /// Nothing before the first answer; empty if there is none.
    answer: ArcSwapOption<Vec<String>>,
    /// Until when the answer is believed, in seconds of the host's clock.
    until: AtomicU64,
    is_asked: AtomicBool,
}

impl Slot {
    /// Whether the question should be asked, for the first time or again.
    pub(super) fn is_due(&self, now: u64) -> bool {
        now >= self.until.load(Ordering::Relaxed) && !self.is_asked.load(Ordering::Relaxed)
    }

    /// Whether it is the caller who has to ask.
    pub(super) fn claim(&self) -> bool {
        !self.is_asked.swap(true, Ordering::AcqRel)
    }

    /// The question was not asked after all.
    pub(super) fn give_up(&self) {
        self.is_asked.store(false, Ordering::Release);
    }

    /// The last answer, be it fresh or not.
    pub(super) fn answer(&self) -> Guard<Option<Arc<Vec<String>>>> {
        self.answer.load()
    }

    /// Takes an answer, believed until then. Without one an older answer is better than none.
    pub(super) fn settle(&self, answer: Option<Vec<String>>, until: Duration) {
        match answer {
            Some(answer) => self.answer.store(Some(Arc::new(answer))),
            None if self.answer.load().is_none() => self.answer.store(Some(Arc::default())),
            None => {}
        }
        self.until.store(until.as_secs().max(1), Ordering::Relaxed);
        self.is_asked.store(false, Ordering::Release);
    }
}
