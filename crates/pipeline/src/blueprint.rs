//! A pipeline as its file describes it: every component built, nothing opened yet.

use std::collections::HashSet;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;
use weir_component::condition::Condition;
use weir_component::metrics::Meters;
use weir_component::spec::{Catalogue, OutputSpec};
use weir_component::{AnyInput, AnyOutput, Delivery, Preset, Stage, Workshop};
use weir_config::{At, ByteSize, Diagnostic, Diagnostics, Document, OneOrMany, Period, Table};

use crate::presets::{self, preset_of};

/// The names at the top level of a pipeline file.
#[must_use]
pub fn sections() -> &'static [&'static str] {
    &["preset", "pipeline", "input", "filter", "output", "test"]
}

/// Settings of the pipeline as a whole: `[pipeline]`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct PipelineSettings {
    /// Threads that filter and encode; one for each processor when it is not set.
    #[serde(default)]
    pub(crate) workers: Option<u16>,
}

/// A pipeline, built and not started.
pub struct Blueprint {
    /// What people call it.
    pub name: String,
    /// Threads that filter and encode.
    pub workers: Option<u16>,
    /// In the order of the file.
    pub inputs: Vec<InputPlan>,
    /// In the order of the file.
    pub stages: Vec<Stage>,
    /// In the order of the file.
    pub outputs: Vec<OutputPlan>,
    /// In the order of the file.
    pub tests: Vec<TestCase>,
}

/// An input, built and not started.
pub struct InputPlan {
    /// Unique among the pipeline's inputs.
    pub name: String,
    /// The input.
    pub input: Box<dyn AnyInput>,
}

/// An output, built and not started.
pub struct OutputPlan {
    /// Unique among the pipeline's outputs.
    pub name: String,
    /// Takes the events for which this holds; all when there is none.
    pub when: Option<Condition>,
    /// How it is delivered to.
    pub delivery: Delivery,
    /// Where events it refuses are kept; below the state directory when it is not set.
    pub dead_letter: Option<String>,
    /// The output.
    pub output: Box<dyn AnyOutput>,
}

/// One `[[test]]` of a pipeline file.
#[derive(Clone, Debug)]
pub struct TestCase {
    /// What it shows.
    pub name: String,
    /// The lines that go in.
    pub input: Vec<String>,
    /// What has to come out: fields of each event, others may be there as well.
    pub expect: Vec<Value>,
    /// Fields that must not come out.
    pub expect_absent: Vec<String>,
    /// Whether nothing may come out.
    pub dropped: bool,
}

impl Blueprint {
    /// Builds every component of a file; reports every mistake in it.
    pub fn read(
        name: &str,
        document: &Document,
        catalogue: Catalogue,
        meters: &Meters,
    ) -> Result<Self, Diagnostics> {
        let mut mistakes = document.unknown_names(sections());
        let workshop = Workshop { catalogue, meters, pipeline: name };
        let settings = mistakes.take(pipeline_settings(document)).unwrap_or_default();
        let tables = |mistakes: &mut Diagnostics, section| {
            mistakes.take(document.tables(section)).unwrap_or_default()
        };
        let preset = mistakes.take(preset_of(document, catalogue));
        // Without its preset an input lacks what it would have from there.
        let inputs = preset.as_ref().map(|it| read_inputs(document, it.as_ref(), &workshop));
        let inputs = inputs.and_then(|it| mistakes.take(it)).unwrap_or_default();
        let preset = preset.flatten();
        let stages = workshop.stages(preset.as_ref(), tables(&mut mistakes, "filter"));
        let stages = mistakes.take(stages).unwrap_or_default();
        let mut outputs = Vec::new();
        let mut names = Names::default();
        for table in tables(&mut mistakes, "output") {
            outputs.extend(mistakes.take(read_output(table, &workshop, &mut names)));
        }
        let mut tests = Vec::new();
        for table in tables(&mut mistakes, "test") {
            tests.extend(mistakes.take(read_test(&table)));
        }
        if mistakes.is_empty()
            && let Some(lack) = lack(&inputs, &stages, &outputs)
        {
            mistakes.push(document.root().locate(lack));
        }
        let workers = settings.workers;
        mistakes.or_ok(Self { name: name.to_owned(), workers, inputs, stages, outputs, tests })
    }
}

