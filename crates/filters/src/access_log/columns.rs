//! What each column of a format is, and the fields that it becomes.

use weir_event::Key;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    /// A text whose blanks are written as `+`, or percent-encoded.
    Encoded,
    /// In lower case.
    Lower,
    Int,
    Float,
    /// ISO 8601.
    Time,
    /// Seconds since 1970.
    Epoch,
    /// `2026-11-23`, to which the column `Clock` belongs.
    Date,
    Clock,
    /// An address; the field is the object with `address` and `ip`.
    Address,
    /// The same with a port behind a colon.
    AddressPort,
    /// `GET /path HTTP/1.1`.
    Request,
    /// `HTTP/1.1`.
    Version,
    /// A duration in milliseconds.
    Millis,
    /// A duration in seconds.
    Seconds,
    /// Several texts with this between them.
    List(u8),
    /// The number of a protocol above IP.
    Protocol,
    /// A number that counts for the source and the network.
    Counter,
    /// The table of names has no room for it: it stays in the line.
    Nameless,
}

/// A column with the field that it becomes.
#[derive(Clone, Debug)]
pub(super) struct Column {
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) keys: Keys,
}

/// The fields of a column; which count depends on its kind.
#[derive(Clone, Copy, Debug)]
pub(super) struct Keys {
    pub(super) field: Key,
    pub(super) second: Key,
    pub(super) third: Key,
}

impl Column {
    fn new(name: &str, kind: Kind, field: &str) -> Self {
        let below = |part: &str| Key::named(&format!("{field}.{part}"));
        let field_key = Key::named(field);
        let keys = match kind {
            Kind::Address | Kind::AddressPort => {
                Keys { field: below("address"), second: below("ip"), third: below("port") }
            }
            Kind::Request => Keys {
                field: Key::named("http.request.method"),
                second: Key::named("url.original"),
                third: Key::named("http.version"),
            },
            Kind::Counter => Keys {
                field: Key::named(&format!("source.{field}")),
                second: Key::named(&format!("network.{field}")),
                third: field_key,
            },
            Kind::Protocol => Keys {
                field: Key::named("network.iana_number"),
                second: Key::named("network.transport"),
                third: field_key,
            },
            _ => Keys { field: field_key, second: field_key, third: field_key },
        };
        Self { name: name.to_owned(), kind, keys }
    }

    /// A column that is a text of its own, whose name may come from the file.
    fn found(name: &str, field: &str) -> Self {
        match Key::found(field) {
            Some(_) => Self::new(name, Kind::Text, field),
            None => Self::new(name, Kind::Nameless, "message"),
        }
    }
}

type Row = (&'static str, Kind, &'static str);

/// Columns that have the same meaning in both kinds of load balancers, from the client's address on.
const BALANCER: &[Row] = &[
    ("client:port", Kind::AddressPort, "source"),
    ("target:port", Kind::AddressPort, "aws.elb.backend"),
    ("request_processing_time", Kind::Float, "aws.elb.request_processing_time.sec"),
    ("target_processing_time", Kind::Float, "aws.elb.backend_processing_time.sec"),
    ("response_processing_time", Kind::Float, "aws.elb.response_processing_time.sec"),
    ("elb_status_code", Kind::Int, "http.response.status_code"),
    ("target_status_code", Kind::Int, "aws.elb.backend.http.response.status_code"),
    ("received_bytes", Kind::Int, "http.request.bytes"),
    ("sent_bytes", Kind::Int, "http.response.bytes"),
    ("request", Kind::Request, ""),
    ("user_agent", Kind::Text, "user_agent.original"),
    ("ssl_cipher", Kind::Text, "tls.cipher"),
    ("ssl_protocol", Kind::Text, "aws.elb.ssl_protocol"),
];

