//! A memory of the answers given lately, of fixed size.
//!
//! A question's hash says which shard and which set of four places it may lie in; a new question
//! takes the place of one that was not asked again since the set was last full (a clock with four
//! positions). So nothing is moved or rehashed, a question costs at most four comparisons, and
//! whoever makes up questions that share a set only displaces others.

use std::sync::{Mutex, MutexGuard, PoisonError};

use xxhash_rust::xxh3::xxh3_64;

/// Workers meet at a lock only when they ask for the same sixteenth at the same time.
const SHARDS: usize = 16;

/// Places that a question may lie in.
const WAYS: usize = 4;

/// Answers to recent questions; the questions are bytes.
#[derive(Debug)]
pub(crate) struct Recall<A> {
    shards: Box<[Mutex<Shard<A>>]>,
}

type Shard<A> = Box<[Option<Entry<A>>]>;

#[derive(Debug)]
struct Entry<A> {
    hash: u64,
    question: Box<[u8]>,
    answer: A,
    /// Asked again since the hand passed.
    fresh: bool,
}

/// An answer, held in place. Others who ask in the same shard wait: copy it out and let go.
pub(crate) struct Recalled<'a, A> {
    shard: MutexGuard<'a, Shard<A>>,
    place: usize,
}

impl<A> Recalled<'_, A> {
    /// The answer.
    pub(crate) fn answer(&self) -> &A {
        let entry = self.shard[self.place].as_ref();
        &entry.expect("`Recall::ask` filled the place and we hold the lock").answer
    }
}

impl<A> Recall<A> {
    /// A memory for about `size` answers, rounded up to whole sets.
    pub(crate) fn new(size: usize) -> Self {
        let places = size.div_ceil(SHARDS * WAYS).next_power_of_two() * WAYS;
        let shard = || Mutex::new((0..places).map(|_| None).collect());
        Self { shards: (0..SHARDS).map(|_| shard()).collect() }
    }

    /// The answer to a question: recalled, or worked out and remembered.
    ///
    /// Two threads that ask the same new question at once both work it out.
    pub(crate) fn ask(&self, question: &[u8], work: impl FnOnce() -> A) -> Recalled<'_, A> {
        let hash = xxh3_64(question);
        let mut shard = self.shard(hash);
        let set = set_of(hash, shard.len());
        if let Some(place) = find(&mut shard, set, hash, question) {
            return Recalled { shard, place };
        }
        drop(shard);
        let answer = work();
        let mut shard = self.shard(hash);
        let place = victim(&mut shard, set, hash);
        shard[place] = Some(Entry { hash, question: question.into(), answer, fresh: false });
        Recalled { shard, place }
    }

    fn shard(&self, hash: u64) -> MutexGuard<'_, Shard<A>> {
        let shard = usize::try_from(hash % SHARDS as u64).unwrap_or_default();
        self.shards[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The first place of the question's set.
fn set_of(hash: u64, places: usize) -> usize {
    let sets = (places / WAYS) as u64;
    usize::try_from((hash >> 32) % sets).unwrap_or_default() * WAYS
}

fn find<A>(shard: &mut Shard<A>, set: usize, hash: u64, question: &[u8]) -> Option<usize> {
    for place in set..set + WAYS {
        if let Some(entry) = &mut shard[place]
            && entry.hash == hash
            && *entry.question == *question
        {
            entry.fresh = true;
            return Some(place);
        }
    }
    None
}

/// The place to give to a new question: an empty one, or one not asked again. The search starts
/// anywhere in the set, so that no place is the first to go.
fn victim<A>(shard: &mut Shard<A>, set: usize, hash: u64) -> usize {
    let start = usize::try_from(hash >> 60).unwrap_or_default();
    let ways = || (0..WAYS).map(|way| set + (start + way) % WAYS);
    let is_stale = |entry: &Option<Entry<A>>| entry.as_ref().is_some_and(|entry| !entry.fresh);
    let empty = ways().find(|place| shard[*place].is_none());
    if let Some(place) = empty.or_else(|| ways().find(|place| is_stale(&shard[*place]))) {
        return place;
    }
    for entry in shard[set..set + WAYS].iter_mut().flatten() {
        entry.fresh = false;
    }
    set + start % WAYS
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn a_question_is_worked_out_once() {
        let (recall, worked) = (Recall::new(64), Cell::new(0));
        for _ in 0..3 {
            let recalled = recall.ask(b"why", || worked.replace(worked.get() + 1));
            assert_eq!(*recalled.answer(), 0);
        }
        assert_eq!(worked.get(), 1);
    }

    #[test]
    fn the_memory_has_a_limit() {
        let recall = Recall::new(100);
        for i in 0..10_000_u32 {
            assert_eq!(*recall.ask(&i.to_le_bytes(), || i).answer(), i);
        }
        let held = |shard: &Mutex<Shard<u32>>| {
            shard.lock().expect("nobody panicked").iter().flatten().count()
        };
        let held: usize = recall.shards.iter().map(held).sum();
        assert_eq!(held, 128, "rounded up to whole sets");
    }

    #[test]
    fn what_is_asked_again_and_again_stays() {
        let (recall, worked) = (Recall::new(256), Cell::new(0));
        for i in 0..10_000_u32 {
            recall.ask(&i.to_le_bytes(), || 0);
            recall.ask(b"often", || worked.replace(worked.get() + 1));
        }
        assert!(worked.get() < 1_000, "worked out {} times", worked.get());
    }
}
