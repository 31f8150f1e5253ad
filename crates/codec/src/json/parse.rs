//! Reading: JSON text of a batch to flat fields.
//!
//! Strings without escapes become spans of the text itself; the others are unescaped once, behind
//! the batch's text. Logs repeat their member names in the same order, so each thread remembers
//! the names of its last document and compares bytes instead of looking names up.

use std::cell::RefCell;

use weir_event::{Arena, Field, Key, Span, Value};

use super::names::{Known, Names};
use super::number;
use super::scan::plain_len;

/// Deepest nesting of what is read and of what is written; many readers stop at 100 or 128.
pub(super) const DEPTH_MAX: usize = 64;

/// What a document may ask for.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Deepest nesting of objects and lists.
    pub depth_max: usize,
    /// Most members in the whole document.
    pub members_max: usize,
}

impl Default for Limits {
    /// 64 levels and 10,000 members: ten times what Elasticsearch takes in one index.
    fn default() -> Self {
        Self { depth_max: DEPTH_MAX, members_max: 10_000 }
    }
}

/// Why a text is not a JSON document, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Malformed {
    /// What was expected or exceeded.
    pub what: &'static str,
    /// Byte of the text where reading stopped.
    pub offset: usize,
}

impl std::fmt::Display for Malformed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} at byte {}", self.what, self.offset)
    }
}

impl std::error::Error for Malformed {}

/// Reads an object into fields, below `target` if one is given.
///
/// Fields are appended to `out`; of a name that occurs twice the last one counts. On error `out`
/// may hold a part.
pub fn parse_object(
    arena: &mut Arena,
    text: Span,
    target: Option<Key>,
    limits: Limits,
    out: &mut Vec<Field>,
) -> Result<(), Malformed> {
    parse(arena, text, limits, |parser| {
        parser.skip_space();
        if parser.peek() != Some(b'{') {
            return Err(parser.malformed("expected an object"));
        }
        parser.names.start(target);
        parser.object(0, out)
    })
}

/// Reads any JSON value. Objects become maps whose names keep their dots.
pub fn parse_value(arena: &mut Arena, text: Span, limits: Limits) -> Result<Value, Malformed> {
    parse(arena, text, limits, |parser| {
        parser.skip_space();
        parser.value()
    })
}

thread_local! {
    static STATE: RefCell<State> = RefCell::default();
}

/// What a thread keeps from one document to the next.
#[derive(Default)]
struct State {
    names: Names,
    unescaped: Vec<u8>,
    items: Vec<Value>,
}

fn parse<T>(
    arena: &mut Arena,
    text: Span,
    limits: Limits,
    read: impl FnOnce(&mut Parser<'_>) -> Result<T, Stop>,
) -> Result<T, Malformed> {
    STATE.with_borrow_mut(|State { names, unescaped, items }| {
        unescaped.clear();
        items.clear();
        let mut parser = Parser {
            text: arena.get(text),
            at: 0,
            base: text.start(),
            unescaped,
            unescaped_base: arena.len(),
            items,
            names,
            members: limits.members_max,
            depth: limits.depth_max,
            what: "",
        };
        let read = read(&mut parser).and_then(|value| parser.end().map(|()| value));
        let Ok(value) = read else {
            return Err(Malformed { what: parser.what, offset: parser.at });
        };
        arena.append(unescaped);
        Ok(value)
    })
}

/// The text is malformed; the parser knows why. Empty, so that results stay in registers.
struct Stop;

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    /// Where `text` lies in the batch.
    base: usize,
    /// Text without its escapes; appended to the batch when the document was read.
    unescaped: &'a mut Vec<u8>,
    unescaped_base: usize,
    /// Elements of the lists that are open, until each list is as long as it gets.
    items: &'a mut Vec<Value>,
    names: &'a mut Names,
    /// Members still allowed.
    members: usize,
    /// Levels still allowed.
    depth: usize,
    /// Why reading stopped.
    what: &'static str,
}

