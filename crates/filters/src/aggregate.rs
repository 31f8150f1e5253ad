//! The `aggregate` filter: one event that sums up several.
//!
//! `summary` is what is worked out, `shares` what the inputs are owed meanwhile.

mod shares;
mod summary;

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::condition::Condition;
use weir_component::spec::{Configure, FoldConfig};
use weir_component::template::Template;
use weir_component::{FilterError, Fold, Keep, Moment};
use weir_config::{At, ByteSize, Diagnostic, Period};
use weir_event::{Batch, EventRef, Key, OriginRef, Timestamp, part_of};

use self::shares::Shares;
use self::summary::{Summary, Total};
use crate::keyed::{self, KeyHash, Keyed, Mark};
use crate::pairs::Pairs;

/// Sums several events up in one.
///
/// A window is opened by the first event of a key (with `start`, by one for which that holds). It
/// takes in the events of the key that follow and is closed by one for which `end` holds, or after
/// `timeout`, or when for `inactivity` none came. Then an event is made with the `fields` that you
/// name and nothing else. It has the time of the first event; one that was opened for an `end` that
/// never came has the tag `_aggregatetimeout`.
///
/// | summary        | what it is |
/// |----------------|------------|
/// | `count()`      | how many events |
/// | `count(field)` | how many have the field |
/// | `sum(field)`   | the sum of its numbers |
/// | `avg(field)`   | their mean |
/// | `min(field)`, `max(field)` | the least and the greatest |
/// | `first(field)`, `last(field)` | the first value, the last |
/// | `list(field)`  | the different values in order, up to `list-max` |
/// | `elapsed()`    | seconds from the time of the first event to that of the last |
///
/// What is no number does not count in `sum`, `avg`, `min` and `max`; a summary of nothing leaves no
/// field.
///
/// **What is delivered.** Nothing that is in an open window counts as delivered: after a crash it is
/// read again. So keep windows short: as long as one is open, the positions of its files stay where
/// they were. When weir stops, open windows are closed as they are. After a failure events may be
/// counted twice, never not at all.
///
/// # Example
///
/// ```toml
/// type = "aggregate"
/// key = "%{session}"
/// end = 'action == "logout"'
/// drop-events = true
/// fields = { session = "first(session)", actions = "count()", bytes = "sum(bytes)", pages = "list(page)" }
/// ```
/// ```json
/// {"session": "a", "action": "login", "page": "/", "bytes": 10}
/// {"session": "b", "action": "login", "page": "/", "bytes": 1}
/// {"session": "a", "action": "pay", "page": "/pay", "bytes": 20}
/// {"session": "a", "action": "logout", "page": "/"}
/// ```
/// become
/// ```json
/// {"session": "a", "actions": 3, "bytes": 30, "pages": ["/", "/pay"]}
/// {"session": "b", "actions": 1, "bytes": 1, "pages": ["/"], "tags": ["_aggregatetimeout"]}
/// ```
///
/// How long something took, as Logstash's `elapsed` finds out:
///
/// ```toml
/// type = "aggregate"
/// key = "%{task}"
/// start = 'state == "begun"'
/// end = 'state == "done"'
/// fields = { task = "first(task)", seconds = "elapsed()" }
/// ```
/// ```json
/// {"@timestamp": "2026-11-23T10:00:00Z", "task": 7, "state": "begun"}
/// {"@timestamp": "2026-11-23T10:00:01.5Z", "task": 7, "state": "done"}
/// ```
/// become
/// ```json
/// {"@timestamp": "2026-11-23T10:00:00.000Z", "task": 7, "state": "begun"}
/// {"@timestamp": "2026-11-23T10:00:01.500Z", "task": 7, "state": "done"}
/// {"@timestamp": "2026-11-23T10:00:00.000Z", "task": 7, "seconds": 1.5}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Aggregate {
    /// What events have in common that are summed up together. Unless set, all are.
    #[serde(default = "keyed::everything")]
    key: Template,
    /// Which events open a window; every one unless set.
    start: Option<Condition>,
    /// Which events close it. They are part of it.
    end: Option<Condition>,
    /// How long after its first event a window is closed.
    #[serde(default = "timeout")]
    timeout: At<Period>,
    /// How long after its last event a window is closed.
    inactivity: Option<At<Period>>,
    /// The fields of the event that is made, and what is in them.
    fields: At<Pairs<Summary>>,
    /// Whether the events that are summed up end here.
    #[serde(default)]
    drop_events: bool,
    /// A tag for the event that is made.
    tag: Option<String>,
    /// Most values in a list.
    #[serde(default = "list_max")]
    list_max: NonZeroUsize,
    /// How many windows may be open. Beyond it the oldest is closed.
    #[serde(default = "windows_max")]
    windows_max: NonZeroUsize,
    /// Bytes that open windows may hold together. Beyond it the oldest is closed.
    #[serde(default = "held_bytes_max")]
    held_bytes_max: ByteSize,
}

