//! Access logs of real web servers: parsed, enriched and shipped, while they are rotated.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use jiff::Timestamp;
use serde_json::Value;
use weir_testkit::live::{
    Apache, Nginx, SearchServer, Visit, WebServer, WebServerLogs, shared_opensearch, until,
};

use super::{documents, geoip};
use crate::kit::{Folder, Weir, file_input, search_output};

/// Clients with the country that MaxMind's test database has for them.
pub(super) const CLIENTS: [(&str, Option<&str>); 6] = [
    ("81.2.69.142", Some("GB")),
    ("216.160.83.56", Some("US")),
    ("89.160.20.112", Some("SE")),
    ("175.16.199.1", Some("CN")),
    ("2001:218::1", Some("JP")),
    ("192.0.2.1", None),
];

/// Agents with the name that the uap project's rules give them.
const AGENTS: [(&str, &str); 5] = [
    ("curl/8.5.0", "curl"),
    ("Mozilla/5.0 (Windows NT 10.0; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox"),
    (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) \
         Chrome/126.0.0.0 Safari/537.36",
        "Chrome",
    ),
    ("Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Googlebot"),
    ("a program of our own \"quoted\"", "Other"),
];

/// The visit of a number, which stands in its path.
fn visit(n: usize) -> Visit {
    Visit {
        path: format!("/page/{n}?from=weir"),
        agent: AGENTS[n % AGENTS.len()].0.to_owned(),
        client: CLIENTS[n % CLIENTS.len()].0.to_owned(),
    }
}

fn number(path: &str) -> Option<usize> {
    path.strip_prefix("/page/")?.strip_suffix("?from=weir")?.parse().ok()
}

fn pipeline(folder: &Folder, server: &SearchServer, index: &str) -> Result<PathBuf> {
    let geoip = geoip("source.address")?;
    let filters = format!(
        "[[filter]]\ntype = \"grok\"\npattern = '^%{{COMBINEDAPACHELOG}}$'\n\
         [[filter]]\ntype = \"date\"\nfield = \"timestamp\"\nformats = \"dd/MMM/yyyy:HH:mm:ss Z\"\n\
         {geoip}\
         [[filter]]\ntype = \"user-agent\"\n"
    );
    let input = file_input(&folder.path("logs/access.log*"));
    folder.write("access.toml", input + &filters + &search_output(&server.url(), index))
}

/// Five rotations by nginx's own signal while it answers tens of thousands of requests.
pub(super) fn nginx_rotates() -> Result<()> {
    const VISITS: usize = 30_000;
    const ROTATIONS: usize = 5;
    let folder = Folder::new()?;
    std::fs::create_dir(folder.path("logs"))?;
    let server = shared_opensearch()?;
    let nginx = Nginx::start(&WebServerLogs::in_folder(&folder.path("logs")))?;
    let pipeline = pipeline(&folder, server, "live-nginx")?;
    let mut running = Weir::run(&pipeline, &[])?;
    std::thread::scope(|scope| -> Result<()> {
        let driving = scope.spawn(|| nginx.drive((0..VISITS).map(visit)));
        for n in 0..ROTATIONS {
            wait_for_growth(&nginx, 300_000)?;
            nginx.rotate(&folder.path(&format!("logs/access.log.{n}")))?;
        }
        let answered = driving.join().map_err(|_| anyhow::anyhow!("driving panicked"))?;
        ensure!(answered == VISITS as u64, "{answered} of {VISITS} requests were answered");
        Ok(())
    })?;
    running.comes_to("every request in OpenSearch", |_| {
        server.count("live-nginx").is_ok_and(|count| count >= VISITS as u64)
    })?;
    running.stop()?.with(0)?;
    nginx.stop()?;
    are_all_there(&folder, server, "live-nginx", VISITS)
}

/// The same without rotation and with Apache.
pub(super) fn apache_writes() -> Result<()> {
    const VISITS: usize = 2_000;
    let folder = Folder::new()?;
    std::fs::create_dir(folder.path("logs"))?;
    let server = shared_opensearch()?;
    let apache = Apache::start(&WebServerLogs::in_folder(&folder.path("logs")))?;
    let pipeline = pipeline(&folder, server, "live-apache")?;
    let mut running = Weir::run(&pipeline, &[])?;
    let answered = apache.drive((0..VISITS).map(visit));
    ensure!(answered == VISITS as u64, "{answered} of {VISITS} requests were answered");
    running.comes_to("every request in OpenSearch", |_| {
        server.count("live-apache").is_ok_and(|count| count >= VISITS as u64)
    })?;
    running.stop()?.with(0)?;
    apache.stop()?;
    are_all_there(&folder, server, "live-apache", VISITS)
}

fn wait_for_growth(web: &WebServer, bytes: u64) -> Result<()> {
    until("the access log to grow", Duration::from_mins(1), || {
        (web.logs().access.metadata().ok()?.len() > bytes).then_some(())
    })
}

fn are_all_there(folder: &Folder, server: &SearchServer, index: &str, count: usize) -> Result<()> {
    let logged = logged_times(&folder.path("logs"))?;
    ensure!(logged.len() == count, "the server logged {} of {count}", logged.len());
    let documents = documents(server, index)?;
    ensure!(documents.len() == count, "{} documents for {count} requests", documents.len());
    let mut seen = vec![false; count];
    for document in &documents {
        let n = document["url"]["original"].as_str().and_then(number);
        let n = n.with_context(|| format!("no request of ours: {document}"))?;
        ensure!(!std::mem::replace(&mut seen[n], true), "request {n} came twice");
        is_enriched(document, n, &logged[&n]).with_context(|| document.to_string())?;
    }
    Ok(())
}

fn is_enriched(document: &Value, n: usize, logged: &Timestamp) -> Result<()> {
    let country = document["source"]["geo"]["country_iso_code"].as_str();
    ensure!(country == CLIENTS[n % CLIENTS.len()].1, "another country");
    ensure!(document["user_agent"]["name"] == AGENTS[n % AGENTS.len()].1, "another agent");
    let time: Timestamp = document["@timestamp"].as_str().context("no time")?.parse()?;
    ensure!(time == *logged, "another time than {logged}");
    ensure!(document["http"]["response"]["status_code"] == 200, "another status");
    Ok(())
}

/// The time of each request, by its number, as the logs have it.
fn logged_times(logs: &Path) -> Result<HashMap<usize, Timestamp>> {
    let mut times = HashMap::new();
    for entry in std::fs::read_dir(logs)? {
        let path = entry?.path();
        if !path.display().to_string().contains("access.log") {
            continue;
        }
        for line in std::fs::read_to_string(path)?.lines() {
            let n = line.split(' ').find_map(number).with_context(|| line.to_owned())?;
            let date = line.split(['[', ']']).nth(1).with_context(|| line.to_owned())?;
            let time = jiff::fmt::strtime::parse("%d/%b/%Y:%H:%M:%S %z", date)?.to_timestamp()?;
            ensure!(times.insert(n, time).is_none(), "request {n} was logged twice");
        }
    }
    Ok(times)
}
