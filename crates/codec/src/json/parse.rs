//! Reading: JSON text of a batch to flat fields.
//!
//! Strings without escapes become spans of the text itself; the others are unescaped once, behind
//! the batch's text. Logs repeat their member names in the same order, so each thread remembers
//! the names of its last document and compares bytes instead of looking names up.

use std::cell::RefCell;

use weir_event::{Arena, Field, Key, Span, Value};

use super::number;
use super::scan::plain_len;

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
        Self { depth_max: 64, members_max: 10_000 }
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
    static STATE: RefCell<(Names, Vec<u8>)> = RefCell::default();
}

fn parse<T>(
    arena: &mut Arena,
    text: Span,
    limits: Limits,
    read: impl FnOnce(&mut Parser<'_>) -> Result<T, Malformed>,
) -> Result<T, Malformed> {
    STATE.with_borrow_mut(|(names, unescaped)| {
        unescaped.clear();
        let mut parser = Parser {
            text: arena.get(text),
            at: 0,
            base: text.start(),
            unescaped,
            unescaped_base: arena.len(),
            names,
            members: limits.members_max,
            depth: limits.depth_max,
        };
        let value = read(&mut parser)?;
        parser.skip_space();
        if parser.at < parser.text.len() {
            return Err(parser.malformed("unexpected text after the document"));
        }
        arena.append(unescaped);
        Ok(value)
    })
}

struct Parser<'a> {
    text: &'a [u8],
    at: usize,
    /// Where `text` lies in the batch.
    base: usize,
    /// Text without its escapes; appended to the batch when the document was read.
    unescaped: &'a mut Vec<u8>,
    unescaped_base: usize,
    names: &'a mut Names,
    /// Members still allowed.
    members: usize,
    /// Levels still allowed.
    depth: usize,
}

