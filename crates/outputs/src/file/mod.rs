//! The output `file`.
//!
//! `path` names the file of an event, `encode` makes one stretch of lines for each file, `shelf`
//! keeps files open and writes, `rotation` gives full files other names, `mend` repairs what a
//! crash left half written.

mod encode;
mod mend;
mod path;
mod rotation;
mod shelf;

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use weir_component::spec::{Configure, OutputConfig};
use weir_component::template::Template;
use weir_component::{Chunk, Delivery, Encode, Output, SendError, Sent};
use weir_config::{At, ByteSize, Diagnostic, Period};
use weir_host::Host;

use self::encode::Sorter;
use self::path::PathTemplate;
use self::rotation::Rotation;
use self::shelf::Shelf;
use crate::line::Line;
use crate::squeeze;

/// How outputs on this machine are delivered to: in order, and in pieces that stay in its caches.
pub(crate) const LOCAL: Delivery = Delivery {
    request_bytes_max: 4 << 20,
    request_items_max: 100_000,
    in_flight_max: 1,
    retry_delay_min: Duration::from_secs(1),
    retry_delay_max: Duration::from_mins(1),
    buffer_bytes_max: 8 << 20,
};

/// Writes to files.
///
/// A file is appended to, and made with its folders if it is not there, readable for its owner and
/// group. The path may contain fields and the event's date, so that each event finds its own file;
/// in what comes from a field, `/` and a leading `.` become `_`, so no event gets out of its
/// folder. Up to 256 files are kept open.
///
/// If a write fails half way, as on a full disk, the file is cut back to where it was and the same
/// lines are written again later: none is doubled, none is torn. After a crash the last events may
/// be written twice.
///
/// Events count as delivered once the system has them, which survives a crash of weir but not one
/// of the machine; `sync = "delivered"` waits for the disk each time.
///
/// # Example
///
/// ```toml
/// type = "file"
/// path = "/var/log/archive/%{service.name}-%{+yyyy-MM-dd}.log"
/// ```
/// ```json
/// {"@timestamp": "2026-11-23T10:00:00Z", "message": "started", "service.name": "shop"}
/// ```
/// appends to `/var/log/archive/shop-2026-11-23.log`:
/// ```text
/// {"@timestamp":"2026-11-23T10:00:00.000Z","message":"started","service":{"name":"shop"}}
/// ```
///
/// # Lines of text, in files of limited size
///
/// ```toml
/// type = "file"
/// path = "/var/log/archive/all.log"
/// codec = "text"
/// template = "%{service.name}: %{message}"
/// rotate-bytes = "100 MiB"
/// keep = 3
/// ```
/// ```json
/// {"@timestamp": "2026-11-23T10:00:00Z", "message": "started", "service.name": "shop"}
/// ```
/// appends to `/var/log/archive/all.log`:
/// ```text
/// shop: started
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct File {
    /// The file. May contain fields and the event's date, as in
    /// `/var/log/archive/%{host.name}-%{+yyyy-MM-dd}.log`.
    #[schemars(example = "/var/log/archive/all.log")]
    path: PathTemplate,
    /// How an event is written: `json`, a document on each line, or `text`, the message as it is;
    /// a message of several lines stays several lines then.
    #[serde(default)]
    codec: Codec,
    /// What to write for each event in place of the message, if `codec` is `text`.
    #[serde(default)]
    template: Option<At<Template>>,
    /// A file that would grow beyond this is renamed to end in `.1`, the one that had this name
    /// to `.2` and so on, and a new one is begun.
    #[serde(default)]
    rotate_bytes: Option<ByteSize>,
    /// The same whenever such a length of time begins, counted from midnight UTC.
    #[serde(default)]
    rotate_every: Option<At<Period>>,
    /// How many renamed files are kept besides the one being written.
    #[serde(default = "keep")]
    keep: At<u32>,
    /// Whether files are compressed. With `gzip` they are read by `zcat`, even while being
    /// written; what `rotate-bytes` counts is compressed then.
    #[serde(default)]
    compression: Compression,
    /// When events count as delivered: `never` waits for the disk, `delivered` always does.
    #[serde(default)]
    sync: Sync,
}

fn keep() -> At<u32> {
    7.into()
}

/// How an event is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Codec {
    /// A JSON document on each line.
    #[default]
    Json,
    /// The message, or what `template` says.
    Text,
}

/// How files are compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Compression {
    /// Not at all.
    #[default]
    None,
    /// With gzip.
    Gzip,
}

/// Whether to wait for the disk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Sync {
    /// The system writes to the disk when it likes.
    #[default]
    Never,
    /// Before events count as delivered.
    Delivered,
}

impl Configure for File {
    const NAME: &'static str = "file";
}

impl OutputConfig for File {
    type Output = Filer;
    const DELIVERY: Delivery = LOCAL;

    fn build(self) -> Result<Filer, Diagnostic> {
        self.build_on(&Host::real())
    }
}

impl File {
    fn build_on(self, host: &Host) -> Result<Filer, Diagnostic> {
        if *self.keep == 0 {
            return Err(Diagnostic::error("`keep = 0` would throw away what was just written")
                .at(&self.keep, "at least 1")
                .help("use the output `discard` for events that nobody needs"));
        }
        if let Some(every) = &self.rotate_every
            && every.as_duration().is_zero()
        {
            return Err(Diagnostic::error("`rotate-every` has no length")
                .at(every, "")
                .help("write it like `1h` or `1 day`"));
        }
        let line = match (self.codec, self.template) {
            (Codec::Json, None) => Line::Json,
            (Codec::Text, None) => Line::Message,
            (Codec::Text, Some(template)) => Line::Template(template.into_inner()),
            (Codec::Json, Some(template)) => {
                return Err(Diagnostic::error("`template` is for `codec = \"text\"`")
                    .at(&template, "documents are written whole")
                    .help("add `codec = \"text\"`, or remove `template`"));
            }
        };
        let rotation = Rotation {
            bytes_max: self.rotate_bytes.map(ByteSize::as_u64),
            every: self.rotate_every.map(|every| every.as_duration()),
            keep: *self.keep,
        };
        let is_gzip = self.compression == Compression::Gzip;
        let waits = self.sync == Sync::Delivered;
        let shelf = Shelf::new(host.clone(), rotation, is_gzip, waits);
        Ok(Filer { path: self.path, line, is_gzip, shelf: Mutex::new(shelf) })
    }
}

/// Writes to files.
pub(crate) struct Filer {
    path: PathTemplate,
    line: Line,
    is_gzip: bool,
    shelf: Mutex<Shelf>,
}

impl Output for Filer {
    fn encoder(&self) -> Box<dyn Encode> {
        Box::new(Sorter::new(self.path.clone(), self.line.clone(), self.is_gzip))
    }

    fn unpack(&self, chunk: &Chunk) -> Option<Vec<u8>> {
        squeeze::unpack(chunk)
    }

    fn document<'a>(&self, item: &'a [u8]) -> &'a [u8] {
        item.strip_suffix(b"\n").unwrap_or(item)
    }

    async fn send(&self, request: &[Chunk]) -> Result<Sent, SendError> {
        crate::blocking::run(|| {
            let mut shelf = self.shelf.lock().unwrap_or_else(PoisonError::into_inner);
            shelf.write(request).map(|()| Sent::default())
        })
    }
}

#[cfg(test)]
mod tests;
