//! Every filter, one module each.

mod branch;
mod convert;
mod date;
mod dissect;
mod drop;
mod geoip;
mod grok;
mod json;
mod lookup;
mod multiline;
mod pairs;
mod remove;
mod rename;
mod set;
mod subtree;
mod user_agent;

use weir_component::spec::FilterSpec;

/// The catalogue of filters, in the order of the manual.
pub static FILTERS: &[FilterSpec] = &[
    FilterSpec::folding::<multiline::Multiline>(),
    FilterSpec::of::<grok::Grok>(),
    FilterSpec::of::<dissect::Dissect>(),
    FilterSpec::of::<json::Json>(),
    FilterSpec::of::<date::Date>(),
    FilterSpec::of::<convert::Convert>(),
    FilterSpec::of::<set::Set>(),
    FilterSpec::of::<rename::Rename>(),
    FilterSpec::of::<remove::Remove>(),
    FilterSpec::of::<drop::Drop>(),
    FilterSpec::of::<geoip::Geoip>(),
    FilterSpec::of::<user_agent::UserAgent>(),
    FilterSpec::nesting::<branch::Branch>(branch::build),
];
