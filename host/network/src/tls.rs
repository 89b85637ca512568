//! Which certificates are trusted.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use crate::error::{BoxError, Failure, NetworkError};

/// Returns the certificates that the system trusts.
pub(crate) fn system_roots() -> Arc<RootCertStore> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("a certificate of the system is ignored: {error}");
    }
    let mut roots = RootCertStore::empty();
    let (added, _) = roots.add_parsable_certificates(found.certs);
    if added == 0 {
        tracing::warn!("the system has no certificates; only permissions.*.ca_file is trusted");
    }
    Arc::new(roots)
}

/// Returns a configuration that trusts `roots` and the PEM `certificates`, or any certificate when `insecure`.
///
/// # Errors
/// [`NetworkError::Tls`] when one of `certificates` is invalid.
pub(crate) fn client_config(
    roots: &Arc<RootCertStore>,
    certificates: Option<&[u8]>,
    insecure: bool,
) -> Result<ClientConfig, NetworkError> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = ClientConfig::builder_with_provider(provider.clone())
        .with_safe_default_protocol_versions()
        .map_err(|error| NetworkError::Tls(Failure::with_text(error.to_string(), error)))?;
    if insecure {
        let verifier = Arc::new(Unverified(provider));
        let builder = builder
            .dangerous()
            .with_custom_certificate_verifier(verifier);
        return Ok(builder.with_no_client_auth());
    }
    let mut roots = roots.clone();
    if let Some(certificates) = certificates {
        let own = Arc::make_mut(&mut roots);
        for certificate in CertificateDer::pem_slice_iter(certificates) {
            let certificate = certificate.map_err(invalid)?;
            own.add(certificate).map_err(invalid)?;
        }
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn invalid(error: impl Into<BoxError>) -> NetworkError {
    NetworkError::Tls(Failure::of("ca_file", error))
}

/// Accepts every certificate; the signatures of the handshake are still verified.
#[derive(Debug)]
struct Unverified(Arc<CryptoProvider>);

impl ServerCertVerifier for Unverified {
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
