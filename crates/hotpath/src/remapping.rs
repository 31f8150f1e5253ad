//! A program in VRL on the language's own events, which is what Vector does inside: to compare the
//! filter `vrl` with.

use std::collections::BTreeMap;

use anyhow::{Result, anyhow, ensure};
use vrl::compiler::runtime::Runtime;
use vrl::compiler::{Program, TargetValue, TimeZone};
use vrl::value::{ObjectMap, Secrets, Value};

use crate::paths::Work;

/// The same as in the path `vrl`.
const PROGRAM: &str = ". = parse_json!(.message)";

/// Events of a batch, about as many as the other paths have.
const BATCH: usize = 1000;

/// The program, and batches of lines for it.
pub(crate) struct Remapping {
    program: Program,
    runtime: Runtime,
    lines: Vec<String>,
    next: usize,
    batch: Vec<TargetValue>,
    bytes: usize,
    failed: usize,
}

impl Remapping {
    /// # Errors
    /// When the program cannot be compiled, or there are no events.
    pub(crate) fn new(events: impl IntoIterator<Item = String>) -> Result<Self> {
        let lines: Vec<String> = events.into_iter().collect();
        ensure!(!lines.is_empty(), "there are no events");
        let compiled = vrl::compiler::compile(PROGRAM, &vrl::stdlib::all());
        let program = compiled.map_err(|why| anyhow!("the program is wrong: {why:?}"))?.program;
        Ok(Self {
            program,
            runtime: Runtime::default(),
            lines,
            next: 0,
            batch: Vec::new(),
            bytes: 0,
            failed: 0,
        })
    }
}

impl Work for Remapping {
    fn prepare(&mut self) {
        self.batch.clear();
        self.bytes = 0;
        for _ in 0..BATCH.min(self.lines.len()) {
            let line = &self.lines[self.next];
            self.next = (self.next + 1) % self.lines.len();
            self.bytes += line.len() + 1;
            let event = ObjectMap::from_iter([
                ("message".into(), Value::from(line.as_str())),
                ("file".into(), Value::from("/var/log/a.log")),
                ("source_type".into(), Value::from("file")),
            ]);
            self.batch.push(TargetValue {
                value: Value::Object(event),
                metadata: Value::Object(BTreeMap::new()),
                secrets: Secrets::new(),
            });
        }
    }

    fn work(&mut self) {
        for event in &mut self.batch {
            self.runtime.clear();
            let ended = self.runtime.resolve(event, &self.program, &TimeZone::default());
            self.failed += usize::from(ended.is_err());
        }
        // Somebody has to, and the filter has done it by then.
        for event in &mut self.batch {
            event.value = Value::Null;
        }
    }

    fn events(&self) -> usize {
        self.batch.len()
    }

    fn bytes(&self) -> usize {
        self.bytes
    }

    fn check(&self) -> Result<()> {
        ensure!(self.failed == 0, "the program failed on {} events", self.failed);
        Ok(())
    }
}
