//! Debian packages that bring the programs of a live test.
//!
//! Only root installs, and only what is missing; everyone else is told what to install.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Mutex, PoisonError};

use anyhow::{Result, ensure};
use rustix::process::geteuid;

use super::cache;

/// What Debian's package of `ModSecurity` brings.
pub(crate) const MOD_SECURITY: &str = "/usr/lib/apache2/modules/mod_security2.so";

/// Installs the Debian packages that are missing; nothing to do when none is.
///
/// # Errors
/// When one is missing and this process is not root or has no `apt-get`.
pub fn ensure_installed(packages: &[&str]) -> Result<()> {
    let missing: Vec<&str> =
        packages.iter().copied().filter(|package| !is_installed(package)).collect();
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
        ensure!(is_installed(package), "package `{package}` did not bring what was expected");
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

/// Whether a Debian package is here: by its program, or by a file of one that has none.
pub(crate) fn is_installed(package: &str) -> bool {
    match package {
        "libapache2-mod-security2" => Path::new(MOD_SECURITY).is_file(),
        "modsecurity-crs" => Path::new("/usr/share/modsecurity-crs/rules").is_dir(),
        other => program_of(other).is_some(),
    }
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
