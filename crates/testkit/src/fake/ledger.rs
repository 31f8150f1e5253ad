//! What a bulk server has got.

use std::collections::HashMap;
use std::io::Write as _;

use serde_json::Value;

/// How many sequence numbers can be told apart, from 0: a gigabyte of ticks would be too many.
const SEQUENCE_MAX: usize = 1 << 30;

/// A document and where it was put.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Of the line before the document, or of the request's path.
    pub index: String,
    /// Chosen by the sender, or here: `auto-1`, `auto-2`, …
    pub id: String,
    /// As it came.
    pub document: String,
}

/// Totals.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Bulk requests, whatever became of them.
    pub requests: usize,
    /// Items taken, duplicates included.
    pub items: usize,
    /// Bytes of taken requests on the wire.
    pub wire_bytes: usize,
    /// Bytes of taken requests, inflated.
    pub text_bytes: usize,
    /// Items that were there already: by `_id`, or by sequence number when only counting.
    pub duplicates: usize,
    /// Different sequence numbers seen.
    pub distinct: usize,
    /// The greatest sequence number seen.
    pub greatest: Option<usize>,
}

/// The lines of a request.
pub(super) struct Lines {
    index: String,
    text: Vec<u8>,
    wire_bytes: usize,
}

/// One item of a request.
pub(super) struct Item<'a> {
    index: String,
    id: Option<String>,
    replaces: bool,
    pub(super) document: &'a str,
}

impl Lines {
    /// Inflates a body; nothing when it is damaged.
    pub(super) fn read(path: &str, body: &[u8], is_gzip: bool) -> Option<Self> {
        let index = path.trim_end_matches("/_bulk").rsplit('/').next().unwrap_or_default();
        let mut text = Vec::new();
        if is_gzip {
            // The last four bytes are the length, which is honest as this is a test.
            let len = body.last_chunk().map_or(0, |bytes| u32::from_le_bytes(*bytes));
            text.reserve(len.min(1 << 28) as usize);
            let mut inflate = flate2::write::GzDecoder::new(text);
            inflate.write_all(body).ok()?;
            text = inflate.finish().ok()?;
        } else {
            text.extend_from_slice(body);
        }
        Some(Self { index: index.to_owned(), text, wire_bytes: body.len() })
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// The items; the lines must come in twos.
    pub(super) fn items(&self) -> impl Iterator<Item = Item<'_>> {
        let mut lines = std::str::from_utf8(&self.text).expect("JSON is UTF-8").lines();
        std::iter::from_fn(move || {
            let action: Value = serde_json::from_str(lines.next()?).expect("an action is JSON");
            let document = lines.next().expect("a document follows its action");
            let (word, place) = action.as_object()?.iter().next()?;
            let text = |name: &str| place[name].as_str().map(str::to_owned);
            Some(Item {
                index: text("_index").unwrap_or_else(|| self.index.clone()),
                id: text("_id"),
                replaces: word == "index",
                document,
            })
        })
    }
}

/// Documents, or counts of them.
#[derive(Default)]
pub(super) struct Ledger {
    documents: Vec<Stored>,
    by_id: HashMap<(String, String), usize>,
    counts: Counts,
    marker: Option<Vec<u8>>,
    ticks: Vec<u64>,
}

impl Ledger {
    pub(super) fn ticking(marker: Option<&str>) -> Self {
        Self { marker: marker.map(|marker| marker.as_bytes().to_vec()), ..Self::default() }
    }

    pub(super) fn documents(&self) -> Vec<Stored> {
        self.documents.clone()
    }

    pub(super) fn counts(&self) -> Counts {
        self.counts
    }

    /// Counts a request; gives the number of its items.
    pub(super) fn count(&mut self, lines: &Lines) -> usize {
        let items = memchr::memchr_iter(b'\n', &lines.text).count() / 2;
        self.counts.items += items;
        self.counts.wire_bytes += lines.wire_bytes;
        self.counts.text_bytes += lines.text.len();
        if let Some(marker) = self.marker.take() {
            for at in memchr::memmem::find_iter(&lines.text, &marker) {
                let digits =
                    lines.text[at + marker.len()..].iter().take_while(|it| it.is_ascii_digit());
                let number = digits.fold(0_usize, |number, digit| {
                    number.saturating_mul(10).saturating_add(usize::from(digit - b'0'))
                });
                self.tick(number);
            }
            self.marker = Some(marker);
        }
        items
    }

    fn tick(&mut self, number: usize) {
        if number >= SEQUENCE_MAX {
            return;
        }
        let (word, bit) = (number / 64, 1 << (number % 64));
        if self.ticks.len() <= word {
            self.ticks.resize((word + 1).next_power_of_two(), 0);
        }
        if self.ticks[word] & bit == 0 {
            self.ticks[word] |= bit;
            self.counts.distinct += 1;
        } else {
            self.counts.duplicates += 1;
        }
        self.counts.greatest = self.counts.greatest.max(Some(number));
    }

    /// Puts a document in its place; gives the item's status.
    pub(super) fn store(&mut self, item: &Item<'_>) -> u16 {
        self.counts.items += 1;
        let id = item.id.clone().unwrap_or_else(|| format!("auto-{}", self.documents.len() + 1));
        let key = (item.index.clone(), id.clone());
        let document = item.document.to_owned();
        match self.by_id.get(&key) {
            Some(place) if item.replaces => {
                self.documents[*place].document = document;
                200
            }
            Some(_) => {
                self.counts.duplicates += 1;
                409
            }
            None => {
                self.by_id.insert(key, self.documents.len());
                self.documents.push(Stored { index: item.index.clone(), id, document });
                201
            }
        }
    }
}
