//! The search servers a test can start: one table row each.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use super::cache;
use super::daemon::as_nobody;
use super::java::Java;

/// A released search server as it lies on Maven Central.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Distribution {
    /// The product's name.
    pub name: &'static str,
    /// The pinned version.
    pub version: &'static str,
    /// `group:artifact` of the zip.
    artifact: &'static str,
    /// The oldest JDK it starts on.
    java: u32,
    /// The name of its settings file.
    pub(crate) settings_file: &'static str,
    /// Settings beyond those every test node gets.
    pub(crate) settings: &'static [(&'static str, &'static str)],
    launch: Launch,
}

/// How the server process is started.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Launch {
    /// By its main class, which saves the five short-lived Javas of its start script (6 s here).
    OpenSearch,
    /// By its start script, whose launcher hands settings over in a private format.
    Elasticsearch,
}

/// OpenSearch 3 with its usual modules: the server of most live tests.
pub static OPENSEARCH: Distribution = Distribution {
    name: "OpenSearch",
    version: "3.8.0",
    artifact: "org.opensearch.distribution.integ-test-zip:opensearch",
    java: 21,
    settings_file: "opensearch.yml",
    settings: &[],
    launch: Launch::OpenSearch,
};

/// Elasticsearch 8 with few modules: no `GET /`, no ingest processors, no ILM.
///
/// There is no row for Elasticsearch 9, because Maven Central has no checksum for its zips, and
/// what cannot be verified is not run here.
pub static ELASTICSEARCH_8: Distribution = Distribution {
    name: "Elasticsearch",
    version: "8.19.21",
    artifact: "org.elasticsearch.distribution.integ-test-zip:elasticsearch",
    java: 17,
    settings_file: "elasticsearch.yml",
    settings: &[("xpack.security.enabled", "false")],
    launch: Launch::Elasticsearch,
};

/// What a start needs to know besides the distribution.
#[derive(Debug)]
pub(crate) struct Node<'a> {
    /// Where the distribution is unpacked; never written to.
    pub(crate) home: &'a Path,
    /// Settings folder of this node.
    pub(crate) settings: &'a Path,
    /// Scratch folder of this node.
    pub(crate) scratch: &'a Path,
    /// Java heap in MiB.
    pub(crate) heap_mib: u32,
}

/// The C1 compiler and the serial collector start fastest and use the least memory.
const FAST_START: [&str; 2] = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];

/// Options that OpenSearch's own start script computes; see its `JvmOptionsParser`.
const OPENSEARCH_JVM: [&str; 16] = [
    "-Xshare:auto",
    "-Xss1m",
    "-Djava.awt.headless=true",
    "-Dfile.encoding=UTF-8",
    "-Djna.nosys=true",
    "-Dio.netty.noUnsafe=true",
    "-Dio.netty.noKeySetOptimization=true",
    "-Dio.netty.recycler.maxCapacityPerThread=0",
    "-Dio.netty.allocator.numDirectArenas=0",
    "-Dlog4j.shutdownHookEnabled=false",
    "-Dlog4j2.disable.jmx=true",
    "-Djava.locale.providers=SPI,CLDR",
    "-javaagent:agent/opensearch-agent.jar",
    "--add-opens=java.base/java.nio=ALL-UNNAMED",
    "--add-modules=jdk.incubator.vector",
    "-Dorg.apache.lucene.store.MMapDirectory.sharedArenaMaxPermits=1",
];

impl Distribution {
    /// Where it is unpacked; fetched on the first call on a machine.
    pub(crate) fn home(&self) -> Result<PathBuf> {
        let name = format!("{}-{}", self.name.to_lowercase(), self.version);
        let coordinates = format!("{}:{}", self.artifact, self.version);
        let place = cache::once(&name, |into| cache::unpack_artifact(&coordinates, into))?;
        Ok(place.join(name))
    }

    /// Whether it is already in the cache.
    pub(crate) fn is_cached(&self) -> bool {
        let name = format!("{}-{}", self.name.to_lowercase(), self.version);
        cache::cache_dir().is_ok_and(|cache| cache.join(name).is_dir())
    }

    /// A JDK that is new enough.
    pub(crate) fn java(&self) -> Result<Java> {
        Java::at_least(self.java)
    }

    /// The command that runs one node in the foreground.
    pub(crate) fn command(&self, node: &Node<'_>) -> Result<Command> {
        let java = self.java()?;
        let mut command = match self.launch {
            Launch::OpenSearch => opensearch(&java, node),
            Launch::Elasticsearch => elasticsearch(&java, node),
        };
        command
            .current_dir(node.home)
            .env("HOME", node.scratch)
            .env("PATH", "/usr/bin:/bin")
            .env("HOSTNAME", "weir-live");
        Ok(command)
    }
}

fn opensearch(java: &Java, node: &Node<'_>) -> Command {
    let mut command = as_nobody(&java.tool("java"));
    command.env_clear().args([
        format!("-Xms{}m", node.heap_mib),
        format!("-Xmx{}m", node.heap_mib),
        format!("-Djava.io.tmpdir={}", node.scratch.display()),
        format!("-Dopensearch.path.home={}", node.home.display()),
        format!("-Dopensearch.path.conf={}", node.settings.display()),
        "-Dopensearch.distribution.type=zip".to_owned(),
        "-Dopensearch.bundled_jdk=false".to_owned(),
    ]);
    command.args(FAST_START).args(OPENSEARCH_JVM);
    command.arg("-cp").arg(node.home.join("lib/*")).arg("org.opensearch.bootstrap.OpenSearch");
    command
}

fn elasticsearch(java: &Java, node: &Node<'_>) -> Command {
    let mut command = as_nobody(&node.home.join("bin/elasticsearch"));
    let options = format!(
        "-Xms{0}m -Xmx{0}m -Djava.io.tmpdir={1} {2}",
        node.heap_mib,
        node.scratch.display(),
        FAST_START.join(" ")
    );
    command
        .env_clear()
        .env("ES_JAVA_HOME", &java.home)
        .env("ES_PATH_CONF", node.settings)
        .env("ES_TMPDIR", node.scratch)
        .env("ES_JAVA_OPTS", options);
    command
}
