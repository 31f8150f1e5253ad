//! A running pipeline: starting it, stopping it, and saying what is left.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tracing::{error, info};
use weir_component::metrics::{InputCounters, Meters};
use weir_component::{InputError, Intake, Joiner, Pool, Quiet, Sender, Spares, Stage, Stop};
use weir_host::Host;

use crate::blueprint::{Blueprint, InputPlan};
use crate::dead_letters::DeadLetters;
use crate::driver::Driver;
use crate::inlet::Inlet;
use crate::worker::{Outlet, Worker};

/// Batches beyond those the workers hold: one being filled, one waiting.
const BATCHES_EXTRA: usize = 2;

/// How long components may take to end once everything undelivered was given up.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// Where a pipeline runs.
#[derive(Clone)]
pub struct Place {
    /// The machine.
    pub host: Host,
    /// The state directory; the pipeline has a folder of its own in it.
    pub state: PathBuf,
    /// Where it counts.
    pub meters: Meters,
    /// Whether inputs end at the end of what is there.
    pub once: bool,
}

/// Why a pipeline did not start: a sentence for the operator.
#[derive(Debug, thiserror::Error)]
#[error("pipeline `{pipeline}`: {cause}")]
pub struct StartError {
    pipeline: String,
    cause: String,
}

/// How a pipeline ended.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Events that were read and not delivered; they are read again at the next start, where the
    /// input can.
    pub undelivered: usize,
    /// What went wrong, a sentence each.
    pub failures: Vec<String>,
}

/// A running pipeline.
pub struct Run {
    name: String,
    stop_switch: watch::Sender<bool>,
    abandon_switch: watch::Sender<bool>,
    inputs: JoinSet<(String, Result<(), InputError>)>,
    workers: Vec<JoinHandle<()>>,
    drivers: Vec<Arc<Driver>>,
    driving: JoinSet<()>,
    refreshing: tokio::task::JoinHandle<()>,
    counting: Vec<InputCounters>,
}

impl Run {
    /// Opens what the filters need and starts every component.
    pub fn start(blueprint: Blueprint, place: &Place) -> Result<Self, StartError> {
        let Blueprint { name, workers, inputs, mut stages, outputs, .. } = blueprint;
        for stage in &stages {
            let opened = stage.open(&place.host);
            opened.map_err(|cause| StartError { pipeline: name.clone(), cause })?;
        }
        let state = place.state.join(&name);
        let (stop_switch, stop) = Stop::new();
        let (abandon_switch, abandon) = Stop::new();
        let mut outlets = Vec::new();
        for plan in outputs {
            let dead_letter = plan.dead_letter.map_or_else(
                || state.join("dead-letter").join(format!("{}.ndjson", plan.name)),
                PathBuf::from,
            );
            let driver = Driver {
                queue: weir_buffer::Queue::new(plan.delivery.buffer_bytes_max),
                spares: Spares::default(),
                dead_letters: DeadLetters::new(place.host.clone(), &plan.name, dead_letter),
                counters: place.meters.output(&name, &plan.name),
                host: place.host.clone(),
                quiet: Quiet::default(),
                abandon: abandon.clone(),
                undelivered: 0.into(),
                name: plan.name,
                output: plan.output,
                delivery: plan.delivery,
            };
            outlets.push(Outlet { when: plan.when, driver: Arc::new(driver) });
        }
        let worker_count = workers.map_or_else(processors, usize::from).max(1);
        let joiner = let_inputs_join(&inputs, &mut stages);
        let stages: Arc<[Stage]> = stages.into();
        let drivers: Vec<Arc<Driver>> =
            outlets.iter().map(|outlet| outlet.driver.clone()).collect();
        let (sender, workers) =
            start_workers(&name, worker_count, &stages, &outlets.into(), &place.host);
        let mut driving = JoinSet::new();
        for driver in &drivers {
            driving.spawn(driver.clone().run());
        }
        let mut input_tasks = JoinSet::new();
        let mut counting = Vec::new();
        for plan in inputs {
            let counters = place.meters.input(&name, &plan.name);
            counting.push(counters.clone());
            let intake = Intake {
                out: sender.clone(),
                stop: stop.clone(),
                host: place.host.clone(),
                state: state.join(&plan.name),
                once: place.once,
                joiner: joiner.clone().filter(|_| plan.input.joins()),
                counters,
            };
            let running = plan.input.run(intake);
            input_tasks.spawn(async move { (plan.name, running.await) });
        }
        let refreshing = tokio::spawn(crate::watch::refresh(stages, place.host.clone(), stop));
        info!(pipeline = name, workers = worker_count, "started");
        let inputs = input_tasks;
        Ok(Self {
            name,
            stop_switch,
            abandon_switch,
            inputs,
            workers,
            drivers,
            driving,
            refreshing,
            counting,
        })
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// A handle for asking about it while somebody waits for its end.
    #[must_use]
    pub fn status(&self) -> Status {
        let (name, drivers) = (self.name.clone(), self.drivers.clone());
        Status { name, drivers, inputs: self.counting.clone() }
    }

    /// Runs until every input has ended and everything is delivered. Once `stop` is asked for,
    /// inputs stop reading, and after `drain` what is undelivered is given up.
    pub async fn wait(self, stop: Stop, drain: Duration) -> Ended {
        let Self {
            name,
            stop_switch,
            abandon_switch,
            inputs,
            workers,
            drivers,
            driving,
            refreshing,
            ..
        } = self;
        let finishing = finish(name, inputs, workers, drivers.clone(), driving);
        tokio::pin!(finishing);
        let deadline = async {
            stop.asked().await;
            stop_switch.send_replace(true);
            tokio::time::sleep(drain).await;
        };
        let in_time = tokio::select! {
            biased;
            failures = &mut finishing => Some(failures),
            () = deadline => None,
        };
        let failures = match in_time {
            Some(failures) => failures,
            None => {
                abandon_switch.send_replace(true);
                for driver in &drivers {
                    driver.queue.abandon();
                }
                // What hangs even now is left to the end of the process.
                tokio::time::timeout(LAST_WAIT, finishing).await.unwrap_or_default()
            }
        };
        refreshing.abort();
        let undelivered = drivers.iter().map(|driver| driver.lost()).max().unwrap_or(0);
        Ended { undelivered, failures }
    }
}

/// Waits for the workers, then the outputs, then the inputs, which hear of the last deliveries.
/// Returns what went wrong.
async fn finish(
    name: String,
    mut inputs: JoinSet<(String, Result<(), InputError>)>,
    workers: Vec<JoinHandle<()>>,
    drivers: Vec<Arc<Driver>>,
    mut driving: JoinSet<()>,
) -> Vec<String> {
    let mut failures = Vec::new();
    let working = tokio::task::spawn_blocking(move || {
        // A worker's panic was caught and reported by the worker itself.
        for worker in workers {
            drop(worker.join());
        }
        for driver in &drivers {
            driver.queue.close();
        }
    });
    if let Err(cause) = working.await {
        failures.push(format!("waiting for the workers ended because of a bug: {cause}"));
    }
    while driving.join_next().await.is_some() {}
    while let Some(ended) = inputs.join_next().await {
        match ended {
            Ok((_, Ok(()))) => {}
            Ok((input, Err(cause))) => failures.push(format!("input `{input}`: {cause}")),
            Err(cause) => failures.push(format!("an input ended because of a bug: {cause}")),
        }
    }
    for failure in &failures {
        error!(pipeline = name, "{failure}");
    }
    failures
}

/// What can be asked about a running pipeline.
#[derive(Clone)]
pub struct Status {
    name: String,
    drivers: Vec<Arc<Driver>>,
    inputs: Vec<InputCounters>,
}

impl Status {
    /// Whether every output took its last request.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.drivers.iter().all(|driver| driver.counters.healthy.get() == 1)
    }

