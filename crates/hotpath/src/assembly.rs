//! A pipeline without the engine: every batch is filtered, encoded and delivered on the thread
//! that reads it.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result, anyhow, ensure};
use tokio::runtime::Handle;
use weir_component::metrics::Meters;
use weir_component::{
    AnyInput, AnyOutput, Chunk, Encode, Encoded, Intake, Loan, Pool, Selection, Sender, Stage,
    Stop, Turn,
};
use weir_config::{Document, SourceFile, Surroundings};
use weir_event::Batch;
use weir_host::{Clock, Host};
use weir_pipeline::Blueprint;

use crate::CATALOGUE;

/// The components of a pipeline file, built and opened.
pub struct Assembly {
    input: Box<dyn AnyInput>,
    meters: Meters,
    stages: Vec<Stage>,
    outputs: Vec<Box<dyn AnyOutput>>,
}

/// What went through.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Batches.
    pub batches: usize,
    /// Events that were read.
    pub events: usize,
    /// Events that were encoded, of all outputs.
    pub encoded: usize,
    /// Events that a filter could not work on.
    pub failed: u64,
}

impl Assembly {
    /// Builds a pipeline with one input.
    ///
    /// # Errors
    /// What the operator would read.
    pub fn read(pipeline: &str) -> Result<Self> {
        let meters = Meters::new();
        let source = SourceFile::new("hotpath.toml", pipeline);
        let document = Document::parse(source, Surroundings::none());
        let document = document.map_err(|mistakes| anyhow!("{mistakes}"))?;
        let blueprint = Blueprint::read("hotpath", &document, CATALOGUE, &meters);
        let mut blueprint = blueprint.map_err(|mistakes| anyhow!("{mistakes}"))?;
        let host = Host::real();
        for stage in &blueprint.stages {
            stage.open(&host).map_err(|cause| anyhow!(cause))?;
        }
        let input = blueprint.inputs.pop().context("a pipeline has an input")?.input;
        ensure!(blueprint.inputs.is_empty(), "more than one input takes more than one thread");
        let outputs = blueprint.outputs.into_iter().map(|plan| plan.output).collect();
        Ok(Self { input, meters, stages: blueprint.stages, outputs })
    }

    /// The filters alone.
    pub(crate) fn into_stages(self) -> Vec<Stage> {
        self.stages
    }

    /// The encoder of the first output alone.
    pub(crate) fn encoder(&self) -> Result<Box<dyn Encode>> {
        Ok(self.outputs.first().context("a pipeline has an output")?.encoder())
    }

    /// Reads what is there and lets it through, up to the compressed bodies or, if it `delivers`,
    /// to their destination. `after` hears of every batch.
    ///
    /// # Errors
    /// When the input fails, or an output refuses.
    pub fn run(
        self,
        state: &Path,
        delivers: bool,
        after: impl FnMut(&Totals) + Send + 'static,
    ) -> Result<Totals> {
        let Self { input, meters, stages, outputs } = self;
        let outputs = outputs
            .into_iter()
            .map(|output| Way { encoder: output.encoder(), encoded: Encoded::default(), output })
            .collect();
        let belt = Belt {
            stages,
            clock: Host::real().clock,
            outputs,
            delivers,
            totals: Totals::default(),
            refusal: None,
        };
        let belt = Arc::new(Mutex::new((belt, after)));
        let send = {
            let belt = belt.clone();
            move |mut loan: Loan| {
                let mut belt = belt.lock().unwrap_or_else(PoisonError::into_inner);
                let (belt, after) = &mut *belt;
                belt.take(&mut loan.batch);
                loan.give_back();
                after(&belt.totals);
            }
        };
        let (_switch, stop) = Stop::new();
        let intake = Intake {
            // One to be filled; it is back before the next is asked for.
            out: Sender::new(Pool::new(1), Arc::new(send)),
            stop,
            host: Host::real(),
            state: state.to_owned(),
            once: true,
            joiner: None,
            counters: meters.input("hotpath", "input"),
        };
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(input.run(intake))?;
        let mut belt = belt.lock().unwrap_or_else(PoisonError::into_inner);
        let belt = &mut belt.0;
        for way in &belt.outputs {
            runtime.block_on(way.output.close());
        }
        if let Some(refusal) = belt.refusal.take() {
            return Err(anyhow!("an output refused: {refusal}"));
        }
        Ok(belt.totals)
    }
}

/// What a batch passes.
struct Belt {
    stages: Vec<Stage>,
    clock: Arc<dyn Clock>,
    outputs: Vec<Way>,
    delivers: bool,
    totals: Totals,
    refusal: Option<String>,
}

/// The way to an output.
struct Way {
    encoder: Box<dyn Encode>,
    /// Empty between batches; what it keeps is used again.
    encoded: Encoded,
    output: Box<dyn AnyOutput>,
}

impl Belt {
    fn take(&mut self, batch: &mut Batch) {
        let receipt = batch.take_receipt();
        let turn = Turn { ticket: None, is_last: false, clock: &*self.clock };
        for stage in &self.stages {
            stage.run(batch, turn);
        }
        for Way { encoder, encoded, output } in &mut self.outputs {
            encoder.encode(Selection::all(batch), encoded);
            self.totals.encoded += encoded.chunks.iter().map(Chunk::items).sum::<usize>();
            if self.delivers
                && let Err(refusal) = Handle::current().block_on(output.send(&encoded.chunks))
            {
                self.refusal = Some(format!("{refusal:?}"));
            }
            encoded.chunks.drain(..).for_each(|chunk| chunk.receipt.delivered());
        }
        receipt.delivered();
        self.totals.batches += 1;
        self.totals.events += batch.len();
        self.totals.failed = self.stages.iter().map(|stage| stage.counters.failed.get()).sum();
    }
}
