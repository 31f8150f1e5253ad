//! Takes batches from the inputs, runs the filters, encodes for every output.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use tracing::error;
use weir_component::condition::Condition;
use weir_component::{Chunk, Encode, Encoded, Selection, Stage, Turn};
use weir_event::Batch;

use crate::driver::Driver;
use crate::inlet::{Inlet, Task, Ticket};

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
        // For ticks, which bring no batch along.
        let mut own = Batch::new();
        loop {
            // Room first, then a ticket: who holds a ticket never waits, but for its turn at a fold
            // after those before it. So nobody waits for it in a circle.
            self.outlets.iter().for_each(|outlet| outlet.driver.queue.wait_for_room());
            let Some((ticket, task)) = self.inlet.next(&self.stages) else { return };
            match task {
                Task::Batch(mut loan) => {
                    self.carry(ticket, &mut loan.batch, &mut encoders);
                    loan.give_back();
                }
                Task::Tick => {
                    self.carry(ticket, &mut own, &mut encoders);
                    own.clear();
                }
            }
            self.inlet.nudge(&self.stages);
        }
    }

    /// Takes a batch through the stages and hands the queues what it became.
    fn carry(&self, ticket: Ticket, batch: &mut Batch, encoders: &mut Vec<Box<dyn Encode>>) {
        let mut passed = 0;
        let worked = catch_unwind(AssertUnwindSafe(|| {
            let turn = Turn {
                ticket: Some(ticket.number),
                is_last: ticket.is_last,
                clock: &*self.inlet.clock,
            };
            for stage in &*self.stages {
                stage.run(batch, turn);
                passed += 1;
            }
            self.encode(batch, encoders)
        }));
        let encoded = worked.unwrap_or_else(|_| {
            // The batch's receipt is dropped on the way: its input reads it again.
            error!("encoding panicked, which is a bug; the lines are read again");
            *encoders = self.encoders();
            Vec::new()
        });
        // Every ticket passes every fold and reaches every queue, or those behind it would wait
        // forever.
        self.stages[passed..].iter().for_each(|stage| stage.skip(ticket.number));
        let mut encoded = encoded.into_iter();
        for outlet in &*self.outlets {
            outlet.driver.queue.push(ticket.number, encoded.next().unwrap_or_default());
            outlet.driver.show_buffer();
        }
    }

    fn encoders(&self) -> Vec<Box<dyn Encode>> {
        self.outlets.iter().map(|outlet| outlet.driver.output.encoder()).collect()
    }

    /// Encodes a batch; yields the chunks for each output.
    fn encode(&self, batch: &mut Batch, encoders: &mut [Box<dyn Encode>]) -> Vec<Vec<Chunk>> {
        let receipt = batch.take_receipt();
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
