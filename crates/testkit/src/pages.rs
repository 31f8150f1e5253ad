//! Runs the examples of manual pages: what a page promises is what the component does.
//!
//! A page is the description in a component's schema, that is, the doc comment of its settings.
//! A block of ```` ```toml ```` sets filters up, and holds for the examples behind it until the
//! next one. Each example is a block of ```` ```json ```` with an event, or several one after the
//! other, followed by what becomes of them: the word "becomes" or "become" and another block, "is
//! dropped", or "stays as it is".
//!
//! The runner knows no catalogue; whoever calls it brings the filters along.

use std::path::Path;
use std::sync::Arc;

use serde_json::Value as Json;
use weir_codec::json::{DocumentWriter, Limits, parse_object};
use weir_component::metrics::Meters;
use weir_component::spec::{Catalogue, FilterSpec};
use weir_component::{Stage, Turn, Workshop};
use weir_config::{Document, SourceFile, Surroundings};
use weir_event::{Batch, Key, Origin, Timestamp};
use weir_host::Host;

/// When events without `@timestamp` were read.
pub const READ_AT: &str = "2026-11-23T10:00:00Z";

/// Compares a page below `docs` that tests make with what they came to; with `WEIR_WRITE` it is
/// written.
///
/// # Errors
/// When the page says something else, or cannot be read or written.
pub fn is_up_to_date(page: &str, wanted: &str) -> Result<(), String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(page);
    if std::env::var_os("WEIR_WRITE").is_some() {
        return std::fs::write(&path, wanted).map_err(|why| why.to_string());
    }
    let given = std::fs::read_to_string(&path).map_err(|why| why.to_string())?;
    if given == wanted {
        return Ok(());
    }
    Err("the page is not up to date; run the tests with WEIR_WRITE=1".to_owned())
}

/// An example of a page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Example {
    /// The settings of one filter, or tables `[[filter]]`.
    pub settings: String,
    /// The event or the events before.
    pub given: String,
    /// What becomes of it.
    pub wanted: Wanted,
}

/// What an example says becomes of its event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// This document, or these.
    Document(String),
    /// It leaves the pipeline.
    Dropped,
    /// It does not change.
    Same,
}

/// The examples of a page, in order. The error says what in the page is half an example.
pub fn examples(page: &str) -> Result<Vec<Example>, String> {
    let mut examples = Vec::new();
    let mut settings: Option<&str> = None;
    let mut given: Option<&str> = None;
    let mut becomes = false;
    for piece in pieces(page) {
        let wanted = match (piece, given) {
            (Piece::Words(words), Some(_)) if words.contains("is dropped") => Wanted::Dropped,
            (Piece::Words(words), Some(_)) if words.contains("stays as it is") => Wanted::Same,
            (Piece::Words(words), _) => {
                becomes = words.contains("become");
                continue;
            }
            (Piece::Block("json", text), Some(_)) if becomes => Wanted::Document(text.to_owned()),
            (Piece::Block("json" | "toml", _), Some(given)) => {
                return Err(format!("the page does not say what becomes of\n{given}"));
            }
            (Piece::Block("json", text), None) => {
                given = Some(text);
                becomes = false;
                continue;
            }
            (Piece::Block("toml", text), None) => {
                settings = Some(text);
                continue;
            }
            (Piece::Block(..), _) => continue,
        };
        let settings = settings.ok_or("the page has an event before any settings")?.to_owned();
        let given = given.take().expect("every arm that gets here has an event").to_owned();
        examples.push(Example { settings, given, wanted });
    }
    match given {
        Some(given) => Err(format!("the page does not say what becomes of\n{given}")),
        None => Ok(examples),
    }
}

/// A piece of a page.
#[derive(Clone, Copy, Debug)]
enum Piece<'a> {
    Words(&'a str),
    /// Its language and its text.
    Block(&'a str, &'a str),
}

fn pieces(page: &str) -> impl Iterator<Item = Piece<'_>> {
    page.split("```").enumerate().map(|(i, text)| {
        if i % 2 == 0 {
            return Piece::Words(text);
        }
        let (language, block) = text.split_once('\n').unwrap_or((text, ""));
        Piece::Block(language.trim(), block)
    })
}

