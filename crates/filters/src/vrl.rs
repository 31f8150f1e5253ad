//! The `vrl` filter: runs a program in Vector Remap Language.
//!
//! The language is the crate `vrl`'s. Here is what an event is to a program: `plan` finds out which
//! of its parts one touches, `target` is what it works on, `values` goes there and back.

mod plan;
mod target;
mod values;

use std::cell::RefCell;
use std::ops::ControlFlow;
use std::path::PathBuf;

use ::vrl::compiler::TimeZone;
use ::vrl::compiler::runtime::{Runtime, Terminate};
use ::vrl::value::Value as Remapped;
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, ExpandConfig};
use weir_component::{Expand, FilterError};
use weir_config::{At, Diagnostic};
use weir_event::{Batch, part_of};
use weir_host::{Host, read_all};

use crate::lookup::{Loaded, unreadable};
use plan::Ready;
use target::View;

const FAILURE: &str = "_vrlfailure";
const ABORT: &str = "_vrlabort";

/// Events that a program may make of one, as in `split`.
const PARTS_MAX: usize = 10_000;

/// Steps that a program may take for one event: some seconds. Only loops inside of loops over
/// a giant event come there, and they would hold everything up.
const STEPS_MAX: u32 = 10_000_000;

/// The largest file with a program: a hundred times the longest that people write.
const PROGRAM_BYTES_MAX: u64 = 1 << 20;

/// Runs a program in Vector Remap Language (VRL).
///
/// Programs written for Vector's transform `remap` run as they are. The language and its functions
/// are described at <https://vector.dev/docs/reference/vrl/>. All functions are there but those that
/// ask the network (`dns_lookup`, `reverse_dns`, `http_request`) and those that are Vector's own, for
/// its enrichment tables, secrets, metrics and schemas. A
/// program that cannot be compiled is shown with its line and column by `weir check`.
///
/// # What an event is to a program
///
/// `.` is the event as it would be delivered: `.http.status` is the field `http.status`. Quotes
/// make no difference, so `."log.level"` is `.log.level`.
///
/// `.timestamp` is the event's time, `@timestamp`, unless the event has a field of that name. An instant
/// that is put into `.timestamp` becomes the event's time; anything else is put into the field. The
/// time itself cannot be taken out. `."@timestamp"` works as well, and takes an instant or a text in
/// ISO 8601.
///
/// Facts that Vector puts at the top level have their own names here: `.host.name` in place of `.host`,
/// `.log.file.path` in place of `.file`.
///
/// A program that gives `.` another value replaces the event, with the facts about where it came from.
/// To keep them, merge: `. = merge(., parse_json!(.message))`. A list makes an event of each item, an
/// empty one drops the event. An item that is no object becomes the field `message`.
///
/// What starts with `%` is empty at first and forgotten behind the program.
///
/// # When a program ends early
///
/// With `abort` the event is dropped, or goes on as it was with the tag `_vrlabort`. An error lets
/// it go on as it was with the tag `_vrlfailure`, or drops it. Both ways `error.message` says why. A
/// program has 10,000,000 steps for an event, and makes 10,000 events of one at most.
///
/// # Example
///
/// ```toml
/// type = "vrl"
/// source = '''
/// . = parse_json!(.message)
/// .took_ms = to_int!(del(.took)) * 1000
/// '''
/// ```
/// ```json
/// {"message": "{\"user\": {\"name\": \"ann\"}, \"took\": \"3\", \"timestamp\": \"noon\"}"}
/// ```
/// becomes
/// ```json
/// {"user": {"name": "ann"}, "took_ms": 3000, "timestamp": "noon"}
/// ```
/// What it cannot read goes on as it was:
/// ```json
/// {"message": "noon"}
/// ```
/// becomes
/// ```json
/// {
///   "message": "noon",
///   "tags": ["_vrlfailure"],
///   "error": {"message": "vrl-1: function call error for \"parse_json\" at (4:25): unable to parse json: expected ident at line 1 column 2"}
/// }
/// ```
///
/// With a time, a condition and an end for some:
///
/// ```toml
/// type = "vrl"
/// source = '''
/// if .level == "debug" { abort }
/// .timestamp = parse_timestamp!(del(.at), "%d.%m.%Y %H:%M:%S")
/// .tags = push(.tags ?? [], "seen")
/// '''
/// timezone = "Europe/Berlin"
/// ```
/// ```json
/// {"level": "info", "at": "23.11.2026 11:00:00"}
/// ```
/// becomes
/// ```json
/// {"@timestamp": "2026-11-23T10:00:00.000Z", "level": "info", "tags": ["seen"]}
/// ```
/// and one of the others
/// ```json
/// {"level": "debug"}
/// ```
/// is dropped.
///
/// Several events of one:
///
/// ```toml
/// type = "vrl"
/// source = ". = map_values(array!(.items)) -> |it| { {\"item\": it, \"order\": .order} }"
/// ```
/// ```json
/// {"order": 7, "items": ["tea", "milk"]}
/// ```
/// become
/// ```json
/// {"item": "tea", "order": 7}
/// {"item": "milk", "order": 7}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Vrl {
    /// The program.
    source: Option<At<String>>,
    /// A file with the program, instead of `source`. It is read again when it changes.
    #[schemars(example = "/etc/weir/orders.vrl")]
    file: Option<At<PathBuf>>,
    /// Whether an event is dropped on which the program fails. Else it goes on as it was, tagged.
    #[serde(default)]
    drop_on_error: bool,
    /// Whether an event is dropped for which the program says `abort`. Else it goes on as it was,
    /// tagged.
    #[serde(default = "yes")]
    drop_on_abort: bool,
    /// The time zone of times without one: a name like `Europe/Berlin`. Unless set, the machine's.
    #[schemars(example = "Europe/Berlin")]
    timezone: Option<At<String>>,
}

