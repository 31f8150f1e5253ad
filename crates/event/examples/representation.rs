//! What an event costs in three representations: the figures of
//! `docs/decisions/0002-events-are-spans-of-their-batch.md`.
//!
//! Each builds the same 12-field events out of the same lines, whose pieces are known already, and
//! writes them as JSON. It measures no parsing, and one thread only: counters that several threads
//! share cost more than shown here.
//!
//! ```text
//! cargo run --release -p weir-event --example representation
//! ```

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::time::Instant;

use weir_event::{Batch, Field, Key, Origin, Span, Timestamp, Value};

/// Names and values of an event, as an access log line has them.
const FIELDS: [(&str, &str); 12] = [
    ("source.address", "198.51.100.77"),
    ("user.name", "alice"),
    ("timestamp", "23/Nov/2026:09:59:00 +0000"),
    ("http.request.method", "GET"),
    ("url.original", "/search?q=tea%20pot&sort=price"),
    ("http.version", "1.1"),
    ("http.response.status_code", "200"),
    ("http.response.body.bytes", "6034"),
    ("http.request.referrer", "https://shop.example/"),
    (
        "user_agent.original",
        "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
    ),
    ("source.geo.country_iso_code", "US"),
    ("event.dataset", "nginx.access"),
];

/// Events in a batch, and batches in a round.
const EVENTS: usize = 2_000;
const BATCHES: usize = 20;

/// The best of so many rounds counts: others share the machine.
const ROUNDS: usize = 25;

/// The text of a batch and, line by line, where the values lie in it.
struct Lines {
    text: Vec<u8>,
    places: Vec<[Range<usize>; 12]>,
}

impl Lines {
    fn new() -> Self {
        let mut text = Vec::new();
        let mut places = Vec::new();
        for _ in 0..EVENTS {
            places.push(FIELDS.map(|(_, value)| {
                let start = text.len();
                text.extend_from_slice(value.as_bytes());
                text.push(b' ');
                start..start + value.len()
            }));
        }
        Self { text, places }
    }
}

/// The names as they stand in a document, for events whose names are known as numbers.
struct Prepared {
    keys: [Key; 12],
    before: [Vec<u8>; 12],
}

impl Prepared {
    fn new() -> Self {
        let keys = FIELDS.map(|(name, _)| Key::named(name));
        let before = FIELDS.map(|(name, _)| format!(",\"{name}\":\"").into_bytes());
        Self { keys, before }
    }

    /// The prepared names, if these are the keys; the comparison is a part of the work.
    fn names(&self, keys: impl Iterator<Item = Key>) -> &[Vec<u8>; 12] {
        assert!(keys.eq(self.keys.iter().copied()), "every event here has the same names");
        &self.before
    }
}

/// Appends a value, escaping the two characters that these values could need it for.
fn escape(value: &[u8], out: &mut Vec<u8>) {
    if value.iter().any(|byte| matches!(byte, b'"' | b'\\')) {
        for byte in value {
            if matches!(byte, b'"' | b'\\') {
                out.push(b'\\');
            }
            out.push(*byte);
        }
    } else {
        out.extend_from_slice(value);
    }
}

/// Spans of the batch's text; batch and lists are used again.
fn build_spans(lines: &Lines, prepared: &Prepared, batch: &mut Batch) {
    batch.clear();
    let text = batch.arena.append(&lines.text);
    let origin = batch.add_origin(&Arc::new(Origin::new(1)));
    for places in &lines.places {
        let event = batch.push(origin, 0, Timestamp::default());
        for (key, place) in prepared.keys.iter().zip(places) {
            let span: Span = text.slice(place.start, place.end);
            event.push(Field { key: *key, value: Value::Text(span) });
        }
    }
}

fn write_spans(batch: &Batch, prepared: &Prepared, out: &mut Vec<u8>) {
    for event in batch.iter() {
        let names = prepared.names(event.fields().iter().map(|field| field.key));
        for (before, field) in names.iter().zip(event.fields()) {
            out.extend_from_slice(before);
            if let Value::Text(span) = field.value {
                escape(event.arena().get(span), out);
            }
            out.push(b'"');
        }
        out.push(b'\n');
    }
}