/// What application load balancers add.
const APPLICATION: &[Row] = &[
    ("target_group_arn", Kind::Text, "aws.elb.target_group.arn"),
    ("trace_id", Kind::Text, "aws.elb.trace_id"),
    ("domain_name", Kind::Text, "destination.domain"),
    ("chosen_cert_arn", Kind::Text, "aws.elb.chosen_cert.arn"),
    ("matched_rule_priority", Kind::Text, "aws.elb.matched_rule_priority"),
    ("request_creation_time", Kind::Time, "event.start"),
    ("actions_executed", Kind::List(b','), "aws.elb.action_executed"),
    ("redirect_url", Kind::Text, "aws.elb.redirect_url"),
    ("error_reason", Kind::Text, "aws.elb.error.reason"),
    ("target:port_list", Kind::List(b' '), "aws.elb.target_port"),
    ("target_status_code_list", Kind::List(b' '), "aws.elb.target_status_code"),
    ("classification", Kind::Text, "aws.elb.classification"),
    ("classification_reason", Kind::Text, "aws.elb.classification_reason"),
    ("conn_trace_id", Kind::Text, "aws.elb.connection_trace_id"),
];

const FLOW: &[Row] = &[
    ("version", Kind::Text, "aws.vpcflow.version"),
    ("account-id", Kind::Text, "cloud.account.id"),
    ("interface-id", Kind::Text, "aws.vpcflow.interface_id"),
    ("srcaddr", Kind::Address, "source"),
    ("dstaddr", Kind::Address, "destination"),
    ("srcport", Kind::Int, "source.port"),
    ("dstport", Kind::Int, "destination.port"),
    ("protocol", Kind::Protocol, ""),
    ("packets", Kind::Counter, "packets"),
    ("bytes", Kind::Counter, "bytes"),
    ("start", Kind::Epoch, "event.start"),
    ("end", Kind::Epoch, "event.end"),
    ("action", Kind::Lower, "event.action"),
    ("log-status", Kind::Text, "aws.vpcflow.log_status"),
    ("vpc-id", Kind::Text, "aws.vpcflow.vpc_id"),
    ("subnet-id", Kind::Text, "aws.vpcflow.subnet_id"),
    ("instance-id", Kind::Text, "cloud.instance.id"),
    ("tcp-flags", Kind::Int, "aws.vpcflow.tcp_flags"),
    ("type", Kind::Lower, "network.type"),
    ("region", Kind::Text, "cloud.region"),
    ("az-id", Kind::Text, "cloud.availability_zone"),
    ("flow-direction", Kind::Lower, "network.direction"),
];

/// How many of [`FLOW`] are in lines of the default format.
const FLOW_DEFAULT: usize = 14;

const W3C: &[Row] = &[
    ("date", Kind::Date, ""),
    ("time", Kind::Clock, ""),
    ("c-ip", Kind::Address, "source"),
    ("c-port", Kind::Int, "source.port"),
    ("cs-username", Kind::Text, "user.name"),
    ("s-ip", Kind::Address, "destination"),
    ("s-port", Kind::Int, "destination.port"),
    ("s-sitename", Kind::Text, "iis.access.site_name"),
    ("s-computername", Kind::Text, "iis.access.server_name"),
    ("cs-method", Kind::Text, "http.request.method"),
    ("cs-uri-stem", Kind::Text, "url.path"),
    ("cs-uri-query", Kind::Text, "url.query"),
    ("cs-uri", Kind::Text, "url.original"),
    ("cs-host", Kind::Text, "destination.domain"),
    ("cs(Host)", Kind::Text, "destination.domain"),
    ("cs-version", Kind::Version, "http.version"),
    ("cs-protocol-version", Kind::Version, "http.version"),
    ("cs-protocol", Kind::Lower, "url.scheme"),
    ("cs(User-Agent)", Kind::Encoded, "user_agent.original"),
    ("cs(Referer)", Kind::Encoded, "http.request.referrer"),
    ("cs(Cookie)", Kind::Encoded, "iis.access.cookie"),
    ("sc-status", Kind::Int, "http.response.status_code"),
    ("sc-substatus", Kind::Int, "iis.access.sub_status"),
    ("sc-win32-status", Kind::Int, "iis.access.win32_status"),
    ("sc-bytes", Kind::Int, "http.response.bytes"),
    ("cs-bytes", Kind::Int, "http.request.bytes"),
    ("sc-content-type", Kind::Encoded, "http.response.mime_type"),
    ("sc-content-len", Kind::Int, "http.response.body.bytes"),
    ("x-forwarded-for", Kind::Text, "network.forwarded_ip"),
    ("ssl-cipher", Kind::Text, "tls.cipher"),
    ("time-taken", Kind::Millis, "event.duration"),
];

