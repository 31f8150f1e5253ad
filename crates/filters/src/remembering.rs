//! What tests of filters that remember share: batches from one source, at any time.

use std::sync::Arc;
use std::time::Duration;

use weir_component::spec::FoldConfig;
use weir_component::{Fold, Keep, Moment};
use weir_event::{Batch, Key, Origin, OriginRef, Receipt, Timestamp, Value};

/// A filter and the source of its events.
pub(crate) struct Rig<F> {
    pub(crate) fold: F,
    origin: OriginRef,
    /// Of the next event.
    pub(crate) position: u64,
    pub(crate) elapsed: Duration,
    /// Answers for the next batch.
    pub(crate) receipt: Option<Receipt>,
}

impl<F: Fold> Rig<F> {
    pub(crate) fn new<C: FoldConfig<Fold = F>>(settings: &str) -> Self {
        let settings: C = toml::from_str(settings).expect("settings of a test are right");
        Self::of(settings.build().expect("settings of a test go together"))
    }

    pub(crate) fn of(fold: F) -> Self {
        let origin = Arc::new(Origin::new(7));
        Self { fold, origin, position: 0, elapsed: Duration::ZERO, receipt: None }
    }

    /// Lets a batch with these messages through.
    pub(crate) fn pass(&mut self, messages: &[&str]) -> Batch {
        self.pass_with(messages, false, |_, _| {})
    }

    /// The same; `set` adds to each event, and it may be the last batch.
    pub(crate) fn pass_with(
        &mut self,
        messages: &[&str],
        is_last: bool,
        set: impl Fn(&mut Batch, usize),
    ) -> Batch {
        let mut batch = Batch::new();
        if let Some(receipt) = self.receipt.take() {
            batch.set_receipt(receipt);
        }
        let origin = batch.add_origin(&self.origin);
        let wall = Timestamp::from_nanos(i128::try_from(self.elapsed.as_nanos()).unwrap_or(0));
        for text in messages {
            let message = (Key::MESSAGE, text.as_bytes());
            batch.push_text(origin, self.position, wall, message);
            self.position += 1;
            let at = batch.len() - 1;
            set(&mut batch, at);
        }
        let moment = Moment { elapsed: self.elapsed, wall, is_last, stage: 0 };
        for at in 0..messages.len() {
            let keep = self.fold.take(&mut batch, at, &moment).expect("no event of a test fails");
            if keep == Keep::No {
                batch.event_mut(at).discard();
            }
        }
        self.fold.pause(&mut batch, &moment);
        batch.arrange();
        batch
    }

    /// The messages that pass.
    pub(crate) fn texts(&mut self, messages: &[&str]) -> Vec<String> {
        let batch = self.pass(messages);
        let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        batch.iter().map(|event| text(event.bytes(Key::MESSAGE).unwrap_or_default())).collect()
    }

    /// What a field holds in each event that passed.
    pub(crate) fn field(batch: &Batch, name: &str) -> Vec<Option<Value>> {
        batch.iter().map(|event| event.get(Key::named(name)).cloned()).collect()
    }
}
