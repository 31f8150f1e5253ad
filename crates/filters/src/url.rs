//! The `url` filter: a URL into its parts.

use std::borrow::Cow;

use memchr::{memchr, memchr2, memrchr};
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FilterConfig};
use weir_component::{FieldPath, Filter, FilterError, Keep};
use weir_config::Diagnostic;
use weir_event::{EventMut, Key, Span, Value};

use crate::source;

const FAILURE: &str = "_urlfailure";

/// What may be a host's name, in bytes (RFC 1035, and some more for signs beyond ASCII).
const HOST_BYTES_MAX: usize = 1024;

/// Takes a URL apart: `url.scheme`, `url.domain`, `url.path`, `url.query` and the like.
///
/// The parts are those of the Elastic Common Schema: `scheme`, `username`, `password`, `domain`,
/// `port`, `path`, `extension` of the path, `query`, `fragment`, and `original`, the whole. A part
/// that the URL lacks is no field, but a URL with a host has at least the path `/`. Host names are
/// written in lower case, and in ASCII as name servers know them. Everything else stays as it is,
/// encoded as it was.
///
/// A path alone, as web servers log it, is a URL too: `/cart?id=7`.
///
/// An event without the field passes unchanged. If the text is no URL (its host or port cannot be,
/// or there are blanks or control characters in it), the event gets the tag `_urlfailure`, and no
/// field of it changes.
///
/// # Example
///
/// ```toml
/// type = "url"
/// ```
/// ```json
/// {"url": {"original": "https://alice@Shop.example:8443/cart/list.html?id=7#top"}}
/// ```
/// becomes
/// ```json
/// {
///   "url": {
///     "original": "https://alice@Shop.example:8443/cart/list.html?id=7#top",
///     "scheme": "https",
///     "username": "alice",
///     "domain": "shop.example",
///     "port": 8443,
///     "path": "/cart/list.html",
///     "extension": "html",
///     "query": "id=7",
///     "fragment": "top"
///   }
/// }
/// ```
/// What is no URL:
/// ```json
/// {"url": {"original": "http://shop.example:port/"}}
/// ```
/// becomes
/// ```json
/// {
///   "url": {"original": "http://shop.example:port/"},
///   "tags": ["_urlfailure"],
///   "error": {"message": "url-1: `url.original` has a port that is no number up to 65535"}
/// }
/// ```
///
/// Out of another field, with the port that the scheme stands for:
///
/// ```toml
/// type = "url"
/// field = "referrer"
/// target = "from"
/// known-ports = true
/// keep-original = false
/// ```
/// ```json
/// {"referrer": "https://search.example"}
/// ```
/// becomes
/// ```json
/// {
///   "referrer": "https://search.example",
///   "from": {"scheme": "https", "domain": "search.example", "port": 443, "path": "/"}
/// }
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Url {
    /// The field that holds the URL.
    #[serde(default = "original")]
    field: FieldPath,
    /// The field below which the parts go.
    #[serde(default = "below_url")]
    target: FieldPath,
    /// Whether the whole URL is one of the parts, `original`.
    #[serde(default = "yes")]
    keep_original: bool,
    /// Whether the URL has to have a scheme and a host.
    #[serde(default)]
    absolute: bool,
    /// Whether a URL without a port gets the one that its scheme stands for.
    #[serde(default)]
    known_ports: bool,
}

fn original() -> FieldPath {
    FieldPath::try_from("url.original".to_owned()).expect("the name is in order")
}

fn below_url() -> FieldPath {
    FieldPath::try_from("url".to_owned()).expect("the name is in order")
}

fn yes() -> bool {
    true
}

impl Configure for Url {
    const NAME: &'static str = "url";
}

impl FilterConfig for Url {
    type Filter = UrlReader;

    fn build(self) -> Result<UrlReader, Diagnostic> {
        let below = |name| self.target.below(name);
        Ok(UrlReader {
            field: self.field.key(),
            target: self.target.key(),
            original: self.keep_original.then(|| below("original")),
            scheme: below("scheme"),
            username: below("username"),
            password: below("password"),
            domain: below("domain"),
            port: below("port"),
            path: below("path"),
            extension: below("extension"),
            query: below("query"),
            fragment: below("fragment"),
            is_absolute: self.absolute,
            knows_ports: self.known_ports,
        })
    }
}

/// Takes URLs apart.
#[derive(Debug)]
pub(crate) struct UrlReader {
    field: Key,
    target: Key,
    original: Option<Key>,
    scheme: Key,
    username: Key,
    password: Key,
    domain: Key,
    port: Key,
    path: Key,
    extension: Key,
    query: Key,
    fragment: Key,
    is_absolute: bool,
    knows_ports: bool,
}

/// A stretch of the URL.
type Part = (usize, usize);

