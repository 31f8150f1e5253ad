//! A server of the bulk interface inside the test's own process: it keeps documents by `_id` as
//! Elasticsearch does, and misbehaves as told.
//!
//! For benchmarks it can merely count: inflate, count lines, tick off sequence numbers. It answers
//! what Filebeat and Logstash ask before they deliver, too. It knows no mappings and no searches.

mod bulk;
mod cut;
mod ledger;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse as _, Response};
use tokio::net::TcpListener;

use self::cut::{Cuttable, Scissors};
pub use self::ledger::{Counts, Stored};
use self::ledger::{Ledger, Lines};

/// The largest request that is read, in bytes on the wire.
const REQUEST_BYTES_MAX: usize = 256 << 20;

/// A running server; it ends when this is dropped.
pub struct FakeBulk {
    shared: Arc<Shared>,
    address: SocketAddr,
    server: tokio::task::JoinHandle<()>,
}

/// What the server does with one bulk request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Act {
    /// Takes it.
    Accept,
    /// Takes none of it and answers with a status.
    Answer {
        /// The status of HTTP.
        status: u16,
        /// The header `Retry-After`, in seconds.
        retry_after: Option<u64>,
    },
    /// Gives the items these statuses in turn; those in the 200s are taken, as are items beyond.
    Items(Vec<u16>),
    /// Takes it, but cuts the connection before the answer.
    CutAfterAccepting,
    /// Takes nothing and cuts the connection.
    CutBeforeAccepting,
    /// Takes nothing and never answers.
    Hang,
}

/// A bulk request as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// Path and query.
    pub path: String,
    /// Whether it was compressed.
    pub was_gzip: bool,
    /// The header `Authorization`.
    pub authorization: Option<String>,
    /// The body, inflated.
    pub text: String,
}

