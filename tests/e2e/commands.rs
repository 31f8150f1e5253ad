//! `check`, `test`, `explain` and `list`.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;

use crate::kit::{Folder, trial, weir};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("check_says_what_there_is", check_fine),
        trial("check_reports_every_mistake_at_once", check_mistakes),
        trial("check_names_an_unknown_key", check_unknown_key),
        trial("check_refuses_what_is_no_pipeline", check_no_pipeline),
        trial("check_finds_a_filter_without_its_header", check_no_header),
        trial("secrets_are_never_printed", secrets),
        trial("test_runs_the_tables_of_a_file", test_tables),
        trial("explain_follows_a_line", explain_line),
        trial("list_and_help_know_the_same_components", list_and_help),
    ]
}

const FINE: &str = r#"
[[input]]
type = "file"
paths = ["/var/log/app.log"]

[[filter]]
type = "grok"
pattern = '%{IP:source.ip} %{WORD:http.request.method}'

[[filter]]
type = "drop"
when = 'http.request.method == "HEAD"'

[[output]]
type = "stdout"

[[test]]
name = "an address is found"
input = "192.0.2.1 GET"
expect = { "source.ip" = "192.0.2.1", "http.request.method" = "GET" }

[[test]]
name = "HEAD is left out"
input = "192.0.2.1 HEAD"
expect-dropped = true
"#;

fn check_fine() -> Result<()> {
    let folder = Folder::new()?;
    let file = folder.write("fine.toml", FINE)?;
    let checked = weir(["check".as_ref(), file.as_os_str()])?.with(0)?;
    assert_eq!(
        checked.out,
        format!("{}: fine (1 input, 2 filters, 1 output, 2 tests)\n", file.display())
    );
    Ok(())
}

