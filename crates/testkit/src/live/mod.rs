//! Real servers for the live test suite: fetched once, started, used and stopped.
//!
//! Each server runs in a group of its own, on loopback ports and in a folder of its own, and ends
//! with this process however this process ends. What is fetched lies in [`cache_dir`].
//!
//! Not here: fake servers that tests control byte by byte, and anything the product itself uses.

mod apache;
mod cache;
mod certificates;
mod daemon;
mod deadline;
mod distribution;
mod drive;
pub mod http;
mod java;
mod mod_security;
mod need;
mod nginx;
mod packages;
mod port;
mod relay;
mod rsyslog;
mod search_api;
mod search_server;
mod shared;
mod syslog_ng;
mod tls_front;
mod usage;
mod web_server;

pub use apache::Apache;
pub use cache::cache_dir;
pub use certificates::Certificates;
pub use deadline::until;
pub use distribution::{Distribution, ELASTICSEARCH_8, OPENSEARCH};
pub use drive::Visit;
pub use mod_security::{AuditLog, ModSecurity};
pub use need::{Need, available, trial};
pub use nginx::Nginx;
pub use packages::ensure_installed;
pub use port::free_port;
pub use relay::Relay;
pub use rsyslog::Rsyslog;
pub use search_server::{OpenSearch, SearchServer, SearchServerOptions};
pub use shared::shared_opensearch;
pub use syslog_ng::SyslogNg;
pub use tls_front::TlsFront;
pub use usage::Usage;
pub use web_server::{WebServer, WebServerLogs};