/// A value that holds on to the text it is a piece of.
struct Slice {
    text: Arc<[u8]>,
    place: Range<usize>,
}

/// Counted slices of a shared text; lists are used again.
fn build_counted(lines: &Lines, prepared: &Prepared, events: &mut [Vec<(Key, Slice)>]) {
    let text: Arc<[u8]> = lines.text.as_slice().into();
    for (event, places) in events.iter_mut().zip(&lines.places) {
        event.clear();
        for (key, place) in prepared.keys.iter().zip(places) {
            event.push((*key, Slice { text: text.clone(), place: place.clone() }));
        }
    }
}

fn write_counted(events: &[Vec<(Key, Slice)>], prepared: &Prepared, out: &mut Vec<u8>) {
    for event in events {
        let names = prepared.names(event.iter().map(|(key, _)| *key));
        for (before, (_, slice)) in names.iter().zip(event) {
            out.extend_from_slice(before);
            escape(&slice.text[slice.place.clone()], out);
            out.push(b'"');
        }
        out.push(b'\n');
    }
}

/// A map for each event, which owns its names and values.
fn build_maps(lines: &Lines, events: &mut Vec<BTreeMap<String, String>>) {
    events.clear();
    for places in &lines.places {
        let mut event = BTreeMap::new();
        for ((name, _), place) in FIELDS.iter().zip(places) {
            let value = String::from_utf8_lossy(&lines.text[place.clone()]).into_owned();
            event.insert((*name).to_owned(), value);
        }
        events.push(event);
    }
}

fn write_maps(events: &[BTreeMap<String, String>], out: &mut Vec<u8>) {
    for event in events {
        for (name, value) in event {
            out.extend_from_slice(b",\"");
            escape(name.as_bytes(), out);
            out.extend_from_slice(b"\":\"");
            escape(value.as_bytes(), out);
            out.push(b'"');
        }
        out.push(b'\n');
    }
}

/// Prints the best times of building and of writing; returns how much was written.
#[expect(clippy::print_stdout, reason = "its only purpose")]
fn measure<T>(
    name: &str,
    mut events: T,
    build: impl Fn(&mut T),
    write: impl Fn(&T, &mut Vec<u8>),
) -> usize {
    let mut out = Vec::new();
    let (mut building, mut writing) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        building = building.min(nanos(|| {
            build(&mut events);
            std::hint::black_box(&events);
        }));
        writing = writing.min(nanos(|| {
            out.clear();
            write(&events, &mut out);
            std::hint::black_box(&out);
        }));
    }
    println!("{name:<24} building {building:>6.0} ns, writing {writing:>6.0} ns an event");
    out.len()
}

/// Nanoseconds that the work takes for an event, of a batch of [`EVENTS`].
#[expect(clippy::disallowed_methods, reason = "it measures the time that passes")]
#[expect(clippy::cast_precision_loss, reason = "a figure for people")]
fn nanos(mut work: impl FnMut()) -> f64 {
    let began = Instant::now();
    for _ in 0..BATCHES {
        work();
    }
    began.elapsed().as_secs_f64() * 1e9 / (EVENTS * BATCHES) as f64
}

fn main() {
    let lines = Lines::new();
    let prepared = Prepared::new();
    let slices: Vec<Vec<(Key, Slice)>> = (0..EVENTS).map(|_| Vec::new()).collect();
    let lengths = [
        measure(
            "spans of the batch",
            Batch::new(),
            |batch| build_spans(&lines, &prepared, batch),
            |batch, out| write_spans(batch, &prepared, out),
        ),
        measure(
            "counted slices",
            slices,
            |events| build_counted(&lines, &prepared, events),
            |events, out| write_counted(events, &prepared, out),
        ),
        measure(
            "a map for each event",
            Vec::new(),
            |events| build_maps(&lines, events),
            |events, out| write_maps(events, out),
        ),
    ];
    assert!(lengths.iter().all(|len| *len == lengths[0]), "all wrote the same: {lengths:?}");
}
