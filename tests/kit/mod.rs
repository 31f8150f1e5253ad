//! What all trials use: a folder, the binary as a process, a server in this process.
//!
//! Nothing here knows what a trial is about.

mod dice;
mod folder;
mod lines;
mod pipelines;
mod weir;

use std::sync::LazyLock;
use std::time::Duration;

use anyhow::Result;
use libtest_mimic::Trial;
use weir_testkit::fake::FakeBulk;

pub(crate) use dice::Dice;
pub(crate) use folder::Folder;
pub(crate) use lines::{Numbered, Seen};
pub(crate) use pipelines::{file_input, file_output, search_output};
pub(crate) use weir::{Weir, weir};

/// How long anything may take that should be quick; long, because machines are busy.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

/// A trial that needs no server.
pub(crate) fn trial(name: &str, test: impl FnOnce() -> Result<()> + Send + 'static) -> Trial {
    Trial::test(name, move || test().map_err(|cause| format!("{cause:?}").into()))
}

/// A bulk server in this process that keeps documents.
pub(crate) fn fake_server() -> FakeBulk {
    RUNTIME.block_on(FakeBulk::start())
}

/// A bulk server in this process that ticks off the numbers behind a marker.
pub(crate) fn counting_server(marker: &str) -> FakeBulk {
    RUNTIME.block_on(FakeBulk::counting(Some(marker)))
}

/// Serves the fake servers.
static RUNTIME: LazyLock<tokio::runtime::Runtime> = LazyLock::new(|| {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_all().build().expect("the system gives threads")
});
