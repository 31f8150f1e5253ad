//! Single lines: those of error logs of Apache and nginx, and those of the index of records that
//! have files of their own.

use std::sync::LazyLock;

use regex::Regex;

use super::native::message;
use super::record::{Peer, Record};
use super::rule::between;

/// How the products call themselves in error logs.
const NAMES: [&str; 3] = ["ModSecurity: ", "ModSecurity for ", "Coraza: "];

static INDEX: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r#"^(\S+) (\S+) \S+ \S+ \[([^\]]+)\] "((?:[^"\\]|\\.)*)" (\d+|-) (?:\d+|-) "((?:[^"\\]|\\.)*)" "((?:[^"\\]|\\.)*)" (\S+) "[^"]*" (\S+) \d+ \d+ \S+\s*$"#;
    Regex::new(pattern).expect("the program's own pattern")
});

/// Whether the line names the product.
pub(super) fn is_error(text: &str) -> bool {
    NAMES.iter().any(|name| text.contains(name))
}

/// A line of an error log.
pub(super) fn error(text: &str) -> Record {
    let mut record = Record { form: "error", ..Record::default() };
    let at = NAMES.iter().filter_map(|name| text.find(name)).min().unwrap_or(0);
    let (head, said) = text.split_at(at);
    let said =
        ["ModSecurity: ", "Coraza: "].iter().find_map(|it| said.strip_prefix(it)).unwrap_or(said);
    prefix(&mut record, head);
    let (said, tail) = match said.rfind("], client: ").or_else(|| said.rfind("\"] while ")) {
        Some(at) => said.split_at(said[at..].find(']').map_or(at, |bracket| at + bracket + 1)),
        None => (said, ""),
    };
    message(&mut record, said.trim_end());
    if let Some(rule) = record.rules.first() {
        record.phase = rule.phase();
    }
    if let Some(request) = between(tail, "request: \"", "\"") {
        request.clone_into(&mut record.request_line);
    }
    if let Some(address) = between(tail, "client: ", ",") {
        address.clone_into(&mut record.client.address);
    }
    record
}

/// What servers write before the sentence.
fn prefix(record: &mut Record, head: &str) {
    if let Some((time, _)) = head.strip_prefix('[').and_then(|it| it.split_once(']')) {
        if !time.starts_with("client") {
            time.clone_into(&mut record.time);
        }
    } else if let Some(time) = head.get(..19).filter(|it| it.as_bytes()[4] == b'/') {
        time.clone_into(&mut record.time);
    }
    for piece in head.split('[').skip(1).filter_map(|it| it.split_once(']')) {
        let (inner, behind) = piece;
        if let Some(address) =
            inner.strip_prefix("client ").or_else(|| inner.strip_prefix("remote "))
        {
            let split =
                address.rsplit_once(':').filter(|_| address.parse::<std::net::IpAddr>().is_err());
            let (address, port) = split.unwrap_or((address, ""));
            let address = address.trim_matches(['[', ']', '"']);
            let port = record.client.port.or_else(|| port.parse().ok().filter(|it| *it > 0));
            record.client = Peer { address: address.to_owned(), port };
        } else if let Some(process) = inner.strip_prefix("pid ") {
            record.process = process.split(':').next().and_then(|it| it.parse().ok());
        } else if let Some((_, level)) = inner.split_once(':').filter(|(_, it)| is_level(it)) {
            level.clone_into(&mut record.level);
        } else if is_level(inner) {
            inner.clone_into(&mut record.level);
            record.process = behind.trim_start().split('#').next().and_then(|it| it.parse().ok());
        }
    }
}

fn is_level(text: &str) -> bool {
    ["emerg", "alert", "crit", "error", "warn", "notice", "info", "debug"].contains(&text)
}

/// A line of the index.
pub(super) fn index(text: &str) -> Option<Record> {
    let found = INDEX.captures(text)?;
    let mut record = Record {
        form: "index",
        host: found[1].to_owned(),
        client: Peer::new(&found[2], ""),
        time: found[3].to_owned(),
        request_line: found[4].to_owned(),
        status: found[5].parse().ok(),
        id: found[8].to_owned(),
        audit_file: found[9].to_owned(),
        ..Record::default()
    };
    for (at, name) in [(6, "Referer"), (7, "User-Agent")] {
        if &found[at] != "-" {
            record.header(name, &found[at]);
        }
    }
    Some(record)
}
