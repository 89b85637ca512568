//! Sends one hop of a request to an address that was checked.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use luminarys_audit::CallAudit;
use luminarys_blocking::Lane;
use luminarys_grants::{Grants, Narrowing};
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Request, Response};
use tokio_util::task::AbortOnDropHandle;
use url::Url;

use super::jar::Jar;
use crate::address::is_address;
use crate::error::{Failure, NetworkError};
use crate::names::OwnNames;
use crate::network::Network;
use crate::transport::Transport;

/// The most hosts whose checked addresses are remembered.
const MAX_PINS: usize = 1024;

/// Sends the requests of one skill, over connections of its own.
pub struct HttpClient {
    network: Network,
    pub(super) grants: Arc<Grants>,
    pub(super) jar: Arc<Jar>,
    /// The threads that read and write the jar.
    pub(super) lane: Lane,
    pins: Arc<Pins>,
    decoding: OnceLock<Transport>,
    plain: OnceLock<Transport>,
}

/// Whether compressed responses are decompressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Coding {
    /// They are.
    Decode,
    /// They stay as they are.
    Keep,
}

impl HttpClient {
    /// Returns the client of a skill with `grants`. Cookies are kept in `jar`, which is read on threads of `lane`.
    pub fn new(network: Network, grants: Arc<Grants>, jar: Jar, lane: Lane) -> Self {
        Self {
            pins: Arc::new(Pins {
                network: network.clone(),
                proxy: network.proxy().and_then(Url::host_str).map(str::to_owned),
                known: Mutex::default(),
            }),
            network,
            grants,
            jar: Arc::new(jar),
            lane,
            decoding: OnceLock::new(),
            plain: OnceLock::new(),
        }
    }

    /// Checks the request's URL and addresses, and sends it. Redirects are not followed.
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
        // In a separate task: on the instance's own stack, the frames of the whole request would stay for as long as it waits.
        let sending = tokio::spawn(self.client(coding)?.execute(request));
        let sent = AbortOnDropHandle::new(sending).await;
        let sent = sent.map_err(|error| NetworkError::Io(Failure::of(&target, error)))?;
        sent.map_err(|error| NetworkError::of_exchange(&target, error))
    }

    /// Checks a URL and remembers its allowed addresses.
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

    /// Checks a `host` header, which asks a server for another host's pages: those must be allowed too.
    fn decide_host(&self, url: &Url, host: &http::HeaderValue) -> Result<(), NetworkError> {
        let other = super::host_header::requested(url, host)?;
        let grants = &self.grants.http;
        let name = grants.decide_url(&other).map_err(NetworkError::Denied)?;
        if self.network.proxy().is_some() {
            // A proxy may connect by this name.
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
        made.map_err(|error| {
            let text = format!("{error:?}");
            NetworkError::Io(Failure::with_text(text, error))
        })
    }
}

/// The addresses of each name that were checked. The client resolves names here, so that it connects only to those.
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
            let addresses =
                pinned.ok_or_else(|| format!("the addresses of {host} are unchecked"))?;
            // The client replaces port 0 by the URL's.
            let addresses = addresses
                .into_iter()
                .map(|address| SocketAddr::new(address.ip(), 0));
            Ok(Box::new(addresses.collect::<Vec<_>>().into_iter()) as Addrs)
        })
    }
}

/// Headers that make servers treat one method as another.
const OVERRIDES: [&str; 3] = [
    "x-http-method-override",
    "x-http-method",
    "x-method-override",
];

/// Denies a request that the call may not send to any URL. A method that a header names counts like the request's own.
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

/// Returns a URL without its query, which may hold secrets, for errors and logs.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.to_string()
}
