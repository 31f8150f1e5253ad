//! Putting lines together to events: what `multiline` knows, for whoever has the lines.

use std::time::Duration;

/// Says where events begin and end among the lines of one source. It has no memory; whoever has
/// the lines keeps a [`Gathered`] for each source.
pub trait Joiner: std::fmt::Debug + Send + Sync {
    /// Whether an event begins with this line, though the one before has no end of its own.
    fn begins(&self, line: &[u8]) -> bool;

    /// Whether an event ends with this line, which is the `nth` of it, counted from 1.
    fn ends(&self, line: &[u8], nth: usize) -> bool;

    /// What an event may grow to.
    fn limits(&self) -> JoinLimits;

    /// The tag of an event that has several lines.
    fn tag(&self) -> Option<&str>;
}

/// What an event may grow to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JoinLimits {
    /// Lines in an event at most.
    pub lines_max: usize,
    /// Bytes in an event at most, with a line end between two lines. A single line may be longer.
    pub bytes_max: usize,
    /// How long an event without an end waits for another line.
    pub timeout: Duration,
}

/// How far an event has been put together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Gathered {
    /// Lines in it.
    pub lines: usize,
    /// Bytes in it, with a line end between two lines.
    pub bytes: usize,
}

/// Why an event is complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinEnd {
    /// Its lines say so.
    Whole,
    /// Another line would be one too many.
    LinesMax,
    /// With another line it would be too long.
    BytesMax,
    /// It waited long enough, or nothing more will come; it could have become longer.
    Unfinished,
}

/// The part ([`weir_event::part_of`]) of an event that could have become longer is that of a stage
/// that no pipeline has.
const UNFINISHED: u64 = u64::MAX;

impl JoinEnd {
    /// The tag that tells of it: Logstash's own.
    #[must_use]
    pub fn tag(self) -> Option<&'static str> {
        match self {
            Self::LinesMax => Some("multiline_codec_max_lines_reached"),
            Self::BytesMax => Some("multiline_codec_max_bytes_reached"),
            Self::Whole | Self::Unfinished => None,
        }
    }

    /// The part of an event of so many bytes. If it could have become longer, that longer one must
    /// not be taken for the same.
    #[must_use]
    pub fn part(self, part: u64, bytes: usize) -> u64 {
        match self {
            Self::Unfinished => weir_event::part_of(part, UNFINISHED, (bytes as u64).max(1)),
            Self::Whole | Self::LinesMax | Self::BytesMax => part,
        }
    }
}

/// What a line meant for the events around it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Added {
    /// The event before it was complete without it.
    pub before: Option<JoinEnd>,
    /// The event that it now belongs to is complete with it.
    pub with: Option<JoinEnd>,
}

impl Gathered {
    /// Whether there is no line in it.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.lines == 0
    }

    /// Adds a line, without its line end.
    pub fn add(&mut self, joiner: &dyn Joiner, line: &[u8]) -> Added {
        let limits = joiner.limits();
        let before = if self.is_empty() {
            None
        } else if joiner.begins(line) {
            Some(JoinEnd::Whole)
        } else if self.lines >= limits.lines_max {
            Some(JoinEnd::LinesMax)
        } else if self.bytes + 1 + line.len() > limits.bytes_max {
            Some(JoinEnd::BytesMax)
        } else {
            None
        };
        if before.is_some() {
            *self = Self::default();
        }
        self.bytes += usize::from(!self.is_empty()) + line.len();
        self.lines += 1;
        let with = joiner.ends(line, self.lines).then_some(JoinEnd::Whole);
        if with.is_some() {
            *self = Self::default();
        }
        Added { before, with }
    }
}
