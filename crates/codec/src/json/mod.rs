//! JSON in one pass: text to flat fields and back, without a tree between.
//!
//! Reading turns objects into dotted names (`{"a":{"b":1}}` is the field `a.b`); writing turns
//! dotted names into objects again. Numbers with a fraction, and whole ones beyond 64 bits, are
//! kept as they were written, so no digit is lost on the way through.

mod lead;
mod names;
mod number;
mod parse;
mod plan;
mod scan;
mod write;

pub use parse::{Limits, Malformed, parse_object, parse_value};
pub use plan::DocumentWriter;
pub use write::{write_string, write_value};
