//! HTTP to registries with limits: every redirect and every address is checked.

use std::collections::HashMap;
use std::error::Error as _;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_LENGTH, CONTENT_TYPE, HeaderValue, LOCATION};
use reqwest::{Client, Method, Response};
use rustls::{ClientConfig, RootCertStore};
use url::{Host, Url};

use crate::RegistryError;
use crate::address::Kind;

const CONNECT: Duration = Duration::from_secs(15);
const SILENCE: Duration = Duration::from_secs(30);
const MAX_REDIRECTS: usize = 5;

/// Options for connecting to registries.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Registries that may be used without TLS.
    pub plain_http: PlainHttp,
    /// An HTTP or SOCKS proxy for all hosts except this machine.
    pub proxy: Option<Url>,
}

/// Registries that are used without TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PlainHttp {
    /// None.
    #[default]
    Never,
    /// Those on this machine; other addresses are refused.
    Loopback,
    /// All: others on the network can read the credentials.
    Everywhere,
}

/// A request that can be sent more than once.
#[derive(Clone)]
pub(crate) struct Request {
    pub method: Method,
    pub url: Url,
    pub accept: &'static str,
    pub authorization: Option<HeaderValue>,
    pub body: Option<(&'static str, Bytes)>,
}

impl Request {
    pub fn new(method: Method, url: Url) -> Self {
        Self {
            method,
            url,
            accept: "*/*",
            authorization: None,
            body: None,
        }
    }
}

/// Connections to one registry and the hosts that it redirects to.
pub(crate) struct Transport {
    options: Options,
    tls: ClientConfig,
    /// The registry's own host, and the kind of its addresses once they are known.
    registry: Url,
    opened: Mutex<HashMap<String, (Client, Vec<Kind>)>>,
}

impl Transport {
    pub fn new(options: Options, registry: &str) -> Result<Self, RegistryError> {
        let scheme = match options.plain_http {
            PlainHttp::Never => "https",
            PlainHttp::Loopback | PlainHttp::Everywhere => "http",
        };
        let registry = Url::parse(&format!("{scheme}://{registry}/"))
            .map_err(|error| RegistryError::Setup(format!("the host {registry:?}: {error}")))?;
        Ok(Self {
            options,
            tls: tls()?,
            registry,
            opened: Mutex::default(),
        })
    }

    /// Returns the registry's root URL.
    pub fn registry(&self) -> &Url {
        &self.registry
    }

    /// Returns the registry's name in messages.
    pub fn name(&self) -> String {
        authority(&self.registry)
    }

    pub fn is_registry(&self, url: &Url) -> bool {
        url.origin() == self.registry.origin()
    }

    /// Sends `request` and follows redirects. The authorization is not sent to other hosts.
    pub async fn send(&self, mut request: Request) -> Result<Response, RegistryError> {
        for _ in 0..=MAX_REDIRECTS {
            let response = self.send_once(&request).await?;
            let may_follow = matches!(request.method, Method::GET | Method::HEAD);
            if !response.status().is_redirection() || !may_follow {
                return Ok(response);
            }
            let target = self.location(&request.url, &response)?;
            if target.origin() != request.url.origin() {
                request.authorization = None;
            }
            request.url = target;
        }
        Err(self.refused(&request.url, "there are too many redirects"))
    }

    /// Returns the target of a redirect from `base`.
    pub fn location(&self, base: &Url, response: &Response) -> Result<Url, RegistryError> {
        let location = response.headers().get(LOCATION);
        let location = location.and_then(|value| value.to_str().ok());
        let target = location.and_then(|text| base.join(text).ok());
        target.ok_or_else(|| self.refused(base, "its response has no valid Location"))
    }

    pub fn refused(&self, target: &Url, reason: &str) -> RegistryError {
        RegistryError::Redirect {
            registry: self.name(),
            target: authority(target),
            reason: reason.to_owned(),
        }
    }

    async fn send_once(&self, request: &Request) -> Result<Response, RegistryError> {
        let client = self.open(&request.url).await?;
        let mut builder = client
            .request(request.method.clone(), request.url.clone())
            .header(ACCEPT, request.accept);
        if let Some(value) = &request.authorization {
            builder = builder.header(AUTHORIZATION, value.clone());
        }
        builder = match &request.body {
            Some((kind, bytes)) => builder.header(CONTENT_TYPE, *kind).body(bytes.clone()),
            // Some registries require a length for every upload, even an empty one.
            None if request.method == Method::POST => builder.header(CONTENT_LENGTH, 0),
            None => builder,
        };
        let sent = builder.send().await;
        sent.map_err(|error| broken(&request.url, error))
    }