impl Example {
    /// Runs the example and compares; the error shows both results.
    pub fn check(&self, filters: &'static [FilterSpec]) -> Result<(), String> {
        let bench = Bench::new(filters, &self.settings)?;
        let given = read_all(&self.given)?;
        let mut became = bench.pass_all(&given)?;
        let wanted = match &self.wanted {
            Wanted::Dropped => Vec::new(),
            Wanted::Same => given,
            Wanted::Document(text) => read_all(text)?,
        };
        for (became, wanted) in became.iter_mut().zip(&wanted) {
            // A page shows the time where it matters.
            if wanted.get("@timestamp").is_none()
                && let Some(became) = became.as_object_mut()
            {
                became.remove("@timestamp");
            }
        }
        if became == wanted {
            return Ok(());
        }
        Err(format!("{}\nbecame\n{}\nnot\n{}", self.given, shown(&became), shown(&wanted)))
    }
}

/// The documents of a block.
fn read_all(text: &str) -> Result<Vec<Json>, String> {
    let documents = serde_json::Deserializer::from_str(text).into_iter();
    documents.collect::<Result<_, _>>().map_err(|why| format!("this is no JSON: {why}\n{text}"))
}

fn shown(documents: &[Json]) -> String {
    if documents.is_empty() {
        return "nothing".to_owned();
    }
    documents.iter().map(|it| format!("{it:#}\n")).collect()
}

/// Filters set up for tests.
#[derive(Debug)]
pub struct Bench {
    stages: Vec<Stage>,
    host: Host,
}

impl Bench {
    /// Builds filters from the settings of one, or from tables `[[filter]]`, and opens them with
    /// the machine's files. The error is what the operator would read.
    pub fn new(filters: &'static [FilterSpec], settings: &str) -> Result<Self, String> {
        let is_whole = settings.lines().any(|line| line.trim() == "[[filter]]");
        let text = if is_whole { settings.to_owned() } else { format!("[[filter]]\n{settings}") };
        let source = SourceFile::new("example.toml", text);
        let catalogue = Catalogue { inputs: &[], filters, outputs: &[], presets: &[] };
        let meters = Meters::new();
        let workshop = Workshop { catalogue, meters: &meters, pipeline: "example" };
        let document = Document::parse(source, Surroundings::none());
        let document = document.map_err(|mistakes| mistakes.to_string())?;
        let tables = document.tables("filter").map_err(|mistakes| mistakes.to_string())?;
        let stages = workshop.stages(None, tables).map_err(|mistakes| mistakes.to_string())?;
        let host = Host::real();
        stages.iter().try_for_each(|stage| stage.open(&host))?;
        Ok(Self { stages, host })
    }

    /// Lets a document pass the filters; nothing when one drops it, the first of several that they
    /// make of it.
    ///
    /// The event happened at the document's `@timestamp`, else at [`READ_AT`].
    pub fn pass(&self, document: &Json) -> Result<Option<Json>, String> {
        Ok(self.pass_all(std::slice::from_ref(document))?.into_iter().next())
    }

    /// Lets documents pass the filters, of which none remembers an earlier call.
    pub fn pass_all(&self, documents: &[Json]) -> Result<Vec<Json>, String> {
        let written = self.write_all(Batch::new(), documents)?;
        written.iter().map(|text| read(text)).collect()
    }

    /// The same for documents of a file with a header.
    pub fn pass_under(&self, header: &str, documents: &[Json]) -> Result<Vec<Json>, String> {
        let mut origin = Origin::new(0);
        origin.header = Some(header.into());
        let mut batch = Batch::new();
        batch.add_origin(&Arc::new(origin));
        let written = self.write_all(batch, documents)?;
        written.iter().map(|text| read(text)).collect()
    }

    /// The same for one document, as the text that an output would send.
    pub fn written(&self, document: &Json) -> Result<Option<String>, String> {
        Ok(self.write_all(Batch::new(), std::slice::from_ref(document))?.into_iter().next())
    }

