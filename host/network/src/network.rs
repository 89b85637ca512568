//! Decides which addresses a connection may go to, and connects.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use luminarys_grants::{Denial, Grants, HttpGrants, NameGrant, NetworkGrants};
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;
use url::Url;
/// Where a proxy is.
pub use url::Url as ProxyUrl;

use crate::address::{bare, is_address};
use crate::error::{NetworkError, SetupError};
use crate::lookups::Lookups;
use crate::resolver::{Host, Resolver};
use crate::{race, tls};

/// How the host looks names up and sends HTTP requests, for all skills.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkOptions {
    /// Name servers to ask; empty for the system's resolver.
    pub nameservers: Vec<SocketAddr>,
    /// The proxy of HTTP requests (`http`, `https` or `socks5h`). It looks names up itself: the host then checks addresses
    /// only in URLs that hold one, and otherwise decides by names.
    pub proxy: Option<Url>,
}

/// The resolver and certificates, which all skills share, with the look-ups of one skill or the host. Cheap to clone.
#[derive(Clone)]
pub struct Network {
    shared: Arc<Inner>,
    lookups: Arc<Lookups>,
}

struct Inner {
    resolver: Resolver,
    proxy: Option<Url>,
    /// Read when the first skill needs them.
    roots: OnceLock<Arc<RootCertStore>>,
}

/// A connection, in clear or with TLS.
pub type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// Options of a TLS handshake.
pub struct Tls<'a> {
    /// Whether to accept any certificate.
    pub insecure: bool,
    /// The name or address that the certificate must have.
    pub server_name: &'a str,
}

/// Addresses that a connection may go to.
#[derive(Debug)]
pub struct Checked {
    /// In the resolver's order; empty where a proxy looks the name up.
    pub addresses: Vec<SocketAddr>,
    /// The manifest's line that allows them.
    pub rule: String,
}

impl Network {
    /// Prepares the look-ups of the host itself.
    ///
    /// # Errors
    /// [`SetupError::Resolver`]
    pub fn new(options: NetworkOptions) -> Result<Self, SetupError> {
        let inner = Inner {
            resolver: Resolver::new(&options.nameservers)?,
            proxy: options.proxy,
            roots: OnceLock::new(),
        };
        Ok(Self {
            shared: Arc::new(inner),
            lookups: Arc::new(Lookups::of_host()),
        })
    }

