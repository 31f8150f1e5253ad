//! The contracts that components sign: [`Input`], [`Filter`], [`Encode`] and [`Output`].
//!
//! Data goes left to right, promises right to left. The ends of a pipeline are asynchronous and
//! touch the world; the middle is pure. The engine knows components only through these traits.

mod chunk;
mod erased;
mod filter;
mod input;
pub mod metrics;
mod output;
mod progress;
mod quiet;

pub use chunk::{Chunk, Encode, Encoded, Refusal, Selection};
pub use erased::{AnyInput, AnyOutput, BoxFuture};
pub use filter::{Filter, FilterError, Keep};
pub use input::{Input, InputError, Intake, Loan, Pool, Sender, Stop};
pub use output::{Delivery, Output, SendError};
pub use progress::{Progress, Settled};
pub use quiet::Quiet;
