//! What the servers' settings promise about state that nodes share.

use std::fmt;
use std::time::Duration;

use async_nats::jetstream;

use crate::connection::Connection;
use crate::streams::{StreamError, existing_stream};

/// How long a server may take to answer.
const ANSWER: Duration = Duration::from_secs(3);

/// A stream of the cluster that must not lose anything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeptStream {
    /// Its name.
    pub name: String,
    /// How many servers keep it.
    pub replicas: usize,
    /// How many of them have all of it now.
    pub current: usize,
}

/// What a node can learn of the durability of shared state.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Durability {
    /// The version of the server that the node is connected to.
    pub server: String,
    /// Whether that server is part of a NATS cluster: others keep one replica only.
    pub is_clustered: bool,
    /// How many replicas the node's configuration asks for.
    pub wanted: usize,
    /// The streams that nodes have made already.
    pub streams: Vec<KeptStream>,
}

/// Asks the servers how they keep what nodes share.
///
/// # Errors
/// [`StreamError`].
pub async fn durability(connection: &Connection) -> Result<Durability, StreamError> {
    let mut context = jetstream::new(connection.client().clone());
    context.set_timeout(ANSWER);
    let subjects = connection.subjects();
    let names = [
        subjects.state_stream(),
        format!("KV_{}", subjects.claims_bucket()),
    ];
    let mut streams = Vec::new();
    for name in names {
        let Some(stream) = existing_stream(&context, &name).await? else {
            continue;
        };
        let info = stream.cached_info();
        let replicas = info.config.num_replicas;
        let followers = info.cluster.as_ref().map_or(0, |cluster| {
            let current = cluster
                .replicas
                .iter()
                .filter(|it| it.current && !it.offline);
            current.count()
        });
        streams.push(KeptStream {
            name,
            replicas,
            // The leader is not listed among them.
            current: (followers + 1).min(replicas),
        });
    }
    let info = connection.client().server_info();
    Ok(Durability {
        server: info.version,
        is_clustered: info.cluster.is_some(),
        wanted: connection.replicas(),
        streams,
    })
}

impl Durability {
    /// Returns how many servers keep the stream that the fewest keep.
    pub fn replicas(&self) -> usize {
        let made = self.streams.iter().map(|stream| stream.replicas).min();
        made.unwrap_or(self.wanted)
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.wanted > 1 && !self.is_clustered {
            let wanted = self.wanted;
            return write!(
                f,
                "`cluster.nats.replicas` is {wanted}, and the server is not one of several: what nodes share cannot be kept; join \
                 {wanted} servers with the section cluster of their configurations, or set it to 1"
            );
        }
        let survives = match self.replicas() {
            0 | 1 => {
                "lost with the disk of one server; three servers and `cluster.nats.replicas: 3` keep it in three places"
            }
            _ => "kept when one server is lost",
        };
        let count = self.replicas();
        let servers = if count == 1 { "server" } else { "servers" };
        write!(f, "shared state is kept by {count} {servers}: {survives}")?;
        for stream in &self.streams {
            let KeptStream {
                name,
                replicas,
                current,
            } = stream;
            if current < replicas {
                write!(
                    f,
                    "; {name}: only {current} of {replicas} servers have all of it now"
                )?;
            }
        }
        let power = match count {
            0 | 1 => "it loses power",
            _ => "all of them lose power together",
        };
        write!(
            f,
            "; what was acknowledged in the last two minutes is lost when {power}, unless `sync_interval: always` stands in the \
             section jetstream of each server (a node cannot see whether it does)"
        )
    }
}

#[cfg(test)]
mod tests {
    use luminarys_testing::each_row;

    use super::*;

    #[test]
    fn the_weakest_stream_counts() {
        let stream = |replicas, current| KeptStream {
            name: "s".to_owned(),
            replicas,
            current,
        };
        let rows = [
            (1, false, vec![], "by 1 server: lost with the disk"),
            (1, true, vec![], "by 1 server: lost with the disk"),
            (3, true, vec![], "by 3 servers: kept when one"),
            (
                3,
                true,
                vec![stream(3, 3), stream(1, 1)],
                "by 1 server: lost",
            ),
            (1, true, vec![stream(3, 2)], "s: only 2 of 3 servers"),
            (
                3,
                false,
                vec![],
                "is 3, and the server is not one of several",
            ),
        ];
        each_row(rows, |(wanted, is_clustered, streams, expected)| {
            let durability = Durability {
                server: "2.15.3".to_owned(),
                is_clustered,
                wanted,
                streams,
            };
            let text = durability.to_string();
            assert!(text.contains(expected), "{text}");
        });
    }
}
