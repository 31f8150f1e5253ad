//! What the program says about itself, on the standard error.

use std::io::IsTerminal as _;

use tracing_subscriber::EnvFilter;

/// Starts logging as `WEIR_LOG` asks; `info` when it does not.
pub(super) fn start() {
    let wanted = std::env::var("WEIR_LOG").unwrap_or_default();
    let wanted = if wanted.trim().is_empty() { "info".to_owned() } else { wanted };
    let (filter, wrong) = match EnvFilter::try_new(&wanted) {
        Ok(filter) => (filter, None),
        Err(wrong) => (EnvFilter::new("info"), Some(wrong)),
    };
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .finish();
    // It can only be set already when the program is used as a library, and then that one counts.
    tracing::subscriber::set_global_default(subscriber).ok();
    if let Some(wrong) = wrong {
        tracing::warn!(%wrong, "WEIR_LOG is not understood; logging at `info`");
    }
}
