//! Every input, one module each.

pub mod file;
pub mod generate;
pub mod stdin;

use weir_component::spec::InputSpec;

/// The catalogue of inputs, in the order of the manual.
pub static INPUTS: &[InputSpec] = &[
    InputSpec::of::<file::File>(),
    InputSpec::of::<stdin::Stdin>(),
    InputSpec::of::<generate::Generate>(),
];
