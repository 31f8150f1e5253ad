//! Every filter, one module each.

mod branch;
mod char_set;
mod convert;
mod date;
mod dissect;
mod drop;
mod found;
mod geoip;
mod grok;
mod json;
mod kv;
mod lookup;
mod pairs;
mod remove;
mod rename;
mod set;
mod subtree;
mod user_agent;

use weir_component::spec::FilterSpec;

/// The catalogue of filters, in the order of the manual.
pub static FILTERS: &[FilterSpec] = &[
    FilterSpec::of::<grok::Grok>(),
    FilterSpec::of::<dissect::Dissect>(),
    FilterSpec::of::<json::Json>(),
    FilterSpec::of::<kv::Kv>(),
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
