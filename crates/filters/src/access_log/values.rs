//! From the text of a column to the values of its fields.

use std::net::IpAddr;

use weir_event::{EventMut, Key, Span, Timestamp, Value};

use super::columns::{Column, Kind};
use crate::date::iso;
use crate::{convert, percent};

/// The values of a line, each checked, before any becomes a field.
pub(super) type Values = Vec<(Key, Value)>;

/// The instant of a date and a time of day.
pub(super) fn instant(date: &[u8], clock: &[u8]) -> Option<Timestamp> {
    let mut text = [0; 40];
    let len = date.len() + 1 + clock.len();
    let whole = text.get_mut(..len)?;
    whole[..date.len()].copy_from_slice(date);
    whole[date.len()] = b' ';
    whole[date.len() + 1..].copy_from_slice(clock);
    iso::instant(whole)
}

/// Adds what a column holds; nothing when it is not what it should be.
pub(super) fn read(
    event: &mut EventMut<'_>,
    column: &Column,
    span: Span,
    values: &mut Values,
) -> Option<()> {
    const NANOS_PER_SECOND: f64 = 1e9;
    const NANOS_PER_MILLI: f64 = 1e6;
    let keys = column.keys;
    let text = event.text_of(span);
    let value = match column.kind {
        Kind::Nameless => return Some(()),
        Kind::Text | Kind::Date | Kind::Clock => Value::Text(span),
        Kind::Encoded => Value::Text(decoded(event, span)),
        Kind::Lower => {
            let lower = text.to_ascii_lowercase();
            Value::Text(event.arena().append(&lower))
        }
        Kind::Int => Value::Int(whole(text)?),
        Kind::Float => Value::Float(convert::number(text)?),
        Kind::Millis => nanos(text, NANOS_PER_MILLI)?,
        Kind::Seconds => nanos(text, NANOS_PER_SECOND)?,
        Kind::Time => Value::Time(iso::instant(text)?),
        Kind::Epoch => Value::Time(Timestamp::new(whole(text)?, 0)),
        Kind::Version => Value::Text(version(text, span)),
        Kind::List(separator) => list(text, span, separator),
        Kind::Address => {
            values.extend(ip(text).then_some((keys.second, Value::Text(span))));
            Value::Text(span)
        }
        Kind::AddressPort => {
            let (host, port) = address_and_port(text);
            let port = port.map(whole);
            let host_span = span.slice(host.0, host.1);
            values
                .extend(ip(&text[host.0..host.1]).then_some((keys.second, Value::Text(host_span))));
            values.extend(port.flatten().map(|port| (keys.third, Value::Int(port))));
            Value::Text(host_span)
        }
        Kind::Request => return request(event, column, span, values),
        Kind::Counter => {
            values.push((keys.second, Value::Int(whole(text)?)));
            Value::Int(whole(text)?)
        }
        Kind::Protocol => {
            let transport = transport(whole(text)?);
            if let Some(name) = transport {
                let name = event.arena().append(name.as_bytes());
                values.push((keys.second, Value::Text(name)));
            }
            Value::Text(span)
        }
    };
    values.push((keys.field, value));
    Some(())
}

fn whole(text: &[u8]) -> Option<i64> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

fn ip(text: &[u8]) -> bool {
    std::str::from_utf8(text).is_ok_and(|it| it.parse::<IpAddr>().is_ok())
}

/// A duration in nanoseconds.
fn nanos(text: &[u8], unit: f64) -> Option<Value> {
    // Beyond this a number with a fraction does not hold every whole number.
    const LIMIT: f64 = 9e15;
    let nanos = (convert::number(text)? * unit).round();
    #[expect(clippy::cast_possible_truncation, reason = "checked against the limit")]
    (nanos.abs() < LIMIT).then_some(Value::Int(nanos as i64))
}

/// The number of `HTTP/1.1`.
fn version(text: &[u8], span: Span) -> Span {
    let start = if text.starts_with(b"HTTP/") { b"HTTP/".len() } else { 0 };
    span.slice(start, text.len())
}

/// An address, and the port behind its last colon.
fn address_and_port(text: &[u8]) -> ((usize, usize), Option<&[u8]>) {
    let colon = memchr::memrchr(b':', text);
    let port = colon.map(|at| (at, &text[at + 1..]));
    match port.filter(|(_, port)| !port.is_empty() && port.iter().all(u8::is_ascii_digit)) {
        Some((at, port)) => {
            let is_bracketed = text.starts_with(b"[") && text[..at].ends_with(b"]");
            let host = if is_bracketed { (1, at - 1) } else { (0, at) };
            (host, Some(port))
        }
        None => ((0, text.len()), None),
    }
}

/// The text without the signs that stand for blanks.
fn decoded(event: &mut EventMut<'_>, span: Span) -> Span {
    let (arena, scratch) = event.arena_and_scratch();
    let text = arena.get(span);
    if !percent::is_encoded(text, true) {
        return span;
    }
    scratch.text.clear();
    percent::decode(text, true, &mut scratch.text);
    if std::str::from_utf8(&scratch.text).is_err() {
        return span;
    }
    arena.append(&scratch.text)
}

fn list(text: &[u8], span: Span, separator: u8) -> Value {
    let mut items = Vec::new();
    let mut start = 0;
    for item in text.split(|byte| *byte == separator) {
        if !item.is_empty() {
            items.push(Value::Text(span.slice(start, start + item.len())));
        }
        start += item.len() + 1;
    }
    Value::List(items.into_boxed_slice())
}

/// Adds the parts of `GET /path HTTP/1.1`; a part that is `-` or missing is none.
fn request(
    event: &mut EventMut<'_>,
    column: &Column,
    span: Span,
    values: &mut Values,
) -> Option<()> {
    let text = event.text_of(span);
    let method_len = memchr::memchr(b' ', text)?;
    let last = memchr::memrchr(b' ', text).filter(|at| *at > method_len);
    let url_end = last.unwrap_or(text.len());
    let keys = column.keys;
    let mut add = |key: Key, start: usize, end: usize| {
        if !matches!(&text[start..end], b"" | b"-") {
            values.push((key, Value::Text(span.slice(start, end))));
        }
    };
    add(keys.field, 0, method_len);
    add(keys.second, method_len + 1, url_end);
    if let Some(last) = last {
        let protocol = &text[last + 1..];
        let start = if protocol.starts_with(b"HTTP/") { last + 6 } else { last + 1 };
        add(keys.third, start, text.len());
    }
    Some(())
}

/// The usual name of a protocol above IP.
fn transport(number: i64) -> Option<&'static str> {
    Some(match number {
        1 => "icmp",
        2 => "igmp",
        4 => "ipv4",
        6 => "tcp",
        17 => "udp",
        41 => "ipv6",
        47 => "gre",
        50 => "esp",
        58 => "ipv6-icmp",
        132 => "sctp",
        _ => return None,
    })
}
