//! The `multiline` filter: lines to events.
//!
//! `lines` knows where events begin and end, `held` keeps those that may still grow. An input that
//! can join lines itself uses the former alone (see `docs/decisions/0011`).

mod held;
mod lines;
mod presets;

use std::num::NonZeroUsize;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FoldConfig};
use weir_component::{FieldPath, JoinLimits};
use weir_config::{At, ByteSize, Diagnostic, OneOrMany, Period};

use self::held::Multiliner;
use self::lines::{Lines, Shape, line_pattern};
use self::presets::Preset;

/// Joins lines that belong together, such as those of a stack trace.
///
/// Lines of one source (a file, a connection) are joined, with a newline between them. What belongs
/// together is said in one of these ways:
///
/// * `start`: every line that matches begins an event. With `end` an event is also complete with a
///   line that matches that; `end` alone means that nothing but such a line ends an event.
/// * `preset`: the lines of stack traces belong to the line before. Several presets can be named.
/// * `pattern` with `negate` and `match`, as in Filebeat: lines that match (with `negate`, that do
///   not) belong to the line before (`match = "after"`) or to the line behind (`"before"`). For
///   Logstash's `what = "previous"` write `"after"`, for `"next"` write `"before"`. With `"while"`, which
///   is Filebeat's `type: while_pattern`, lines that match and follow each other are one event; each
///   line that does not match is one of its own.
/// * `count`: so many lines are one event.
///
/// Patterns are regular expressions and may refer to grok patterns: `^%{TIMESTAMP_ISO8601} `.
///
/// **Put it first**, without `when`. Then the `file` input joins the lines while it reads, which
/// costs least; and after a crash the same file gives the same events. Elsewhere, and for inputs
/// that cannot join, it is done in the filter; nothing is lost there either, but a crash can make
/// the end of an event come as an event of its own.
///
/// **When an event ends.** With `start`, `preset` and `match = "after"` or `"while"` only the next event
/// shows that one is complete. If nothing comes for `timeout` it is taken as it is; a program that writes
/// one event slower than that gets two. At `max-lines` or `max-bytes` the event ends with the tag
/// `multiline_codec_max_lines_reached` or `multiline_codec_max_bytes_reached`, and the rest is the
/// next one: no line is left out.
///
/// # Example
///
/// ```toml
/// type = "multiline"
/// preset = "java"
/// ```
/// ```json
/// {"message": "10:00:01 ERROR cannot pay"}
/// {"message": "java.lang.IllegalStateException: no money"}
/// {"message": "\tat shop.Till.pay(Till.java:7)"}
/// {"message": "10:00:02 INFO closed"}
/// ```
/// become
/// ```json
/// {"message": "10:00:01 ERROR cannot pay\njava.lang.IllegalStateException: no money\n\tat shop.Till.pay(Till.java:7)"}
/// {"message": "10:00:02 INFO closed"}
/// ```
///
/// Events that begin with a date, whatever follows:
///
/// ```toml
/// type = "multiline"
/// start = '^\d{4}-\d\d-\d\d '
/// ```
/// ```json
/// {"message": "2026-11-23 query"}
/// {"message": "select *"}
/// {"message": "from bills"}
/// {"message": "2026-11-23 done"}
/// ```
/// become
/// ```json
/// {"message": "2026-11-23 query\nselect *\nfrom bills"}
/// {"message": "2026-11-23 done"}
/// ```
///
/// Lines that go on behind a backslash:
///
/// ```toml
/// type = "multiline"
/// pattern = '\\$'
/// match = "before"
/// ```
/// ```json
/// {"message": "make \\"}
/// {"message": "  all"}
/// {"message": "done"}
/// ```
/// become
/// ```json
/// {"message": "make \\\n  all"}
/// {"message": "done"}
/// ```
///
/// Blocks of lines that look alike:
///
/// ```toml
/// type = "multiline"
/// pattern = '^\s*\|'
/// match = "while"
/// ```
/// ```json
/// {"message": "2 rows"}
/// {"message": "| 1 | tea  |"}
/// {"message": "| 2 | milk |"}
/// {"message": "done"}
/// {"message": "bye"}
/// ```
/// become
/// ```json
/// {"message": "2 rows"}
/// {"message": "| 1 | tea  |\n| 2 | milk |"}
/// {"message": "done"}
/// {"message": "bye"}
/// ```
///
/// Blocks with a last line of their own:
///
/// ```toml
/// type = "multiline"
/// start = '^BEGIN'
/// end = '^END$'
/// ```
/// ```json
/// {"message": "BEGIN 1"}
/// {"message": "x"}
/// {"message": "END"}
/// {"message": "alone"}
/// ```
/// become
/// ```json
/// {"message": "BEGIN 1\nx\nEND"}
/// {"message": "alone"}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Multiline {
    /// What the first line of an event looks like.
    start: Option<At<String>>,
    /// What the last line of an event looks like.
    #[serde(alias = "flush-pattern")]
    end: Option<At<String>>,
    /// Whose stack traces belong to the line before them.
    preset: Option<At<OneOrMany<Preset>>>,
    /// What lines look like that belong to another.
    pattern: Option<At<String>>,
    /// Whether `pattern` is for the lines that do not belong to another.
    #[serde(default)]
    negate: Option<At<bool>>,
    /// To which other line those of `pattern` belong: the one before them, the one behind, or
    /// each other.
    #[serde(default)]
    r#match: Option<At<Match>>,
    /// How many lines an event has.
    #[serde(alias = "count-lines")]
    count: Option<At<NonZeroUsize>>,
    /// The field that holds the line. Only `message` can be joined by an input.
    #[serde(default = "FieldPath::message")]
    field: FieldPath,
    /// Most lines of an event.
    #[serde(default = "max_lines")]
    max_lines: NonZeroUsize,
    /// Most bytes of an event. A single line may have more; its limit is the input's.
    #[serde(default = "max_bytes")]
    max_bytes: At<ByteSize>,
    /// How long an event without an end waits for another line. Programs write an event in one go,
    /// but pauses of a second happen on busy machines.
    #[serde(default = "timeout")]
    timeout: At<Period>,
    /// A tag for events of several lines; Logstash gives them `multiline`.
    #[serde(alias = "multiline-tag")]
    tag: Option<String>,
    /// How many sources may have an event in the making. Beyond it the oldest is taken as it is.
    #[serde(default = "sources_max")]
    sources_max: NonZeroUsize,
    /// Bytes that events in the making may hold together. Beyond it the oldest is taken as it is.
    #[serde(default = "held_bytes_max")]
    held_bytes_max: ByteSize,
}

