//! Filters without inputs and outputs: what `weir test` and `weir explain` run.

use std::sync::Arc;

use weir_codec::json::DocumentWriter;
use weir_component::{Header, Stage, Turn};
use weir_event::{Batch, EventRef, Field, Key, Origin, Timestamp, Value};
use weir_host::Host;
use weir_pipeline::Blueprint;

/// A batch of lines as the pipeline's inputs would make it.
pub(super) fn batch_of(lines: &[String], plan: &Blueprint, host: &Host) -> Batch {
    let rule = plan.inputs.iter().find_map(|it| it.input.header());
    let mut header = Header::default();
    let mut headings: Vec<&str> = Vec::new();
    let mut batch = Batch::new();
    let mut origin = batch.add_origin(&Arc::new(Origin::default()));
    let now = Timestamp::from_nanos(host.clock.wall_nanos());
    let mut position = 0;
    for line in lines {
        if rule.is_some_and(|rule| header.takes(rule, position, line.as_bytes())) {
            header.add(position, line.len() + 1);
            position = header.end();
            headings.truncate(header.lines as usize - 1);
            headings.push(line);
            let mut known = Origin::default();
            known.header = Some(headings.join("\n").into());
            origin = batch.add_origin(&Arc::new(known));
            continue;
        }
        let text = batch.arena.append(line.as_bytes());
        let event = batch.push(origin, position, now);
        event.push(Field { key: Key::MESSAGE, value: Value::Text(text) });
        position += line.len() as u64 + 1;
    }
    batch
}

/// Opens what the filters need; the error is a sentence for the operator.
pub(super) fn open(stages: &[Stage], host: &Host) -> Result<(), String> {
    stages.iter().try_for_each(|stage| stage.open(host))
}

/// Lets a batch through the filters, as if nothing had been before it and nothing came behind.
pub(super) fn run(stages: &[Stage], batch: &mut Batch, host: &Host) {
    for stage in stages {
        stage.clear();
        stage.run(batch, only_turn(host));
    }
}

/// The turn of a batch that is the only one.
pub(super) fn only_turn(host: &Host) -> Turn<'_> {
    Turn { ticket: None, is_last: true, clock: &*host.clock }
}

/// An event as a JSON document.
pub(super) fn document(event: EventRef<'_>) -> String {
    let mut out = Vec::new();
    DocumentWriter::default().write(event, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}
