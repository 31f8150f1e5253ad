//! The pages `/metrics`, `/health` and `/ready`.

use std::net::{Ipv4Addr, SocketAddr};

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;
use weir_testkit::fake::Act;
use weir_testkit::live::free_port;
use weir_testkit::live::http::{self, Request};

use crate::kit::{
    Folder, LIMIT, Numbered, Weir, fake_server, file_input, file_output, search_output, trial,
};

pub(crate) fn trials() -> Vec<Trial> {
    vec![
        trial("the_pages_tell_what_was_read_and_delivered", pages_tell),
        trial("ready_follows_the_output", ready_follows),
        trial("a_taken_port_is_said_and_delivery_goes_on", taken_port),
    ]
}

fn get(address: SocketAddr, path: &str) -> Result<(u16, String)> {
    let request = Request { method: "GET", path, headers: &[], body: b"" };
    let answer = http::send(address, LIMIT, &request)?;
    Ok((answer.status, String::from_utf8_lossy(&answer.body).into_owned()))
}

fn own_address() -> Result<SocketAddr> {
    Ok((Ipv4Addr::LOCALHOST, free_port()?).into())
}

/// The value of a metric of the pipeline.
fn metric(text: &str, name: &str) -> Option<f64> {
    let line = text.lines().find(|line| line.starts_with(name))?;
    line.rsplit_once(' ')?.1.parse().ok()
}

fn pages_tell() -> Result<()> {
    let folder = Folder::new()?;
    let text = Numbered::text(0..500, 20);
    let input = folder.write("in.log", &text)?;
    let pipeline = file_input(&input)
        + "[[filter]]\ntype = \"drop\"\nwhen = 'contains(message, \"line 7 \")'\n"
        + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("web.toml", pipeline)?;
    let address = own_address()?;
    let mut running = Weir::run(&pipeline, &["--listen", &address.to_string()])?;
    let events = "weir_output_events_total{pipeline=\"web\",output=\"file\"}";
    let metrics = || get(address, "/metrics").map(|(_, text)| text).unwrap_or_default();
    running.comes_to("499 delivered events in the metrics", |_| {
        metric(&metrics(), events) == Some(499.0)
    })?;
    let metrics = metrics();
    let expected = [
        ("weir_input_events_total{pipeline=\"web\",input=\"file\"}", 500.0),
        ("weir_input_bytes_total{pipeline=\"web\",input=\"file\"}", 14_890.0),
        ("weir_filter_dropped_events_total{pipeline=\"web\",filter=\"drop-1\"}", 1.0),
        ("weir_output_dead_lettered_events_total{pipeline=\"web\",output=\"file\"}", 0.0),
        ("weir_output_retries_total{pipeline=\"web\",output=\"file\"}", 0.0),
    ];
    ensure!(text.len() == 14_890, "{} bytes were written", text.len());
    for (name, value) in expected {
        ensure!(metric(&metrics, name) == Some(value), "{name} is not {value}:\n{metrics}");
    }
    ensure!(metrics.contains("weir_build_info{version="), "{metrics}");
    assert_eq!(get(address, "/health")?.0, 200);
    let (status, ready) = get(address, "/ready")?;
    assert_eq!(status, 200, "{ready}");
    let ready: Value = serde_json::from_str(&ready)?;
    assert_eq!(ready["pipelines"][0]["outputs"][0]["delivered_events"], 499);
    running.stop()?.with(0)?;
    Ok(())
}

fn ready_follows() -> Result<()> {
    let folder = Folder::new()?;
    let server = fake_server();
    server.script(vec![Act::Answer { status: 503, retry_after: None }; 30]);
    let input = folder.write("in.log", "one\n")?;
    let output = search_output(&server.url(), "ready");
    let pipeline = folder.write("p.toml", file_input(&input) + &output)?;
    let address = own_address()?;
    let mut running = Weir::run(&pipeline, &["--listen", &address.to_string()])?;
    let labels = format!("{{pipeline=\"p\",input=\"file\",path=\"{}\"}}", input.display());
    let lag = format!("weir_input_lag_bytes{labels}");
    running.comes_to("the lag of the file to be shown", |_| {
        get(address, "/metrics").is_ok_and(|(_, text)| metric(&text, &lag) == Some(4.0))
    })?;
    for wanted in [503, 200] {
        running.comes_to(&format!("/ready to answer {wanted}"), |_| {
            get(address, "/ready").is_ok_and(|(status, _)| status == wanted)
        })?;
        assert_eq!(get(address, "/health")?.0, 200);
    }
    assert_eq!(server.documents().len(), 1);
    running.stop()?.with(0)?;
    Ok(())
}

fn taken_port() -> Result<()> {
    let folder = Folder::new()?;
    let taken = std::net::TcpListener::bind("127.0.0.1:0")?;
    let input = folder.write("in.log", "one\n")?;
    let pipeline = file_input(&input) + &file_output(&folder.path("out.log"), "text");
    let pipeline = folder.write("p.toml", pipeline)?;
    let address = taken.local_addr()?.to_string();
    let mut running = Weir::run(&pipeline, &["--listen", &address])?;
    running.comes_to("the line to arrive", |_| folder.text("out.log") == "one\n")?;
    running.stop()?.with(0)?.said("no metrics page")
}
