//! One hop: decided, then sent to an address that was decided over.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use luminarys_grants::Grants;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, Proxy, Request, Response};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use crate::audit::CallAudit;
use crate::network::{Network, NetworkError, OwnNames, bare};

/// Hosts whose decided addresses are remembered.
const MAX_PINS: usize = 1024;
/// Connections kept for the next request.
const IDLE: Duration = Duration::from_secs(60);

/// The requests of one skill. Its connections are no other skill's.
pub(crate) struct HttpClient {
    network: Network,
    grants: Arc<Grants>,
    pins: Arc<Pins>,
    decoding: OnceLock<Client>,
    plain: OnceLock<Client>,
}

/// Whether compressed answers are decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Coding {
    Decode,
    Keep,
}

impl HttpClient {
    pub fn new(network: Network, grants: Arc<Grants>) -> Self {
        Self {
            pins: Arc::new(Pins {
                network: network.clone(),
                proxy: network.proxy().and_then(Url::host_str).map(str::to_owned),
                known: Mutex::default(),
            }),
            network,
            grants,
            decoding: OnceLock::new(),
            plain: OnceLock::new(),
        }
    }

    /// Decides over the request's URL and addresses, and sends it. Redirects are not followed.
    ///
    /// # Errors
    /// [`NetworkError`]
    pub async fn execute(
        &self,
        request: Request,
        coding: Coding,
        audit: &CallAudit,
    ) -> Result<Response, NetworkError> {
        self.decide(request.url(), audit).await?;
        if let Some(host) = request.headers().get(http::header::HOST) {
            self.decide_host(request.url(), host)?;
        }
        let target = shown(request.url());
        // In a task of its own, whose stack is a thread's: that of an instance would grow by all that a request calls, and
        // stay so for as long as it waits.
        let sending = tokio::spawn(self.client(coding)?.execute(request));
        let sent = AbortOnDropHandle::new(sending).await;
        let sent = sent.map_err(|error| NetworkError::Io(format!("{target}: {error}")))?;
        sent.map_err(|error| explain(&target, &error))
    }

    /// Decides over a URL and remembers the addresses it may be reached at.
    async fn decide(&self, url: &Url, audit: &CallAudit) -> Result<(), NetworkError> {
        let grants = &self.grants.http;
        let name = grants.decide_url(url).map_err(NetworkError::Denied)?;
        let target = shown(url);
        let host = url.host_str().unwrap_or_default();
        let port = url.port_or_known_default().unwrap_or(80);
        let literal = bare(host).parse::<IpAddr>().is_ok();
        let rule = if self.network.proxy().is_some() && !literal {
            let decided = grants.decide_unresolved(url, &name);
            decided.map_err(NetworkError::Denied)?;
            name.rule
        } else {
            let checked = self
                .network
                .check(&grants.network, &name, &target, host, port)
                .await?;
            if !literal {
                self.pins.pin(host, checked.addresses);
            }
            checked.rule
        };
        audit.allowed("http", &target, &rule);
        Ok(())
    }

    /// A `host` header asks one server for another's pages: those must be allowed too.
    fn decide_host(&self, url: &Url, host: &http::HeaderValue) -> Result<(), NetworkError> {
        let text = host.to_str().unwrap_or_default();
        let other = format!("{}://{text}{}", url.scheme(), url.path());
        let mut other = super::parse_url(&other, &["http", "https"])?;
        other.set_query(url.query());
        let grant = self.grants.http.decide_url(&other);
        grant.map(drop).map_err(NetworkError::Denied)
    }

    fn client(&self, coding: Coding) -> Result<&Client, NetworkError> {
        let slot = match coding {
            Coding::Decode => &self.decoding,
            Coding::Keep => &self.plain,
        };
        if let Some(client) = slot.get() {
            return Ok(client);
        }
        let client = self.build(coding)?;
        Ok(slot.get_or_init(|| client))
    }

    fn build(&self, coding: Coding) -> Result<Client, NetworkError> {
        let mut tls = self.network.tls(&self.grants.http.network, false)?;
        tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
        let decode = coding == Coding::Decode;
        let mut builder = Client::builder()
            .tls_backend_preconfigured(tls)
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .referer(false)
            .no_proxy()
            .dns_resolver(self.pins.clone())
            .pool_idle_timeout(IDLE)
            .gzip(decode)
            .deflate(decode)
            .brotli(decode)
            .zstd(decode);
        let failed = |error: reqwest::Error| NetworkError::Io(format!("{error:?}"));
        if let Some(proxy) = self.network.proxy() {
            builder = builder.proxy(Proxy::all(proxy.clone()).map_err(failed)?);
        }
        builder.build().map_err(failed)
    }
}

/// Names and the addresses that were decided over. The client asks here instead of a name server: what it connects to is
/// what was looked at.
struct Pins {
    network: Network,
    proxy: Option<String>,
    known: Mutex<Known>,
}

#[derive(Default)]
struct Known {
    addresses: HashMap<String, Vec<SocketAddr>>,
    order: VecDeque<String>,
}

impl Pins {
    fn pin(&self, host: &str, addresses: Vec<SocketAddr>) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.addresses.insert(host.to_owned(), addresses).is_none() {
            known.order.push_back(host.to_owned());
        }
        if known.order.len() > MAX_PINS
            && let Some(oldest) = known.order.pop_front()
        {
            known.addresses.remove(&oldest);
        }
    }

    fn pinned(&self, host: &str) -> Option<Vec<SocketAddr>> {
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.addresses.get(host).cloned()
    }
}

impl Resolve for Pins {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().to_owned();
        if self.proxy.as_deref() == Some(name.as_str()) {
            return OwnNames(self.network.clone()).resolve(name);
        }
        let pinned = self.pinned(&host);
        Box::pin(async move {
            let addresses = pinned.ok_or_else(|| format!("no decision was made about {host}"))?;
            // The client puts the URL's port in place of 0.
            let addresses = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address.ip(), 0));
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// A URL as it may be shown: without what a query may hold.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

/// What went wrong, in the words of whatever is at the bottom of it.
pub(super) fn explain(target: &str, error: &reqwest::Error) -> NetworkError {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        if let Some(tls) = source.downcast_ref::<rustls::Error>() {
            return NetworkError::Tls(format!("{target}: {tls}"));
        }
        cause = source;
    }
    if let Some(io) = cause.downcast_ref::<std::io::Error>() {
        return NetworkError::io(target, io);
    }
    if error.is_timeout() {
        return NetworkError::Timeout(format!("{target}: {cause}"));
    }
    NetworkError::Io(format!("{target}: {cause}"))
}
