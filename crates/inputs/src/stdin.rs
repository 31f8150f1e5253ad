//! The `stdin` input.

use std::io::Read as _;
use std::sync::Arc;

use memchr::{memchr, memrchr};
use schemars::JsonSchema;
use serde::Deserialize;
use tokio::sync::mpsc;
use weir_component::spec::{Configure, InputConfig};
use weir_component::{Input, InputError, Intake};
use weir_config::{ByteSize, Diagnostic};
use weir_event::{Field, Key, Origin, OriginRef, Span, Timestamp, Value};

/// Reads lines from the standard input until it ends.
///
/// Every line becomes an event with the line in `message`; a last line without a newline counts.
/// What was read cannot be read again: after a crash, lines that were under way are gone. Use `file`
/// where that matters.
///
/// # Example
///
/// ```toml
/// [[input]]
/// type = "stdin"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Stdin {
    /// The longest line; longer ones are delivered in pieces with the tag `_line_cut`.
    #[serde(default = "line_bytes_max")]
    line_bytes_max: ByteSize,
}

fn line_bytes_max() -> ByteSize {
    ByteSize::mib(1)
}

impl Configure for Stdin {
    const NAME: &'static str = "stdin";
}

impl InputConfig for Stdin {
    type Input = StdinReader;

    fn build(self) -> Result<StdinReader, Diagnostic> {
        Ok(StdinReader { line_bytes_max: self.line_bytes_max.as_usize().max(1) })
    }
}

/// How much is read at once, in bytes.
const BLOCK_BYTES: usize = 64 * 1024;

/// Reads the standard input.
#[derive(Debug)]
pub struct StdinReader {
    line_bytes_max: usize,
}

impl Input for StdinReader {
    async fn run(self, intake: Intake) -> Result<(), InputError> {
        let Intake { out, stop, host, counters, .. } = intake;
        let mut blocks = read_blocks();
        let origin = Origin::new(0).with(Key::named("host.name"), host.name.clone(), false);
        let mut lines = Lines {
            origin: Arc::new(origin),
            unfinished: Vec::new(),
            position: 0,
            in_piece: false,
        };
        loop {
            let block = tokio::select! {
                block = blocks.recv() => block,
                () = stop.asked() => None,
            };
            let (block, is_last) = match block {
                Some(Ok(block)) => (block, false),
                Some(Err(cause)) => {
                    return Err(InputError(format!("the standard input cannot be read: {cause}")));
                }
                None => (Vec::new(), true),
            };
            counters.bytes.inc_by(block.len() as u64);
            lines.unfinished.extend_from_slice(&block);
            let mut loan = out.lend().await;
            let now = Timestamp::from_nanos(host.clock.wall_nanos());
            counters.cut.inc_by(lines.take(&mut loan.batch, self.line_bytes_max, is_last, now));
            counters.events.inc_by(loan.batch.len() as u64);
            out.send(loan);
            if is_last {
                return Ok(());
            }
        }
    }
}

/// Blocks of the standard input, read by a thread of their own: such a read cannot be called off,
/// and the thread ends with the process.
fn read_blocks() -> mpsc::Receiver<std::io::Result<Vec<u8>>> {
    let (send, blocks) = mpsc::channel(2);
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        loop {
            let mut block = vec![0; BLOCK_BYTES];
            let read = stdin.read(&mut block).map(|n| {
                block.truncate(n);
                block
            });
            let is_end = !matches!(&read, Ok(block) if !block.is_empty());
            let is_clean_end = matches!(&read, Ok(block) if block.is_empty());
            if is_clean_end || send.blocking_send(read).is_err() || is_end {
                return;
            }
        }
    });
    blocks
}

/// Text that was read, and how far it became events.
struct Lines {
    origin: OriginRef,
    unfinished: Vec<u8>,
    position: u64,
    /// The beginning of the line was already handed out as a piece.
    in_piece: bool,
}

