#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::AtomicU64;

use proptest::prelude::*;
use weir_event::{Fate, Kept, Key, Origin, Receipt, Settle, part_of};

use super::*;
use crate::metrics::Meters;
use crate::{Expand, Group, Keep, OnError, Stage, Work};

/// What to do with the events, in turn.
#[derive(Clone, Copy, Debug)]
enum Deed {
    Pass,
    Keep,
    KeepAndLetGo,
    LetGoAll,
    Drop,
    Panic,
}

/// Keeps and lets go as it is told.
struct Hoarder {
    deeds: Vec<Deed>,
    next: usize,
    kept: Vec<Kept>,
    dropped: Arc<Mutex<BTreeSet<u64>>>,
}

impl Fold for Hoarder {
    fn take(&mut self, batch: &mut Batch, at: usize, _: &Moment) -> Result<Keep, FilterError> {
        let deed = self.deeds[self.next % self.deeds.len()];
        self.next += 1;
        match deed {
            Deed::Pass => {}
            Deed::Keep | Deed::KeepAndLetGo => {
                if matches!(deed, Deed::KeepAndLetGo) && !self.kept.is_empty() {
                    batch.put_back(at, self.kept.remove(0));
                }
                self.kept.push(batch.keep(at));
                batch.event_mut(at).discard();
            }
            Deed::LetGoAll => self.kept.drain(..).for_each(|kept| batch.put_back(at, kept)),
            Deed::Drop => {
                self.dropped.lock().unwrap().insert(batch.event(at).position());
                return Ok(Keep::No);
            }
            Deed::Panic => std::panic::resume_unwind(Box::new("as told")),
        }
        Ok(Keep::Yes)
    }

    fn pause(&mut self, batch: &mut Batch, moment: &Moment) {
        if moment.is_last {
            self.kept.drain(..).for_each(|kept| batch.put_back(usize::MAX, kept));
        }
    }

    fn clear(&mut self) {
        self.kept.clear();
    }
}

struct Twice;

impl Expand for Twice {
    fn expand(&self, batch: &mut Batch, at: usize, stage: u64) -> Result<Keep, FilterError> {
        let part = part_of(batch.event(at).part(), stage, 1);
        batch.copy_behind(at, part);
        Ok(Keep::Yes)
    }
}

struct StoppedClock;

impl Clock for StoppedClock {
    fn wall_nanos(&self) -> i128 {
        0
    }

    fn elapsed(&self) -> Duration {
        Duration::ZERO
    }
}

fn stage(work: Work, maker: u64) -> Stage {
    let counters = Meters::new().filter("test", "test");
    let on_error = OnError::Tag;
    let (name, kind) = ("test".to_owned(), "test");
    Stage {
        name,
        kind,
        when: None,
        on_error,
        failure_tags: None,
        counters,
        work,
        maker,
        leaves_joined: false,
    }
}

#[derive(Default)]
struct Heard(Mutex<Vec<(u64, Fate)>>);

impl Settle for Heard {
    fn settle(&self, ticket: u64, fate: Fate) {
        self.0.lock().unwrap().push((ticket, fate));
    }
}

fn deeds() -> impl Strategy<Value = Vec<Deed>> {
    let deed = prop_oneof![
        4 => Just(Deed::Pass),
        4 => Just(Deed::Keep),
        3 => Just(Deed::KeepAndLetGo),
        2 => Just(Deed::LetGoAll),
        1 => Just(Deed::Drop),
        1 => Just(Deed::Panic),
    ];
    prop::collection::vec(deed, 1..12)
}

