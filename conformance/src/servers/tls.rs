//! A certificate authority of this run, and a server certificate for `localhost`, 127.0.0.1 and `*.ip.test`.

use std::sync::Arc;

use anyhow::Context as _;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio_rustls::TlsAcceptor;

pub struct Authority(CertifiedIssuer<'static, KeyPair>);

impl Authority {
    pub fn new() -> anyhow::Result<Self> {
        let mut parameters = CertificateParams::new(Vec::<String>::new())?;
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)?;
        Ok(Self(issuer))
    }

    /// Writes its certificate to a file that stays until the process ends.
    pub fn file(&self) -> anyhow::Result<String> {
        let file = tempfile::Builder::new().suffix(".pem").tempfile()?;
        std::fs::write(file.path(), self.0.pem())?;
        let (_, path) = file.keep()?;
        Ok(path.to_string_lossy().into_owned())
    }

    pub fn acceptor(&self, protocols: &[&str]) -> anyhow::Result<TlsAcceptor> {
        let names = ["localhost", "127.0.0.1", "*.ip.test"].map(str::to_owned);
        let key = KeyPair::generate()?;
        let certificate = CertificateParams::new(names)?.signed_by(&key, &self.0)?;
        let chain = vec![CertificateDer::from(certificate.der().to_vec())];
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = rustls::crypto::ring::default_provider();
        let config = ServerConfig::builder_with_provider(Arc::new(provider))
            .with_safe_default_protocol_versions()?;
        let mut config = config
            .with_no_client_auth()
            .with_single_cert(chain, key)
            .context("the server's certificate")?;
        config.alpn_protocols = protocols
            .iter()
            .map(|name| name.as_bytes().to_vec())
            .collect();
        Ok(TlsAcceptor::from(Arc::new(config)))
    }
}
