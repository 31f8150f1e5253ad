//! The `throttle` filter: so many events in a time, and no more.

use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::time::Duration;

use schemars::JsonSchema;
use serde::Deserialize;
use weir_component::spec::{Configure, FoldConfig};
use weir_component::template::Template;
use weir_component::{FilterError, Fold, Keep, Moment};
use weir_config::{At, ByteSize, Diagnostic, Period};
use weir_event::{Batch, Kept};

use crate::keyed::{self, KeyHash, Keyed, Mark};

/// Lets a number of events pass in each period of time, and drops, tags or delays the others.
///
/// A period begins with the first event of a key; `events` of that key pass until it is over. What is
/// dropped is counted in `weir_filter_dropped_events_total` and counts as delivered.
///
/// Time is that of arrival, not the events' own. What is remembered is gone after a restart. An event
/// that is read again after a failure passes. Events that lack a field of the key pass.
///
/// # Delaying
///
/// With `mode = "delay"` nothing is dropped. What is beyond the number waits for the next period of its
/// key, in the order in which it came; in each period `events` of those that wait pass. Events of
/// other keys overtake them. An event that waits counts as delivered only when it is: after a crash it
/// is read again, where the input can. What is read again waits like any other. The next period is noticed a tenth of a second late at most.
///
/// Events wait in memory. Where `held-max` or `held-bytes-max` is reached, the oldest of the key at
/// hand passes at once, with the tag, so that nothing is lost; so does what waits for a key that is
/// forgotten. When weir stops, and at the end of `--once`, all that waits passes at once.
///
/// An input whose sender waits for an answer gives it when the events are delivered. If the period is
/// longer than the sender's patience, it sends them again.
///
/// To slow an input down to what its outputs can take nothing is needed: inputs wait when outputs are
/// slow.
///
/// # Example
///
/// ```toml
/// type = "throttle"
/// key = "%{service.name}"
/// events = 2
/// period = "1m"
/// ```
/// ```json
/// {"service": {"name": "a"}, "n": 1}
/// {"service": {"name": "a"}, "n": 2}
/// {"service": {"name": "a"}, "n": 3}
/// {"service": {"name": "b"}, "n": 4}
/// ```
/// become
/// ```json
/// {"service": {"name": "a"}, "n": 1}
/// {"service": {"name": "a"}, "n": 2}
/// {"service": {"name": "b"}, "n": 4}
/// ```
///
/// For other filters to decide:
///
/// ```toml
/// type = "throttle"
/// events = 1
/// period = "10s"
/// mode = "tag"
/// ```
/// ```json
/// {"n": 1}
/// {"n": 2}
/// ```
/// become
/// ```json
/// {"n": 1}
/// {"n": 2, "tags": ["_throttled"]}
/// ```
///
/// A second event of the same service waits, and that of another goes first:
///
/// ```toml
/// type = "throttle"
/// key = "%{service.name}"
/// events = 1
/// period = "1s"
/// mode = "delay"
/// ```
/// ```json
/// {"service": {"name": "a"}, "n": 1}
/// {"service": {"name": "a"}, "n": 2}
/// {"service": {"name": "b"}, "n": 3}
/// ```
/// become
/// ```json
/// {"service": {"name": "a"}, "n": 1}
/// {"service": {"name": "b"}, "n": 3}
/// {"service": {"name": "a"}, "n": 2}
/// ```
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Throttle {
    /// What events have in common that are counted together. Unless set, all are.
    #[serde(default = "keyed::everything")]
    key: Template,
    /// How many pass in a period.
    events: At<u64>,
    /// How long a period is.
    period: At<Period>,
    /// What becomes of the others.
    #[serde(default)]
    mode: Mode,
    /// The tag they get; with `mode = "delay"` those get it that could not wait any longer.
    #[serde(default = "throttled")]
    tag: String,
    /// How many keys are remembered. Beyond it the oldest is forgotten, and counts anew.
    #[serde(default = "keyed::keys_max")]
    keys_max: NonZeroUsize,
    /// How many events may wait with `mode = "delay"`.
    #[serde(default = "held_max")]
    held_max: NonZeroUsize,
    /// Bytes that events that wait may hold together.
    #[serde(default = "held_bytes_max")]
    held_bytes_max: ByteSize,
}

