//! `weir run`: pipelines, until they end or somebody stops them.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::watch;
use tracing::{error, info, warn};
use weir_component::Stop;
use weir_component::metrics::Meters;
use weir_config::{Paint, Period};
use weir_host::{DirLock, Host};
use weir_pipeline::{Blueprint, Ended, Place, Run, Status, web};

use super::{Exit, log, report};
use crate::files;

/// What `weir run` takes.
#[derive(Debug, clap::Args)]
pub(super) struct Options {
    /// Pipeline files, or folders that hold some
    #[arg(required = true)]
    paths: Vec<PathBuf>,
    /// Read what is there, deliver it, exit
    #[arg(long)]
    once: bool,
    /// Where positions and dead letters are kept [default: `.weir` beside the first pipeline;
    /// under systemd its state directory]
    #[arg(long, value_name = "DIR")]
    state_dir: Option<PathBuf>,
    /// Address of /metrics, /health and /ready; `off` for none [default: 127.0.0.1:9677, and `off`
    /// with --once]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// How long to go on delivering after being asked to stop
    #[arg(long, value_name = "TIME", default_value = "20s")]
    drain: Period,
}

const LISTEN_DEFAULT: &str = "127.0.0.1:9677";

/// How often progress is shown.
const PROGRESS_EVERY: Duration = Duration::from_millis(500);

