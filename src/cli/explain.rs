//! `weir explain`: one line through a pipeline, step by step.

use std::collections::BTreeMap;
use std::path::Path;

use weir_component::metrics::Meters;
use weir_component::{Outcome, Stage};
use weir_event::{Batch, EventRef};
use weir_host::Host;

use super::trial::{batch_of, document, only_turn, open};
use super::{Exit, report, say};
use crate::files;

/// Shows what each filter does to the line, and which outputs get the event.
pub(super) fn explain(path: &Path, line: &str) -> Exit {
    let plan = match files::find(&[path.to_owned()]) {
        Ok(found) if found.len() == 1 => files::read(&found[0], &Meters::new()),
        Ok(_) => {
            eprintln!("error: `{}` holds several pipelines; name one file", path.display());
            return Exit::Misconfigured;
        }
        Err(mistakes) => Err(mistakes),
    };
    let plan = match plan {
        Ok(plan) => plan,
        Err(mistakes) => return report(&mistakes),
    };
    let host = Host::real();
    if let Err(cause) = open(&plan.stages, &host) {
        eprintln!("error: {cause}");
        return Exit::Failed;
    }
    let lines: Vec<String> = line.split('\n').map(str::to_owned).collect();
    let mut batch = batch_of(&lines, &plan, &host);
    let mut text = format!("line\n    {}\n", lines.join("\n    "));
    for stage in &plan.stages {
        text += &if stage.is_plain() {
            let each = 0..batch.len();
            each.map(|i| step(stage, &mut batch, i, &host)).collect::<String>()
        } else {
            step_together(stage, &mut batch, &host)
        };
    }
    for event in batch.iter() {
        text += "event\n";
        text += &format!("    {}\n", document(event));
        for output in &plan.outputs {
            let takes = output.when.as_ref().is_none_or(|when| when.holds(event));
            let verdict = if takes { "gets it" } else { "does not: its condition does not hold" };
            text += &format!("output {}: {verdict}\n", output.name);
        }
    }
    say(&text)
}

/// Lets a stage work on one event and describes what it changed.
fn step(stage: &Stage, batch: &mut Batch, i: usize, host: &Host) -> String {
    if !batch.is_live(i) {
        return String::new();
    }
    let before = fields(batch.event(i));
    let began = host.clock.elapsed();
    let outcome = stage.pass(&mut batch.event_mut(i));
    let took = host.clock.elapsed().saturating_sub(began);
    let verdict = match outcome {
        Outcome::Skipped => "skipped: its condition does not hold".to_owned(),
        Outcome::Applied => format!("applied in {took:.1?}"),
        Outcome::Dropped => "dropped the event".to_owned(),
        Outcome::Failed(error) => {
            let reason = error.reason.map(|reason| format!(": {reason}")).unwrap_or_default();
            format!("failed with {}{reason}", error.tag)
        }
    };
    let mut text = format!("filter {}: {verdict}\n", stage.name);
    if batch.is_live(i) {
        text += &changes(&before, &fields(batch.event(i)));
    }
    text
}

/// Lets a stage work that multiplies events or remembers, and describes all that came of it.
fn step_together(stage: &Stage, batch: &mut Batch, host: &Host) -> String {
    let (before, count) = (batch.iter().next().map(fields).unwrap_or_default(), batch.live());
    if count == 0 {
        return String::new();
    }
    stage.clear();
    let began = host.clock.elapsed();
    stage.run(batch, only_turn(host));
    let took = host.clock.elapsed().saturating_sub(began);
    let mut text = match (count, batch.live()) {
        (before, after) if before == after => {
            format!("filter {}: applied in {took:.1?}\n", stage.name)
        }
        (before, after) => {
            format!("filter {}: made {after} of {before} in {took:.1?}\n", stage.name)
        }
    };
    for event in batch.iter() {
        text += &changes(&before, &fields(event));
    }
    text
}

/// What fields became, a line each.
fn changes(before: &BTreeMap<String, String>, after: &BTreeMap<String, String>) -> String {
    let mut text = String::new();
    for (name, value) in after {
        match before.get(name) {
            None => text += &format!("  + {name} = {value}\n"),
            Some(old) if old != value => text += &format!("  ~ {name} = {value}  (was {old})\n"),
            Some(_) => {}
        }
    }
    for (name, old) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        text += &format!("  - {name}  (was {old})\n");
    }
    text
}

/// The event's fields as JSON texts by name, with its time.
fn fields(event: EventRef<'_>) -> BTreeMap<String, String> {
    let written = |value| {
        let mut out = Vec::new();
        weir_codec::json::write_value(value, &mut out);
        String::from_utf8_lossy(&out).into_owned()
    };
    let mut fields: BTreeMap<String, String> = event
        .fields()
        .iter()
        .map(|field| {
            let value = weir_event::ValueRef::new(&field.value, event.arena());
            (field.key.name().to_owned(), written(value))
        })
        .collect();
    fields.insert("@timestamp".to_owned(), event.time().to_string());
    fields
}