fn yes() -> bool {
    true
}

impl Configure for Vrl {
    const NAME: &'static str = "vrl";
}

impl ExpandConfig for Vrl {
    type Expand = Remapper;

    fn build(self) -> Result<Remapper, Diagnostic> {
        let program = match (self.source, self.file) {
            (Some(source), None) => {
                let compiled = plan::compile(&source);
                let (ready, warnings) = compiled.map_err(|why| plan::mistake(&source, why))?;
                warn(warnings);
                Source::Text(Box::new(ready))
            }
            (None, Some(path)) => Source::File(Loaded::from_files(vec![path.into_inner()])),
            (Some(source), Some(path)) => {
                return Err(Diagnostic::error("`source` and `file` exclude each other")
                    .at(&path, "")
                    .also(&source, "the other one")
                    .help("take one of them out"));
            }
            (None, None) => {
                return Err(Diagnostic::error("neither `source` nor `file` is set")
                    .help("write it like `source = '.level = downcase!(.level)'`"));
            }
        };
        let zone = match &self.timezone {
            None => TimeZone::Local,
            Some(name) => TimeZone::parse(name).ok_or_else(|| {
                Diagnostic::error(format!("there is no time zone `{name}`"))
                    .at(name, "")
                    .help("write its name like `Europe/Berlin`, or `UTC`")
            })?,
        };
        Ok(Remapper {
            program,
            zone,
            drop_on_error: self.drop_on_error,
            drop_on_abort: self.drop_on_abort,
        })
    }
}

fn warn(warnings: Option<String>) {
    if let Some(warnings) = warnings {
        tracing::warn!("a program of `vrl` may not do what is wanted\n{warnings}");
    }
}

/// Runs a program.
#[derive(Debug)]
pub(crate) struct Remapper {
    program: Source,
    zone: TimeZone,
    drop_on_error: bool,
    drop_on_abort: bool,
}

/// Where the program comes from.
#[derive(Debug)]
enum Source {
    Text(Box<Ready>),
    File(Loaded<Ready>),
}

