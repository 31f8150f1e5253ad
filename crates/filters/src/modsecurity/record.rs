//! What a record of `ModSecurity` says, whatever the form it was written in.

use super::rule::Rule;

/// Hits of rules that are kept of one record; the rest is counted. A request that trips more is an
/// attack by any measure.
pub(super) const RULES_MAX: usize = 100;

/// Headers that are kept of one request, Apache's own limit.
pub(super) const HEADERS_MAX: usize = 100;

/// Names of programs that are kept of one record; real ones have three.
const PRODUCERS_MAX: usize = 16;

/// What was found, as text of the record.
#[derive(Debug, Default)]
pub(super) struct Record {
    pub(super) form: &'static str,
    pub(super) time: String,
    pub(super) id: String,
    pub(super) client: Peer,
    pub(super) server: Peer,
    pub(super) request_line: String,
    pub(super) path: String,
    pub(super) host: String,
    pub(super) headers: Vec<(String, String)>,
    pub(super) status: Option<i64>,
    pub(super) request_body: Option<String>,
    pub(super) response_body: Option<String>,
    pub(super) rules: Vec<Rule>,
    pub(super) rules_total: usize,
    pub(super) phase: Option<i64>,
    /// Whether the record itself says that the request was stopped.
    pub(super) is_stopped: bool,
    pub(super) handler: String,
    pub(super) producers: Vec<String>,
    pub(super) software: String,
    pub(super) engine_mode: String,
    pub(super) combined_micros: Option<i64>,
    pub(super) duration_micros: Option<i64>,
    pub(super) audit_file: String,
    pub(super) level: String,
    pub(super) process: Option<i64>,
    pub(super) text: String,
}

/// One end of the connection.
#[derive(Debug, Default)]
pub(super) struct Peer {
    pub(super) address: String,
    pub(super) port: Option<i64>,
}

impl Peer {
    pub(super) fn new(address: &str, port: &str) -> Self {
        Self { address: address.to_owned(), port: port.parse().ok().filter(|it| *it > 0) }
    }
}

impl Record {
    /// Adds what a rule reported; the rest is only counted.
    pub(super) fn hit(&mut self, rule: Rule) {
        self.is_stopped |= rule.denies();
        self.rules_total += 1;
        if self.rules.len() < RULES_MAX {
            self.rules.push(rule);
        }
    }

    /// The rule to name for all: the one that stopped the request, else the most severe; the first
    /// of several. A mere sum says nothing about the request.
    pub(super) fn telling(&self) -> Option<&Rule> {
        let says = |it: &&Rule| !it.is_summary() && !it.message.is_empty();
        let found = self.rules.iter().filter(says).min_by_key(|it| it.rank());
        found.or(self.rules.first())
    }

    pub(super) fn header(&mut self, name: &str, value: &str) {
        if self.headers.len() < HEADERS_MAX {
            self.headers.push((name.to_owned(), value.to_owned()));
        }
    }

    pub(super) fn header_of(&self, wanted: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted));
        found.map(|(_, value)| value.as_str())
    }

    /// Adds the names of programs out of a list with semicolons and a point at its end.
    pub(super) fn produced_by(&mut self, text: &str) {
        for name in text.trim_end_matches('.').split(';') {
            let name = name.trim();
            if !name.is_empty() && self.producers.len() < PRODUCERS_MAX {
                self.producers.push(name.to_owned());
            }
        }
    }
}
