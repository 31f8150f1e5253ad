//! Finding a Java for servers that need one. Installing it is not done here.

use std::env;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context, Result};

/// Where Linux distributions put their Javas.
const PLACES: &str = "/usr/lib/jvm";

/// One installed JDK.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Java {
    /// The feature release: 17, 21, 25.
    pub(crate) release: u32,
    pub(crate) home: PathBuf,
}

impl Java {
    /// The newest JDK among `$WEIR_LIVE_JAVA_HOME`, `$JAVA_HOME` and those in `/usr/lib/jvm`.
    pub(crate) fn newest() -> Result<Self> {
        let named = ["WEIR_LIVE_JAVA_HOME", "JAVA_HOME"];
        let named = named.into_iter().filter_map(env::var_os).map(PathBuf::from);
        let installed = fs::read_dir(PLACES).into_iter().flatten().flatten().map(|e| e.path());
        named.chain(installed).filter_map(Self::at).max().with_context(|| {
            format!("no JDK in `{PLACES}`; install one or set WEIR_LIVE_JAVA_HOME")
        })
    }

    /// The newest JDK, which must be at least `release`.
    pub(crate) fn at_least(release: u32) -> Result<Self> {
        let newest = Self::newest()?;
        anyhow::ensure!(
            newest.release >= release,
            "a JDK {release} or newer is needed, but the newest found is {} in `{}`; \
             install one or set WEIR_LIVE_JAVA_HOME",
            newest.release,
            newest.home.display()
        );
        Ok(newest)
    }

    /// The path of a program of this JDK.
    pub(crate) fn tool(&self, name: &str) -> PathBuf {
        self.home.join("bin").join(name)
    }

    fn at(home: PathBuf) -> Option<Self> {
        let description = fs::read_to_string(home.join("release")).ok()?;
        let release = release_in(&description)?;
        home.join("bin/jar").is_file().then_some(Self { release, home })
    }
}

/// Reads `JAVA_VERSION="25.0.1"` out of a JDK's `release` file.
fn release_in(description: &str) -> Option<u32> {
    let line = description.lines().find_map(|line| line.strip_prefix("JAVA_VERSION="))?;
    line.trim_matches('"').split(['.', '-', '+']).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_feature_release_is_read_from_the_release_file() {
        assert_eq!(release_in("A=\"1\"\nJAVA_VERSION=\"25.0.1\"\n"), Some(25));
        assert_eq!(release_in("JAVA_VERSION=\"26-ea\"\n"), Some(26));
        assert_eq!(release_in("IMPLEMENTOR=\"x\"\n"), None);
    }
}
