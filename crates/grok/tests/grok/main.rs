//! Tests of the whole crate through its public face.

mod adversarial;
mod explanations;
mod foreign;
mod published;
mod support;
