//! Errors of connections and links.

use thiserror::Error;

use crate::names::NodeName;

/// The oldest server that can be used.
pub const OLDEST_SERVER: (i64, i64, i64) = (2, 11, 0);

/// The smallest `max_payload` of a server that can be used, in bytes.
pub const LEAST_MAX_PAYLOAD: usize = 512 << 10;

/// A connection to NATS cannot be made.
#[derive(Debug, Error)]
pub enum ConnectError {
    /// A file with credentials cannot be read.
    #[error("{path} cannot be read: {source}")]
    Credentials {
        /// Its path.
        path: String,
        /// The operating system's error.
        source: std::io::Error,
    },
    /// A file does not hold the credentials that it should.
    #[error("{path} does not hold {expected}")]
    Malformed {
        /// Its path.
        path: String,
        /// What it should hold.
        expected: &'static str,
    },
    /// No server can be reached, or it refuses this node.
    #[error("no NATS server of {urls} can be used: {source}{}", hint(source))]
    Connect {
        /// The addresses, without passwords.
        urls: String,
        /// The client's error.
        source: async_nats::ConnectError,
    },
    /// The server is too old.
    #[error(
        "the NATS server at {url} is version {version}; the cluster needs {}.{} or newer",
        OLDEST_SERVER.0, OLDEST_SERVER.1
    )]
    TooOld {
        /// Its address.
        url: String,
        /// Its version.
        version: String,
    },
    /// The server does not tell of missing receivers.
    #[error(
        "the NATS server at {0} has headers disabled (no_header_support); the cluster needs them"
    )]
    NoHeaders(String),
    /// The server's messages are too small.
    #[error(
        "the NATS server at {url} allows messages of {most} bytes (max_payload); the cluster needs {least}"
    )]
    SmallMessages {
        /// Its address.
        url: String,
        /// What it allows.
        most: usize,
        /// What is needed.
        least: usize,
    },
    /// The node's frames cannot be received.
    #[error("this node cannot receive messages of the NATS server: {0}")]
    Subscribe(#[source] async_nats::SubscribeError),
    /// A message of the node to itself did not arrive.
    #[error(
        "node {node} cannot send a message to itself over NATS; see that the server's permissions for its key are those that \
         `luminarys cluster permissions` prints for {node}"
    )]
    NotPermitted {
        /// This node.
        node: NodeName,
    },
}

/// Returns what to do about a server that refuses the connection, if that is known.
fn hint(error: &async_nats::ConnectError) -> &'static str {
    let text = format!("{error}");
    let rows = [
        (
            "authorization violation",
            "; the server does not know this node's key: its configuration needs the lines that `luminarys cluster permissions` \
             prints, with this key",
        ),
        (
            "InvalidContentType",
            "; the server does not speak TLS there: write nats:// and leave out cluster.nats.tls, or turn it on in the server",
        ),
        ("timed out", "; nothing there answers as a NATS server does"),
        (
            "UnknownIssuer",
            "; name the authority that signed its certificate as cluster.nats.tls.ca",
        ),
        (
            "CertificateRequired",
            "; it asks for this node's certificate: set cluster.nats.tls.certificate and cluster.nats.tls.key",
        ),
    ];
    let found = rows.iter().find(|(part, _)| text.contains(part));
    found.map_or("", |(_, hint)| hint)
}

/// A link between two nodes has ended early.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum LinkError {
    /// The other node cannot be reached: it or NATS is gone, or nothing has been heard from it. What it was asked to do may
    /// have been done, unless `was_sent` is false.
    #[error("node {node} cannot be reached: {reason}")]
    Unreachable {
        /// The other node.
        node: NodeName,
        /// How this is known.
        reason: &'static str,
        /// False: it has certainly not received anything.
        was_sent: bool,
    },
    /// The other node ended the link.
    #[error("node {node} ended the link: {reason}")]
    Reset {
        /// The other node.
        node: NodeName,
        /// Why.
        reason: ResetReason,
    },
    /// The other node has broken the rules of links.
    #[error("node {node} broke the protocol: {reason}")]
    Protocol {
        /// The other node.
        node: NodeName,
        /// Which rule.
        reason: &'static str,
    },
    /// This side has ended the link.
    #[error("the link to node {node} was ended here")]
    Ended {
        /// The other node.
        node: NodeName,
    },
    /// The other node is there, and does not take what it is sent.
    #[error("node {node} has taken nothing for {} s", limit.as_secs())]
    Stalled {
        /// The other node.
        node: NodeName,
        /// How long it had.
        limit: std::time::Duration,
    },
    /// What is to be sent is larger than a message may be.
    #[error("a message of {bytes} bytes to node {node} is too large; at most {most} are allowed")]
    TooLarge {
        /// The other node.
        node: NodeName,
        /// Its size.
        bytes: usize,
        /// The limit.
        most: usize,
    },
    /// A link would lead to the node itself.
    #[error("{0} is this node; a link to itself is not possible")]
    Itself(NodeName),
    /// This node already has as many links as it may.
    #[error("there are already {0} links; try again later")]
    TooMany(usize),
}

/// Why a node ends a link early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ResetReason {
    /// What the link was for is cancelled, or nobody waits for it any more.
    Cancelled,
    /// The receiver does not know the link: it has ended, or the node has restarted.
    Unknown,
    /// The receiver has too many links.
    Busy,
    /// The receiver does not serve links of this purpose.
    NotServed,
    /// The receiver received what the protocol does not allow.
    Protocol,
    /// Frames were lost on the way.
    Lost,
}

impl ResetReason {
    const ALL: [(Self, u8, &'static str); 6] = [
        (Self::Cancelled, 1, "cancelled"),
        (Self::Unknown, 2, "it does not know the link (any more)"),
        (Self::Busy, 3, "it has too many links; try again later"),
        (Self::NotServed, 4, "it does not serve this"),
        (
            Self::Protocol,
            5,
            "it received what the protocol does not allow",
        ),
        (Self::Lost, 6, "frames were lost on the way"),
    ];

    /// Returns the byte that stands for it in a frame.
    pub fn code(self) -> u8 {
        Self::ALL
            .iter()
            .find(|row| row.0 == self)
            .map_or(0, |row| row.1)
    }

    /// Returns the reason that a byte stands for.
    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == code).map(|row| row.0)
    }
}

impl std::fmt::Display for ResetReason {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let row = Self::ALL.iter().find(|row| row.0 == *self);
        f.write_str(row.map_or("", |row| row.2))
    }
}

impl LinkError {
    /// Returns whether the other node has certainly not acted on anything that was sent over the link.
    pub fn is_certainly_undone(&self) -> bool {
        matches!(
            self,
            Self::Unreachable {
                was_sent: false,
                ..
            } | Self::Reset {
                reason: ResetReason::Busy | ResetReason::NotServed,
                ..
            } | Self::TooMany(_)
                | Self::Itself(_)
                | Self::TooLarge { .. }
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_a_code_of_its_own() {
        let mut codes = std::collections::BTreeSet::new();
        for (reason, code, text) in ResetReason::ALL {
            assert_eq!(ResetReason::from_code(code), Some(reason));
            assert_eq!((reason.code(), reason.to_string().as_str()), (code, text));
            codes.insert(code);
        }
        assert_eq!(codes.len(), ResetReason::ALL.len());
        assert_eq!(ResetReason::from_code(0), None);
    }
}
