//! Filters on bytes that nobody would write, and what must hold whatever they make of them.
//!
//! A target in `targets` is one or several ways to set a filter up. The first byte of an input
//! chooses one (`0` the first, `1` the second, and so on), the rest is the text. libFuzzer ends the
//! process at any panic, also at one that a stage would catch, and at inputs that take too long.

use std::sync::Arc;

use memchr::memmem;
use weir_codec::json::DocumentWriter;
use weir_component::metrics::Meters;
use weir_component::spec::Catalogue;
use weir_component::{Stage, Turn, Workshop};
use weir_config::{Document, SourceFile, Surroundings};
use weir_event::{Batch, EventRef, Key, Origin, Timestamp, ValueRef};
use weir_filters::FILTERS;
use weir_host::Host;

/// Events of one input; more would only be slower. The last has the rest of the text.
const EVENTS_MAX: usize = 256;

/// When the events were read; any time would do.
const READ_AT: i128 = 1_795_428_000_000_000_000;

/// Fields that say something about an event and carry nothing of it.
const REMARKS: [&str; 3] = ["message", "tags", "error.message"];

/// What becomes of the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It stays as the message, or under `event.original`.
    Stays,
    /// A part of it may take its place, if something was found in it; never if nothing was.
    MayShrink,
    /// Texts are joined with newlines: none is left out, none comes twice.
    Joins,
}

/// Where an input's text ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Texts {
    /// It is one event.
    Whole,
    /// Each line is an event.
    Lines,
}

/// Filters set up in several ways.
pub struct Bed {
    ways: Vec<Vec<Stage>>,
    texts: Texts,
    fate: Fate,
    host: Host,
    origin: Origin,
}

impl Bed {
    /// Each setting is the table of one filter, or tables `[[filter]]`.
    ///
    /// # Panics
    /// When one is wrong, with what the operator would read.
    #[must_use]
    pub fn new(texts: Texts, fate: Fate, settings: &[&str]) -> Self {
        let host = Host::real();
        let ways = settings.iter().map(|settings| stages(settings, &host)).collect();
        let origin = Origin::new(7).with(Key::named("log.file.path"), "/var/log/a.log", true);
        Self { ways, texts, fate, host, origin }
    }

    /// Lets the bytes pass, and checks what comes of them.
    ///
    /// # Panics
    /// When something does not hold.
    pub fn run(&self, bytes: &[u8]) {
        let Some((&first, text)) = bytes.split_first() else { return };
        // The highest bit turns whole texts and lines around.
        let by_line = (self.texts == Texts::Lines) != (first >= 0x80);
        let way = usize::from((first & 0x7f).wrapping_sub(b'0'));
        let stages = &self.ways[way % self.ways.len()];
        let texts: Vec<&[u8]> =
            text.splitn(if by_line { EVENTS_MAX } else { 1 }, |&byte| byte == b'\n').collect();
        let mut batch = Batch::new();
        // The first line is the header of those behind it as well.
        let header = text.split(|&byte| byte == b'\n').next().unwrap_or_default();
        let mut origin = self.origin.clone();
        origin.header = Some(String::from_utf8_lossy(header).into());
        let origin = batch.add_origin(&Arc::new(origin));
        let mut position = 0;
        for text in &texts {
            let time = Timestamp::from_nanos(READ_AT);
            batch.push_text(origin, position, time, (Key::MESSAGE, text));
            position += text.len() as u64 + 1;
        }
        let turn = Turn { ticket: None, is_last: true, clock: &*self.host.clock };
        for stage in stages {
            stage.clear();
            stage.run(&mut batch, turn);
        }
        for event in batch.iter() {
            check_document(event);
        }
        if self.fate == Fate::Joins {
            check_joined(&batch, text);
            return;
        }
        assert_eq!(batch.live(), texts.len(), "events vanished or were made up");
        for (event, text) in batch.iter().zip(&texts) {
            check_kept(event, text, self.fate);
        }
    }
}

fn stages(settings: &str, host: &Host) -> Vec<Stage> {
    let is_whole = settings.lines().any(|line| line.trim() == "[[filter]]");
    let text = if is_whole { settings.to_owned() } else { format!("[[filter]]\n{settings}") };
    let catalogue = Catalogue { inputs: &[], filters: FILTERS, outputs: &[], presets: &[] };
    let meters = Meters::new();
    let workshop = Workshop { catalogue, meters: &meters, pipeline: "fuzz" };
    let document = Document::parse(SourceFile::new("fuzz.toml", text), Surroundings::none());
    let document = document.unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let tables = document.tables("filter").unwrap_or_else(|mistakes| panic!("{mistakes}"));
    let stages = workshop.stages(None, tables).unwrap_or_else(|mistakes| panic!("{mistakes}"));
    for stage in &stages {
        stage.open(host).unwrap_or_else(|why| panic!("{why}"));
    }
    stages
}

/// What an output would send can be read.
fn check_document(event: EventRef<'_>) {
    let mut written = Vec::new();
    DocumentWriter::default().write(event, &mut written);
    let document = serde_json::from_slice::<serde_json::Value>(&written);
    if let Err(why) = document {
        panic!("this is no document: {why}: {}", written.escape_ascii());
    }
}

/// The text is there, or what was found in it.
fn check_kept(event: EventRef<'_>, text: &[u8], fate: Fate) {
    let original = event.bytes(Key::named("event.original"));
    if original == Some(text) || holds(event, text) {
        return;
    }
    let message = event.bytes(Key::MESSAGE);
    let shown = message.map(|message| message.escape_ascii().to_string());
    assert_eq!(fate, Fate::MayShrink, "the text is gone, the message is {shown:?}");
    let is_part = message.is_some_and(|message| memmem::find(text, message).is_some());
    assert!(is_part, "the message {shown:?} is no part of the text");
    let found = event.fields().iter().any(|field| !REMARKS.contains(&field.key.name()));
    assert!(found, "the text is gone and nothing was found in it, the message is {shown:?}");
}

/// The text is the message, or the first of several: what is found under the same name comes
/// behind it.
fn holds(event: EventRef<'_>, text: &[u8]) -> bool {
    let first = match event.view(Key::MESSAGE) {
        Some(ValueRef::List([first, ..], arena)) => Some(ValueRef::new(first, arena)),
        other => other,
    };
    first.and_then(ValueRef::as_bytes) == Some(text)
}

/// The messages together are the text.
fn check_joined(batch: &Batch, text: &[u8]) {
    let mut joined = Vec::new();
    for (i, event) in batch.iter().enumerate() {
        if i > 0 {
            joined.push(b'\n');
        }
        joined.extend(event.bytes(Key::MESSAGE).expect("every event has a message"));
    }
    assert!(
        joined == text,
        "lines were lost or changed, together they are {}",
        joined.escape_ascii()
    );
}

/// Makes a target of a [`Bed`].
#[macro_export]
macro_rules! bed {
    ($($argument:expr),+ $(,)?) => {
        static BED: std::sync::LazyLock<$crate::Bed> =
            std::sync::LazyLock::new(|| $crate::Bed::new($($argument),+));

        libfuzzer_sys::fuzz_target!(|bytes: &[u8]| BED.run(bytes));
    };
}
