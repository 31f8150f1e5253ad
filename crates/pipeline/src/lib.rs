//! The engine: connects the components of a pipeline file and carries events through them.
//!
//! ```text
//! inputs ──batch──▶ workers (filters, encoding) ──chunks──▶ queue ──▶ driver ──▶ output
//!    ▲                                                                  │
//!    └───────────────────────── receipts ◀──────────────────────────────┘
//! ```
//!
//! The engine knows the contracts of `weir_component` and no component. A batch is worked on by one
//! worker from beginning to end; only encoded chunks cross to the outputs. Everything that waits is
//! counted in bytes or batches, and both have a limit.

mod blueprint;
mod common;
mod dead_letters;
mod driver;
mod inlet;
mod presets;
mod retry;
mod run;
mod trial;
mod watch;
pub mod web;
mod worker;

pub use blueprint::{Blueprint, InputPlan, OutputPlan, TestCase, sections};
pub use common::{common_settings, other_sections};
pub use dead_letters::DeadLetters;
pub use run::{Ended, Place, Run, StartError, Status};
pub use trial::{Mismatch, Verdict, judge};
