//! What travels through a pipeline: events in a batch, and the receipt that answers for them.
//!
//! A [`Batch`] owns one stretch of text and a list of events. Text values are [`Span`]s of that
//! stretch, field names are interned [`Key`]s, and both the stretch and the events' field lists
//! keep their memory when the batch is recycled: on the hot path nothing is allocated per event.
//! The measured alternatives are in `docs/decisions/0002-events-are-spans-of-their-batch.md`.
//!
//! This crate knows no files, no clocks and no runtime.

mod arena;
mod batch;
mod kept;
mod key;
mod origin;
mod receipt;
mod time;
mod value;
mod view;

pub use arena::{Arena, Span};
pub use batch::{Batch, Event, Scratch, part_of};
pub use kept::Kept;
pub use key::{KEYS_MAX, Key};
pub use origin::{Origin, OriginRef};
pub use receipt::{Fate, Receipt, Settle};
pub use time::Timestamp;
pub use value::{Field, Value, ValueRef};
pub use view::{EventMut, EventRef};
