//! Runs programs over events.

use std::cell::RefCell;
use std::ops::ControlFlow;

use ::vrl::compiler::TimeZone;
use ::vrl::compiler::runtime::{Runtime, Terminate};
use ::vrl::value::Value as Remapped;
use weir_component::spec::ExpandConfig;
use weir_component::{Expand, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{Batch, part_of};
use weir_host::{Host, read_all};

use super::plan::{self, Ready};
use super::target::View;
use super::{Vrl, values};
use crate::lookup::{Loaded, unreadable};

const FAILURE: &str = "_vrlfailure";
const ABORT: &str = "_vrlabort";

/// Events that a program may make of one, as in `split`.
const PARTS_MAX: usize = 10_000;

/// Steps that a program may take for one event: some seconds. Only loops inside of loops over
/// a giant event come there, and they would hold everything up.
const STEPS_MAX: u32 = 10_000_000;

/// The largest file with a program: a hundred times the longest that people write.
const PROGRAM_BYTES_MAX: u64 = 1 << 20;

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
    fn expand(&self, batch: &mut Batch, at: usize, stage: u64) -> Result<Keep, FilterError> {
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
    ) -> Result<Keep, FilterError> {
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
            Ok(_) => write_back(&view, batch, at, stage),
            Err(Terminate::Abort(_)) if self.drop_on_abort => Ok(Keep::No),
            Err(Terminate::Abort(why)) => Err(FilterError::because(ABORT, why.to_string())),
            Err(_) if self.drop_on_error => Ok(Keep::No),
            Err(why) => Err(FilterError::because(FAILURE, why.to_string())),
        }
    }
}

fn write_back(view: &View, batch: &mut Batch, at: usize, stage: u64) -> Result<Keep, FilterError> {
    if let (true, Remapped::Array(items)) = (view.is_replaced, &view.root) {
        return share_out(items, batch, at, stage);
    }
    let mut event = batch.event_mut(at);
    if view.is_replaced {
        values::replace(&mut event, &view.root);
        return Ok(Keep::Yes);
    }
    let members = view.root.as_object();
    for name in &view.changed {
        values::write(&mut event, name, members.and_then(|it| it.get(name)));
    }
    Ok(Keep::Yes)
}

/// An event for each item.
fn share_out(
    items: &[Remapped],
    batch: &mut Batch,
    at: usize,
    stage: u64,
) -> Result<Keep, FilterError> {
    if items.len() > PARTS_MAX {
        let why = format!("the program made {} events of one, which are too many", items.len());
        return Err(FilterError::because(FAILURE, why));
    }
    let Some((first, others)) = items.split_first() else {
        return Ok(Keep::No);
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
    Ok(Keep::Yes)
}