/// What a pipeline of sound components lacks.
fn lack(inputs: &[InputPlan], stages: &[Stage], outputs: &[OutputPlan]) -> Option<Diagnostic> {
    for (section, is_missing) in [("input", inputs.is_empty()), ("output", outputs.is_empty())] {
        if is_missing {
            let missing = Diagnostic::error(format!("this pipeline has no {section}"));
            let help = format!("add a table `[[{section}]]`; `weir list` shows every {section}");
            return Some(missing.help(help));
        }
    }
    let stage = stages.iter().find(|stage| stage.needs_header())?;
    let is_header_known = inputs.iter().any(|plan| plan.input.header().is_some());
    let title = format!("no input knows the header that `{}` needs", stage.name);
    let help = "add `header-lines = 1` to an input of files, or name the columns in the filter";
    (!is_header_known).then(|| Diagnostic::error(title).help(help))
}

fn pipeline_settings(document: &Document) -> Result<PipelineSettings, Diagnostics> {
    match document.table("pipeline")? {
        Some(table) => table.deserialize(),
        None => Ok(PipelineSettings::default()),
    }
}

/// Names given out so far; state folders and metrics are found by them.
#[derive(Default)]
struct Names {
    given: HashSet<String>,
}

impl Names {
    /// The name a table asks for, or `kind`, `kind-2`, … in the order of the file.
    fn give(&mut self, table: &mut Table<'_>, kind: &str) -> Result<String, Diagnostics> {
        let wanted: Option<At<String>> = table.take_str("name")?;
        let Some(wanted) = wanted else {
            let numbered = (2..).map(|n| format!("{kind}-{n}"));
            let mut names = std::iter::once(kind.to_owned()).chain(numbered);
            let free = names.find(|name| !self.given.contains(name));
            let free = free.expect("there is always a next number");
            self.given.insert(free.clone());
            return Ok(free);
        };
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        let wrong = if wanted.is_empty() || !wanted.chars().all(is_plain) || wanted.starts_with('.')
        {
            "is not a name: letters, digits, `-`, `_` and `.` make one"
        } else if !self.given.insert((*wanted).clone()) {
            "is the name of another one above"
        } else {
            return Ok(wanted.into_inner());
        };
        let title = format!("`{}` {wrong}", *wanted);
        Err(table.locate(Diagnostic::error(title).at(&wanted, "")).into())
    }
}

/// The inputs of the file, completed by the preset's; or the preset's when there are none.
fn read_inputs(
    document: &Document,
    preset: Option<&Preset>,
    workshop: &Workshop<'_>,
) -> Result<Vec<InputPlan>, Diagnostics> {
    let of_preset = match preset {
        Some(preset) => preset.document().tables("input")?,
        None => Vec::new(),
    };
    let completed = preset.zip(of_preset.first());
    let completed = completed.map(|(preset, input)| presets::completed(document, preset, input));
    let own = completed.as_ref().unwrap_or(document).tables("input")?;
    let mut mistakes = Diagnostics::new();
    let mut names = Names::default();
    let mut inputs = Vec::new();
    for mut table in if own.is_empty() { of_preset.clone() } else { own } {
        // It was read with those of all inputs.
        mistakes.take(table.take_str("preset"));
        inputs.extend(mistakes.take(read_input(table, workshop, &mut names)));
    }
    mistakes.or_ok(inputs)
}

fn read_input(
    mut table: Table<'_>,
    workshop: &Workshop<'_>,
    names: &mut Names,
) -> Result<InputPlan, Diagnostics> {
    let known: Vec<&str> = workshop.catalogue.inputs.iter().map(|spec| spec.name).collect();
    let kind = table.take_type(&known)?;
    let mut mistakes = Diagnostics::new();
    let name = mistakes.take(names.give(&mut table, &kind));
    let spec = workshop.catalogue.inputs.iter().find(|spec| spec.name == *kind);
    let spec = spec.expect("the type was found among the catalogue's names");
    let input = mistakes.take((spec.build)(&mut table, workshop));
    match (name, input) {
        (Some(name), Some(input)) => Ok(InputPlan { name, input }),
        _ => Err(mistakes),
    }
}

