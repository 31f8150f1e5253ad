//! Where events go that an output will never take: one file for each output, a JSON object a line.
//!
//! ```json
//! {"@timestamp":"2026-11-23T10:00:00.000Z","output":"search","reason":"mapper_parsing_exception: …","event":{…}}
//! ```
//!
//! A dead letter is synced to disk before its event counts as delivered. When the file cannot be
//! written, or has reached its limit, the output waits: nothing is thrown away unasked.

use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use serde_json::value::RawValue;
use weir_event::Timestamp;
use weir_host::{Host, WriteFile};

/// A dead-letter file stops growing here, in bytes (1 GiB): a mapping that refuses everything
/// must not fill the disk; somebody has to look.
const FILE_BYTES_MAX: u64 = 1 << 30;

/// The dead letters of one output.
pub struct DeadLetters {
    host: Host,
    output: String,
    path: PathBuf,
    file: Mutex<Option<Open>>,
}

struct Open {
    file: Box<dyn WriteFile>,
    len: u64,
}

impl DeadLetters {
    /// Letters of the output `output` go to `path`; the file is made when the first one comes.
    #[must_use]
    pub fn new(host: Host, output: &str, path: PathBuf) -> Self {
        Self { host, output: output.to_owned(), path, file: Mutex::new(None) }
    }

    /// Where they are kept.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        &self.path
    }

    /// Keeps events with the reason of each; returns once they are on disk.
    ///
    /// The error is a sentence for the operator; nothing was kept then.
    pub fn keep<'a>(
        &self,
        letters: impl Iterator<Item = (&'a [u8], &'a str)>,
    ) -> Result<(), String> {
        let now = Timestamp::from_nanos(self.host.clock.wall_nanos()).to_string();
        let mut lines = Vec::new();
        for (event, reason) in letters {
            write_letter(&now, &self.output, event, reason, &mut lines);
        }
        if lines.is_empty() {
            return Ok(());
        }
        let unusable = |cause: std::io::Error| {
            format!("the dead-letter file `{}` cannot be written: {cause}", self.path.display())
        };
        let mut open = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if open.is_none() {
            let file = self.host.files.append(&self.path).map_err(unusable)?;
            let len = file.stat().map_err(unusable)?.len;
            *open = Some(Open { file, len });
        }
        let Open { file, len } = open.as_mut().expect("opened above");
        if *len + lines.len() as u64 > FILE_BYTES_MAX {
            return Err(format!(
                "the dead-letter file `{}` has reached its limit of 1 GiB; see why events are refused, then move it away",
                self.path.display()
            ));
        }
        if let Err(cause) = file.write_all(&lines).and_then(|()| file.sync()) {
            // What was written in part is taken back; opening again finds the true length.
            let taken_back = file.truncate(*len);
            *open = None;
            return Err(unusable(taken_back.err().unwrap_or(cause)));
        }
        *len += lines.len() as u64;
        Ok(())
    }
}

fn write_letter(now: &str, output: &str, event: &[u8], reason: &str, lines: &mut Vec<u8>) {
    #[derive(serde::Serialize)]
    struct Letter<'a> {
        #[serde(rename = "@timestamp")]
        timestamp: &'a str,
        output: &'a str,
        reason: &'a str,
        #[serde(skip_serializing_if = "Option::is_none")]
        event: Option<&'a RawValue>,
        #[serde(skip_serializing_if = "Option::is_none")]
        text: Option<&'a str>,
    }
    let text = String::from_utf8_lossy(event);
    let event: Option<&RawValue> = serde_json::from_str(text.trim_end()).ok();
    let text = event.is_none().then_some(text.trim_end());
    let letter = Letter { timestamp: now, output, reason, event, text };
    serde_json::to_writer(&mut *lines, &letter).expect("writing to memory cannot fail");
    lines.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters_hold_the_event_and_the_reason() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("dead/search.ndjson");
        let letters = DeadLetters::new(Host::real(), "search", path.clone());
        let events: [(&[u8], &str); 2] = [(b"{\"a\":1.0}\n", "no"), (b"plain \xff", "never")];
        letters.keep(events.into_iter()).expect("kept");
        let text = std::fs::read_to_string(path).expect("written");
        let lines: Vec<&str> = text.lines().collect();
        assert!(
            lines[0].ends_with(r#""output":"search","reason":"no","event":{"a":1.0}}"#),
            "{text}"
        );
        assert!(lines[1].ends_with("\"reason\":\"never\",\"text\":\"plain \u{FFFD}\"}"), "{text}");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_named() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let letters = DeadLetters::new(Host::real(), "search", folder.path().to_owned());
        let error = letters.keep(std::iter::once((&b"x"[..], "no"))).expect_err("a folder");
        assert!(error.contains(&folder.path().display().to_string()), "{error}");
    }
}
