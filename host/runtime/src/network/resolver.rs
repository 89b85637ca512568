//! Names to addresses: the system's way (hosts file, name service switch), or servers from the host's configuration.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use hickory_resolver::TokioResolver;
use hickory_resolver::config::{ConnectionConfig, NameServerConfig, ResolverConfig};
use hickory_resolver::net::runtime::TokioRuntimeProvider;

use super::{NetworkError, bare};
use crate::RuntimeError;

/// The longest name, in bytes (RFC 1035).
const MAX_NAME: usize = 253;
/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 64;

pub(super) enum Resolver {
    System,
    Servers(Box<TokioResolver>),
}

impl Resolver {
    pub fn new(servers: &[SocketAddr]) -> Result<Self, RuntimeError> {
        if servers.is_empty() {
            return Ok(Self::System);
        }
        let server = |address: &SocketAddr| {
            let mut connections = vec![ConnectionConfig::udp(), ConnectionConfig::tcp()];
            for connection in &mut connections {
                connection.port = address.port();
            }
            NameServerConfig::new(address.ip(), true, connections)
        };
        let config = ResolverConfig::from_name_servers(servers.iter().map(server).collect());
        let provider = TokioRuntimeProvider::default();
        let mut builder = TokioResolver::builder_with_config(config, provider);
        builder.options_mut().ip_strategy = hickory_resolver::config::LookupIpStrategy::Ipv4AndIpv6;
        let resolver = builder
            .build()
            .map_err(|error| RuntimeError::Resolver(error.to_string()))?;
        Ok(Self::Servers(Box::new(resolver)))
    }

    /// The addresses of `host`, a name or an address (IPv6 with or without brackets).
    ///
    /// # Errors
    /// [`NetworkError::Invalid`] for what is no name, [`NetworkError::NotFound`] when it has no address.
    pub async fn addresses(&self, host: &str) -> Result<Vec<IpAddr>, NetworkError> {
        if let Ok(address) = bare(host).parse::<IpAddr>() {
            return Ok(vec![address]);
        }
        let named = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if host.is_empty() || host.len() > MAX_NAME || !host.chars().all(named) {
            return Err(NetworkError::Invalid(format!(
                "{host:?} is no name of a host"
            )));
        }
        let plain = host.trim_end_matches('.');
        // RFC 6761: never asked of a server.
        if plain == "localhost" || plain.ends_with(".localhost") {
            return Ok(vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()]);
        }
        let failed =
            |reason: String| NetworkError::NotFound(format!("{host} has no address: {reason}"));
        let found: Vec<IpAddr> = match self {
            Self::System => {
                let found = tokio::net::lookup_host((host, 0)).await;
                let found = found.map_err(|error| failed(error.to_string()))?;
                found
                    .map(|address| address.ip())
                    .take(MAX_ADDRESSES)
                    .collect()
            }
            Self::Servers(resolver) => {
                // A dot at its end keeps the search list out of it.
                let found = resolver.lookup_ip(format!("{plain}.")).await;
                let found = found.map_err(|error| failed(error.to_string()))?;
                found.iter().take(MAX_ADDRESSES).collect()
            }
        };
        if found.is_empty() {
            return Err(failed("the name server knows none".to_owned()));
        }
        Ok(found)
    }
}
