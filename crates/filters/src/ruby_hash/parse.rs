//! From the text of a hash to fields.

use weir_event::{Key, Span, Value};

use crate::convert;
use crate::found::{FIELDS_MAX, Harvest, Name};

/// How deep hashes and lists may be nested.
const DEPTH_MAX: usize = 64;

/// What is wrong, and where.
#[derive(Debug)]
pub(super) struct Malformed {
    pub(super) what: &'static str,
    pub(super) at: usize,
}

type Result<T> = std::result::Result<T, Malformed>;

/// Reads one hash.
pub(super) struct Parser<'a> {
    text: &'a [u8],
    whole: Span,
    at: usize,
    depth: usize,
    members: usize,
    target: Option<Key>,
    /// The dotted name of the member at hand.
    name: &'a mut Vec<u8>,
    harvest: &'a mut Harvest,
}

impl<'a> Parser<'a> {
    pub(super) fn new(
        text: &'a [u8],
        whole: Span,
        target: Option<Key>,
        name: &'a mut Vec<u8>,
        harvest: &'a mut Harvest,
    ) -> Self {
        Self { text, whole, at: 0, depth: 0, members: 0, target, name, harvest }
    }

    pub(super) fn read(mut self) -> Result<()> {
        self.skip_blanks();
        if self.peek() != Some(b'{') {
            return Err(self.malformed("expected a hash"));
        }
        self.fields()?;
        self.skip_blanks();
        if self.at < self.text.len() {
            return Err(self.malformed("unexpected text behind the hash"));
        }
        Ok(())
    }

    fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, at: self.at.min(self.text.len()) }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_blanks(&mut self) {
        while self.peek().is_some_and(|byte| byte.is_ascii_whitespace()) {
            self.at += 1;
        }
    }

    /// Walks what stands between two brackets; `each` reads one member.
    fn members(
        &mut self,
        close: u8,
        mut each: impl FnMut(&mut Self) -> Result<()>,
    ) -> Result<usize> {
        if self.depth == DEPTH_MAX {
            return Err(self.malformed("nested too deeply"));
        }
        self.depth += 1;
        self.at += 1;
        let before = self.members;
        loop {
            self.skip_blanks();
            match self.peek() {
                Some(byte) if byte == close => break,
                Some(b',') if self.members > before => self.at += 1,
                Some(_) if self.members < FIELDS_MAX => {
                    self.members += 1;
                    each(self)?;
                    self.skip_blanks();
                    if !matches!(self.peek(), None | Some(b',')) && self.peek() != Some(close) {
                        return Err(self.malformed("expected a comma or the closing bracket"));
                    }
                }
                Some(_) => return Err(self.malformed("too many members")),
                None if close == b'}' => return Err(self.malformed("the hash does not end")),
                None => return Err(self.malformed("the list does not end")),
            }
        }
        self.at += 1;
        self.depth -= 1;
        Ok(self.members - before)
    }

    /// Reads a hash into fields below the name at hand.
    fn fields(&mut self) -> Result<()> {
        let len = self.name.len();
        let count = self.members(b'}', |parser| {
            let key = parser.key()?;
            parser.name.truncate(len);
            if len > 0 {
                parser.name.push(b'.');
            }
            let text = parser.harvest.text_of_part(parser.text, parser.whole, key);
            parser.name.extend_from_slice(text);
            if parser.peek() == Some(b'{') {
                return parser.fields();
            }
            let value = parser.value()?;
            parser.put(value);
            Ok(())
        })?;
        self.name.truncate(len);
        if count == 0 && len > 0 {
            self.put(Value::Map(Box::default()));
        }
        Ok(())
    }

    fn put(&mut self, value: Value) {
        let target = self.target;
        let decide = |name: &[u8]| Name::of(target, &String::from_utf8_lossy(name));
        let place = self.harvest.name(self.name, decide);
        self.harvest.replace(place, self.name, value);
    }

    /// Reads a key and what separates it from its value.
    fn key(&mut self) -> Result<Span> {
        let key = match self.peek() {
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote)?,
            Some(b':') => self.symbol()?,
            _ => self.word(),
        };
        if key.is_empty() && !matches!(self.text.get(self.at - 1), Some(b'"' | b'\'')) {
            return Err(self.malformed("expected a key"));
        }
        let is_directly = self.peek() == Some(b':');
        self.skip_blanks();
        if self.text[self.at..].starts_with(b"=>") {
            self.at += 2;
        } else if is_directly {
            self.at += 1;
        } else {
            return Err(self.malformed("expected `=>` or a colon"));
        }
        self.skip_blanks();
        Ok(key)
    }

    fn value(&mut self) -> Result<Value> {
        match self.peek() {
            Some(quote @ (b'"' | b'\'')) => self.quoted(quote).map(Value::Text),
            Some(b':') => self.symbol().map(Value::Text),
            Some(b'[') => {
                let mut items = Vec::new();
                self.members(b']', |parser| {
                    items.push(parser.value()?);
                    Ok(())
                })?;
                Ok(Value::List(items.into_boxed_slice()))
            }
            Some(b'{') => {
                let mut entries = Vec::new();
                self.members(b'}', |parser| {
                    let key = parser.key()?;
                    entries.push((key, parser.value()?));
                    Ok(())
                })?;
                Ok(Value::Map(entries.into_boxed_slice()))
            }
            _ => self.bare(),
        }
    }

    /// A value without quotes: a number, a word, or an object as Ruby prints it.
    fn bare(&mut self) -> Result<Value> {
        let start = self.at;
        let mut depth = 0_usize;
        while let Some(byte) = self.peek() {
            match byte {
                b'<' | b'(' | b'{' | b'[' => depth += 1,
                b',' | b'}' | b']' if depth == 0 => break,
                b'>' | b')' | b'}' | b']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
        let text = self.text[start..self.at].trim_ascii_end();
        self.at = start + text.len();
        Ok(match text {
            [] => return Err(self.malformed("expected a value")),
            b"nil" => Value::Null,
            b"true" => Value::Bool(true),
            b"false" => Value::Bool(false),
            text => number(text)
                .unwrap_or_else(|| Value::Text(self.whole.slice(start, start + text.len()))),
        })
    }

    /// A symbol: `:name` or `:"any text"`.
    fn symbol(&mut self) -> Result<Span> {
        self.at += 1;
        match self.peek() {
            Some(b'"') => self.quoted(b'"'),
            _ => {
                let word = self.word();
                if word.is_empty() { Err(self.malformed("expected a symbol")) } else { Ok(word) }
            }
        }
    }

    fn word(&mut self) -> Span {
        let start = self.at;
        let is_word = |byte: u8| byte.is_ascii_alphanumeric() || b"_?!@$.-".contains(&byte);
        while self.peek().is_some_and(|byte| is_word(byte) || !byte.is_ascii()) {
            self.at += 1;
        }
        self.whole.slice(start, self.at)
    }

    /// A text in quotes, without its escapes.
    fn quoted(&mut self, quote: u8) -> Result<Span> {
        self.at += 1;
        let start = self.at;
        let mut is_escaped = false;
        loop {
            let Some(len) = memchr::memchr2(quote, b'\\', &self.text[self.at..]) else {
                self.at = self.text.len();
                return Err(self.malformed("the text does not end"));
            };
            self.at += len;
            if self.text[self.at] == quote {
                break;
            }
            is_escaped = true;
            self.at = (self.at + 2).min(self.text.len());
        }
        let text = &self.text[start..self.at];
        self.at += 1;
        if !is_escaped {
            return Ok(self.whole.slice(start, start + text.len()));
        }
        Ok(self.harvest.keep_with(|out| unescape(text, quote, out)))
    }
}

fn number(text: &[u8]) -> Option<Value> {
    let is_number = text.strip_prefix(b"-").unwrap_or(text).first()?.is_ascii_digit();
    let plain: Vec<u8> = text.iter().copied().filter(|byte| *byte != b'_').collect();
    let plain = std::str::from_utf8(&plain).ok().filter(|_| is_number)?;
    let whole = plain.parse().ok().map(Value::Int);
    whole.or_else(|| convert::number(plain.as_bytes()).map(Value::Float))
}

/// Appends a text without its escapes.
fn unescape(text: &[u8], quote: u8, out: &mut Vec<u8>) {
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'\\', rest) {
        out.extend_from_slice(&rest[..at]);
        let escaped = rest.get(at + 1).copied().unwrap_or(b'\\');
        rest = rest.get(at + 2..).unwrap_or_default();
        let plain = match escaped {
            byte if byte == quote || byte == b'\\' => byte,
            byte if quote == b'\'' => {
                out.push(b'\\');
                byte
            }
            b'n' => b'\n',
            b't' => b'\t',
            b'r' => b'\r',
            b'e' => 0x1B,
            b'0' => 0,
            b'a' => 7,
            b'b' => 8,
            b'f' => 12,
            b'v' => 11,
            b'x' if hex(rest, 2).is_some() => {
                out.push(hex(rest, 2).and_then(|it| u8::try_from(it).ok()).unwrap_or(0));
                rest = &rest[2..];
                continue;
            }
            b'u' if hex(rest, 4).is_some() => {
                let character = hex(rest, 4).and_then(char::from_u32);
                let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
                out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                rest = &rest[4..];
                continue;
            }
            byte => byte,
        };
        out.push(plain);
    }
    out.extend_from_slice(rest);
}

/// The number in so many hexadecimal digits.
fn hex(text: &[u8], digits: usize) -> Option<u32> {
    let digits = text.get(..digits)?;
    let is_hex = digits.iter().all(u8::is_ascii_hexdigit);
    u32::from_str_radix(std::str::from_utf8(digits).ok().filter(|_| is_hex)?, 16).ok()
}