/// The tag of a window that waited in vain for its end.
const TIMEOUT_TAG: &str = "_aggregatetimeout";

fn timeout() -> At<Period> {
    Period::minutes(1).into()
}

fn list_max() -> NonZeroUsize {
    NonZeroUsize::new(100).expect("100 is not zero")
}

fn windows_max() -> NonZeroUsize {
    NonZeroUsize::new(10_000).expect("10,000 is not zero")
}

fn held_bytes_max() -> ByteSize {
    ByteSize::mib(64)
}

impl Configure for Aggregate {
    const NAME: &'static str = "aggregate";
}

impl FoldConfig for Aggregate {
    type Fold = Aggregator;

    fn build(self) -> Result<Aggregator, Diagnostic> {
        for period in [Some(&self.timeout), self.inactivity.as_ref()].into_iter().flatten() {
            if period.as_duration().is_zero() {
                return Err(Diagnostic::error("a window of no time holds nothing")
                    .at(period, "")
                    .help("write how long events are gathered, like `1m`"));
            }
        }
        if self.fields.is_empty() {
            return Err(Diagnostic::error("`fields` names nothing to sum up")
                .at(&self.fields, "")
                .help("name a field and what it gets, like `events = \"count()\"`"));
        }
        let fields = self.fields.into_inner().into_vec();
        Ok(Aggregator {
            key: self.key,
            start: self.start,
            end: self.end,
            timeout: self.timeout.as_duration(),
            inactivity: self.inactivity.map(|it| it.as_duration()),
            fields: fields.into_iter().map(|(field, summary)| (field.key(), summary)).collect(),
            drops: self.drop_events,
            tag: self.tag,
            list_max: self.list_max.get(),
            windows: Keyed::new(self.windows_max.get()),
            bytes_max: self.held_bytes_max.as_usize(),
            held_bytes: 0,
            touched: Vec::new(),
            quiet: VecDeque::new(),
            shares: Shares::default(),
            due: None,
        })
    }
}

/// Keeps windows.
#[derive(Debug)]
pub(crate) struct Aggregator {
    key: Template,
    start: Option<Condition>,
    end: Option<Condition>,
    timeout: Duration,
    inactivity: Option<Duration>,
    fields: Box<[(Key, Summary)]>,
    drops: bool,
    tag: Option<String>,
    list_max: usize,
    windows: Keyed<Window>,
    bytes_max: usize,
    held_bytes: usize,
    /// Windows that took something in in this batch.
    touched: Vec<KeyHash>,
    /// When windows took something in, oldest first; it holds while that was the last time.
    quiet: VecDeque<(KeyHash, Duration)>,
    shares: Shares,
    due: Option<Duration>,
}

/// What was taken in of a key.
#[derive(Debug)]
struct Window {
    origin: OriginRef,
    position: u64,
    part: u64,
    /// Times of the first event and of the last.
    first: Timestamp,
    last: Timestamp,
    events: u64,
    mark: Mark,
    totals: Box<[Total]>,
    bytes: usize,
    /// The batches it took something from, from the first to the last.
    batches: (u64, u64),
    touched_at: Duration,
}

/// Memory of a window besides its texts, about.
const WINDOW_BYTES: usize = 256;

impl Window {
    fn open(event: EventRef<'_>, fields: &[(Key, Summary)], batch: u64) -> Self {
        let totals: Box<[Total]> = fields.iter().map(|(_, summary)| summary.nothing()).collect();
        Self {
            origin: event.origin_ref().clone(),
            position: event.position(),
            part: event.part(),
            first: event.time(),
            last: event.time(),
            events: 0,
            mark: Mark::of(event),
            bytes: WINDOW_BYTES + totals.len() * size_of::<Total>(),
            totals,
            batches: (batch, batch),
            touched_at: Duration::ZERO,
        }
    }

    /// Takes an event in, unless it has been.
    fn take(
        &mut self,
        event: EventRef<'_>,
        fields: &[(Key, Summary)],
        list_max: usize,
        batch: u64,
    ) {
        let mark = Mark::of(event);
        if self.events > 0 && mark.repeats(self.mark) {
            return;
        }
        (self.mark, self.last, self.batches.1) = (mark, event.time(), batch);
        self.events += 1;
        for ((_, summary), total) in fields.iter().zip(&mut self.totals) {
            self.bytes += summary.add(total, event, list_max);
        }
    }
}

