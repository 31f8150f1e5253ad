//! No event makes a filter panic, and what becomes of it is still a document.

use std::sync::Arc;

use proptest::prelude::*;
use weir_codec::json::DocumentWriter;
use weir_event::{Arena, Batch, Key, Origin, Timestamp, Value};
use weir_filters::FILTERS;
use weir_testkit::pages::Bench;

/// One or several ways to set up each of the filters that change any field.
const SETTINGS: &[&str] = &[
    "type = 'default'\nfields = { 'a' = '%{b|x}', 'a.b' = 1 }",
    "type = 'copy'\nfields = { 'a' = 'c', 'a.b' = ['a', 'x.%{t}'], '%{a}' = 'y' }",
    "type = 'rename'\nfields = { 'a' = 'a.b', 'a.b' = 'a', '%{t}' = 'n.%{a}' }",
    "type = 'remove'\nfields = ['a*b', 't']",
    "type = 'keep'\nfields = ['*.b', 'message', 't']",
    "type = 'replace'\nfields = ['a', 't', 'message']\npattern = '(\\w)|(.)??'\nreplacement = '[$1\\2%{b|}]'",
    "type = 'replace'\nfields = ['a', 't', 'message']\npattern = '%{a}'\nreplacement = '%{t}$$'",
    "type = 'case'\nto = 'capitalize'\nfields = ['a', 't', 'message']",
    "type = 'case'\nto = 'snake'\nfields = ['a', 't', 'message']",
    "type = 'case'\nto = 'upper'\nnames = true",
    "type = 'trim'\nfields = ['a', 't', 'message']\nprefix = 'a'\nsuffix = ' '",
    "type = 'truncate'\nbytes = 3",
    "type = 'truncate'\ncharacters = 2\nsuffix = '…'",
    "type = 'split-text'\nfield = 't'\nseparator = ','\ntrim = true",
    "type = 'split-text'\nfield = 'message'\npattern = '|,'\ntarget = 'a'",
    "type = 'join'\nfield = 'a'\nseparator = ''",
    "type = 'merge'\nfields = { 'a' = ['t', 'x'], 'x' = 'a' }\nunique = true",
    "type = 'sort'\nfields = ['a', 't']\nunique = true",
    "type = 'sort'\nfields = ['a', 't']\norder = 'none'\nunique = true",
    "type = 'flatten'\nlists = true",
    "type = 'flatten'\nfields = ['a', 't']\nexcept = 'a.b'",
    "type = 'unflatten'\nseparator = '_'",
    "type = 'de-dot'\nfields = ['a', 't']",
    "type = 'bytes'\nfield = 't'",
    "type = 'bytes'\nfield = 'message'\nunit = 'MB'\ndecimal-mark = ','",
    "type = 'fingerprint'\nfields = ['a', 't', 'x']\nmethod = 'murmur3-128'",
    "type = 'fingerprint'\nfields = 'a'\nmethod = 'murmur3'",
    "type = 'fingerprint'\nconcatenate-all-fields = true\nencoding = 'base64'",
    "type = 'fingerprint'\nfields = 't'\nmethod = 'punctuation'",
    "type = 'fingerprint'\nfields = 't'\nmethod = 'ipv4-network'\nprefix-length = 200",
    "type = 'cidr'\nfields = ['a', 't']\nnetworks = 'private'\nadd-tag = 'x'",
    "type = 'cidr'\nfields = ['a', 't']\nnetworks-field = 'message'\ntarget = 'x'\notherwise = 1",
    "type = 'translate'\nfield = 'a'\ndictionary = { 'a' = { b = [1, { c = 2 }] }, '' = 1 }",
    "type = 'translate'\nfield = 'b'\niterate-on = 'a'\ndictionary = { 'a' = 'b' }\nfallback = '%{t|}'",
    "type = 'translate'\nfield = 't'\nmatch = 'part'\ndictionary = { 'a' = 'b', ',' = '' }",
    "type = 'translate'\nfield = 't'\nmatch = 'network'\ndictionary = { '10.0.0.0/8' = 'b' }",
    "type = 'translate'\nfield = 't'\nmatch = 'range'\ndictionary = { '..5' = 'b' }",
    "type = 'redact'\nfields = ['a', 't', 'message']\nfind = ['card', 'email', 'iban', 'ipv4', 'ipv6', 'jwt', 'mac', 'password', 'secret', 'us-ssn']\npatterns = ['(x)?', '']",
    "type = 'redact'\nfields = ['a', 't']\npatterns = '.'\nwith = 'mask'\nkeep-last = 1",
    "type = 'community-id'\nsource-ip = 't'\ndestination-ip = 'message'\nprotocol = 'a'",
    "type = 'host-metadata'\ntarget = 'a'",
    "type = 'date'\nfield = 't'\nformats = ['2006-01-02T15:04:05.000Z07:00', 'd MMM yy']\nlocale = 'fr'",
    "type = 'set'\nfield = '%{t}.x'\nvalue = '%{a}'",
];

