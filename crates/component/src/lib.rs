//! The contracts that components sign: [`Input`], [`Filter`], [`Expand`], [`Fold`], [`Encode`] and
//! [`Output`].
//!
//! Data goes left to right, promises right to left. The ends of a pipeline are asynchronous and
//! touch the world; the middle is pure. The engine knows components only through these traits, and
//! the catalogue's rows ([`spec`]).

mod chunk;
pub mod condition;
mod erased;
mod expand;
mod field_path;
mod filter;
mod fold;
mod group;
mod header;
mod input;
mod joiner;
pub mod metrics;
mod output;
pub mod pattern;
mod preset;
mod progress;
mod quiet;
mod setting;
mod spares;
pub mod spec;
mod stage;
pub mod template;
mod workshop;

pub use chunk::{Chunk, Encode, Encoded, Refusal, Selection};
pub use erased::{AnyInput, AnyOutput, BoxFuture};
pub use expand::Expand;
pub use field_path::FieldPath;
pub use filter::{Filter, FilterError, Keep};
pub use fold::{Fold, Moment, Turn, Turnstile};
pub use group::{Group, all_refreshed};
pub use header::{HEADER_BYTES_MAX, Header, HeaderRule};
pub use input::{Input, InputError, Intake, Loan, Pool, Sender, Stop};
pub use joiner::{Added, Gathered, JoinEnd, JoinLimits, Joiner};
pub use output::{Delivery, Output, SendError, Sent};
pub use preset::Preset;
pub use progress::{Progress, Settled};
pub use quiet::Quiet;
pub use spares::{Body, Spares};
pub use stage::{OnError, Outcome, Stage, Work};
pub use workshop::Workshop;
