//! What a filter signs that makes several events of one.

use weir_event::Batch;

use crate::FilterError;

/// One event to several. Like [`crate::Filter`] it is pure, and called by several threads at once.
pub trait Expand: Send + Sync + 'static {
    /// Makes copies of the event at `at` by [`Batch::copy_behind`], and changes it and them. The
    /// part of the `nth` copy is [`weir_event::part_of`] of the event's own part, `stage` and
    /// `nth`, counted from 1.
    ///
    /// On error the event goes on as it is by then, tagged, unless `on-error` says otherwise.
    fn expand(&self, batch: &mut Batch, at: usize, stage: u64) -> Result<(), FilterError>;
}
