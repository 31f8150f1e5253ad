//! Real log writers and a real OpenSearch, with weir between them.

mod access_logs;
mod firewall;
mod hardship;
mod killing;
mod places;
mod refusal;
mod trust;

use std::path::Path;

use anyhow::{Result, ensure};
use libtest_mimic::Trial;
use serde_json::Value;
use weir_testkit::live::Need::{Apache, ModSecurity, Nginx, OpenSearch};
use weir_testkit::live::{self, Need, SearchServer};

use crate::kit::Seen;

pub(crate) fn trials() -> Vec<Trial> {
    let live = |name: &str, needs: &[Need], test: fn() -> Result<()>| {
        live::trial(&format!("live::{name}"), needs, test)
    };
    let with_nginx = [OpenSearch, Nginx];
    vec![
        live("killed_fifty_times", &[OpenSearch], killing::killed_fifty_times),
        live("opensearch_stopped_and_answering_429", &[OpenSearch], hardship::stopped_and_busy),
        live("nginx_under_load_with_rotation", &with_nginx, access_logs::nginx_rotates),
        live("apache_writes_and_weir_ships", &[OpenSearch, Apache], access_logs::apache_writes),
        live("firewall", &[OpenSearch, ModSecurity], firewall::mod_security_stops_requests),
        live("one_refused_document", &[OpenSearch], refusal::one_refused_document),
        live("a_data_stream_and_dated_indices", &[OpenSearch], places::stream_and_dates),
        live("tls_with_basic_auth_and_api_key", &with_nginx, trust::ways_to_prove_oneself),
        live("a_strange_authority_is_refused", &with_nginx, trust::strange_authority),
        live("a_wrong_password_is_said_and_mended_by_reload", &with_nginx, trust::wrong_password),
    ]
}

/// A filter that finds the country of an address in MaxMind's test database.
fn geoip(field: &str) -> Result<String> {
    let database = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../shared/data/maxmind/test-data/GeoIP2-City-Test.mmdb");
    ensure!(database.exists(), "`{}` is not there", database.display());
    let database = database.display();
    Ok(format!("[[filter]]\ntype = \"geoip\"\nfield = \"{field}\"\ndatabase = \"{database}\"\n"))
}

/// The documents of an index.
fn documents(server: &SearchServer, index: &str) -> Result<Vec<Value>> {
    let mut hits = server.search_all(index, None)?;
    Ok(hits.iter_mut().map(|hit| hit["_source"].take()).collect())
}

/// Holds when the index has exactly the numbered lines below `count`, each once.
fn has_each_line_once(server: &SearchServer, index: &str, count: usize) -> Result<()> {
    let documents = documents(server, index)?;
    Seen::of(documents.iter().map(|it| it["message"].as_str().unwrap_or_default()))?
        .once_each(count)?;
    ensure!(documents.len() == count, "{} documents, not {count}", documents.len());
    Ok(())
}