/// What becomes of events beyond the number.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, serde::Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
enum Mode {
    /// They are dropped.
    #[default]
    Drop,
    /// They pass with a tag.
    Tag,
    /// They pass later.
    Delay,
}

fn throttled() -> String {
    "_throttled".to_owned()
}

/// A minute of what one service may send when something is wrong.
fn held_max() -> NonZeroUsize {
    NonZeroUsize::new(10_000).expect("10,000 is not zero")
}

fn held_bytes_max() -> ByteSize {
    ByteSize::mib(64)
}

impl Configure for Throttle {
    const NAME: &'static str = "throttle";
}

impl FoldConfig for Throttle {
    type Fold = Throttler;

    fn build(self) -> Result<Throttler, Diagnostic> {
        if self.period.as_duration().is_zero() {
            return Err(Diagnostic::error("a `period` of nothing never begins")
                .at(&self.period, "")
                .help("write the time in which so many events may pass, like `1m`"));
        }
        if self.mode == Mode::Delay && *self.events == 0 {
            return Err(Diagnostic::error("what waits would wait for ever")
                .at(&self.events, "no event may ever pass")
                .help("write how many may pass in a period, or use the filter `drop`"));
        }
        Ok(Throttler {
            key: self.key,
            events: self.events.into_inner(),
            period: self.period.as_duration(),
            mode: self.mode,
            tag: self.tag,
            periods: Keyed::new(self.keys_max.get()),
            held_max: self.held_max.get(),
            bytes_max: self.held_bytes_max.as_usize(),
            held: Held::default(),
            due: None,
        })
    }
}

/// Counts events.
#[derive(Debug)]
pub(crate) struct Throttler {
    key: Template,
    events: u64,
    period: Duration,
    mode: Mode,
    tag: String,
    periods: Keyed<Counted>,
    held_max: usize,
    bytes_max: usize,
    held: Held,
    due: Option<Duration>,
}

/// A period of a key.
#[derive(Debug)]
struct Counted {
    key: KeyHash,
    /// How many came in it; what waits has not come yet.
    events: u64,
    last: Mark,
    waiting: VecDeque<Kept>,
}

impl Counted {
    /// One that begins with an event.
    fn new(key: KeyHash, last: Mark) -> Self {
        Self { key, events: 1, last, waiting: VecDeque::new() }
    }
}

/// How much waits, of all keys.
#[derive(Debug, Default)]
struct Held {
    events: usize,
    bytes: usize,
}

impl Held {
    /// Lets the first of those that wait go, before the event at `at`. With a tag it goes early.
    /// False when none waits.
    fn let_go(
        &mut self,
        waiting: &mut VecDeque<Kept>,
        batch: &mut Batch,
        at: usize,
        tag: Option<&str>,
    ) -> bool {
        let Some(mut kept) = waiting.pop_front() else { return false };
        self.events -= 1;
        self.bytes -= kept.held_len();
        if let Some(tag) = tag {
            kept.event_mut().add_tag(tag);
        }
        batch.put_back(at, kept);
        true
    }
}

impl Throttler {
    /// Lets an event pass, or wait.
    fn delay(&mut self, batch: &mut Batch, at: usize, key: KeyHash, now: Duration) {
        self.renew(batch, at, key, now);
        let Some((counted, _)) = self.periods.get_mut(key) else {
            let counted = Counted::new(key, Mark::of(batch.event(at)));
            self.begin(batch, at, counted, now);
            return;
        };
        if counted.events < self.events {
            counted.events += 1;
            return;
        }
        let kept = batch.keep(at);
        batch.event_mut(at).discard();
        self.held.events += 1;
        self.held.bytes += kept.held_len();
        counted.waiting.push_back(kept);
        while self.held.events > self.held_max || self.held.bytes > self.bytes_max {
            if !self.held.let_go(&mut counted.waiting, batch, at, Some(&self.tag)) {
                return;
            }
        }
    }

