//! How an encrypted connection is made: whom we trust, and who we say we are.
//!
//! The cryptography is ring's; see `docs/decisions/0005-tls-by-ring.md`.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{ClientConfig, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::{Error as PemError, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{DigitallySignedStruct, RootCertStore, SignatureScheme};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use weir_config::{At, Diagnostic};
use weir_host::Files;

/// No certificate file is larger: the bundle of all public authorities has 200 KiB.
const PEM_BYTES_MAX: u64 = 4 << 20;

/// Encryption of the connection.
#[derive(Clone, Debug, Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(crate) struct Tls {
    /// PEM file with the authorities that may sign the server's certificate, in place of those the
    /// system trusts.
    #[serde(default)]
    ca: Option<PathBuf>,
    /// PEM file with the certificate by which the server recognises us, and those between it and
    /// its authority.
    #[serde(default)]
    certificate: Option<At<PathBuf>>,
    /// PEM file with the private key of `certificate`.
    #[serde(default)]
    key: Option<At<PathBuf>>,
    /// Whether the server has to prove who it is. Without it anyone between can read and change
    /// what is sent: for trials only.
    #[serde(default = "yes")]
    verify: bool,
}

fn yes() -> bool {
    true
}

impl Default for Tls {
    fn default() -> Self {
        Self { ca: None, certificate: None, key: None, verify: true }
    }
}

impl Tls {
    /// For a client that will never encrypt anything.
    pub(crate) fn untrusting() -> Self {
        Self { verify: false, ..Self::default() }
    }

    /// Checks what can be checked without opening a file.
    pub(crate) fn check(&self) -> Result<(), Diagnostic> {
        match (&self.certificate, &self.key) {
            (Some(certificate), None) => Err(Diagnostic::error("`certificate` needs its `key`")
                .at(certificate, "this certificate")
                .help("add `key`, the PEM file with its private key")),
            (None, Some(key)) => Err(Diagnostic::error("`key` needs its `certificate`")
                .at(key, "this key")
                .help("add `certificate`, the PEM file that belongs to it")),
            _ => Ok(()),
        }
    }

    /// Whether it refers to files, which may be exchanged while we run.
    pub(crate) fn has_files(&self) -> bool {
        self.ca.is_some() || self.certificate.is_some()
    }

    /// Reads the files and makes what the HTTP client needs. The error is a sentence for the
    /// operator.
    pub(crate) fn open(&self, files: &dyn Files) -> Result<ClientConfig, String> {
        let provider = Arc::new(ring::default_provider());
        let verifier = self.verifier(files, &provider)?;
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| format!("no TLS version can be used: {error}"))?
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        let (Some(certificate), Some(key)) = (&self.certificate, &self.key) else {
            return Ok(config.with_no_client_auth());
        };
        let chain = certificates(files, "certificate", certificate)?;
        let path: &Path = key;
        let key = PrivateKeyDer::from_pem_slice(&read(files, "key", path)?)
            .map_err(|error| refuse("key", path, &explain(&error, "private key")))?;
        config.with_client_auth_cert(chain, key).map_err(|error| {
            refuse("key", path, &format!("it does not go with `certificate`: {error}"))
        })
    }

    fn verifier(
        &self,
        files: &dyn Files,
        provider: &Arc<CryptoProvider>,
    ) -> Result<Arc<dyn ServerCertVerifier>, String> {
        if !self.verify {
            return Ok(Arc::new(Trusting(provider.clone())));
        }
        let Some(ca) = &self.ca else {
            let verifier = rustls_platform_verifier::Verifier::new(provider.clone());
            return Ok(Arc::new(verifier.map_err(|error| {
                format!(
                    "the system's trusted certificates cannot be read: {error}; install the \
                     package `ca-certificates`, or set `ca` under `tls`"
                )
            })?));
        };
        let mut roots = RootCertStore::empty();
        for certificate in certificates(files, "ca", ca)? {
            roots.add(certificate).map_err(|error| refuse("ca", ca, &error.to_string()))?;
        }
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider.clone()).build();
        Ok(verifier.map_err(|error| refuse("ca", ca, &error.to_string()))?)
    }
}

fn certificates(
    files: &dyn Files,
    setting: &str,
    path: &Path,
) -> Result<Vec<CertificateDer<'static>>, String> {
    let pem = read(files, setting, path)?;
    let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let chain = chain.map_err(|error| refuse(setting, path, &explain(&error, "certificate")))?;
    if chain.is_empty() {
        return Err(refuse(setting, path, &explain(&PemError::NoItemsFound, "certificate")));
    }
    Ok(chain)
}

fn read(files: &dyn Files, setting: &str, path: &Path) -> Result<Vec<u8>, String> {
    weir_host::read_all(files, path, PEM_BYTES_MAX)
        .map_err(|error| refuse(setting, path, &error.to_string()))
}

fn explain(error: &PemError, wanted: &str) -> String {
    match error {
        PemError::NoItemsFound => {
            format!("it holds no {wanted} in PEM form, which begins with `-----BEGIN`")
        }
        error => format!("it is not in PEM form: {error}"),
    }
}

