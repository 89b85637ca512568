//! The functions of `transfer`.

use std::sync::Arc;

use futures::future::BoxFuture;
use luminarys_filesystem::Filesystem;
use luminarys_grants::{Access, Denial};
use tokio::sync::watch;

use super::files::{HELD, IncomingPlace, OutgoingFile, Steps};
use super::node::TRANSFER;
use super::policy::{decide_node, decide_path, files};
use super::state::TransferCapability;
use crate::bindings::luminarys::skill::transfer as wit;
use crate::bindings::luminarys::skill::types::Error;
use crate::capabilities::filesystem::failed;
use crate::cluster::{Cluster, ClusterError, ClusterNode, Errand, Moved, OnMoved};
use crate::environment::View;

/// The name of a host that is in no cluster.
const LOCAL: &str = "local";
/// The longest name of a node that is looked at, in bytes.
const MAX_NODE: usize = 64;
/// The memory of an answer's record in addition to its texts, in bytes.
const RECORD: usize = 64;

const NO_CLUSTER: &str = "cluster mode is not enabled: this host is the only node; its operator enables it in the host's \
    configuration: cluster: { enabled: true, id: CLUSTER, node: NODE, nats: { urls: [\"nats://HOST:4222\"] } }";

impl View<'_, TransferCapability> {
    /// Decides on a function that reaches another node, and on the file of this one. Returns the cluster.
    ///
    /// # Errors
    /// `denied` by the manifest or this node's configuration, `unavailable` without a cluster.
    async fn reach(
        &mut self,
        function: &str,
        (node, remote): (&str, &str),
        local: Option<(&str, Access)>,
    ) -> Result<Arc<dyn Cluster>, Error> {
        let target = format!("{node}:{remote}");
        self.may(function, &target)?;
        if node.is_empty() || node.len() > MAX_NODE {
            let length = node.len();
            let text = format!("the name of a node has 1 to {MAX_NODE} bytes, not {length}");
            return Err(Error::Invalid(text));
        }
        let grants = self.shared.grants.clone();
        let decided = grants.file_transfer.decide_node(node);
        decided.map_err(|denial| self.denied(denial))?;
        let mut found = None;
        if let Some((path, access)) = local {
            // Before another node is asked for anything.
            let files = Filesystem::exchanged(&grants.file_transfer.directories);
            let path = path.to_owned();
            let decided = self.shared.lane.run(move || files.decide(&path, access));
            let decided = decided
                .await
                .map_err(|error| Error::Io(error.to_string()))?;
            let path = decided.map_err(|error| failed(self.environment, error))?;
            found = Some((path, access));
        }
        let cluster = self.shared.cluster.get();
        let cluster = cluster.ok_or_else(|| Error::Unavailable(NO_CLUSTER.to_owned()))?;
        let policy = cluster.policy();
        if node == &*policy.node {
            let text = format!("{node} is the node that the skill runs on");
            return Err(Error::Invalid(text));
        }
        let rule = decide_node(&grants, &policy, node).map_err(|denial| self.denied(denial))?;
        if let Some((path, access)) = found {
            let decided = decide_path(&policy, &path, access);
            decided.map_err(|denial| self.denied(denial))?;
        }
        let noted = self
            .audit()
            .allowed(TRANSFER, &format!("{function} {target}"), &rule);
        noted.map_err(|denial| self.denied(denial))?;
        Ok(cluster)
    }

    /// Returns the files of the skill for one transfer, and what its steps need.
    fn files(
        &mut self,
        cluster: &dyn Cluster,
        access: Access,
    ) -> Result<(Filesystem, Steps), Error> {
        let audit = self.audit();
        let files = files(&self.shared.grants, cluster.policy(), access, audit);
        let steps = Steps {
            lane: self.shared.lane.clone(),
            ended: self.state.ended.clone(),
            held: Arc::new(self.hold_bytes(HELD as usize)?),
        };
        Ok((files, steps))
    }

    fn errand(&self, node: String, path: String) -> Errand {
        Errand {
            skill: self.shared.id.clone(),
            request_id: self.call.context.request_id.clone(),
            node,
            path,
        }
    }

    /// Waits for a transfer, and reports its progress to the caller.
    async fn moved(
        &mut self,
        target: &str,
        begin: impl FnOnce(OnMoved) -> BoxFuture<'static, Result<Moved, ClusterError>>,
    ) -> Result<wit::Done, Error> {
        let (sender, mut progress) = watch::channel((0, 0));
        let mut moving = begin(Box::new(move |done, total| {
            sender.send_replace((done, total));
        }));
        let moved = loop {
            tokio::select! {
                biased;
                moved = &mut moving => break moved,
                Ok(()) = progress.changed() => {
                    let (done, total) = *progress.borrow_and_update();
                    self.report(done as f64, Some(total as f64), None);
                }
            }
        };
        let moved = moved.map_err(|error| self.cluster_failed(target, error))?;
        Ok(wit::Done {
            bytes: moved.bytes,
            sha256: moved.sha256,
        })
    }

    /// Returns the error for the guest, and records a denial.
    fn cluster_failed(&mut self, target: &str, error: ClusterError) -> Error {
        let text = error.to_string();
        match error {
            ClusterError::Denied { .. } => {
                let rule = format!("none: {text}");
                self.denied(Denial::new(TRANSFER, target, text, rule))
            }
            ClusterError::Here(error) => failed(self.environment, error),
            ClusterError::NotFound(_) => Error::NotFound(text),
            ClusterError::AlreadyExists(_) => Error::AlreadyExists(text),
            ClusterError::Invalid(_) => Error::Invalid(text),
            ClusterError::Limit(_) => Error::LimitExceeded(text),
            ClusterError::Io(_) => Error::Io(text),
        }
    }
}

