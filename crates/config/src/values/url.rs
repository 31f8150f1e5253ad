//! Addresses of HTTP servers.

use std::fmt;
use std::ops::Range;

use serde::de::{Deserialize, Deserializer, Error, Visitor};

use super::text_value;
use crate::complaint::Complaint;

/// An `http://` or `https://` address with a host.
///
/// Checked as far as an operator mistypes it: scheme, host, port, no blanks. A name and password
/// in it are kept, but `Display`, `Debug` and serialization show them as `***`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Url {
    text: String,
    /// Name and password before the `@`, which may be empty.
    user: Range<usize>,
    host: Range<usize>,
    port: Option<u16>,
    /// Where the path begins.
    path: usize,
}

impl Url {
    /// The whole address, credentials included.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.text.starts_with("https:")
    }

    /// The name or number of the host; an IPv6 address keeps its brackets.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.text[self.host.clone()]
    }

    /// The port, by default 80 or 443.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port.unwrap_or(if self.is_https() { 443 } else { 80 })
    }

    /// The user name and password before the `@`, as written (percent-encoding is kept).
    #[must_use]
    pub fn credentials(&self) -> Option<(&str, &str)> {
        let user = &self.text[self.user.clone()];
        (!user.is_empty()).then(|| user.split_once(':').unwrap_or((user, "")))
    }

    /// Everything after host and port: path and query, or nothing.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.text[self.path..]
    }

    /// This address with `path` behind it and exactly one slash between.
    #[must_use]
    pub fn join(&self, path: &str) -> String {
        format!("{}/{}", self.text.trim_end_matches('/'), path.trim_start_matches('/'))
    }
}

impl std::str::FromStr for Url {
    type Err = Complaint;

    fn from_str(text: &str) -> Result<Self, Complaint> {
        let scheme_end = scheme_end(text)?;
        let authority_end =
            text[scheme_end..].find(['/', '?', '#']).map_or(text.len(), |n| scheme_end + n);
        let authority = &text[scheme_end..authority_end];
        let host_start = authority.rfind('@').map_or(scheme_end, |at| scheme_end + at + 1);
        let user = scheme_end..host_start.saturating_sub(1).max(scheme_end);
        let (host, port) = host_and_port(&text[host_start..authority_end]);
        let refuse = |label: &str| {
            // The text may hold a password, so only the part after it is quoted.
            Complaint::new(format!("`{}` is not the address of a server", &text[host_start..]))
                .label(label)
                .help("write it like `https://logs.example.com:9200`")
        };
        if host.is_empty() {
            return Err(refuse("the host is missing"));
        }
        let port = match port {
            None => None,
            Some(port) => Some(
                port.parse::<u16>()
                    .ok()
                    .filter(|port| *port > 0)
                    .ok_or_else(|| refuse("the port is not a number from 1 to 65535"))?,
            ),
        };
        let is_bracketed = host.starts_with('[') && host.ends_with(']');
        if !is_bracketed && host.contains([':', '[', ']', '<', '>', '"', '\\', '^', '|', '%']) {
            return Err(refuse("the host has a character that hosts can't have"));
        }
        if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
            return Err(refuse("an address has no blanks"));
        }
        let host = host_start..host_start + host.len();
        Ok(Self { text: text.to_owned(), user, host, port, path: authority_end })
    }
}

/// Where the part after `http://` begins.
fn scheme_end(text: &str) -> Result<usize, Complaint> {
    let refused =
        |label: &str| Complaint::new("this is not the address of an HTTP server").label(label);
    match text.split_once("://") {
        Some(("http" | "https", rest)) => Ok(text.len() - rest.len()),
        Some((scheme, _)) if scheme.chars().all(|c| c.is_ascii_alphanumeric()) => {
            Err(refused("expected `http://` or `https://`")
                .help(format!("`{scheme}` is not a scheme weir can speak here")))
        }
        _ => Err(refused("`http://` or `https://` is missing")
            .help("write it like `https://logs.example.com:9200`")),
    }
}

fn host_and_port(text: &str) -> (&str, Option<&str>) {
    let colon = text.rfind(':').filter(|colon| !text[*colon..].contains(']'));
    match colon {
        Some(colon) => (&text[..colon], Some(&text[colon + 1..])),
        None => (text, None),
    }
}

impl TryFrom<String> for Url {
    type Error = Complaint;

    fn try_from(text: String) -> Result<Self, Complaint> {
        text.parse()
    }
}

impl fmt::Display for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.user.is_empty() {
            return formatter.write_str(&self.text);
        }
        let (before, after) = (&self.text[..self.user.start], &self.text[self.user.end..]);
        write!(formatter, "{before}***{after}")
    }
}

impl fmt::Debug for Url {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, formatter)
    }
}

text_value!(Url, "url", "string", "https://logs.example.com:9200");

impl<'de> Deserialize<'de> for Url {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(UrlVisitor)
    }
}

struct UrlVisitor;

impl Visitor<'_> for UrlVisitor {
    type Value = Url;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an address in quotes such as \"https://logs.example.com:9200\"")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Url, E> {
        text.parse().map_err(E::custom)
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_taken_apart() {
        let url: Url = "https://elastic:s3cret@es.example:9243/logs?x=1".parse().unwrap();
        assert!(url.is_https());
        assert_eq!((url.host(), url.port(), url.path()), ("es.example", 9243, "/logs?x=1"));
        assert_eq!(url.credentials(), Some(("elastic", "s3cret")));
        let url: Url = "http://[::1]:9200".parse().unwrap();
        assert_eq!((url.host(), url.port(), url.path()), ("[::1]", 9200, ""));
        let url: Url = "http://localhost".parse().unwrap();
        assert_eq!((url.host(), url.port(), url.credentials()), ("localhost", 80, None));
    }

    #[test]
    fn paths_are_joined_with_one_slash() {
        for given in ["http://a/x", "http://a/x/"] {
            let url: Url = given.parse().unwrap();
            assert_eq!(url.join("/_bulk"), "http://a/x/_bulk");
            assert_eq!(url.join("_bulk"), "http://a/x/_bulk");
        }
    }

    #[test]
    fn a_password_is_not_shown() {
        let url: Url = "https://elastic:s3cret@es.example/".parse().unwrap();
        assert_eq!(format!("{url} {url:?}"), "https://***@es.example/ https://***@es.example/");
    }

    #[test]
    fn what_is_no_address_is_refused_without_showing_a_password() {
        for given in [
            "",
            "localhost:9200",
            "ftp://root:s3cret@x",
            "http://",
            "http://:80",
            "http://root:s3cret@",
            "http://root:s3cret@h:70000",
            "http://root:s3cret@h:0",
            "http://root:s3cret@a b",
            "http://::1",
            "http://h/a b",
            "root:s3cret@host",
        ] {
            let complaint = given.parse::<Url>().unwrap_err();
            assert!(!complaint.to_string().contains("s3cret"), "{complaint}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_the_parser_panic(text in "(http://)?.*") {
            let first = text.parse::<Url>();
            prop_assert_eq!(first, text.parse::<Url>());
        }
    }
}
