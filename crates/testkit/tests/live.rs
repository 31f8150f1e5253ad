//! Each real server of the testkit does one round trip, so that a live test that fails elsewhere
//! is known to have found a fault of the product.
//!
//! It has its own `main`, because a test that cannot run here must be reported as ignored.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::env;
use std::fmt::Display;
use std::fs;
use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, anyhow};
use libtest_mimic::{Arguments, Trial};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use serde_json::json;
use weir_testkit::live::http::{Connection, Request};
use weir_testkit::live::{
    self, Apache, AuditLog, ELASTICSEARCH_8, ModSecurity, Need, Nginx, Relay, Rsyslog,
    SearchServer, SearchServerOptions, SyslogNg, TlsFront, Visit, WebServer, WebServerLogs,
};

const ORPHAN: &str = "WEIR_LIVE_TEST_ORPHAN";
const LIMIT: Duration = Duration::from_secs(30);

fn main() {
    if let Some(folder) = env::var_os(ORPHAN) {
        start_and_wait_to_be_killed(Path::new(&folder));
        return;
    }
    libtest_mimic::run(&Arguments::from_args(), trials()).exit_if_failed();
}

fn trials() -> Vec<Trial> {
    use Need::{Apache as NeedApache, Elasticsearch8, OpenSearch};
    vec![
        live::trial("opensearch_answers_each_bulk_item", &[OpenSearch], opensearch_items),
        live::trial("opensearch_says_429_on_demand", &[OpenSearch], opensearch_429),
        live::trial("opensearch_comes_back_with_its_data", &[OpenSearch], opensearch_comes_back),
        live::trial("elasticsearch_8_answers_each_bulk_item", &[Elasticsearch8], || {
            bulk_items(&SearchServerOptions {
                distribution: &ELASTICSEARCH_8,
                ..SearchServerOptions::default()
            })
        }),
        live::trial("one_opensearch_serves_all_who_ask", &[OpenSearch], one_serves_all),
        live::trial("nginx_logs_every_request", &[Need::Nginx], || {
            logs_every_request(Nginx::start)
        }),
        live::trial("apache_logs_every_request", &[NeedApache], || {
            logs_every_request(Apache::start)
        }),
        live::trial("mod_security_stops_a_request", &[Need::ModSecurity], stops_a_request),
        live::trial("the_tls_front_asks_for_each_proof", &[Need::Nginx], tls_front_asks),
        live::trial("rsyslog_copies_a_file", &[Need::Rsyslog], || copies(Rsyslog::file_to_file)),
        live::trial("syslog_ng_copies_a_file", &[Need::SyslogNg], || {
            copies(SyslogNg::file_to_file)
        }),
        live::trial("a_panic_ends_the_servers", &[Need::Nginx], a_panic_ends_the_servers),
        live::trial("a_killed_test_ends_its_servers", &[Need::Nginx], a_kill_ends_the_servers),
    ]
}

fn opensearch_items() -> Result<()> {
    bulk_items(&SearchServerOptions::default())
}

