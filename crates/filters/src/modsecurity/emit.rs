//! From a record to fields.

use weir_event::{Arena, EventMut, Key, Span, Value};

use super::record::{Peer, Record};
use super::rule::{Rule, between, is_secret};
use super::{Bodies, Headers};

/// The most of one value that is kept; what a client sends may be megabytes.
const VALUE_BYTES_MAX: usize = 8192;

/// What stands for a secret.
const MASK: &str = "***";

/// Kinds of attacks for which the core rules count points.
const ATTACKS: [&str; 9] =
    ["sqli", "xss", "rfi", "lfi", "rce", "phpi", "http", "sess", "combined_score"];

macro_rules! keys {
    ($($name:ident = $text:literal,)*) => {
        /// The fields, prepared once.
        #[derive(Debug)]
        pub(super) struct Keys { $($name: Key,)* }

        impl Keys {
            pub(super) fn new() -> Self {
                Self { $($name: Key::named($text),)* }
            }
        }
    };
}

keys! {
    form = "modsecurity.form", id = "modsecurity.transaction_id", phase = "modsecurity.phase",
    rules = "modsecurity.rules", rules_total = "modsecurity.rules_total",
    handler = "modsecurity.handler", producer = "modsecurity.producer",
    engine = "modsecurity.engine_mode", combined = "modsecurity.stopwatch.combined_us",
    audit_file = "modsecurity.audit_file", text = "modsecurity.message",
    inbound = "modsecurity.anomaly_score.inbound", outbound = "modsecurity.anomaly_score.outbound",
    headers = "modsecurity.request.headers", software = "modsecurity.server",
    source_address = "source.address", source_ip = "source.ip", source_port = "source.port",
    target_address = "destination.address", target_ip = "destination.ip",
    target_port = "destination.port", method = "http.request.method", version = "http.version",
    request_body = "http.request.body.content", request_bytes = "http.request.body.bytes",
    response_body = "http.response.body.content", response_bytes = "http.response.body.bytes",
    status = "http.response.status_code", referrer = "http.request.referrer",
    original = "url.original", path = "url.path", query = "url.query", domain = "url.domain",
    agent = "user_agent.original", rule_id = "rule.id", rule_name = "rule.name",
    rule_set = "rule.ruleset", rule_version = "rule.version", rule_category = "rule.category",
    kind = "event.kind", category = "event.category", kind_of = "event.type",
    action = "event.action", outcome = "event.outcome", duration = "event.duration",
    related = "related.ip", level = "log.level", process = "process.pid",
}

/// What may be shown.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shown {
    pub(super) bodies: Bodies,
    pub(super) headers: Headers,
}

struct Sink<'a, 'b> {
    event: &'a mut EventMut<'b>,
    shown: Shown,
}

impl Keys {
    /// Sets the fields of a record.
    pub(super) fn emit(&self, event: &mut EventMut<'_>, record: &Record, shown: Shown) {
        let mut sink = Sink { event, shown };
        sink.text(self.form, record.form);
        sink.text(self.id, &record.id);
        sink.int(self.phase, record.phase);
        self.peers(&mut sink, record);
        self.request(&mut sink, record);
        self.response(&mut sink, record);
        self.verdict(&mut sink, record);
        self.scores(&mut sink, &record.rules);
        sink.text(self.handler, &record.handler);
        sink.texts(self.producer, record.producers.iter().map(String::as_str));
        sink.text(self.software, &record.software);
        sink.text(self.engine, &record.engine_mode.to_ascii_lowercase());
        sink.int(self.combined, record.combined_micros);
        sink.int(self.duration, record.duration_micros.and_then(|it| it.checked_mul(1000)));
        sink.text(self.audit_file, &record.audit_file);
        sink.text(self.text, &record.text);
        sink.text(self.level, &record.level);
        sink.int(self.process, record.process);
    }

    fn peers(&self, sink: &mut Sink<'_, '_>, record: &Record) {
        let source = (self.source_address, self.source_ip, self.source_port);
        let target = (self.target_address, self.target_ip, self.target_port);
        sink.peer(source, &record.client);
        sink.peer(target, &record.server);
        let addresses = [&record.client.address, &record.server.address];
        let ips = addresses.into_iter().filter(|it| is_ip(it)).map(String::as_str);
        let mut ips: Vec<&str> = ips.collect();
        ips.dedup();
        sink.texts(self.related, ips.into_iter());
    }