/// The columns of IIS unless someone chose others.
pub(super) const IIS: &str = "date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username \
     c-ip cs(User-Agent) cs(Referer) sc-status sc-substatus sc-win32-status time-taken";

/// The columns of CloudFront's standard logs.
pub(super) const CLOUDFRONT: &str = "date time x-edge-location sc-bytes c-ip cs-method cs(Host) \
     cs-uri-stem sc-status cs(Referer) cs(User-Agent) cs-uri-query cs(Cookie) x-edge-result-type \
     x-edge-request-id x-host-header cs-protocol cs-bytes time-taken x-forwarded-for ssl-protocol \
     ssl-cipher x-edge-response-result-type cs-protocol-version fle-status fle-encrypted-fields \
     c-port time-to-first-byte x-edge-detailed-result-type sc-content-type sc-content-len \
     sc-range-start sc-range-end";

fn all(rows: &[Row]) -> Vec<Column> {
    rows.iter().map(|(name, kind, field)| Column::new(name, *kind, field)).collect()
}

/// The columns of a classic load balancer.
pub(super) fn elb() -> Vec<Column> {
    let mut columns =
        all(&[("timestamp", Kind::Time, "@timestamp"), ("elb", Kind::Text, "aws.elb.name")]);
    columns.extend(all(BALANCER));
    columns
}

/// The columns of an application load balancer.
pub(super) fn alb() -> Vec<Column> {
    let mut columns = all(&[("type", Kind::Text, "aws.elb.type")]);
    columns.extend(elb());
    columns.extend(all(APPLICATION));
    columns
}

/// The columns of a flow log, those of the default format unless `fields` names others.
pub(super) fn flow(fields: &[&str]) -> Vec<Column> {
    if fields.is_empty() {
        return all(&FLOW[..FLOW_DEFAULT]);
    }
    named(fields, FLOW, "aws.vpcflow.", |name| name.replace('_', "-"))
}

/// The columns of a log in the extended format of the W3C.
pub(super) fn w3c(fields: &[&str]) -> Vec<Column> {
    named(fields, W3C, "w3c.", str::to_owned)
}

/// The columns of a log of CloudFront, whose durations are in seconds.
pub(super) fn cloudfront(fields: &[&str]) -> Vec<Column> {
    let mut columns = named(fields, W3C, "aws.cloudfront.", str::to_owned);
    for column in &mut columns {
        if column.kind == Kind::Millis {
            column.kind = Kind::Seconds;
        }
        if column.name == "time-to-first-byte" {
            column.kind = Kind::Float;
        }
        if column.name == "cs(Cookie)" {
            column.keys.field = Key::named("aws.cloudfront.cookies");
        }
    }
    columns
}

/// The columns of these names; those that are not known go below `other`.
fn named(
    fields: &[&str],
    known: &[Row],
    other: &str,
    plain: impl Fn(&str) -> String,
) -> Vec<Column> {
    let column = |field: &&str| {
        let name = plain(field);
        match known.iter().find(|(it, ..)| it.eq_ignore_ascii_case(&name)) {
            Some((name, kind, field)) => Column::new(name, *kind, field),
            None => Column::found(field, &format!("{other}{}", snake(&name))),
        }
    };
    fields.iter().map(column).collect()
}

/// A name as fields have it: `x-edge-location` is `edge_location`, `cs(X-Id)` is `cs_x_id`.
fn snake(name: &str) -> String {
    let name = name.strip_prefix("x-").unwrap_or(name).to_ascii_lowercase();
    let words = name.split(|it: char| !it.is_ascii_alphanumeric()).filter(|it| !it.is_empty());
    let snake = words.collect::<Vec<_>>().join("_");
    if snake.is_empty() { "_".to_owned() } else { snake }
}