    /// Begins a period. What waits for the key that is forgotten for it goes.
    fn begin(&mut self, batch: &mut Batch, at: usize, counted: Counted, since: Duration) {
        let Some(mut gone) = self.periods.put(counted.key, counted, since) else { return };
        while self.held.let_go(&mut gone.waiting, batch, at, Some(&self.tag)) {}
    }

    /// Once a period is over, lets go what was waiting for the next ones, up to now. A period in
    /// which nothing went is forgotten.
    fn renew(&mut self, batch: &mut Batch, at: usize, key: KeyHash, now: Duration) {
        let Some((_, since)) = self.periods.get_mut(key) else { return };
        let (age, period) = (now.saturating_sub(since).as_nanos(), self.period.as_nanos());
        // More than one is over when ticks are rarer than periods.
        let over = age / period;
        if over == 0 {
            return;
        }
        let Some(mut counted) = self.periods.take(key) else { return };
        let events = u128::from(self.events);
        let mut gone = 0;
        while gone < over.saturating_mul(events)
            && self.held.let_go(&mut counted.waiting, batch, at, None)
        {
            gone += 1;
        }
        let now_in_period = gone.saturating_sub((over - 1).saturating_mul(events));
        if now_in_period == 0 {
            return;
        }
        counted.events = u64::try_from(now_in_period).unwrap_or(u64::MAX);
        let age = Duration::from_nanos(u64::try_from(age % period).unwrap_or(0));
        let begun = now.saturating_sub(age);
        self.begin(batch, at, counted, begun);
    }
}

impl Fold for Throttler {
    fn take(&mut self, batch: &mut Batch, at: usize, moment: &Moment) -> Result<Keep, FilterError> {
        let event = batch.event(at);
        let Some(key) = self.periods.key_of(&self.key, event) else { return Ok(Keep::Yes) };
        let (now, mark) = (moment.elapsed, Mark::of(event));
        if self.mode == Mode::Delay {
            self.delay(batch, at, key, now);
            return Ok(Keep::Yes);
        }
        let period = self.period;
        let events = match self.periods.get_mut(key) {
            Some((counted, since)) if now < since + period => {
                if mark.repeats(counted.last) {
                    return Ok(Keep::Yes);
                }
                counted.events += 1;
                counted.last = mark;
                counted.events
            }
            _ => {
                self.periods.put(key, Counted::new(key, mark), now);
                1
            }
        };
        if events <= self.events {
            return Ok(Keep::Yes);
        }
        if self.mode == Mode::Drop {
            return Ok(Keep::No);
        }
        batch.event_mut(at).add_tag(&self.tag);
        Ok(Keep::Yes)
    }

    fn pause(&mut self, batch: &mut Batch, moment: &Moment) {
        if moment.is_last {
            while let Some(mut counted) = self.periods.pop() {
                while self.held.let_go(&mut counted.waiting, batch, usize::MAX, None) {}
            }
        }
        while let Some((counted, since)) = self.periods.oldest()
            && since + self.period <= moment.elapsed
        {
            let key = counted.key;
            self.renew(batch, usize::MAX, key, moment.elapsed);
        }
        self.periods.sweep();
        let next = self.periods.oldest().map(|(_, since)| since + self.period);
        self.due = next.filter(|_| self.held.events > 0);
    }

    fn due(&self) -> Option<Duration> {
        self.due
    }

