//! The folder outside the checkout where downloaded servers are kept, and how they get there.
//!
//! What is fetched has a pinned version and comes through Maven, which checks its checksum.
//! Nothing is ever fetched twice, and a half-finished unpack is never taken for a whole one.

use std::env;
use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use rustix::process::geteuid;

use super::java::Java;
use super::packages;

/// The cache folder: `$WEIR_LIVE_CACHE`, or `/var/cache/weir-live` for root, or
/// `~/.cache/weir-live`.
///
/// Root does not use its home, because the servers run as `nobody`, who may not enter it.
///
/// # Errors
/// When the folder cannot be made, or there is no home.
pub fn cache_dir() -> Result<PathBuf> {
    let dir = if let Some(dir) = env::var_os("WEIR_LIVE_CACHE") {
        PathBuf::from(dir)
    } else if geteuid().is_root() {
        PathBuf::from("/var/cache/weir-live")
    } else if let Some(dir) = env::var_os("XDG_CACHE_HOME") {
        PathBuf::from(dir).join("weir-live")
    } else {
        env::home_dir()
            .context("no home folder; set WEIR_LIVE_CACHE to a folder for downloaded servers")?
            .join(".cache/weir-live")
    };
    ensure!(dir.is_absolute(), "the cache folder `{}` must be absolute", dir.display());
    fs::create_dir_all(&dir)
        .with_context(|| format!("cannot make the cache folder `{}`", dir.display()))?;
    Ok(dir)
}

/// The folder `name` in the cache, made by `fill` if it is not there yet.
///
/// Callers in other threads and processes wait; `fill` works in a folder that gets its name only
/// when it is whole.
pub(crate) fn once(name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    once_in(&cache_dir()?, name, fill)
}

fn once_in(cache: &Path, name: &str, fill: impl FnOnce(&Path) -> Result<()>) -> Result<PathBuf> {
    let place = cache.join(name);
    if place.is_dir() {
        return Ok(place);
    }
    let _lock = lock(cache, name)?;
    if place.is_dir() {
        return Ok(place);
    }
    let unfinished = tempfile::Builder::new().prefix(".unfinished-").tempdir_in(cache)?;
    fs::set_permissions(unfinished.path(), fs::Permissions::from_mode(0o755))?;
    fill(unfinished.path())?;
    fs::rename(unfinished.path(), &place)?;
    drop(unfinished.keep());
    Ok(place)
}

/// Holds a file lock until it is dropped; the kernel lets go of it when the process ends.
pub(crate) fn lock(folder: &Path, name: &str) -> Result<File> {
    let path = folder.join(format!("{name}.lock"));
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&path)?;
    file.lock().with_context(|| format!("cannot lock `{}`", path.display()))?;
    Ok(file)
}

/// Fetches a zip from Maven Central into the folder `into` and unpacks it there.
///
/// `coordinates` are `group:artifact:version`.
pub(crate) fn unpack_artifact(coordinates: &str, into: &Path) -> Result<()> {
    let zip = fetch(coordinates, into)?;
    let mut unpack = Command::new(Java::newest()?.tool("jar"));
    run(unpack.arg("xf").arg(&zip).current_dir(into))?;
    fs::remove_dir_all(into.join("m2"))?;
    mark_programs(into)
}

fn fetch(coordinates: &str, into: &Path) -> Result<PathBuf> {
    packages::ensure_installed(&["maven"])?;
    let repository = into.join("m2");
    let mut get = Command::new("mvn");
    get.args(["-q", "-B", "--strict-checksums", "dependency:get", "-Dtransitive=false"])
        .arg(format!("-Dartifact={coordinates}:zip"))
        .arg(format!("-Dmaven.repo.local={}", repository.display()));
    run(&mut get)?;
    let [group, artifact, version] = coordinates
        .split(':')
        .collect::<Vec<_>>()
        .try_into()
        .map_err(|_| anyhow::anyhow!("`{coordinates}` is not group:artifact:version"))?;
    let zip = repository
        .join(group.replace('.', "/"))
        .join(artifact)
        .join(version)
        .join(format!("{artifact}-{version}.zip"));
    ensure!(zip.is_file(), "Maven fetched `{coordinates}` but `{}` is missing", zip.display());
    Ok(zip)
}

/// `jar` forgets which files are programs: those in the `bin` folder of what was unpacked.
fn mark_programs(dir: &Path) -> Result<()> {
    for entry in fs::read_dir(dir)? {
        let bin = entry?.path().join("bin");
        if !bin.is_dir() {
            continue;
        }
        for program in fs::read_dir(bin)? {
            let program = program?.path();
            if program.is_file() {
                fs::set_permissions(program, fs::Permissions::from_mode(0o755))?;
            }
        }
    }
    Ok(())
}

/// Runs a command to its end; its output is part of the error when it does not succeed.
pub(crate) fn run(command: &mut Command) -> Result<String> {
    let output = command
        .output()
        .with_context(|| format!("cannot run `{}`", command.get_program().display()))?;
    if !output.status.success() {
        bail!(
            "{command:?} ended with {}: {}{}",
            output.status,
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread;

    use super::*;

    #[test]
    fn a_failed_unpack_leaves_nothing_that_looks_whole() {
        let cache = tempfile::tempdir().unwrap();
        let failed = once_in(cache.path(), "server", |into| {
            fs::write(into.join("half"), "")?;
            bail!("the disk is full")
        });
        assert!(failed.is_err());
        let whole = once_in(cache.path(), "server", |into| Ok(fs::write(into.join("whole"), "")?));
        let names = fs::read_dir(whole.unwrap()).unwrap().map(|entry| entry.unwrap().file_name());
        assert_eq!(names.collect::<Vec<_>>(), ["whole"]);
        assert_eq!(fs::read_dir(cache.path()).unwrap().count(), 2, "the folder and its lock");
    }

    #[test]
    fn callers_at_the_same_time_fill_the_folder_once() {
        let cache = tempfile::tempdir().unwrap();
        let fills = AtomicU32::new(0);
        let fill = |_: &Path| {
            fills.fetch_add(1, Ordering::Relaxed);
            Ok(())
        };
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| once_in(cache.path(), "server", fill).unwrap());
            }
        });
        assert_eq!(fills.into_inner(), 1);
    }
}
