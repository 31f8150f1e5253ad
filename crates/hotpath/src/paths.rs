//! The paths by name: what goes in, what works on it, how it ends.

use std::path::PathBuf;

use anyhow::{Context, Result, ensure};
use weir_testkit::mmdb::wide_database;
use weir_testkit::sample::Kind;

use crate::{Assembly, CATALOGUE, Course, Writing};

/// Events in memory whose instructions are counted: a few batches.
const EVENTS_COUNTED: usize = 10_000;

/// Events in memory that are timed: more different addresses than any filter remembers, and more
/// text than the caches of a processor hold.
pub const EVENTS_TIMED: usize = 60_000;

/// Rounds of a batch that are counted; see [`Path::count`].
const ROUNDS_COUNTED: usize = 16;

/// Rounds before them: all events once, so that filters have built what they build when needed.
const ROUNDS_BEFORE: usize = 10;

/// Length of the file that is read when a path begins with one.
const FILE_BYTES: u64 = 6_000_000;

/// Something that is done to a batch again and again.
pub trait Work {
    /// What is not measured.
    fn prepare(&mut self);
    /// What is measured.
    fn work(&mut self);
    /// Events of the batch at hand.
    fn events(&self) -> usize;
    /// Their text in bytes, with line ends.
    fn bytes(&self) -> usize;
    /// Whether the work was done, and not refused.
    ///
    /// # Errors
    /// What went wrong.
    fn check(&self) -> Result<()>;
}

/// How a path begins and ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Filters over events in memory.
    Filters,
    /// Encoding of what the filters make of events in memory.
    Encode,
    /// From a file to events.
    Read,
    /// From a file to a file.
    Copy,
    /// A program in VRL over its own kind of event, as Vector would run it.
    Remap,
}

/// A hot path.
#[derive(Debug)]
pub struct Path {
    /// What it is called.
    pub name: &'static str,
    kind: Kind,
    shape: Shape,
    /// Tables; `DATABASE` stands for the path of a database of places.
    filters: &'static str,
}

const GROK: &str = "[[filter]]\ntype = \"grok\"\npattern = \"%{COMBINEDAPACHELOG}\"\n";

/// Every path.
pub static PATHS: &[Path] = &[
    Path { name: "split", kind: Kind::App, shape: Shape::Read, filters: "" },
    Path { name: "grok", kind: Kind::Access, shape: Shape::Filters, filters: GROK },
    Path {
        name: "access",
        kind: Kind::Access,
        shape: Shape::Filters,
        filters: "[[filter]]\ntype = \"grok\"\npattern = \"%{COMBINEDAPACHELOG}\"\n\n\
                  [[filter]]\ntype = \"date\"\nfield = \"timestamp\"\n\
                  formats = \"dd/MMM/yyyy:HH:mm:ss Z\"\n\n\
                  [[filter]]\ntype = \"geoip\"\nfield = \"source.address\"\n\
                  target = \"source\"\ndatabase = \"DATABASE\"\n\n\
                  [[filter]]\ntype = \"user-agent\"\n",
    },
    Path {
        name: "dissect",
        kind: Kind::Access,
        shape: Shape::Filters,
        filters: "[[filter]]\ntype = \"dissect\"\n\
                  pattern = '%{source.ip} %{} %{user.name} [%{timestamp}] \"%{method} %{path} %{}\" \
                  %{status} %{bytes} \"%{referrer}\" \"%{agent}\"'\n",
    },
    Path {
        name: "json",
        kind: Kind::Json,
        shape: Shape::Filters,
        filters: "[[filter]]\ntype = \"json\"\n",
    },
    Path {
        name: "kv",
        kind: Kind::Pairs,
        shape: Shape::Filters,
        filters: "[[filter]]\ntype = \"kv\"\n",
    },
    Path {
        name: "vrl",
        kind: Kind::Json,
        shape: Shape::Filters,
        filters: "[[filter]]\ntype = \"vrl\"\nsource = '. = parse_json!(.message)'\n",
    },
    Path { name: "vrl-alone", kind: Kind::Json, shape: Shape::Remap, filters: "" },
    Path {
        name: "vrl-one-field",
        kind: Kind::Json,
        shape: Shape::Filters,
        filters: "[[filter]]\ntype = \"vrl\"\nsource = '.size = length(string!(.message))'\n",
    },
    Path { name: "encode", kind: Kind::Access, shape: Shape::Encode, filters: GROK },
    Path { name: "file-to-file", kind: Kind::Access, shape: Shape::Copy, filters: "" },
];

