//! The server's certificate and its key.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use rustls::client::verify_server_cert_signed_by_trust_anchor;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::sign::CertifiedKey;
use rustls::{CertificateError, InconsistentKeys, RootCertStore};
use thiserror::Error;

/// The configuration key of the certificate file.
pub const CERT_KEY: &str = "http.tls.cert";

/// The configuration key of the private key file.
pub const KEY_KEY: &str = "http.tls.key";

/// The largest file of certificates or of a key, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// How long before its expiry a certificate causes warnings.
const SOON: Duration = Duration::from_secs(14 * 24 * 60 * 60);

/// The files of a certificate and its key, in PEM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFiles {
    /// The certificate and its chain.
    pub cert: PathBuf,
    /// The private key.
    pub key: PathBuf,
}

/// A certificate or a key that cannot be used.
#[derive(Debug, Error)]
pub enum TlsError {
    /// The file.
    #[error("{key}: {file} cannot be read: {reason}")]
    Read {
        /// `http.tls.cert` or `http.tls.key`.
        key: &'static str,
        /// The file.
        file: String,
        /// The operating system's reason.
        reason: io::Error,
    },
    /// Others may read or replace the private key.
    #[error(
        "{KEY_KEY}: {file} is not used: other users may read or write it (mode {mode:o}); run: chmod o-rwx,g-w {quoted}",
        quoted = quoted(.file)
    )]
    Exposed {
        /// The file.
        file: String,
        /// Its mode.
        mode: u32,
    },
    /// The file has no PEM block of the expected kind.
    #[error("{key}: {file} has no {what} in PEM, which begins with -----BEGIN {label}-----")]
    Absent {
        /// `http.tls.cert` or `http.tls.key`.
        key: &'static str,
        /// The file.
        file: String,
        /// The expected content.
        what: &'static str,
        /// Its PEM label.
        label: &'static str,
    },
    /// The private key is encrypted.
    #[error(
        "{KEY_KEY}: {file} is encrypted, and the host cannot ask for its password; decrypt it: openssl pkey -in {quoted} -out \
         key.pem",
        quoted = quoted(.file)
    )]
    Encrypted {
        /// The file.
        file: String,
    },
    /// The file is damaged or of an unknown kind.
    #[error("{key}: {file} cannot be used: {reason}")]
    Invalid {
        /// `http.tls.cert` or `http.tls.key`.
        key: &'static str,
        /// The file.
        file: String,
        /// What is wrong.
        reason: String,
    },
    /// The key belongs to another certificate.
    #[error("{KEY_KEY}: {file} is not the key of the first certificate in {cert}, {CERT_KEY}")]
    Mismatch {
        /// The file of the key.
        file: String,
        /// The file of the certificate.
        cert: String,
    },
    /// The certificate has expired.
    #[error("{CERT_KEY}: the certificate in {file} expired at {at}; renew it")]
    Expired {
        /// The file.
        file: String,
        /// When.
        at: String,
    },
    /// The certificate is not valid yet.
    #[error(
        "{CERT_KEY}: the certificate in {file} is valid only from {at}; check the clock of this machine"
    )]
    NotYet {
        /// The file.
        file: String,
        /// When.
        at: String,
    },
}

impl TlsError {
    /// Returns the key of the configuration whose file cannot be used.
    pub fn key(&self) -> &'static str {
        match self {
            Self::Read { key, .. } | Self::Absent { key, .. } | Self::Invalid { key, .. } => key,
            Self::Exposed { .. } | Self::Encrypted { .. } | Self::Mismatch { .. } => KEY_KEY,
            Self::Expired { .. } | Self::NotYet { .. } => CERT_KEY,
        }
    }
}

fn quoted(file: &str) -> String {
    shlex::try_quote(file).map_or_else(|_| "FILE".to_owned(), |quoted| quoted.into_owned())
}

impl TlsFiles {
    /// Loads the files as a server does. Returns a warning if the certificate expires soon. Blocking.
    ///
    /// # Errors
    /// [`TlsError`] when they cannot be used.
    pub fn check(&self) -> Result<Option<String>, TlsError> {
        let certified = self.load()?;
        Ok(self.ends_soon(&certified))
    }