impl Aggregator {
    /// Makes the event of a window.
    fn close(
        &mut self,
        batch: &mut Batch,
        at: usize,
        window: &Window,
        has_ended: bool,
        moment: &Moment,
    ) {
        self.held_bytes -= window.bytes;
        let origin = batch.add_origin(&window.origin);
        // A window of other events must not be taken for the same: it ended by the clock.
        let nth = window.events.saturating_add(1);
        let part = part_of(window.part, moment.stage, nth);
        batch.push_before(at, origin, window.position, window.first).part = part;
        let made = batch.len() - 1;
        batch.vouch(made, self.shares.of(window.batches, batch));
        let mut event = batch.event_mut(made);
        for ((field, summary), total) in self.fields.iter().zip(&window.totals) {
            summary.put(total, *field, window.events, (window.first, window.last), &mut event);
        }
        if let Some(tag) = &self.tag {
            event.add_tag(tag);
        }
        if self.end.is_some() && !has_ended {
            event.add_tag(TIMEOUT_TAG);
        }
    }

    /// The next window that has to be closed.
    fn next_to_close(&mut self, moment: &Moment) -> Option<Window> {
        if moment.is_last || self.held_bytes > self.bytes_max {
            return self.windows.pop();
        }
        if let Some(limit) = moment.elapsed.checked_sub(self.timeout)
            && let Some(window) = self.windows.pop_since(limit)
        {
            return Some(window);
        }
        let inactivity = self.inactivity?;
        while let Some((key, at)) = self.quiet.front().copied() {
            let is_last_time =
                self.windows.get_mut(key).is_some_and(|(window, _)| window.touched_at == at);
            if is_last_time && moment.elapsed < at + inactivity {
                return None;
            }
            self.quiet.pop_front();
            if is_last_time {
                return self.windows.take(key);
            }
        }
        None
    }
}

impl Fold for Aggregator {
    fn take(&mut self, batch: &mut Batch, at: usize, moment: &Moment) -> Result<Keep, FilterError> {
        let event = batch.event(at);
        let Some(key) = self.windows.key_of(&self.key, event) else { return Ok(Keep::Yes) };
        let is_open = self.windows.get_mut(key).is_some();
        if !is_open && self.start.as_ref().is_some_and(|start| !start.holds(event)) {
            return Ok(Keep::Yes);
        }
        let number = self.shares.number();
        if !is_open {
            let window = Window::open(event, &self.fields, number);
            self.held_bytes += window.bytes;
            if let Some(oldest) = self.windows.put(key, window, moment.elapsed) {
                self.close(batch, at, &oldest, false, moment);
            }
        }
        let event = batch.event(at);
        let has_ended = self.end.as_ref().is_some_and(|end| end.holds(event));
        if let Some((window, _)) = self.windows.get_mut(key) {
            let before = window.bytes;
            window.take(event, &self.fields, self.list_max, number);
            window.touched_at = moment.elapsed;
            self.held_bytes += window.bytes - before;
        }
        if !has_ended {
            self.touched.push(key);
        } else if let Some(window) = self.windows.take(key) {
            self.close(batch, at + 1, &window, true, moment);
        }
        Ok(if self.drops { Keep::No } else { Keep::Yes })
    }

    fn pause(&mut self, batch: &mut Batch, moment: &Moment) {
        let mut is_used = false;
        for key in std::mem::take(&mut self.touched) {
            is_used = true;
            if self.inactivity.is_some() && self.quiet.back() != Some(&(key, moment.elapsed)) {
                self.quiet.push_back((key, moment.elapsed));
            }
        }
        while let Some(window) = self.next_to_close(moment) {
            self.close(batch, usize::MAX, &window, false, moment);
        }
        self.windows.sweep();
        let oldest = self.windows.oldest().map(|(window, since)| (window.batches.0, since));
        self.shares.end_batch(batch, is_used, oldest.map(|(first, _)| first));
        let by_timeout = oldest.map(|(_, since)| since + self.timeout);
        let quiet = self.quiet.front().map(|(_, at)| *at);
        let by_quiet = self.inactivity.zip(quiet).map(|(inactivity, at)| at + inactivity);
        self.due = by_timeout.into_iter().chain(by_quiet).min();
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }

    fn clear(&mut self) {
        self.windows.clear();
        self.shares = Shares::default();
        self.touched.clear();
        self.quiet.clear();
        (self.held_bytes, self.due) = (0, None);
    }
}

#[cfg(test)]
mod tests;