    fn request(&self, sink: &mut Sink<'_, '_>, record: &Record) {
        let mut words = record.request_line.splitn(2, ' ');
        let method = words.next().unwrap_or_default();
        let rest = words.next();
        // What is no HTTP has no method: `\x16\x03\x01` is the beginning of TLS.
        if let Some(rest) = rest.filter(|_| method.bytes().all(|it| it.is_ascii_alphabetic())) {
            let (url, version) = rest.rsplit_once(" HTTP/").unwrap_or((rest, ""));
            let path = url.split_once('?').map_or(url, |(path, _)| path);
            sink.text(self.method, method);
            sink.text(self.version, version);
            sink.text(self.original, url);
            if path.starts_with('/') {
                sink.text(self.path, path);
            }
            if let Some((_, query)) = url.split_once('?') {
                sink.text(self.query, query);
            }
        } else {
            sink.text(self.original, &record.request_line);
            let (path, query) = record.path.split_once('?').unwrap_or((&record.path, ""));
            sink.text(self.path, path);
            sink.text(self.query, query);
        }
        let host = record.header_of("host").unwrap_or(&record.host);
        let port = host
            .rfind(':')
            .filter(|at| host.ends_with(']') || host[at + 1..].parse::<u16>().is_ok());
        let host = port
            .filter(|_| host.parse::<std::net::Ipv6Addr>().is_err())
            .map_or(host, |at| &host[..at]);
        sink.text(self.domain, host.trim_matches(['[', ']']));
        sink.text(self.agent, record.header_of("user-agent").unwrap_or_default());
        sink.text(self.referrer, record.header_of("referer").unwrap_or_default());
        sink.body((self.request_body, self.request_bytes), record.request_body.as_deref());
        if sink.shown.headers != Headers::Omit && !record.headers.is_empty() {
            let arena = sink.event.arena();
            let show = |name: &str| sink.shown.headers == Headers::Keep || !is_secret(name);
            let header = |(name, value): &(String, String)| {
                let value = if show(name) { value } else { MASK };
                let pairs = [("name", name.as_str()), ("value", value)];
                Value::Map(
                    pairs.map(|(key, it)| (arena.append(key.as_bytes()), cut(arena, it))).into(),
                )
            };
            let headers = record.headers.iter().map(header).collect();
            sink.event.set(self.headers, Value::List(headers));
        }
    }

    fn response(&self, sink: &mut Sink<'_, '_>, record: &Record) {
        sink.int(self.status, record.status);
        sink.body((self.response_body, self.response_bytes), record.response_body.as_deref());
    }

    /// Which rule, and what came of it.
    fn verdict(&self, sink: &mut Sink<'_, '_>, record: &Record) {
        let has_rules = !record.rules.is_empty();
        let (action, outcome, kind_of) = match (record.is_stopped, has_rules) {
            (true, _) => ("blocked", "failure", "denied"),
            (false, true) => ("detected", "success", "info"),
            (false, false) => ("logged", "unknown", "info"),
        };
        sink.text(self.kind, if has_rules { "alert" } else { "event" });
        sink.texts(self.category, ["web", "intrusion_detection"].into_iter());
        sink.texts(self.kind_of, std::iter::once(kind_of));
        sink.text(self.action, action);
        sink.text(self.outcome, outcome);
        if let Some(rule) = record.telling() {
            sink.text(self.rule_id, &rule.id);
            sink.text(self.rule_name, &rule.message);
            let (set, version) = rule.version.split_once('/').unwrap_or((&rule.version, ""));
            sink.text(self.rule_set, set);
            sink.text(self.rule_version, version);
            let category = rule.tags.iter().find(|it| it.starts_with("attack-"));
            sink.text(self.rule_category, category.map_or("", |it| it));
            let masks = sink.shown.headers != Headers::Keep;
            let arena = sink.event.arena();
            let rules = record.rules.iter().map(|it| map(arena, it, masks)).collect();
            sink.event.set(self.rules, Value::List(rules));
            sink.int(self.rules_total, i64::try_from(record.rules_total).ok());
        }
    }