    fn write_all(&self, mut batch: Batch, documents: &[Json]) -> Result<Vec<String>, String> {
        for document in documents {
            put(&mut batch, document)?;
        }
        self.run(&mut batch);
        let text = |event| {
            let mut out = Vec::new();
            DocumentWriter::default().write(event, &mut out);
            String::from_utf8(out).map_err(|why| why.to_string())
        };
        batch.iter().map(text).collect()
    }

    /// Lets the events of a batch pass, and what filters keep of them come out again.
    pub fn run(&self, batch: &mut Batch) {
        let turn = Turn { ticket: None, is_last: true, clock: &*self.host.clock };
        for stage in &self.stages {
            stage.clear();
            stage.run(batch, turn);
        }
    }
}

/// Puts a document into the batch as an event.
pub fn put(batch: &mut Batch, document: &Json) -> Result<(), String> {
    let text = batch.arena.append(document.to_string().as_bytes());
    let mut fields = Vec::new();
    parse_object(&mut batch.arena, text, None, Limits::default(), &mut fields)
        .map_err(|why| format!("{why} of {document}"))?;
    let time = document.get("@timestamp").and_then(Json::as_str).unwrap_or(READ_AT);
    // Documents of one batch come from one source.
    let origin = if batch.has_origin() { 0 } else { batch.add_origin(&Arc::new(Origin::new(0))) };
    let event = batch.push(origin, batch.len() as u64, instant(time)?);
    for field in fields.into_iter().filter(|field| field.key != Key::TIME) {
        event.push(field);
    }
    Ok(())
}

fn read(text: &str) -> Result<Json, String> {
    serde_json::from_str(text).map_err(|why| format!("{why} in {text}"))
}

fn instant(text: &str) -> Result<Timestamp, String> {
    let time: jiff::Timestamp =
        text.parse().map_err(|why| format!("`@timestamp` of an example: {why}"))?;
    Ok(Timestamp::from_nanos(time.as_nanosecond()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use weir_event::Value;

    use super::*;

    const PAGE: &str = "Does things.\n\n\
        ```toml\ntype = \"a\"\n```\n```json\n{\"x\": 1}\n```\nbecomes\n```json\n{\"x\": 2}\n```\n\
        And also:\n```json\n{\"x\": 3}\n```\nis dropped, while\n```json\n{\"x\": 4}\n```\n\
        stays as it is.\n\n```toml\ntype = \"b\"\n```\n```text\nno example\n```\n";

    #[test]
    fn examples_are_found_with_their_settings() {
        let found = examples(PAGE).unwrap();
        let wanted = [
            ("{\"x\": 1}\n", Wanted::Document("{\"x\": 2}\n".to_owned())),
            ("{\"x\": 3}\n", Wanted::Dropped),
            ("{\"x\": 4}\n", Wanted::Same),
        ];
        assert_eq!(found.len(), wanted.len());
        for (found, (given, wanted)) in found.iter().zip(wanted) {
            assert_eq!(found.settings, "type = \"a\"\n");
            assert_eq!((found.given.as_str(), &found.wanted), (given, &wanted));
        }
    }

    #[test]
    fn half_an_example_is_a_mistake() {
        for page in [
            "```json\n{}\n```\nbecomes\n```json\n{}\n```",
            "```toml\n```\n```json\n{}\n```\n",
            "```toml\n```\n```json\n{}\n```\n```json\n{}\n```\n",
            "```toml\n```\n```json\n{}\n```\nbecomes\n```toml\n```\n",
        ] {
            assert!(examples(page).is_err(), "{page}");
        }
    }

    #[test]
    fn a_document_is_put_at_its_time() {
        let mut batch = Batch::new();
        let document = serde_json::json!({"@timestamp": "2020-01-02T03:04:05.5Z", "a": {"b": "c"}});
        put(&mut batch, &document).unwrap();
        let event = batch.event(0);
        assert_eq!(event.time().to_string(), "2020-01-02T03:04:05.500Z");
        assert_eq!(event.bytes(Key::named("a.b")), Some(&b"c"[..]));
        assert!(matches!(event.fields()[0].value, Value::Text(_)));
    }
}
