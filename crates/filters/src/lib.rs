//! Every filter, one module each.

mod aggregate;
mod branch;
mod clone;
mod convert;
mod date;
mod dedupe;
mod dissect;
mod drop;
mod geoip;
mod grok;
mod json;
mod keyed;
mod lookup;
mod multiline;
mod pairs;
#[cfg(test)]
mod remembering;
mod remove;
mod rename;
mod sample;
mod set;
mod split;
mod subtree;
mod throttle;
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
    FilterSpec::expanding::<split::Split>(),
    FilterSpec::expanding::<clone::Clone>(),
    FilterSpec::folding::<dedupe::Dedupe>(),
    FilterSpec::folding::<throttle::Throttle>(),
    FilterSpec::of::<sample::Sample>(),
    FilterSpec::folding::<aggregate::Aggregate>(),
    FilterSpec::nesting::<branch::Branch>(branch::build),
];
