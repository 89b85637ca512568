//! Allowed hosts and web origins: a page in a browser must not reach this server by a name that its
//! owner points here (DNS rebinding), nor from an origin that is not allowed.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Request, State};
use axum::http::uri::Authority;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse as _, Response};
use luminarys_text::cut;
use thiserror::Error;
use tower_http::cors::{AllowHeaders, AllowOrigin, CorsLayer};

use crate::connections::Connection;

/// How long a browser may cache a preflight.
const PREFLIGHT_AGE: Duration = Duration::from_secs(10 * 60);

/// An entry that no request can match.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("{text:?} {reason}")]
pub struct NameError {
    text: String,
    reason: &'static str,
}

/// Checks an entry of `http.allowed_hosts`: a name or an address, with or without a port.
///
/// # Errors
/// [`NameError`] for a value that no `Host` header can have.
pub fn check_host(host: &str) -> Result<(), NameError> {
    host_and_port(host.trim())
        .map(drop)
        .map_err(|reason| NameError {
            text: cut(host, 200).into_owned(),
            reason,
        })
}

/// Checks an entry of `http.allowed_origins`: `SCHEME://HOST`, with a port, with `*` for any port or without one, or
/// `null`.
///
/// # Errors
/// [`NameError`] for a value that no `Origin` header can have.
pub fn check_origin(origin: &str) -> Result<(), NameError> {
    allowed(origin.trim())
        .map(drop)
        .map_err(|reason| NameError {
            text: cut(origin, 200).into_owned(),
            reason,
        })
}

/// The allowed values of `Host` and `Origin`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    hosts: Arc<[(String, Option<u16>)]>,
    origins: Arc<[Allowed]>,
}

#[derive(Debug)]
enum Allowed {
    Null,
    Web {
        scheme: String,
        host: String,
        /// `None` is any port.
        port: Option<u16>,
    },
}

impl Names {
    /// Allows loopback's names and `hosts`, with a port or for all ports, and `origins`, whose port may be `*`.
    pub fn new(hosts: &[String], origins: &[String]) -> Self {
        let loopback = ["localhost", "127.0.0.1", "[::1]"].map(str::to_owned);
        let hosts = loopback.iter().chain(hosts).map(|host| host.trim());
        // Invalid entries are refused before serving begins.
        let origins = origins
            .iter()
            .filter_map(|origin| allowed(origin.trim()).ok());
        Self {
            hosts: hosts.filter_map(|host| host_and_port(host).ok()).collect(),
            origins: origins.collect(),
        }
    }

    /// Tells whether `authority` is an allowed `Host`. The connection's own address is always allowed: no attacker can
    /// make a name resolve to it, since it is not a name.
    fn has_host(&self, authority: &str, local: Option<IpAddr>) -> bool {
        let Ok(authority) = authority.parse::<Authority>() else {
            return false;
        };
        // No browser sends user information in `Host`.
        if authority.as_str().contains('@') {
            return false;
        }
        let (host, port) = (plain(authority.host()), authority.port_u16());
        if local.is_some_and(|local| host.parse() == Ok(local)) {
            return true;
        }
        self.hosts
            .iter()
            .any(|(allowed, only)| *allowed == host && only.is_none_or(|only| port == Some(only)))
    }

    /// Tells whether `value` is an allowed `Origin`. `is_local` marks a request to a loopback name, which
    /// pages of this machine may make.
    fn has_origin(&self, value: &HeaderValue, is_local: bool) -> bool {
        let Ok(value) = value.to_str() else {
            return false;
        };
        let Some((scheme, host, port)) = parts(value.trim()) else {
            let is_null = value.trim().eq_ignore_ascii_case("null");
            return is_null && self.origins.iter().any(|it| matches!(it, Allowed::Null));
        };
        if is_local && matches!(&*scheme, "http" | "https") && is_loopback(&host) {
            return true;
        }
        let port = port.or(match scheme.as_str() {
            "http" => Some(80),
            "https" => Some(443),
            _ => None,
        });
        self.origins.iter().any(|allowed| match allowed {
            Allowed::Null => false,
            Allowed::Web {
                scheme: its_scheme,
                host: its_host,
                port: its_port,
            } => {
                *its_scheme == scheme
                    && *its_host == host
                    && its_port.is_none_or(|its| port == Some(its))
            }
        })
    }
}

/// Tells whether a host without brackets is this machine, without a DNS look-up.
fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.parse::<IpAddr>().is_ok_and(|it| it.is_loopback())
}

/// Returns a host without brackets, in lower case.
fn plain(host: &str) -> String {
    host.trim_start_matches('[')
        .trim_end_matches(']')
        .to_ascii_lowercase()
}

const NO_HOST: &str = "is not a host, such as app.example or app.example:8443";
const NO_ORIGIN: &str = "is not an origin, such as https://app.example or http://localhost:*";
const NO_WILDCARD: &str = "holds a wildcard, which matches no host here; name each host";

