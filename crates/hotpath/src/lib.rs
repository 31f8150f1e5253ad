//! The product's hot paths on one thread: filters over events in memory, and a whole pipeline
//! whose batches are worked on where they are read.
//!
//! The engine's threads, queues and retries are left out, so that what is counted or timed is the
//! work itself and comes out the same in every run. `cargo xtask gate` counts instructions,
//! `cargo xtask bench` measures rates, and a test counts allocations.

mod assembly;
mod course;
mod paths;
#[cfg(feature = "vrl")]
mod remapping;

use weir_component::spec::Catalogue;

pub use assembly::{Assembly, Totals};
pub use course::{Course, Writing};
pub use paths::{EVENTS_TIMED, PATHS, Path, Work};
#[cfg(feature = "vrl")]
pub(crate) use remapping::Remapping;

/// Every component; the same rows as the program's own.
static CATALOGUE: Catalogue = Catalogue {
    inputs: weir_inputs::INPUTS,
    filters: weir_filters::FILTERS,
    outputs: weir_outputs::OUTPUTS,
    presets: &[],
};