    /// The points, as the summaries of the core rules name them.
    fn scores(&self, sink: &mut Sink<'_, '_>, rules: &[Rule]) {
        for rule in rules.iter().filter(|it| it.is_summary()) {
            let text = rule.message.as_str();
            let after = |name: &str| leading_number(text.split_once(name)?.1);
            let is_outbound = rule.id.starts_with("959") || text.starts_with("Outbound");
            let total = after("Total Score: ");
            let inbound =
                after("Total Inbound Score: ").or_else(|| after("Inbound Scores: blocking="));
            sink.int(self.inbound, inbound.or(total.filter(|_| !is_outbound)));
            let outbound =
                after("Total Outbound Score: ").or_else(|| after("Outbound Scores: blocking="));
            sink.int(self.outbound, outbound.or(total.filter(|_| is_outbound)));
            for attack in ATTACKS {
                let name = format!("{}=", attack.to_ascii_uppercase());
                if let Some(points) = after(&name)
                    && let Some(key) =
                        crate::subtree::key_below("modsecurity.anomaly_score", attack)
                {
                    sink.int(key, Some(points));
                }
            }
        }
    }
}

impl Sink<'_, '_> {
    fn text(&mut self, key: Key, text: &str) {
        if !text.is_empty() {
            let value = cut(self.event.arena(), text);
            self.event.set(key, value);
        }
    }

    fn int(&mut self, key: Key, number: Option<i64>) {
        if let Some(number) = number {
            self.event.set(key, Value::Int(number));
        }
    }

    fn texts<'t>(&mut self, key: Key, texts: impl Iterator<Item = &'t str>) {
        let arena = self.event.arena();
        let items: Box<[Value]> = texts.map(|it| cut(arena, it)).collect();
        if !items.is_empty() {
            self.event.set(key, Value::List(items));
        }
    }

    fn peer(&mut self, (address, ip, port): (Key, Key, Key), peer: &Peer) {
        self.text(address, &peer.address);
        if is_ip(&peer.address) {
            self.text(ip, &peer.address);
        }
        self.int(port, peer.port);
    }

    fn body(&mut self, (content, bytes): (Key, Key), body: Option<&str>) {
        let Some(body) = body else { return };
        self.int(bytes, i64::try_from(body.len()).ok());
        if self.shown.bodies == Bodies::Keep {
            self.text(content, body);
        }
    }
}

fn is_ip(text: &str) -> bool {
    text.parse::<std::net::IpAddr>().is_ok()
}

fn leading_number(text: &str) -> Option<i64> {
    let end = text.bytes().position(|it| !it.is_ascii_digit()).unwrap_or(text.len());
    text[..end].parse().ok()
}

/// The text, cut to what is kept.
fn cut(arena: &mut Arena, text: &str) -> Value {
    let text = &text[..text.floor_char_boundary(VALUE_BYTES_MAX)];
    Value::Text(arena.append(text.as_bytes()))
}

/// A rule as an object of the list.
fn map(arena: &mut Arena, rule: &Rule, masks: bool) -> Value {
    let data =
        if masks && rule.is_about_secrets() && !rule.data.is_empty() { MASK } else { &rule.data };
    let mut members: Vec<(Span, Value)> = Vec::with_capacity(16);
    let texts = [
        ("id", rule.id.as_str()),
        ("message", &rule.message),
        ("data", data),
        ("severity", &rule.severity),
        ("file", &rule.file),
        ("version", &rule.version),
        ("revision", &rule.revision),
        ("variable", &rule.variable),
        ("pattern", &rule.pattern),
    ];
    for (name, text) in texts.into_iter().filter(|(_, text)| !text.is_empty()) {
        members.push((arena.append(name.as_bytes()), cut(arena, text)));
    }
    let phase = between(&rule.text, "(phase ", ")").and_then(|it| it.parse().ok());
    let numbers = [
        ("line", rule.line),
        ("maturity", rule.maturity),
        ("accuracy", rule.accuracy),
        ("phase", phase),
    ];
    for (name, number) in numbers {
        if let Some(number) = number {
            members.push((arena.append(name.as_bytes()), Value::Int(number)));
        }
    }
    if !rule.tags.is_empty() {
        let tags = rule.tags.iter().map(|it| cut(arena, it)).collect();
        members.push((arena.append(b"tags"), Value::List(tags)));
    }
    Value::Map(members.into_boxed_slice())
}