/// The parts of a URL.
#[derive(Debug, Default, PartialEq, Eq)]
struct Parts {
    scheme: Option<Part>,
    username: Option<Part>,
    password: Option<Part>,
    host: Option<Part>,
    port: Option<u16>,
    path: Part,
    query: Option<Part>,
    fragment: Option<Part>,
}

impl Parts {
    /// Finds the parts; the error is the end of the sentence that begins with the field.
    fn find(text: &[u8]) -> Result<Self, &'static str> {
        if text.is_empty() || text.iter().any(|byte| *byte <= b' ' || *byte == 0x7F) {
            return Err("is empty or has blanks or control characters");
        }
        let mut parts = Self::default();
        let mut end = text.len();
        if let Some(at) = memchr(b'#', text) {
            parts.fragment = Some((at + 1, end));
            end = at;
        }
        if let Some(at) = memchr(b'?', &text[..end]) {
            parts.query = Some((at + 1, end));
            end = at;
        }
        let mut start = 0;
        if let Some(len) = scheme_len(&text[..end]) {
            parts.scheme = Some((0, len));
            start = len + 1;
        }
        if parts.scheme.is_none() && is_host_and_port(&text[..end]) {
            parts.find_authority(text, 0, end)?;
            start = end;
        } else if text[start..end].starts_with(b"//") {
            start += 2;
            let host_end = memchr2(b'/', b'\\', &text[start..end]).map_or(end, |len| start + len);
            parts.find_authority(text, start, host_end)?;
            start = host_end;
        }
        parts.path = (start, end);
        Ok(parts)
    }

    /// Finds what stands between `//` and the path: `user:password@host:port`.
    fn find_authority(
        &mut self,
        text: &[u8],
        mut start: usize,
        end: usize,
    ) -> Result<(), &'static str> {
        if let Some(at) = memrchr(b'@', &text[start..end]).map(|len| start + len) {
            let colon = memchr(b':', &text[start..at]).map(|len| start + len);
            self.username = Some((start, colon.unwrap_or(at)));
            self.password = colon.map(|colon| (colon + 1, at));
            start = at + 1;
        }
        let host = &text[start..end];
        let is_bracketed = host.first() == Some(&b'[');
        let host_len = if is_bracketed {
            memchr(b']', host).ok_or("has an IPv6 address without its closing bracket")? + 1
        } else {
            memchr(b':', host).unwrap_or(host.len())
        };
        match &host[host_len..] {
            [] | [b':'] => {}
            [b':', digits @ ..] if digits.iter().all(u8::is_ascii_digit) => {
                let digits = std::str::from_utf8(digits).ok().and_then(|it| it.parse().ok());
                self.port = Some(digits.ok_or("has a port that is no number up to 65535")?);
            }
            _ => return Err("has a port that is no number up to 65535"),
        }
        if host_len > HOST_BYTES_MAX {
            return Err("has a host name that is too long");
        }
        self.host = Some((start, start + host_len));
        Ok(())
    }
}

/// The length of the scheme at the beginning, which a colon follows.
fn scheme_len(text: &[u8]) -> Option<usize> {
    let len = memchr(b':', text)?;
    let is_fine = |byte: &u8| byte.is_ascii_alphanumeric() || b"+-.".contains(byte);
    let scheme = &text[..len];
    let has_start = scheme.first().is_some_and(u8::is_ascii_alphabetic);
    (has_start && scheme.iter().all(is_fine) && !is_host_and_port(text)).then_some(len)
}

/// Whether this is a host and its port, `shop.example:443`, as in requests by CONNECT.
fn is_host_and_port(text: &[u8]) -> bool {
    let Some(at) = memrchr(b':', text).filter(|at| *at > 0) else { return false };
    let (host, port) = (&text[..at], &text[at + 1..]);
    !port.is_empty() && port.iter().all(u8::is_ascii_digit) && memchr(b'/', host).is_none()
}

/// The port that a scheme stands for.
fn known_port(scheme: &[u8]) -> Option<u16> {
    let mut lower = [0; 5];
    let lower = lower.get_mut(..scheme.len())?;
    lower.copy_from_slice(scheme);
    lower.make_ascii_lowercase();
    Some(match &*lower {
        b"http" | b"ws" => 80,
        b"https" | b"wss" => 443,
        b"ftp" => 21,
        b"ssh" | b"sftp" => 22,
        b"ldap" => 389,
        b"ldaps" => 636,
        _ => return None,
    })
}

/// A host's name as name servers know it.
fn domain(host: &[u8]) -> Result<Cow<'_, str>, &'static str> {
    const WRONG: &str = "has a host that cannot be one";
    let text = std::str::from_utf8(host).map_err(|_| WRONG)?;
    if text.is_ascii() {
        let is_wrong = text.bytes().any(|byte| b"<>\"\\^`{|}%".contains(&byte));
        if is_wrong {
            return Err(WRONG);
        }
        let is_lower = text.bytes().all(|byte| !byte.is_ascii_uppercase());
        return Ok(if is_lower { text.into() } else { text.to_ascii_lowercase().into() });
    }
    idna::domain_to_ascii(text).map(Cow::Owned).map_err(|_| WRONG)
}

