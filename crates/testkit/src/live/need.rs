//! Whether the servers of a live test can run here, and what a test does when they cannot.
//!
//! On a developer's machine such a test is reported as ignored, with the reason; when `CI` is
//! `true` it fails with that reason, so that a missing server cannot pass for a good result.

use std::env;

use anyhow::{Context, Result, ensure};
use libtest_mimic::{Completion, Failed, Trial};

use super::distribution::{Distribution, ELASTICSEARCH_8, OPENSEARCH};
use super::mod_security;
use super::packages::{can_install, ensure_installed, is_installed};
use super::syslog_ng;

/// A server that a live test starts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Need {
    /// OpenSearch 3.
    OpenSearch,
    /// Elasticsearch 8.
    Elasticsearch8,
    /// nginx, as a log writer or as a TLS front.
    Nginx,
    /// Apache.
    Apache,
    /// Apache with `ModSecurity` and the Core Rule Set.
    ModSecurity,
    /// rsyslog.
    Rsyslog,
    /// syslog-ng.
    SyslogNg,
}

impl Need {
    /// Whether it is here or can be fetched; nothing is fetched or started by asking.
    ///
    /// # Errors
    /// The reason in an operator's words.
    pub fn available(self) -> Result<(), String> {
        let outcome = match self {
            Self::OpenSearch => can_run(&OPENSEARCH),
            Self::Elasticsearch8 => can_run(&ELASTICSEARCH_8),
            Self::Nginx => has_or_installs("nginx"),
            Self::Apache => has_or_installs("apache2"),
            Self::ModSecurity => mod_security::PACKAGES.into_iter().try_for_each(has_or_installs),
            Self::Rsyslog => has_or_installs("rsyslog"),
            Self::SyslogNg => syslog_ng::can_fetch(),
        };
        outcome.map_err(|error| format!("{error:#}"))
    }

    /// Fetches or installs it, unless it is here.
    ///
    /// # Errors
    /// When that is not possible on this machine.
    pub fn fetch(self) -> Result<()> {
        match self {
            Self::OpenSearch => fetch_to_run(&OPENSEARCH),
            Self::Elasticsearch8 => fetch_to_run(&ELASTICSEARCH_8),
            Self::Nginx => ensure_installed(&["nginx"]),
            Self::Apache => ensure_installed(&["apache2"]),
            Self::ModSecurity => ensure_installed(&mod_security::PACKAGES),
            Self::Rsyslog => ensure_installed(&["rsyslog"]),
            Self::SyslogNg => syslog_ng::fetch().map(drop),
        }
    }
}

/// Whether the usual live tests can run here: OpenSearch, nginx and Apache.
///
/// # Errors
/// The first reason why not.
pub fn available() -> Result<(), String> {
    [Need::OpenSearch, Need::Nginx, Need::Apache].into_iter().try_for_each(Need::available)
}

/// A named test that needs servers.
///
/// They are fetched first. Where that is impossible the test is ignored, with the reason beside
/// its name, or fails when the environment has `CI=true`.
pub fn trial(
    name: &str,
    needs: &[Need],
    test: impl FnOnce() -> Result<()> + Send + 'static,
) -> Trial {
    let needs = needs.to_vec();
    Trial::ignorable_test(name, move || {
        let on_ci = env::var("CI").is_ok_and(|value| value == "true");
        attempt(needs.into_iter().try_for_each(Need::fetch), on_ci, test)
    })
}

fn attempt(
    servers: Result<()>,
    on_ci: bool,
    test: impl FnOnce() -> Result<()>,
) -> Result<Completion, Failed> {
    match servers {
        Err(reason) if !on_ci => return Ok(Completion::ignored_with(format!("{reason:#}"))),
        outcome => outcome.and_then(|()| test()),
    }
    .map(|()| Completion::Completed)
    .map_err(|error| Failed::from(format!("{error:?}")))
}

fn has_or_installs(package: &str) -> Result<()> {
    let there = is_installed(package) || can_install();
    ensure!(there, "`{package}` is not installed; as root: apt-get install {package}");
    Ok(())
}

fn fetch_to_run(distribution: &Distribution) -> Result<()> {
    distribution.java()?;
    distribution.home().map(drop)
}

fn can_run(distribution: &Distribution) -> Result<()> {
    distribution.java()?;
    if distribution.is_cached() {
        return Ok(());
    }
    has_or_installs("maven").with_context(|| format!("{} cannot be fetched", distribution.name))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use anyhow::bail;

    use super::*;

    fn missing() -> Result<()> {
        bail!("no JDK")
    }

    #[test]
    fn without_its_server_a_test_is_ignored_with_the_reason() {
        let Completion::Ignored { reason } = attempt(missing(), false, || Ok(())).unwrap() else {
            panic!("a test without its server passed");
        };
        assert_eq!(reason.as_deref(), Some("no JDK"));
    }

    #[test]
    fn without_its_server_a_test_fails_on_ci() {
        let failed = attempt(missing(), true, || Ok(())).err().unwrap();
        assert!(failed.message().unwrap().contains("no JDK"));
    }

    #[test]
    fn with_its_server_a_test_says_what_it_found() {
        assert!(matches!(attempt(Ok(()), false, || Ok(())), Ok(Completion::Completed)));
        assert!(attempt(Ok(()), false, || bail!("a fault of the product")).is_err());
    }
}
