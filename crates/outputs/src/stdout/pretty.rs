//! An event as people like to read it.
//!
//! ```text
//! 2026-11-23T10:00:00.000Z started
//!   service.name  shop
//!   pid           7
//! ```

use weir_codec::json::write_value;
use weir_component::{Chunk, Encode, Encoded, Selection};
use weir_event::{EventRef, Key, Value, ValueRef};

/// Names longer than this do not push the values of the others further to the right.
const NAME_COLUMNS_MAX: usize = 28;

/// Writes events over several lines.
pub(crate) struct Painter {
    has_colours: bool,
}

/// What a piece of text is; each has its colour.
#[derive(Clone, Copy)]
enum Ink {
    Time,
    Message,
    Name,
}

impl Ink {
    /// The terminal's code for it: dim, bold and cyan.
    fn code(self) -> &'static [u8] {
        match self {
            Self::Time => b"\x1b[2m",
            Self::Message => b"\x1b[1m",
            Self::Name => b"\x1b[36m",
        }
    }
}

impl Painter {
    pub(crate) fn new(has_colours: bool) -> Self {
        Self { has_colours }
    }

    fn write(&self, event: EventRef<'_>, out: &mut Vec<u8>) {
        self.paint(Ink::Time, out, |out| event.time().write(out));
        if let Some(message) = event.view(Key::MESSAGE) {
            out.push(b' ');
            self.paint(Ink::Message, out, |out| write_plain(message, b"\n    ", out));
        }
        out.push(b'\n');
        let rows = || {
            let fields = event.fields().iter().filter(|field| field.key != Key::MESSAGE);
            let fields = fields.flat_map(|field| rows_of(field.key, &field.value, event));
            let facts = event.delivered_facts();
            fields.chain(
                facts.map(|(key, text)| (key.name().as_bytes(), ValueRef::Text(text.as_bytes()))),
            )
        };
        let width = |(name, _): (&[u8], _)| Some(columns(name)).filter(|n| *n <= NAME_COLUMNS_MAX);
        let widest = rows().filter_map(width).max().unwrap_or(0);
        for (name, value) in rows() {
            out.extend_from_slice(b"  ");
            self.paint(Ink::Name, out, |out| write_safe(name, b" ", out));
            let gap = widest.saturating_sub(columns(name)) + 2;
            out.extend(std::iter::repeat_n(b' ', gap));
            write_plain(value, b"\n    ", out);
            out.push(b'\n');
        }
    }

    fn paint(&self, ink: Ink, out: &mut Vec<u8>, write: impl FnOnce(&mut Vec<u8>)) {
        if !self.has_colours {
            return write(out);
        }
        out.extend_from_slice(ink.code());
        write(out);
        out.extend_from_slice(b"\x1b[0m");
    }
}

/// Name and value: one row, or several for fields without a key of their own.
fn rows_of<'a>(
    key: Key,
    value: &'a Value,
    event: EventRef<'a>,
) -> impl Iterator<Item = (&'a [u8], ValueRef<'a>)> {
    let arena = event.arena();
    let (own, others) = match value {
        Value::Map(entries) if key == Key::OTHER => (None, Some(entries)),
        value => {
            let row = (key.name().as_bytes(), ValueRef::new(value, arena));
            (Some(row), None)
        }
    };
    let others = others.into_iter().flatten();
    own.into_iter()
        .chain(others.map(move |(name, value)| (arena.get(*name), ValueRef::new(value, arena))))
}

fn columns(name: &[u8]) -> usize {
    String::from_utf8_lossy(name).chars().count()
}

/// Text as it is, everything else as JSON has it.
fn write_plain(value: ValueRef<'_>, line_end: &[u8], out: &mut Vec<u8>) {
    match value {
        ValueRef::Text(text) => write_safe(text, line_end, out),
        value => write_value(value, out),
    }
}

/// Writes text that cannot do anything to the terminal: control characters are shown, not sent.
fn write_safe(text: &[u8], line_end: &[u8], out: &mut Vec<u8>) {
    let text = String::from_utf8_lossy(text);
    for c in text.trim_end_matches('\n').chars() {
        match c {
            '\n' => out.extend_from_slice(line_end),
            '\t' => out.push(b'\t'),
            c if c.is_control() => out.extend(c.escape_default().map(|c| c as u8)),
            c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

impl Encode for Painter {
    fn encode(&mut self, events: Selection<'_>, out: &mut Encoded) {
        let mut text = out.spares.take();
        let mut ends = Vec::new();
        events.for_each(|event| {
            self.write(event, &mut text);
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        });
        if !ends.is_empty() {
            out.chunks.push(Chunk::plain(out.spares.body(text), ends));
        }
    }
}
