//! Allocations for each event, from the file to the compressed body, once everything is warm.
//!
//! In a program of its own, as the counting allocator serves all of it.

use std::alloc::System;
use std::fmt::Write as _;
use std::sync::{Arc, Mutex, PoisonError};

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};
use weir_hotpath::Assembly;
use weir_testkit::sample::Kind;

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// A batch needs a chunk, its body and the like; a hundredth of an event's share of a thousand is
/// nobody's concern, one allocation for each tenth event is.
const PER_EVENT_MAX: f64 = 0.1;

/// Text of each case: some 40 batches, so that the second half is long enough to judge.
const BYTES: u64 = 10_000_000;

const BULK: &str = "[[output]]\ntype = \"elasticsearch\"\nurl = \"http://127.0.0.1:9200\"\n\
                    index = \"law\"\ncompression = \"gzip\"\n";

/// Allocations for each event in the second half of the batches.
fn per_event(kind: Kind, filters: &str) -> f64 {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let sample = kind.write(&folder.path().join("in.log"), BYTES).expect("it is written");
    let mut pipeline = String::new();
    let input = sample.path.display();
    write!(pipeline, "[[input]]\ntype = \"file\"\npaths = [\"{input}\"]\n\n{filters}\n{BULK}")
        .expect("a string takes any text");
    let assembly = Assembly::read(&pipeline).expect("the pipeline is right");
    let seen: Arc<Mutex<Vec<(usize, usize)>>> = Arc::new(Mutex::new(Vec::with_capacity(10_000)));
    let writer = seen.clone();
    let totals = assembly
        .run(&folder.path().join("state"), false, move |totals| {
            let stats = ALLOCATOR.stats();
            let made = stats.allocations + stats.reallocations;
            writer.lock().unwrap_or_else(PoisonError::into_inner).push((totals.events, made));
        })
        .expect("it runs");
    assert_eq!((totals.events, totals.encoded), (sample.events, sample.events));
    assert_eq!(totals.failed, 0, "a filter did not do its work");
    let seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
    let (early, late) = (seen[seen.len() / 2], seen[seen.len() - 1]);
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    let share = (late.1 - early.1) as f64 / (late.0 - early.0) as f64;
    share
}

/// One test, as tests at the same time would count each other's allocations.
#[test]
fn an_event_costs_at_most_a_tenth_of_an_allocation() {
    let cases = [
        ("raw", Kind::App, ""),
        ("grok", Kind::Access, "[[filter]]\ntype = \"grok\"\npattern = \"%{COMBINEDAPACHELOG}\"\n"),
        (
            "dissect",
            Kind::Access,
            "[[filter]]\ntype = \"dissect\"\n\
             pattern = '%{ip} %{} %{user} [%{time}] \"%{request}\" %{status} %{bytes} %{rest}'\n",
        ),
    ];
    let shares = cases.map(|(name, kind, filters)| (name, per_event(kind, filters)));
    for (name, share) in shares {
        eprintln!("{name}: {share:.4} allocations for each event");
    }
    let above: Vec<_> = shares.iter().filter(|(_, share)| *share > PER_EVENT_MAX).collect();
    assert!(above.is_empty(), "more than {PER_EVENT_MAX} allocations for each event: {above:?}");
}
