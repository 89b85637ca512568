//! Metrics of this host as a node of a cluster.

use std::sync::Arc;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NodeLabels {
    cluster: String,
    node: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct CallLabels {
    /// `out` to the other node, `in` from it.
    direction: &'static str,
    node: String,
    outcome: &'static str,
}

/// The state of a node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NodeState {
    /// Whether it is connected to NATS.
    pub is_connected: bool,
    /// Whether its lease is valid.
    pub is_member: bool,
    /// How many members it sees, itself included.
    pub members: usize,
    /// How many links to other nodes it has: calls, transfers and the like.
    pub links: usize,
}

/// Metrics of a node. Clones share their counters. A host without a cluster has none of them.
#[derive(Clone, Default)]
pub struct ClusterMetrics(Arc<Counters>);

#[derive(Default)]
struct Counters {
    connected: Family<NodeLabels, Gauge>,
    member: Family<NodeLabels, Gauge>,
    members: Family<NodeLabels, Gauge>,
    links: Family<NodeLabels, Gauge>,
    calls: Family<CallLabels, Counter>,
}

impl ClusterMetrics {
    pub(crate) fn register(&self, registry: &mut Registry) {
        let counters = &self.0;
        for (name, help, gauge) in [
            (
                "cluster_connected",
                "Whether this node is connected to NATS",
                &counters.connected,
            ),
            (
                "cluster_member",
                "Whether the lease of this node is valid",
                &counters.member,
            ),
            (
                "cluster_members",
                "Nodes of the cluster that this node sees, itself included",
                &counters.members,
            ),
            ("cluster_links", "Links to other nodes", &counters.links),
        ] {
            registry.register(name, help, gauge.clone());
        }
        registry.register(
            "cluster_calls",
            "Calls to other nodes and from them, by outcome",
            counters.calls.clone(),
        );
    }

    /// Sets the state of this node.
    pub fn set(&self, cluster: &str, node: &str, state: NodeState) {
        let labels = NodeLabels {
            cluster: cluster.to_owned(),
            node: node.to_owned(),
        };
        let set = |family: &Family<NodeLabels, Gauge>, value: usize| {
            let value = i64::try_from(value).unwrap_or(i64::MAX);
            family.get_or_create(&labels).set(value);
        };
        set(&self.0.connected, state.is_connected.into());
        set(&self.0.member, state.is_member.into());
        set(&self.0.members, state.members);
        set(&self.0.links, state.links);
    }

    /// Counts a call to another node. `node` is the name of a member.
    pub fn called(&self, node: &str, outcome: &'static str) {
        self.count("out", node, outcome);
    }

    /// Counts a call from another node, whose name NATS has authenticated.
    pub fn served(&self, node: &str, outcome: &'static str) {
        self.count("in", node, outcome);
    }

    fn count(&self, direction: &'static str, node: &str, outcome: &'static str) {
        let node = node.to_owned();
        let labels = CallLabels {
            direction,
            node,
            outcome,
        };
        self.0.calls.get_or_create(&labels).inc();
    }
}