/// Created, conflict, refused by a strict mapping, and a data stream.
fn bulk_items(options: &SearchServerOptions) -> Result<()> {
    let mut server = SearchServer::start(options)?;
    let properties = json!({ "message": { "type": "text" }, "status": { "type": "integer" } });
    server.strict_template("strict", "strict-*", &properties)?;
    server.data_stream_template("logs-live", "logs-live-*")?;
    let body = lines([
        json!({ "create": { "_index": "strict-a", "_id": "1" } }),
        json!({ "message": "first", "status": 200 }),
        json!({ "create": { "_index": "strict-a", "_id": "1" } }),
        json!({ "message": "again", "status": 200 }),
        json!({ "create": { "_index": "strict-a", "_id": "2" } }),
        json!({ "message": "a word for a number", "status": "fine" }),
        json!({ "create": { "_index": "strict-a", "_id": "3" } }),
        json!({ "unknown": "field" }),
        json!({ "create": { "_index": "logs-live-default" } }),
        json!({ "@timestamp": "2026-11-23T00:00:00Z", "message": "streamed" }),
    ]);
    let (status, answer) = server.bulk(&body)?;
    assert_eq!(status, 200, "{answer}");
    let outcomes = answer["items"].as_array().unwrap().iter().map(|item| &item["create"]);
    let statuses: Vec<_> = outcomes.clone().map(|item| item["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses, [201, 409, 400, 400, 201], "{answer}");
    let reasons: Vec<_> = outcomes.map(|item| item["error"]["type"].as_str()).collect();
    assert_eq!(reasons[1], Some("version_conflict_engine_exception"));
    assert!(reasons[2].unwrap().contains("pars"), "{answer}");
    assert_eq!(reasons[3], Some("strict_dynamic_mapping_exception"));
    assert_eq!(server.count("strict-a")?, 1);
    assert_eq!(server.count("logs-live-default")?, 1);
    assert_eq!(server.count("nothing-here")?, 0);
    server.stop()
}

fn opensearch_429() -> Result<()> {
    let mut server = SearchServer::start(&SearchServerOptions::default())?;
    let item = |id: u32| {
        json!({ "create": { "_index": "full", "_id": id } }).to_string() + "\n{\"a\":\"b\"}\n"
    };
    assert_eq!(bulk_statuses(&server, &item(1))?, (200, vec![201]));
    server.set_flood_stage("full", true)?;
    assert_eq!(bulk_statuses(&server, &item(2))?, (200, vec![429]));
    server.set_flood_stage("full", false)?;
    assert_eq!(bulk_statuses(&server, &item(2))?, (200, vec![201]));

    let large: String = (100..300).map(item).collect();
    server.refuse_bodies_over(Some(1_000))?;
    assert_eq!(bulk_statuses(&server, &large)?, (429, vec![]));
    server.refuse_bodies_over(None)?;

    server.set_indexing_pressure(Some("4kb"))?;
    assert_eq!(bulk_statuses(&server, &large)?, (429, vec![]));
    server.set_indexing_pressure(None)?;
    assert_eq!(bulk_statuses(&server, &large)?, (200, vec![201; 200]));
    assert_eq!(server.count("full")?, 202);
    Ok(())
}

fn opensearch_comes_back() -> Result<()> {
    let mut server = SearchServer::start(&SearchServerOptions::default())?;
    let address = server.address();
    let document =
        |n: u32| [json!({ "create": { "_index": "many", "_id": n } }), json!({ "n": n })];
    let body = lines((0..12_000).flat_map(document));
    assert_eq!(server.bulk(&body)?.0, 200);
    let numbers = |server: &SearchServer| -> Result<Vec<u64>> {
        let hits = server.search_all("many", Some("n"))?;
        Ok(hits.iter().map(|hit| hit["_source"]["n"].as_u64().unwrap()).collect())
    };
    assert_eq!(numbers(&server)?, (0..12_000).collect::<Vec<_>>());

    server.pause()?;
    let hello = Request { method: "GET", path: "/", headers: &[], body: b"" };
    let silence = live::http::send(address, Duration::from_millis(300), &hello);
    assert!(silence.is_err(), "a frozen server answered {silence:?}");
    server.resume()?;
    assert_eq!(server.get("/")?.1["version"]["number"], "3.8.0");

    server.kill()?;
    assert!(TcpStream::connect(address).is_err());
    server.restart()?;
    assert_eq!(server.address(), address);
    assert_eq!(numbers(&server)?.len(), 12_000);
    server.stop()?;
    assert!(TcpStream::connect(address).is_err());
    Ok(())
}

fn one_serves_all() -> Result<()> {
    let ask = || live::shared_opensearch().map(SearchServer::address);
    let other = std::thread::spawn(ask).join().unwrap()?;
    assert_eq!(ask()?, other);
    assert_eq!(live::shared_opensearch()?.get("/")?.0, 200);
    Ok(())
}

fn logs_every_request(start: fn(&WebServerLogs) -> Result<WebServer>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let server = start(&WebServerLogs::in_folder(folder.path()))?;
    let rotated = folder.path().join("access.log.1");
    assert_eq!(server.drive(visits(0..10)), 10);
    wait_for_lines(&server.logs().access, 10)?;
    server.rotate(&rotated)?;
    assert_eq!(server.drive(visits(10..500)), 490);
    wait_for_lines(&server.logs().access, 490)?;
    assert_eq!(fs::read_to_string(&rotated)?.lines().count(), 10);
    let log = fs::read_to_string(&server.logs().access)?;
    for address in ["81.2.69.142 ", "2001:db8::1 "] {
        assert!(log.lines().any(|line| line.starts_with(address)), "{log}");
    }
    assert!(log.contains("\"GET /page/10?q=1 HTTP/1.1\" 200 "), "{log}");
    assert!(log.lines().all(|line| line.ends_with("\"Mozilla/5.0 (X11)\"")), "{log}");
    for status in [301, 404, 500, 503] {
        let mut visit = visits(0..1).next().unwrap();
        visit.path = format!("/status/{status}");
        assert_eq!(server.visit(&visit)?, status);
    }
    let address = server.address();
    server.stop()?;
    assert_nothing_listens(address);
    Ok(())
}

/// The client's address in its log is the one that was forwarded.
fn stops_a_request() -> Result<()> {
    for form in [AuditLog::Native, AuditLog::Json] {
        let folder = tempfile::tempdir()?;
        let server = ModSecurity::start(&WebServerLogs::in_folder(folder.path()), form)?;
        let mut visit = visits(0..1).next().unwrap();
        assert_eq!(server.visit(&visit)?, 200);
        "/page?id=1%27%20OR%20%271%27=%271".clone_into(&mut visit.path);
        assert_eq!(server.visit(&visit)?, 403);
        let audit = ModSecurity::audit_log(server.logs());
        live::until("the audit log to name client and rule", LIMIT, || {
            let log = fs::read_to_string(&audit).ok()?;
            (log.contains(&visit.client) && log.contains("942100")).then_some(())
        })?;
        server.stop()?;
    }
    Ok(())
}

fn tls_front_asks() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let behind = Nginx::start(&WebServerLogs::in_folder(folder.path()))?;
    let front = TlsFront::start(behind.address())?;
    let ca = front.certificates().ca();
    let basic = "Basic d2VpcjpwQHNzL3clcmQ=";
    let key = format!("ApiKey {}", TlsFront::API_KEY);
    let by = |url: &str, proof: Option<&str>| https_status(&front, url, &ca, proof, false);
    assert_eq!(by(&front.url(), None)?, 200);
    assert_eq!(by(&front.basic_url(), None)?, 401);
    assert_eq!(by(&front.basic_url(), Some(basic))?, 200);
    assert_eq!(by(&front.api_key_url(), Some(basic))?, 401);
    assert_eq!(by(&front.api_key_url(), Some(&key))?, 200);
    assert_eq!(by(&front.client_certificate_url(), None)?, 400);
    assert_eq!(https_status(&front, &front.client_certificate_url(), &ca, None, true)?, 200);
    let stranger = front.certificates().stranger_ca();
    let refused = https_status(&front, &front.url(), &stranger, None, false).unwrap_err();
    assert!(format!("{refused:#}").contains("UnknownIssuer"), "{refused:#}");
    front.stop()
}

fn copies(file_to_file: fn(&Path, &Path) -> Result<Relay>) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let (input, output) = (folder.path().join("in.log"), folder.path().join("out.log"));
    let text = lines((0..200_000).map(|n| format!("line {n} of a log")));
    fs::write(&input, &text)?;
    let usage = file_to_file(&input, &output)?.finish(text.len() as u64, LIMIT)?;
    assert_eq!(fs::read_to_string(&output)?, text);
    assert!(usage.cpu > Duration::ZERO && usage.peak_rss > 1_000_000, "{usage:?}");
    Ok(())
}

