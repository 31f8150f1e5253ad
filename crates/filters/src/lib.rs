//! Every filter, one module each.

mod branch;
mod bytes;
mod case;
mod cidr;
mod community_id;
mod convert;
mod copy;
mod date;
mod de_dot;
mod default;
mod digest;
mod dissect;
mod dns;
mod drop;
mod entry;
mod field_pattern;
mod fingerprint;
mod flatten;
mod geoip;
mod given;
mod grok;
mod host_metadata;
mod join;
mod json;
mod keep;
mod lookup;
mod made_name;
mod merge;
mod networks;
mod pairs;
mod pattern;
mod redact;
mod remove;
mod rename;
mod replace;
mod set;
mod sort;
mod split_text;
mod subtree;
mod texts;
mod translate;
mod trim;
mod truncate;
mod unflatten;
mod user_agent;

use weir_component::spec::FilterSpec;

/// The catalogue of filters, in the order of the manual.
pub static FILTERS: &[FilterSpec] = &[
    FilterSpec::of::<grok::Grok>(),
    FilterSpec::of::<dissect::Dissect>(),
    FilterSpec::of::<json::Json>(),
    FilterSpec::of::<date::Date>(),
    FilterSpec::of::<convert::Convert>(),
    FilterSpec::of::<set::Set>(),
    FilterSpec::of::<default::Default>(),
    FilterSpec::of::<copy::Copy>(),
    FilterSpec::of::<rename::Rename>(),
    FilterSpec::of::<remove::Remove>(),
    FilterSpec::of::<keep::Keep>(),
    FilterSpec::of::<replace::Replace>(),
    FilterSpec::of::<case::Case>(),
    FilterSpec::of::<trim::Trim>(),
    FilterSpec::of::<truncate::Truncate>(),
    FilterSpec::of::<split_text::SplitText>(),
    FilterSpec::of::<join::Join>(),
    FilterSpec::of::<merge::Merge>(),
    FilterSpec::of::<sort::Sort>(),
    FilterSpec::of::<flatten::Flatten>(),
    FilterSpec::of::<unflatten::Unflatten>(),
    FilterSpec::of::<de_dot::DeDot>(),
    FilterSpec::of::<bytes::Bytes>(),
    FilterSpec::of::<drop::Drop>(),
    FilterSpec::of::<fingerprint::Fingerprint>(),
    FilterSpec::of::<cidr::Cidr>(),
    FilterSpec::of::<translate::Translate>(),
    FilterSpec::of::<redact::Redact>(),
    FilterSpec::of::<community_id::CommunityId>(),
    FilterSpec::of::<geoip::Geoip>(),
    FilterSpec::of::<user_agent::UserAgent>(),
    FilterSpec::of::<dns::Dns>(),
    FilterSpec::of::<host_metadata::HostMetadata>(),
    FilterSpec::nesting::<branch::Branch>(branch::build),
];
