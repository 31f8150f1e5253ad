//! `cargo xtask live`: fetches the servers of the live tests, so that tests do not wait for them.

use anyhow::{Result, ensure};
use weir_testkit::live::{Need, cache_dir};

use crate::stopwatch::Stopwatch;

const EVERY: [Need; 7] = [
    Need::OpenSearch,
    Need::Elasticsearch8,
    Need::Nginx,
    Need::Apache,
    Need::ModSecurity,
    Need::Rsyslog,
    Need::SyslogNg,
];

/// Fetches all that can be had, and says what cannot.
pub(crate) fn fetch() -> Result<()> {
    let mut missing = 0;
    for need in EVERY {
        let watch = Stopwatch::start();
        match need.fetch() {
            Ok(()) => println!("{need:?}: here ({:.1?})", watch.elapsed()),
            Err(cause) => {
                println!("{need:?}: MISSING: {cause:#}");
                missing += 1;
            }
        }
    }
    println!("the cache is {}", cache_dir()?.display());
    ensure!(missing == 0, "{missing} servers are missing");
    Ok(())
}
