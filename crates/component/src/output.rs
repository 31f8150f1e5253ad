//! What an output signs.

use std::future::Future;
use std::time::Duration;

use crate::{Chunk, Encode};

/// Delivers events. Batching, retry, concurrency and dead letters are the driver's work.
pub trait Output: Send + Sync + 'static {
    /// An encoder for one worker.
    fn encoder(&self) -> Box<dyn Encode>;

    /// A chunk's body before compression.
    ///
    /// Nothing when it is damaged, which never happens to memory; its events are then sent again.
    fn unpack(&self, chunk: &Chunk) -> Option<Vec<u8>> {
        Some(chunk.body.to_vec())
    }

    /// The event within an item, for the dead-letter file: without what the protocol put around it.
    fn document<'a>(&self, item: &'a [u8]) -> &'a [u8] {
        item
    }

    /// Finishes what is open, after the last request: a file's compressed end, a connection.
    fn close(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }

    /// Sends chunks of one target in one request; the driver keeps them until it knows the fate of
    /// each item.
    ///
    /// Dropping the future gives the request up: nothing is left in a state that a later one would
    /// stumble over, but the other side may have got it.
    fn send(&self, request: &[Chunk]) -> impl Future<Output = Result<Sent, SendError>> + Send;
}

/// What came of a request that was taken whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sent {
    /// Items that the other side already had, from an earlier attempt.
    pub duplicates: usize,
}

/// Why a request was not delivered, or not whole.
#[derive(Debug)]
pub enum SendError {
    /// The other side may accept the same request later.
    Retry {
        /// What happened, for the log.
        cause: String,
        /// When the other side asks to be called again.
        after: Option<Duration>,
    },
    /// The request is too large for the other side: send it in parts.
    TooLarge {
        /// What happened, for the log.
        cause: String,
    },
    /// Some items were not taken; all others were. Items are counted through the whole request.
    Partial {
        /// Items that can never be taken, with the reason of each.
        refused: Vec<(usize, String)>,
        /// Items to send again, and why.
        retry: Vec<usize>,
        /// How many of the others the other side already had, from an earlier attempt.
        duplicates: usize,
        /// Why they are to be sent again, for the log.
        cause: String,
    },
    /// Nothing can be delivered until a person changes something. The driver goes on trying, at its
    /// longest pace, and says so loudly.
    Blocked {
        /// What the person has to change.
        cause: String,
    },
}

/// How a driver delivers to one output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// Most bytes of one request, before compression.
    pub request_bytes_max: usize,
    /// Most events in one request.
    pub request_items_max: usize,
    /// Requests under way at once; with more than one, order is not kept.
    pub in_flight_max: usize,
    /// Wait before the first retry.
    pub retry_delay_min: Duration,
    /// Longest wait between retries.
    pub retry_delay_max: Duration,
    /// Bytes of encoded events that may wait for this output before the inputs have to.
    pub buffer_bytes_max: usize,
}