/// Where lines belong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Match {
    /// To the line before them, which they come after.
    #[default]
    After,
    /// To the line behind them, which they come before.
    Before,
    /// To each other, while there are more.
    #[serde(alias = "while-pattern")]
    While,
}

fn max_lines() -> NonZeroUsize {
    NonZeroUsize::new(500).expect("500 is not zero")
}

fn max_bytes() -> At<ByteSize> {
    ByteSize::mib(10).into()
}

/// An event is at most this long, like a line: a batch holds it whole.
const EVENT_BYTES_MAX: u64 = 512 << 20;

fn timeout() -> At<Period> {
    Period::seconds(5).into()
}

fn sources_max() -> NonZeroUsize {
    NonZeroUsize::new(10_000).expect("10,000 is not zero")
}

fn held_bytes_max() -> ByteSize {
    ByteSize::mib(64)
}

impl Configure for Multiline {
    const NAME: &'static str = "multiline";
}

impl FoldConfig for Multiline {
    type Fold = Multiliner;

    fn build(self) -> Result<Multiliner, Diagnostic> {
        self.check()?;
        let limits = JoinLimits {
            lines_max: self.max_lines.get().max(self.count.as_ref().map_or(0, |it| it.get())),
            bytes_max: self.max_bytes.as_usize(),
            timeout: self.timeout.as_duration(),
        };
        let end = self.end.as_ref().map(line_pattern).transpose()?;
        let negate = self.negate.is_some_and(|negate| *negate);
        let shape = match (&self.start, &self.pattern, self.preset, self.count) {
            (Some(start), ..) => Shape::after(line_pattern(start)?, true),
            (_, Some(pattern), ..) => match self.r#match.map(At::into_inner).unwrap_or_default() {
                Match::After => Shape::after(line_pattern(pattern)?, negate),
                Match::Before => Shape::before(line_pattern(pattern)?, negate),
                Match::While => Shape::alike(line_pattern(pattern)?, negate),
            },
            (_, _, Some(presets), _) => Shape::after(presets::pattern(&presets), false),
            (_, _, _, Some(count)) => Shape::Count(count.get()),
            (None, None, None, None) => Shape::Open,
        };
        let lines = Lines::new(shape, end, limits, self.tag);
        let bytes_max = self.held_bytes_max.as_usize();
        Ok(Multiliner::new(lines, self.field.key(), self.sources_max.get(), bytes_max))
    }
}

impl Multiline {
    /// Complains about settings that do not go together.
    fn check(&self) -> Result<(), Diagnostic> {
        let ways = [
            ("start", self.start.as_ref().map(At::span)),
            ("preset", self.preset.as_ref().map(At::span)),
            ("pattern", self.pattern.as_ref().map(At::span)),
            ("count", self.count.as_ref().map(At::span)),
        ];
        let mut set = ways.iter().filter_map(|(name, span)| Some((name, (*span)?)));
        match (set.next(), set.next()) {
            (Some((first, place)), Some((second, other))) => {
                let title = format!("`{first}` and `{second}` exclude each other");
                return Err(Diagnostic::error(title)
                    .at(other, "")
                    .also(place, "the other one")
                    .help("say in one way which lines belong together"));
            }
            (None, _) if self.end.is_none() => {
                return Err(Diagnostic::error("nothing says which lines belong together").help(
                    "write what the first line of an event looks like: `start = '^\\d{4}-'`, \
                     or `preset = \"java\"` for its stack traces",
                ));
            }
            _ => {}
        }
        let of_pattern = [
            ("negate", self.negate.as_ref().map(At::span)),
            ("match", self.r#match.as_ref().map(At::span)),
        ];
        for (name, span) in of_pattern {
            if let (Some(span), None) = (span, &self.pattern) {
                return Err(Diagnostic::error(format!(
                    "`{name}` is about `pattern`, which is not set"
                ))
                .at(span, "")
                .help("set `pattern`, or take this out"));
            }
        }
        if self.max_bytes.as_u64() > EVENT_BYTES_MAX {
            return Err(Diagnostic::error("`max-bytes` is out of range")
                .at(&self.max_bytes, "")
                .help("choose a size up to 512 MiB"));
        }
        if self.timeout.as_duration().is_zero() {
            return Err(Diagnostic::error("a `timeout` of nothing would join nothing")
                .at(&self.timeout, "")
                .help("write how long a program may pause within one event, like `5s`"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