proptest! {
    /// Batches go through filters that keep, drop, multiply and panic; some arrive, some do not.
    #[test]
    fn an_input_hears_delivered_only_when_all_it_brought_has_arrived(
        batches in prop::collection::vec((1_u64..6, any::<bool>(), 0_u8..10), 1..12),
        first in deeds(),
        second in deeds(),
        loses in 0_u8..4,
        is_grouped in any::<bool>(),
    ) {
        let dropped = Arc::new(Mutex::new(BTreeSet::new()));
        let hoarder = |deeds| {
            let dropped = dropped.clone();
            Work::Fold(Turnstile::new(Box::new(Hoarder { deeds, next: 0, kept: vec![], dropped })))
        };
        let twice = || Work::Expand(Box::new(Twice));
        let (middle, times) = if is_grouped {
            (Group::new(vec![stage(twice(), 0), stage(twice(), 0)]).into_work(), 4)
        } else {
            (twice(), 2)
        };
        let stages = [stage(hoarder(first), 0), stage(middle, 1), stage(hoarder(second), 2)];
        let heard = Arc::new(Heard::default());
        let origin = Arc::new(Origin::new(1));
        let mut brought: BTreeMap<u64, Vec<u64>> = BTreeMap::new();
        // What arrived, and what was lost on its way, by position and part.
        let (mut arrived, mut lost) = (BTreeSet::new(), BTreeSet::new());
        let mut position = 0;
        let ticks = batches.len() as u64;
        for ticket in 0..=ticks {
            let mut batch = Batch::new();
            let (count, is_tick, luck) = batches.get(usize::try_from(ticket).unwrap()).copied().unwrap_or((0, true, 9));
            let is_last = ticket == ticks;
            if !is_tick {
                batch.set_receipt(Receipt::new(ticket, heard.clone()));
                let origin = batch.add_origin(&origin);
                for _ in 0..count {
                    let text = position.to_string();
                    batch.push_text(origin, position, Timestamp::default(), (Key::MESSAGE, text.as_bytes()));
                    brought.entry(ticket).or_default().push(position);
                    position += 1;
                }
            }
            let turn = Turn { ticket: Some(ticket), is_last, clock: &StoppedClock };
            for stage in &stages {
                stage.run(&mut batch, turn);
            }
            let receipt = batch.take_receipt();
            let is_lost = luck < loses;
            for event in batch.iter() {
                let text = event.position().to_string();
                prop_assert_eq!(event.bytes(Key::MESSAGE).unwrap(), text.as_bytes());
                if is_lost { &mut lost } else { &mut arrived }.insert((event.position(), event.part()));
            }
            if is_lost { drop(receipt) } else { receipt.delivered() }
        }
        drop(stages);
        let fates: BTreeMap<u64, Fate> = heard.0.lock().unwrap().iter().copied().collect();
        prop_assert_eq!(fates.len(), heard.0.lock().unwrap().len(), "heard twice");
        prop_assert_eq!(fates.keys().collect::<Vec<_>>(), brought.keys().collect::<Vec<_>>());
        let dropped = dropped.lock().unwrap();
        for (ticket, positions) in brought {
            for position in positions {
                let is_lost = lost.iter().any(|(it, _)| *it == position);
                let is_settled = arrived.iter().filter(|(it, _)| *it == position).count() == times
                    || dropped.contains(&position);
                prop_assert!(fates[&ticket] == Fate::Lost || (is_settled && !is_lost), "{position}");
            }
        }
    }
}

/// Notes the order in which events come.
struct Notes(Arc<Mutex<Vec<u64>>>);

impl Fold for Notes {
    fn take(&mut self, batch: &mut Batch, at: usize, _: &Moment) -> Result<Keep, FilterError> {
        self.0.lock().unwrap().push(batch.event(at).position());
        Ok(Keep::Yes)
    }

    fn clear(&mut self) {}
}

#[test]
fn tickets_pass_in_order_whoever_has_them() {
    const TICKETS: u64 = 400;
    let notes = Arc::new(Mutex::new(Vec::new()));
    let work = || Work::Fold(Turnstile::new(Box::new(Notes(notes.clone()))));
    let stages = [stage(work(), 0), stage(work(), 1)];
    let next = AtomicU64::new(0);
    std::thread::scope(|threads| {
        for _ in 0..4 {
            threads.spawn(|| {
                loop {
                    let ticket = next.fetch_add(1, Ordering::SeqCst);
                    if ticket >= TICKETS {
                        return;
                    }
                    let mut batch = Batch::new();
                    let origin = batch.add_origin(&Arc::new(Origin::new(0)));
                    batch.push(origin, ticket, Timestamp::default());
                    let turn = Turn { ticket: Some(ticket), is_last: false, clock: &StoppedClock };
                    stages[0].run(&mut batch, turn);
                    // Every fifth batch is lost between the two.
                    if ticket.is_multiple_of(5) {
                        stages[1].skip(ticket);
                    } else {
                        stages[1].run(&mut batch, turn);
                    }
                }
            });
        }
    });
    let notes = notes.lock().unwrap();
    assert_eq!(notes.len() as u64, TICKETS + TICKETS * 4 / 5);
    // Both stages note into one list: each position comes first from the one, then from the other.
    let mut seen = BTreeSet::new();
    let (first, second): (Vec<u64>, Vec<u64>) = notes.iter().partition(|it| seen.insert(**it));
    assert!(first.is_sorted() && second.is_sorted());
}
