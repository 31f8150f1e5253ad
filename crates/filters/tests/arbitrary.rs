//! The filters that take a text apart, on whatever may come: no panic, nothing lost, no time lost.

use std::fmt::Write as _;

use proptest::prelude::*;
use serde_json::{Value as Json, json};
use weir_event::{Batch, Key, Timestamp};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

/// Settings that together reach every way through the parsers. None removes or replaces `message`
/// unless it says so.
const SETTINGS: &[&str] = &[
    "type = \"kv\"\ntarget = \"x\"",
    "type = \"kv\"\ntarget = \"x\"\nwhitespace = \"strict\"\nallow-empty-values = true",
    "type = \"kv\"\ntarget = \"x\"\nrecursive = true\nallow-duplicate-values = false",
    "type = \"kv\"\ntarget = \"x\"\nfield-split-pattern = '&+|\\s'\nvalue-split-pattern = '=>?'",
    "type = \"kv\"\ntarget = \"x\"\nfield-split = ' é'\ntrim-key = '<é>'\nremove-char-value = 'é'\n\
     transform-key = \"capitalize\"\ntransform-value = \"uppercase\"",
    "type = \"logfmt\"\ntarget = \"x\"",
    "type = \"logfmt\"\ntarget = \"x\"\nfield-split = \",\"\nvalue-split = \"=>\"",
    "type = \"csv\"\ntarget = \"x\"\ncolumns = [\"a\", \"b\"]\nconvert = { \"a\" = \"date\" }",
    "type = \"csv\"\ntarget = \"x\"\nseparator = \"=b\"\nquote-char = \"'\"\ntrim-leading-space = true",
    "type = \"cef\"\ntarget = \"x\"\ntranslate-custom-fields = true",
    "type = \"leef\"",
    "type = \"ruby-hash\"\ntarget = \"x\"",
    "type = \"xml\"\ntarget = \"x\"\nsuppress-empty = false",
    "type = \"xml\"\nremove-namespaces = true\nforce-array = false\n\
     xpath = { \"x.a\" = \"//a//text()\", \"x.b\" = \"//*[@b]\", \"x.c\" = \"a/a[last()]\" }",
    "type = \"access-log\"\nformat = \"alb\"",
    "type = \"access-log\"\nformat = \"w3c\"\nfields = \"date time c-ip cs(User-Agent) time-taken\"",
    "type = \"access-log\"\nformat = \"cloudfront\"\nfields = \"date time c-ip\"",
    "type = \"access-log\"\nformat = \"vpc-flow\"\nfields = \"srcaddr bytes protocol\"",
    "type = \"url\"\nfield = \"message\"",
    "type = \"query-string\"\nfield = \"message\"",
    "type = \"url-decode\"\ntarget = \"x\"",
    "type = \"base64\"\ntarget = \"x\"",
    "type = \"base64\"\ntarget = \"x\"\naction = \"encode\"",
    "type = \"hex\"\ntarget = \"x\"",
    "type = \"syslog-pri\"\nfield = \"message\"",
    "type = \"dissect\"\npattern = \"%{x.a->} %{x.b|integer}=%{+x.b}\"",
];

/// Texts that make careless parsers walk the same stretch again and again, or deeper and deeper.
const HOSTILE: &[&str] = &[
    "a=\"x ",
    "a=(x ",
    "a=(\\)x ",
    "a=\\\"",
    "a='\\'b ",
    "=",
    "\\",
    "\\=",
    " ",
    "\"",
    "\"\"",
    "a,",
    "\"a",
    "a=",
    "a=b ",
    "a=(",
    "<a>",
    "<a b='",
    "</a>",
    "&amp;",
    "&a",
    "%",
    "%2",
    "%25",
    "{",
    "[",
    "=>",
    ":a=>{",
    "\"a\"=>[",
    "|",
    "\\|",
    "CEF:0|a|",
    "a.b[0]=c ",
    "\t",
    "- ",
    "\n",
    "é",
    "<![CDATA[",
    "<!--",
    "<?a",
    "<!DOCTYPE a [",
    "a=(b=(c=",
    "?a&b=",
    "://",
    "@",
    "//",
    ".",
    "..",
    "#",
];

fn bench(settings: &str) -> Bench {
    Bench::new(FILTERS, settings).unwrap_or_else(|why| panic!("{settings}: {why}"))
}

/// Lets a text pass a filter and says what is wrong with the result.
fn pass(settings: &str, bench: &Bench, text: &[u8]) -> Result<(), String> {
    let mut batch = Batch::new();
    let origin = batch.add_origin(&std::sync::Arc::default());
    batch.push_text(origin, 0, Timestamp::default(), (Key::MESSAGE, text));
    bench.run(&mut batch);
    if !batch.is_live(0) {
        return Ok(());
    }
    let event = batch.event(0);
    let mut tags = Vec::new();
    if let Some(value) = event.view(Key::TAGS) {
        value.write_text(&mut tags);
    }
    if tags.starts_with(b"_filterpanic") {
        return Err(format!("{settings}\npanics on {}", text.escape_ascii()));
    }
    if event.bytes(Key::MESSAGE) != Some(text) {
        return Err(format!("{settings}\nchanges the text {}", text.escape_ascii()));
    }
    let mut written = Vec::new();
    weir_codec::json::DocumentWriter::default().write(event, &mut written);
    let document: Result<Json, _> = serde_json::from_slice(&written);
    match document {
        Ok(document) if document["message"] != json!(null) => Ok(()),
        _ => Err(format!("{settings}\nmakes no document of {}", text.escape_ascii())),
    }
}

/// Texts out of pieces that mean something to parsers, and of any bytes.
fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        4 => prop::sample::select(HOSTILE).prop_map(|it| it.as_bytes().to_vec()),
        2 => "[a-zA-Z0-9_.:/-]{0,6}".prop_map(String::into_bytes),
        1 => prop::collection::vec(any::<u8>(), 0..6),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]

    #[test]
    fn any_text_passes_every_parser(texts in prop::collection::vec(texts(), 1..4)) {
        for settings in SETTINGS {
            let bench = bench(settings);
            for text in &texts {
                if let Err(why) = pass(settings, &bench, text) {
                    prop_assert!(false, "{}", why);
                }
            }
        }
    }
}

#[test]
fn hostile_texts_take_no_more_time_than_others() {
    // Whatever takes quadratic time for these would take minutes.
    const LEN: usize = 100_000;
    let mut wrong = String::new();
    for settings in SETTINGS {
        let bench = bench(settings);
        for piece in HOSTILE {
            let text = piece.repeat(LEN / piece.len());
            if let Err(why) = pass(settings, &bench, text.as_bytes()) {
                let _ = writeln!(wrong, "{why:.200}");
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
