//! Presets: ready-made pipelines that others use by their name.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::kit::{Folder, file_output, trial, weir};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("an_input_has_the_filters_of_its_preset", an_input_has_its_filters),
        trial("a_preset_at_the_top_is_for_all_inputs", one_for_all_inputs),
        trial("a_preset_stands_where_a_filter_may", a_preset_stands_where_a_filter_may),
        trial("a_preset_alone_is_a_whole_pipeline_but_for_the_output", alone),
        trial("mistakes_with_presets_are_explained", mistakes),
        trial("list_help_and_schema_know_the_presets", known),
    ]
}

const LINE: &str =
    "192.0.2.17 - - [23/Nov/2026:09:58:01 +0000] \"GET /a HTTP/1.1\" 404 7 \"-\" \"-\"\n";

/// What comes out of a file with one line, through a pipeline that begins like this.
fn run(folder: &Folder, begins: &str) -> Result<Vec<Value>> {
    folder.write("in.log", LINE)?;
    let text = begins.to_owned() + &file_output(&folder.path("out.json"), "json");
    let pipeline = folder.write("p.toml", text)?;
    crate::kit::Weir::once(&pipeline)?.with(0)?;
    let out = folder.text("out.json");
    out.lines().map(|line| Ok(serde_json::from_str(line)?)).collect()
}

fn is_parsed(document: &Value) -> Result<()> {
    ensure!(document["http"]["response"]["status_code"] == 404, "{document}");
    ensure!(document["event"]["dataset"] == "nginx.access", "{document}");
    ensure!(document["event"]["original"] == *LINE.trim_end(), "{document}");
    Ok(())
}

fn an_input_has_its_filters() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.path("in.log");
    let begins = format!(
        "[[input]]\npreset = \"nginx.access\"\npaths = [\"{}\"]\nadd-origin = false\n\
         [[filter]]\ntype = \"set\"\nfield = \"labels.seen\"\nexpression = \"event.dataset\"\n",
        input.display()
    );
    let documents = run(&folder, &begins)?;
    ensure!(documents.len() == 1, "{documents:?}");
    is_parsed(&documents[0])?;
    // The pipeline's own filters come behind it, and the input's settings are the user's.
    ensure!(documents[0]["labels"]["seen"] == "nginx.access", "{}", documents[0]);
    ensure!(documents[0]["log"].is_null(), "{}", documents[0]);
    Ok(())
}

fn one_for_all_inputs() -> Result<()> {
    let folder = Folder::new()?;
    folder.write("other.log", LINE)?;
    let (one, other) = (folder.path("in.log"), folder.path("other.log"));
    let begins = format!(
        "preset = \"nginx.access\"\n[[input]]\npaths = \"{}\"\n\
         [[input]]\ntype = \"file\"\npaths = \"{}\"\n",
        one.display(),
        other.display()
    );
    let documents = run(&folder, &begins)?;
    ensure!(documents.len() == 2, "{documents:?}");
    documents.iter().try_for_each(is_parsed)
}

fn a_preset_stands_where_a_filter_may() -> Result<()> {
    let wheres = [
        "[[filter]]\npreset = \"nginx.access\"\n",
        // The condition is asked once, although the filters take `message` away.
        "[[filter]]\npreset = \"nginx.access\"\nname = \"web\"\nwhen = 'exists(message)'\n",
        "[[filter]]\ntype = \"branch\"\n[[filter.case]]\nwhen = 'true'\n\
         [[filter.case.filter]]\npreset = \"nginx.access\"\n",
    ];
    for filters in wheres {
        let folder = Folder::new()?;
        let input = folder.path("in.log");
        let input = format!("[[input]]\ntype = \"file\"\npaths = \"{}\"\n", input.display());
        let documents = run(&folder, &(input + filters))?;
        ensure!(documents.len() == 1, "{documents:?}");
        is_parsed(&documents[0])?;
    }
    let folder = Folder::new()?;
    let input =
        format!("[[input]]\ntype = \"file\"\npaths = \"{}\"\n", folder.path("in.log").display());
    let never = input + "[[filter]]\npreset = \"nginx.access\"\nwhen = 'false'\n";
    let documents = run(&folder, &never)?;
    ensure!(documents[0]["message"] == *LINE.trim_end(), "{}", documents[0]);
    Ok(())
}

