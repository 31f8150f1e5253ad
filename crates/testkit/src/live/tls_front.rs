//! nginx as a TLS front before a plain server, with four ways to prove who the client is.

use std::fs;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result};
use tempfile::TempDir;

use super::certificates::Certificates;
use super::daemon::{self, Daemon};
use super::{nginx, packages, port};

const LIMIT: Duration = Duration::from_secs(15);

/// A running front: one port each for TLS alone, basic auth, an API key, a client certificate.
///
/// Without the right proof nginx answers 401, or 400 where a client certificate is missing;
/// while the server behind does not answer, 502 or 504. Dropping it kills it.
#[derive(Debug)]
pub struct TlsFront {
    daemon: Daemon,
    certificates: Certificates,
    ports: [u16; 4],
    _folder: TempDir,
}

impl TlsFront {
    /// The user the basic-auth port accepts.
    pub const USER: &'static str = "weir";
    /// That user's password; it has characters that must be encoded in a URL.
    pub const PASSWORD: &'static str = "p@ss/w%rd";
    /// The encoded API key of the only `Authorization` header the API-key port accepts.
    pub const API_KEY: &'static str = "d2VpcjpsaXZlLWtleQ==";

    /// Starts a front before the server at `upstream`.
    ///
    /// # Errors
    /// When nginx cannot be installed or does not start; its log is in the message.
    pub fn start(upstream: SocketAddr) -> Result<Self> {
        packages::ensure_installed(&["nginx"])?;
        port::on_free_ports(|ports| Self::start_on(upstream, ports))
    }

    fn start_on(upstream: SocketAddr, ports: [u16; 4]) -> Result<Self> {
        let folder = daemon::private_folder()?;
        let home = folder.path();
        let certificates = Certificates::issue(home)?;
        fs::write(home.join("users"), format!("{}:{{PLAIN}}{}\n", Self::USER, Self::PASSWORD))?;
        let error_log = home.join("error.log");
        let http = http_block(home, &certificates, upstream, ports);
        let settings = home.join("settings.conf");
        fs::write(&settings, nginx::in_foreground(home, &error_log, &http))?;
        let program = packages::program_of("nginx").context("no program `nginx`")?;
        let mut command = Command::new(program);
        command.arg("-c").arg(&settings).current_dir(home);
        let mut daemon = Daemon::start("the TLS front", command, home, ports.to_vec())?;
        let accepts = || ports.iter().all(|port| TcpStream::connect(at(*port)).is_ok());
        daemon.wait_until_ready(LIMIT, accepts).with_context(|| daemon::tail(&error_log))?;
        Ok(Self { daemon, certificates, ports, _folder: folder })
    }

    /// TLS alone.
    #[must_use]
    pub fn url(&self) -> String {
        self.url_of(0)
    }

    /// TLS and basic auth by [`TlsFront::USER`] and [`TlsFront::PASSWORD`].
    #[must_use]
    pub fn basic_url(&self) -> String {
        self.url_of(1)
    }

    /// TLS and `Authorization: ApiKey` with [`TlsFront::API_KEY`].
    #[must_use]
    pub fn api_key_url(&self) -> String {
        self.url_of(2)
    }

    /// TLS and a client certificate of the same authority.
    #[must_use]
    pub fn client_certificate_url(&self) -> String {
        self.url_of(3)
    }

    /// Authority, client certificate and key.
    #[must_use]
    pub fn certificates(&self) -> &Certificates {
        &self.certificates
    }

    /// Ends it in good order and waits.
    ///
    /// # Errors
    /// When it is still there after 15 s; then it is killed.
    pub fn stop(self) -> Result<()> {
        self.daemon.stop(LIMIT)
    }

    fn url_of(&self, way: usize) -> String {
        format!("https://{}", at(self.ports[way]))
    }
}

fn http_block(
    home: &std::path::Path,
    certificates: &Certificates,
    upstream: SocketAddr,
    ports: [u16; 4],
) -> String {
    let users = home.join("users");
    let basic = format!("auth_basic weir; auth_basic_user_file {};", users.display());
    let ca = certificates.ca();
    let proofs = [
        ["", ""],
        ["", &basic],
        ["", "if ($has_key = 0) { return 401; }"],
        [&format!("ssl_client_certificate {}; ssl_verify_client on;", ca.display()), ""],
    ];
    let server = |([server, location], port): (&[&str; 2], u16)| {
        format!(
            "server {{ listen 127.0.0.1:{port} ssl; {server}\n\
             location / {{ {location} proxy_pass http://{upstream}; }} }}\n"
        )
    };
    let servers = proofs.iter().zip(ports).map(server).collect::<Vec<_>>().concat();
    format!(
        "access_log off;\n\
         map $http_authorization $has_key {{ default 0; \"ApiKey {}\" 1; }}\n\
         ssl_certificate {};\n\
         ssl_certificate_key {};\n\
         client_max_body_size 0;\n\
         client_body_buffer_size 16m;\n\
         keepalive_requests 1000000;\n\
         proxy_http_version 1.1;\n\
         proxy_set_header Authorization \"\";\n\
         proxy_set_header Connection \"\";\n\
         {servers}",
        TlsFront::API_KEY,
        certificates.server().display(),
        certificates.server_key().display(),
    )
}

fn at(port: u16) -> SocketAddr {
    (Ipv4Addr::LOCALHOST, port).into()
}