fn read_output(
    mut table: Table<'_>,
    workshop: &Workshop<'_>,
    names: &mut Names,
) -> Result<OutputPlan, Diagnostics> {
    let known: Vec<&str> = workshop.catalogue.outputs.iter().map(|spec| spec.name).collect();
    let kind = table.take_type(&known)?;
    let mut mistakes = Diagnostics::new();
    let name = mistakes.take(names.give(&mut table, &kind));
    let when = mistakes.take(table.take("when")).flatten();
    let dead_letter: Option<String> = mistakes.take(table.take("dead-letter")).flatten();
    let spec = workshop.catalogue.outputs.iter().find(|spec| spec.name == *kind);
    let spec = spec.expect("the type was found among the catalogue's names");
    let delivery = mistakes.take(read_delivery(&mut table, spec));
    let output = mistakes.take((spec.build)(&mut table, workshop));
    match (name, delivery, output) {
        (Some(name), Some(delivery), Some(output)) if mistakes.is_empty() => {
            Ok(OutputPlan { name, when, delivery, dead_letter, output })
        }
        _ => Err(mistakes),
    }
}

fn read_delivery(table: &mut Table<'_>, spec: &OutputSpec) -> Result<Delivery, Diagnostics> {
    let mut delivery = spec.delivery;
    let mut mistakes = Diagnostics::new();
    let mut size = |key: &str, target: &mut usize| {
        let set: Option<ByteSize> = mistakes.take(table.take(key)).flatten();
        if let Some(set) = set {
            *target = set.as_usize().max(1);
        }
    };
    size("batch-bytes", &mut delivery.request_bytes_max);
    size("buffer-bytes", &mut delivery.buffer_bytes_max);
    let mut count = |key: &str, target: &mut usize| {
        let set: Option<std::num::NonZeroU32> = mistakes.take(table.take(key)).flatten();
        if let Some(set) = set {
            *target = usize::try_from(set.get()).unwrap_or(usize::MAX);
        }
    };
    count("batch-size", &mut delivery.request_items_max);
    count("in-flight", &mut delivery.in_flight_max);
    let mut period = |key: &str, target: &mut std::time::Duration| {
        let set: Option<Period> = mistakes.take(table.take(key)).flatten();
        if let Some(set) = set {
            *target = set.as_duration();
        }
    };
    period("retry-delay-min", &mut delivery.retry_delay_min);
    period("retry-delay-max", &mut delivery.retry_delay_max);
    delivery.retry_delay_max = delivery.retry_delay_max.max(delivery.retry_delay_min);
    mistakes.or_ok(delivery)
}

/// The settings of a test, as the file has them.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct TestSettings {
    /// What it shows.
    name: String,
    /// The line or lines that go in.
    input: OneOrMany<String>,
    /// Fields that have to come out, of one event or of each in order.
    #[serde(default)]
    expect: Option<Value>,
    /// Fields that must not come out.
    #[serde(default)]
    expect_absent: Option<OneOrMany<String>>,
    /// Whether every event has to be dropped.
    #[serde(default)]
    expect_dropped: bool,
}

fn read_test(table: &Table<'_>) -> Result<TestCase, Diagnostics> {
    let settings: TestSettings = table.deserialize()?;
    let expect = match settings.expect {
        None => Vec::new(),
        Some(Value::Array(events)) => events,
        Some(event) => vec![event],
    };
    if expect.is_empty() && settings.expect_absent.is_none() && !settings.expect_dropped {
        let empty = Diagnostic::error(format!("the test `{}` expects nothing", settings.name))
            .help("add `expect = { \"field\" = \"value\" }` or `expect-dropped = true`");
        return Err(table.locate(empty).into());
    }
    Ok(TestCase {
        name: settings.name,
        input: settings.input.into_vec(),
        expect,
        expect_absent: settings.expect_absent.map(OneOrMany::into_vec).unwrap_or_default(),
        dropped: settings.expect_dropped,
    })
}