const BULK: &str = "[[output]]\ntype = \"elasticsearch\"\nurl = \"http://127.0.0.1:9200\"\n\
                    index = \"hotpath\"\ncompression = \"gzip\"\n";

impl Path {
    /// The path of this name.
    ///
    /// # Errors
    /// The names that there are.
    pub fn named(name: &str) -> Result<&'static Self> {
        let names: Vec<&str> = PATHS.iter().map(|it| it.name).collect();
        let found = PATHS.iter().find(|it| it.name == name);
        found.with_context(|| format!("there is no path `{name}`; there are {}", names.join(", ")))
    }

    /// The filter that it needs and that the program does not have.
    #[must_use]
    pub fn lacks(&self) -> Option<&'static str> {
        let types = self.filters.split("type = \"").skip(1).filter_map(|it| it.split('"').next());
        let is_known = |name: &str| CATALOGUE.filters.iter().any(|spec| spec.name == name);
        // Its page is there always.
        let has = |name: &str| is_known(name) && (name != "vrl" || cfg!(feature = "vrl"));
        let types = types.chain((self.shape == Shape::Remap).then_some("vrl"));
        types.into_iter().find(|name| !has(name))
    }

    /// The work on one batch after the other, of so many events in all; nothing for paths that
    /// begin with a file.
    ///
    /// # Errors
    /// What the operator would read.
    pub fn rounds(&self, folder: &std::path::Path, events: usize) -> Result<Option<Box<dyn Work>>> {
        let text = self.kind.text(events);
        let events = text.lines().map(str::to_owned);
        let filters = self.filters_in(folder)?;
        Ok(match self.shape {
            Shape::Filters => Some(Box::new(Course::new(&filters, events)?)),
            Shape::Encode => Some(Box::new(Writing::new(&filters, BULK, events)?)),
            #[cfg(feature = "vrl")]
            Shape::Remap => Some(Box::new(crate::Remapping::new(events)?)),
            #[cfg(not(feature = "vrl"))]
            Shape::Remap => None,
            Shape::Read | Shape::Copy => None,
        })
    }

    /// Does a fixed amount of work, or everything but the work; says how many events it was about.
    ///
    /// The difference of both is what the work costs: making the events, setting the filters up and
    /// the first rounds are in both.
    ///
    /// # Errors
    /// When it cannot be done.
    pub fn count(&self, folder: &std::path::Path, works: bool) -> Result<usize> {
        let Some(mut rounds) = self.rounds(folder, EVENTS_COUNTED)? else {
            return self.read(folder, works);
        };
        let counted = if works { ROUNDS_COUNTED } else { 0 };
        let mut events = 0;
        for round in 0..ROUNDS_BEFORE + counted {
            rounds.prepare();
            rounds.work();
            if round >= ROUNDS_BEFORE {
                events += rounds.events();
            }
        }
        rounds.check()?;
        Ok(events)
    }

    fn read(&self, folder: &std::path::Path, works: bool) -> Result<usize> {
        let full = self.kind.write(&folder.join("full.log"), FILE_BYTES)?;
        let empty = folder.join("empty.log");
        std::fs::write(&empty, "")?;
        let input = if works { &full.path } else { &empty };
        let output = folder.join("out.log");
        let totals = self.assembly(input, &output)?.run(&folder.join("state"), true, |_| {})?;
        let wanted = if works { full.events } else { 0 };
        ensure!(totals.events == wanted, "{} of {wanted} events were read", totals.events);
        if works && self.shape == Shape::Copy {
            let copied = std::fs::metadata(&output)?.len();
            ensure!(copied == full.bytes, "the copy has {copied} of {} bytes", full.bytes);
        }
        Ok(totals.events)
    }

    fn assembly(&self, input: &std::path::Path, output: &std::path::Path) -> Result<Assembly> {
        let output = match self.shape {
            Shape::Copy => {
                format!("type = \"file\"\npath = \"{}\"\ncodec = \"text\"\n", output.display())
            }
            _ => "type = \"discard\"\n".to_owned(),
        };
        Assembly::read(&format!(
            "[[input]]\ntype = \"file\"\npaths = [\"{}\"]\n\n{}\n[[output]]\n{output}",
            input.display(),
            self.filters
        ))
    }

    fn filters_in(&self, folder: &std::path::Path) -> Result<String> {
        if !self.filters.contains("DATABASE") {
            return Ok(self.filters.to_owned());
        }
        let database: PathBuf = folder.join("places.mmdb");
        std::fs::write(&database, wide_database())?;
        Ok(self.filters.replace("DATABASE", &database.display().to_string()))
    }
}