fn a_panic_ends_the_servers() -> Result<()> {
    let address = std::panic::catch_unwind(|| {
        let folder = tempfile::tempdir().unwrap();
        let server = Nginx::start(&WebServerLogs::in_folder(folder.path())).unwrap();
        std::panic::panic_any(server.address());
    })
    .unwrap_err();
    let address = *address.downcast::<SocketAddr>().map_err(|_| anyhow!("another panic"))?;
    assert_nothing_listens(address);
    Ok(())
}

fn a_kill_ends_the_servers() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let mut orphan = Command::new(env::current_exe()?)
        .env(ORPHAN, folder.path())
        .stdout(Stdio::piped())
        .spawn()?;
    let mut line = String::new();
    BufReader::new(orphan.stdout.take().unwrap()).read_line(&mut line)?;
    let address: SocketAddr = line.trim().parse()?;
    TcpStream::connect(address)?;
    orphan.kill()?;
    orphan.wait()?;
    live::until("the orphan's server to end", LIMIT, || TcpListener::bind(address).ok())?;
    Ok(())
}

#[expect(clippy::print_stdout, reason = "tells the parent process the address")]
fn start_and_wait_to_be_killed(folder: &Path) {
    let server = Nginx::start(&WebServerLogs::in_folder(folder)).unwrap();
    println!("{}", server.address());
    std::thread::park();
}

