//! From files to files.

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;

use crate::kit::{Folder, Weir, file_input, file_output, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("text_is_copied_byte_for_byte", text_is_copied),
        trial("lines_become_json_documents", lines_become_json),
        trial("a_second_run_reads_only_what_is_new", a_second_run),
        trial("files_found_by_a_pattern_are_all_read", a_pattern),
    ]
}

/// Every byte but the newline, long and empty lines, text that is no UTF-8.
fn odd_text() -> Vec<u8> {
    let mut text = Vec::new();
    for n in 0..20_000_u32 {
        text.extend_from_slice(format!("{n} ").as_bytes());
        match n % 5 {
            0 => text.extend_from_slice("Grüße 你好 😀".as_bytes()),
            1 => text.extend_from_slice(b"\xff\xfe \xc3\x28 \xed\xa0\x80 \x80"),
            2 => text.extend_from_slice(b"\0 nul \0"),
            3 => text.extend((0..=u8::MAX).filter(|byte| *byte != b'\n')),
            _ => {}
        }
        text.push(b'.');
        text.push(b'\n');
        if n % 7 == 0 {
            text.push(b'\n');
        }
    }
    text
}

fn text_is_copied() -> Result<()> {
    let folder = Folder::new()?;
    let text = odd_text();
    let input = folder.write("in.log", &text)?;
    let pipeline = file_input(&input) + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("copy.toml", pipeline)?;
    Weir::once(&pipeline)?.with(0)?;
    ensure!(folder.read("out.log") == text, "the copy differs");
    Ok(())
}

fn lines_become_json() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", b"one \"quoted\"\nGr\xfc\xdfe\nlast without newline")?;
    let pipeline = file_input(&input) + &file_output(&folder.path("out.json"), "json");
    let pipeline = folder.write("copy.toml", pipeline)?;
    Weir::once(&pipeline)?.with(0)?;
    let text = folder.text("out.json");
    let documents: Vec<Value> = text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let messages: Vec<&Value> = documents.iter().map(|document| &document["message"]).collect();
    assert_eq!(messages, ["one \"quoted\"", "Gr\u{FFFD}\u{FFFD}e", "last without newline"]);
    assert_eq!(documents[1]["tags"], serde_json::json!(["_invalid_utf8"]));
    for document in &documents {
        assert_eq!(document["log"]["file"]["path"], input.display().to_string());
        assert!(document["@timestamp"].is_string() && document["host"]["name"].is_string());
    }
    Ok(())
}

fn a_second_run() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.path("in.log");
    let pipeline = file_input(&input) + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("copy.toml", pipeline)?;
    for lines in ["one\ntwo\n", "three\n", ""] {
        folder.append("in.log", lines)?;
        Weir::once(&pipeline)?.with(0)?;
        assert_eq!(folder.text("out.log"), folder.text("in.log"));
    }
    Ok(())
}

fn a_pattern() -> Result<()> {
    let folder = Folder::new()?;
    for name in ["logs/a.log", "logs/deep/er/b.log", "logs/deep/c.log", "logs/d.gz", "logs/old.log"]
    {
        folder.write(name, format!("{name}\n"))?;
    }
    let mut pipeline = file_input(&folder.path("logs/**/*.log"));
    pipeline += "exclude = [\"old.log\"]\n";
    pipeline += &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("copy.toml", pipeline)?;
    Weir::once(&pipeline)?.with(0)?;
    let text = folder.text("out.log");
    let mut names: Vec<&str> = text.lines().collect();
    names.sort_unstable();
    assert_eq!(names, ["logs/a.log", "logs/deep/c.log", "logs/deep/er/b.log"]);
    Ok(())
}
