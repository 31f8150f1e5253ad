//! syslog-ng, set up to copy a file as fast as its manual allows.
//!
//! Debian lets only one of rsyslog and syslog-ng be installed, so its package and the libraries
//! it needs are unpacked into the cache instead.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::relay::Relay;
use super::{cache, daemon, packages};

/// Starts syslog-ng.
#[derive(Debug, Clone, Copy)]
pub struct SyslogNg;

/// The package and what it needs beyond a minimal Debian 12.
const PACKAGES: [&str; 7] = [
    "syslog-ng-core",
    "libglib2.0-0",
    "libivykis0",
    "libjson-c5",
    "libnet1",
    "libpcre3",
    "libwrap0",
];
const CACHED: &str = "syslog-ng-debian12";

impl SyslogNg {
    /// Copies `input` from its beginning to `output`, line by line, until stopped.
    ///
    /// Large fetches and flushes and no parsing. Lines over 64 KiB are split.
    ///
    /// # Errors
    /// When it cannot be fetched or started.
    pub fn file_to_file(input: &Path, output: &Path) -> Result<Relay> {
        let root = fetch()?;
        let folder = daemon::private_folder()?;
        let home = folder.path();
        let settings = home.join("syslog-ng.conf");
        fs::write(&settings, copy(input, output))?;
        let libraries = libraries(&root)?;
        let modules = root.join("usr/lib/syslog-ng/3.38");
        let mut command = Command::new(root.join("usr/sbin/syslog-ng"));
        command.args(["-F", "--no-caps", "-f"]).arg(&settings);
        command.arg("-R").arg(home.join("persist")).arg("-c").arg(home.join("control"));
        command.arg("--pidfile").arg(home.join("pid")).arg("--module-path").arg(modules);
        command.env("LD_LIBRARY_PATH", libraries);
        Relay::start("syslog-ng", command, output, None, folder)
    }
}

/// Whether it is here or can be fetched.
pub(crate) fn can_fetch() -> Result<()> {
    if cache::cache_dir()?.join(CACHED).is_dir() {
        return Ok(());
    }
    let debian = packages::can_install() && packages::program_of("dpkg").is_some();
    ensure!(debian, "syslog-ng is fetched by apt-get on Debian 12, as root");
    Ok(())
}

/// Where it is unpacked; fetched on the first call on a machine.
pub(crate) fn fetch() -> Result<PathBuf> {
    cache::once(CACHED, unpack)
}

fn unpack(into: &Path) -> Result<()> {
    can_fetch()?;
    packages::update_package_lists()?;
    cache::run(Command::new("apt-get").args(["-q", "download"]).args(PACKAGES).current_dir(into))?;
    for entry in fs::read_dir(into)? {
        let package = entry?.path();
        cache::run(Command::new("dpkg").arg("-x").arg(&package).arg(into))?;
        fs::remove_file(package)?;
    }
    Ok(())
}

/// The folders of the unpacked libraries, as the loader wants them.
fn libraries(root: &Path) -> Result<String> {
    let machine = format!("{}-linux-gnu", env::consts::ARCH);
    let folders: [PathBuf; 3] = [
        "usr/lib/syslog-ng".into(),
        Path::new("usr/lib").join(&machine),
        Path::new("lib").join(machine),
    ];
    let folders = env::join_paths(folders.map(|folder| root.join(folder)))?;
    folders.into_string().ok().context("the cache folder's path must be UTF-8")
}

fn copy(input: &Path, output: &Path) -> String {
    format!(
        "@version: 3.38\n\
         options {{ keep-hostname(yes); use-dns(no); dns-cache(no); flush-lines(1000); \
           stats-freq(0); log-msg-size(65536); }};\n\
         source in {{ file(\"{}\" flags(no-parse) read-old-records(yes) follow-freq(1) \
           log-fetch-limit(10000) log-iw-size(100000)); }};\n\
         destination out {{ file(\"{}\" template(\"$MSG\\n\") log-fifo-size(200000)); }};\n\
         log {{ source(in); destination(out); flags(flow-control); }};\n",
        input.display(),
        output.display()
    )
}