impl Parser<'_> {
    #[cold]
    fn malformed(&mut self, what: &'static str) -> Stop {
        self.what = what;
        Stop
    }

    fn end(&mut self) -> Result<(), Stop> {
        self.skip_space();
        if self.at < self.text.len() {
            return Err(self.malformed("unexpected text after the document"));
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Mostly there is none.
    fn skip_space(&mut self) {
        if self.peek().is_some_and(|byte| byte <= b' ') {
            self.skip_some_space();
        }
    }

    #[cold]
    fn skip_some_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Stop> {
        if self.peek() != Some(byte) {
            return Err(self.malformed(what));
        }
        self.at += 1;
        Ok(())
    }

    /// Walks `{…}` or `[…]`; `each` reads one member or element.
    fn sequence(
        &mut self,
        close: u8,
        mut each: impl FnMut(&mut Self) -> Result<(), Stop>,
    ) -> Result<bool, Stop> {
        self.at += 1;
        if self.depth == 0 {
            return Err(self.malformed("nested too deeply"));
        }
        self.depth -= 1;
        self.skip_space();
        let mut any = false;
        if self.peek() == Some(close) {
            self.at += 1;
        } else {
            loop {
                if self.members == 0 {
                    return Err(self.malformed("too many members"));
                }
                self.members -= 1;
                self.skip_space();
                each(self)?;
                any = true;
                self.skip_space();
                match self.peek() {
                    Some(b',') => self.at += 1,
                    Some(byte) if byte == close => break self.at += 1,
                    _ => return Err(self.malformed("expected a comma or the closing bracket")),
                }
            }
        }
        self.depth += 1;
        Ok(any)
    }

    /// Reads an object's members into fields named below the object at `parent`; 0 is the root.
    fn object(&mut self, parent: usize, out: &mut Vec<Field>) -> Result<(), Stop> {
        let any = self.sequence(b'}', |parser| {
            let (place, name) = match parser.guessed_name(parent) {
                Some(place) => (place, Span::default()),
                None => parser.other_name(parent, out)?,
            };
            let value = match parser.peek() {
                Some(b'{') => return parser.object(place + 1, out),
                Some(b'"') => Value::Text(parser.string()?),
                _ => parser.value()?,
            };
            parser.put(place, name, value, out);
            Ok(())
        })?;
        if !any && parent > 0 {
            let name = self.names.known[parent - 1].name.as_bytes();
            let name = self.keep(name);
            self.put(parent - 1, name, Value::Map(Box::default()), out);
        }
        Ok(())
    }

    /// Goes past the next member's name if it is the one that the last document had here.
    fn guessed_name(&mut self, parent: usize) -> Option<usize> {
        let (place, known) = self.names.guess(parent)?;
        self.at += known.lead.is_before(self.text.get(self.at..)?, known.name)?;
        self.names.next += 1;
        self.skip_space();
        Some(place)
    }

    /// Reads the next member's name and finds its place in the list of names.
    #[cold]
    fn other_name(&mut self, parent: usize, out: &[Field]) -> Result<(usize, Span), Stop> {
        let name = self.name()?;
        let bytes = if name.start() < self.unescaped_base {
            &self.text[name.start() - self.base..name.end() - self.base]
        } else {
            let start = name.start() - self.unescaped_base;
            &self.unescaped[start..start + name.len()]
        };
        Ok((self.names.place(parent, bytes, out), name))
    }

    /// Adds a field named by its place in the list of names.
    #[expect(clippy::inline_always, reason = "a call for each field costs more than its work")]
    #[inline(always)]
    fn put(&mut self, place: usize, name: Span, value: Value, out: &mut Vec<Field>) {
        match self.names.known[place] {
            Known { key: Some(key), unique: true, .. } => out.push(Field { key, value }),
            _ => self.put_odd(place, name, value, out),
        }
    }

    /// The same where the name stands there twice, or has no key.
    #[cold]
    fn put_odd(&mut self, place: usize, name: Span, value: Value, out: &mut Vec<Field>) {
        match self.names.known[place].key {
            Some(key) => insert(out, key, value),
            None => put_nameless(name, value, out),
        }
    }

    fn name(&mut self) -> Result<Span, Stop> {
        if self.peek() != Some(b'"') {
            return Err(self.malformed("expected a member name in quotes"));
        }
        let name = self.string()?;
        self.skip_space();
        self.expect(b':', "expected a colon after the name")?;
        self.skip_space();
        Ok(name)
    }

    /// A value that is no object of the document's own levels: those become fields.
    fn value(&mut self) -> Result<Value, Stop> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'[') => {
                let start = self.items.len();
                self.sequence(b']', |parser| {
                    let item = parser.value()?;
                    parser.items.push(item);
                    Ok(())
                })?;
                Ok(Value::List(self.items.drain(start..).collect()))
            }
            Some(b'{') => {
                let mut entries: Vec<(Span, Value)> = Vec::new();
                self.sequence(b'}', |parser| {
                    let name = parser.name()?;
                    entries.push((name, parser.value()?));
                    Ok(())
                })?;
                Ok(Value::Map(entries.into_boxed_slice()))
            }
            Some(b't') => self.word(b"true", Value::Bool(true)),
            Some(b'f') => self.word(b"false", Value::Bool(false)),
            Some(b'n') => self.word(b"null", Value::Null),
            Some(b'-' | b'0'..=b'9') => {
                let read = number::read(&self.text[self.at..], self.base + self.at);
                let Some((value, len)) = read else {
                    return Err(self.malformed("expected a number"));
                };
                self.at += len;
                Ok(value)
            }
            _ => Err(self.malformed("expected a value")),
        }
    }

    fn word(&mut self, word: &[u8], value: Value) -> Result<Value, Stop> {
        if !self.text[self.at..].starts_with(word) {
            return Err(self.malformed("expected a value"));
        }
        self.at += word.len();
        Ok(value)
    }

    /// Puts text behind the batch's own.
    fn keep(&mut self, text: &[u8]) -> Span {
        let start = self.unescaped_base + self.unescaped.len();
        self.unescaped.extend_from_slice(text);
        Span::new(start, start + text.len())
    }

    /// Reads a string; the position is at its opening quote.
    #[expect(clippy::inline_always, reason = "a call for each string costs a third of its work")]
    #[inline(always)]
    fn string(&mut self) -> Result<Span, Stop> {
        let start = self.at + 1;
        let plain = plain_len(&self.text[start..]);
        if self.text.get(start + plain) == Some(&b'"') {
            self.at = start + plain + 1;
            return Ok(Span::new(self.base + start, self.base + start + plain));
        }
        self.string_with_escapes(plain)
    }

    /// The same where the string goes on behind `plain` bytes.
    #[cold]
    fn string_with_escapes(&mut self, mut plain: usize) -> Result<Span, Stop> {
        self.at += 1;
        let kept = self.unescaped_base + self.unescaped.len();
        loop {
            self.unescaped.extend_from_slice(&self.text[self.at..self.at + plain]);
            self.at += plain;
            match self.peek() {
                Some(b'"') => break self.at += 1,
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.malformed("a control character stands in a string")),
                None => return Err(self.malformed("the string does not end")),
            }
            plain = plain_len(&self.text[self.at..]);
        }
        Ok(Span::new(kept, self.unescaped_base + self.unescaped.len()))
    }

    fn escape(&mut self) -> Result<(), Stop> {
        let plain = match self.text.get(self.at + 1) {
            Some(b'n') => b'\n',
            Some(b't') => b'\t',
            Some(b'r') => b'\r',
            Some(b'b') => 8,
            Some(b'f') => 12,
            Some(byte @ (b'"' | b'\\' | b'/')) => *byte,
            Some(b'u') => return self.unicode_escape(),
            _ => return Err(self.malformed("an unknown escape stands in a string")),
        };
        self.unescaped.push(plain);
        self.at += 2;
        Ok(())
    }

    /// Reads `\uXXXX`, two of them for a surrogate pair; half a pair becomes U+FFFD.
    fn unicode_escape(&mut self) -> Result<(), Stop> {
        let unit = self.hex_unit(self.at)?;
        self.at += 6;
        let mut character = char::from_u32(u32::from(unit));
        if (0xD800..0xDC00).contains(&unit)
            && self.text[self.at..].starts_with(b"\\u")
            && let low @ 0xDC00..0xE000 = self.hex_unit(self.at)?
        {
            self.at += 6;
            let pair = 0x10000 + ((u32::from(unit) - 0xD800) << 10) + (u32::from(low) - 0xDC00);
            character = char::from_u32(pair);
        }
        let character = character.unwrap_or(char::REPLACEMENT_CHARACTER);
        self.unescaped.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn hex_unit(&mut self, at: usize) -> Result<u16, Stop> {
        let digits = self.text.get(at + 2..at + 6);
        digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.malformed("expected four hexadecimal digits after `\\u`"))
    }
}

/// Adds a field for which the table of names had no room: it travels under its own last name.
#[cold]
fn put_nameless(name: Span, value: Value, out: &mut Vec<Field>) {
    let field = out.iter_mut().find(|field| field.key == Key::OTHER);
    let mut entries = match field.map(|field| &mut field.value) {
        Some(Value::Map(entries)) => std::mem::take(entries).into_vec(),
        _ => Vec::new(),
    };
    entries.push((name, value));
    insert(out, Key::OTHER, Value::Map(entries.into_boxed_slice()));
}

fn insert(out: &mut Vec<Field>, key: Key, value: Value) {
    match out.iter_mut().find(|field| field.key == key) {
        Some(field) => field.value = value,
        None => out.push(Field { key, value }),
    }
}

#[cfg(test)]
mod tests;
