//! What a filter signs.

use weir_event::EventMut;
use weir_host::Host;

/// Whether an event goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// To the next filter.
    Yes,
    /// Nowhere: it is dropped by rule, and counted.
    No,
}

/// Why a filter could not do its work on an event. The event continues with a tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilterError {
    /// The tag it gets: `_grokparsefailure` and its like, Logstash's own where there is one.
    pub tag: &'static str,
    /// What was wrong with this event, for `error.message`.
    pub reason: Option<String>,
}

impl FilterError {
    /// A failure that needs no more words than its tag.
    #[must_use]
    pub fn tagged(tag: &'static str) -> Self {
        Self { tag, reason: None }
    }

    /// A failure with its reason.
    #[must_use]
    pub fn because(tag: &'static str, reason: impl Into<String>) -> Self {
        Self { tag, reason: Some(reason.into()) }
    }
}

/// A pure change of one event, in place.
///
/// It is called for every event of a batch by the worker that has the batch, so several threads
/// call it at once. It asks no clock and opens no file here.
pub trait Filter: Send + Sync + 'static {
    /// Changes the event. On error the event goes on, tagged, unless `on-error` says otherwise.
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError>;

    /// Whether it can do nothing for events whose source has no
    /// [header](weir_event::Origin::header).
    fn needs_header(&self) -> bool {
        false
    }

    /// Reads what the filter needs from the machine (a database), once before the first event.
    ///
    /// The error is a sentence for the operator; the pipeline does not start.
    fn open(&self, host: &Host) -> Result<(), String> {
        let _ = host;
        Ok(())
    }

    /// Looks whether what [`Filter::open`] read has changed; called every few seconds, beside the
    /// workers. The error is logged, and what was read before stays in use.
    fn refresh(&self, host: &Host) -> Result<(), String> {
        let _ = host;
        Ok(())
    }
}
