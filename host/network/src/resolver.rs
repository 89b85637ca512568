//! Looks names up, by the system's resolver (hosts file, name service switch) or by name servers from the host's
//! configuration.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs as _};
use std::time::Duration;

use futures::FutureExt as _;
use futures::future::BoxFuture;
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig,
};
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use luminarys_blocking::Lane;

use crate::address::bare;
use crate::error::{BoxError, Failure, NetworkError, SetupError};

/// The longest name, in bytes (RFC 1035).
const MAX_NAME: usize = 253;
/// The most addresses of one name that are used.
const MAX_ADDRESSES: usize = 64;
/// The timeout of one query to a name server, after which it is repeated.
const QUERY: Duration = Duration::from_secs(3);
/// Queries of one look-up: more than fit into its timeout.
const ATTEMPTS: usize = 8;

/// The result of a look-up.
pub(crate) type Answer = Result<Vec<IpAddr>, NetworkError>;

/// What looks names up.
pub(crate) enum Resolver {
    /// The system's resolver.
    System,
    /// These name servers.
    Servers(Box<TokioResolver>, Vec<SocketAddr>),
}

/// A host before it is looked up.
pub(crate) enum Host {
    /// Its addresses, known without a look-up.
    Known(Vec<IpAddr>),
    /// A name to look up, without a trailing dot.
    Name(String),
}

impl Host {
    /// Reads a name or an address (IPv6 with or without brackets).
    ///
    /// # Errors
    /// [`NetworkError::Invalid`] for anything else.
    pub fn new(host: &str) -> Result<Self, NetworkError> {
        if let Ok(address) = bare(host).parse::<IpAddr>() {
            return Ok(Self::Known(vec![address]));
        }
        let named = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if host.is_empty() || host.len() > MAX_NAME || !host.chars().all(named) {
            let text = format!("{host:?} is not a valid host name");
            return Err(NetworkError::Invalid(text.into()));
        }
        let plain = host.trim_end_matches('.').to_ascii_lowercase();
        // Never sent to a server (RFC 6761).
        if plain == "localhost" || plain.ends_with(".localhost") {
            let addresses = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            return Ok(Self::Known(addresses));
        }
        Ok(Self::Name(plain))
    }
}

impl Resolver {
    /// Returns a resolver that asks `servers`, or the system's resolver when the list is empty.
    ///
    /// # Errors
    /// [`SetupError::Resolver`]
    pub fn new(servers: &[SocketAddr]) -> Result<Self, SetupError> {
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
        let options = builder.options_mut();
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.timeout = QUERY;
        options.attempts = ATTEMPTS;
        let resolver = builder
            .build()
            .map_err(|error| SetupError::Resolver(error.into()))?;
        Ok(Self::Servers(Box::new(resolver), servers.to_vec()))
    }

    /// Names the servers that are asked, for errors.
    pub fn shown(&self) -> String {
        match self {
            Self::System => "the system's name servers".to_owned(),
            Self::Servers(_, servers) => {
                let servers: Vec<_> = servers.iter().map(ToString::to_string).collect();
                match servers.as_slice() {
                    [one] => format!("the name server {one}"),
                    several => format!("the name servers {}", several.join(", ")),
                }
            }
        }
    }

    /// Looks the addresses of a name up once polled. The system's resolver takes a thread of `lane`, and keeps it until the
    /// system gives up.
    pub fn lookup(&self, lane: &Lane, name: &str) -> BoxFuture<'static, Answer> {
        let name = name.to_owned();
        let asked: BoxFuture<'static, Result<Vec<IpAddr>, BoxError>> = match self {
            Self::System => {
                let (lane, name) = (lane.clone(), name.clone());
                async move {
                    let found = lane.run(move || {
                        let found = (name.as_str(), 0).to_socket_addrs();
                        found.map(|found| found.map(|one| one.ip()).take(MAX_ADDRESSES).collect())
                    });
                    Ok(found.await??)
                }
                .boxed()
            }
            Self::Servers(resolver, _) => {
                // A trailing dot excludes the search list.
                let (resolver, name) = (resolver.clone(), format!("{name}."));
                async move {
                    let found = resolver.lookup_ip(name).await?;
                    Ok(found.iter().take(MAX_ADDRESSES).collect())
                }
                .boxed()
            }
        };
        async move {
            let failed = |reason: BoxError| {
                let text = format!("{name} has no address: {reason}");
                NetworkError::NotFound(Failure::with_text(text, reason))
            };
            let found = asked.await.map_err(failed)?;
            if found.is_empty() {
                return Err(failed("the name server knows none".into()));
            }
            Ok(found)
        }
        .boxed()
    }
}
