//! One hop: decided, then sent to an address that was checked.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use luminarys_audit::CallAudit;
use luminarys_grants::{Grants, Narrowing};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Request, Response};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use crate::network::{BoxError, Network, NetworkError, OwnNames, Transport, is_address};

/// Hosts whose decided addresses are remembered.
const MAX_PINS: usize = 1024;

/// The requests of one skill. Its connections are no other skill's.
pub(crate) struct HttpClient {
    network: Network,
    grants: Arc<Grants>,
    pins: Arc<Pins>,
    decoding: OnceLock<Transport>,
    plain: OnceLock<Transport>,
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
        narrowing: Narrowing,
    ) -> Result<Response, NetworkError> {
        narrowed(&request, narrowing)?;
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
        let target = shown(url);
        let checked = self
            .network
            .decide_request(&self.grants.http, url, &target)
            .await?;
        if !checked.addresses.is_empty() && !is_address(url) {
            let host = url.host_str().unwrap_or_default();
            self.pins.pin(host, checked.addresses);
        }
        audit
            .allowed("http", &target, &checked.rule)
            .map_err(NetworkError::Denied)
    }

    /// A `host` header asks one server for another's pages: those must be allowed too.
    fn decide_host(&self, url: &Url, host: &http::HeaderValue) -> Result<(), NetworkError> {
        let text = host.to_str().unwrap_or_default();
        let other = format!("{}://{text}{}", url.scheme(), url.path());
        let mut other = super::parse_url(&other, &["http", "https"])?;
        other.set_query(url.query());
        let grants = &self.grants.http;
        let name = grants.decide_url(&other).map_err(NetworkError::Denied)?;
        if self.network.proxy().is_some() {
            // A proxy may go by this name.
            let decided = grants.decide_unresolved(&other, &name);
            decided.map_err(NetworkError::Denied)?;
        }
        Ok(())
    }

    fn client(&self, coding: Coding) -> Result<&Transport, NetworkError> {
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

    fn build(&self, coding: Coding) -> Result<Transport, NetworkError> {
        let tls = self.network.tls(&self.grants.http.network, false)?;
        let decode = coding == Coding::Decode;
        let made = Transport::new(&self.network, self.pins.clone(), tls, decode);
        made.map_err(|error| NetworkError::Io(format!("{error:?}")))
    }
}

/// Names and the addresses that were checked. The client asks here instead of a name server: what it connects to is
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

/// Headers by which servers take one method for another.
const OVERRIDES: [&str; 3] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// Refuses a request that the call may not send, whatever its URL. A method that a header names counts like its own.
fn narrowed(request: &Request, narrowing: Narrowing) -> Result<(), NetworkError> {
    if !narrowing.is_any() {
        return Ok(());
    }
    let target = shown(request.url());
    let headers = OVERRIDES
        .iter()
        .flat_map(|name| request.headers().get_all(*name));
    let others = headers.map(|value| value.to_str().unwrap_or("another"));
    for method in std::iter::once(request.method().as_str()).chain(others) {
        let decided = narrowing.decide_http(method, &target);
        decided.map_err(NetworkError::Denied)?;
    }
    Ok(())
}

/// A URL as it may be shown: without what a query may hold.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}

/// What went wrong, in the words of whatever is at the bottom of it.
pub(super) fn explain(target: &str, error: &BoxError) -> NetworkError {
    let mut cause: &(dyn std::error::Error + 'static) = &**error;
    loop {
        if let Some(known) = cause.downcast_ref::<NetworkError>() {
            return known.clone();
        }
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return NetworkError::Tls(format!("{target}: {tls}"));
        }
        match cause.source() {
            Some(source) => cause = source,
            None => break,
        }
    }
    match cause.downcast_ref::<std::io::Error>() {
        Some(io) => NetworkError::io(target, io),
        None => NetworkError::Io(format!("{target}: {cause}")),
    }
}
