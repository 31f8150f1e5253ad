//! What operators see when a setting is wrong.

#![expect(clippy::unwrap_used, reason = "tests")]

use insta::assert_snapshot;
use proptest::prelude::*;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{
    At, ByteSize, Complaint, Diagnostic, Diagnostics, Document, OneOrMany, Period, Secret,
    SourceFile, Surroundings, Table, Url,
};

/// A field that can't be called `bad`, as other crates write their types.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
struct Word(#[expect(dead_code, reason = "only parsed")] String);

impl TryFrom<String> for Word {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        match text.find("bad") {
            None => Ok(Self(text)),
            Some(start) => Err(Complaint::new(format!("the word `{text}` has something bad"))
                .part(start..start + 3)
                .label("this part")),
        }
    }
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "only read by Debug")]
struct Shipper {
    /// Where to send to.
    url: Url,
    /// How much to send at once.
    batch_size: Option<ByteSize>,
    timeout: Option<Period>,
    #[serde(alias = "connections")]
    in_flight: Option<u16>,
    password: Option<Secret>,
    #[serde(default)]
    paths: OneOrMany<At<Word>>,
    format: Option<Format>,
    tls: Option<Tls>,
    verbose: Option<bool>,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[expect(dead_code, reason = "only read by Debug")]
enum Format {
    Json,
    Csv { delimiter: char },
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[expect(dead_code, reason = "only read by Debug")]
struct Tls {
    ca: String,
    verify: Option<bool>,
}

fn surroundings() -> Surroundings {
    Surroundings::new(
        |name| match name {
            "PASSWORD" => Some("hunter2".to_owned()),
            "URL" => Some("//root:hunter2@db".to_owned()),
            _ => None,
        },
        |path| {
            if path == "/run/token" {
                Ok("t0ken\n".to_owned())
            } else {
                Err("no such file".to_owned())
            }
        },
    )
}

fn parse(text: &str) -> Result<Document, Diagnostics> {
    Document::parse(SourceFile::new("pipeline.toml", text), surroundings())
}

/// Reads every output of a file as the loader does.
fn load(text: &str) -> Result<Vec<Shipper>, Diagnostics> {
    let document = parse(text)?;
    let mut mistakes = document.unknown_names(&["input", "output"]);
    let mut shippers = Vec::new();
    for mut table in mistakes.take(document.tables("output")).unwrap_or_default() {
        mistakes.take(table.take_str("name"));
        mistakes.take(table.take_str("when"));
        if mistakes.take(table.take_type(&["http", "kafka"])).is_some() {
            shippers.extend(mistakes.take(table.deserialize::<Shipper>()));
        }
    }
    mistakes.or_ok(shippers)
}

/// The drawing of all mistakes in an output with these lines.
#[track_caller]
fn drawn(lines: &str) -> String {
    drawn_file(&format!("[[output]]\ntype = \"http\"\n{lines}\n"))
}

#[track_caller]
fn drawn_file(text: &str) -> String {
    load(text).unwrap_err().to_string()
}

const URL: &str = "url = \"http://localhost\"\n";

#[test]
fn a_good_file_is_read() {
    let text = "[[output]]\ntype = 'http'\nname = 'x'\nurl = 'https://${HOST:-localhost}:9200'\n\
        batch-size = '5 MiB'\ntimeout = '1h30m'\nin-flight = 4\npassword = '${PASSWORD}'\n\
        paths = 'one'\nformat.csv.delimiter = ';'\ntls = { ca = '/ca.pem', verify = true }\n";
    let shippers = load(text).unwrap();
    assert_eq!(shippers[0].password.as_ref().unwrap().expose(), "hunter2");
    assert_snapshot!(format!("{:?}", shippers[0]), @r#"Shipper { url: https://localhost:9200, batch_size: Some(5 MiB), timeout: Some(1h30m), in_flight: Some(4), password: Some(***), paths: OneOrMany { values: [Word("one")] }, format: Some(Csv { delimiter: ';' }), tls: Some(Tls { ca: "/ca.pem", verify: Some(true) }), verbose: None }"#);
}

#[test]
fn a_secret_is_read_from_its_file() {
    let shippers =
        load("[[output]]\ntype='http'\nurl='http://x'\npassword='file:/run/token'").unwrap();
    assert_eq!(shippers[0].password.as_ref().unwrap().expose(), "t0ken");
}

#[test]
fn an_unknown_setting_gets_a_suggestion() {
    assert_snapshot!(drawn(&format!("{URL}timout = \"5s\"")), @r#"
    error: the output `http` has no setting `timout`
     --> pipeline.toml:4:1
      |
    2 | type = "http"
      |        ------ this output
    3 | url = "http://localhost"
    4 | timout = "5s"
      | ^^^^^^ did you mean `timeout`?
      |
      = help: `http` takes `url`, `batch-size`, `timeout`, `in-flight`, `password`, `paths`, `format`, `tls`, `verbose`, `name` and `when`; see `weir help http`
    "#);
}

#[test]
fn a_setting_of_another_program_is_translated() {
    assert_snapshot!(drawn("hosts = [\"http://localhost\"]\nbulk_max_size = 50"), @r#"
    error: the output `http` has no setting `hosts`
     --> pipeline.toml:3:1
      |
    2 | type = "http"
      |        ------ this output
    3 | hosts = ["http://localhost"]
      | ^^^^^ weir calls this `url`
      |
      = help: `http` takes `url`, `batch-size`, `timeout`, `in-flight`, `password`, `paths`, `format`, `tls`, `verbose`, `name` and `when`; see `weir help http`

    error: the output `http` has no setting `bulk_max_size`
     --> pipeline.toml:4:1
      |
    2 | type = "http"
      |        ------ this output
    3 | hosts = ["http://localhost"]
    4 | bulk_max_size = 50
      | ^^^^^^^^^^^^^ weir calls this `batch-size`
      |
      = help: `http` takes `url`, `batch-size`, `timeout`, `in-flight`, `password`, `paths`, `format`, `tls`, `verbose`, `name` and `when`; see `weir help http`
    "#);
}

#[test]
fn snake_case_is_recognised() {
    assert_snapshot!(drawn(&format!("{URL}batch_size = \"5 MiB\"")), @r#"
    error: the output `http` has no setting `batch_size`
     --> pipeline.toml:4:1
      |
    2 | type = "http"
      |        ------ this output
    3 | url = "http://localhost"
    4 | batch_size = "5 MiB"
      | ^^^^^^^^^^ did you mean `batch-size`?
      |
      = help: `http` takes `url`, `batch-size`, `timeout`, `in-flight`, `password`, `paths`, `format`, `tls`, `verbose`, `name` and `when`; see `weir help http`
    "#);
}

#[test]
fn missing_settings_are_shown_with_an_example() {
    assert_snapshot!(drawn("timeout = \"5s\""), @r#"
    error: the output `http` needs `url`
     --> pipeline.toml:2:8
      |
    2 | type = "http"
      |        ^^^^^^ this output
      |
      = help: add a line like `url = "https://logs.example.com:9200"`: Where to send to
    "#);
}

#[test]
fn two_bad_values_and_a_missing_setting_are_all_reported() {
    assert_snapshot!(drawn("timeout = \"10 parsecs\"\nbatch-size = true\nin-flight = 70000"), @r#"
    error: the output `http` needs `url`
     --> pipeline.toml:2:8
      |
    2 | type = "http"
      |        ^^^^^^ this output
      |
      = help: add a line like `url = "https://logs.example.com:9200"`: Where to send to

    error: `10 parsecs` is not a length of time
     --> pipeline.toml:3:11
      |
    3 | timeout = "10 parsecs"
      |           ^^^^^^^^^^^^ expected a number and a unit
      |
      = help: write it like `250ms`, `5s`, `1h30m` or `2 days`

    error: `batch-size` is `true` here
     --> pipeline.toml:4:14
      |
    4 | batch-size = true
      |              ^^^^ expected a size in quotes such as "5 MiB"

    error: `in-flight` is 70000 here
     --> pipeline.toml:5:13
      |
    5 | in-flight = 70000
      |             ^^^^^ expected a whole number from 0 to 65535
    "#);
}

#[test]
fn a_bad_required_value_is_not_also_called_missing() {
    assert_snapshot!(drawn("url = \"localhost:9200\""), @r#"
    error: this is not the address of an HTTP server
     --> pipeline.toml:3:7
      |
    3 | url = "localhost:9200"
      |       ^^^^^^^^^^^^^^^^ `http://` or `https://` is missing
      |
      = help: write it like `https://logs.example.com:9200`
    "#);
}

#[test]
fn a_size_needs_a_known_unit() {
    assert_snapshot!(drawn(&format!("{URL}batch-size = \"10 parsecs\"")), @r#"
    error: `10 parsecs` is not a size
     --> pipeline.toml:4:14
      |
    4 | batch-size = "10 parsecs"
      |              ^^^^^^^^^^^^ expected a number and a unit
      |
      = help: write it like `512 KiB` or `5 MiB`
    "#);
}

#[test]
fn a_period_needs_a_unit() {
    assert_snapshot!(drawn(&format!("{URL}timeout = 5")), @r#"
    error: `5` has no unit of time
     --> pipeline.toml:4:11
      |
    4 | timeout = 5
      |           ^ seconds, minutes, …?
      |
      = help: write `"5s"` for seconds or `"5ms"` for milliseconds
    "#);
}

#[test]
fn a_number_is_not_a_text_and_a_text_is_not_a_number() {
    assert_snapshot!(drawn("url = 5\nin-flight = \"many\"\nverbose = \"yes\""), @r#"
    error: `url` is a number here
     --> pipeline.toml:3:7
      |
    3 | url = 5
      |       ^ expected an address in quotes such as "https://logs.example.com:9200"

    error: `in-flight` is text here
     --> pipeline.toml:4:13
      |
    4 | in-flight = "many"
      |             ^^^^^^ expected a whole number from 0 to 65535

    error: `verbose` is text here
     --> pipeline.toml:5:11
      |
    5 | verbose = "yes"
      |           ^^^^^ expected `true` or `false`
    "#);
}

#[test]
fn a_part_of_a_text_is_underlined_even_in_a_list() {
    assert_snapshot!(drawn(&format!("{URL}paths = [\"fine\", \"so bad\", 7, \"bäd bad\"]")), @r#"
    error: the word `so bad` has something bad
     --> pipeline.toml:4:22
      |
    4 | paths = ["fine", "so bad", 7, "bäd bad"]
      |                      ^^^ this part

    error: an entry of `paths` is a number here
     --> pipeline.toml:4:28
      |
    4 | paths = ["fine", "so bad", 7, "bäd bad"]
      |                            ^ expected text in quotes

    error: the word `bäd bad` has something bad
     --> pipeline.toml:4:36
      |
    4 | paths = ["fine", "so bad", 7, "bäd bad"]
      |                                    ^^^ this part
    "#);
}

#[test]
fn an_unknown_choice_lists_the_choices() {
    assert_snapshot!(drawn(&format!("{URL}format = \"jsn\"")), @r#"
    error: `jsn` is not a choice for `format`
     --> pipeline.toml:4:10
      |
    4 | format = "jsn"
      |          ^^^^^ did you mean `json`?
      |
      = help: choose `json` or `csv`
    "#);
}

#[test]
fn nested_tables_report_like_their_parents() {
    let lines = format!("{URL}[output.tls]\ncert = \"x\"\nverify = \"yes\"");
    assert_snapshot!(drawn(&lines), @r#"
    error: `tls` needs `ca`
     --> pipeline.toml:4:1
      |
    4 | [output.tls]
      | ^^^^^^^^^^^^ `ca` is not set

    error: `tls` has no setting `cert`
     --> pipeline.toml:5:1
      |
    5 | cert = "x"
      | ^^^^
      |
      = help: `tls` takes `ca` and `verify`; see `weir help http`

    error: `tls.verify` is text here
     --> pipeline.toml:6:10
      |
    6 | verify = "yes"
      |          ^^^^^ expected `true` or `false`
    "#);
}

/// Everything that can be wrong with the shape of a value.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[expect(dead_code, reason = "only read by Debug")]
struct Shapes {
    a: u64,
    b: u16,
    pair: (u8, u8),
    words: std::collections::BTreeMap<Lower, i8>,
    format: Format,
    tls: Tls,
    date: String,
}

/// A key in lower case.
#[derive(Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[serde(try_from = "String")]
struct Lower(String);

impl TryFrom<String> for Lower {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        if text.to_lowercase() == text {
            Ok(Self(text))
        } else {
            Err(Complaint::new(format!("`{text}` is not in lower case")))
        }
    }
}

fn shapes(text: &str) -> Result<Shapes, Diagnostics> {
    parse(text).unwrap().root().deserialize()
}

#[test]
fn every_shape_of_value_is_read() {
    let text = "a = 18446744073709551615\nb = 1\npair = [1, 2]\nwords = {x = 1}\n\
        format = 'json'\ntls.ca = 'x'\ndate = 2026-11-23";
    assert_eq!(format!("{:?}", shapes(text).unwrap().date), "\"2026-11-23\"");
}

#[test]
fn every_wrong_shape_is_explained() {
    let text = "a = 99999999999999999999\nb = -1\npair = [1, 2, 3]\nwords = {Xy = 1, z = 900}\n\
        format = { json = {} }\ntls = 'x'\ndate = [1]\n";
    assert_snapshot!(shapes(text).unwrap_err(), @r#"
    error: `a` is 99999999999999999999 here
     --> pipeline.toml:1:5
      |
    1 | a = 99999999999999999999
      |     ^^^^^^^^^^^^^^^^^^^^ expected a whole number from 0

    error: `b` is -1 here
     --> pipeline.toml:2:5
      |
    2 | b = -1
      |     ^^ expected a whole number from 0 to 65535

    error: `Xy` is not in lower case
     --> pipeline.toml:4:10
      |
    4 | words = {Xy = 1, z = 900}
      |          ^^

    error: `words.z` is 900 here
     --> pipeline.toml:4:22
      |
    4 | words = {Xy = 1, z = 900}
      |                      ^^^ expected a whole number

    error: `format` is a table here
     --> pipeline.toml:5:10
      |
    5 | format = { json = {} }
      |          ^^^^^^^^^^^^^ expected `"json"` without a table

    error: `tls` is text here
     --> pipeline.toml:6:7
      |
    6 | tls = 'x'
      |       ^^^ expected a table

    error: `date` is a list here
     --> pipeline.toml:7:8
      |
    7 | date = [1]
      |        ^^^ expected text in quotes
    "#);
    let text = "a = 1.5\nb = false\npair = [1]\nwords = []\n\
        format = { csv = { delimiter = 'ab' } }\ntls = { ca = 'x', ca-file = 'y' }\n";
    assert_snapshot!(shapes(text).unwrap_err(), @r#"
    error: a pipeline file needs `date`
    --> pipeline.toml
     = help: add a line like `date = "…"`

    error: `a` is a number here
     --> pipeline.toml:1:5
      |
    1 | a = 1.5
      |     ^^^ expected a whole number from 0

    error: `b` is `false` here
     --> pipeline.toml:2:5
      |
    2 | b = false
      |     ^^^^^ expected a whole number from 0 to 65535

    error: `pair` is a list of 1 entry here
     --> pipeline.toml:3:8
      |
    3 | pair = [1]
      |        ^^^ expected exactly 2

    error: `words` is a list here
     --> pipeline.toml:4:9
      |
    4 | words = []
      |         ^^ expected a table

    error: `format.csv.delimiter` is `ab` here
     --> pipeline.toml:5:32
      |
    5 | format = { csv = { delimiter = 'ab' } }
      |                                ^^^^ expected one character in quotes

    error: `tls` has no setting `ca-file`
     --> pipeline.toml:6:19
      |
    6 | tls = { ca = 'x', ca-file = 'y' }
      |                   ^^^^^^^ weir calls this `ca`
      |
      = help: `tls` takes `ca` and `verify`
    "#);
}

#[test]
fn a_component_with_many_settings_lists_the_first() {
    let known: Vec<String> = (0..20).map(|number| format!("setting-{number}")).collect();
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    let document = parse("colour = 'blue'").unwrap();
    assert_snapshot!(document.unknown_names(&known), @r#"
    error: a pipeline file has no setting `colour`
     --> pipeline.toml:1:1
      |
    1 | colour = 'blue'
      | ^^^^^^
      |
      = help: a pipeline file takes `setting-0`, `setting-1`, `setting-2`, `setting-3`, `setting-4`, `setting-5`, `setting-6`, `setting-7`, `setting-8`, `setting-9`, `setting-10`, `setting-11` and 8 more
    "#);
}

#[test]
fn an_unset_variable_is_underlined() {
    assert_snapshot!(drawn("url = \"http://${NOPE}:9200\""), @r#"
    error: the environment variable `NOPE` is not set
     --> pipeline.toml:3:15
      |
    3 | url = "http://${NOPE}:9200"
      |               ^^^^^^^
      |
      = help: set it, give a default with `${NOPE:-…}`, or write `$${NOPE}` for the text itself
    "#);
}

#[test]
fn the_content_of_a_variable_is_not_shown() {
    let drawing =
        drawn("url = \"ftp:${URL}\"\ntimeout = \"${PASSWORD}\"\nformat = \"${PASSWORD}\"");
    assert!(!drawing.contains("hunter2"), "{drawing}");
    assert_snapshot!(drawing, @r#"
    error: this is not the address of an HTTP server
     --> pipeline.toml:3:7
      |
    3 | url = "ftp:${URL}"
      |       ^^^^^^^^^^^^ expected `http://` or `https://`
      |
      = help: `ftp` is not a scheme weir can speak here

    error: `${PASSWORD}` is not a length of time
     --> pipeline.toml:4:11
      |
    4 | timeout = "${PASSWORD}"
      |           ^^^^^^^^^^^^^ expected a number and a unit
      |
      = help: write it like `250ms`, `5s`, `1h30m` or `2 days`

    error: `${PASSWORD}` is not a choice for `format`
     --> pipeline.toml:5:10
      |
    5 | format = "${PASSWORD}"
      |          ^^^^^^^^^^^^^
      |
      = help: choose `json` or `csv`
    "#);
}

#[test]
fn an_unreadable_secret_file_says_why() {
    assert_snapshot!(drawn(&format!("{URL}password = \"file:/nope\"")), @r#"
    error: the file with this secret cannot be read
     --> pipeline.toml:4:12
      |
    4 | password = "file:/nope"
      |            ^^^^^^^^^^^^ no such file
      |
      = help: check the path and that weir may read it
    "#);
}

#[test]
fn an_unknown_type_and_a_missing_one_are_reported() {
    assert_snapshot!(drawn_file("[[output]]\ntype = \"htp\"\n[[output]]\nurl = \"x\"\n"), @r#"
    error: there is no output `htp`
     --> pipeline.toml:2:8
      |
    2 | type = "htp"
      |        ^^^^^ did you mean `http`?
      |
      = help: `weir list` shows every output

    error: this output has no `type`
     --> pipeline.toml:3:1
      |
    3 | [[output]]
      | ^^^^^^^^^^ add a line `type = "…"`
      |
      = help: `weir list` shows every output
    "#);
}

#[test]
fn an_unknown_top_level_name_gets_a_suggestion() {
    assert_snapshot!(drawn_file("[[outputs]]\ntype = \"http\"\n"), @r#"
    error: a pipeline file has no setting `outputs`
     --> pipeline.toml:1:3
      |
    1 | [[outputs]]
      |   ^^^^^^^ did you mean `output`?
      |
      = help: a pipeline file takes `input` and `output`
    "#);
}

#[test]
fn single_brackets_are_explained() {
    assert_snapshot!(drawn_file("[output]\ntype = \"http\"\n"), @r#"
    error: `[output]` must have double brackets
     --> pipeline.toml:1:1
      |
    1 | [output]
      | ^^^^^^^^ write `[[output]]`
      |
      = note: there can be several, one after another
    "#);
}

#[test]
fn a_value_in_place_of_a_table_is_explained() {
    assert_snapshot!(drawn_file("output = [\"http\"]\n"), @r#"
    error: `output` is text here
     --> pipeline.toml:1:11
      |
    1 | output = ["http"]
      |           ^^^^^^ expected a table
      |
      = help: begin the table with a line `[[output]]`
    "#);
}

#[test]
fn tabs_and_windows_line_ends_are_drawn_well() {
    let text = "[[output]]\r\ntype = \"http\"\r\n\turl =\t5\r\n";
    assert_snapshot!(drawn_file(text), @r#"
    error: `url` is a number here
     --> pipeline.toml:3:8
      |
    3 |     url =    5
      |              ^ expected an address in quotes such as "https://logs.example.com:9200"
    "#);
}

#[test]
fn a_diagnostic_of_a_component_gets_its_file_and_place() {
    let document = parse("[[output]]\ntype = \"http\"\nurl = \"http://${PASSWORD}\"\n").unwrap();
    let mut table = document.tables("output").unwrap().remove(0);
    table.take_type(&["http"]).unwrap();
    let url: At<String> = table.clone().take("url").unwrap().unwrap();
    let placed = Diagnostic::error(format!("the server `{}` is odd", *url)).at(&url, "here");
    let unplaced = Diagnostic::error("something is odd about `http://hunter2`");
    let both = [placed, unplaced].map(|diagnostic| table.locate(diagnostic).to_string()).join("\n");
    assert_snapshot!(both, @r#"
    error: the server `http://${PASSWORD}` is odd
     --> pipeline.toml:3:7
      |
    3 | url = "http://${PASSWORD}"
      |       ^^^^^^^^^^^^^^^^^^^^ here

    error: something is odd about `http://${PASSWORD}`
     --> pipeline.toml:2:8
      |
    2 | type = "http"
      |        ^^^^^^ this output
    "#);
}

#[test]
fn an_old_name_is_read_and_does_not_confuse_what_is_missing() {
    assert_eq!(
        load(&format!("[[output]]\ntype='http'\n{URL}connections = 4")).unwrap()[0].in_flight,
        Some(4)
    );
    let drawing = drawn("connections = 4\ntimeout = \"soon\"");
    assert!(drawing.contains("`soon` is not a length of time"), "{drawing}");
}

#[test]
fn nested_tables_are_taken_in_either_form() {
    let text = "[[filter]]\ntype='branch'\n[[filter.then]]\ntype='grok'\n[[filter.then]]\n\
        type='drop'\n[[filter]]\ntype='branch'\nthen=[{type='json'}]\n[[filter]]\nthen={type='json'}";
    let document = parse(text).unwrap();
    let mut names = Vec::new();
    let mut mistakes = Diagnostics::new();
    for mut branch in document.tables("filter").unwrap() {
        for mut inner in mistakes.take(branch.take_tables("then")).unwrap_or_default() {
            assert_eq!(inner.kind(), "filter");
            names.push(inner.take_type(&["grok", "drop", "json"]).unwrap().into_inner());
        }
    }
    assert_eq!(names, ["grok", "drop", "json"]);
    assert_eq!(
        mistakes.iter().next().unwrap().title(),
        "`[filter.then]` must have double brackets"
    );
}

fn every_mistake_lies_in_the_text(text: &str) {
    let diagnostics = match parse(text) {
        Err(diagnostics) => diagnostics,
        Ok(document) => {
            check_tree(&document.root(), text);
            load(text).err().unwrap_or_default()
        }
    };
    for diagnostic in &diagnostics {
        for label in diagnostic.labels() {
            assert!(text.get(label.span.start..label.span.end).is_some(), "{diagnostic:?}");
        }
    }
    assert_eq!(diagnostics.is_empty(), diagnostics.render(crate::Paint::Colour).is_empty());
}

fn check_tree(table: &Table<'_>, text: &str) {
    for key in table.keys() {
        let span = key.span().unwrap();
        assert!(text.get(span.start..span.end).is_some(), "{key:?}");
    }
}

proptest! {
    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC*") {
        every_mistake_lies_in_the_text(&text);
    }

    #[test]
    fn no_near_toml_makes_the_reader_panic(
        pieces in prop::collection::vec(
            prop::sample::select(vec![
                "[[output]]\n", "type = \"http\"\n", "url = ", "\"${NOPE}\"", "'''", "\r\n", "\n",
                "ä", "\u{feff}", "[output.tls]\n", "ca", " = ", "{", "}", "[", "]", "5", "\"",
                "timeout", "paths", "\t", "\\", ".", "1e400", "0x", "2026-01-01", "bad", "#", ",",
            ]),
            0..24,
        )
    ) {
        every_mistake_lies_in_the_text(&pieces.concat());
    }
}
