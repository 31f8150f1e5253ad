//! A web application firewall before a site: who was stopped, by which rule, from which country, and
//! on what request.

use std::collections::{BTreeMap, BTreeSet};
use std::net::TcpStream;
use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use weir_testkit::live::http::{Connection, Request};
use weir_testkit::live::{
    AuditLog, ModSecurity, SearchServer, Visit, WebServer, WebServerLogs, shared_opensearch, until,
};

use super::access_logs::CLIENTS;
use super::{documents, geoip};
use crate::kit::{Folder, LIMIT, Weir, search_output};

const AUDIT: &str = "live-firewall-audit";
const ERRORS: &str = "live-firewall-errors";

/// Requests that many clients send at once, half of them bad.
const CROWD: usize = 300;

/// The rule against a number for a host. It warns, and the crowd gives one.
const NUMERIC_HOST: &str = "920350";

/// A request to the site by its name.
struct Call {
    method: &'static str,
    /// Path and query; each path is there once.
    target: &'static str,
    agent: &'static str,
    body: &'static str,
    /// The most severe rule against it, if any.
    rule: Option<&'static str>,
}

const fn get(target: &'static str, rule: Option<&'static str>) -> Call {
    Call { method: "GET", target, agent: "curl/8.5.0", body: "", rule }
}

const CALLS: [Call; 12] = [
    get("/", None),
    get("/shop?q=weather+in+berlin", None),
    Call { method: "POST", body: "name=Alice&note=Nice+site", ..get("/guests", None) },
    get("/news?city=%E6%9D%B1%E4%BA%AC&name=M%C3%BCller", None),
    get("/item?id=1%27%20OR%20%271%27=%271", Some("942100")),
    get("/search?q=<script>alert(1)</script>", Some("941100")),
    get("/download?file=../../../../etc/passwd", Some("930100")),
    get("/ping?host=;cat+/etc/passwd", Some("930120")),
    get("/view?page=php://filter/convert.base64-encode/resource=index", Some("933140")),
    Call { method: "POST", body: "user=admin%27--&pass=x", ..get("/login", Some("942100")) },
    Call { method: "PUT", ..get("/upload", Some("911100")) },
    Call { agent: "sqlmap/1.7.2#stable (https://sqlmap.org)", ..get("/about", Some("913100")) },
];

/// What has to be known of a request that a rule stopped; by the names that `answer` has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Blocked {
    client: String,
    country: Option<String>,
    rule: String,
    method: String,
    path: String,
}

impl Blocked {
    fn expected(n: usize, method: &str, target: &str, rule: &str) -> Self {
        let (client, country) = CLIENTS[n % CLIENTS.len()];
        Self {
            client: client.to_owned(),
            country: country.map(str::to_owned),
            rule: rule.to_owned(),
            method: method.to_owned(),
            path: target.split('?').next().unwrap_or_default().to_owned(),
        }
    }

    fn of(document: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let source = &document["source"];
        Self {
            client: text(&source["ip"]),
            country: source["geo"]["country_iso_code"].as_str().map(str::to_owned),
            rule: text(&document["rule"]["id"]),
            method: text(&document["http"]["request"]["method"]),
            path: text(&document["url"]["path"]),
        }
    }
}

/// The visit of a number; all clients send good ones and attacks.
fn visit(n: usize) -> Visit {
    let query = if is_attack(n) { "id=1%27%20OR%20%271%27=%271" } else { "from=weir" };
    Visit {
        path: format!("/page/{n}?{query}"),
        agent: "curl/8.5.0".to_owned(),
        client: CLIENTS[n % CLIENTS.len()].0.to_owned(),
    }
}

fn is_attack(n: usize) -> bool {
    n / CLIENTS.len() % 2 == 1
}

/// All that has to be known as blocked, of one server.
fn all_blocked() -> Vec<Blocked> {
    let calls = CALLS.iter().enumerate();
    let calls = calls
        .filter_map(|(n, it)| it.rule.map(|rule| Blocked::expected(n, it.method, it.target, rule)));
    let crowd = (0..CROWD).filter(|n| is_attack(*n));
    let crowd = crowd.map(|n| Blocked::expected(n, "GET", &visit(n).path, "942100"));
    let mut all: Vec<Blocked> = calls.chain(crowd).collect();
    all.sort();
    all
}

