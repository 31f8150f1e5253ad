//! Posting a request and fetching the answer.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use reqwest::header::{
    AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, LOCATION,
    RETRY_AFTER,
};
use reqwest::redirect::Policy;
use reqwest::{Client, Proxy, Response};
use weir_component::SendError;
use weir_config::{At, Diagnostic, Secret, Url};
use weir_host::Files;

use super::Elasticsearch;
use super::encode::Post;
use crate::tls::Tls;

/// The longest wait for a connection; an address that nobody has swallows packets silently.
const CONNECT_TIME_MAX: Duration = Duration::from_secs(10);

/// How long a connection is kept for the next request: below the minute after which load balancers
/// begin to forget connections without saying so.
const IDLE_TIME_MAX: Duration = Duration::from_secs(50);

/// The largest answer: 20,000 items with a long reason each stay below it.
const ANSWER_BYTES_MAX: usize = 64 << 20;

/// What is asked of the answer: as little as tells each item's fate.
const FILTER: &str = "filter_path=errors,error,items.*.status,items.*.error";

/// Posts bulk requests over kept connections.
pub(crate) struct Poster {
    headers: HeaderMap,
    query: String,
    tls: Tls,
    is_https: bool,
    timeout: Duration,
    proxy: Option<Url>,
    files: Arc<dyn Files>,
    /// Made for the first request: making it reads files.
    client: Mutex<Option<Client>>,
}

/// A request that can be posted to one server after another.
pub(crate) struct Bulk {
    path: String,
    body: Bytes,
    is_gzip: bool,
}

/// What a server said.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) location: Option<String>,
    pub(crate) body: Vec<u8>,
}

/// Why there is no answer.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) error: SendError,
    /// No byte of the request reached anyone: another server may be asked at once.
    pub(crate) nothing_sent: bool,
}

impl Poster {
    pub(crate) fn new(settings: Elasticsearch, files: Arc<dyn Files>) -> Result<Self, Diagnostic> {
        settings.tls.check()?;
        let mut query = format!("?{FILTER}");
        if let Some(pipeline) = &settings.pipeline {
            query.push_str("&pipeline=");
            escape(pipeline, &mut query);
        }
        Ok(Self {
            headers: headers(&settings)?,
            query,
            is_https: settings.url.iter().any(|url| url.is_https()),
            tls: settings.tls,
            timeout: settings.timeout.as_duration(),
            proxy: settings.proxy,
            files,
            client: Mutex::default(),
        })
    }

    /// A request for an index, or for the indices that its lines name if `index` is empty.
    pub(crate) fn bulk(&self, index: &str, post: Post) -> Bulk {
        let mut path = String::new();
        if !index.is_empty() {
            path.push('/');
            escape(index, &mut path);
        }
        path.push_str("/_bulk");
        path.push_str(&self.query);
        Bulk { path, body: Bytes::from_owner(post.body), is_gzip: post.is_gzip }
    }

    pub(crate) async fn post(&self, url: &Url, bulk: &Bulk) -> Result<Answer, Failure> {
        let client = self.client().map_err(|cause| Failure {
            error: SendError::Blocked { cause },
            nothing_sent: false,
        })?;
        let mut request = client.post(url.join(&bulk.path)).body(bulk.body.clone());
        if bulk.is_gzip {
            request = request.header(CONTENT_ENCODING, "gzip");
        }
        match request.send().await {
            Ok(response) => answer(response).await.map_err(|error| self.failure(url, &error)),
            Err(error) => Err(self.failure(url, &error)),
        }
    }

    fn client(&self) -> Result<Client, String> {
        let mut kept = self.client.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = &*kept {
            return Ok(client.clone());
        }
        let client = crate::blocking::run(|| self.open())?;
        *kept = Some(client.clone());
        Ok(client)
    }

    fn open(&self) -> Result<Client, String> {
        // Without a server that speaks TLS, the system's certificates are not asked for.
        let unused = Tls::untrusting();
        let tls = if self.is_https { &self.tls } else { &unused };
        let mut client = Client::builder()
            .tls_backend_preconfigured(tls.open(&*self.files)?)
            .user_agent(concat!("weir/", env!("CARGO_PKG_VERSION")))
            .default_headers(self.headers.clone())
            .redirect(Policy::none())
            .http1_only()
            .connect_timeout(CONNECT_TIME_MAX.min(self.timeout))
            .timeout(self.timeout)
            .pool_idle_timeout(IDLE_TIME_MAX);
        if let Some(proxy) = &self.proxy {
            let proxy = Proxy::all(proxy.as_str())
                .map_err(|error| format!("the proxy `{proxy}` cannot be used: {error}"))?;
            client = client.proxy(proxy);
        }
        client.build().map_err(|error| format!("no HTTP client can be made: {}", root(&error)))
    }

