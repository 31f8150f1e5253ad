//! The lines of a file that say what the columns of the others are: no events, but a fact of the
//! events behind them.

use std::io;
use std::sync::Arc;

use weir_component::{HEADER_BYTES_MAX, Header, HeaderRule};
use weir_event::{Batch, Origin};
use weir_host::ReadFile;

use super::super::content::read_exact;
use super::{LineRules, Tail};

/// Header lines of a block that no event has been given yet.
#[derive(Debug, Default)]
pub(super) struct Heading(Vec<u8>);

impl Heading {
    /// Adds a line, with its end.
    pub(super) fn add(&mut self, line: &[u8]) {
        self.0.extend_from_slice(line);
    }
}

impl Tail {
    /// Whether a line that begins at `at`, given without its end, belongs to a header.
    pub(super) fn is_header(&self, rules: LineRules<'_>, at: u64, line: &[u8]) -> bool {
        !self.mid_line && rules.header.is_some_and(|rule| self.header.takes(rule, at, line))
    }

    /// Takes a line into the header, if it belongs to one.
    pub(super) fn takes_header(&mut self, rules: LineRules<'_>, at: u64, line: &[u8]) -> bool {
        let is_header = self.is_header(rules, at, line);
        if is_header {
            self.header.add(at, line.len() + 1);
        }
        is_header
    }

    /// Makes the lines at hand a fact of the events to come, whose `origin` it then is.
    pub(super) fn settle(&mut self, heading: &mut Heading, batch: &mut Batch, origin: &mut u32) {
        let lines = std::mem::take(&mut heading.0);
        if lines.is_empty() {
            return;
        }
        let lines = String::from_utf8_lossy(&lines);
        // Those before them may have been in an earlier block.
        let is_whole = self.header.len as usize == lines.len();
        let before = if is_whole { None } else { self.origin.header.as_deref() };
        self.set_header([before.unwrap_or_default(), &lines].concat());
        *origin = batch.add_origin(&self.origin);
    }

    /// Reads the header that counts at the offset: where it is known to lie, or at the beginning.
    pub(super) fn find_header(&mut self, rule: &HeaderRule) -> io::Result<()> {
        let Some(file) = &self.file else { return Ok(()) };
        let (at, len) = match self.header {
            Header { at, len, .. } if len > 0 => (at, len as usize),
            // No header was looked for so far, or only the end was wanted.
            _ => (first_line(&**file)?, HEADER_BYTES_MAX),
        };
        let room = usize::try_from(self.offset.saturating_sub(at)).unwrap_or(usize::MAX);
        let text = read_exact(&**file, at, len.min(room))?;
        self.header = Header::of(rule, at, &text);
        self.must_find_header = false;
        if self.header.len > 0 {
            let lines = String::from_utf8_lossy(&text[..self.header.len as usize]);
            self.set_header(lines.into_owned());
        }
        Ok(())
    }

    /// Programs that start anew repeat their header; then the origin stays as it is.
    fn set_header(&mut self, header: String) {
        if self.origin.header.as_deref() != Some(&header) {
            let mut origin = Origin::clone(&self.origin);
            origin.header = Some(header.into());
            self.origin = Arc::new(origin);
        }
    }
}

/// Where a file's first line begins: behind the mark of UTF-8, if there is one.
fn first_line(file: &dyn ReadFile) -> io::Result<u64> {
    let mark = b"\xef\xbb\xbf";
    Ok(if read_exact(file, 0, mark.len())? == mark { mark.len() as u64 } else { 0 })
}