impl Parser<'_> {
    fn malformed(&self, what: &'static str) -> Malformed {
        Malformed { what, offset: self.at }
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn skip_space(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    fn expect(&mut self, byte: u8, what: &'static str) -> Result<(), Malformed> {
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
        mut each: impl FnMut(&mut Self) -> Result<(), Malformed>,
    ) -> Result<bool, Malformed> {
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
    fn object(&mut self, parent: usize, out: &mut Vec<Field>) -> Result<(), Malformed> {
        let any = self.sequence(b'}', |parser| {
            if let Some(place) = parser.guessed_name(parent) {
                return parser.member(place, Span::default(), out);
            }
            let name = parser.name()?;
            let bytes = if name.start() < parser.unescaped_base {
                &parser.text[name.start() - parser.base..name.end() - parser.base]
            } else {
                let start = name.start() - parser.unescaped_base;
                &parser.unescaped[start..start + name.len()]
            };
            let place = parser.names.place(parent, bytes, out);
            parser.member(place, name, out)
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
        let (place, name) = self.names.guess(parent)?;
        let rest = self.text.get(self.at..)?.strip_prefix(b"\"")?.strip_prefix(name.as_bytes())?;
        let rest = rest.strip_prefix(b"\":")?;
        self.at = self.text.len() - rest.len();
        self.names.next += 1;
        self.skip_space();
        Some(place)
    }

    /// Reads the value of the member at a place of the list of names.
    fn member(&mut self, place: usize, name: Span, out: &mut Vec<Field>) -> Result<(), Malformed> {
        if self.peek() == Some(b'{') {
            return self.object(place + 1, out);
        }
        let value = self.value()?;
        self.put(place, name, value, out);
        Ok(())
    }

    /// The member's own name is only asked for if it has no key.
    fn put(&mut self, place: usize, name: Span, value: Value, out: &mut Vec<Field>) {
        let known = &self.names.known[place];
        match known.key {
            Some(key) if known.unique => out.push(Field { key, value }),
            Some(key) => insert(out, key, value),
            None => {
                // The table of names is full: the field travels under its own last name.
                let field = out.iter_mut().find(|field| field.key == Key::OTHER);
                let mut entries = match field.map(|field| &mut field.value) {
                    Some(Value::Map(entries)) => std::mem::take(entries).into_vec(),
                    _ => Vec::new(),
                };
                entries.push((name, value));
                insert(out, Key::OTHER, Value::Map(entries.into_boxed_slice()));
            }
        }
    }

    fn name(&mut self) -> Result<Span, Malformed> {
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
    fn value(&mut self) -> Result<Value, Malformed> {
        match self.peek() {
            Some(b'"') => self.string().map(Value::Text),
            Some(b'[') => {
                let mut items = Vec::new();
                self.sequence(b']', |parser| {
                    items.push(parser.value()?);
                    Ok(())
                })?;
                Ok(Value::List(items.into_boxed_slice()))
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

    fn word(&mut self, word: &[u8], value: Value) -> Result<Value, Malformed> {
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
    fn string(&mut self) -> Result<Span, Malformed> {
        self.at += 1;
        let start = self.at;
        let plain = plain_len(&self.text[start..]);
        self.at += plain;
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Span::new(self.base + start, self.base + start + plain));
        }
        let kept = self.unescaped_base + self.unescaped.len();
        self.unescaped.extend_from_slice(&self.text[start..start + plain]);
        loop {
            match self.peek() {
                Some(b'"') => break self.at += 1,
                Some(b'\\') => self.escape()?,
                Some(_) => return Err(self.malformed("a control character stands in a string")),
                None => return Err(self.malformed("the string does not end")),
            }
            let plain = plain_len(&self.text[self.at..]);
            self.unescaped.extend_from_slice(&self.text[self.at..self.at + plain]);
            self.at += plain;
        }
        Ok(Span::new(kept, self.unescaped_base + self.unescaped.len()))
    }

    fn escape(&mut self) -> Result<(), Malformed> {
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
    fn unicode_escape(&mut self) -> Result<(), Malformed> {
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

    fn hex_unit(&self, at: usize) -> Result<u16, Malformed> {
        let digits = self.text.get(at + 2..at + 6);
        digits
            .filter(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .and_then(|digits| u16::from_str_radix(digits, 16).ok())
            .ok_or_else(|| self.malformed("expected four hexadecimal digits after `\\u`"))
    }
}

fn insert(out: &mut Vec<Field>, key: Key, value: Value) {
    match out.iter_mut().find(|field| field.key == key) {
        Some(field) => field.value = value,
        None => out.push(Field { key, value }),
    }
}

/// The member names of the last document, in order.
#[derive(Default)]
struct Names {
    target: Option<Key>,
    known: Vec<Known>,
    /// How many members this document had so far.
    next: usize,
    /// Whether this document went another way than the last: what follows is learnt anew.
    diverged: bool,
}

struct Known {
    /// The object it is in: its place in the list plus one; 0 is the root.
    parent: usize,
    /// The last part of the name.
    name: &'static str,
    /// The whole name; nothing when the table of names had no room.
    key: Option<Key>,
    /// Whether no earlier member of the document has the same whole name.
    unique: bool,
    /// Whether JSON writes the name without escapes.
    plain: bool,
}

impl Names {
    fn start(&mut self, target: Option<Key>) {
        if self.target != target {
            self.known.clear();
            self.target = target;
        }
        self.next = 0;
        self.diverged = false;
    }

    /// The place and name of the document's next member if it is that of the last document.
    fn guess(&self, parent: usize) -> Option<(usize, &'static str)> {
        let known = self.known.get(self.next).filter(|_| !self.diverged)?;
        let is_same = known.parent == parent && known.plain && known.key.is_some();
        is_same.then_some((self.next, known.name))
    }

    /// The place of the document's next member.
    fn place(&mut self, parent: usize, name: &[u8], fields: &[Field]) -> usize {
        let place = self.next;
        self.next += 1;
        if !self.diverged
            && let Some(known) = self.known.get(place)
            && known.parent == parent
            && known.name.as_bytes() == name
            && known.key.is_some()
        {
            return place;
        }
        self.diverged = true;
        self.known.truncate(place);
        let key = self.key(parent, name);
        let unique = key.is_some_and(|key| fields.iter().all(|field| field.key != key));
        let whole = key.map_or("", Key::name);
        let name = whole.get(whole.len().saturating_sub(name.len())..).unwrap_or_default();
        let plain = plain_len(name.as_bytes()) == name.len();
        self.known.push(Known { parent, name, key, unique, plain });
        place
    }

    fn key(&self, parent: usize, name: &[u8]) -> Option<Key> {
        let name = String::from_utf8_lossy(name);
        let above = match parent.checked_sub(1) {
            Some(place) => Some(self.known[place].key?),
            None => self.target,
        };
        match above {
            Some(above) => Key::found(&format!("{above}.{name}")),
            None => Key::found(&name),
        }
    }
}

#[cfg(test)]
mod tests;
