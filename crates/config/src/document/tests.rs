//! What operators see when a file is not TOML.

#![expect(clippy::unwrap_used, reason = "tests")]

use insta::assert_snapshot;

use super::*;
use crate::Paint;

#[track_caller]
fn drawn(text: &str) -> String {
    let source = SourceFile::new("pipeline.toml", text);
    Document::parse(source, Surroundings::none()).unwrap_err().render(Paint::Plain)
}

#[test]
fn unquoted_texts_are_shown_in_quotes() {
    assert_snapshot!(drawn("paths = [/var/log/a, /b]\nverbose = yes\npattern = \\d+\nx =\n"), @r#"
    error: a text must be in quotes
     --> pipeline.toml:1:10
      |
    1 | paths = [/var/log/a, /b]
      |          ^^^^^^^^^^ write `"/var/log/a"`

    error: a text must be in quotes
     --> pipeline.toml:2:11
      |
    2 | verbose = yes
      |           ^^^ write `true`

    error: a text must be in quotes
     --> pipeline.toml:3:11
      |
    3 | pattern = \d+
      |           ^^^ write `'\d+'`

    error: a value is missing
     --> pipeline.toml:4:4
      |
    4 | x =
      |    ^ expected a value after `=`
    "#);
}

#[test]
fn what_is_never_closed_is_named() {
    assert_snapshot!(drawn("a = \"x\nb = 'y\n[[input]\nc = 1\n[d\n"), @r#"
    error: this text is never closed
     --> pipeline.toml:1:7
      |
    1 | a = "x
      |       ^ expected a closing quote

    error: this text is never closed
     --> pipeline.toml:2:7
      |
    2 | b = 'y
      |       ^ expected a closing quote

    error: this table's name is never closed
     --> pipeline.toml:3:9
      |
    3 | [[input]
      |         ^ expected `]`

    error: this table's name is never closed
     --> pipeline.toml:5:3
      |
    5 | [d
      |   ^ expected `]`
    "#);
    assert_snapshot!(drawn("a = [1, 2"), @r#"
    error: this list is never closed
     --> pipeline.toml:1:10
      |
    1 | a = [1, 2
      |          ^ expected `]`
    "#);
    assert_snapshot!(drawn("a = '''x"), @r#"
    error: this text is never closed
     --> pipeline.toml:1:9
      |
    1 | a = '''x
      |         ^ expected a closing quote
    "#);
}

#[test]
fn a_pattern_in_double_quotes_is_explained() {
    assert_snapshot!(drawn("pattern = \"\\d+\""), @r#"
    error: `\d` means nothing in double quotes
     --> pipeline.toml:1:13
      |
    1 | pattern = "\d+"
      |             ^
      |
      = help: write patterns in single quotes, where a backslash is only a backslash
    "#);
}

#[test]
fn a_name_set_twice_is_underlined() {
    assert_snapshot!(drawn("[[output]]\nurl = 'a'\nurl = 'b'\n[x]\n[x]\n"), @r#"
    error: `url` is set twice
     --> pipeline.toml:3:1
      |
    3 | url = 'b'
      | ^^^ the second time

    error: the table `x` is begun twice
     --> pipeline.toml:5:2
      |
    5 | [x]
      |  ^ the second time
      |
      = help: write `[[x]]` each time if there are several
    "#);
}

#[test]
fn a_line_without_an_equals_sign_is_explained() {
    assert_snapshot!(drawn("[[input]]\ntype \"file\"\n"), @r#"
    error: a setting is written `name = value`
     --> pipeline.toml:2:6
      |
    2 | type "file"
      |      ^ expected `=` and a value
    "#);
}

#[test]
fn odd_names_and_numbers_are_explained() {
    assert_snapshot!(drawn("größe = 5\nmode = 0644\nlist = [1 2]\n= 5\na = 1.2.3\n"), @r#"
    error: `öß` can't be part of a name
     --> pipeline.toml:1:3
      |
    1 | größe = 5
      |   ^^ names have letters, digits, `-` and `_`; put others in quotes

    error: a number can't begin with zeros
     --> pipeline.toml:2:8
      |
    2 | mode = 0644
      |        ^

    error: a text must be in quotes
     --> pipeline.toml:3:9
      |
    3 | list = [1 2]
      |         ^^^ write `"1 2"`

    error: a name is missing
     --> pipeline.toml:4:1
      |
    4 | = 5
      | ^ expected the name of a setting or table

    error: this is not TOML: invalid float
     --> pipeline.toml:5:8
      |
    5 | a = 1.2.3
      |        ^^
    "#);
}

#[test]
fn other_languages_are_recognised() {
    assert_snapshot!(drawn("filebeat.inputs:\n- type: log\n  paths:\n    - /x\n"), @r#"
    error: this looks like YAML, but weir reads TOML
     --> pipeline.toml:1:16
      |
    1 | filebeat.inputs:
      |                ^
      |
      = help: a pipeline file begins with `[[input]]` and lines like `type = "file"`
    "#);
    assert_snapshot!(drawn("# comment\ninput {\n  file { path => \"/x\" }\n}\n"), @r#"
    error: this looks like a Logstash pipeline, but weir reads TOML
     --> pipeline.toml:2:7
      |
    2 | input {
      |       ^
      |
      = help: a pipeline file begins with `[[input]]` and lines like `type = "file"`
    "#);
    assert_snapshot!(drawn("{ \"inputs\": [] }"), @r#"
    error: this looks like JSON, but weir reads TOML
     --> pipeline.toml:1:1
      |
    1 | { "inputs": [] }
      | ^
      |
      = help: a pipeline file begins with `[[input]]` and lines like `type = "file"`
    "#);
}

#[test]
fn absurd_nesting_and_size_are_refused() {
    assert_snapshot!(drawn(&format!("a = {}1{}", "[".repeat(60), "]".repeat(60))).lines().next().unwrap(), @"error: tables and lists are nested too deep here");
    assert!(drawn(&format!("a = {}", "[".repeat(100_000))).contains("too deep"));
    let dotted = format!("{}x = 1", "a.".repeat(60));
    assert!(drawn(&dotted).contains("too deep"));
    assert!(drawn("a = 99999999999999999999999999999999999999999999").contains("too large"));
    assert_snapshot!(drawn(&"#".repeat(FILE_BYTES_MAX + 1)), @r#"
    error: a configuration file has at most 4 MiB
    --> pipeline.toml
     = note: this one has 4194305 bytes
    "#);
}

#[test]
fn empty_files_and_byte_order_marks_are_fine() {
    for text in ["", "\n", "\r\n", "# only a comment", "\u{feff}", "\u{feff}a = 1"] {
        let source = SourceFile::new("a.toml", text);
        let document = Document::parse(source, Surroundings::none()).unwrap();
        let keys = document.root();
        for key in keys.keys() {
            let span = key.span().unwrap();
            assert_eq!(&text[span.start..span.end], *key);
        }
    }
}

#[test]
fn a_large_file_is_parsed_in_good_time() {
    let text = "[[filter]]\ntype = \"set\"\nfields = { a = 1, b = [1, 2, 3] }\n".repeat(60_000);
    let document = Document::parse(SourceFile::new("a.toml", text), Surroundings::none()).unwrap();
    assert_eq!(document.tables("filter").unwrap().len(), 60_000);
}

#[test]
fn a_file_full_of_mistakes_is_refused_in_good_time() {
    let names: Vec<String> = (0..50_000).map(|number| format!("a{number} = 1\n")).collect();
    let text = names.concat() + "output = [" + &"1, ".repeat(100_000) + "]\n";
    let document = Document::parse(SourceFile::new("a.toml", text), Surroundings::none()).unwrap();
    let mut mistakes = document.unknown_names(&["output"]);
    mistakes.take(document.tables("output"));
    assert_eq!(mistakes.len(), 100);
    assert!(mistakes.to_string().contains("expected a table"));
}

#[test]
fn neither_texts_nor_secrets_are_in_debug_output() {
    let text = "[[output]]\ntype = \"http\"\npassword = \"hunter2\"\nlist = ['hunter2']\n";
    let document = Document::parse(SourceFile::new("a.toml", text), Surroundings::none()).unwrap();
    let table = document.tables("output").unwrap().remove(0);
    let shown = format!("{document:?} {table:?} {:?}", document.source());
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("password"), "{shown}");
}

#[test]
fn a_table_is_completed_and_its_own_settings_stay() {
    let parse = |path: &str, text: &str| {
        Document::parse(SourceFile::new(path, text), Surroundings::none()).unwrap()
    };
    let given =
        parse("preset", "[[input]]\ntype = \"file\"\npaths = [\"/a\", \"/b\"]\nlimit = \"x\"\n");
    let own =
        parse("p.toml", "preset = \"web\"\n[[input]]\npaths = [\"/c\"]\n[[input]]\n[[other]]\n");
    let place = Span::new(9, 14);
    let defaults = &given.tables("input").unwrap()[0];
    let is_first = |table: &Table<'_>| table.keys().count() > 0;
    let completed = own.completed("input", defaults, place, is_first);
    let mut tables = completed.tables("input").unwrap();
    assert_eq!(tables[0].take_str("type").unwrap().unwrap().as_str(), "file");
    let paths: Option<Vec<String>> = tables[0].take("paths").unwrap();
    assert_eq!(paths.unwrap(), ["/c"]);
    // What nobody wrote in this file is shown where it comes from.
    let wrong = tables[0].take::<u64>("limit").unwrap_err();
    assert_snapshot!(wrong.render(Paint::Plain), @r#"
    error: `limit` is text here
     --> p.toml:1:10
      |
    1 | preset = "web"
      |          ^^^^^ expected a whole number from 0
    "#);
    assert_eq!(tables[1].keys().count(), 0);
    assert_eq!(completed.tables("other").unwrap().len(), 1);
}
