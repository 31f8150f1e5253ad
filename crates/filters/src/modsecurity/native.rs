//! The native form: parts between boundaries that carry one number.

use super::record::{Peer, Record};
use super::rule::Rule;

/// Reads a record from its part A to its part Z.
pub(super) fn read(text: &str) -> Result<Record, &'static str> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let prefix = first.trim_end().strip_suffix("A--").ok_or("begins with no part A")?;
    let mut record = Record { form: "native", ..Record::default() };
    let mut part = 'A';
    let mut at_start = true;
    for line in lines {
        if let Some(next) = boundary(line, prefix) {
            if next == 'Z' {
                return if record.id.is_empty() {
                    Err("says nothing in part A")
                } else {
                    Ok(record)
                };
            }
            part = next;
            at_start = true;
            continue;
        }
        match part {
            'A' if at_start => {
                connection(&mut record, line).ok_or("has a part A that is not whole")?;
            }
            'B' if at_start => line.clone_into(&mut record.request_line),
            'B' => {
                if let Some((name, value)) = line.split_once(':') {
                    record.header(name, value.trim());
                }
            }
            'C' | 'I' => gather(record.request_body.get_or_insert_default(), line, at_start),
            'E' => gather(record.response_body.get_or_insert_default(), line, at_start),
            'F' if at_start => {
                record.status = line.split(' ').nth(1).and_then(|it| it.parse().ok());
            }
            'H' => trailer(&mut record, line),
            _ => {}
        }
        at_start = false;
    }
    Err("has no part Z")
}

fn boundary(line: &str, prefix: &str) -> Option<char> {
    let rest = line.strip_prefix(prefix)?.trim_end().strip_suffix("--")?;
    let mut letters = rest.chars();
    letters.next().filter(|it| it.is_ascii_uppercase() && letters.next().is_none())
}

fn gather(body: &mut String, line: &str, is_first: bool) {
    if !is_first {
        body.push('\n');
    }
    body.push_str(line);
}

/// Part A: `[time] id client port server port`.
fn connection(record: &mut Record, line: &str) -> Option<()> {
    let (time, rest) = line.strip_prefix('[')?.split_once("] ")?;
    let mut words = rest.split_ascii_whitespace();
    time.clone_into(&mut record.time);
    words.next()?.clone_into(&mut record.id);
    record.client = Peer::new(words.next()?, words.next()?);
    record.server = Peer::new(words.next()?, words.next()?);
    Some(())
}

/// A line of part H.
fn trailer(record: &mut Record, line: &str) {
    let Some((name, value)) = line.split_once(": ") else { return };
    match name {
        "Message" | "ModSecurity" => message(record, value),
        "Action" => {
            record.is_stopped |= value.starts_with("Intercepted");
            record.phase =
                super::rule::between(value, "(phase ", ")").and_then(|it| it.parse().ok());
        }
        "Apache-Handler" => value.clone_into(&mut record.handler),
        "Producer" => record.produced_by(value),
        "Server" => value.clone_into(&mut record.software),
        "Engine-Mode" => value.trim_matches('"').clone_into(&mut record.engine_mode),
        "Stopwatch" | "Stopwatch2" => stopwatch(record, value),
        _ => {}
    }
}

/// What a rule, or `ModSecurity` itself, reports.
pub(super) fn message(record: &mut Record, text: &str) {
    if let Some(rule) = Rule::read(text, record) {
        record.hit(rule);
    } else if record.text.is_empty() {
        text.clone_into(&mut record.text);
    }
}

/// `start duration; combined=…, p1=…`, all in microseconds.
fn stopwatch(record: &mut Record, text: &str) {
    let duration = text.split([' ', ';']).nth(1).and_then(|it| it.parse().ok());
    record.duration_micros = record.duration_micros.or(duration);
    let combined = super::rule::between(text, "combined=", ",").and_then(|it| it.parse().ok());
    record.combined_micros = record.combined_micros.or(combined);
}
