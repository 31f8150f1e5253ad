//! The output `stdout`.

mod pretty;

use std::io::{self, IsTerminal as _, Write as _};
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use weir_component::spec::{Configure, OutputConfig};
use weir_component::{Chunk, Delivery, Encode, Encoded, Output, Selection, SendError, Sent};
use weir_config::Diagnostic;

use self::pretty::Painter;
use crate::file::LOCAL;
use crate::line::{Line, Liner};

/// Prints events.
///
/// For trying a pipeline by eye, and for containers whose output is collected. On a terminal each
/// event is shown over several lines, in colours, its fields in columns; anywhere else, as in a
/// pipe, it is a JSON document on one line. Set `codec` to have the same in both. weir's own
/// messages go to standard error.
///
/// # Example
///
/// ```toml
/// type = "stdout"
/// codec = "json"
/// ```
/// ```json
/// {"@timestamp": "2026-11-23T10:00:00Z", "message": "started", "service.name": "shop"}
/// ```
/// prints:
/// ```text
/// {"@timestamp":"2026-11-23T10:00:00.000Z","message":"started","service":{"name":"shop"}}
/// ```
///
/// # For people
///
/// ```toml
/// type = "stdout"
/// codec = "pretty"
/// ```
/// ```json
/// {"@timestamp": "2026-11-23T10:00:00Z", "message": "started", "service.name": "shop", "pid": 7}
/// ```
/// prints:
/// ```text
/// 2026-11-23T10:00:00.000Z started
///   service.name  shop
///   pid           7
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Stdout {
    /// How an event is written; by default `pretty` on a terminal and `json` elsewhere.
    #[serde(default)]
    codec: Option<Codec>,
}

/// How an event is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Codec {
    /// Over several lines, for people.
    Pretty,
    /// A JSON document on each line.
    Json,
    /// The message as it is.
    Text,
}

impl Configure for Stdout {
    const NAME: &'static str = "stdout";
}

impl OutputConfig for Stdout {
    type Output = Printer;
    const DELIVERY: Delivery = LOCAL;

    fn build(self) -> Result<Printer, Diagnostic> {
        let is_terminal = io::stdout().is_terminal();
        // The wish of https://no-color.org.
        let has_colours =
            is_terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Ok(Printer::new(self.codec, is_terminal, has_colours, Arc::new(print)))
    }
}

fn print(bytes: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(bytes)?;
    stdout.flush()
}

/// Where the bytes go: standard output, or a test's memory.
type Print = Arc<dyn Fn(&[u8]) -> io::Result<()> + Send + Sync>;

/// Prints events.
pub(crate) struct Printer {
    codec: Codec,
    has_colours: bool,
    print: Print,
}

impl Printer {
    fn new(codec: Option<Codec>, is_terminal: bool, has_colours: bool, print: Print) -> Self {
        let codec = codec.unwrap_or(if is_terminal { Codec::Pretty } else { Codec::Json });
        Self { codec, has_colours, print }
    }
}

impl Output for Printer {
    fn encoder(&self) -> Box<dyn Encode> {
        match self.codec {
            Codec::Pretty => Box::new(Painter::new(self.has_colours)),
            Codec::Json => Box::new(Lines(Liner::new(Line::Json))),
            Codec::Text => Box::new(Lines(Liner::new(Line::Message))),
        }
    }

    fn document<'a>(&self, item: &'a [u8]) -> &'a [u8] {
        item.strip_suffix(b"\n").unwrap_or(item)
    }

    async fn send(&self, request: &[Chunk]) -> Result<Sent, SendError> {
        crate::blocking::run(|| request.iter().try_for_each(|chunk| (self.print)(&chunk.body)))
            .map(|()| Sent::default())
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => SendError::Blocked {
                    cause: "nobody reads standard output any more: the program behind the pipe \
                            has ended"
                        .to_owned(),
                },
                _ => SendError::Retry {
                    cause: format!("standard output cannot be written: {error}"),
                    after: None,
                },
            })
    }
}

struct Lines(Liner);

impl Encode for Lines {
    fn encode(&mut self, events: Selection<'_>, out: &mut Encoded) {
        let mut text = out.spares.take();
        let mut ends = Vec::new();
        events.for_each(|event| {
            let start = text.len();
            if let Err(missing) = self.0.write(event, &mut text) {
                text.truncate(start);
                self.0.refuse(event, missing, out);
                return;
            }
            ends.push(u32::try_from(text.len()).unwrap_or(u32::MAX));
        });
        if !ends.is_empty() {
            out.chunks.push(Chunk::plain(out.spares.body(text), ends));
        }
    }
}

#[cfg(test)]
mod tests;
