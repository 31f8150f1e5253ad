//! The output `elasticsearch`: Elasticsearch and OpenSearch by their bulk interface.
//!
//! Nothing but `_bulk` is ever called: no licence, version or template endpoint, so every server
//! that speaks it will do. `encode` makes the lines, `request` posts them, `hosts` picks a server
//! and `reply` reads what became of each item.

mod encode;
mod hosts;
mod names;
mod reply;
mod request;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use weir_component::spec::{Configure, OutputConfig};
use weir_component::{Chunk, Delivery, Encode, Output, SendError, Sent, Spares};
use weir_config::{At, Diagnostic, OneOrMany, Period, Secret, Url};
use weir_host::{Host, SystemClock};

use self::encode::{Bulker, Lines};
use self::hosts::Hosts;
use self::names::{DocumentId, IndexName, Name};
use self::request::Poster;
use crate::squeeze;
use crate::tls::Tls;

/// Delivers to Elasticsearch or OpenSearch.
///
/// Works with Elasticsearch 7.17, 8 and 9 and with OpenSearch 2 and 3: it speaks the bulk
/// interface that they have in common and asks for nothing else. Index templates, lifecycle rules
/// and dashboards are not set up by this output.
///
/// **No event twice.** Every event from a file has an `_id` made of the file's identity and the
/// event's position in it. If a request has to be sent again because its answer was lost, or weir
/// was killed, the server recognises what it has already got; these are counted as duplicates.
///
/// **No event lost.** Requests that the server did not take are sent again until it does: at once
/// in parts if they were too large, with growing pauses if it is busy or away. Only events that the
/// server refuses for what they contain, such as text in a field of numbers, are put aside, each
/// with the server's reason, in the dead-letter file. Refusals that a person can lift (credentials,
/// a full disk, a missing ingest pipeline or index) put nothing aside: delivery waits.
///
/// # Example
///
/// ```toml
/// type = "elasticsearch"
/// url = "http://localhost:9200"
/// index = "logs-%{+yyyy.MM}"
/// ```
/// ```json
/// {"@timestamp": "2026-11-23T10:00:00Z", "message": "started", "service.name": "shop"}
/// ```
/// sends, if the event began at byte 512 of a file:
/// ```text
/// POST /_bulk
/// {"create":{"_index":"logs-2026.11","_id":"8d5f0c3e91b247aa-200"}}
/// {"@timestamp":"2026-11-23T10:00:00.000Z","message":"started","service":{"name":"shop"}}
/// ```
///
/// # A data stream on a secured cluster
///
/// ```toml
/// type = "elasticsearch"
/// url = ["https://es-1.example:9200", "https://es-2.example:9200"]
/// data-stream = "logs-nginx.access-default"
/// api-key = "${ES_API_KEY}"
/// tls.ca = "/etc/weir/ca.pem"
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Elasticsearch {
    /// The server, or several of one cluster: they take turns, and one that does not answer is left
    /// alone for a growing while. The port is not guessed; Elasticsearch's own is 9200.
    #[schemars(example = "http://localhost:9200")]
    url: OneOrMany<At<Url>>,
    /// The index. May contain fields and the event's date, as in
    /// `logs-%{service.name}-%{+yyyy.MM}`; capital letters are made small, as names of indices have
    /// none.
    #[serde(default)]
    index: Option<At<IndexName>>,
    /// The data stream, in place of `index`. May contain fields as well.
    #[serde(default)]
    data_stream: Option<At<IndexName>>,
    /// `create` leaves a document alone that has the same `_id`; `index` replaces it. Data streams
    /// only know `create`.
    #[serde(default)]
    op: At<Op>,
    /// The document's `_id`: `origin` for one made of where the event comes from, `none` to let the
    /// server choose, or a template such as `%{event.id}`. Events of sources that cannot be read
    /// again, such as sockets, have no origin to speak of; the server chooses for them.
    #[serde(default)]
    id: DocumentId,
    /// An ingest pipeline of the server that every event goes through.
    #[serde(default)]
    pipeline: Option<String>,
    /// Whether requests are compressed.
    #[serde(default)]
    compression: Compression,
    /// From 1, the fastest, to 9, the smallest.
    #[serde(default = "level")]
    #[schemars(range(min = 1, max = 9))]
    compression_level: At<u8>,
    /// The user's name.
    #[serde(default)]
    username: Option<At<String>>,
    /// The user's password.
    #[serde(default)]
    password: Option<At<Secret>>,
    /// An API key in place of a user: `id:key`, or the encoded form that the server shows.
    #[serde(default)]
    api_key: Option<At<Secret>>,
    /// Headers to add to every request.
    #[serde(default)]
    headers: BTreeMap<String, At<Secret>>,
    /// Encryption of the connection, for addresses that begin with `https://`.
    #[serde(default)]
    tls: Tls,
    /// How long the server may take to answer a request. What became of it is not known then; it is
    /// sent again.
    #[serde(default = "timeout")]
    timeout: Period,
    /// A proxy to go through. By default the variables `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`
    /// of the environment say.
    #[serde(default)]
    proxy: Option<Url>,
}

fn level() -> At<u8> {
    1.into()
}

fn timeout() -> Period {
    Period::seconds(90)
}

/// What is asked of the server for each event.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Op {
    /// Add the document unless there is one with its `_id`.
    #[default]
    Create,
    /// Add or replace the document.
    Index,
}

