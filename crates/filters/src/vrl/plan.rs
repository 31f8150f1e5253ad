//! A program made ready: what it does, and which parts of an event it touches.

use std::collections::BTreeSet;

use ::vrl::compiler::{CompileConfig, Program, compile_with_external, state::ExternalEnv};
use ::vrl::diagnostic::{Diagnostic as Finding, DiagnosticList, Formatter};
use ::vrl::path::{OwnedSegment, OwnedTargetPath, PathPrefix};
use weir_config::{At, Diagnostic, Span};
use weir_event::Key;

use crate::subtree::name_of;

/// What programs call an event's time.
pub(super) const TIME: &str = "timestamp";

/// A program and what it needs to know of an event.
#[derive(Debug)]
pub(super) struct Ready {
    pub(super) program: Program,
    pub(super) touched: Touched,
}

/// The names on the top level that a program may read. What it only writes is not among them.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// All of them.
    whole: bool,
    names: Vec<Box<str>>,
    /// It says `@timestamp` itself.
    own_time: bool,
}

impl Touched {
    fn of(program: &Program, source: &str) -> Self {
        let info = program.info();
        let queries = info.target_queries.iter().filter(|it| it.prefix == PathPrefix::Event);
        // A member is put into what is there already; a whole value takes its place.
        let assignments = info.target_assignments.iter();
        let inner = assignments
            .filter(|it| it.prefix == PathPrefix::Event && split(it).path.segments.len() > 1);
        let mut names = BTreeSet::new();
        // `unnest` looks at the whole event, whatever it is given.
        let mut whole = source.contains("unnest");
        for path in queries.chain(inner) {
            match split(path).path.segments.first() {
                Some(OwnedSegment::Field(name)) => {
                    names.insert(name.as_str().into());
                }
                Some(OwnedSegment::Index(_)) | None => whole = true,
            }
        }
        let own_time = names.contains(name_of(Key::TIME));
        Self { whole, names: names.into_iter().collect(), own_time }
    }

    /// Whether a field is needed.
    pub(super) fn reads(&self, name: &str) -> bool {
        self.whole || {
            let top = name.split_once('.').map_or(name, |it| it.0);
            self.names.iter().any(|it| **it == *top)
        }
    }

    /// Whether the event's time is needed under this name.
    pub(super) fn reads_time(&self, name: &str) -> bool {
        if name == TIME { self.reads(name) } else { self.own_time }
    }
}

/// The path with its names taken apart at their dots, as an event's names are.
pub(super) fn split(path: &OwnedTargetPath) -> std::borrow::Cow<'_, OwnedTargetPath> {
    let is_dotted =
        |it: &OwnedSegment| matches!(it, OwnedSegment::Field(name) if name.contains('.'));
    if path.prefix == PathPrefix::Metadata || !path.path.segments.iter().any(is_dotted) {
        return std::borrow::Cow::Borrowed(path);
    }
    let mut apart = OwnedTargetPath::event_root();
    for segment in &path.path.segments {
        match segment {
            OwnedSegment::Field(name) => {
                name.split('.').for_each(|part| apart.path.push_field(part));
            }
            OwnedSegment::Index(index) => apart.path.push_index(*index),
        }
    }
    std::borrow::Cow::Owned(apart)
}

/// Compiles a program; the second are warnings, drawn.
pub(super) fn compile(source: &str) -> Result<(Ready, Option<String>), DiagnosticList> {
    let functions = ::vrl::stdlib::all();
    let outside = ExternalEnv::default();
    let result = compile_with_external(source, &functions, &outside, CompileConfig::default())?;
    let touched = Touched::of(&result.program, source);
    let warnings = result.warnings;
    let warnings = (!warnings.is_empty()).then(|| drawn(source, warnings));
    Ok((Ready { program: result.program, touched }, warnings))
}

/// Mistakes with the lines of the program around them.
pub(super) fn drawn(source: &str, findings: DiagnosticList) -> String {
    Formatter::new(source, findings).to_string().trim().to_owned()
}

/// The first mistake of a program in a pipeline file, at its place there.
pub(super) fn mistake(source: &At<String>, findings: DiagnosticList) -> Diagnostic {
    let findings: Vec<Finding> = findings.into_iter().filter(Finding::is_problem).collect();
    let Some(first) = findings.first() else {
        return Diagnostic::error("the program cannot be compiled").at(source, "");
    };
    let mut wrong = Diagnostic::error(format!("the program is wrong: {}", first.message()));
    for label in first.labels() {
        let place = place(source, &label.span);
        let text = label.message.as_str();
        wrong = if label.primary { wrong.at(place, text) } else { wrong.also(place, text) };
    }
    if first.labels().is_empty() {
        wrong = wrong.at(source, "");
    }
    for note in first.notes() {
        let note = note.to_string();
        if let Some(hint) = note.strip_prefix("hint: ").or(note.strip_prefix("try: ")) {
            wrong = wrong.help(hint);
        } else if !note.trim().is_empty() {
            wrong = wrong.note(note.trim());
        }
    }
    let others = findings.iter().skip(1).map(|other| {
        let line = other.labels().iter().find(|it| it.primary);
        let line = line.map(|it| format!("line {}: ", position(source, it.span.start()).0));
        format!("also {}{}", line.unwrap_or_default(), other.message())
    });
    others.fold(wrong, Diagnostic::note)
}

fn place(source: &At<String>, span: &::vrl::diagnostic::Span) -> Option<Span> {
    source.part(span.start()..span.end().max(span.start()))
}

/// Line and column, counted from 1, of a place in a program.
fn position(source: &str, at: usize) -> (usize, usize) {
    let before = source.get(..at).unwrap_or(source);
    let line = before.matches('\n').count() + 1;
    (line, before.rsplit('\n').next().unwrap_or_default().chars().count() + 1)
}
