//! nginx as a writer of access logs.

use std::path::Path;

use anyhow::Result;
use rustix::process::Signal;

use super::web_server::{Kind, WebServer, WebServerLogs};

/// Starts nginx, a master with one worker.
#[derive(Debug, Clone, Copy)]
pub struct Nginx;

const KIND: Kind = Kind {
    name: "nginx",
    package: "nginx",
    writable: &[],
    reopen: Signal::USR1,
    settings,
    arguments: |settings| vec!["-c".to_owned(), settings.display().to_string()],
};

impl Nginx {
    /// Starts it and waits until it accepts connections.
    ///
    /// # Errors
    /// When it cannot be installed or does not start; its log is in the message.
    pub fn start(logs: &WebServerLogs) -> Result<WebServer> {
        WebServer::start(&KIND, logs)
    }
}

fn settings(home: &Path, port: u16, logs: &WebServerLogs) -> String {
    let access = logs.access.display();
    let client_address = "set_real_ip_from 127.0.0.1; real_ip_header X-Forwarded-For;";
    let http = format!(
        "access_log {access} combined;\n\
         {client_address}\n\
         keepalive_requests 1000000;\n\
         server {{\n\
           listen 127.0.0.1:{port};\n\
           location / {{ return 200 \"weir\\n\"; }}\n\
           location = /status/301 {{ return 301 /; }}\n\
           location = /status/404 {{ return 404; }}\n\
           location = /status/500 {{ return 500; }}\n\
           location = /status/503 {{ return 503; }}\n\
         }}\n"
    );
    in_foreground(home, &logs.error, &http)
}

/// The part around the `http` block that every nginx of ours has.
pub(crate) fn in_foreground(home: &Path, error_log: &Path, http: &str) -> String {
    let home = home.display();
    // A worker that is not root could not reopen a log in a test's private folder.
    let user = if rustix::process::geteuid().is_root() { "user root root;" } else { "" };
    let temporary: String = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
        .map(|part| format!("{part}_temp_path {home}/{part};\n"))
        .concat();
    format!(
        "daemon off;\n\
         worker_processes 1;\n\
         {user}\n\
         pid {home}/nginx.pid;\n\
         error_log {} notice;\n\
         events {{ worker_connections 1024; }}\n\
         http {{\n{temporary}{http}}}\n",
        error_log.display()
    )
}