fn check_mistakes() -> Result<()> {
    let folder = Folder::new()?;
    let text = r#"
[[input]]
type = "file"
path = ["/var/log/app.log"]

[[filter]]
type = "grok"
pattern = '%{IPP:source.ip}'

[[filter]]
type = "drop"
when = 'status + "x" >'

[[output]]
type = "elasticsearch"
url = "http://localhost:9200"
index = "logs"
compression = "gzp"
"#;
    let file = folder.write("broken.toml", text)?;
    let checked = weir(["check".as_ref(), file.as_os_str()])?.with(2)?;
    let shown = checked.log.replace(&folder.root().display().to_string(), "DIR");
    insta::assert_snapshot!(shown, @r#"
    error: the input `file` has no setting `path`
     --> DIR/broken.toml:4:1
      |
    3 | type = "file"
      |        ------ this input
    4 | path = ["/var/log/app.log"]
      | ^^^^ weir calls this `paths`
      |
      = help: `file` takes `paths`, `exclude`, `start-at`, `line-bytes-max`, `scan-interval`, `close-inactive`, `close-removed`, `forget-after`, `header-lines`, `header-pattern`, `add-origin`, `preset` and `name`; see `weir help file`

    error: there is no pattern `IPP`
     --> DIR/broken.toml:8:12
      |
    8 | pattern = '%{IPP:source.ip}'
      |            ^^^^^^^^^^^^^^^^ did you mean `IP`?

    error: the condition is not complete
      --> DIR/broken.toml:12:23
       |
    12 | when = 'status + "x" >'
       |                       ^ expected a field, a number, text, a list, a function or `(`
       |
       = help: add what is missing at the end

    error: `gzp` is not a choice for `compression`
      --> DIR/broken.toml:18:15
       |
    18 | compression = "gzp"
       |               ^^^^^ did you mean `gzip`?
       |
       = help: choose `gzip` or `none`
    "#);
    Ok(())
}

fn check_unknown_key() -> Result<()> {
    let folder = Folder::new()?;
    let file = folder.write("p.toml", FINE.replace("pattern =", "patern ="))?;
    let checked = weir(["check".as_ref(), file.as_os_str()])?.with(2)?;
    checked.said("`patern`")?;
    checked.said("`pattern`")?;
    checked.said("p.toml:8:1")?;
    let file = folder.write("q.toml", format!("[[outputs]]\n{FINE}"))?;
    weir(["check".as_ref(), file.as_os_str()])?.with(2)?.said("`output`")
}

fn check_no_pipeline() -> Result<()> {
    let folder = Folder::new()?;
    let check = |name: &str, content: &[u8]| -> Result<_> {
        let file = folder.write(name, content)?;
        weir(["check".as_ref(), file.as_os_str()])?.with(2)
    };
    check("empty.toml", b"")?.said("has no input")?;
    check("binary.toml", b"\xff\xfe\0")?.said("is not UTF-8 text")?;
    check("syntax.toml", b"[[input]\n")?.said("syntax.toml:1")?;
    std::fs::create_dir(folder.path("nothing"))?;
    let nothing = folder.path("nothing");
    weir(["check".as_ref(), nothing.as_os_str()])?.with(2)?.said("there is no pipeline below")
}

fn check_no_header() -> Result<()> {
    let folder = Folder::new()?;
    let check = |header: &str, columns: &str| -> Result<_> {
        let text = format!(
            "[[input]]\ntype = \"file\"\npaths = [\"x.csv\"]\n{header}\n\
             [[filter]]\ntype = \"branch\"\n[[filter.case]]\n\
             when = 'exists(message)'\n[[filter.case.filter]]\ntype = \"csv\"\n\
             autodetect-column-names = true\n{columns}\n[[output]]\ntype = \"stdout\"\n"
        );
        weir(["check".as_ref(), folder.write("p.toml", text)?.as_os_str()])
    };
    check("", "")?.with(2)?.said("add `header-lines = 1`")?;
    check("header-lines = 1", "")?.with(0)?;
    check("", "columns = [\"a\"]")?.with(0)?;
    Ok(())
}

fn secrets() -> Result<()> {
    let folder = Folder::new()?;
    let secret = folder.write("secret", "hunter2-of-the-file\n")?;
    let text = format!(
        "[[input]]\ntype = \"file\"\npaths = [\"x.log\"]\n\
         [[output]]\ntype = \"elasticsearch\"\nurl = \"http://localhost:1\"\nindex = \"x\"\n\
         username = \"u\"\npassword = \"file:{}\"\nheaders = {{ X-Key = \"hunter3\" }}\n\
         api-key = \"hunter4\"\ncompression-level = \"file:{}\"\n",
        secret.display(),
        secret.display()
    );
    let file = folder.write("p.toml", text)?;
    let checked = weir(["check".as_ref(), file.as_os_str()])?.with(2)?;
    for word in ["hunter2", "hunter3", "hunter4"] {
        ensure!(!checked.log.contains(word) && !checked.out.contains(word), "{checked}");
    }
    Ok(())
}

fn test_tables() -> Result<()> {
    let folder = Folder::new()?;
    let file = folder.write("fine.toml", FINE)?;
    let tested = weir(["test".as_ref(), file.as_os_str()])?.with(0)?;
    assert_eq!(
        tested.out,
        "ok    fine: an address is found\nok    fine: HEAD is left out\n2 passed, 0 failed\n"
    );
    let file = folder.write("wrong.toml", FINE.replace("\"GET\" }", "\"PUT\" }"))?;
    let tested = weir(["test".as_ref(), file.as_os_str()])?.with(1)?;
    assert_eq!(
        tested.out,
        "WRONG wrong: an address is found\n        \
         event 1: http.request.method: expected \"PUT\", got \"GET\"\n\
         ok    wrong: HEAD is left out\n1 passed, 1 failed\n"
    );
    let (without, _) = FINE.split_once("[[test]]").unwrap_or_default();
    let file = folder.write("none.toml", without)?;
    weir(["test".as_ref(), file.as_os_str()])?.with(1)?.said("there is no `[[test]]`")
}

fn explain_line() -> Result<()> {
    let folder = Folder::new()?;
    let file = folder.write("fine.toml", FINE)?;
    let explain = |line: &str| weir(["explain".as_ref(), file.as_os_str(), line.as_ref()])?.with(0);
    let explained = explain("192.0.2.1 GET")?.out;
    for words in [
        "line\n    192.0.2.1 GET\n",
        "filter grok-1: applied in ",
        "  + source.ip = \"192.0.2.1\"\n",
        "filter drop-2: skipped: its condition does not hold\n",
        "output stdout: gets it\n",
    ] {
        ensure!(explained.contains(words), "`{words}` is not in:\n{explained}");
    }
    let explained = explain("192.0.2.1 HEAD")?.out;
    ensure!(explained.contains("filter drop-2: dropped the event\n"), "{explained}");
    ensure!(!explained.contains("gets it"), "{explained}");
    let explained = explain("nonsense")?.out;
    ensure!(explained.contains("filter grok-1: failed with _grokparsefailure"), "{explained}");
    Ok(())
}

fn list_and_help() -> Result<()> {
    let list = weir(["list"])?.with(0)?.out;
    for name in [
        "file",
        "stdin",
        "generate",
        "grok",
        "dissect",
        "json",
        "date",
        "geoip",
        "user-agent",
        "set",
        "rename",
        "remove",
        "convert",
        "drop",
        "branch",
        "elasticsearch",
        "stdout",
    ] {
        ensure!(list.contains(name), "`{name}` is not in:\n{list}");
        let page = weir(["help", name])?.with(0)?.out;
        ensure!(page.contains("# Settings") || page.contains("ettings"), "{page}");
    }
    weir(["help", "grook"])?.with(2)?.said("grok")
}
