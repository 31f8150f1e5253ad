//! A memory of what was seen lately, by key: for filters that remember. No filter itself.
//!
//! A key is remembered by a hash of 128 bits under seeds of this process. So each key takes the same
//! memory, however long it is, and nobody can make up two keys that are taken for one.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher as _, Hasher as _, RandomState};
use std::num::NonZeroUsize;
use std::time::Duration;

use weir_component::template::Template;
use weir_event::EventRef;

/// How many keys a filter remembers unless it is told otherwise.
pub(crate) fn keys_max() -> NonZeroUsize {
    NonZeroUsize::new(100_000).expect("100,000 is not zero")
}

/// The key that all events have in common.
pub(crate) fn everything() -> Template {
    Template::parse("").expect("this is a template")
}

/// What stands for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct KeyHash(u64, u64);

/// Values by key, with a limit; the oldest goes first.
#[derive(Debug)]
pub(crate) struct Keyed<V> {
    seeds: [RandomState; 2],
    places: HashMap<KeyHash, Placed<V>>,
    /// Oldest first; an entry holds while its place has the same stamp.
    order: VecDeque<(KeyHash, u64)>,
    stamp: u64,
    keys_max: usize,
    text: Vec<u8>,
}

#[derive(Debug)]
struct Placed<V> {
    value: V,
    stamp: u64,
    since: Duration,
}

impl<V> Keyed<V> {
    pub(crate) fn new(keys_max: usize) -> Self {
        Self {
            seeds: [RandomState::new(), RandomState::new()],
            places: HashMap::new(),
            order: VecDeque::new(),
            stamp: 0,
            keys_max,
            text: Vec::new(),
        }
    }

    /// The key that a template makes of an event; nothing when the event lacks a field for it.
    pub(crate) fn key_of(&mut self, key: &Template, event: EventRef<'_>) -> Option<KeyHash> {
        self.text.clear();
        key.render(event, &mut self.text).ok()?;
        let [one, two] = self.seeds.each_ref().map(|seed| {
            let mut hasher = seed.build_hasher();
            hasher.write(&self.text);
            hasher.finish()
        });
        Some(KeyHash(one, two))
    }

    /// The value at a key and since when it is there.
    pub(crate) fn get_mut(&mut self, key: KeyHash) -> Option<(&mut V, Duration)> {
        self.places.get_mut(&key).map(|placed| (&mut placed.value, placed.since))
    }

    /// Puts a value in a key's place, where it counts as new. Gives back what has to go for it.
    pub(crate) fn put(&mut self, key: KeyHash, value: V, now: Duration) -> Option<V> {
        self.stamp += 1;
        let placed = Placed { value, stamp: self.stamp, since: now };
        let before = self.places.insert(key, placed).map(|placed| placed.value);
        self.order.push_back((key, self.stamp));
        before.or_else(|| if self.places.len() > self.keys_max { self.pop() } else { None })
    }

    /// Takes the value of a key out.
    pub(crate) fn take(&mut self, key: KeyHash) -> Option<V> {
        self.places.remove(&key).map(|placed| placed.value)
    }

    /// Takes out the oldest value if it is there since this time, or longer.
    pub(crate) fn pop_since(&mut self, since: Duration) -> Option<V> {
        self.oldest().filter(|(_, oldest)| *oldest <= since)?;
        self.pop()
    }

    /// Takes out the oldest value.
    pub(crate) fn pop(&mut self) -> Option<V> {
        self.oldest()?;
        let (key, _) = self.order.pop_front()?;
        self.take(key)
    }

    /// The oldest value, and since when it is there.
    pub(crate) fn oldest(&mut self) -> Option<(&V, Duration)> {
        let places = &self.places;
        let holds = |(key, stamp): &(KeyHash, u64)| {
            places.get(key).is_some_and(|placed| placed.stamp == *stamp)
        };
        while self.order.pop_front_if(|entry| !holds(entry)).is_some() {}
        let (key, _) = self.order.front()?;
        self.places.get(key).map(|placed| (&placed.value, placed.since))
    }

    /// Sweeps out what is stale in the order; for whoever replaces values faster than they age.
    pub(crate) fn sweep(&mut self) {
        const STALE_MAX: usize = 1024;
        if self.order.len() > 2 * self.places.len() + STALE_MAX {
            let places = &self.places;
            self.order.retain(|(key, stamp)| places.get(key).is_some_and(|it| it.stamp == *stamp));
        }
    }

    pub(crate) fn clear(&mut self) {
        self.places.clear();
        self.order.clear();
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.places.len()
    }
}

/// Where an event came from: what tells that an event is read a second time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    identity: u64,
    position: u64,
    part: u64,
}

impl Mark {
    pub(crate) fn of(event: EventRef<'_>) -> Self {
        Self { identity: event.origin().identity, position: event.position(), part: event.part() }
    }

    /// Whether this event came before `other` in the same source, or is the same: after that one was
    /// seen, it is read again.
    pub(crate) fn repeats(self, other: Self) -> bool {
        self.identity != 0
            && self.identity == other.identity
            && (self.position < other.position || self == other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_goes_first_and_new_is_who_was_put_last() {
        let mut keyed = Keyed::new(2);
        let key = |n| KeyHash(n, n);
        let second = Duration::from_secs;
        assert_eq!(keyed.put(key(1), 1, second(1)), None);
        assert_eq!(keyed.put(key(2), 2, second(2)), None);
        assert_eq!(keyed.put(key(1), 10, second(3)), Some(1));
        assert_eq!(keyed.put(key(3), 3, second(4)), Some(2));
        assert_eq!(keyed.oldest(), Some((&10, second(3))));
        assert_eq!(keyed.pop_since(second(2)), None);
        assert_eq!(keyed.pop_since(second(3)), Some(10));
        assert_eq!(keyed.get_mut(key(3)), Some((&mut 3, second(4))));
        for n in 0..10_000 {
            keyed.put(key(3), n, second(5));
            keyed.sweep();
        }
        assert_eq!(keyed.len(), 1);
        assert!(keyed.order.len() < 2_000);
    }
}