    /// Reads the certificate and its key. Blocking.
    ///
    /// # Errors
    /// [`TlsError`]
    pub(crate) fn load(&self) -> Result<CertifiedKey, TlsError> {
        let (cert, key) = (self.cert.display(), self.key.display());
        let chain = read_certificates(&self.cert)?;
        let private = read_key(&self.key)?;
        let provider = rustls::crypto::ring::default_provider();
        let invalid = |key: &'static str, file: String, reason: String| TlsError::Invalid {
            key,
            file,
            reason,
        };
        let signer = provider.key_provider.load_private_key(private);
        let signer =
            signer.map_err(|error| invalid(KEY_KEY, key.to_string(), error.to_string()))?;
        let certified = CertifiedKey::new(chain, signer);
        match certified.keys_match() {
            Ok(()) | Err(rustls::Error::InconsistentKeys(InconsistentKeys::Unknown)) => {}
            Err(rustls::Error::InconsistentKeys(_)) => {
                return Err(TlsError::Mismatch {
                    file: key.to_string(),
                    cert: cert.to_string(),
                });
            }
            Err(error) => return Err(invalid(CERT_KEY, cert.to_string(), error.to_string())),
        }
        let file = cert.to_string();
        match times(&certified, &provider, UnixTime::now()) {
            Times::Within => Ok(certified),
            Times::Expired(at) => Err(TlsError::Expired { file, at }),
            Times::NotYet(at) => Err(TlsError::NotYet { file, at }),
        }
    }

    /// Returns a warning if the certificate expires soon.
    pub(crate) fn ends_soon(&self, certified: &CertifiedKey) -> Option<String> {
        let then =
            UnixTime::since_unix_epoch(Duration::from_secs(UnixTime::now().as_secs()) + SOON);
        let provider = rustls::crypto::ring::default_provider();
        match times(certified, &provider, then) {
            Times::Expired(at) => {
                let file = self.cert.display();
                Some(format!(
                    "{CERT_KEY}: the certificate in {file} expires at {at}; renew it"
                ))
            }
            Times::Within | Times::NotYet(_) => None,
        }
    }
}

/// The position of a time relative to a certificate's validity.
enum Times {
    Within,
    Expired(String),
    NotYet(String),
}

/// Verifies the certificate's validity period, as clients do. Its issuer is for clients to judge.
fn times(certified: &CertifiedKey, provider: &CryptoProvider, at: UnixTime) -> Times {
    let Some((first, others)) = certified.cert.split_first() else {
        return Times::Within;
    };
    let Ok(parsed) = ParsedCertificate::try_from(first) else {
        return Times::Within;
    };
    let algorithms = provider.signature_verification_algorithms.all;
    let nobody = RootCertStore::empty();
    // The validity period is checked before the issuer, which is not trusted here.
    let verified =
        verify_server_cert_signed_by_trust_anchor(&parsed, &nobody, others, at, algorithms);
    let told = |time: UnixTime| {
        let seconds = i64::try_from(time.as_secs()).unwrap_or(i64::MAX);
        let stamp = Timestamp::from_second(seconds).unwrap_or(Timestamp::MAX);
        stamp.to_string()
    };
    match verified {
        Err(rustls::Error::InvalidCertificate(CertificateError::ExpiredContext {
            not_after,
            ..
        })) => Times::Expired(told(not_after)),
        Err(rustls::Error::InvalidCertificate(CertificateError::NotValidYetContext {
            not_before,
            ..
        })) => Times::NotYet(told(not_before)),
        _ => Times::Within,
    }
}

fn read_certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let text = read(CERT_KEY, file)?;
    let found = CertificateDer::pem_slice_iter(&text).collect::<Result<Vec<_>, _>>();
    let chain = found.map_err(|error| TlsError::Invalid {
        key: CERT_KEY,
        file: file.display().to_string(),
        reason: error.to_string(),
    })?;
    if chain.is_empty() {
        return Err(TlsError::Absent {
            key: CERT_KEY,
            file: file.display().to_string(),
            what: "certificate",
            label: "CERTIFICATE",
        });
    }
    Ok(chain)
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsError> {
    let file = path.display().to_string();
    let failed = |reason: io::Error| TlsError::Read {
        key: KEY_KEY,
        file: path.display().to_string(),
        reason,
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = luminarys_files::open(path).and_then(|file| file.metadata());
        let mode = metadata.map_err(failed)?.mode() & 0o7777;
        // A group may be allowed to read the key, as is common in `/etc/ssl/private`.
        if mode & 0o027 != 0 {
            return Err(TlsError::Exposed { file, mode });
        }
    }
    let text = read(KEY_KEY, path)?;
    match PrivateKeyDer::from_pem_slice(&text) {
        Ok(key) => Ok(key),
        Err(pem::Error::NoItemsFound) if is_encrypted(&text) => Err(TlsError::Encrypted { file }),
        Err(pem::Error::NoItemsFound) => Err(TlsError::Absent {
            key: KEY_KEY,
            file,
            what: "private key",
            label: "PRIVATE KEY",
        }),
        // Not the parser's message, which may contain a part of the key.
        Err(_) => Err(TlsError::Invalid {
            key: KEY_KEY,
            file,
            reason: "the PEM in it is damaged".to_owned(),
        }),
    }
}

fn is_encrypted(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text);
    text.contains("BEGIN ENCRYPTED PRIVATE KEY") || text.contains("Proc-Type: 4,ENCRYPTED")
}

fn read(key: &'static str, path: &Path) -> Result<Vec<u8>, TlsError> {
    luminarys_files::read(path, MAX_BYTES).map_err(|reason| TlsError::Read {
        key,
        file: path.display().to_string(),
        reason,
    })
}

/// Returns the TLS configuration with `resolver`'s certificate, for HTTP/2 and HTTP/1.1.
///
/// # Errors
/// rustls's error, when the provider does not support the protocol versions.
pub(crate) fn server_config(
    resolver: Arc<dyn rustls::server::ResolvesServerCert>,
) -> Result<rustls::ServerConfig, rustls::Error> {
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?;
    let mut config = builder.with_no_client_auth().with_cert_resolver(resolver);
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

#[cfg(test)]
#[path = "tls_tests.rs"]
mod tests;
