//! One search server for all tests of a process that only need some index of their own.

use std::sync::OnceLock;

use anyhow::{Result, anyhow};

use super::search_server::{SearchServer, SearchServerOptions};

/// An OpenSearch that all tests of this process share; started by the first who asks.
///
/// Use index names of your own, and start another server for a test that stops it or changes its
/// cluster settings. It ends with this process.
///
/// # Errors
/// As [`SearchServer::start`]; the same error for everyone.
pub fn shared_opensearch() -> Result<&'static SearchServer> {
    static SHARED: OnceLock<Result<SearchServer, String>> = OnceLock::new();
    let start = || SearchServer::start(&SearchServerOptions::default());
    SHARED
        .get_or_init(|| start().map_err(|error| format!("{error:#}")))
        .as_ref()
        .map_err(|error| anyhow!("the shared OpenSearch does not run: {error}"))
}
