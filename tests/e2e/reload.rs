//! SIGHUP. That a wrong file changes nothing is a law, see `laws`.

use std::io::Write as _;
use std::net::{Ipv4Addr, TcpStream};

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use rustix::process::Signal;
use weir_testkit::live::free_port;

use crate::kit::{Folder, Weir, file_input, file_output, trial};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("one_signal_reloads_once", one_signal),
        trial("a_silent_visitor_does_not_hold_up_a_reload", silent_visitor),
    ]
}

fn one_signal() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", "one\n")?;
    let text = |out: &str| file_input(&input) + &file_output(&folder.path(out), "text");
    let pipeline = folder.write("p.toml", text("a.log"))?;
    let mut running = Weir::run(&pipeline, &[])?;
    running.comes_to("the first line", |_| folder.text("a.log") == "one\n")?;
    let all = || folder.text("a.log") + &folder.text("b.log") + &folder.text("c.log");
    let mut lines = "one\n".to_owned();
    for (started, (name, line)) in [("b.log", "two\n"), ("c.log", "three\n")].iter().enumerate() {
        folder.write("p.toml", text(name))?;
        running.signal(Signal::HUP)?;
        // Whoever has it read first writes it, the old pipeline or the new one.
        folder.append("in.log", line)?;
        lines += line;
        running.comes_to("the new line", |_| all() == lines)?;
        let is_started = |weir: &Weir| weir.log().matches("INFO started").count() == started + 2;
        running.comes_to("the new pipeline", is_started)?;
    }
    let ended = running.stop()?.with(0)?;
    let reloads = ended.log.matches("the configuration is read again").count();
    ensure!(reloads == 2, "{reloads} reloads of 2:\n{ended}");
    assert_eq!(all(), lines);
    Ok(())
}

/// Somebody has connected to the metrics page and says nothing.
fn silent_visitor() -> Result<()> {
    let folder = Folder::new()?;
    let input = folder.write("in.log", "one\n")?;
    let text = |out: &str| file_input(&input) + &file_output(&folder.path(out), "text");
    let pipeline = folder.write("p.toml", text("a.log"))?;
    let port = free_port()?;
    let address = format!("127.0.0.1:{port}");
    let mut running = Weir::run(&pipeline, &["--listen", &address])?;
    running.comes_to("the first line", |_| folder.text("a.log") == "one\n")?;
    let silent = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    let mut half = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
    half.write_all(b"GET /metrics HTTP/1.1\r\nHost: ")?;
    folder.write("p.toml", text("b.log"))?;
    running.signal(Signal::HUP)?;
    folder.append("in.log", "two\n")?;
    running.comes_to("the second line", |_| {
        folder.text("a.log") + &folder.text("b.log") == "one\ntwo\n"
    })?;
    running.says("configuration is read again")?;
    running.stop()?.with(0)?;
    drop((silent, half));
    Ok(())
}