fn host_and_port(text: &str) -> Result<(String, Option<u16>), &'static str> {
    if text.parse::<Ipv6Addr>().is_ok() {
        return Ok((plain(text), None));
    }
    if text.contains('*') {
        return Err(NO_WILDCARD);
    }
    let authority: Authority = text.parse().map_err(|_| NO_HOST)?;
    let host = authority.host();
    let is_whole = match authority.port_u16() {
        Some(port) => authority.as_str() == format!("{host}:{port}"),
        None => authority.as_str() == host,
    };
    match is_whole && !plain(host).is_empty() {
        true => Ok((plain(host), authority.port_u16())),
        false => Err(NO_HOST),
    }
}

/// Parses an `Origin` into scheme, host and port (RFC 6454), and nothing else.
fn parts(origin: &str) -> Option<(String, String, Option<u16>)> {
    let uri: Uri = origin.parse().ok()?;
    let scheme = uri.scheme_str()?.to_ascii_lowercase();
    let (_, rest) = origin.split_once("://")?;
    let (host, port) = host_and_port(rest).ok()?;
    Some((scheme, host, port))
}

fn allowed(origin: &str) -> Result<Allowed, &'static str> {
    if origin.eq_ignore_ascii_case("null") {
        return Ok(Allowed::Null);
    }
    let uri: Uri = origin
        .strip_suffix(":*")
        .unwrap_or(origin)
        .parse()
        .map_err(|_| NO_ORIGIN)?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(NO_ORIGIN);
    };
    // A browser sends no path.
    if uri
        .path_and_query()
        .is_some_and(|rest| rest.as_str() != "/")
    {
        return Err("has a path, which an origin must not have; remove it");
    }
    let (host, port) = host_and_port(authority.as_str())?;
    Ok(Allowed::Web {
        scheme: scheme.to_ascii_lowercase(),
        host,
        port,
    })
}

/// Rejects requests whose `Host` or `Origin` is not allowed.
pub(crate) async fn require(State(names): State<Names>, request: Request, next: Next) -> Response {
    let connection = request.extensions().get::<Arc<Connection>>();
    let local = connection.and_then(|connection| connection.local);
    let headers = request.headers();
    let mut hosts = headers.get_all(header::HOST).iter();
    // HTTP/2 has it in `:authority`, a request to a proxy in its request line. If it is there twice, both must be
    // allowed: it is not known which of them others believe.
    let written = hosts.next().map(|value| value.to_str().unwrap_or_default());
    let authority = request.uri().authority().map(Authority::as_str);
    let is_named = written.is_some() || authority.is_some();
    let mut named = written.into_iter().chain(authority);
    if !is_named || hosts.next().is_some() || !named.all(|host| names.has_host(host, local)) {
        tracing::debug!(
            "a request is refused, since its host is not in `http.allowed_hosts`: {written:?} {authority:?}"
        );
        let text = "Forbidden: the Host header is not allowed; see http.allowed_hosts\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    let is_local = is_local(&request);
    let mut origins = headers.get_all(header::ORIGIN).iter();
    if !origins.all(|origin| names.has_origin(origin, is_local)) {
        tracing::debug!("a request is refused, since its origin is not in `http.allowed_origins`");
        let text = "Forbidden: the Origin header is not allowed; see http.allowed_origins\n";
        return (StatusCode::FORBIDDEN, text).into_response();
    }
    next.run(request).await
}

/// Tells whether a request came to a loopback address under a loopback name. A proxy on this machine keeps the name
/// that its own client uses.
fn is_local(request: &Request) -> bool {
    let connection = request.extensions().get::<Arc<Connection>>();
    let local = connection.and_then(|connection| connection.local);
    let written = request.headers().get_all(header::HOST).iter();
    let written = written.map(|host| host.to_str().ok()?.parse::<Authority>().ok());
    let hosts: Vec<_> = written
        .chain(request.uri().authority().cloned().map(Some))
        .collect();
    let is_own = |host: &Option<Authority>| {
        let host = host.as_ref();
        host.is_some_and(|host| is_loopback(&plain(host.host())))
    };
    local.is_some_and(|local| local.is_loopback()) && !hosts.is_empty() && hosts.iter().all(is_own)
}

/// Returns the layer that answers preflights and lets pages read answers. It comes after [`require`], which lets only
/// allowed origins through.
pub(crate) fn cors() -> CorsLayer {
    let exposed = ["mcp-session-id", "mcp-protocol-version"].map(HeaderName::from_static);
    let exposed = exposed
        .into_iter()
        .chain([header::WWW_AUTHENTICATE, header::RETRY_AFTER]);
    CorsLayer::new()
        .allow_origin(AllowOrigin::mirror_request())
        .allow_methods([Method::GET, Method::POST, Method::DELETE])
        .allow_headers(AllowHeaders::mirror_request())
        .allow_private_network(true)
        .expose_headers(exposed.collect::<Vec<_>>())
        .max_age(PREFLIGHT_AGE)
}

#[cfg(test)]
#[path = "origin_tests.rs"]
mod tests;