fn refuse(setting: &str, path: &Path, why: &str) -> String {
    format!("the file `{}` of `tls.{setting}` cannot be used: {why}", path.display())
}

/// Believes any certificate; the signatures of the handshake are still checked.
#[derive(Debug)]
struct Trusting(Arc<CryptoProvider>);

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.0.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use weir_host::DiskFiles;

    use super::*;

    fn tls(toml: &str) -> Tls {
        toml::from_str(toml).unwrap()
    }

    #[test]
    fn a_certificate_and_its_key_belong_together() {
        assert!(tls("certificate = 'a'").check().unwrap_err().title().contains("needs its `key`"));
        assert!(tls("key = 'a'").check().unwrap_err().title().contains("needs its `certificate`"));
        tls("certificate = 'a'\nkey = 'b'").check().unwrap();
    }

    #[test]
    fn a_file_that_cannot_be_used_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let tls = tls(&format!("ca = '{}'", path.display()));
        let refused = || tls.open(&DiskFiles).unwrap_err();
        assert!(refused().contains("`tls.ca` cannot be used: No such file"), "{}", refused());
        std::fs::write(&path, "nothing").unwrap();
        assert!(refused().ends_with("which begins with `-----BEGIN`"), "{}", refused());
        let key = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        std::fs::write(&path, key.cert.pem()).unwrap();
        tls.open(&DiskFiles).unwrap();
    }

    #[test]
    fn a_client_certificate_is_shown_to_the_server() {
        let folder = tempfile::tempdir().unwrap();
        let own = rcgen::generate_simple_self_signed(["client".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(["other".to_owned()]).unwrap();
        let at = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(at("cert"), own.cert.pem()).unwrap();
        std::fs::write(at("key"), own.signing_key.serialize_pem()).unwrap();
        std::fs::write(at("other"), other.signing_key.serialize_pem()).unwrap();
        let tls = |key: &str| {
            tls(&format!("verify = false\ncertificate = '{}'\nkey = '{}'", at("cert"), at(key)))
        };
        assert!(tls("key").open(&DiskFiles).unwrap().client_auth_cert_resolver.has_certs());
        let refused = tls("other").open(&DiskFiles).unwrap_err();
        assert!(refused.contains("does not go with `certificate`"), "{refused}");
    }

    /// A server that takes one connection after another and answers every bulk request.
    fn serve(certificate: &rcgen::CertifiedKey<rcgen::KeyPair>) -> u16 {
        use std::io::{BufRead as _, Write as _};
        let chain = vec![certificate.cert.der().clone()];
        let key = PrivateKeyDer::try_from(certificate.signing_key.serialize_der()).unwrap();
        let provider = Arc::new(ring::default_provider());
        let config = rustls::ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .unwrap();
        let (config, listener) =
            (Arc::new(config), std::net::TcpListener::bind("127.0.0.1:0").unwrap());
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let connection = rustls::ServerConnection::new(config.clone()).unwrap();
                let mut stream = rustls::StreamOwned::new(connection, stream.unwrap());
                let mut head = std::io::BufReader::new(&mut stream).lines();
                // A client that does not trust us ends the connection here.
                while head.next().is_some_and(|line| line.is_ok_and(|line| !line.is_empty())) {}
                drop(head);
                let body = r#"{"errors":false}"#;
                let length = body.len();
                let answer = format!(
                    "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
                );
                let _unneeded = stream.write_all(answer.as_bytes());
                stream.conn.send_close_notify();
                let _unneeded = stream.flush();
            }
        });
        port
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn only_a_server_that_proves_who_it_is_gets_events() {
        use crate::elasticsearch::Elasticsearch;
        use crate::tests::{built, chunks};
        use weir_component::{Output as _, SendError};
        let folder = tempfile::tempdir().unwrap();
        let certified = || rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let (ours, strange) = (certified(), certified());
        let file = |name: &str, pem: String| {
            let path = folder.path().join(name);
            std::fs::write(&path, pem).unwrap();
            path.display().to_string()
        };
        let (ca, stranger) = (file("ca", ours.cert.pem()), file("no", strange.cert.pem()));
        let url = format!("https://localhost:{}", serve(&ours));
        let sent = async |more: String| {
            let toml = format!("url = '{url}'\nindex = 'logs'\n{more}");
            let output = built::<Elasticsearch>(&toml).unwrap();
            output.send(&chunks(&output, &[r#"{"message":"a"}"#])).await
        };
        sent(format!("tls.ca = '{ca}'")).await.unwrap();
        sent("tls.verify = false".to_owned()).await.unwrap();
        for (more, words) in [
            (format!("tls.ca = '{stranger}'"), "is not trusted (invalid peer certificate"),
            ("tls.ca = '/nowhere'".to_owned(), "`/nowhere` of `tls.ca` cannot be used"),
        ] {
            match sent(more).await.unwrap_err() {
                SendError::Blocked { cause } => assert!(cause.contains(words), "{cause}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