    /// Returns the network for one more skill, whose look-ups wait for each other only.
    pub fn of_skill(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            lookups: Arc::new(Lookups::of_skill()),
        }
    }

    /// Returns the proxy of HTTP requests.
    pub fn proxy(&self) -> Option<&Url> {
        self.shared.proxy.as_ref()
    }

    /// Returns what an operator should know about the connections of a skill; nothing without a proxy.
    pub fn warnings(&self, grants: &Grants) -> Vec<String> {
        match self.proxy() {
            Some(_) => grants.proxy_warnings(),
            None => Vec::new(),
        }
    }

    /// Looks `host` up, checks each address, and returns those that are allowed. Errors name `target`.
    ///
    /// # Errors
    /// [`NetworkError::NotFound`] when the name has no address, [`NetworkError::Denied`] with the first denial when no
    /// address is allowed.
    pub async fn check(
        &self,
        grants: &NetworkGrants,
        name: &NameGrant,
        target: &str,
        host: &str,
        port: u16,
    ) -> Result<Checked, NetworkError> {
        let found = self.resolve(host).await?;
        let mut checked = Checked {
            addresses: Vec::new(),
            rule: name.rule.clone(),
        };
        let mut refusal: Option<Denial> = None;
        for address in found {
            match grants.decide_address(target, name, address) {
                Ok(rule) => {
                    checked.addresses.push(SocketAddr::new(address, port));
                    if let Some(rule) = rule {
                        checked.rule = rule;
                    }
                }
                Err(denial) => {
                    refusal.get_or_insert(denial);
                }
            }
        }
        match refusal {
            Some(denial) if checked.addresses.is_empty() => Err(NetworkError::Denied(denial)),
            _ => Ok(checked),
        }
    }

    /// Decides whether an HTTP request for `url` is allowed, by its addresses, or by its name where a proxy looks it up.
    /// Errors name `target`.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub async fn decide_request(
        &self,
        grants: &HttpGrants,
        url: &Url,
        target: &str,
    ) -> Result<Checked, NetworkError> {
        if self.proxy().is_none() || is_address(url) {
            return self.decide_direct(grants, url, target).await;
        }
        let name = grants.decide_url(url).map_err(NetworkError::Denied)?;
        let decided = grants.decide_unresolved(url, &name);
        decided.map_err(NetworkError::Denied)?;
        Ok(Checked {
            addresses: Vec::new(),
            rule: name.rule,
        })
    }

    /// Decides whether a connection to the host of `url` is allowed, without a proxy, as for a WebSocket.
    ///
    /// # Errors
    /// As [`Self::check`].
    pub async fn decide_direct(
        &self,
        grants: &HttpGrants,
        url: &Url,
        target: &str,
    ) -> Result<Checked, NetworkError> {
        let name = grants.decide_url(url).map_err(NetworkError::Denied)?;
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(80);
        self.check(&grants.network, &name, target, host, port).await
    }

    /// Returns the addresses of a name, unchecked; of an address, itself.
    ///
    /// # Errors
    /// [`NetworkError::Invalid`] for an invalid name, [`NetworkError::NotFound`] when it has no address,
    /// [`NetworkError::Timeout`] when no name server responds.
    pub async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, NetworkError> {
        match Host::new(host)? {
            Host::Known(addresses) => Ok(addresses),
            Host::Name(name) => self.lookups.find(&self.shared.resolver, &name).await,
        }
    }

    /// Connects to the first of `checked` that responds (RFC 8305).
    ///
    /// # Errors
    /// The last attempt's, when all fail.
    pub async fn connect(
        &self,
        target: &str,
        checked: &Checked,
    ) -> Result<TcpStream, NetworkError> {
        let connected = race::connect(&checked.addresses).await;
        connected.map_err(|error| NetworkError::io(target, error))
    }

    /// Connects, and does the TLS handshake when `tls` asks for it.
    ///
    /// # Errors
    /// [`NetworkError`], also when `grants` do not allow to accept any certificate.
    pub async fn open(
        &self,
        grants: &NetworkGrants,
        target: &str,
        checked: &Checked,
        tls: Option<Tls<'_>>,
    ) -> Result<Stream, NetworkError> {
        if let Some(tls) = &tls
            && tls.insecure
        {
            let decision = grants.decide_insecure(target);
            decision.map_err(NetworkError::Denied)?;
        }
        let stream = self.connect(target, checked).await?;
        let Some(Tls {
            insecure,
            server_name,
        }) = tls
        else {
            return Ok(Stream::Left(stream));
        };
        let bare = bare(server_name);
        let name = ServerName::try_from(bare.to_owned());
        let invalid =
            |_| NetworkError::Invalid(format!("{bare:?} is not a valid TLS server name").into());
        let name = name.map_err(invalid)?;
        let connector = TlsConnector::from(Arc::new(self.tls(grants, insecure)?));
        let secured = connector.connect(name, stream).await;
        let secured = secured.map_err(|error| NetworkError::tls(target, error))?;
        Ok(Stream::Right(Box::new(secured)))
    }

    /// Returns a TLS configuration that trusts the system's certificates and those of `grants`, or any when `insecure`.
    ///
    /// # Errors
    /// [`NetworkError::Tls`] when a certificate of `grants` is invalid.
    pub fn tls(
        &self,
        grants: &NetworkGrants,
        insecure: bool,
    ) -> Result<ClientConfig, NetworkError> {
        let roots = self.shared.roots.get_or_init(tls::system_roots);
        tls::client_config(roots, grants.certificates.as_deref(), insecure)
    }
}
