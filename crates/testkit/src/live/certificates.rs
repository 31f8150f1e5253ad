//! Certificates for one test: an authority of its own, a server, a client, and a stranger.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rcgen::{
    BasicConstraints, CertificateParams, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose,
};

/// PEM files in one folder.
#[derive(Debug, Clone)]
pub struct Certificates {
    folder: PathBuf,
}

impl Certificates {
    /// Issues new certificates and writes them to `folder`.
    ///
    /// # Errors
    /// When the folder cannot be written to.
    pub fn issue(folder: &Path) -> Result<Self> {
        let certificates = Self { folder: folder.to_owned() };
        let authority = certificates.authority("ca", "weir test authority")?;
        certificates.authority("stranger", "a stranger")?;
        let server = ExtendedKeyUsagePurpose::ServerAuth;
        certificates.leaf("server", &["localhost", "127.0.0.1", "::1"], server, &authority)?;
        certificates.leaf("client", &["weir"], ExtendedKeyUsagePurpose::ClientAuth, &authority)?;
        Ok(certificates)
    }

    /// The authority that signed both leaves.
    #[must_use]
    pub fn ca(&self) -> PathBuf {
        self.file("ca.pem")
    }

    /// An authority that signed nothing: a client that trusts only this must refuse the server.
    #[must_use]
    pub fn stranger_ca(&self) -> PathBuf {
        self.file("stranger.pem")
    }

    /// The server's certificate, for `localhost`, `127.0.0.1` and `::1`.
    #[must_use]
    pub fn server(&self) -> PathBuf {
        self.file("server.pem")
    }

    /// The server's key, PKCS#8.
    #[must_use]
    pub fn server_key(&self) -> PathBuf {
        self.file("server.key")
    }

    /// A client's certificate.
    #[must_use]
    pub fn client(&self) -> PathBuf {
        self.file("client.pem")
    }

    /// The client's key, PKCS#8.
    #[must_use]
    pub fn client_key(&self) -> PathBuf {
        self.file("client.key")
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn authority(&self, file: &str, name: &str) -> Result<Issuer<'static, KeyPair>> {
        let key = KeyPair::generate()?;
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        fs::write(self.file(&format!("{file}.pem")), params.self_signed(&key)?.pem())?;
        Ok(Issuer::new(params, key))
    }

    fn leaf(
        &self,
        file: &str,
        names: &[&str],
        purpose: ExtendedKeyUsagePurpose,
        authority: &Issuer<'static, KeyPair>,
    ) -> Result<()> {
        let key = KeyPair::generate()?;
        let names: Vec<String> = names.iter().map(ToString::to_string).collect();
        let mut params = CertificateParams::new(names)?;
        params.distinguished_name.push(DnType::CommonName, file);
        params.extended_key_usages = vec![purpose];
        params.use_authority_key_identifier_extension = true;
        let certificate = params.signed_by(&key, authority)?;
        fs::write(self.file(&format!("{file}.pem")), certificate.pem())?;
        fs::write(self.file(&format!("{file}.key")), key.serialize_pem())?;
        Ok(())
    }
}