    /// How far it has come, in one line for people.
    #[must_use]
    pub fn progress(&self) -> String {
        let read: u64 = self.inputs.iter().map(|input| input.events.get()).sum();
        let bytes: u64 = self.inputs.iter().map(|input| input.bytes.get()).sum();
        let mut line = format!("{}: read {read} events ({bytes} bytes)", self.name);
        for driver in &self.drivers {
            let counters = &driver.counters;
            let dead = match counters.dead.get() {
                0 => String::new(),
                dead => format!(", {dead} dead-lettered"),
            };
            line += &format!(", {}: {} delivered{dead}", driver.name, counters.events.get());
        }
        line
    }

    /// The state of its outputs, for people and probes.
    #[must_use]
    pub fn describe(&self) -> Value {
        let outputs: Vec<Value> = self
            .drivers
            .iter()
            .map(|driver| {
                json!({
                    "name": driver.name,
                    "delivering": driver.counters.healthy.get() == 1,
                    "buffer_bytes": driver.queue.held(),
                    "delivered_events": driver.counters.events.get(),
                    "dead_lettered_events": driver.counters.dead.get(),
                })
            })
            .collect();
        json!({ "pipeline": self.name, "outputs": outputs })
    }
}

fn processors() -> usize {
    std::thread::available_parallelism().map_or(1, std::num::NonZero::get)
}

/// What the first filter offers to inputs that put lines together themselves. If that is all of
/// them, the filter has nothing left to do.
fn let_inputs_join(inputs: &[InputPlan], stages: &mut Vec<Stage>) -> Option<Arc<dyn Joiner>> {
    let joiner = stages.first().and_then(Stage::joiner)?;
    if inputs.iter().all(|plan| plan.input.joins()) {
        stages.remove(0);
    } else {
        stages[0].leave_joined();
    }
    Some(joiner)
}

/// Starts the workers and returns where inputs hand their batches to.
fn start_workers(
    pipeline: &str,
    count: usize,
    stages: &Arc<[Stage]>,
    outlets: &Arc<[Outlet]>,
    host: &Host,
) -> (Sender, Vec<JoinHandle<()>>) {
    let batches = count + BATCHES_EXTRA;
    let (batch_sender, batch_receiver) = crossbeam_channel::bounded(batches);
    let inlet = Arc::new(Inlet::new(batch_receiver, stages, host.clock.clone()));
    let workers = (0..count)
        .map(|i| {
            let worker =
                Worker { inlet: inlet.clone(), stages: stages.clone(), outlets: outlets.clone() };
            std::thread::Builder::new()
                .name(format!("{pipeline}-{i}"))
                .spawn(move || worker.run())
                .expect("a thread can be started while the program starts")
        })
        .collect();
    let send = move |loan| {
        // Whoever holds a loan has room; it fails only once all workers are gone, and then dropping
        // the batch tells its input.
        drop(batch_sender.try_send(loan));
    };
    (Sender::new(Pool::new(batches), Arc::new(send)), workers)
}
