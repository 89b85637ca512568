//! Connections to the world, for every capability alike: a name is looked up here, each address is checked, and the
//! connection goes to the address that was checked, so that no second lookup gives another.
//!
//! - `resolver`: names to addresses; `lookups`: how many at once; `race`: the first address that answers; `names`: those of the host's
//!   own connections; `transport`: HTTP over them; `tls`: certificates; `error`: how it fails; `charged`: streams whose bytes
//!   are charged

mod charged;
mod error;
mod lookups;
mod names;
mod race;
mod resolver;
mod tls;
mod transport;

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use luminarys_grants::{Denial, Grants, HttpGrants, NameGrant, NetworkGrants};
use luminarys_text::cut;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_util::either::Either;
use url::Url;
/// Where a proxy is.
pub use url::Url as ProxyUrl;

use crate::RuntimeError;

pub(crate) use charged::Charged;
pub(crate) use error::NetworkError;
use lookups::Lookups;
pub(crate) use names::OwnNames;
use resolver::{Host, Resolver};
pub(crate) use transport::{BoxError, Transport};

/// What connections of all skills go through.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NetworkOptions {
    /// Asked for addresses in place of the system's own way.
    pub nameservers: Vec<SocketAddr>,
    /// Where HTTP requests go (`http`, `https` or `socks5h`). It then looks up names itself: the host decides on
    /// addresses only where a URL holds one, and otherwise by what names say.
    pub proxy: Option<Url>,
}

/// Resolver and certificates, which all skills share, as one skill or the host itself has them. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Network {
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
pub(crate) type Stream = Either<TcpStream, Box<TlsStream<TcpStream>>>;

/// How TLS is asked for.
pub(crate) struct Tls<'a> {
    /// Whether any certificate will do.
    pub insecure: bool,
    /// The name in the certificate, or an address.
    pub server_name: &'a str,
}

/// Takes `host:port` apart; an IPv6 address stands in brackets. The host comes back in lower case, without a dot at its
/// end.
///
/// # Errors
/// [`NetworkError::Invalid`]
pub(crate) fn split_address(text: &str) -> Result<(String, u16), NetworkError> {
    let failed = |reason: &str| {
        let shown = cut(text, 200);
        NetworkError::Invalid(format!("the address {shown:?} {reason}"))
    };
    let (host, port) = text
        .rsplit_once(':')
        .ok_or_else(|| failed("is not host:port"))?;
    let port = port.parse().ok().filter(|port| *port > 0);
    let port = port.ok_or_else(|| failed("has no port from 1 to 65535"))?;
    let lower = host.to_ascii_lowercase();
    let host = lower.strip_suffix('.').unwrap_or(&lower);
    let bracketed = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    if let Some(inner) = bracketed {
        let address: std::net::Ipv6Addr = inner
            .parse()
            .map_err(|_| failed("has no IPv6 address in its brackets"))?;
        return Ok((format!("[{address}]"), port));
    }
    if host.is_empty() || host.contains([':', '[', ']', '/', '@']) {
        return Err(failed(
            "is not host:port; an IPv6 address stands in brackets",
        ));
    }
    Ok((host.to_owned(), port))
}

/// Tells whether the host of `url` is an address.
pub(crate) fn is_address(url: &Url) -> bool {
    bare(url.host_str().unwrap_or_default())
        .parse::<IpAddr>()
        .is_ok()
}

/// A host without the brackets of an IPv6 address.
pub(crate) fn bare(host: &str) -> &str {
    let inner = host.strip_prefix('[');
    let inner = inner.and_then(|rest| rest.strip_suffix(']'));
    inner.unwrap_or(host)
}

/// Addresses that may be connected to.
#[derive(Debug)]
pub(crate) struct Checked {
    pub addresses: Vec<SocketAddr>,
    /// The manifest's line that allows it.
    pub rule: String,
}

impl Network {
    pub fn new(options: NetworkOptions) -> Result<Self, RuntimeError> {
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

    /// The same for one more skill, whose look-ups wait for each other only.
    pub fn of_skill(&self) -> Self {
        Self {
            shared: self.shared.clone(),
            lookups: Arc::new(Lookups::of_skill()),
        }
    }

    /// Where HTTP requests go instead of their host.
    pub fn proxy(&self) -> Option<&Url> {
        self.shared.proxy.as_ref()
    }

    /// What an operator should know of the connections of a skill: nothing where no proxy is between.
    pub fn warnings(&self, grants: &Grants) -> Vec<String> {
        match self.proxy() {
            Some(_) => grants.proxy_warnings(),
            None => Vec::new(),
        }
    }

    /// Looks `host` up and decides on each address. Those that are refused are left out; when all are, the first refusal
    /// is the answer.
    ///
    /// # Errors
    /// [`NetworkError::NotFound`] when the name has no address, [`NetworkError::Denied`].
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

    /// Decides over an HTTP request for `url`, which errors show as `target`: over its addresses, or by what its name says
    /// where the proxy looks it up. Then there are no addresses in the answer.
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

    /// Decides over a connection to the host of `url` itself, whatever proxy there is, as for a WebSocket.
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

    /// Returns the addresses of a name, or of an address, unchecked.
    ///
    /// # Errors
    /// [`NetworkError::Invalid`] for what is no name, [`NetworkError::NotFound`] when it has no address,
    /// [`NetworkError::Timeout`] when no name server answers.
    pub async fn resolve(&self, host: &str) -> Result<Vec<IpAddr>, NetworkError> {
        match Host::new(host)? {
            Host::Known(addresses) => Ok(addresses),
            Host::Name(name) => self.lookups.find(&self.shared.resolver, &name).await,
        }
    }

    /// Connects to the first of `checked` that answers, each with a moment's lead on the next.
    ///
    /// # Errors
    /// [`NetworkError::Io`] of the last.
    pub async fn connect(
        &self,
        target: &str,
        checked: &Checked,
    ) -> Result<TcpStream, NetworkError> {
        let connected = race::connect(&checked.addresses).await;
        connected.map_err(|error| NetworkError::io(target, &error))
    }

    /// Connects, and agrees upon TLS when that is asked for.
    ///
    /// # Errors
    /// [`NetworkError`]
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
        let name =
            name.map_err(|_| NetworkError::Invalid(format!("{bare:?} is no name for TLS")))?;
        let connector = TlsConnector::from(Arc::new(self.tls(grants, insecure)?));
        let agreed = connector.connect(name, stream).await;
        let agreed = agreed.map_err(|error| NetworkError::tls(target, &error))?;
        Ok(Stream::Right(Box::new(agreed)))
    }

    /// TLS with the system's certificates and those of a section, or without looking at any.
    ///
    /// # Errors
    /// [`NetworkError::Tls`] when a certificate of the section is none.
    pub fn tls(
        &self,
        grants: &NetworkGrants,
        insecure: bool,
    ) -> Result<ClientConfig, NetworkError> {
        let roots = self.shared.roots.get_or_init(tls::system_roots);
        tls::client_config(roots, grants.certificates.as_deref(), insecure)
    }
}
