//! Where the repository is, and the programs that are built from it.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};

/// How the product is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Profile {
    /// For tests.
    Debug,
    /// For users and benches.
    Release,
}

/// The repository's top folder.
pub(crate) fn root() -> &'static Path {
    let own = Path::new(env!("CARGO_MANIFEST_DIR"));
    own.ancestors().nth(2).expect("this crate is in crates/xtask")
}

/// A call of the cargo that runs this program, in the top folder.
pub(crate) fn cargo(arguments: &[&str]) -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).current_dir(root());
    command
}

/// Where `weir` is once it is built; cargo is not asked to build it.
pub(crate) fn weir(profile: Profile) -> PathBuf {
    built("weir", profile)
}

fn built(program: &str, profile: Profile) -> PathBuf {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), Into::into);
    target.join(if profile == Profile::Debug { "debug" } else { "release" }).join(program)
}

/// Builds `weir`, if need be, and says where it is.
pub(crate) fn build_weir(profile: Profile) -> Result<PathBuf> {
    build("weir", "weir", profile)
}

/// Builds a program of a package, if need be, and says where it is.
pub(crate) fn build(package: &str, program: &str, profile: Profile) -> Result<PathBuf> {
    let mut command = cargo(&["build", "--quiet", "--package", package, "--bin", program]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    ensure!(command.status()?.success(), "`{program}` does not build");
    Ok(built(program, profile))
}

/// What a command prints; it must succeed.
pub(crate) fn output_of(command: &mut Command) -> Result<String> {
    let program = command.get_program().to_string_lossy().into_owned();
    let output = command.output().with_context(|| format!("`{program}` does not start"))?;
    let words = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{program}` ended with {}: {words}", output.status);
    String::from_utf8(output.stdout).with_context(|| format!("`{program}` prints no UTF-8"))
}
