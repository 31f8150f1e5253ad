//! How the program ends, and what its exit code says.

use std::net::TcpListener;

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use rustix::process::Signal;

use crate::kit::{
    Folder, LIMIT, Numbered, Seen, Weir, fake_server, file_input, file_output, search_output,
    trial, weir,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("exit_0_when_all_is_delivered", all_delivered),
        trial("exit_1_when_something_is_missing_at_the_start", missing_at_the_start),
        trial("exit_2_when_the_configuration_is_wrong", wrong_configuration),
        trial("exit_3_when_events_are_left_and_the_next_run_delivers_them", events_left),
        trial("a_second_signal_ends_it_at_once", second_signal),
        trial("two_processes_on_one_state_directory_are_refused", two_processes),
    ]
}

fn all_delivered() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", "one\n")?;
    let pipeline = file_input(&input) + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("p.toml", pipeline)?;
    let mut running = Weir::run(&pipeline, &[])?;
    running.comes_to("the line to arrive", |_| folder.text("out.log") == "one\n")?;
    running.stop()?.with(0)?;
    Ok(())
}

fn missing_at_the_start() -> Result<()> {
    let folder = Folder::new()?;
    let absent = folder.path("absent.mmdb");
    let pipeline = file_input(&folder.path("in.log"))
        + &format!("[[filter]]\ntype = \"geoip\"\ndatabase = \"{}\"\n", absent.display())
        + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("p.toml", pipeline)?;
    Weir::once(&pipeline)?.with(1)?.said(&absent.display().to_string())
}

fn wrong_configuration() -> Result<()> {
    let folder = Folder::new()?;
    let pipeline = folder.write("p.toml", "[[input]]\ntype = \"fiel\"\npaths = [\"x\"]\n")?;
    Weir::once(&pipeline)?.with(2)?.said("`file`")?;
    let absent = folder.path("absent.toml");
    Weir::once(&absent)?.with(2)?.said(&absent.display().to_string())?;
    weir(["run", "--listen", "nonsense", "x.toml"])?.with(2)?.said("`nonsense`")?;
    weir(["rum"])?.with(2)?.said("run")
}

fn events_left() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", Numbered::text(0..1_000, 50))?;
    // Bound and never listened to by anything that answers: nobody else gets this port meanwhile.
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", silent.local_addr()?);
    let output = search_output(&url, "left") + "timeout = \"300ms\"\n";
    let pipeline = folder.write("p.toml", file_input(&input) + &output)?;
    let mut running = Weir::run(&pipeline, &["--drain", "500ms"])?;
    running.says("the request was not taken")?;
    let ended = running.stop()?.with(3)?;
    ended.said("undelivered")?;
    ended.said("1000")?;

    let server = fake_server();
    let output = search_output(&server.url(), "left");
    folder.write("p.toml", file_input(&input) + &output)?;
    Weir::once(&pipeline)?.with(0)?;
    let documents = server.documents();
    Seen::of(documents.iter().map(|it| it.document.as_str()))?.once_each(1_000)
}

fn second_signal() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", "one\n")?;
    let silent = TcpListener::bind("127.0.0.1:0")?;
    let url = format!("http://{}", silent.local_addr()?);
    let output = search_output(&url, "left");
    let pipeline = folder.write("p.toml", file_input(&input) + &output)?;
    let mut running = Weir::run(&pipeline, &["--drain", "1h"])?;
    running.says("started")?;
    running.signal(Signal::TERM)?;
    running.says("stopping; a second signal")?;
    running.signal(Signal::INT)?;
    running.end(LIMIT)?.with(3)?.said("stopping at once")
}

fn two_processes() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", "one\n")?;
    let pipeline = file_input(&input) + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("p.toml", pipeline)?;
    let mut first = Weir::run(&pipeline, &[])?;
    first.comes_to("the line to arrive", |_| folder.text("out.log") == "one\n")?;
    let second = Weir::once(&pipeline)?.with(2)?;
    second.said(&format!("another weir (process {}) is already using", first.pid()))?;
    second.said(&folder.path(".weir").display().to_string())?;
    second.said("--state-dir")?;
    let other = folder.path("other-state");
    let third = Weir::run(&pipeline, &["--once", "--state-dir", &other.display().to_string()])?;
    third.end(LIMIT)?.with(0)?;
    ensure!(other.is_dir(), "the other state directory was not made");
    first.stop()?.with(0)?;
    Ok(())
}
