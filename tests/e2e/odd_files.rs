//! Input that is not what one would wish.

use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use rustix::process::geteuid;
use serde_json::Value;

use crate::kit::{Folder, LIMIT, Numbered, Seen, Weir, file_input, file_output, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("nul_bytes_and_carriage_returns", nul_and_crlf),
        trial("a_line_of_100_mb_comes_in_pieces_within_bounds", huge_line),
        trial("an_empty_file_holds_nothing_up", empty_file),
        trial("folders_and_pipes_are_named_and_left_alone", folder_and_pipe),
        trial("a_file_without_permission_is_named_and_read_once_allowed", no_permission),
        trial("a_file_that_vanishes_holds_nothing_up", vanishing_files),
    ]
}

fn nul_and_crlf() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", b"a\0b\r\n\r\nc\rd\r\r\nlast\r\n")?;
    let pipeline = file_input(&input)
        + &file_output(&folder.path("out.log"), "text")
        + &file_output(&folder.path("out.json"), "json");
    let pipeline = folder.write("p.toml", pipeline)?;
    Weir::once(&pipeline)?.with(0)?;
    assert_eq!(folder.read("out.log"), b"a\0b\n\nc\rd\r\nlast\n");
    let text = folder.text("out.json");
    let messages: Vec<Value> = text
        .lines()
        .map(|line| Ok(serde_json::from_str::<Value>(line)?["message"].take()))
        .collect::<Result<_>>()?;
    assert_eq!(messages, ["a\0b", "", "c\rd\r", "last"]);
    Ok(())
}

fn huge_line() -> Result<()> {
    const LEN: usize = 100_000_000;
    let folder = Folder::new()?;
    let mut text = b"before\n".to_vec();
    text.resize(text.len() + LEN, b'x');
    text.extend_from_slice(b"\nafter\n");
    let input = folder.write("in.log", text)?;
    let pipeline = file_input(&input)
        + &file_output(&folder.path("out.log"), "text")
        + "when = 'not (\"_line_cut\" in tags)'\n"
        + &file_output(&folder.path("cut.log"), "text")
        + "when = '\"_line_cut\" in tags'\n";
    let pipeline = folder.write("p.toml", pipeline)?;
    let mut running = Weir::run(&pipeline, &[])?;
    let len = |name: &str| folder.path(name).metadata().map_or(0, |it| it.len());
    running.comes_to("the line after the long one", |_| len("out.log") >= 13)?;
    running.comes_to("the pieces", |_| len("cut.log") >= LEN as u64)?;
    let peak = running.usage()?.peak_rss;
    running.stop()?.with(0)?;
    assert_eq!(folder.text("out.log"), "before\nafter\n");
    let cut = folder.text("cut.log");
    ensure!(cut.lines().all(|piece| piece.len() <= 1 << 20), "a piece is above the limit");
    assert_eq!(cut.lines().map(str::len).sum::<usize>(), LEN);
    ensure!(peak < 200 << 20, "weir took {} MiB", peak >> 20);
    Ok(())
}

fn empty_file() -> Result<()> {
    let folder = Folder::new()?;
    folder.write("logs/empty.log", "")?;
    folder.write("logs/full.log", "one\n")?;
    let pipeline =
        file_input(&folder.path("logs/*.log")) + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("p.toml", pipeline)?;
    let mut running = Weir::run(&pipeline, &[])?;
    running.comes_to("the line to arrive", |_| folder.text("out.log") == "one\n")?;
    folder.append("logs/empty.log", "two\n")?;
    running.comes_to("the next line", |_| folder.text("out.log") == "one\ntwo\n")?;
    running.stop()?.with(0)?;
    Ok(())
}

fn folder_and_pipe() -> Result<()> {
    let folder = Folder::new()?;
    folder.write("logs/full.log", "one\n")?;
    let named = [folder.path("logs/folder.log"), folder.path("logs/pipe.log")];
    std::fs::create_dir(&named[0])?;
    mknodat(CWD, &named[1], FileType::Fifo, Mode::RUSR | Mode::WUSR, 0)?;
    let pipeline =
        file_input(&folder.path("logs/*.log")) + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("p.toml", pipeline)?;
    let ended = Weir::once(&pipeline)?.with(0)?;
    assert_eq!(folder.text("out.log"), "one\n");
    for path in named {
        ended.said(&path.display().to_string())?;
    }
    Ok(())
}

/// Root may read everything, so as root weir runs as `nobody` here.
fn no_permission() -> Result<()> {
    let folder = Folder::new()?;
    folder.write("logs/open.log", "one\n")?;
    let closed = folder.write("logs/closed.log", "two\n")?;
    let allow = |path: &std::path::Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
    };
    allow(&closed, 0o000)?;
    allow(folder.root(), 0o777)?;
    let pipeline =
        file_input(&folder.path("logs/*.log")) + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("p.toml", pipeline)?;
    let mut command = if geteuid().is_root() {
        // The build folder may be closed to others; a copy in the open one is not.
        std::fs::copy(Weir::program(), folder.path("weir"))?;
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups"]).arg(folder.path("weir"));
        command
    } else {
        Command::new(Weir::program())
    };
    let mut running = Weir::spawn(command.arg("run").arg(&pipeline).args(["--listen", "off"]))?;
    running.comes_to("the open file", |_| folder.text("out.log") == "one\n")?;
    running.says(&closed.display().to_string())?;
    allow(&closed, 0o644)?;
    running.comes_to("the file now allowed", |_| folder.text("out.log") == "one\ntwo\n")?;
    running.stop()?.with(0)?;
    Ok(())
}

/// Files come and go all the while; those that stay arrive whole.
fn vanishing_files() -> Result<()> {
    const LINES: usize = 2_000;
    let folder = Folder::new()?;
    folder.write("logs/stays.log", "")?;
    let pipeline =
        file_input(&folder.path("logs/*.log")) + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("p.toml", pipeline)?;
    let mut running = Weir::run(&pipeline, &[])?;
    for n in 0..LINES {
        let gone = folder.write("logs/gone.log", "fleeting\n")?;
        std::fs::remove_file(gone)?;
        std::os::unix::fs::symlink(folder.path("absent"), folder.path("logs/dangling.log"))?;
        std::fs::remove_file(folder.path("logs/dangling.log"))?;
        folder.append("logs/stays.log", Numbered::text(n..n + 1, 10))?;
    }
    let stayed = |folder: &Folder| {
        let text = folder.text("out.log");
        Seen::of(text.lines().filter(|line| *line != "fleeting"))
    };
    running.comes_to("the lines of the file that stays", |_| {
        stayed(&folder).is_ok_and(|seen| seen.distinct() == LINES)
    })?;
    running.signal(rustix::process::Signal::TERM)?;
    let ended = running.end(LIMIT)?.with(0)?;
    ensure!(!ended.log.contains("panicked") && !ended.log.contains("bug"), "{ended}");
    stayed(&folder)?.once_each(LINES)
}
