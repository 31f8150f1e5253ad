//! Apache with `ModSecurity` and the Core Rule Set, as a writer of audit logs.

use std::path::{Path, PathBuf};

use anyhow::Result;

use super::apache;
use super::packages::{MOD_SECURITY, ensure_installed};
use super::web_server::{Kind, WebServer, WebServerLogs};

/// Debian packages of the server, its module and the rules.
pub(crate) const PACKAGES: [&str; 3] = ["apache2", "libapache2-mod-security2", "modsecurity-crs"];

/// Where the module keeps what it counts, in the server's folder.
const COUNTS: &str = "counts";

/// How the audit log is written, each record behind the one before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuditLog {
    /// The native form, and only transactions that a rule found something in, as Debian has it.
    Native,
    /// An object in a line for each transaction.
    Json,
}

/// Starts Apache with rules that stop requests.
#[derive(Debug, Clone, Copy)]
pub struct ModSecurity;

impl ModSecurity {
    /// Starts it and waits until it accepts connections.
    ///
    /// # Errors
    /// When it cannot be installed or does not start; its log is in the message.
    pub fn start(logs: &WebServerLogs, audit: AuditLog) -> Result<WebServer> {
        ensure_installed(&PACKAGES)?;
        let settings = match audit {
            AuditLog::Native => native,
            AuditLog::Json => json,
        };
        let kind = Kind { name: "ModSecurity", writable: &[COUNTS], settings, ..apache::KIND };
        WebServer::start(&kind, logs)
    }

    /// Where it writes its audit log: beside the error log.
    #[must_use]
    pub fn audit_log(logs: &WebServerLogs) -> PathBuf {
        logs.error.with_file_name("modsec_audit.log")
    }
}

fn native(home: &Path, port: u16, logs: &WebServerLogs) -> String {
    settings(home, port, logs, "RelevantOnly", "Native")
}

fn json(home: &Path, port: u16, logs: &WebServerLogs) -> String {
    settings(home, port, logs, "On", "JSON")
}

fn settings(home: &Path, port: u16, logs: &WebServerLogs, which: &str, form: &str) -> String {
    let apache = apache::settings(home, port, logs);
    let counts = home.join(COUNTS);
    format!(
        "{apache}\
         LoadModule unique_id_module {}/mod_unique_id.so\n\
         LoadModule security2_module {MOD_SECURITY}\n\
         SecRuleEngine On\n\
         SecRequestBodyAccess On\n\
         SecResponseBodyAccess On\n\
         SecResponseBodyMimeType text/plain text/html text/xml\n\
         SecDataDir {counts}\n\
         SecTmpDir {counts}\n\
         SecAuditEngine {which}\n\
         SecAuditLogRelevantStatus \"^(?:5|4(?!04))\"\n\
         SecAuditLogParts ABDEFHIJZ\n\
         SecAuditLogType Serial\n\
         SecAuditLogFormat {form}\n\
         SecAuditLog {}\n\
         Include /etc/modsecurity/crs/crs-setup.conf\n\
         Include /usr/share/modsecurity-crs/rules/*.conf\n",
        apache::MODULES,
        ModSecurity::audit_log(logs).display(),
        counts = counts.display(),
    )
}