/// Runs pipelines until all have ended or a signal asks to stop.
pub(super) fn run(options: &Options) -> Exit {
    log::start();
    weir_host::raise_open_files_max();
    let listen = options.listen.as_deref();
    let listen = listen.unwrap_or(if options.once { "off" } else { LISTEN_DEFAULT });
    let listen: Option<SocketAddr> = match (listen, listen.parse()) {
        ("off", _) => None,
        (_, Ok(address)) => Some(address),
        (_, Err(_)) => {
            eprintln!(
                "error: `{listen}` is not an address; write it like `{LISTEN_DEFAULT}`, or `off`"
            );
            return Exit::Misconfigured;
        }
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build();
    match runtime {
        Ok(runtime) => {
            let exit = runtime.block_on(supervise(options, listen));
            // A blocked read of the standard input must not keep the process.
            runtime.shutdown_background();
            exit
        }
        Err(cause) => {
            eprintln!("error: the system gives no threads: {cause}");
            Exit::Failed
        }
    }
}

/// What makes a set of pipelines end.
enum Turn {
    /// They ended by themselves, or were asked to stop.
    Over(Vec<Ended>),
    /// A new configuration takes their place.
    Reload(Vec<Blueprint>),
}

/// Runs one set of pipelines after another: each reload begins a new one.
async fn supervise(options: &Options, listen: Option<SocketAddr>) -> Exit {
    let meters = Meters::new();
    meters.set_version(env!("CARGO_PKG_VERSION"));
    let found = match files::find(&options.paths) {
        Ok(found) => found,
        Err(mistakes) => return report(&mistakes),
    };
    let mut plans = match files::read_every(&found, &meters) {
        Ok(plans) => plans,
        Err(mistakes) => return report(&mistakes),
    };
    let state = state_dir(options);
    let _lock = match DirLock::take(&state) {
        Ok(lock) => lock,
        Err(cause) => {
            eprintln!("error: {cause}");
            eprintln!("help: stop it, or give this one another directory with `--state-dir`");
            return Exit::Misconfigured;
        }
    };
    let place = Place { host: Host::real(), state, meters, once: options.once };
    let mut asked = Asked::listen();
    let mut pages = Pages::new(listen);
    loop {
        let mut runs = Vec::new();
        for plan in plans {
            match Run::start(plan, &place) {
                Ok(run) => runs.push(run),
                Err(cause) => {
                    error!("{cause}");
                    return Exit::Failed;
                }
            }
        }
        let statuses: Vec<Status> = runs.iter().map(Run::status).collect();
        pages.show(&place.meters, statuses.clone()).await;
        let progress = options.once && std::io::stderr().is_terminal();
        let showing = progress.then(|| tokio::spawn(show_progress(statuses.clone())));
        let turn = take_turn(runs, &mut asked, options, &place).await;
        if let Some(showing) = showing {
            showing.abort();
            eprintln!();
        }
        match turn {
            Turn::Over(ended) => return conclude(&ended, &statuses),
            Turn::Reload(next) => plans = next,
        }
    }
}

/// Waits for the end of a set of pipelines, or for a reload that is right.
async fn take_turn(runs: Vec<Run>, asked: &mut Asked, options: &Options, place: &Place) -> Turn {
    let (switch, stop) = Stop::new();
    let drain = options.drain.as_duration();
    let mut waiting = tokio::task::JoinSet::new();
    for run in runs {
        waiting.spawn(run.wait(stop.clone(), drain));
    }
    let Asked { stop: asked_to_stop, reload } = asked;
    let mut next = None;
    let mut ended = Vec::new();
    loop {
        tokio::select! {
            run = waiting.join_next() => match run {
                Some(Ok(end)) => ended.push(end),
                Some(Err(cause)) => {
                    let failures = vec![format!("a pipeline ended because of a bug: {cause}")];
                    ended.push(Ended { undelivered: 0, failures });
                }
                None => match next {
                    Some(plans) => return Turn::Reload(plans),
                    None => return Turn::Over(ended),
                },
            },
            () = asked_to_stop.asked(), if !*switch.borrow() => {
                info!(drain = ?drain, "stopping; a second signal ends it at once");
                switch.send_replace(true);
            }
            changed = reload.changed(), if next.is_none() && is_open(reload) => {
                if changed.is_ok() {
                    next = reloaded(options, place);
                    if next.is_some() {
                        switch.send_replace(true);
                    }
                }
            }
        }
    }
}

fn is_open(reload: &watch::Receiver<u32>) -> bool {
    reload.has_changed().is_ok()
}

/// The new configuration if it is right; a wrong one changes nothing.
fn reloaded(options: &Options, place: &Place) -> Option<Vec<Blueprint>> {
    let found = files::find(&options.paths);
    match found.and_then(|found| files::read_every(&found, &place.meters)) {
        Ok(plans) => {
            // What the filters need must be there before the old pipelines are given up.
            let mut stages = plans.iter().flat_map(|plan| &plan.stages);
            if let Err(cause) = stages.try_for_each(|stage| stage.open(&place.host)) {
                error!(cause, "the new configuration cannot start; the old one stays in use");
                return None;
            }
            info!("the configuration is read again");
            Some(plans)
        }
        Err(mistakes) => {
            eprintln!("{}", mistakes.render(Paint::Plain));
            error!("the new configuration is wrong; the old one stays in use");
            None
        }
    }
}

/// What signals ask for.
struct Asked {
    stop: Stop,
    reload: watch::Receiver<u32>,
}

impl Asked {
    /// SIGTERM and SIGINT stop, a second one ends the process at once; SIGHUP reloads.
    fn listen() -> Self {
        let (stop_switch, stop) = Stop::new();
        let (reload_switch, reload) = watch::channel(0);
        tokio::spawn(async move {
            let signals = [SignalKind::terminate(), SignalKind::interrupt(), SignalKind::hangup()];
            let [Ok(mut terminate), Ok(mut interrupt), Ok(mut hangup)] = signals.map(signal) else {
                warn!("signals cannot be heard here; only SIGKILL stops this process");
                // The switches must stay: dropping them would stop everything.
                return std::future::pending().await;
            };
            loop {
                tokio::select! {
                    _ = terminate.recv() => {}
                    _ = interrupt.recv() => {}
                    _ = hangup.recv() => {
                        reload_switch.send_modify(|count| *count += 1);
                        continue;
                    }
                }
                if stop_switch.send_replace(true) {
                    warn!("stopping at once; undelivered events are read again at the next start");
                    exit_now();
                }
            }
        });
        Self { stop, reload }
    }
}

#[expect(clippy::exit, reason = "a second signal asks for exactly that")]
fn exit_now() {
    std::process::exit(3)
}

/// The metrics pages, which outlive reloads.
struct Pages {
    listen: Option<SocketAddr>,
    serving: Option<(watch::Sender<bool>, tokio::task::JoinHandle<()>)>,
}

impl Pages {
    fn new(listen: Option<SocketAddr>) -> Self {
        Self { listen, serving: None }
    }

    /// Shows these pipelines instead of the last.
    async fn show(&mut self, meters: &Meters, pipelines: Vec<Status>) {
        let Some(address) = self.listen else { return };
        if let Some((_, serving)) = self.serving.take() {
            // Not gracefully: a visitor who says nothing must not hold up a reload.
            serving.abort();
            serving.await.ok();
        }
        match web::bind(address).await {
            Ok(listener) => {
                let (switch, stop) = Stop::new();
                let serving = web::serve(listener, meters.clone(), pipelines, stop);
                self.serving = Some((switch, tokio::spawn(serving)));
                info!("metrics at http://{address}/metrics");
            }
            Err(cause) => {
                warn!(%address, %cause, "no metrics page; choose another address with `--listen`");
            }
        }
    }
}

async fn show_progress(pipelines: Vec<Status>) {
    loop {
        tokio::time::sleep(PROGRESS_EVERY).await;
        let totals: Vec<String> = pipelines.iter().map(Status::progress).collect();
        eprint!("\r\x1b[K{}", totals.join("; "));
    }
}

fn conclude(ended: &[Ended], pipelines: &[Status]) -> Exit {
    for pipeline in pipelines {
        info!("{}", pipeline.progress());
    }
    let undelivered: usize = ended.iter().map(|end| end.undelivered).sum();
    if undelivered > 0 {
        warn!(
            events = undelivered,
            "stopped with undelivered events; files are read again from there"
        );
        return Exit::Undelivered;
    }
    if ended.iter().any(|end| !end.failures.is_empty()) { Exit::Failed } else { Exit::Fine }
}

/// Where state is kept.
fn state_dir(options: &Options) -> PathBuf {
    if let Some(given) = &options.state_dir {
        return given.clone();
    }
    if let Some(systemd) = std::env::var_os("STATE_DIRECTORY").filter(|it| !it.is_empty()) {
        // Several directories are separated by colons; the first one is ours.
        let first = systemd.to_string_lossy().split(':').next().unwrap_or_default().to_owned();
        return PathBuf::from(first);
    }
    let first = &options.paths[0];
    let beside =
        if first.is_dir() { first.as_path() } else { first.parent().unwrap_or(Path::new("")) };
    beside.join(".weir")
}
