//! The output `discard`.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use weir_codec::json::DocumentWriter;
use weir_component::spec::{Configure, OutputConfig};
use weir_component::{Chunk, Delivery, Encode, Encoded, Output, Selection, SendError, Sent};
use weir_config::Diagnostic;

use crate::elasticsearch;
use crate::file::LOCAL;

/// Counts events and throws them away.
///
/// For measuring what inputs and filters cost, and for trying a pipeline: the metrics and `weir
/// status` show what would have been delivered. Events count as delivered, so inputs move on and
/// will not read them again.
///
/// With `codec = "json"` every event is turned into a document first, which is what any other
/// output would have to do, too. With `codec = "bulk"` documents become the lines of compressed
/// bulk requests, as the output `elasticsearch` makes them, and only the sending is left out.
///
/// # Example
///
/// ```toml
/// type = "discard"
/// ```
/// ```json
/// {"message": "started"}
/// ```
/// delivers nothing:
/// ```text
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Discard {
    /// What to make of an event before throwing it away.
    #[serde(default)]
    codec: Codec,
}

/// How an event is written.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Codec {
    /// Nothing at all.
    #[default]
    None,
    /// A JSON document.
    Json,
    /// A compressed bulk request, as `elasticsearch` makes it unless told otherwise.
    Bulk,
}

impl Configure for Discard {
    const NAME: &'static str = "discard";
}

impl OutputConfig for Discard {
    type Output = Discarder;
    const DELIVERY: Delivery = LOCAL;

    fn build(self) -> Result<Discarder, Diagnostic> {
        Ok(Discarder { codec: self.codec })
    }
}

/// Throws events away.
#[derive(Debug)]
pub(crate) struct Discarder {
    codec: Codec,
}

impl Output for Discarder {
    fn encoder(&self) -> Box<dyn Encode> {
        match self.codec {
            Codec::None => Box::new(Counter),
            Codec::Json => Box::new(Writer::default()),
            Codec::Bulk => elasticsearch::usual_encoder(),
        }
    }

    async fn send(&self, _: &[Chunk]) -> Result<Sent, SendError> {
        Ok(Sent::default())
    }
}

struct Counter;

impl Encode for Counter {
    fn encode(&mut self, events: Selection<'_>, out: &mut Encoded) {
        let mut ends = Vec::new();
        events.for_each(|_| ends.push(0));
        if !ends.is_empty() {
            out.chunks.push(Chunk::plain(Vec::new(), ends));
        }
    }
}

#[derive(Default)]
struct Writer {
    document: DocumentWriter,
    text: Vec<u8>,
}

impl Encode for Writer {
    fn encode(&mut self, events: Selection<'_>, out: &mut Encoded) {
        let mut ends = Vec::new();
        self.text.clear();
        events.for_each(|event| {
            self.document.write(event, &mut self.text);
            ends.push(0);
        });
        if !ends.is_empty() {
            out.chunks.push(Chunk::plain(Vec::new(), ends));
        }
    }
}
