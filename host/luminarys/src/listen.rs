//! The address of the HTTP server: parses it, checks it without listening, and listens on it.

use std::fmt;
use std::io::{Error, ErrorKind, Result};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::str::FromStr;

use thiserror::Error;
use tokio::net::{TcpListener, TcpSocket, lookup_host};

/// The longest name of a host, in bytes (RFC 1035).
const MAX_NAME: usize = 253;

/// `HOST:PORT`, or `:PORT` for all addresses of this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Listen {
    /// `None` for all addresses.
    host: Option<String>,
    port: u16,
}

/// An invalid listen address.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error(
    "{0}; write HOST:PORT such as 127.0.0.1:8080 or [::1]:8080, or :8080 for every address of this machine"
)]
pub(crate) struct ListenError(&'static str);

impl FromStr for Listen {
    type Err = ListenError;

    fn from_str(text: &str) -> std::result::Result<Self, ListenError> {
        let Some((host, port)) = text.rsplit_once(':') else {
            return Err(ListenError("it has no port"));
        };
        // `parse` would accept a sign.
        let digits = port.bytes().all(|byte| byte.is_ascii_digit());
        let port = port.parse().ok().filter(|_| digits);
        let port = port.ok_or(ListenError("its port is not a number from 0 to 65535"))?;
        if host.is_empty() {
            return Ok(Self { host: None, port });
        }
        let bracketed = host.strip_prefix('[').and_then(|it| it.strip_suffix(']'));
        let host = match bracketed {
            Some(inner) if inner.parse::<Ipv6Addr>().is_ok() => inner,
            Some(_) => return Err(ListenError("the text in brackets is not an IPv6 address")),
            None if host.contains(':') => {
                return Err(ListenError("an IPv6 address must be in brackets"));
            }
            None => host,
        };
        let named = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        if bracketed.is_none() && (host.len() > MAX_NAME || !host.chars().all(named)) {
            return Err(ListenError("its host is neither an address nor a name"));
        }
        Ok(Self {
            host: Some(host.to_owned()),
            port,
        })
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.as_deref() {
            Some(host) if host.contains(':') => write!(formatter, "[{host}]:{}", self.port),
            host => write!(formatter, "{}:{}", host.unwrap_or_default(), self.port),
        }
    }
}

impl Listen {
    /// Returns the `HOST:PORT` for connections from this machine; `None` if the port is chosen at each start.
    pub fn local_authority(&self) -> Option<String> {
        let host = match self.host.as_deref() {
            None | Some("0.0.0.0" | "::") => Some("127.0.0.1".to_owned()),
            host => host.map(str::to_owned),
        };
        let reached = Self {
            host,
            port: self.port,
        };
        (self.port != 0).then(|| reached.to_string())
    }

    /// Listens on the first of its addresses that works.
    ///
    /// # Errors
    /// The operating system's error for the last address.
    pub async fn bind(&self) -> Result<TcpListener> {
        self.first(TcpListener::bind).await
    }

    /// Finds the address to listen on, by binding and closing a socket that accepts nothing. An address in use
    /// is not an error.
    ///
    /// # Errors
    /// The operating system's error for the last address.
    pub async fn probe(&self) -> Result<SocketAddr> {
        self.first(async |address| {
            let socket = match address {
                SocketAddr::V4(_) => TcpSocket::new_v4()?,
                SocketAddr::V6(_) => TcpSocket::new_v6()?,
            };
            // As a listener does, so that a host that is starting does not conflict.
            socket.set_reuseaddr(true)?;
            match socket.bind(address) {
                Err(error) if error.kind() != ErrorKind::AddrInUse => Err(error),
                _ => Ok(address),
            }
        })
        .await
    }

    async fn first<T>(&self, attempt: impl AsyncFn(SocketAddr) -> Result<T>) -> Result<T> {
        let addresses: Vec<SocketAddr> = match &self.host {
            // Without IPv6, only IPv4 remains.
            None => {
                let all: [IpAddr; 2] = [Ipv6Addr::UNSPECIFIED.into(), Ipv4Addr::UNSPECIFIED.into()];
                all.map(|address| SocketAddr::new(address, self.port))
                    .to_vec()
            }
            Some(host) => lookup_host((host.as_str(), self.port)).await?.collect(),
        };
        let mut failed = Error::new(ErrorKind::NotFound, "the name has no address");
        for address in addresses {
            match attempt(address).await {
                Ok(done) => return Ok(done),
                Err(error) => failed = error,
            }
        }
        Err(failed)
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn addresses_are_parsed() {
        let rows = [
            ("127.0.0.1:8080", "127.0.0.1:8080"),
            ("[::1]:8080", "[::1]:8080"),
            ("localhost:0", "localhost:0"),
            (":8080", ":8080"),
            ("my-host.example:65535", "my-host.example:65535"),
        ];
        each_row(rows, |(text, shown)| {
            let listen: Listen = text.parse().unwrap();
            assert_eq!(listen.to_string(), shown);
        });
        let rows = [
            ("", "no port"),
            ("8080", "no port"),
            ("127.0.0.1", "no port"),
            ("127.0.0.1:", "its port"),
            ("127.0.0.1:http", "its port"),
            ("127.0.0.1:65536", "its port"),
            ("127.0.0.1:+80", "its port"),
            ("127.0.0.1:-1", "its port"),
            ("::1:8080", "in brackets"),
            ("[::x]:8080", "not an IPv6 address"),
            ("[127.0.0.1]:8080", "not an IPv6 address"),
            ("http://127.0.0.1:8080", "in brackets"),
            ("*:8080", "nor a name"),
            ("a b:8080", "nor a name"),
        ];
        each_row(rows, |(text, part)| {
            let error = text.parse::<Listen>().unwrap_err().to_string();
            assert!(error.contains(part), "{text}: {error}");
            assert!(error.contains("write HOST:PORT"), "{error}");
        });
    }

    #[test]
    fn a_client_on_this_machine_connects_to_it() {
        let rows = [
            ("127.0.0.1:8080", Some("127.0.0.1:8080")),
            (":8080", Some("127.0.0.1:8080")),
            ("0.0.0.0:80", Some("127.0.0.1:80")),
            ("[::]:80", Some("127.0.0.1:80")),
            ("[::1]:80", Some("[::1]:80")),
            ("host.example:80", Some("host.example:80")),
            ("127.0.0.1:0", None),
        ];
        each_row(rows, |(text, reached)| {
            let listen: Listen = text.parse().unwrap();
            assert_eq!(listen.local_authority().as_deref(), reached, "{text}");
        });
    }

    #[tokio::test]
    async fn the_probe_finds_the_address_that_is_listened_on() {
        let listen: Listen = "127.0.0.1:0".parse().unwrap();
        assert_eq!(listen.probe().await.unwrap().ip(), Ipv4Addr::LOCALHOST);
        let listener = listen.bind().await.unwrap();
        // In use, which a check ignores.
        let taken: Listen = listener.local_addr().unwrap().to_string().parse().unwrap();
        taken.probe().await.unwrap();
        assert!(taken.bind().await.is_err());
        // An address reserved for documentation is not one of this machine.
        let elsewhere: Listen = "192.0.2.1:0".parse().unwrap();
        assert_eq!(
            elsewhere.probe().await.is_ok(),
            elsewhere.bind().await.is_ok()
        );
        let all: Listen = ":0".parse().unwrap();
        assert!(!all.probe().await.unwrap().ip().is_loopback());
    }
}
