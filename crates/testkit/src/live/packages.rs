//! Debian packages that bring the programs of a live test.
//!
//! Only root installs, and only what is missing; everyone else is told what to install.

use std::env;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Context, Result, ensure};
use rustix::process::geteuid;

use super::cache;

/// Installs the Debian packages whose program is missing; nothing to do when none is.
///
/// # Errors
/// When one is missing and this process is not root or has no `apt-get`.
pub fn ensure_installed(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> =
        packages.iter().copied().filter(|package| program_of(package).is_none()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" ");
    ensure!(can_install(), "`{names}` is not installed; as root: apt-get install {names}");
    let _lock = cache::lock(&cache::cache_dir()?, "apt")?;
    update_package_lists()?;
    let install = ["install", "-y", "-qq", "--no-install-recommends"];
    cache::run(apt_get(&install).args(&missing))?;
    for package in missing {
        program_of(package)
            .with_context(|| format!("package `{package}` brought no program of that name"))?;
    }
    Ok(())
}

/// Fetches Debian's package lists, once in this process.
pub(crate) fn update_package_lists() -> Result<()> {
    static FETCHED: Mutex<bool> = Mutex::new(false);
    let mut fetched = FETCHED.lock().unwrap_or_else(PoisonError::into_inner);
    if !*fetched {
        cache::run(&mut apt_get(&["update", "-qq"]))?;
        *fetched = true;
    }
    Ok(())
}

/// The program of a Debian package, if it is there.
pub(crate) fn program_of(package: &str) -> Option<PathBuf> {
    let name = match package {
        "maven" => "mvn",
        "rsyslog" => "rsyslogd",
        other => other,
    };
    let path = env::var_os("PATH").unwrap_or_default();
    let folders = env::split_paths(&path).chain(["/usr/sbin".into(), "/usr/bin".into()]);
    folders.map(|folder| folder.join(name)).find(|program| program.is_file())
}

pub(crate) fn can_install() -> bool {
    geteuid().is_root() && program_of("apt-get").is_some()
}

fn apt_get(arguments: &[&str]) -> Command {
    let mut command = Command::new("apt-get");
    command
        .args(["-o", "DPkg::Lock::Timeout=120"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        // Keeps packages from starting their own services on their usual ports.
        .env("RUNLEVEL", "1");
    command
}