fn visits(range: std::ops::Range<u32>) -> impl Iterator<Item = Visit> + Send {
    range.map(|n| Visit {
        path: format!("/page/{n}?q=1"),
        agent: "Mozilla/5.0 (X11)".to_owned(),
        client: ["81.2.69.142", "2.125.160.216", "192.0.2.1", "2001:db8::1"][n as usize % 4]
            .to_owned(),
    })
}

/// A server writes its log line after the answer.
fn wait_for_lines(log: &Path, count: usize) -> Result<()> {
    let lines = || fs::read_to_string(log).map_or(0, |text| text.lines().count());
    live::until("the lines of the access log", LIMIT, || (lines() >= count).then_some(()))?;
    assert_eq!(lines(), count);
    Ok(())
}

fn assert_nothing_listens(address: SocketAddr) {
    assert!(TcpListener::bind(address).is_ok(), "something still listens on {address}");
}

fn lines(values: impl IntoIterator<Item = impl Display>) -> String {
    values.into_iter().fold(String::new(), |text, value| text + &value.to_string() + "\n")
}

fn bulk_statuses(server: &SearchServer, body: &str) -> Result<(u16, Vec<u64>)> {
    let (status, answer) = server.bulk(body)?;
    let items = answer["items"].as_array().cloned().unwrap_or_default();
    let items = items.iter().map(|item| item["create"]["status"].as_u64().unwrap()).collect();
    Ok((status, items))
}

/// The status of a GET over TLS by a client that trusts only the authority in `ca`.
fn https_status(
    front: &TlsFront,
    url: &str,
    ca: &PathBuf,
    authorization: Option<&str>,
    with_certificate: bool,
) -> Result<u16> {
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_file(ca)?)?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let client = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots);
    let own = front.certificates();
    let client = if with_certificate {
        let certificate = CertificateDer::from_pem_file(own.client())?;
        let key = PrivateKeyDer::from_pem_file(own.client_key())?;
        client.with_client_auth_cert(vec![certificate], key)?
    } else {
        client.with_no_client_auth()
    };
    let address: SocketAddr = url.trim_start_matches("https://").parse()?;
    let name = ServerName::IpAddress(address.ip().into());
    let session = rustls::ClientConnection::new(Arc::new(client), name)?;
    let stream = rustls::StreamOwned::new(session, TcpStream::connect(address)?);
    let headers: Vec<_> = authorization.map(|value| ("Authorization", value)).into_iter().collect();
    let request = Request { method: "GET", path: "/", headers: &headers, body: b"" };
    Ok(Connection::over(stream, address.to_string()).send(&request)?.status)
}
