//! Takes batches from the inputs, runs the filters, encodes for every output.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, PoisonError};

use crossbeam_channel::Receiver;
use tracing::error;
use weir_component::condition::Condition;
use weir_component::{Chunk, Encode, Encoded, Loan, Selection, Stage};
use weir_event::Batch;

use crate::driver::Driver;

/// Where workers take batches from; each gets a ticket, and the outputs restore their order.
pub(crate) struct Inlet {
    state: Mutex<(Receiver<Loan>, u64)>,
}

impl Inlet {
    pub(crate) fn new(batches: Receiver<Loan>) -> Self {
        Self { state: Mutex::new((batches, 0)) }
    }

    /// The next batch and its ticket; nothing once all inputs have ended.
    ///
    /// The lock is held while waiting: whoever waits for it waits for the same batch.
    fn next(&self) -> Option<(u64, Loan)> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let loan = state.0.recv().ok()?;
        let ticket = state.1;
        state.1 += 1;
        Some((ticket, loan))
    }
}

/// An output as workers see it.
pub(crate) struct Outlet {
    pub(crate) when: Option<Condition>,
    pub(crate) driver: Arc<Driver>,
}

/// One worker; runs on a thread of its own.
pub(crate) struct Worker {
    pub(crate) inlet: Arc<Inlet>,
    pub(crate) stages: Arc<[Stage]>,
    pub(crate) outlets: Arc<[Outlet]>,
}

impl Worker {
    /// Works until all inputs have ended.
    pub(crate) fn run(self) {
        let mut encoders = self.encoders();
        loop {
            // Room first, then a ticket: who holds a ticket never waits, so nobody waits for it.
            self.outlets.iter().for_each(|outlet| outlet.driver.queue.wait_for_room());
            let Some((ticket, mut loan)) = self.inlet.next() else { return };
            let worked =
                catch_unwind(AssertUnwindSafe(|| self.work(&mut loan.batch, &mut encoders)));
            let encoded = worked.unwrap_or_else(|_| {
                // The batch's receipt was dropped on the way: its input reads it again.
                error!("encoding panicked, which is a bug; the lines are read again");
                encoders = self.encoders();
                Vec::new()
            });
            // Every ticket reaches every queue, or the ones behind it would wait forever.
            let mut encoded = encoded.into_iter();
            for outlet in &*self.outlets {
                outlet.driver.queue.push(ticket, encoded.next().unwrap_or_default());
                outlet.driver.show_buffer();
            }
            loan.give_back();
        }
    }

    fn encoders(&self) -> Vec<Box<dyn Encode>> {
        self.outlets.iter().map(|outlet| outlet.driver.output.encoder()).collect()
    }

    /// Filters a batch and encodes it; yields the chunks for each output.
    fn work(&self, batch: &mut Batch, encoders: &mut [Box<dyn Encode>]) -> Vec<Vec<Chunk>> {
        let receipt = batch.take_receipt();
        for stage in &*self.stages {
            stage.run(batch);
        }
        let mut picked = Vec::new();
        let mut all_kept = true;
        let mut for_outlets = Vec::with_capacity(encoders.len());
        for (outlet, encoder) in self.outlets.iter().zip(encoders) {
            let spares = outlet.driver.spares.clone();
            let mut encoded = Encoded { spares, ..Encoded::default() };
            encoder.encode(select(batch, outlet.when.as_ref(), &mut picked), &mut encoded);
            for chunk in &mut encoded.chunks {
                chunk.receipt = receipt.clone();
            }
            all_kept &= outlet.driver.bury_unencodable(&encoded.refused);
            for_outlets.push(encoded.chunks);
        }
        if all_kept {
            receipt.delivered();
        }
        for_outlets
    }
}

fn select<'a>(
    batch: &'a Batch,
    when: Option<&Condition>,
    picked: &'a mut Vec<usize>,
) -> Selection<'a> {
    let Some(when) = when else { return Selection::all(batch) };
    picked.clear();
    picked.extend((0..batch.len()).filter(|i| batch.is_live(*i) && when.holds(batch.event(*i))));
    Selection::of(batch, picked)
}