impl wit::Host for View<'_, TransferCapability> {
    async fn nodes(&mut self) -> Result<Vec<wit::Node>, Error> {
        let nodes = match self.shared.cluster.get() {
            Some(cluster) => cluster.nodes(),
            None => vec![ClusterNode {
                name: LOCAL.to_owned(),
                is_this: true,
                // A host without other skills names none.
                skills: self
                    .peers()
                    .map(|peers| peers.running())
                    .unwrap_or_default(),
            }],
        };
        let sizes = nodes.iter().map(|node| {
            let skills = node.skills.iter().map(|skill| RECORD + skill.len());
            RECORD + node.name.len() + skills.sum::<usize>()
        });
        self.charge_answer(sizes.sum())?;
        let nodes = nodes.into_iter().map(|node| wit::Node {
            name: node.name,
            is_this: node.is_this,
            skills: node.skills,
        });
        Ok(nodes.collect())
    }

    async fn send(
        &mut self,
        node: String,
        local: String,
        remote: String,
    ) -> Result<wit::Done, Error> {
        let file = Some((local.as_str(), Access::Read));
        let cluster = self.reach("send", (&node, &remote), file).await?;
        let (files, steps) = self.files(&*cluster, Access::Read)?;
        let opened = OutgoingFile::open(files, local, steps).await;
        let file = opened.map_err(|error| failed(self.environment, error))?;
        let target = format!("{node}:{remote}");
        let errand = self.errand(node, remote);
        self.moved(&target, |on_moved| cluster.send(errand, file, on_moved))
            .await
    }

    async fn receive(
        &mut self,
        node: String,
        remote: String,
        local: String,
    ) -> Result<wit::Done, Error> {
        let file = Some((local.as_str(), Access::Write));
        let cluster = self.reach("receive", (&node, &remote), file).await?;
        let (files, steps) = self.files(&*cluster, Access::Write)?;
        let place = IncomingPlace::new(files, local, steps);
        let target = format!("{node}:{remote}");
        let errand = self.errand(node, remote);
        self.moved(&target, |on_moved| cluster.receive(errand, place, on_moved))
            .await
    }

    async fn list(&mut self, node: String, path: String) -> Result<Vec<wit::Entry>, Error> {
        let cluster = self.reach("list", (&node, &path), None).await?;
        let target = format!("{node}:{path}");
        let listed = cluster.list(self.errand(node, path)).await;
        let listed = listed.map_err(|error| self.cluster_failed(&target, error))?;
        self.charge_answer(listed.iter().map(|entry| RECORD + entry.path.len()).sum())?;
        let listed = listed.into_iter().map(|entry| wit::Entry {
            path: entry.path,
            size: entry.size,
        });
        Ok(listed.collect())
    }
}