    fn failure(&self, url: &Url, error: &reqwest::Error) -> Failure {
        let host = format!("{}:{}", url.host(), url.port());
        let root = root(error);
        let is_unsent = error.is_connect();
        if error.is_connect() && self.is_https && self.tls.has_files() {
            // Certificates expire and are exchanged: the files are read again.
            *self.client.lock().unwrap_or_else(PoisonError::into_inner) = None;
        }
        let error = if root.contains("invalid peer certificate") {
            SendError::Blocked {
                cause: format!(
                    "the certificate of `{host}` is not trusted ({root}): set `tls.ca` to the PEM \
                     file of the authority that signed it"
                ),
            }
        } else if error.is_timeout() {
            let within = if error.is_connect() { CONNECT_TIME_MAX } else { self.timeout };
            let within = within.min(self.timeout);
            retry(format!("`{host}` did not answer within {within:?}"))
        } else if error.is_connect() {
            retry(format!("`{host}` cannot be reached: {root}"))
        } else {
            retry(format!("the connection to `{host}` broke: {root}"))
        };
        Failure { error, nothing_sent: is_unsent }
    }
}

fn retry(cause: String) -> SendError {
    SendError::Retry { cause, after: None }
}

/// The innermost reason: the layers around it say only that something went wrong.
fn root(error: &reqwest::Error) -> String {
    let mut root: &dyn std::error::Error = error;
    while let Some(source) = root.source() {
        root = source;
    }
    root.to_string()
}

async fn answer(mut response: Response) -> Result<Answer, reqwest::Error> {
    let header = |name| response.headers().get(name)?.to_str().ok().map(str::to_owned);
    let retry_after = header(RETRY_AFTER).and_then(|seconds| seconds.trim().parse().ok());
    let mut answer = Answer {
        status: response.status().as_u16(),
        retry_after: retry_after.map(Duration::from_secs),
        location: header(LOCATION),
        body: Vec::new(),
    };
    while let Some(bytes) = response.chunk().await? {
        let room = ANSWER_BYTES_MAX.saturating_sub(answer.body.len());
        answer.body.extend_from_slice(&bytes[..bytes.len().min(room)]);
        if bytes.len() > room {
            // The rest is not fetched; a cut answer cannot be read, so the items are sent again.
            break;
        }
    }
    Ok(answer)
}

fn headers(settings: &Elasticsearch) -> Result<HeaderMap, Diagnostic> {
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    for (name, value) in &settings.headers {
        let name = HeaderName::try_from(name.as_str()).map_err(|_| {
            Diagnostic::error(format!("`{name}` cannot be the name of a header"))
                .at(value, "")
                .help("names of headers have letters, digits and `-`")
        })?;
        headers.insert(name, header_value(value, value.expose())?);
    }
    if let Some((by, value)) = credentials(settings)? {
        headers.insert(AUTHORIZATION, header_value(by, &value)?);
    }
    Ok(headers)
}

fn header_value(secret: &At<Secret>, text: &str) -> Result<HeaderValue, Diagnostic> {
    let mut value = HeaderValue::try_from(text).map_err(|_| {
        Diagnostic::error("this value cannot be sent in a header")
            .at(secret, "it has control characters, such as a line end")
            .help("remove what does not belong to it")
    })?;
    value.set_sensitive(true);
    Ok(value)
}

/// The value of the header `Authorization`, and the setting that it comes from.
fn credentials(settings: &Elasticsearch) -> Result<Option<(&At<Secret>, String)>, Diagnostic> {
    let Elasticsearch { username, password, api_key, .. } = settings;
    match (username, password, api_key) {
        (None, None, None) => Ok(None),
        (Some(username), Some(password), None) => {
            let pair = format!("{}:{}", **username, password.expose());
            Ok(Some((password, format!("Basic {}", BASE64_STANDARD.encode(pair)))))
        }
        (None, None, Some(key)) => {
            let text = key.expose().trim();
            // The encoded form has no colon.
            let encoded =
                if text.contains(':') { BASE64_STANDARD.encode(text) } else { text.to_owned() };
            Ok(Some((key, format!("ApiKey {encoded}"))))
        }
        (Some(username), None, None) => Err(Diagnostic::error("`username` needs a `password`")
            .at(username, "this user")
            .help("add `password = \"${ES_PASSWORD}\"`")),
        (None, Some(password), None) => Err(Diagnostic::error("`password` needs a `username`")
            .at(password, "")
            .help("add `username = \"…\"`")),
        (_, _, Some(key)) => Err(Diagnostic::error("a user and an API key exclude each other")
            .at(key, "")
            .help("remove `api-key`, or `username` and `password`")),
    }
}

/// Writes a text as one segment of a path or one value of a query.
fn escape(text: &str, out: &mut String) {
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}