/// The paths are the preset's own, so nothing is run here.
fn alone() -> Result<()> {
    let folder = Folder::new()?;
    let test = "[[test]]\nname = \"a line\"\ninput = \"x\"\nexpect = { \"event.dataset\" = \"nginx.access\" }\n";
    let text = format!("preset = \"nginx.access\"\n[[output]]\ntype = \"stdout\"\n{test}");
    let file = folder.write("p.toml", text)?;
    let checked = weir(["check".as_ref(), file.as_os_str()])?.with(0)?;
    ensure!(checked.out.contains("fine (1 input, "), "{checked}");
    weir(["test".as_ref(), file.as_os_str()])?.with(0)?;
    let explained = weir(["explain".as_ref(), file.as_os_str(), "x".as_ref()])?.with(0)?;
    ensure!(explained.out.contains("filter nginx.access/grok-1: failed"), "{explained}");
    Ok(())
}

/// Checks a file and wants exactly these mistakes.
fn check(folder: &Folder, text: &str, wanted: &[&str]) -> Result<()> {
    let file = folder.write("p.toml", text.to_owned() + "[[output]]\ntype = \"stdout\"\n")?;
    let checked = weir(["check".as_ref(), file.as_os_str()])?.with(2)?;
    for words in wanted {
        checked.said(words)?;
    }
    let count = wanted.iter().filter(|words| words.starts_with("error: ")).count();
    ensure!(checked.log.matches("error: ").count() == count, "{checked}");
    Ok(())
}

fn mistakes() -> Result<()> {
    let folder = Folder::new()?;
    let unknown = ["error: there is no preset `nginx.acess`", "did you mean `nginx.access`?"];
    check(&folder, "preset = \"nginx.acess\"\n", &[unknown[0], unknown[1], "p.toml:1:10"])?;
    check(&folder, "[[input]]\npreset = \"nginx.acess\"\n", &unknown)?;
    let stdin = "[[input]]\ntype = \"stdin\"\n";
    check(&folder, &format!("{stdin}[[filter]]\npreset = \"nginx.acess\"\n"), &unknown)?;
    check(
        &folder,
        "[[input]]\npreset = \"nginx.access\"\n[[input]]\npreset = \"apache.access\"\n",
        &["error: a pipeline's inputs cannot have different presets", "`weir run DIR`"],
    )?;
    check(
        &folder,
        &format!("[[input]]\npreset = \"nginx.access\"\n{stdin}"),
        &["error: this input has no preset, but another one has `nginx.access`"],
    )?;
    // The input is one of another type, so nothing of the preset's is taken, and `paths` is wrong.
    check(
        &folder,
        "[[input]]\npreset = \"nginx.access\"\ntype = \"stdin\"\npaths = \"x\"\n",
        &["error: the input `stdin` has no setting `paths`"],
    )?;
    check(
        &folder,
        &format!("{stdin}[[filter]]\npreset = \"nginx.access\"\non-error = \"drop\"\n"),
        &["error: this filter has no setting `on-error`", "`preset`, `name` and `when`"],
    )
}

fn known() -> Result<()> {
    let list = weir(["list"])?.with(0)?;
    let (_, presets) = list.out.split_once("\npresets\n").context("the list has presets")?;
    let schema: Value = serde_json::from_str(&weir(["schema"])?.with(0)?.out)?;
    for line in presets.lines() {
        let name = line.split_whitespace().next().context("a name")?;
        let page = weir(["help", name])?.with(0)?;
        let pipeline = Path::new(env!("CARGO_MANIFEST_DIR")).join("pipelines").join(name);
        let pipeline = std::fs::read_to_string(pipeline.join("pipeline.toml"))?;
        ensure!(page.out.contains(&pipeline), "{page}");
        let names = schema["properties"]["preset"]["enum"].as_array().context("a list")?;
        ensure!(names.iter().any(|it| it == name), "{names:?}");
    }
    ensure!(presets.contains("  nginx.access "), "{list}");
    weir(["help", "nginx.acess"])?.with(2)?.said("did you mean `nginx.access`?")
}
