//! The `file` input.

mod agenda;
mod content;
mod finding;
mod keeping;
mod life;
mod positions;
mod prefix;
mod scan;
mod tail;
mod tailer;
mod walk;
mod watch;

use std::sync::Arc;
use std::time::Duration;

use globset::GlobMatcher;
use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::pattern::Pattern;
use weir_component::spec::{Configure, InputConfig};
use weir_component::{HeaderRule, Input, InputError, Intake, Joiner};
use weir_config::{At, ByteSize, Diagnostic, OneOrMany, Period};

use tailer::Tailer;
use walk::PathPattern;

/// Tails files: reads what is there, then what is written to them.
///
/// Every line becomes an event with the line in `message`, `log.file.path` and `host.name`. A line
/// ends at a newline; a carriage return before it is taken off. What stands behind the last newline
/// is read when the line is finished (`--once` takes it as it is).
///
/// **Which file is which.** A file is known by device and inode, by a hash of its first kilobyte
/// and by a hash of the bytes just before the position reached. A renamed file keeps its position; a
/// deleted one is read to its end; a new file in the place of an old one, even with the same inode,
/// is read from its beginning; so is one that was cut or overwritten, which is counted and said.
/// Positions are stored only once the outputs have delivered: after a crash reading starts where
/// delivery stopped.
///
/// **Copy-truncate.** Whatever a program writes between the copy and the cut is lost unless it was
/// read before, with this and every other reader. weir reads at once, so that window is
/// milliseconds; what is known to be lost is counted in
/// `weir_input_truncated_unread_bytes_total`. When the paths also name the copy, the rest is read
/// from there, and no line is read twice.
///
/// **Events of several lines.** If the first filter is `multiline`, without `when`, lines are joined
/// while they are read. An event that may still grow does not count as read; so reading never starts
/// in the middle of one after a crash.
///
/// **Headers.** Files of rows often say at their beginning what the columns are; some programs say it
/// again when they start anew. With `header-lines` or `header-pattern` such lines are no events:
/// every event behind them knows the newest header of its file, also after a restart, in a renamed
/// file and with many files at once, and the filters `csv` and `access-log` take the names from
/// there. A header has at most 64 KiB; a line beyond it is an event. `header-lines` counts from the
/// beginning of each file: where a program goes on below an empty file without a new header, as
/// after `copytruncate`, its first rows would be taken for one; `header-pattern` is safe there.
///
/// **Odd lines.** A line above `line-bytes-max` arrives in pieces with the tag `_line_cut`; one that
/// is not UTF-8 has the tag `_invalid_utf8` and reaches text outputs unchanged. Folders, pipes and
/// files without permission are named in the log, and tried again.
///
/// # Example
///
/// ```toml
/// [[input]]
/// type = "file"
/// paths = ["/var/log/nginx/*.log", "/srv/**/app.log"]
/// exclude = ["*.gz"]
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct File {
    /// Paths of the files; `*`, `?`, `[a-z]` and `{a,b}` match within a name, `**` any folders.
    #[schemars(example = ["/var/log/app/*.log"])]
    paths: OneOrMany<At<String>>,
    /// Paths to leave out; a pattern without `/` is compared with the file's name.
    #[serde(default)]
    exclude: Option<OneOrMany<At<String>>>,
    /// Where files begin that are there at the very first start. Later ones are always read from
    /// their beginning.
    #[serde(default)]
    start_at: StartAt,
    /// The longest line; longer ones are delivered in pieces.
    #[serde(default = "line_bytes_max")]
    line_bytes_max: ByteSize,
    /// How often to look for new, renamed and idle files. Notifications of the system usually make
    /// that happen sooner.
    #[serde(default = "scan_interval")]
    scan_interval: Period,
    /// After so long without growth a file is closed; it is opened again when it grows.
    #[serde(default = "close_inactive")]
    close_inactive: Period,
    /// After so long without growth a file that was renamed away or deleted is let go.
    #[serde(default = "close_removed")]
    close_removed: Period,
    /// After so long a file that has vanished is forgotten.
    #[serde(default = "forget_after")]
    forget_after: Period,
    /// How many lines at the beginning of each file are its header: no events, but what filters with
    /// `autodetect-column-names` take the names of the columns from.
    #[schemars(example = 1)]
    header_lines: Option<At<u32>>,
    /// Which lines are a header, wherever they stand: those that this expression finds something in.
    /// Lines behind them have the newest.
    #[schemars(example = "^#")]
    header_pattern: Option<At<Pattern>>,
    /// Whether `log.file.path` and `host.name` are delivered with every event. Conditions and
    /// templates can use them in any case.
    #[serde(default = "yes")]
    add_origin: bool,
}

/// Where a file begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum StartAt {
    /// With its first line.
    #[default]
    Beginning,
    /// Behind what is there.
    End,
}

