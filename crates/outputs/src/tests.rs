//! What the tests of all outputs share, and the checks of the manual's pages.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::sync::Arc;

use weir_codec::json::{Limits, parse_object};
use weir_component::spec::{Configure, OutputConfig};
use weir_component::{Chunk, Encoded, Output, Selection};
use weir_config::{Diagnostic, Document, SourceFile, Surroundings};
use weir_event::{Batch, Key, Origin, Timestamp};

use super::*;

/// The instant of the manual's examples: 2026-11-23T10:00:00Z.
pub(crate) const NOON: i64 = 1_795_428_000;

/// Events of one file, each 512 bytes behind the one before; their time is [`NOON`].
pub(crate) fn batch(documents: &[&str]) -> Batch {
    batch_of(0x8d5f_0c3e_91b2_47aa, documents)
}

pub(crate) fn batch_of(identity: u64, documents: &[&str]) -> Batch {
    let mut batch = Batch::new();
    let origin = batch.add_origin(&Arc::new(Origin::new(identity)));
    for (i, document) in documents.iter().enumerate() {
        let text = batch.arena.append(document.as_bytes());
        let mut fields = Vec::new();
        parse_object(&mut batch.arena, text, None, Limits::default(), &mut fields).unwrap();
        let event = batch.push(origin, (i as u64 + 1) * 512, Timestamp::new(NOON, 0));
        for field in fields.into_iter().filter(|field| field.key != Key::TIME) {
            event.push(field);
        }
    }
    batch
}

pub(crate) fn encoded(output: &impl Output, documents: &[&str]) -> Encoded {
    let batch = batch(documents);
    let mut out = Encoded::default();
    output.encoder().encode(Selection::all(&batch), &mut out);
    out
}

pub(crate) fn chunks(output: &impl Output, documents: &[&str]) -> Vec<Chunk> {
    let encoded = encoded(output, documents);
    assert_eq!(encoded.refused, []);
    encoded.chunks
}

/// Reads settings as the program does; a mistake in them or in what `build` says is its text.
pub(crate) fn built<C: OutputConfig>(toml: &str) -> Result<C::Output, String> {
    with_settings(toml, C::build)
}

pub(crate) fn with_settings<C: OutputConfig, T>(
    toml: &str,
    build: impl FnOnce(C) -> Result<T, Diagnostic>,
) -> Result<T, String> {
    let text = format!("[[output]]\ntype = '{}'\n{toml}", C::NAME);
    let surroundings = Surroundings::new(|_| Some("secret".to_owned()), |_| Err(String::new()));
    let document = Document::parse(SourceFile::new("pipeline.toml", text), surroundings);
    let document = document.map_err(|wrong| wrong.to_string())?;
    let mut table = document.tables("output").unwrap().remove(0);
    table.take_type(&[C::NAME]).unwrap();
    let settings = table.deserialize::<C>().map_err(|wrong| wrong.to_string())?;
    build(settings).map_err(|wrong| table.locate(wrong).to_string())
}

/// An example of a page: settings, and what becomes of an event if the page says so.
pub(crate) struct Example {
    pub(crate) toml: String,
    pub(crate) json: Option<String>,
    pub(crate) before_text: String,
    pub(crate) text: Option<String>,
}

/// The examples of a component's manual page.
pub(crate) fn examples<C: Configure>() -> Vec<Example> {
    let schema = schemars::SchemaGenerator::default().into_root_schema_for::<C>();
    let page = schema.get("description").unwrap().as_str().unwrap().to_owned();
    let mut examples = Vec::new();
    let mut parts = page.split("```");
    let mut prose = parts.next().unwrap().to_owned();
    while let Some(block) = parts.next() {
        let (word, body) = block.split_once('\n').unwrap();
        match word {
            "toml" => {
                let (first, toml) = body.split_once('\n').unwrap();
                assert_eq!(first, format!("type = \"{}\"", C::NAME));
                let toml = toml.to_owned();
                let before_text = String::new();
                examples.push(Example { toml, json: None, before_text, text: None });
            }
            "json" => examples.last_mut().unwrap().json = Some(body.to_owned()),
            "text" => {
                let example = examples.last_mut().unwrap();
                example.text = Some(body.to_owned());
                example.before_text = prose;
            }
            other => panic!("a block of `{other}`"),
        }
        prose = parts.next().unwrap().to_owned();
    }
    examples
}

#[test]
fn every_setting_is_described() {
    for spec in OUTPUTS {
        for row in weir_config::settings_of(&(spec.schema)()) {
            assert!(!row.doc.trim().is_empty(), "`{}` of `{}`", row.name, spec.name);
        }
    }
}

#[test]
fn every_page_shows_what_is_written() {
    for spec in OUTPUTS {
        let schema = (spec.schema)();
        let page = schema.get("description").unwrap().as_str().unwrap();
        for block in ["```toml\n", "```json\n", "```text\n"] {
            assert!(page.contains(block), "`{}` lacks a block of {block}", spec.name);
        }
    }
}

#[test]
fn discarding_counts_every_event_and_keeps_no_byte() {
    let example = &examples::<discard::Discard>()[0];
    assert_eq!(example.text.as_deref(), Some(""));
    for toml in [example.toml.as_str(), "codec = 'json'"] {
        let output = built::<discard::Discard>(toml).unwrap();
        let chunks = chunks(&output, &[example.json.as_deref().unwrap(); 3]);
        assert_eq!((chunks[0].items(), chunks[0].body.len(), chunks.len()), (3, 0, 1));
        assert!(self::chunks(&output, &[]).is_empty());
    }
}

#[test]
fn what_is_discarded_was_made_a_bulk_request_where_that_is_asked_for() {
    let output = built::<discard::Discard>("codec = 'bulk'").unwrap();
    let server = "url = 'http://localhost:9200'\nindex = 'discard'";
    let indexer = built::<elasticsearch::Elasticsearch>(server).unwrap();
    let bodies = [chunks(&output, &["{\"a\": 1}"; 3]), chunks(&indexer, &["{\"a\": 1}"; 3])];
    assert_eq!(bodies[0][0].items(), 3);
    assert!(bodies[0][0].packed);
    assert_eq!(bodies[0][0].body[..], bodies[1][0].body[..]);
}
