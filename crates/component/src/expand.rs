//! What a filter signs that makes several events of one.

use weir_event::Batch;
use weir_host::Host;

use crate::{FilterError, Keep};

/// One event to several. Like [`crate::Filter`] it is pure, and called by several threads at once.
pub trait Expand: Send + Sync + 'static {
    /// Makes copies of the event at `at` by [`Batch::copy_behind`], and changes it and them. The
    /// part of the `nth` copy is [`weir_event::part_of`] of the event's own part, `stage` and
    /// `nth`, counted from 1.
    ///
    /// [`Keep::No`] drops the event by rule.
    ///
    /// On error the event goes on as it is by then, tagged, unless `on-error` says otherwise.
    fn expand(&self, batch: &mut Batch, at: usize, stage: u64) -> Result<Keep, FilterError>;

    /// See [`crate::Filter::needs_header`].
    fn needs_header(&self) -> bool {
        false
    }

    /// Reads what it needs from the machine; see [`crate::Filter::open`].
    fn open(&self, host: &Host) -> Result<(), String> {
        let _ = host;
        Ok(())
    }

    /// Looks whether that has changed; see [`crate::Filter::refresh`].
    fn refresh(&self, host: &Host) -> Result<(), String> {
        let _ = host;
        Ok(())
    }
}
