//! Lets filters look, now and then, whether what they read from disk has changed.

use std::sync::Arc;
use std::time::Duration;

use tracing::warn;
use weir_component::{Quiet, Stage, Stop};
use weir_host::Host;

/// How often filters look.
const REFRESH_EVERY: Duration = Duration::from_secs(2);

/// Calls every filter's refresh until asked to stop.
pub(crate) async fn refresh(stages: Arc<[Stage]>, host: Host, stop: Stop) {
    let quiet = Arc::new(Quiet::default());
    loop {
        tokio::select! {
            () = stop.asked() => return,
            () = tokio::time::sleep(REFRESH_EVERY) => {}
        }
        let (stages, host, quiet) = (stages.clone(), host.clone(), quiet.clone());
        // Reading a database blocks; the filters themselves go on meanwhile.
        let looked = tokio::task::spawn_blocking(move || {
            for stage in &*stages {
                if let Err(cause) = stage.refresh(&host)
                    && let Some(swallowed) = quiet.due(&stage.name, host.clock.elapsed())
                {
                    warn!(filter = stage.name, cause, swallowed, "keeping what was read before");
                }
            }
        });
        if let Err(cause) = looked.await {
            warn!(%cause, "looking for changed files stopped because of a bug");
        }
    }
}
