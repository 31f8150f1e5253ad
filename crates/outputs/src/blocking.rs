//! Short blocking work inside an asynchronous output.

use tokio::runtime::{Handle, RuntimeFlavor};

/// Runs work that may wait for a disk or a terminal.
///
/// On a runtime with several threads the others take over what this thread would have done
/// meanwhile. Unlike `spawn_blocking` the work may borrow, so no bytes are copied for it, and it
/// cannot be given up half way. A runtime with one thread, as in tests, simply waits.
pub(crate) fn run<T>(work: impl FnOnce() -> T) -> T {
    match Handle::try_current().map(|handle| handle.runtime_flavor()) {
        Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(work),
        _ => work(),
    }
}
