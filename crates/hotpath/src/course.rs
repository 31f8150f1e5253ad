//! Filters, and an encoder, over events that are in memory already.

use std::sync::Arc;

use anyhow::{Result, ensure};
use weir_component::{Chunk, Encode, Encoded, Selection, Stage, Turn};
use weir_event::{Batch, Field, Key, Origin, OriginRef, Timestamp, Value};
use weir_host::{Clock, Host};

use crate::Assembly;
use crate::paths::Work;

/// Text of one batch, about: what the file input reads at a time.
const BLOCK_BYTES: usize = 256 * 1024;

/// When the events were read; any time would do.
const READ_AT: i128 = 1_795_428_000_000_000_000;

/// Filters and batches to run them over.
pub struct Course {
    stages: Vec<Stage>,
    clock: Arc<dyn Clock>,
    /// Whole events each; their ends are where lines end, unless an event has several.
    blocks: Vec<Vec<String>>,
    next: usize,
    batch: Batch,
    origin: OriginRef,
}

impl Course {
    /// Filters given as tables, and events to go round and round.
    ///
    /// # Errors
    /// What the operator would read.
    pub fn new(filters: &str, events: impl IntoIterator<Item = String>) -> Result<Self> {
        let ends = "[[input]]\ntype = \"stdin\"\n\n[[output]]\ntype = \"discard\"\n\n";
        let stages = Assembly::read(&format!("{ends}{filters}"))?.into_stages();
        let mut blocks: Vec<Vec<String>> = Vec::new();
        let mut room = 0;
        for event in events {
            if room < event.len() {
                blocks.push(Vec::new());
                room = BLOCK_BYTES;
            }
            room = room.saturating_sub(event.len());
            blocks.last_mut().expect("there is one by now").push(event);
        }
        ensure!(!blocks.is_empty(), "there are no events");
        let origin =
            Arc::new(Origin::new(7).with(Key::named("log.file.path"), "/var/log/a.log", true));
        let clock = Host::real().clock;
        Ok(Self { stages, clock, blocks, next: 0, batch: Batch::new(), origin })
    }

    fn fill(&mut self) {
        self.batch.clear();
        let origin = self.batch.add_origin(&self.origin);
        let mut position = 0;
        for event in &self.blocks[self.next] {
            let text = self.batch.arena.append(event.as_bytes());
            let time = Timestamp::from_nanos(READ_AT);
            let field = Field { key: Key::MESSAGE, value: Value::Text(text) };
            self.batch.push(origin, position, time).push(field);
            position += event.len() as u64 + 1;
        }
        self.next = (self.next + 1) % self.blocks.len();
    }
}

impl Work for Course {
    fn prepare(&mut self) {
        self.fill();
    }

    fn work(&mut self) {
        let turn = Turn { ticket: None, is_last: false, clock: &*self.clock };
        for stage in &self.stages {
            stage.run(&mut self.batch, turn);
        }
    }

    fn events(&self) -> usize {
        self.batch.len()
    }

    fn bytes(&self) -> usize {
        let before = (self.next + self.blocks.len() - 1) % self.blocks.len();
        self.blocks[before].iter().map(|event| event.len() + 1).sum()
    }

    fn check(&self) -> Result<()> {
        for stage in &self.stages {
            let failed = stage.counters.failed.get();
            ensure!(failed == 0, "{stage:?} failed on {failed} events");
        }
        ensure!(self.batch.live() == self.batch.len(), "a filter dropped events");
        Ok(())
    }
}

/// An encoder, and a batch to be encoded again and again.
pub struct Writing {
    course: Course,
    encoder: Box<dyn Encode>,
    encoded: Encoded,
}

impl Writing {
    /// What comes of the events by the filters, for an output given as a table.
    ///
    /// # Errors
    /// What the operator would read.
    pub fn new(
        filters: &str,
        output: &str,
        events: impl IntoIterator<Item = String>,
    ) -> Result<Self> {
        let ends = format!("[[input]]\ntype = \"stdin\"\n\n{output}");
        let encoder = Assembly::read(&ends)?.encoder()?;
        let mut course = Course::new(filters, events)?;
        course.prepare();
        course.work();
        Ok(Self { course, encoder, encoded: Encoded::default() })
    }
}

impl Work for Writing {
    fn prepare(&mut self) {
        for chunk in self.encoded.chunks.drain(..) {
            chunk.receipt.delivered();
        }
    }

    fn work(&mut self) {
        self.encoder.encode(Selection::all(&self.course.batch), &mut self.encoded);
    }

    fn events(&self) -> usize {
        self.course.events()
    }

    fn bytes(&self) -> usize {
        self.course.bytes()
    }

    fn check(&self) -> Result<()> {
        self.course.check()?;
        let items: usize = self.encoded.chunks.iter().map(Chunk::items).sum();
        ensure!(items == self.events(), "{items} of {} events were encoded", self.events());
        Ok(())
    }
}
