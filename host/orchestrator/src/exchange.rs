//! Files that skills exchange with other nodes of a cluster.

use std::sync::Weak;

use luminarys_grants::Denial;
use luminarys_runtime::{Asked, Cluster, Exchange, NodePolicy};

use crate::Orchestrator;

impl Orchestrator {
    /// Sets the cluster of which this host is a node, once: skills reach its other nodes through it.
    pub fn set_cluster(&self, cluster: Weak<dyn Cluster>) {
        self.0.cluster.set(cluster);
    }

    /// Returns the ids of the skills that run, sorted.
    pub fn running(&self) -> Vec<String> {
        let registry = self.registry();
        let running = registry.entries().iter();
        let running = running.filter(|entry| entry.deployed.is_some());
        let mut ids: Vec<String> = running.map(|entry| entry.report.id.clone()).collect();
        ids.sort();
        ids
    }

    /// Decides whether the running skill with this instance id exchanges files with a node that asks, as this node's `policy`
    /// and its manifest say.
    ///
    /// # Errors
    /// [`Denial`], which says to that node who can allow it; it is recorded.
    pub fn exchange(
        &self,
        skill: &str,
        policy: NodePolicy,
        asked: Asked<'_>,
    ) -> Result<Exchange, Denial> {
        let registry = self.registry();
        let deployed = registry
            .entry(skill)
            .and_then(|entry| entry.deployed.as_ref());
        if let Some(deployed) = deployed {
            return deployed.skill.exchange(policy, asked);
        }
        let node = &policy.node;
        let reason = format!(
            "no skill {skill} runs on node {node}; to allow it, the operator of that node adds a manifest with this id, whose \
             permissions.file_transfer grants the node {} and the path",
            asked.node
        );
        let rule = format!("none: no skill {skill} runs on node {node}");
        let target = format!("{} for {}", asked.operation, asked.node);
        let denial = Denial::new("transfer", &target, reason, rule);
        let audit = asked.audit(&self.0.metrics.audit, skill);
        if audit.denied(&denial) && self.0.strays.admit_line(skill) {
            tracing::info!(target: "luminarys::denied", skill, node = asked.node, asked = %denial.target, "denied");
        }
        Err(denial)
    }
}
