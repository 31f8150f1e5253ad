//! Every output, one module each.
//!
//! An output says how events become bytes and how one request is made; batching, retry, back-off
//! and dead letters belong to the engine.

mod blocking;
mod discard;
mod elasticsearch;
mod file;
mod line;
mod squeeze;
mod stdout;
mod template;
mod tls;

use weir_component::spec::OutputSpec;

/// The catalogue of outputs, in the order of the manual.
pub static OUTPUTS: &[OutputSpec] = &[
    OutputSpec::of::<elasticsearch::Elasticsearch>(),
    OutputSpec::of::<file::File>(),
    OutputSpec::of::<stdout::Stdout>(),
    OutputSpec::of::<discard::Discard>(),
];

#[cfg(test)]
mod tests;
