//! Hints that something changed, from the system's file notifications.
//!
//! Only hints: they overflow, do not exist on network file systems and may be refused; then the
//! scan finds everything a little later.

use std::collections::HashSet;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::Notify;
use tracing::debug;
use weir_component::Stop;

use super::walk::PathPattern;

/// More paths than this are not told apart: a scan is cheaper.
const WRITTEN_MAX: usize = 4096;

/// How long hints are gathered before they are looked at.
const GATHERING: Duration = Duration::from_millis(10);

/// What changed since the last look.
#[derive(Debug, Default)]
pub(super) struct Hints {
    /// Files that were written to.
    pub(super) written: HashSet<PathBuf>,
    /// Names came, went or changed.
    pub(super) structure: bool,
}

#[derive(Default)]
struct Shared {
    hints: Mutex<Hints>,
    arrived: Notify,
}

impl Shared {
    fn add(&self, change: impl FnOnce(&mut Hints)) {
        let mut hints = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        change(&mut hints);
        drop(hints);
        self.arrived.notify_one();
    }
}

/// The notifications of one input.
pub(super) struct Watch {
    shared: Arc<Shared>,
    /// Holds the subscription; nothing where the system has none to give.
    _watcher: Option<RecommendedWatcher>,
}

impl Watch {
    /// Without notifications.
    pub(super) fn none() -> Self {
        Self { shared: Arc::default(), _watcher: None }
    }

    /// Subscribes to the folders of the patterns.
    pub(super) fn start(patterns: &[PathPattern]) -> Self {
        let shared = Arc::new(Shared::default());
        let heard = shared.clone();
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            heard.add(|hints| note(hints, event));
        });
        let mut watcher = match watcher {
            Ok(watcher) => watcher,
            Err(cause) => {
                debug!(%cause, "no file notifications here; scanning alone finds changes");
                return Self { shared, _watcher: None };
            }
        };
        let mut folders = HashSet::new();
        for pattern in patterns {
            let base = pattern.base();
            let base = if base.as_os_str().is_empty() { PathBuf::from(".") } else { base };
            if folders.insert(base.clone()) {
                let mode = if pattern.descends() {
                    RecursiveMode::Recursive
                } else {
                    RecursiveMode::NonRecursive
                };
                if let Err(cause) = watcher.watch(&base, mode) {
                    debug!(folder = %base.display(), %cause, "no notifications for a folder");
                }
            }
        }
        Self { shared, _watcher: Some(watcher) }
    }

    /// Waits for hints, for a stop, or for `wait_max`.
    pub(super) async fn wait(&self, wait_max: Duration, stop: &Stop) -> Hints {
        tokio::select! {
            // Hints come in crowds, and each look costs the same for one as for many.
            () = self.shared.arrived.notified() => tokio::time::sleep(GATHERING).await,
            () = stop.asked() => {}
            () = tokio::time::sleep(wait_max) => {}
        }
        let mut hints = self.shared.hints.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut *hints)
    }
}

fn note(hints: &mut Hints, event: notify::Result<notify::Event>) {
    match event {
        Ok(event) => match event.kind {
            EventKind::Modify(ModifyKind::Data(_)) if hints.written.len() < WRITTEN_MAX => {
                hints.written.extend(event.paths);
            }
            EventKind::Access(_) | EventKind::Modify(ModifyKind::Metadata(_)) => {}
            _ => hints.structure = true,
        },
        // An overflow or a lost subscription: look at everything.
        Err(_) => hints.structure = true,
    }
}