/// Pieces that filters look for, and pieces that break what they assume.
const PIECES: &[&str] = &[
    "a",
    "B",
    "é",
    "ß",
    ",",
    " ",
    "_",
    ".",
    "-",
    "\n",
    "\0",
    "10.1.2.3",
    "::1",
    "a@b.cd",
    "$1",
    "%{a}",
    "4111 1111 1111 1111",
    "1.5KB",
    "password=x",
    "eyJa.eyJb.c",
    "12 mai 26",
    "tcp",
    "7",
    "DE89 3704 0044 0532 0130 00",
    "2026-11-23T10:00:00Z",
    "99999999999999999999",
    "{}",
    "\u{10FFFF}",
];

const NAMES: &[&str] =
    &["a", "b", "a.b", "a.b.c", "a.Xy_z", "message", "t", "x", "x_y_z", "_", "tags"];

#[derive(Clone, Debug)]
enum Tree {
    Null,
    Bool(bool),
    Int(i64),
    Float(f64),
    Text(Vec<u8>),
    List(Vec<Self>),
    Map(Vec<(&'static str, Self)>),
}

impl Tree {
    fn value(&self, arena: &mut Arena) -> Value {
        match self {
            Self::Null => Value::Null,
            Self::Bool(it) => Value::Bool(*it),
            Self::Int(it) => Value::Int(*it),
            Self::Float(it) => Value::Float(*it),
            Self::Text(text) => Value::Text(arena.append(text)),
            Self::List(items) => Value::List(items.iter().map(|it| it.value(arena)).collect()),
            Self::Map(entries) => Value::Map(
                entries
                    .iter()
                    .map(|(name, it)| (arena.append(name.as_bytes()), it.value(arena)))
                    .collect(),
            ),
        }
    }
}

fn texts() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => prop::sample::select(PIECES).prop_map(|it| it.as_bytes().to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..4),
    ];
    prop::collection::vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn trees() -> impl Strategy<Value = Tree> {
    let leaf = prop_oneof![
        1 => Just(Tree::Null),
        1 => any::<bool>().prop_map(Tree::Bool),
        2 => any::<i64>().prop_map(Tree::Int),
        1 => prop::num::f64::NORMAL.prop_map(Tree::Float),
        8 => texts().prop_map(Tree::Text),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        let named = (prop::sample::select(NAMES), inner.clone());
        prop_oneof![
            prop::collection::vec(inner, 0..4).prop_map(Tree::List),
            prop::collection::vec(named, 0..3).prop_map(Tree::Map),
        ]
    })
}

fn events() -> impl Strategy<Value = Vec<(&'static str, Tree)>> {
    prop::collection::vec((prop::sample::select(NAMES), trees()), 0..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn no_event_makes_a_filter_panic(
        which in 0..SETTINGS.len(),
        given in prop::collection::vec(events(), 1..12),
    ) {
        let bench = Bench::new(FILTERS, SETTINGS[which]).map_err(TestCaseError::fail)?;
        let mut batch = Batch::new();
        let facts = Origin::new(1).with(Key::named("log.file.path"), "/var/log/a", true);
        let origin = batch.add_origin(&Arc::new(facts));
        for fields in &given {
            batch.push(origin, 0, Timestamp::new(1_795_428_000, 0));
            let at = batch.len() - 1;
            for (name, tree) in fields {
                let mut event = batch.event_mut(at);
                let value = tree.value(event.arena());
                event.set(Key::named(name), value);
            }
        }
        bench.run(&mut batch);
        let mut writer = DocumentWriter::default();
        for event in batch.iter() {
            let mut document = Vec::new();
            writer.write(event, &mut document);
            let text = String::from_utf8(document).expect("JSON is UTF-8");
            prop_assert!(!text.contains("_filterpanic"), "{}: {text}", SETTINGS[which]);
            let read = serde_json::from_str::<serde_json::Value>(&text);
            prop_assert!(read.is_ok(), "{}: {read:?} of {text}", SETTINGS[which]);
        }
    }
}

#[test]
fn every_way_to_set_a_filter_up_is_one() {
    for settings in SETTINGS {
        Bench::new(FILTERS, settings).unwrap_or_else(|why| panic!("{settings}: {why}"));
    }
}
