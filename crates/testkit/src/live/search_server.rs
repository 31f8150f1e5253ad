//! A real single-node OpenSearch or Elasticsearch: its process.
//!
//! What a test asks it over HTTP is in `search_api`.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustix::process::Signal;
use tempfile::TempDir;

use super::daemon::{self, Daemon};
use super::distribution::{Distribution, Node, OPENSEARCH};
use super::http::{self, Request};
use super::port;

/// A start takes about 8 s on two idle cores.
const START: Duration = Duration::from_mins(2);
const STOP: Duration = Duration::from_secs(30);

/// What to start.
#[derive(Debug, Clone)]
pub struct SearchServerOptions {
    /// Product and version; OpenSearch 3 by default.
    pub distribution: &'static Distribution,
    /// Java heap in MiB; 512 by default.
    pub heap_mib: u32,
    /// Further lines of the settings file, as key and value.
    pub settings: Vec<(String, String)>,
}

impl Default for SearchServerOptions {
    fn default() -> Self {
        Self { distribution: &OPENSEARCH, heap_mib: 512, settings: Vec::new() }
    }
}

/// The search server of most live tests; the default of [`SearchServerOptions`].
pub type OpenSearch = SearchServer;

/// A running, stopped or paused search server with data of its own on a loopback port.
///
/// Dropping it kills the process and removes its data.
#[derive(Debug)]
pub struct SearchServer {
    daemon: Option<Daemon>,
    options: SearchServerOptions,
    ports: [u16; 2],
    folder: TempDir,
}

impl SearchServer {
    /// Starts a server with an empty data folder and waits until it answers.
    ///
    /// # Errors
    /// When it cannot be fetched, has no Java, or does not start; its log is in the message.
    pub fn start(options: &SearchServerOptions) -> Result<Self> {
        options.distribution.home()?;
        port::on_free_ports(|ports| {
            let folder = daemon::private_folder()?;
            prepare(options, folder.path())?;
            let mut server = Self { daemon: None, options: options.clone(), ports, folder };
            server.launch()?;
            Ok(server)
        })
    }

    /// Its address, such as `http://127.0.0.1:18123`, without a slash at the end.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address())
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        (Ipv4Addr::LOCALHOST, self.ports[0]).into()
    }

    /// What was started.
    #[must_use]
    pub fn distribution(&self) -> &'static Distribution {
        self.options.distribution
    }

    /// The process id, for reading what it uses; none while it is stopped.
    ///
    /// Elasticsearch has a launcher before it, so there it is the launcher's.
    #[must_use]
    pub fn pid(&self) -> Option<u32> {
        self.daemon.as_ref().map(Daemon::pid)
    }

    /// Ends it in good order (SIGTERM) and waits; nothing to do when it is stopped already.
    ///
    /// # Errors
    /// When it is still there after 30 s; then it is killed.
    pub fn stop(&mut self) -> Result<()> {
        self.daemon.take().map_or(Ok(()), |daemon| daemon.stop(STOP))
    }

    /// Ends it at once (SIGKILL).
    ///
    /// # Errors
    /// When its port stays taken.
    pub fn kill(&mut self) -> Result<()> {
        self.daemon.take().map_or(Ok(()), Daemon::kill)
    }

    /// Freezes it (SIGSTOP): connections are accepted by the kernel and never answered.
    ///
    /// # Errors
    /// When it does not run.
    pub fn pause(&self) -> Result<()> {
        self.running()?.signal_all(Signal::STOP)
    }

    /// Lets a frozen server go on (SIGCONT).
    ///
    /// # Errors
    /// When it does not run.
    pub fn resume(&self) -> Result<()> {
        self.running()?.signal_all(Signal::CONT)
    }

    /// Starts it again on the same port with the same data; it is stopped first if it runs.
    ///
    /// # Errors
    /// As [`SearchServer::start`].
    pub fn restart(&mut self) -> Result<()> {
        self.stop()?;
        self.launch()
    }

    /// Restarts it so that bulk requests over `limit` (such as `4kb`) are answered with a real 429
    /// `rejected_execution_exception` for the whole request; `None` restores the default.
    ///
    /// # Errors
    /// As [`SearchServer::restart`].
    pub fn set_indexing_pressure(&mut self, limit: Option<&str>) -> Result<()> {
        const KEY: &str = "indexing_pressure.memory.limit";
        self.options.settings.retain(|(key, _)| key != KEY);
        if let Some(limit) = limit {
            self.options.settings.push((KEY.to_owned(), limit.to_owned()));
        }
        self.restart()
    }

    fn running(&self) -> Result<&Daemon> {
        let name = self.options.distribution.name;
        self.daemon.as_ref().with_context(|| format!("{name} is stopped"))
    }

    fn launch(&mut self) -> Result<()> {
        ensure!(self.daemon.is_none(), "{} runs already", self.options.distribution.name);
        let distribution = self.options.distribution;
        let folder = self.folder.path();
        let settings = folder.join("config");
        write_settings(&self.options, folder, self.ports)?;
        let command = distribution.command(&Node {
            home: &distribution.home()?,
            settings: &settings,
            scratch: &folder.join("tmp"),
            heap_mib: self.options.heap_mib,
        })?;
        let ports = self.ports.to_vec();
        let mut daemon = Daemon::start(distribution.name, command, folder, ports)?;
        let address = self.address();
        daemon.wait_until_ready(START, || answers(address))?;
        self.daemon = Some(daemon);
        Ok(())
    }
}

fn answers(address: SocketAddr) -> bool {
    let health = Request {
        method: "GET",
        path: "/_cluster/health?wait_for_status=yellow&timeout=1s",
        headers: &[],
        body: b"",
    };
    http::send(address, Duration::from_secs(5), &health).is_ok_and(|answer| answer.status == 200)
}

/// Lays out the node's own folders beside the distribution's unchanged files.
fn prepare(options: &SearchServerOptions, folder: &Path) -> Result<()> {
    let theirs = options.distribution.home()?.join("config");
    for name in ["config", "data", "logs", "tmp"] {
        daemon::folder_of_nobody(&folder.join(name))?;
    }
    // Not their jvm.options: those write to a logs folder inside the distribution.
    let config = folder.join("config");
    fs::copy(theirs.join("log4j2.properties"), config.join("log4j2.properties"))?;
    fs::write(config.join("jvm.options"), "")?;
    Ok(())
}

fn write_settings(options: &SearchServerOptions, folder: &Path, ports: [u16; 2]) -> Result<()> {
    let [http, transport] = ports;
    let mut lines = format!(
        "cluster.name: weir-live\n\
         node.name: n1\n\
         network.host: 127.0.0.1\n\
         http.port: {http}\n\
         transport.port: {transport}\n\
         discovery.type: single-node\n\
         cluster.routing.allocation.disk.threshold_enabled: false\n\
         path.data: {0}/data\n\
         path.logs: {0}/logs\n",
        folder.display()
    );
    let fixed = options.distribution.settings.iter().map(|(key, value)| (*key, *value));
    let chosen = options.settings.iter().map(|(key, value)| (key.as_str(), value.as_str()));
    for (key, value) in fixed.chain(chosen) {
        lines.extend([key, ": ", value, "\n"]);
    }
    let file = folder.join("config").join(options.distribution.settings_file);
    fs::write(&file, lines)?;
    daemon::give_to_nobody(&file)
}