pub(super) fn mod_security_stops_requests() -> Result<()> {
    let folder = Folder::new()?;
    let server = shared_opensearch()?;
    let start = |name: &str, audit| -> Result<WebServer> {
        let logs = folder.path("logs").join(name);
        std::fs::create_dir_all(&logs)?;
        ModSecurity::start(&WebServerLogs::in_folder(&logs), audit)
    };
    let webs = [start("native", AuditLog::Native)?, start("json", AuditLog::Json)?];
    for (name, log, index) in
        [("modsecurity.audit", "modsec_audit", AUDIT), ("modsecurity.error", "error", ERRORS)]
    {
        let pattern = folder.path(&format!("logs/*/{log}.log"));
        let input = format!(
            "[[input]]\npreset = \"{name}\"\npaths = [\"{}\"]\nscan-interval = \"100ms\"\n",
            pattern.display()
        );
        let pipeline = input + &geoip("source.ip")? + &search_output(&server.url(), index);
        folder.write(&format!("pipelines/{log}.toml"), pipeline)?;
    }
    let state = folder.path("state").display().to_string();
    let mut running = Weir::run(&folder.path("pipelines"), &["--state-dir", &state])?;
    for web in &webs {
        send_all(web)?;
    }
    let logged = Logged::by(&webs)?;
    running.comes_to("every record in OpenSearch", |_| {
        let holds = |index, count: usize| server.count(index).is_ok_and(|it| it >= count as u64);
        holds(AUDIT, logged.transactions.len()) && holds(ERRORS, logged.error_lines)
    })?;
    running.stop()?.with(0)?;
    webs.into_iter().try_for_each(WebServer::stop)?;
    audit_is_right(server, &logged)?;
    errors_are_right(server, &logged)
}

/// Sends the calls and the crowd's requests; what is bad has to be refused.
fn send_all(web: &WebServer) -> Result<()> {
    for (n, call) in CALLS.iter().enumerate() {
        let stream = TcpStream::connect(web.address())?;
        stream.set_read_timeout(Some(LIMIT))?;
        let headers = [
            ("User-Agent", call.agent),
            ("X-Forwarded-For", CLIENTS[n % CLIENTS.len()].0),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ];
        let headers = if call.body.is_empty() { &headers[..2] } else { &headers };
        let (method, path, body) = (call.method, call.target, call.body.as_bytes());
        let request = Request { method, path, headers, body };
        let answer = Connection::over(stream, "shop.example".to_owned()).send(&request)?;
        let expected = if call.rule.is_some() { 403 } else { 200 };
        ensure!(answer.status == expected, "{method} {path} answered {answer:?}");
    }
    let answered = web.drive((0..CROWD).map(visit));
    ensure!(answered == CROWD as u64, "{answered} of {CROWD} requests were answered");
    Ok(())
}

/// What the logs hold, as read without the product.
struct Logged {
    /// The ids of audit records.
    transactions: Vec<String>,
    /// How often the error logs name each transaction.
    hits: BTreeMap<String, usize>,
    error_lines: usize,
}

impl Logged {
    /// Waits for all records: they are written after the answer.
    fn by(webs: &[WebServer; 2]) -> Result<Self> {
        let named = CALLS.iter().filter(|it| it.rule.is_some()).count();
        // Everyone in the crowd trips over the host.
        let [native, json] = webs;
        let mut transactions = ids(native, named + CROWD, |log| {
            let records = log.split("-A--\n").skip(1);
            records.filter_map(|it| Some(it.split(' ').nth(2)?.to_owned())).collect()
        })?;
        transactions.extend(ids(json, CALLS.len() + CROWD, |log| {
            let objects = log.lines().filter_map(|it| serde_json::from_str::<Value>(it).ok());
            let id = |it: Value| Some(it["transaction"]["transaction_id"].as_str()?.to_owned());
            objects.filter_map(id).collect()
        })?);
        transactions.sort();
        let mut hits = BTreeMap::new();
        let mut error_lines = 0;
        for web in webs {
            for line in std::fs::read_to_string(&web.logs().error)?.lines() {
                error_lines += 1;
                if let Some((_, id)) = line.split_once("[unique_id \"") {
                    *hits.entry(id.trim_end_matches("\"]").to_owned()).or_default() += 1;
                }
            }
        }
        Ok(Self { transactions, hits, error_lines })
    }
}

/// The ids in an audit log, once it has as many whole records as it should have.
fn ids(web: &WebServer, count: usize, read: fn(&str) -> Vec<String>) -> Result<Vec<String>> {
    let log = ModSecurity::audit_log(web.logs());
    let mut found = 0;
    let all = until("the audit log to be whole", Duration::from_secs(15), || {
        let text = std::fs::read_to_string(&log).ok()?;
        let is_whole = text.ends_with("-Z--\n\n") || text.ends_with("}\n");
        let ids = read(&text);
        found = ids.len();
        (is_whole && found >= count).then_some(ids)
    });
    let all = all.with_context(|| format!("{found} of {count} records in {}", log.display()))?;
    ensure!(all.len() == count, "{} records, not {count}, in {}", all.len(), log.display());
    Ok(all)
}

fn transaction(document: &Value) -> Option<String> {
    Some(document["modsecurity"]["transaction_id"].as_str()?.to_owned())
}

