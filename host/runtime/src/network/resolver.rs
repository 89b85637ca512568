//! Names to addresses: the system's way (hosts file, name service switch), or servers from the host's configuration.

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

use super::{NetworkError, bare};
use crate::RuntimeError;

/// The longest name, in bytes (RFC 1035).
const MAX_NAME: usize = 253;
/// Addresses of one name that are looked at.
const MAX_ADDRESSES: usize = 64;
/// How long a name server is waited for before it is asked once more.
const ANSWER: Duration = Duration::from_secs(3);
/// How often it is asked: until whoever waits has given up.
const ATTEMPTS: usize = 8;

/// What a look-up comes to.
pub(super) type Answer = Result<Vec<IpAddr>, NetworkError>;

pub(super) enum Resolver {
    System,
    Servers(Box<TokioResolver>, Vec<SocketAddr>),
}

/// A host, before anybody is asked.
pub(super) enum Host {
    /// Its addresses are known without asking.
    Known(Vec<IpAddr>),
    /// A name to ask for, without a dot at its end.
    Name(String),
}

impl Host {
    /// Reads a name or an address (IPv6 with or without brackets).
    ///
    /// # Errors
    /// [`NetworkError::Invalid`] for what is neither.
    pub fn new(host: &str) -> Result<Self, NetworkError> {
        if let Ok(address) = bare(host).parse::<IpAddr>() {
            return Ok(Self::Known(vec![address]));
        }
        let named = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if host.is_empty() || host.len() > MAX_NAME || !host.chars().all(named) {
            return Err(NetworkError::Invalid(format!(
                "{host:?} is not a valid host name"
            )));
        }
        let plain = host.trim_end_matches('.').to_ascii_lowercase();
        // RFC 6761: never asked of a server.
        if plain == "localhost" || plain.ends_with(".localhost") {
            let addresses = vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()];
            return Ok(Self::Known(addresses));
        }
        Ok(Self::Name(plain))
    }
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
        let options = builder.options_mut();
        options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
        options.timeout = ANSWER;
        options.attempts = ATTEMPTS;
        let resolver = builder
            .build()
            .map_err(|error| RuntimeError::Resolver(error.to_string()))?;
        Ok(Self::Servers(Box::new(resolver), servers.to_vec()))
    }

    /// Who is asked, for an error.
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

    /// Asks for the addresses of a name, when it is polled. The system's way takes a thread of `lane`, which it keeps until
    /// the system gives up.
    pub fn lookup(&self, lane: &Lane, name: &str) -> BoxFuture<'static, Answer> {
        let name = name.to_owned();
        let asked: BoxFuture<'static, Result<Vec<IpAddr>, String>> = match self {
            Self::System => {
                let (lane, name) = (lane.clone(), name.clone());
                async move {
                    let found = lane.run(move || {
                        let found = (name.as_str(), 0).to_socket_addrs();
                        found.map(|found| found.map(|one| one.ip()).take(MAX_ADDRESSES).collect())
                    });
                    let found = found.await.map_err(|error| error.to_string())?;
                    found.map_err(|error| error.to_string())
                }
                .boxed()
            }
            Self::Servers(resolver, _) => {
                // A dot at its end keeps the search list out of it.
                let (resolver, name) = (resolver.clone(), format!("{name}."));
                async move {
                    let found = resolver.lookup_ip(name).await;
                    let found = found.map_err(|error| error.to_string())?;
                    Ok(found.iter().take(MAX_ADDRESSES).collect())
                }
                .boxed()
            }
        };
        async move {
            let failed =
                |reason| NetworkError::NotFound(format!("{name} has no address: {reason}"));
            let found = asked.await.map_err(failed)?;
            if found.is_empty() {
                return Err(failed("the name server knows none".to_owned()));
            }
            Ok(found)
        }
        .boxed()
    }
}
