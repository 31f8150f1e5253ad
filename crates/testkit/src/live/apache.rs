//! Apache's httpd as a writer of access logs.

use std::path::Path;

use anyhow::Result;
use rustix::process::Signal;

use super::web_server::{Kind, WebServer, WebServerLogs};

/// Starts Apache with its event workers.
#[derive(Debug, Clone, Copy)]
pub struct Apache;

pub(crate) const KIND: Kind = Kind {
    name: "Apache",
    package: "apache2",
    writable: &[],
    reopen: Signal::USR1,
    settings,
    arguments: |settings| {
        ["-D", "FOREGROUND", "-f", &settings.display().to_string()].map(str::to_owned).to_vec()
    },
};

/// Debian's module folder.
pub(crate) const MODULES: &str = "/usr/lib/apache2/modules";
const LOADED: [&str; 6] = ["mpm_event", "authz_core", "remoteip", "dir", "alias", "mime"];

impl Apache {
    /// Starts it and waits until it accepts connections.
    ///
    /// # Errors
    /// When it cannot be installed or does not start; its log is in the message.
    pub fn start(logs: &WebServerLogs) -> Result<WebServer> {
        WebServer::start(&KIND, logs)
    }
}

pub(crate) fn settings(home: &Path, port: u16, logs: &WebServerLogs) -> String {
    let home = home.display();
    let modules =
        LOADED.map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n")).concat();
    let user =
        if rustix::process::geteuid().is_root() { "User nobody\nGroup nogroup\n" } else { "" };
    let statuses = ["404", "500", "503"]
        .map(|status| format!("Redirect {status} /status/{status}\n"))
        .concat();
    format!(
        "ServerRoot {home}\n\
         {modules}{user}\
         ServerName localhost\n\
         Listen 127.0.0.1:{port}\n\
         PidFile {home}/httpd.pid\n\
         DefaultRuntimeDir {home}\n\
         Mutex file:{home} default\n\
         TypesConfig /etc/mime.types\n\
         DocumentRoot {home}/html\n\
         <Directory {home}/html>\n\
         Require all granted\n\
         DirectoryIndex index.html\n\
         FallbackResource /index.html\n\
         </Directory>\n\
         {statuses}\
         Redirect 301 /status/301 /\n\
         RemoteIPHeader X-Forwarded-For\n\
         RemoteIPInternalProxy 127.0.0.1\n\
         KeepAlive On\n\
         MaxKeepAliveRequests 0\n\
         ErrorLog {}\n\
         LogFormat \"%h %l %u %t \\\"%r\\\" %>s %O \\\"%{{Referer}}i\\\" \
         \\\"%{{User-Agent}}i\\\"\" combined\n\
         CustomLog {} combined\n",
        logs.error.display(),
        logs.access.display()
    )
}