impl Lines {
    /// Makes events of the finished lines; returns how many pieces of cut lines are among them.
    fn take(
        &mut self,
        batch: &mut weir_event::Batch,
        bytes_max: usize,
        is_last: bool,
        now: Timestamp,
    ) -> u64 {
        let finished = match memrchr(b'\n', &self.unfinished) {
            _ if is_last || self.unfinished.len() > bytes_max => self.unfinished.len(),
            Some(newline) => newline + 1,
            None => return 0,
        };
        let block = batch.arena.append(&self.unfinished[..finished]);
        self.unfinished.drain(..finished);
        let origin = batch.add_origin(&self.origin);
        let (mut at, mut pieces) = (0, 0);
        while at < block.len() {
            let rest = block.slice(at, block.len());
            let newline = memchr(b'\n', batch.arena.get(rest));
            let whole = newline.unwrap_or(rest.len());
            let len = whole.min(bytes_max);
            let ends_line = len == whole && newline.is_some();
            if !ends_line && len < bytes_max && !is_last {
                // The unfinished tail behind a cut piece waits for its end.
                let waiting = batch.arena.get(rest).to_vec();
                self.unfinished.splice(..0, waiting);
                break;
            }
            let is_piece = self.in_piece || len < whole || (!ends_line && !is_last);
            self.event(batch, origin, rest.slice(0, len), is_piece, now);
            pieces += u64::from(is_piece);
            self.in_piece = !ends_line;
            let taken = len + usize::from(ends_line);
            self.position += taken as u64;
            at += taken;
        }
        pieces
    }

    fn event(
        &self,
        batch: &mut weir_event::Batch,
        origin: u32,
        text: Span,
        is_piece: bool,
        now: Timestamp,
    ) {
        let stripped = usize::from(batch.arena.get(text).ends_with(b"\r"));
        let text = text.slice(0, text.len() - stripped);
        let event = batch.push(origin, self.position, now);
        event.push(Field { key: Key::MESSAGE, value: Value::Text(text) });
        let last = batch.len() - 1;
        if is_piece {
            batch.event_mut(last).add_tag("_line_cut");
        }
        if std::str::from_utf8(batch.arena.get(text)).is_err() {
            batch.event_mut(last).add_tag("_invalid_utf8");
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use weir_event::Batch;

    use super::*;

    fn events(blocks: &[&[u8]], bytes_max: usize) -> Vec<String> {
        let origin = Arc::new(Origin::default());
        let mut lines = Lines { origin, unfinished: Vec::new(), position: 0, in_piece: false };
        let mut found = Vec::new();
        for (i, block) in blocks.iter().chain([&&b""[..]]).enumerate() {
            let mut batch = Batch::new();
            lines.unfinished.extend_from_slice(block);
            lines.take(&mut batch, bytes_max, i == blocks.len(), Timestamp::default());
            found.extend(batch.iter().map(|event| {
                String::from_utf8_lossy(event.bytes(Key::MESSAGE).unwrap_or_default()).into_owned()
            }));
        }
        found
    }

    #[test]
    fn lines_are_whole_however_they_arrive() {
        assert_eq!(events(&[b"a\nb", b"c\r\n\nd"], 100), ["a", "bc", "", "d"]);
    }

    #[test]
    fn a_long_line_arrives_in_pieces() {
        assert_eq!(events(&[b"abcdefg\nh\n"], 3), ["abc", "def", "g", "h"]);
        assert_eq!(events(&[b"abcd", b"efg\n"], 3), ["abc", "def", "g"]);
    }

    proptest! {
        #[test]
        fn no_byte_is_lost_however_the_stream_is_cut(text in "[ab\n]{0,60}", cut in 0_usize..60, bytes_max in 1_usize..9) {
            let cut = cut.min(text.len());
            let (one, two) = text.as_bytes().split_at(cut);
            let joined = events(&[one, two], bytes_max).concat();
            prop_assert_eq!(joined, text.replace('\n', ""));
        }

        #[test]
        fn lines_do_not_depend_on_the_cut(text in "[ab\n]{0,60}", cut in 0_usize..60) {
            let (one, two) = text.as_bytes().split_at(cut.min(text.len()));
            prop_assert_eq!(events(&[one, two], 1000), events(&[text.as_bytes()], 1000));
        }
    }
}
