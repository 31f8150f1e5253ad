//! Fetches the rules for user agents out of the package `ua-parser`, which carries them beside its
//! code, and puts them where `src/user_agent/rules.rs` includes them. Why they come from there:
//! `docs/decisions/0006-user-agent-rules.md`.

use std::path::{Path, PathBuf};
use std::process::Command;

fn main() {
    let rules = package("ua-parser").join("uap-core/regexes.yaml");
    let target = Path::new(&variable("OUT_DIR")).join("regexes.yaml");
    if let Err(why) = std::fs::copy(&rules, target) {
        panic!("the rules for user agents, {}, cannot be copied: {why}", rules.display());
    }
    tell_cargo("rerun-if-changed=build.rs");
    tell_cargo(&format!("rerun-if-changed={}", rules.display()));
}

/// The folder in which cargo keeps a package that we depend on, be it a registry's or a vendored
/// one.
fn package(name: &str) -> PathBuf {
    let manifest = Path::new(&variable("CARGO_MANIFEST_DIR")).join("Cargo.toml");
    let output = Command::new(variable("CARGO"))
        .args(["metadata", "--format-version=1", "--locked", "--filter-platform"])
        .arg(variable("TARGET"))
        .arg("--manifest-path")
        .arg(manifest)
        .output()
        .expect("cargo runs, for it runs this");
    let said = String::from_utf8_lossy(&output.stderr);
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|why| panic!("`cargo metadata` gave no answer: {why}\n{said}"));
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let found = packages.iter().find(|package| package["name"] == name);
    let manifest = found.and_then(|package| package["manifest_path"].as_str());
    let manifest = Path::new(manifest.unwrap_or_else(|| panic!("`{name}` is no dependency")));
    manifest.parent().expect("a file lies in a folder").to_owned()
}

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| panic!("cargo sets {name} for build scripts"))
}

fn tell_cargo(what: &str) {
    println!("cargo::{what}");
}