    fn clear(&mut self) {
        self.periods.clear();
        (self.held, self.due) = (Held::default(), None);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use weir_event::{EventRef, Fate, Key, Receipt, Settle};

    use super::*;
    use crate::remembering::Rig;

    #[test]
    fn a_period_begins_with_its_first_event() {
        let mut rig = Rig::new::<Throttle>("events = 2\nperiod = '10s'");
        assert_eq!(rig.texts(&["a", "b", "c"]), ["a", "b"]);
        rig.elapsed = Duration::from_secs(9);
        assert_eq!(rig.texts(&["d"]), Vec::<String>::new());
        rig.elapsed = Duration::from_secs(10);
        assert_eq!(rig.texts(&["e", "f", "g"]), ["e", "f"]);
        rig.elapsed = Duration::from_secs(30);
        rig.pass(&[]);
        assert_eq!(rig.fold.periods.len(), 0);
    }

    #[test]
    fn what_is_read_again_passes() {
        let mut rig = Rig::new::<Throttle>("events = 1\nperiod = '10s'\nkey = '%{message}'");
        assert_eq!(rig.texts(&["a", "b", "a"]), ["a", "b"]);
        rig.position = 0;
        assert_eq!(rig.texts(&["a", "b"]), ["a", "b"]);
    }

    #[test]
    fn none_may_pass_and_keys_have_a_limit() {
        let mut rig = Rig::new::<Throttle>("events = 0\nperiod = '10s'");
        assert_eq!(rig.texts(&["a", "b"]), Vec::<String>::new());
        let settings = "events = 1\nperiod = '10s'\nkey = '%{message}'\nkeys-max = 1";
        let mut rig = Rig::new::<Throttle>(settings);
        assert_eq!(rig.texts(&["a", "b", "a", "a"]), ["a", "b", "a"]);
    }

    /// What heard of the fate of batches, and a receipt for the next.
    #[derive(Default)]
    struct Heard(Mutex<Vec<(u64, Fate)>>);

    impl Settle for Heard {
        fn settle(&self, ticket: u64, fate: Fate) {
            self.0.lock().expect("no test panics here").push((ticket, fate));
        }
    }

    fn texts(batch: &Batch) -> Vec<String> {
        let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        batch.iter().map(|event| text(event.bytes(Key::MESSAGE).unwrap_or_default())).collect()
    }

    fn delaying(settings: &str) -> Rig<Throttler> {
        Rig::new::<Throttle>(&format!("period = '10s'\nmode = 'delay'\n{settings}"))
    }

    #[test]
    fn what_is_too_much_waits_for_the_next_periods_in_order() {
        let mut rig = delaying("events = 2");
        assert_eq!(rig.texts(&["a", "b", "c", "d", "e"]), ["a", "b"]);
        assert_eq!(rig.fold.due(), Some(Duration::from_secs(10)));
        rig.elapsed = Duration::from_secs(9);
        assert_eq!(rig.texts(&["f"]), Vec::<String>::new());
        rig.elapsed = Duration::from_secs(11);
        assert_eq!(rig.texts(&[]), ["c", "d"]);
        assert_eq!(rig.fold.due(), Some(Duration::from_secs(20)), "a late tick delays no other");
        rig.elapsed = Duration::from_secs(20);
        assert_eq!(rig.texts(&["g"]), ["e", "f"], "before what comes then");
        rig.elapsed = Duration::from_secs(30);
        assert_eq!(rig.texts(&["h", "i"]), ["g", "h"]);
        rig.elapsed = Duration::from_secs(40);
        assert_eq!(rig.texts(&[]), ["i"]);
        assert_eq!(rig.fold.due(), None);
        assert_eq!((rig.fold.held.events, rig.fold.held.bytes), (0, 0));
        rig.elapsed = Duration::from_mins(1);
        rig.pass(&[]);
        assert_eq!(rig.fold.periods.len(), 0);
    }

    #[test]
    fn periods_shorter_than_ticks_let_as_many_pass() {
        let mut rig = delaying("events = 2");
        let given: Vec<String> = (0..9).map(|n| n.to_string()).collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        assert_eq!(rig.texts(&given), ["0", "1"]);
        rig.elapsed = Duration::from_secs(35);
        assert_eq!(rig.texts(&[]), ["2", "3", "4", "5", "6", "7"]);
        assert_eq!(rig.fold.due(), Some(Duration::from_secs(40)));
        rig.elapsed = Duration::from_secs(65);
        assert_eq!(rig.texts(&["x"]), ["8", "x"], "and no more was saved up");
        assert_eq!(rig.texts(&["y", "z"]), ["y"]);
    }

    #[test]
    fn keys_wait_for_themselves_and_all_passes_at_the_end() {
        let mut rig = delaying("events = 1\nkey = '%{message}'");
        assert_eq!(rig.texts(&["a", "a", "b", "a", "b"]), ["a", "b"]);
        let last = rig.pass_with(&["b", "c"], true, |_, _| {});
        assert_eq!(texts(&last), ["c", "a", "a", "b", "b"]);
        let positions: Vec<u64> = last.iter().map(EventRef::position).collect();
        assert_eq!(positions, [6, 1, 3, 4, 5]);
        assert_eq!((rig.fold.held.events, rig.fold.periods.len()), (0, 0));
    }

    #[test]
    fn what_waits_is_bounded_and_nothing_is_lost() {
        let mut rig = delaying("events = 1\nheld-max = 2");
        let batch = rig.pass(&["a", "b", "c", "d", "e"]);
        assert_eq!(texts(&batch), ["a", "b", "c"]);
        let tagged = Rig::<Throttler>::field(&batch, "tags");
        assert_eq!(tagged.iter().filter(|tags| tags.is_some()).count(), 2);
        rig.elapsed = Duration::from_secs(10);
        assert_eq!(rig.texts(&[]), ["d"]);
        let mut rig = delaying("events = 1\nheld-bytes-max = '64 KiB'");
        let given: Vec<String> = (10..30).map(|n| n.to_string().repeat(4000)).collect();
        let given: Vec<&str> = given.iter().map(String::as_str).collect();
        let at_once = rig.texts(&given);
        assert_eq!(at_once, given[..at_once.len()]);
        let waiting = given.len() - at_once.len();
        assert_eq!(rig.fold.held.events, waiting);
        assert!((1..9).contains(&waiting) && rig.fold.held.bytes <= 64 << 10, "{waiting}");
        assert_eq!(rig.texts(&[&"y".repeat(70_000)]).len(), waiting + 1, "nor can this wait");
        assert_eq!((rig.fold.held.events, rig.fold.held.bytes), (0, 0));
        let mut rig = delaying("events = 1\nkey = '%{message}'\nkeys-max = 1");
        assert_eq!(rig.texts(&["a", "a", "b"]), ["a", "a", "b"], "for a key that is forgotten");
        assert_eq!(rig.fold.held.events, 0);
    }

    #[test]
    fn an_input_hears_delivered_when_what_waited_is() {
        let heard = Arc::new(Heard::default());
        let fates = || heard.0.lock().expect("no test panics here").clone();
        let mut rig = delaying("events = 1");
        rig.receipt = Some(Receipt::new(0, heard.clone()));
        rig.pass(&["a", "b", "c"]).take_receipt().delivered();
        assert_eq!(fates(), [], "`b` and `c` wait");
        rig.elapsed = Duration::from_secs(10);
        rig.receipt = Some(Receipt::new(1, heard.clone()));
        rig.pass(&[]).take_receipt().delivered();
        assert_eq!(fates(), [(1, Fate::Delivered)], "`c` waits");
        rig.elapsed = Duration::from_secs(20);
        rig.pass(&[]).take_receipt().delivered();
        assert_eq!(fates()[1..], [(0, Fate::Delivered)]);
        rig.receipt = Some(Receipt::new(2, heard.clone()));
        rig.pass(&["d"]).take_receipt().delivered();
        rig.fold.clear();
        assert_eq!(fates()[2..], [(2, Fate::Lost)], "forgotten is not delivered");
    }

    #[test]
    fn settings_that_contradict_each_other_are_refused() {
        for (settings, wanted) in [
            ("events = 1\nperiod = '0s'", "never begins"),
            ("events = 0\nperiod = '1s'\nmode = 'delay'", "wait for ever"),
        ] {
            let settings: Throttle = toml::from_str(settings).expect("they can be read");
            let why = settings.build().expect_err("they contradict each other").to_string();
            assert!(why.contains(wanted), "{why}");
        }
    }
}