    /// Returns a client bound to the checked addresses of `url`'s host.
    async fn open(&self, url: &Url) -> Result<Client, RegistryError> {
        let origin = url.origin().ascii_serialization();
        let lock = || self.opened.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((client, _)) = lock().get(&origin) {
            return Ok(client.clone());
        }
        let plain = match url.scheme() {
            "https" => false,
            "http" if self.registry.scheme() == "http" => true,
            _ => return Err(self.refused(url, "only https is allowed")),
        };
        let Some(host) = url.host() else {
            return Err(self.refused(url, "it has no host"));
        };
        let is_own = self.is_registry(url);
        let addresses = self.addresses(&host, url).await?;
        let kinds: Vec<Kind> = addresses
            .iter()
            .map(|address| Kind::of(address.ip()))
            .collect();
        let is_loopback = !kinds.is_empty() && kinds.iter().all(|kind| *kind == Kind::Loopback);
        if plain && self.options.plain_http != PlainHttp::Everywhere && !is_loopback {
            let host = authority(url);
            return Err(RegistryError::NotLoopback { host });
        }
        if !is_own {
            let own = lock()
                .get(&self.registry.origin().ascii_serialization())
                .cloned();
            let own = own.map(|(_, kinds)| kinds).unwrap_or_default();
            for (address, kind) in addresses.iter().zip(&kinds) {
                if !kind.is_reachable_from(&own) {
                    return Err(RegistryError::Inner {
                        registry: self.name(),
                        host: authority(url),
                        address: address.ip(),
                    });
                }
            }
        }
        let mut builder = Client::builder()
            .tls_backend_preconfigured(self.tls.clone())
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            // Digests cover the bytes as sent.
            .no_gzip()
            .no_brotli()
            .no_deflate()
            .no_zstd()
            .no_proxy()
            .user_agent(concat!("luminarys/", env!("CARGO_PKG_VERSION")));
        if let Host::Domain(name) = host
            && !addresses.is_empty()
        {
            builder = builder.resolve_to_addrs(name, &addresses);
        }
        if let Some(proxy) = self.options.proxy.as_ref().filter(|_| !is_loopback) {
            let proxy = reqwest::Proxy::all(proxy.clone());
            builder = builder.proxy(proxy.map_err(|error| setup(&error))?);
        }
        let client = builder.build().map_err(|error| setup(&error))?;
        lock().insert(origin, (client.clone(), kinds));
        Ok(client)
    }

    /// Returns `None` for a name that the proxy resolves.
    async fn addresses(
        &self,
        host: &Host<&str>,
        url: &Url,
    ) -> Result<Vec<SocketAddr>, RegistryError> {
        let port = url.port_or_known_default().unwrap_or(443);
        let name = match host {
            Host::Ipv4(address) => return Ok(vec![(IpAddr::from(*address), port).into()]),
            Host::Ipv6(address) => return Ok(vec![(IpAddr::from(*address), port).into()]),
            Host::Domain(name) => *name,
        };
        let is_local = name == "localhost" || name.ends_with(".localhost");
        if self.options.proxy.is_some() && !is_local {
            return Ok(Vec::new());
        }
        let failed = |reason: String| RegistryError::Resolve {
            host: name.to_owned(),
            reason,
        };
        let found = tokio::time::timeout(CONNECT, tokio::net::lookup_host((name, port))).await;
        let found = found.map_err(|_| failed("no answer from the name server".to_owned()))?;
        let found: Vec<_> = found.map_err(|error| failed(error.to_string()))?.collect();
        match found.is_empty() {
            true => Err(failed("it has no address".to_owned())),
            false => Ok(found),
        }
    }
}

/// Reads the body of `response`, up to `limit` bytes; a longer one is an error.
pub(crate) async fn read(
    mut response: Response,
    what: &str,
    limit: u64,
) -> Result<Vec<u8>, RegistryError> {
    let too_large = || RegistryError::TooLarge {
        what: what.to_owned(),
        limit,
    };
    let announced = response.content_length().unwrap_or_default();
    if announced > limit {
        return Err(too_large());
    }
    let url = response.url().clone();
    let mut bytes = Vec::new();
    while let Some(chunk) = response
        .chunk()
        .await
        .map_err(|error| broken(&url, error))?
    {
        if (bytes.len() + chunk.len()) as u64 > limit {
            return Err(too_large());
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes)
}

/// Returns the host and port for messages: a path may contain secrets.
pub(crate) fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or(url.scheme());
    match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.to_owned(),
    }
}

fn broken(url: &Url, error: reqwest::Error) -> RegistryError {
    let error = error.without_url();
    let mut reason = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let text = inner.to_string();
        if !reason.contains(&text) {
            reason = format!("{reason}: {text}");
        }
        cause = inner.source();
    }
    let host = authority(url);
    RegistryError::Connection { host, reason }
}

fn setup(error: &reqwest::Error) -> RegistryError {
    RegistryError::Setup(format!("the HTTP client cannot be set up: {error}"))
}

fn tls() -> Result<ClientConfig, RegistryError> {
    let found = rustls_native_certs::load_native_certs();
    for error in &found.errors {
        tracing::warn!("a system certificate is ignored: {error}");
    }
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(found.certs);
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let builder =
        ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let builder = builder.map_err(|error| RegistryError::Setup(format!("TLS: {error}")))?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}