thread_local! {
    /// The program's variables; their memory is kept.
    static RUNTIME: RefCell<Runtime> = RefCell::default();
}

impl Expand for Remapper {
    fn expand(&self, batch: &mut Batch, at: usize, stage: u64) -> Result<(), FilterError> {
        match &self.program {
            Source::Text(ready) => self.run(ready, batch, at, stage),
            Source::File(loaded) => match loaded.current().as_deref() {
                Some(ready) => self.run(ready, batch, at, stage),
                None => Err(FilterError::because(FAILURE, "the program was not read")),
            },
        }
    }

    fn open(&self, host: &Host) -> Result<(), String> {
        self.refresh(host)
    }

    fn refresh(&self, host: &Host) -> Result<(), String> {
        let Source::File(loaded) = &self.program else { return Ok(()) };
        loaded.refresh(host, |paths| {
            let path = paths.first().ok_or("no file is named")?;
            let bytes = read_all(&*host.files, path, PROGRAM_BYTES_MAX)
                .map_err(|why| unreadable(path, &why))?;
            let shown = path.display();
            let source = String::from_utf8(bytes).map_err(|_| format!("`{shown}` is no text"))?;
            let (ready, warnings) = plan::compile(&source)
                .map_err(|why| format!("the program `{shown}`:\n{}", plan::drawn(&source, why)))?;
            warn(warnings);
            Ok(ready)
        })
    }
}

impl Remapper {
    fn run(
        &self,
        ready: &Ready,
        batch: &mut Batch,
        at: usize,
        stage: u64,
    ) -> Result<(), FilterError> {
        let mut view = View::of(values::seen(batch.event(at), &ready.touched));
        let mut steps = 0;
        let mut count = || {
            steps += 1;
            if steps > STEPS_MAX { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let ended = RUNTIME.with_borrow_mut(|runtime| {
            runtime.clear();
            runtime.resolve_with_control(&mut view, &ready.program, &self.zone, &mut count)
        });
        match ended {
            Ok(_) => write_back(view, batch, at, stage),
            Err(Terminate::Abort(_)) if self.drop_on_abort => {
                batch.event_mut(at).discard();
                Ok(())
            }
            Err(Terminate::Abort(why)) => Err(FilterError::because(ABORT, why.to_string())),
            Err(_) if self.drop_on_error => {
                batch.event_mut(at).discard();
                Ok(())
            }
            Err(why) => Err(FilterError::because(FAILURE, why.to_string())),
        }
    }
}

fn write_back(view: View, batch: &mut Batch, at: usize, stage: u64) -> Result<(), FilterError> {
    if let (true, Remapped::Array(items)) = (view.is_replaced, &view.root) {
        return share_out(items, batch, at, stage);
    }
    let mut event = batch.event_mut(at);
    if view.is_replaced {
        values::replace(&mut event, &view.root);
        return Ok(());
    }
    let members = view.root.as_object();
    for name in &view.changed {
        values::write(&mut event, name, members.and_then(|it| it.get(name)));
    }
    Ok(())
}

/// An event for each item.
fn share_out(
    items: &[Remapped],
    batch: &mut Batch,
    at: usize,
    stage: u64,
) -> Result<(), FilterError> {
    if items.len() > PARTS_MAX {
        let why = format!("the program made {} events of one, which are too many", items.len());
        return Err(FilterError::because(FAILURE, why));
    }
    let Some((first, others)) = items.split_first() else {
        batch.event_mut(at).discard();
        return Ok(());
    };
    let mut event = batch.event_mut(at);
    let part = event.as_ref().part();
    // Nothing of it is copied, so that many events of a wide one take no room.
    event.clear();
    for (item, nth) in others.iter().zip(1..) {
        let copy = batch.copy_behind(at, part_of(part, stage, nth));
        values::replace(&mut batch.event_mut(copy), item);
    }
    values::replace(&mut batch.event_mut(at), first);
    Ok(())
}

#[cfg(test)]
mod tests;
