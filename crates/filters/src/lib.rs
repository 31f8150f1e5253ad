//! Every filter, one module each.

mod access_log;
mod aggregate;
mod base64;
mod blanks;
mod branch;
mod bytes;
mod case;
mod cef;
mod char_set;
mod cidr;
mod clone;
mod community_id;
mod convert;
mod copy;
mod csv;
mod date;
mod de_dot;
mod dedupe;
mod default;
mod digest;
mod dissect;
mod dns;
mod drop;
mod entry;
mod field_pattern;
mod fingerprint;
mod flatten;
mod found;
mod geoip;
mod given;
mod grok;
mod hex;
mod host_metadata;
mod join;
mod json;
mod keep;
mod keyed;
mod kv;
mod learnt;
mod leef;
mod logfmt;
mod lookup;
mod made_name;
mod merge;
mod modsecurity;
mod multiline;
mod networks;
mod pairs;
mod percent;
mod query_string;
mod recode;
mod redact;
#[cfg(test)]
mod remembering;
mod remove;
mod rename;
mod replace;
mod ruby_hash;
mod sample;
mod set;
mod sort;
mod source;
mod split;
mod split_text;
mod subtree;
mod syslog_pri;
mod texts;
mod throttle;
mod translate;
mod trim;
mod truncate;
mod unflatten;
mod url;
mod url_decode;
mod user_agent;
mod vrl;
mod xml;

use weir_component::spec::FilterSpec;

/// The catalogue of filters, in the order of the manual.
pub static FILTERS: &[FilterSpec] = &[
    FilterSpec::folding::<multiline::Multiline>(),
    FilterSpec::of::<grok::Grok>(),
    FilterSpec::of::<dissect::Dissect>(),
    FilterSpec::of::<json::Json>(),
    FilterSpec::of::<kv::Kv>(),
    FilterSpec::of::<logfmt::Logfmt>(),
    FilterSpec::of::<csv::Csv>(),
    FilterSpec::of::<xml::Xml>(),
    FilterSpec::of::<access_log::AccessLog>(),
    FilterSpec::of::<cef::Cef>(),
    FilterSpec::of::<leef::Leef>(),
    FilterSpec::of::<modsecurity::Modsecurity>(),
    FilterSpec::of::<ruby_hash::RubyHash>(),
    FilterSpec::of::<url::Url>(),
    FilterSpec::of::<query_string::QueryString>(),
    FilterSpec::of::<url_decode::UrlDecode>(),
    FilterSpec::of::<base64::Base64>(),
    FilterSpec::of::<hex::Hex>(),
    FilterSpec::of::<syslog_pri::SyslogPri>(),
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
    FilterSpec::expanding::<split::Split>(),
    FilterSpec::expanding::<clone::Clone>(),
    FilterSpec::folding::<dedupe::Dedupe>(),
    FilterSpec::folding::<throttle::Throttle>(),
    FilterSpec::varying::<sample::Sample>(),
    FilterSpec::folding::<aggregate::Aggregate>(),
    FilterSpec::expanding::<vrl::Vrl>(),
    FilterSpec::nesting::<branch::Branch>(branch::build),
];