impl Filter for UrlReader {
    fn apply(&self, event: &mut EventMut<'_>) -> Result<Keep, FilterError> {
        let Some(span) = source::text(event, self.field, FAILURE)? else { return Ok(Keep::Yes) };
        let text = event.text_of(span);
        let failure = |why| FilterError::because(FAILURE, format!("`{}` {why}", self.field));
        let parts = Parts::find(text).map_err(failure)?;
        if self.is_absolute && (parts.scheme.is_none() || parts.host.is_none()) {
            return Err(failure("has no scheme or no host"));
        }
        let host = match parts.host {
            None => None,
            Some((start, end)) => match domain(&text[start..end]).map_err(failure)? {
                Cow::Borrowed("") => None,
                Cow::Borrowed(_) => Some(span.slice(start, end)),
                Cow::Owned(lower) => Some(event.arena().append(lower.as_bytes())),
            },
        };
        self.set(event, span, &parts, host);
        if self.target == self.field {
            // Text and object of one name cannot both be delivered.
            event.remove(self.field);
        }
        Ok(Keep::Yes)
    }
}

impl UrlReader {
    fn set(&self, event: &mut EventMut<'_>, whole: Span, parts: &Parts, host: Option<Span>) {
        let span = |part: Part| whole.slice(part.0, part.1);
        let put = |event: &mut EventMut<'_>, key: Key, part: Option<Part>| {
            if let Some(part) = part {
                event.set(key, Value::Text(span(part)));
            }
        };
        if let Some(original) = self.original {
            event.set(original, Value::Text(whole));
        }
        put(event, self.scheme, parts.scheme);
        put(event, self.username, parts.username);
        put(event, self.password, parts.password);
        if let Some(host) = host {
            event.set(self.domain, Value::Text(host));
        }
        let scheme = parts.scheme.map(|(start, end)| &event.text_of(whole)[start..end]);
        let known = scheme.and_then(known_port).filter(|_| self.knows_ports && host.is_some());
        if let Some(port) = parts.port.or(known) {
            event.set(self.port, Value::Int(port.into()));
        }
        let (start, end) = parts.path;
        if start < end {
            put(event, self.path, Some(parts.path));
        } else if host.is_some() && parts.scheme.is_some() {
            event.set_text(self.path, b"/");
        }
        let path = &event.text_of(whole)[start..end];
        let name = memrchr(b'/', path).map_or(0, |at| at + 1);
        let extension = memrchr(b'.', &path[name..]).map(|at| (start + name + at + 1, end));
        put(event, self.extension, extension.filter(|(start, end)| start < end));
        put(event, self.query, parts.query);
        put(event, self.fragment, parts.fragment);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use serde_json::{Value as Json, json};
    use weir_testkit::pages::Bench;

    use crate::FILTERS;

    fn parts(text: &str) -> Option<Json> {
        let settings = "type = \"url\"\nfield = \"t\"\nkeep-original = false";
        let bench = Bench::new(FILTERS, settings).unwrap();
        let became = bench.pass(&json!({ "t": text })).unwrap().unwrap();
        became["tags"].is_null().then(|| became["url"].clone())
    }

    #[test]
    fn urls_without_some_parts_are_read() {
        for (text, wanted) in [
            ("/cart?id=7", json!({ "path": "/cart", "query": "id=7" })),
            ("*", json!({ "path": "*" })),
            ("shop.example:443", json!({ "domain": "shop.example", "port": 443 })),
            (
                "//cdn.example/a.b.js",
                json!({"domain": "cdn.example", "path": "/a.b.js", "extension": "js"}),
            ),
            (
                "mailto:a@b.example",
                json!({"scheme": "mailto", "path": "a@b.example", "extension": "example"}),
            ),
            (
                "http://[2001:db8::1]:80?",
                json!({"scheme": "http", "domain": "[2001:db8::1]", "port": 80, "path": "/", "query": ""}),
            ),
            (
                "http://a:b:c@d@h/.x",
                json!({"scheme": "http", "username": "a", "password": "b:c@d", "domain": "h", "path": "/.x", "extension": "x"}),
            ),
            ("file:///etc/a.", json!({ "scheme": "file", "path": "/etc/a." })),
            (
                "https://www.CAFé.com",
                json!({"scheme": "https", "domain": "www.xn--caf-dma.com", "path": "/"}),
            ),
        ] {
            assert_eq!(parts(text), Some(wanted), "{text}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused() {
        for text in [
            "",
            "a b",
            "http://h:x",
            "http://h:99999",
            "http://[::1",
            "http://a|b/",
            "http://\u{7}",
        ] {
            assert_eq!(parts(text), None, "{text}");
        }
    }
}
