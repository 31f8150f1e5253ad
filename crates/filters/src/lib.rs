//! Every filter, one module each.

mod branch;
mod convert;
mod date;
mod dissect;
mod drop;
mod json;
mod pairs;
mod remove;
mod rename;
mod set;
mod subtree;

use weir_component::spec::FilterSpec;

/// The catalogue of filters, in the order of the manual.
pub static FILTERS: &[FilterSpec] = &[
    FilterSpec::of::<dissect::Dissect>(),
    FilterSpec::of::<json::Json>(),
    FilterSpec::of::<date::Date>(),
    FilterSpec::of::<convert::Convert>(),
    FilterSpec::of::<set::Set>(),
    FilterSpec::of::<rename::Rename>(),
    FilterSpec::of::<remove::Remove>(),
    FilterSpec::of::<drop::Drop>(),
    FilterSpec::nesting::<branch::Branch>(branch::build),
];
