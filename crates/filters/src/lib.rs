//! Every filter, one module each.

mod access_log;
mod base64;
mod blanks;
mod branch;
mod cef;
mod char_set;
mod convert;
mod csv;
mod date;
mod dissect;
mod drop;
mod found;
mod geoip;
mod given;
mod grok;
mod hex;
mod json;
mod kv;
mod leef;
mod logfmt;
mod lookup;
mod pairs;
mod percent;
mod query_string;
mod recode;
mod remove;
mod rename;
mod ruby_hash;
mod set;
mod subtree;
mod syslog_pri;
mod url;
mod url_decode;
mod user_agent;
mod xml;

use weir_component::spec::FilterSpec;

/// The catalogue of filters, in the order of the manual.
pub static FILTERS: &[FilterSpec] = &[
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
    FilterSpec::of::<rename::Rename>(),
    FilterSpec::of::<remove::Remove>(),
    FilterSpec::of::<drop::Drop>(),
    FilterSpec::of::<geoip::Geoip>(),
    FilterSpec::of::<user_agent::UserAgent>(),
    FilterSpec::nesting::<branch::Branch>(branch::build),
];
