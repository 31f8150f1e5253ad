//! Events to the lines of a bulk request:
//!
//! ```text
//! {"create":{"_index":"logs","_id":"8d5f0c3e91b247aa-200"}}
//! {"@timestamp":"…",…}
//! ```
//!
//! The index is left out when it is the same for all events; it is then part of the request's path.

use std::sync::Arc;

use weir_codec::gzip::Squeezer;
use weir_codec::json::{DocumentWriter, write_string};
use weir_component::template::MissingField;
use weir_component::{Body, Chunk, Encode, Encoded, Selection, Spares};
use weir_event::EventRef;

use super::names::{DocumentId, Name};
use crate::squeeze;

/// Text in one chunk at most, apart from a single longer event: a batch has about 1 MiB of text,
/// and what a chunk gains in size it loses in evenness of requests.
const CHUNK_BYTES_MAX: usize = 4 << 20;

/// What every worker writes alike.
#[derive(Debug)]
pub(crate) struct Lines {
    pub(crate) op: &'static str,
    pub(crate) index: Name,
    pub(crate) id: DocumentId,
}

/// Writes the lines of one worker's events.
pub(crate) struct Bulker {
    lines: Arc<Lines>,
    document: DocumentWriter,
    squeezer: Option<Squeezer>,
    /// Lines that are not in a chunk yet.
    text: Vec<u8>,
    ends: Vec<u32>,
    /// A rendered name before it is escaped.
    name: Vec<u8>,
}

impl Bulker {
    pub(crate) fn new(lines: Arc<Lines>, level: Option<u32>) -> Self {
        Self {
            lines,
            document: DocumentWriter::default(),
            squeezer: level.map(Squeezer::new),
            text: Vec::new(),
            ends: Vec::new(),
            name: Vec::new(),
        }
    }

    fn write(&mut self, event: EventRef<'_>) -> Result<(), MissingField> {
        let Self { lines, text, name, .. } = self;
        text.extend_from_slice(b"{\"");
        text.extend_from_slice(lines.op.as_bytes());
        text.extend_from_slice(b"\":{");
        if let Name::Template(index) = &lines.index {
            name.clear();
            index.render(event, name)?;
            name.make_ascii_lowercase();
            text.extend_from_slice(b"\"_index\":");
            write_string(name, text);
        }
        name.clear();
        if lines.id.write(event, name)? {
            if matches!(lines.index, Name::Template(_)) {
                text.push(b',');
            }
            text.extend_from_slice(b"\"_id\":");
            write_string(name, text);
        }
        text.extend_from_slice(b"}}\n");
        self.document.write(event, text);
        text.push(b'\n');
        Ok(())
    }

    /// Makes a chunk of the lines so far.
    fn finish(&mut self, out: &mut Encoded) {
        if self.ends.is_empty() {
            return;
        }
        let ends = std::mem::take(&mut self.ends);
        let mut chunk = match &mut self.squeezer {
            None => {
                let text = std::mem::replace(&mut self.text, out.spares.take());
                Chunk::plain(out.spares.body(text), ends)
            }
            Some(squeezer) => {
                let chunk = squeeze::pack(squeezer, &out.spares, &self.text, ends);
                self.text.clear();
                chunk
            }
        };
        if let Name::Fixed(index) = &self.lines.index {
            chunk.target.clone_from(index);
        }
        out.chunks.push(chunk);
    }
}

impl Encode for Bulker {
    fn encode(&mut self, events: Selection<'_>, out: &mut Encoded) {
        events.for_each(|event| {
            let start = self.text.len();
            if let Err(missing) = self.write(event) {
                self.text.truncate(start);
                out.refused.push(crate::line::refusal(&mut self.document, event, missing));
                return;
            }
            self.ends.push(u32::try_from(self.text.len()).unwrap_or(u32::MAX));
            if self.text.len() >= CHUNK_BYTES_MAX {
                self.finish(out);
            }
        });
        self.finish(out);
    }
}

/// The document of an item: what is between its two line ends.
pub(crate) fn document(item: &[u8]) -> &[u8] {
    let start = item.iter().position(|byte| *byte == b'\n').map_or(0, |at| at + 1);
    let document = &item[start..];
    document.strip_suffix(b"\n").unwrap_or(document)
}

/// The body of a request.
pub(crate) struct Post {
    pub(crate) body: Body,
    pub(crate) is_gzip: bool,
}

/// Puts chunks one behind the other, in memory of earlier requests. What the workers compressed is
/// not touched again; chunks of left-over items are compressed here.
pub(crate) fn post(request: &[Chunk], level: Option<u32>, spares: &Spares) -> Post {
    let is_gzip = level.is_some() || request.iter().any(|chunk| chunk.packed);
    if is_gzip {
        return Post { body: squeeze::join(request, level.unwrap_or(1), spares), is_gzip };
    }
    let mut text = spares.take();
    text.reserve(request.iter().map(|chunk| chunk.body.len()).sum());
    for chunk in request {
        text.extend_from_slice(&chunk.body);
    }
    Post { body: spares.body(text), is_gzip }
}