/// Says for a document with which status and reason it is refused.
type Rule = Box<dyn Fn(&str) -> Option<(u16, &'static str)> + Send>;

struct Shared {
    state: Mutex<Behaviour>,
    ledger: Mutex<Ledger>,
}

#[derive(Default)]
struct Behaviour {
    acts: VecDeque<Act>,
    text_bytes_max: Option<usize>,
    rule: Option<Rule>,
    posted: Vec<Posted>,
    requests: usize,
    is_counting: bool,
    is_dead: bool,
}

impl FakeBulk {
    /// A server that keeps documents and requests.
    pub async fn start() -> Self {
        Self::launch(Behaviour::default(), Ledger::default()).await
    }

    /// A server that only counts. With a marker such as `"seq":` it also ticks off the number
    /// behind the first marker of each document; see [`Counts`].
    pub async fn counting(marker: Option<&str>) -> Self {
        let behaviour = Behaviour { is_counting: true, ..Behaviour::default() };
        Self::launch(behaviour, Ledger::ticking(marker)).await
    }

    async fn launch(behaviour: Behaviour, ledger: Ledger) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("it is bound");
        let shared = Arc::new(Shared { state: Mutex::new(behaviour), ledger: Mutex::new(ledger) });
        let router = Router::new().fallback(handle).with_state(shared.clone());
        let service = router.into_make_service_with_connect_info::<Scissors>();
        let server = tokio::spawn(async move {
            let served = axum::serve(Cuttable(listener), service).await;
            served.expect("accepting never ends by itself");
        });
        Self { shared, address, server }
    }

    /// Its address, without a path.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// What to do with the next bulk requests, one act each; those after them are accepted.
    pub fn script(&self, acts: impl IntoIterator<Item = Act>) {
        self.shared.behaviour().acts.extend(acts);
    }

    /// Answers 503 to every request for as long as it is dead; what is scripted waits meanwhile.
    pub fn set_dead(&self, is_dead: bool) {
        self.shared.behaviour().is_dead = is_dead;
    }

    /// Answers 413 to requests with more bytes of text.
    pub fn set_text_bytes_max(&self, bytes: usize) {
        self.shared.behaviour().text_bytes_max = Some(bytes);
    }

    /// Refuses the documents for which the rule gives a status and a reason.
    pub fn refuse(&self, rule: impl Fn(&str) -> Option<(u16, &'static str)> + Send + 'static) {
        self.shared.behaviour().rule = Some(Box::new(rule));
    }

    /// The documents in the order in which they came.
    #[must_use]
    pub fn documents(&self) -> Vec<Stored> {
        self.shared.ledger().documents()
    }

    /// The bulk requests so far, with those that were not taken.
    #[must_use]
    pub fn posted(&self) -> Vec<Posted> {
        self.shared.behaviour().posted.clone()
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        let requests = self.shared.behaviour().requests;
        Counts { requests, ..self.shared.ledger().counts() }
    }
}

impl Drop for FakeBulk {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Shared {
    fn behaviour(&self) -> MutexGuard<'_, Behaviour> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What to do with this request.
    fn next_act(&self, posted: impl FnOnce() -> Posted, text_bytes: usize) -> Act {
        let mut behaviour = self.behaviour();
        behaviour.requests += 1;
        if !behaviour.is_counting {
            behaviour.posted.push(posted());
        }
        if behaviour.is_dead {
            return Act::Answer { status: 503, retry_after: None };
        }
        if behaviour.text_bytes_max.is_some_and(|max| text_bytes > max) {
            return Act::Answer { status: 413, retry_after: None };
        }
        behaviour.acts.pop_front().unwrap_or(Act::Accept)
    }

    /// Takes what the rule and the statuses let through; gives the status of each item.
    fn accept(&self, lines: &Lines, statuses: &[u16]) -> Response {
        let behaviour = self.behaviour();
        let is_simple = behaviour.rule.is_none() && statuses.is_empty();
        if behaviour.is_counting && is_simple {
            drop(behaviour);
            return json(StatusCode::OK, bulk::all_created(self.ledger().count(lines)));
        }
        let mut ledger = self.ledger();
        let fates = lines.items().enumerate().map(|(i, item)| {
            let rule = behaviour.rule.as_ref().and_then(|rule| rule(item.document));
            match (statuses.get(i), rule) {
                (Some(status), _) if *status >= 300 => (*status, "as told"),
                (_, Some(refused)) => refused,
                _ => (ledger.store(&item), "exists"),
            }
        });
        json(StatusCode::OK, bulk::answer(fates.collect()))
    }
}

async fn handle(
    State(shared): State<Arc<Shared>>,
    ConnectInfo(scissors): ConnectInfo<Scissors>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    let is_bulk = head.method == Method::POST && head.uri.path().ends_with("/_bulk");
    if !is_bulk {
        return json(StatusCode::OK, bulk::GREETING.to_owned());
    }
    let header = |name| Some(head.headers.get(name)?.to_str().ok()?.to_owned());
    let was_gzip = header(header::CONTENT_ENCODING).is_some_and(|coding| coding == "gzip");
    let Ok(body) = axum::body::to_bytes(body, REQUEST_BYTES_MAX).await else {
        return json(StatusCode::PAYLOAD_TOO_LARGE, "{}".to_owned());
    };
    let path = head.uri.path_and_query().map(ToString::to_string).unwrap_or_default();
    let Some(lines) = Lines::read(head.uri.path(), &body, was_gzip) else {
        return json(StatusCode::BAD_REQUEST, r#"{"error":"the body is no gzip"}"#.to_owned());
    };
    let posted = || {
        let text = String::from_utf8_lossy(lines.text()).into_owned();
        Posted { path, was_gzip, authorization: header(header::AUTHORIZATION), text }
    };
    match shared.next_act(posted, lines.text().len()) {
        Act::Accept => shared.accept(&lines, &[]),
        Act::Items(statuses) => shared.accept(&lines, &statuses),
        Act::Answer { status, retry_after } => {
            let status = StatusCode::from_u16(status).expect("a status of HTTP");
            let mut response = json(status, r#"{"error":{"reason":"as told"}}"#.to_owned());
            if let Some(seconds) = retry_after {
                response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
            }
            response
        }
        Act::CutAfterAccepting => {
            let response = shared.accept(&lines, &[]);
            scissors.cut();
            response
        }
        Act::CutBeforeAccepting => {
            scissors.cut();
            StatusCode::OK.into_response()
        }
        Act::Hang => std::future::pending().await,
    }
}

fn json(status: StatusCode, body: String) -> Response {
    let mut response = Response::new(Body::from(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    // Elastic's own clients refuse to talk to a server without it.
    headers.insert("x-elastic-product", header::HeaderValue::from_static("Elasticsearch"));
    response
}

#[cfg(test)]
mod tests;