fn line_bytes_max() -> ByteSize {
    ByteSize::mib(1)
}

fn scan_interval() -> Period {
    Period::seconds(1)
}

fn close_inactive() -> Period {
    Period::minutes(5)
}

fn close_removed() -> Period {
    Period::seconds(30)
}

fn forget_after() -> Period {
    Period::days(7)
}

fn yes() -> bool {
    true
}

/// A line is at least this long before it counts as too long: below, every line would be cut.
const LINE_BYTES_MIN: u64 = 256;

/// A line is at most this long: a batch holds it whole.
const LINE_BYTES_MAX: u64 = 512 << 20;

impl Configure for File {
    const NAME: &'static str = "file";
}

impl InputConfig for File {
    type Input = Tailing;

    fn build(self) -> Result<Tailing, Diagnostic> {
        if self.paths.is_empty() {
            return Err(
                Diagnostic::error("`paths` names no file").help("add a path, or remove the input")
            );
        }
        let line_bytes = self.line_bytes_max.as_u64();
        if !(LINE_BYTES_MIN..=LINE_BYTES_MAX).contains(&line_bytes) {
            return Err(Diagnostic::error("`line-bytes-max` is out of range")
                .help("choose a size from 256 bytes to 512 MiB"));
        }
        let header = header_rule(self.header_lines, self.header_pattern)?;
        let mut patterns = Vec::new();
        for path in self.paths.into_vec() {
            patterns.push(PathPattern::new(&path).map_err(|why| unusable(&path, &why))?);
        }
        let mut exclude = Vec::new();
        for path in self.exclude.map(OneOrMany::into_vec).unwrap_or_default() {
            let anywhere =
                if path.contains('/') { (*path).clone() } else { format!("**/{}", *path) };
            exclude.push(walk::glob(&anywhere).map_err(|why| unusable(&path, &why))?);
        }
        Ok(Tailing {
            rules: Rules {
                patterns,
                exclude,
                start_at: self.start_at,
                line_bytes_max: self.line_bytes_max.as_usize(),
                scan_interval: self.scan_interval.as_duration(),
                close_inactive: self.close_inactive.as_duration(),
                close_removed: self.close_removed.as_duration(),
                forget_after: self.forget_after.as_duration(),
                add_origin: self.add_origin,
                header,
                joiner: None,
            },
        })
    }
}

fn header_rule(
    lines: Option<At<u32>>,
    pattern: Option<At<Pattern>>,
) -> Result<Option<HeaderRule>, Diagnostic> {
    match (lines, pattern) {
        (None, None) => Ok(None),
        (Some(lines), None) if *lines == 0 => Ok(None),
        (Some(lines), None) => Ok(Some(HeaderRule::Lines(*lines))),
        (None, Some(pattern)) => Ok(Some(HeaderRule::Pattern(pattern.into_inner().0))),
        (Some(lines), Some(pattern)) => {
            Err(Diagnostic::error("`header-lines` and `header-pattern` exclude each other")
                .at(&pattern, "")
                .also(&lines, "a header is told by its place or by its look")
                .help("remove one of the two"))
        }
    }
}

fn unusable(path: &At<String>, why: &str) -> Diagnostic {
    Diagnostic::error(format!("`{}` is not a path pattern", **path))
        .at(path, why)
        .help("write `\\` before a `*`, `?`, `[` or `{` that is part of a name")
}

/// The settings, ready for use.
#[derive(Debug)]
struct Rules {
    patterns: Vec<PathPattern>,
    exclude: Vec<GlobMatcher>,
    start_at: StartAt,
    line_bytes_max: usize,
    scan_interval: Duration,
    close_inactive: Duration,
    close_removed: Duration,
    forget_after: Duration,
    add_origin: bool,
    /// Which lines are no events, but say what the columns are.
    header: Option<HeaderRule>,
    /// How lines become events, where they are not one each.
    joiner: Option<Arc<dyn Joiner>>,
}

/// The input, not yet running.
#[derive(Debug)]
pub struct Tailing {
    rules: Rules,
}

impl Input for Tailing {
    const JOINS: bool = true;

    fn header(&self) -> Option<&HeaderRule> {
        self.rules.header.as_ref()
    }

    async fn run(mut self, intake: Intake) -> Result<(), InputError> {
        let Intake { out, stop, host, state, once, joiner, counters } = intake;
        self.rules.joiner = joiner;
        // File calls block; a thread of its own keeps them away from the other inputs.
        let reading = tokio::task::spawn_blocking(move || {
            Tailer::open(self.rules, host, counters, stop, once, &state)?.run(out)
        });
        match reading.await {
            Ok(ended) => ended,
            Err(cause) => Err(InputError(format!("reading stopped because of a bug: {cause}"))),
        }
    }
}

#[cfg(test)]
mod tests;
