//! Questions and answers as they travel (RFC 1035): only what this filter asks for.

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Kinds of records.
pub(super) const ADDRESS: u16 = 1;
pub(super) const NAME: u16 = 12;
pub(super) const ADDRESS_V6: u16 = 28;

/// The internet; nobody asks for anything else.
const CLASS: u16 = 1;

/// The longest message over UDP without extensions.
pub(super) const MESSAGE_BYTES_MAX: usize = 512;

const HEADER_BYTES: usize = 12;

/// The longest part of a name between dots.
const LABEL_BYTES_MAX: usize = 63;

/// Most answers that are kept of one message.
const ANSWERS_MAX: usize = 16;

/// Most pieces that a name may be put together from; an honest one has a few.
const PIECES_MAX: usize = 128;

/// What is asked: a name as it travels, and the kind of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Question {
    name: Vec<u8>,
    kind: u16,
}

/// What a server says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Reply {
    /// The answers, and for how many seconds they hold. There may be none.
    Answers(Vec<String>, u32),
    /// The server cannot say.
    Failure,
}

/// A name as it travels: parts with their lengths. Nothing if the text is no name.
pub(super) fn labels(name: &[u8]) -> Option<Vec<u8>> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    let mut labels = Vec::with_capacity(name.len() + 2);
    for label in name.split(|byte| *byte == b'.') {
        let is_fine = !label.is_empty()
            && label.len() <= LABEL_BYTES_MAX
            && label.iter().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(byte));
        if !is_fine {
            return None;
        }
        labels.push(u8::try_from(label.len()).ok()?);
        labels.extend_from_slice(label);
    }
    labels.push(0);
    (labels.len() <= 255).then_some(labels)
}

impl Question {
    /// Asks for the name of an address.
    pub(super) fn name_of(address: IpAddr) -> Self {
        let mut text = String::new();
        match address {
            IpAddr::V4(it) => {
                let [a, b, c, d] = it.octets();
                write!(text, "{d}.{c}.{b}.{a}.in-addr.arpa")
            }
            IpAddr::V6(it) => {
                for byte in it.octets().iter().rev() {
                    let digits = (byte & 15, byte >> 4);
                    write!(text, "{:x}.{:x}.", digits.0, digits.1).expect("a text takes all");
                }
                write!(text, "ip6.arpa")
            }
        }
        .expect("a text takes all");
        let name = labels(text.as_bytes()).expect("digits and dots are a name");
        Self { name, kind: NAME }
    }

    /// Asks for the addresses of a name.
    pub(super) fn addresses_of(name: &[u8], kind: u16) -> Option<Self> {
        Some(Self { name: labels(name)?, kind })
    }

    /// The message that asks it.
    pub(super) fn write(&self, id: u16) -> Vec<u8> {
        let mut message = Vec::with_capacity(HEADER_BYTES + self.name.len() + 4);
        message.extend_from_slice(&id.to_be_bytes());
        // Recursion is desired; there is one question and nothing else.
        message.extend_from_slice(&[1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
        message.extend_from_slice(&self.name);
        message.extend_from_slice(&self.kind.to_be_bytes());
        message.extend_from_slice(&CLASS.to_be_bytes());
        message
    }

    /// Reads a message; nothing if it is not the answer to this question, or damaged.
    pub(super) fn read(&self, message: &[u8], id: u16) -> Option<Reply> {
        let mut cursor = Cursor { message, at: 0 };
        let is_ours = cursor.number()? == id;
        let flags = cursor.number()?;
        let counts = (cursor.number()?, cursor.number()?);
        cursor.skip(4)?;
        let is_answer = flags & 0x8000 != 0;
        if !is_ours || !is_answer || counts.0 != 1 {
            return None;
        }
        let asked = cursor.take(self.name.len())?;
        if !asked.eq_ignore_ascii_case(&self.name)
            || cursor.number()? != self.kind
            || cursor.number()? != CLASS
        {
            return None;
        }
        match flags & 15 {
            0 => {}
            // There is no such name, for certain.
            3 => return Some(Reply::Answers(Vec::new(), 0)),
            _ => return Some(Reply::Failure),
        }
        let (mut answers, mut seconds) = (Vec::new(), u32::MAX);
        for _ in 0..counts.1 {
            cursor.skip_name()?;
            let (kind, class) = (cursor.number()?, cursor.number()?);
            let holds = (u32::from(cursor.number()?) << 16) | u32::from(cursor.number()?);
            let len = usize::from(cursor.number()?);
            let start = cursor.at;
            if kind == self.kind && class == CLASS && answers.len() < ANSWERS_MAX {
                answers.push(cursor.data(kind, len)?);
                seconds = seconds.min(holds);
            }
            cursor.at = start;
            cursor.skip(len)?;
        }
        let is_cut = flags & 0x0200 != 0;
        if is_cut && answers.is_empty() {
            return Some(Reply::Failure);
        }
        Some(Reply::Answers(answers, if seconds == u32::MAX { 0 } else { seconds }))
    }
}

struct Cursor<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    fn take(&mut self, len: usize) -> Option<&'a [u8]> {
        let taken = self.message.get(self.at..self.at.checked_add(len)?)?;
        self.at += len;
        Some(taken)
    }

    fn skip(&mut self, len: usize) -> Option<()> {
        self.take(len).map(drop)
    }

    fn number(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    fn data(&mut self, kind: u16, len: usize) -> Option<String> {
        match kind {
            ADDRESS if len == 4 => {
                let bytes: [u8; 4] = self.take(4)?.try_into().ok()?;
                Some(Ipv4Addr::from(bytes).to_string())
            }
            ADDRESS_V6 if len == 16 => {
                let bytes: [u8; 16] = self.take(16)?.try_into().ok()?;
                Some(Ipv6Addr::from(bytes).to_string())
            }
            NAME => self.name(),
            _ => None,
        }
    }

    fn skip_name(&mut self) -> Option<()> {
        for _ in 0..PIECES_MAX {
            match self.take(1)?[0] {
                0 => return Some(()),
                // The rest stands elsewhere.
                0xC0..=0xFF => return self.skip(1),
                len @ 1..=63 => self.skip(usize::from(len))?,
                _ => return None,
            }
        }
        None
    }

    /// A name as people write it, wherever its pieces stand.
    fn name(&mut self) -> Option<String> {
        let mut name = String::new();
        for _ in 0..PIECES_MAX {
            match self.take(1)?[0] {
                0 => return (!name.is_empty()).then_some(name),
                high @ 0xC0..=0xFF => {
                    let low = self.take(1)?[0];
                    self.at = usize::from(high & 0x3F) << 8 | usize::from(low);
                }
                len @ 1..=63 => {
                    let label = self.take(usize::from(len))?;
                    // What is no name of a host does not get into events.
                    let is_plain = |byte: &u8| byte.is_ascii_graphic() && *byte != b'.';
                    if !label.iter().all(is_plain) {
                        return None;
                    }
                    if !name.is_empty() {
                        name.push('.');
                    }
                    name.push_str(std::str::from_utf8(label).ok()?);
                    if name.len() > 255 {
                        return None;
                    }
                }
                _ => return None,
            }
        }
        None
    }
}