impl Op {
    fn word(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Index => "index",
        }
    }
}

/// How request bodies are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Compression {
    /// With gzip: about a tenth of the bytes on the way.
    #[default]
    Gzip,
    /// Not at all: for servers on the same machine.
    None,
}

impl Configure for Elasticsearch {
    const NAME: &'static str = "elasticsearch";
}

impl OutputConfig for Elasticsearch {
    type Output = Indexer;
    const DELIVERY: Delivery = Delivery {
        // Well below the 100 MB that servers take, and large enough for their best speed.
        request_bytes_max: 8 << 20,
        request_items_max: 20_000,
        in_flight_max: 1,
        retry_delay_min: Duration::from_secs(1),
        retry_delay_max: Duration::from_mins(1),
        buffer_bytes_max: 16 << 20,
    };

    fn build(self) -> Result<Indexer, Diagnostic> {
        if !(1..=9).contains(&*self.compression_level) {
            return Err(Diagnostic::error("there is no such level of compression")
                .at(&self.compression_level, "1 is the fastest, 9 the smallest")
                .help("write `compression = \"none\"` to do without"));
        }
        let index = match (&self.index, &self.data_stream) {
            (Some(index), None) => index,
            (None, Some(stream)) if *self.op == Op::Create => stream,
            (None, Some(stream)) => {
                return Err(Diagnostic::error("data streams only take `op = \"create\"`")
                    .at(&self.op, "this replaces documents")
                    .also(stream, "which a data stream does not allow")
                    .help("remove `op`, or deliver to an `index`"));
            }
            (Some(index), Some(stream)) => {
                return Err(Diagnostic::error("`index` and `data-stream` exclude each other")
                    .at(stream, "")
                    .also(index, "an event goes to one place")
                    .help("remove one of the two"));
            }
            (None, None) => {
                return Err(Diagnostic::error("neither `index` nor `data-stream` is set")
                    .help("add `data-stream = \"logs-…-default\"`, or `index = \"…\"`"));
            }
        };
        let level = (self.compression == Compression::Gzip).then_some(*self.compression_level);
        let lines = Lines { op: self.op.word(), index: index.name.clone(), id: self.id.clone() };
        let host = Host { clock: Arc::new(SystemClock::start()), ..Host::real() };
        Ok(Indexer {
            lines: Arc::new(lines),
            level: level.map(u32::from),
            hosts: Hosts::new(self.addresses()?, host.clock.clone()),
            poster: Poster::new(self, host.files)?,
            spares: Spares::default(),
        })
    }
}

impl Elasticsearch {
    fn addresses(&self) -> Result<Vec<Url>, Diagnostic> {
        if self.url.is_empty() {
            return Err(Diagnostic::error("`url` is an empty list")
                .help("write it like `url = \"http://localhost:9200\"`"));
        }
        for url in &self.url {
            if url.path().contains(['?', '#']) {
                return Err(Diagnostic::error("the address of a server ends with its path")
                    .at(url, "there is more behind the path")
                    .help("remove what begins with `?` or `#`"));
            }
        }
        Ok(self.url.iter().map(|url| (**url).clone()).collect())
    }
}

/// Writes what a worker would for an output without settings.
pub(crate) fn usual_encoder() -> Box<dyn Encode> {
    let (index, id) = (Name::Fixed("discard".into()), DocumentId::default());
    let lines = Lines { op: Op::default().word(), index, id };
    Box::new(Bulker::new(Arc::new(lines), Some(u32::from(*level()))))
}

/// Sends bulk requests.
pub(crate) struct Indexer {
    lines: Arc<Lines>,
    level: Option<u32>,
    hosts: Hosts,
    poster: Poster,
    /// Memory of requests that have been answered.
    spares: Spares,
}

impl Output for Indexer {
    fn encoder(&self) -> Box<dyn Encode> {
        Box::new(Bulker::new(self.lines.clone(), self.level))
    }

    fn unpack(&self, chunk: &Chunk) -> Option<Vec<u8>> {
        squeeze::unpack(chunk)
    }

    fn document<'a>(&self, item: &'a [u8]) -> &'a [u8] {
        encode::document(item)
    }

    async fn send(&self, request: &[Chunk]) -> Result<Sent, SendError> {
        let Some(first) = request.first() else { return Ok(Sent::default()) };
        let items = request.iter().map(Chunk::items).sum();
        let bulk = self.poster.bulk(&first.target, encode::post(request, self.level, &self.spares));
        let mut tried = Vec::new();
        let mut last = None;
        while let Some(host) = self.hosts.pick(&tried) {
            match self.poster.post(self.hosts.url(host), &bulk).await {
                Ok(answer) => {
                    // An answer that says "not now" speaks for the server, not for the cluster.
                    if matches!(answer.status, 502..=504) {
                        self.hosts.failed(host);
                    } else {
                        self.hosts.answered(host);
                    }
                    return reply::judge(&answer, self.hosts.name(host), items);
                }
                Err(failure) => {
                    self.hosts.failed(host);
                    tried.push(host);
                    let is_worth_another_host = failure.nothing_sent;
                    last = Some(failure.error);
                    if !is_worth_another_host {
                        break;
                    }
                }
            }
        }
        Err(last.unwrap_or_else(|| SendError::Retry {
            cause: "there is no server to send to".to_owned(),
            after: None,
        }))
    }
}

#[cfg(test)]
mod tests;