/// Whether all was read; some clients are of no country that the database knows.
fn has_no_failure(document: &Value) -> bool {
    let address = document["source"]["ip"].as_str();
    let is_known = CLIENTS.iter().any(|it| Some(it.0) == address && it.1.is_some());
    let unknown = json!(["_geoip_lookup_failure"]);
    document["tags"] == if address.is_none() || is_known { Value::Null } else { unknown }
}

/// Every record once, each attack with all that is asked for, and nothing else as blocked.
fn audit_is_right(server: &SearchServer, logged: &Logged) -> Result<()> {
    let documents = documents(server, AUDIT)?;
    let mut ids: Vec<String> = documents.iter().filter_map(transaction).collect();
    ids.sort();
    ensure!(ids == logged.transactions, "other transactions than in the audit logs");
    ensure!(ids.len() == documents.len(), "documents without a transaction");
    for document in &documents {
        let path = document["url"]["path"].as_str().context("no path")?;
        let action = document["event"]["action"].as_str();
        let rule = document["rule"]["id"].as_str();
        let is_attack = document["http"]["response"]["status_code"] == 403;
        let expected = match path.starts_with("/page/") {
            _ if is_attack => Some("blocked"),
            true => Some("detected").filter(|_| rule == Some(NUMERIC_HOST)),
            false => Some("logged").filter(|_| rule.is_none()),
        };
        ensure!(action == expected && has_no_failure(document), "{document:#}");
    }
    let all = all_blocked();
    for form in ["native", "json"] {
        let mut blocked: Vec<Blocked> =
            blocked_in(server, AUDIT, form)?.iter().map(Blocked::of).collect();
        blocked.sort();
        let wrong = blocked.iter().zip(&all).find(|(found, wanted)| found != wanted);
        ensure!(wrong.is_none(), "{form}: found and wanted: {wrong:#?}");
        ensure!(blocked.len() == all.len(), "{form}: {} blocked", blocked.len());
    }
    let swedes = 2 * all.iter().filter(|it| it.country.as_deref() == Some("SE")).count();
    let buckets = json!({
        "size": 0,
        "query": { "term": { "event.action.keyword": "blocked" } },
        "aggs": { "from": { "terms": { "field": "source.geo.country_iso_code.keyword" } } },
    });
    let (_, answer) = server.post(&format!("/{AUDIT}/_search"), &buckets)?;
    let buckets = answer["aggregations"]["from"]["buckets"].as_array().context("no buckets")?;
    let sweden = buckets.iter().find(|it| it["key"] == "SE");
    ensure!(sweden.is_some_and(|it| it["doc_count"] == swedes), "{buckets:#?}, not {swedes}");
    Ok(())
}

/// Every line once, and the same requests blocked, from the same countries.
fn errors_are_right(server: &SearchServer, logged: &Logged) -> Result<()> {
    let documents = documents(server, ERRORS)?;
    ensure!(documents.len() == logged.error_lines, "{} documents", documents.len());
    let mut hits: BTreeMap<String, usize> = BTreeMap::new();
    for id in documents.iter().filter_map(transaction) {
        *hits.entry(id).or_default() += 1;
    }
    ensure!(hits == logged.hits, "other transactions than in the error logs");
    let failed = documents.iter().find(|it| !has_no_failure(it));
    ensure!(failed.is_none(), "{failed:#?}");
    let places = |index: &str, forms: &[&str]| -> Result<BTreeSet<_>> {
        let mut places = BTreeSet::new();
        for form in forms {
            for document in blocked_in(server, index, form)? {
                let Blocked { client, country, path, .. } = Blocked::of(&document);
                places.insert((transaction(&document), client, country, path));
            }
        }
        Ok(places)
    };
    let (errors, audit) = (places(ERRORS, &["error"])?, places(AUDIT, &["native", "json"])?);
    let differing: Vec<_> = errors.symmetric_difference(&audit).take(3).collect();
    ensure!(differing.is_empty(), "not the same in both logs: {differing:#?}");
    Ok(())
}

/// What a person asks for: the documents of one form with requests that were blocked.
fn blocked_in(server: &SearchServer, index: &str, form: &str) -> Result<Vec<Value>> {
    let terms = [("event.action.keyword", "blocked"), ("modsecurity.form.keyword", form)];
    let filter = terms.map(|(field, value)| json!({ "term": { field: value } }));
    let query = json!({ "size": 10_000, "query": { "bool": { "filter": filter } } });
    let (status, mut answer) = server.post(&format!("/{index}/_search"), &query)?;
    let hits = answer["hits"]["hits"].as_array_mut().with_context(|| status.to_string())?;
    Ok(hits.iter_mut().map(|hit| hit["_source"].take()).collect())
}
