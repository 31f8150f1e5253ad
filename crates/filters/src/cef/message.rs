//! A message on its way into fields.

use memchr::memchr2;
use weir_component::FilterError;
use weir_event::{EventRef, Span, Timestamp, Value};

use super::names;
use super::parts::{Extension, Extensions, HEADER_PARTS, Header, unescape_header, unescape_value};
use super::{CefReader, FAILURE};
use crate::found::{FIELDS_MAX, Harvest, Name};

/// Among how many extensions a label is looked for: honest messages have a tenth of it.
const LABELS_MAX: usize = 1000;

/// A message on its way into fields.
pub(super) struct Message<'a> {
    pub(super) reader: &'a CefReader,
    pub(super) event: EventRef<'a>,
    pub(super) whole: Span,
    pub(super) extensions: &'a mut Vec<Extension>,
}

impl Message<'_> {
    /// Gathers the fields; the event's time, if the message has one.
    pub(super) fn read(mut self, harvest: &mut Harvest) -> Result<Option<Timestamp>, FilterError> {
        let text = self.event.arena().get(self.whole);
        if std::str::from_utf8(text).is_err() {
            return Err(self.failure("is no UTF-8"));
        }
        // Some connectors put quotes around the whole.
        let (text, whole) = match text {
            [b'"', rest @ ..] => {
                let len = rest.len().saturating_sub(1);
                (&rest[..len], self.whole.slice(1, 1 + len))
            }
            text => (text, self.whole),
        };
        self.whole = whole;
        let text_len = text.trim_ascii_end().len();
        let header = Header::find(text, 0, HEADER_PARTS);
        if header.len < HEADER_PARTS {
            let reason = format!("has {} of the {HEADER_PARTS} parts of a header", header.len);
            return Err(self.failure(&reason));
        }
        self.put_header(text, &header, harvest)?;
        let text = &text[..text_len.max(header.end)];
        if memchr2(b'\n', b'\r', &text[header.end..]).is_some() {
            return Err(self.failure("has line ends in its extensions"));
        }
        self.extensions.clear();
        self.extensions.extend(Extensions::new(text, header.end).take(FIELDS_MAX + 1));
        if self.extensions.len() > FIELDS_MAX {
            return Err(self.failure(&format!("has more than {FIELDS_MAX} extensions")));
        }
        if self.extensions.is_empty() && header.end < text.len() {
            return Err(self.failure("has extensions that are no pairs"));
        }
        let zone = self.extensions.iter().rev().find(|it| {
            let key = &text[it.key.0..it.key.1];
            key == b"dtz" || key == b"deviceTimeZone"
        });
        let zone = zone.map(|it| &text[it.value.0..it.value.1]);
        let mut time = None;
        for extension in &*self.extensions {
            let read_at = self.put(text, *extension, zone, harvest);
            time = read_at.or(time);
        }
        Ok(time)
    }

    fn put_header(
        &self,
        text: &[u8],
        header: &Header,
        harvest: &mut Harvest,
    ) -> Result<(), FilterError> {
        for (part, key) in self.reader.header.iter().enumerate() {
            let (mut start, end) = header.parts[part];
            if part == 0 {
                let first = &text[start..end];
                let blank = memchr::memrchr(b' ', first);
                if let Some(len) = blank {
                    let place = harvest.place(Name::Field(self.reader.syslog));
                    harvest.put(place, b"", Value::Text(self.whole.slice(start, start + len)));
                }
                start += blank.map_or(0, |len| len + 1);
                if !text[start..end].starts_with(b"CEF:") {
                    return Err(self.failure("has no `CEF:` before its version"));
                }
                start += b"CEF:".len();
            }
            let place = harvest.place(Name::Field(*key));
            let value = if text[start..end].contains(&b'\\') {
                harvest.keep_with(|out| unescape_header(&text[start..end], out))
            } else {
                self.whole.slice(start, end)
            };
            harvest.put(place, b"", Value::Text(value));
        }
        Ok(())
    }

    /// Puts an extension; the event's time, if it is that.
    fn put(
        &self,
        text: &[u8],
        extension: Extension,
        zone: Option<&[u8]>,
        harvest: &mut Harvest,
    ) -> Option<Timestamp> {
        let key = &text[extension.key.0..extension.key.1];
        let value = &text[extension.value.0..extension.value.1];
        let place = match self.label(text, key) {
            Labelled::By(label) => {
                harvest.place(Name::of(self.reader.unknown, &String::from_utf8_lossy(label)))
            }
            Labelled::IsLabel => return None,
            Labelled::No => harvest.name(key, |key| self.reader.decide(key)),
        };
        let is_time = std::str::from_utf8(key).ok().and_then(|key| self.reader.names.get(key));
        if let Some(known) = is_time.filter(|it| it.is_time) {
            if value.is_empty() {
                harvest.replace(place, key, Value::Null);
                return None;
            }
            if let Some(time) = self.reader.dates.read(value, zone, self.event) {
                if known.field == "@timestamp" && self.reader.target.is_none() {
                    return Some(time);
                }
                harvest.replace(place, key, Value::Time(time));
                return None;
            }
        }
        let value = if value.contains(&b'\\') {
            harvest.keep_with(|out| unescape_value(value, out))
        } else {
            self.whole.slice(extension.value.0, extension.value.1)
        };
        harvest.replace(place, key, Value::Text(value));
        None
    }

    /// Whether an extension is a label, or has one.
    fn label<'t>(&self, text: &'t [u8], key: &[u8]) -> Labelled<'t> {
        if !self.reader.has_labels || !is_custom(key) {
            return Labelled::No;
        }
        let key_of = |it: &Extension| &text[it.key.0..it.key.1];
        if let Some(base) = names::labelled(key) {
            let has_value = self.extensions.iter().take(LABELS_MAX).any(|it| key_of(it) == base);
            return if has_value { Labelled::IsLabel } else { Labelled::No };
        }
        let label = self
            .extensions
            .iter()
            .take(LABELS_MAX)
            .find(|it| names::labelled(key_of(it)) == Some(key));
        match label.map(|it| &text[it.value.0..it.value.1]).filter(|it| !it.is_empty()) {
            Some(label) => Labelled::By(label),
            None => Labelled::No,
        }
    }

    #[cold]
    fn failure(&self, what: &str) -> FilterError {
        FilterError::because(FAILURE, format!("`{}` {what}", self.reader.field))
    }
}

/// What a custom field is called.
enum Labelled<'t> {
    By(&'t [u8]),
    IsLabel,
    No,
}

/// Whether this is a custom field or its label.
fn is_custom(key: &[u8]) -> bool {
    let base = names::labelled(key).unwrap_or(key);
    let digits = base.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
    (1..=2).contains(&digits) && names::is_custom(&base[..base.len() - digits])
}
