//! Every limit of serving over HTTP.

use std::fmt;
use std::time::Duration;

use crate::descriptors;

/// The limits of what clients may hold, and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Concurrent connections.
    pub max_connections: usize,
    /// Concurrent connections from one address, or from one IPv6 /64 network.
    pub max_connections_per_peer: usize,
    /// Concurrent sessions.
    pub max_sessions: usize,
    /// Concurrent sessions of one client.
    pub max_sessions_per_client: usize,
    /// Concurrent requests of one client, including streams of notifications.
    pub max_requests_per_client: usize,
    /// The memory of open requests and unread responses, in bytes.
    pub max_inflight_bytes: usize,
    /// How long the handshake of TLS may take.
    pub handshake_timeout: Duration,
    /// How long the head of a request may take.
    pub head_timeout: Duration,
    /// How long the body of a request may take.
    pub body_timeout: Duration,
    /// How long a connection may be open without a request.
    pub idle_timeout: Duration,
    /// How long a client may leave a response unread.
    pub write_timeout: Duration,
    /// How long a session lives without a request.
    pub session_timeout: Duration,
}

impl Limits {
    /// The minimum rate of a body, in bytes per second, once [`Self::BODY_GRACE`] has passed.
    pub(crate) const BODY_RATE: u64 = 4 << 10;

    /// How long a body may take to begin.
    pub(crate) const BODY_GRACE: Duration = Duration::from_secs(10);

    /// Returns the share of [`Self::max_inflight_bytes`] that one client may use.
    pub fn client_bytes(&self) -> usize {
        self.max_inflight_bytes / 4
    }

    /// Tells whether the process may have fewer connections than [`Self::max_connections`]; after
    /// [`crate::raise_descriptor_limit`].
    pub fn fewer_connections(&self) -> Option<FewerConnections> {
        let possible = descriptors::connections();
        (possible < self.max_connections).then_some(FewerConnections {
            possible,
            wanted: self.max_connections,
        })
    }
}

/// The process may have fewer connections than configured.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FewerConnections {
    /// How many there can be.
    pub possible: usize,
    wanted: usize,
}

impl fmt::Display for FewerConnections {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { possible, wanted } = self;
        write!(
            formatter,
            "{possible} concurrent connections rather than {wanted}, `http.max_connections`: the process may have no more \
             descriptors (`ulimit -n`)"
        )
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            max_connections: 1024,
            max_connections_per_peer: 512,
            max_sessions: 1000,
            max_sessions_per_client: 100,
            max_requests_per_client: 256,
            max_inflight_bytes: 1 << 30,
            handshake_timeout: Duration::from_secs(10),
            head_timeout: Duration::from_secs(10),
            body_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(120),
            write_timeout: Duration::from_secs(60),
            session_timeout: Duration::from_secs(30 * 60),
        }
    }
}
