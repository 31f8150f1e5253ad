//! A small blocking HTTP/1.1 client for tests: keep-alive, fixed and chunked bodies.
//!
//! It is deliberately not the product's client, so that a mistake there is not repeated here.
//! No redirects, no proxies, no compression.

use std::fmt;
use std::io::{self, BufRead, BufReader, Error, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// The longest header line.
const MAX_LINE: u64 = 64 * 1024;
/// The most header lines.
const MAX_HEADERS: usize = 256;
/// The longest body: a page of search hits is a few MB.
const MAX_BODY: u64 = 512 * 1024 * 1024;

/// A request; the host header and the length are added when it is sent.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// `GET`, `POST` …
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Further header lines.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body, which may be empty.
    pub body: &'a [u8],
}

/// An answer, read to its end.
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header names in lower case, with their values.
    pub headers: Vec<(String, String)>,
    /// The body, without chunks.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header of this name; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as JSON; null when it is empty, the text itself when it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        if self.body.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(&self.body).into_owned()))
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, String::from_utf8_lossy(&self.body))
    }
}

/// One connection, used for one request after the other.
#[derive(Debug)]
pub struct Connection<S: Read + Write = TcpStream> {
    stream: BufReader<S>,
    host: String,
    reusable: bool,
}

impl Connection {
    /// Connects to a server; `limit` holds for the connect and for each read and write.
    ///
    /// # Errors
    /// When the server does not accept in time.
    pub fn open(address: SocketAddr, limit: Duration) -> io::Result<Self> {
        let stream = TcpStream::connect_timeout(&address, limit)?;
        stream.set_read_timeout(Some(limit))?;
        stream.set_write_timeout(Some(limit))?;
        stream.set_nodelay(true)?;
        Ok(Self::over(stream, address.to_string()))
    }
}

impl<S: Read + Write> Connection<S> {
    /// Speaks HTTP over a stream that is already connected.
    pub fn over(stream: S, host: String) -> Self {
        Self { stream: BufReader::new(stream), host, reusable: true }
    }

    /// Whether another request can be sent.
    #[must_use]
    pub fn is_reusable(&self) -> bool {
        self.reusable
    }

    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// When the connection breaks, a read takes too long, or the answer is not HTTP/1.1.
    pub fn send(&mut self, request: &Request<'_>) -> io::Result<Response> {
        self.reusable = false;
        let mut message = Vec::with_capacity(request.body.len() + 256);
        write!(message, "{} {} HTTP/1.1\r\n", request.method, request.path)?;
        write!(message, "Host: {}\r\n", self.host)?;
        write!(message, "Content-Length: {}\r\n", request.body.len())?;
        for (name, value) in request.headers {
            write!(message, "{name}: {value}\r\n")?;
        }
        message.extend_from_slice(b"\r\n");
        message.extend_from_slice(request.body);
        self.stream.get_mut().write_all(&message)?;
        self.stream.get_mut().flush()?;
        self.read_response(request.method)
    }

    fn read_response(&mut self, method: &str) -> io::Result<Response> {
        let status = status_of(&self.line()?)?;
        let headers = self.headers()?;
        let mut response = Response { status, headers, body: Vec::new() };
        let bodiless = method == "HEAD" || status == 204 || status == 304;
        if !bodiless && response.header("transfer-encoding") == Some("chunked") {
            response.body = self.chunks()?;
        } else if !bodiless && let Some(length) = response.header("content-length") {
            let length = number(length, 10)?;
            response.body = self.exactly(length)?;
        } else if !bodiless {
            (&mut self.stream).take(MAX_BODY).read_to_end(&mut response.body)?;
            return Ok(response);
        }
        self.reusable = response.header("connection") != Some("close");
        Ok(response)
    }

    fn headers(&mut self) -> io::Result<Vec<(String, String)>> {
        let mut headers = Vec::new();
        for _ in 0..MAX_HEADERS {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(headers);
            }
            let (name, value) = line.split_once(':').ok_or_else(|| malformed(&line))?;
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Err(malformed("too many header lines"))
    }

    fn chunks(&mut self) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        loop {
            let line = self.line()?;
            let size = number(line.split(';').next().unwrap_or_default(), 16)?;
            if size + body.len() as u64 > MAX_BODY {
                return Err(malformed("a body over 512 MiB"));
            }
            body.extend(self.exactly(size)?);
            if size == 0 {
                while !self.line()?.is_empty() {}
                return Ok(body);
            }
            self.line()?;
        }
    }

    fn exactly(&mut self, length: u64) -> io::Result<Vec<u8>> {
        if length > MAX_BODY {
            return Err(malformed("a body over 512 MiB"));
        }
        let mut body = Vec::new();
        (&mut self.stream).take(length).read_to_end(&mut body)?;
        if (body.len() as u64) < length {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the body ended too soon"));
        }
        Ok(body)
    }

    fn line(&mut self) -> io::Result<String> {
        let mut line = Vec::new();
        (&mut self.stream).take(MAX_LINE).read_until(b'\n', &mut line)?;
        if line.pop() != Some(b'\n') {
            return Err(Error::new(ErrorKind::UnexpectedEof, "the answer ended in its head"));
        }
        if line.last() == Some(&b'\r') {
            line.pop();
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }
}

/// Sends one request over a connection of its own.
///
/// # Errors
/// As [`Connection::open`] and [`Connection::send`].
pub fn send(address: SocketAddr, limit: Duration, request: &Request<'_>) -> io::Result<Response> {
    Connection::open(address, limit)?.send(request)
}

fn status_of(line: &str) -> io::Result<u16> {
    let code = line.strip_prefix("HTTP/1.").and_then(|rest| rest.split(' ').nth(1));
    code.and_then(|code| code.parse().ok()).ok_or_else(|| malformed(line))
}

fn number(text: &str, radix: u32) -> io::Result<u64> {
    u64::from_str_radix(text.trim(), radix).map_err(|_| malformed(text))
}

fn malformed(what: &str) -> Error {
    Error::new(ErrorKind::InvalidData, format!("not an HTTP/1.1 answer: `{what}`"))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use super::*;

    struct Script {
        answer: io::Cursor<Vec<u8>>,
        sent: Vec<u8>,
    }

    impl Read for Script {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            self.answer.read(buffer)
        }
    }

    impl Write for Script {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.sent.write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn scripted(answer: &str) -> Connection<Script> {
        let answer = io::Cursor::new(answer.as_bytes().to_vec());
        Connection::over(Script { answer, sent: Vec::new() }, "h".to_owned())
    }

    const GET: Request<'static> = Request { method: "GET", path: "/", headers: &[], body: b"" };

    #[test]
    fn two_answers_are_read_from_one_connection() {
        let mut connection = scripted(
            "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok\
             HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n",
        );
        let first = connection.send(&GET).unwrap();
        assert_eq!((first.status, first.body.as_slice()), (200, b"ok".as_slice()));
        assert!(connection.is_reusable());
        let second = connection.send(&GET).unwrap();
        assert_eq!((second.status, second.body.as_slice()), (404, b"abc".as_slice()));
    }

    #[test]
    fn an_answer_cut_in_its_body_is_an_error() {
        let mut connection = scripted("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nok");
        let error = connection.send(&GET).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::UnexpectedEof);
        assert!(!connection.is_reusable());
    }

    #[test]
    fn what_is_not_http_is_an_error() {
        let error = scripted("SSH-2.0-OpenSSH\r\n\r\n").send(&GET).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidData);
    }
}
