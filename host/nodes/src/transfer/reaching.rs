//! What the skills of this node ask of other nodes.

use futures::future::BoxFuture;
use luminarys_cluster::{
    InstanceName, NodeName, Transfer, TransferId, Writing, fetch_file, list_files, send_file,
};
use luminarys_orchestrator::{
    Cluster, ClusterError, ClusterNode, Errand, IncomingPlace, Moved, NodePolicy, OnMoved,
    Orchestrator, OutgoingFile, RemoteEntry,
};
use luminarys_text::visible;
use tokio::sync::watch;

use super::failure::Kept;
use super::moving::{Receiving, Sending, key};
use crate::joined::{Joined, NOT_CONNECTED};

/// How many names of nodes a message lists.
const SHOWN: usize = 20;

/// The cluster, as the skills of this node see it.
pub(crate) struct Reaching {
    pub joined: watch::Receiver<Option<Joined>>,
    pub policy: NodePolicy,
    pub orchestrator: Orchestrator,
}

impl Reaching {
    /// Returns the cluster, and the transfer that is to be made.
    ///
    /// # Errors
    /// [`ClusterError::NotFound`] for a node that is no member, [`ClusterError::Io`] while this one is not.
    fn transfer(&self, errand: &Errand) -> Result<(Joined, Transfer), ClusterError> {
        let joined = self.joined.borrow().clone().ok_or_else(|| {
            let text = "this node is not part of its cluster yet, because no NATS server can be reached; try again later";
            ClusterError::Io(text.to_owned())
        })?;
        let unknown = || {
            let members = joined.members.all();
            let mut names: Vec<&str> = members
                .iter()
                .map(|member| member.node.as_str())
                .filter(|name| *name != &*self.policy.node)
                .collect();
            names.sort_unstable();
            names.truncate(SHOWN);
            let others = match names.as_slice() {
                [] => "there is no other node at the moment".to_owned(),
                names => format!("there are {}", names.join(", ")),
            };
            let node = visible(&errand.node);
            if !joined.is_member() {
                let text = format!("node {node} is not known to this node: {NOT_CONNECTED}");
                return ClusterError::Io(text);
            }
            ClusterError::NotFound(format!("the cluster has no node {node}; {others}"))
        };
        let node = NodeName::new(&errand.node).map_err(|_| unknown())?;
        if !joined.members.all().iter().any(|it| it.node == node) {
            return Err(unknown());
        }
        let skill = InstanceName::new(&errand.skill).map_err(|error| {
            ClusterError::Invalid(format!(
                "files go to other nodes under this id only if it fits: {error}"
            ))
        })?;
        let transfer = Transfer {
            node,
            skill: Some(skill),
            request_id: errand.request_id.to_string(),
            path: errand.path.clone(),
        };
        Ok((joined, transfer))
    }
}

impl Cluster for Reaching {
    fn nodes(&self) -> Vec<ClusterNode> {
        let own = &*self.policy.node;
        let members = self.joined.borrow().as_ref().map(|it| it.members.all());
        let others = members.unwrap_or_default().into_iter();
        let others = others.filter(|member| member.node.as_str() != own);
        let mut nodes: Vec<ClusterNode> = others
            .map(|member| {
                let offers = member.lease.offers.iter();
                let mut skills: Vec<String> =
                    offers.map(|offer| offer.instance.to_string()).collect();
                skills.sort();
                ClusterNode {
                    name: member.node.to_string(),
                    is_this: false,
                    skills,
                }
            })
            .collect();
        nodes.push(ClusterNode {
            name: own.to_owned(),
            is_this: true,
            skills: self.orchestrator.running(),
        });
        nodes.sort_by(|one, other| one.name.cmp(&other.name));
        nodes
    }

    fn policy(&self) -> NodePolicy {
        self.policy.clone()
    }

    fn send(
        &self,
        errand: Errand,
        file: OutgoingFile,
        mut on_moved: OnMoved,
    ) -> BoxFuture<'static, Result<Moved, ClusterError>> {
        let transfer = self.transfer(&errand);
        Box::pin(async move {
            let (joined, transfer) = transfer?;
            let content = key(&[&errand.skill, &errand.node, &errand.path, &file.version()]);
            let id = TransferId::of_content(content.as_bytes());
            let id = id.map_err(|error| ClusterError::Io(format!("no random numbers: {error}")))?;
            let kept = Kept::default();
            let mut sending = Sending {
                file,
                kept: kept.clone(),
            };
            let sent = send_file(&joined.links, &transfer, &id, &mut sending, &mut *on_moved);
            let arrived = sent.await.map_err(|error| kept.explain(error))?;
            Ok(Moved {
                bytes: arrived.size,
                sha256: arrived.sha256,
            })
        })
    }

    fn receive(
        &self,
        errand: Errand,
        place: IncomingPlace,
        mut on_moved: OnMoved,
    ) -> BoxFuture<'static, Result<Moved, ClusterError>> {
        let transfer = self.transfer(&errand);
        Box::pin(async move {
            let (joined, transfer) = transfer?;
            let content = key(&[&errand.skill, &errand.node, &errand.path, place.path()]);
            let kept = Kept::default();
            let mut open = |_: u64| -> BoxFuture<'_, _> {
                let (place, kept, content) = (&place, &kept, content.clone());
                Box::pin(async move {
                    let opened = place.open(content).await;
                    let file = opened.map_err(|error| kept.keep(error))?;
                    let kept = kept.clone();
                    Ok(Box::new(Receiving { file, kept }) as Box<dyn Writing>)
                })
            };
            let received = fetch_file(&joined.links, &transfer, &mut open, &mut *on_moved);
            let arrived = received.await.map_err(|error| kept.explain(error))?;
            Ok(Moved {
                bytes: arrived.size,
                sha256: arrived.sha256,
            })
        })
    }

    fn list(&self, errand: Errand) -> BoxFuture<'static, Result<Vec<RemoteEntry>, ClusterError>> {
        let transfer = self.transfer(&errand);
        Box::pin(async move {
            let (joined, transfer) = transfer?;
            let listed = list_files(&joined.links, &transfer).await;
            let listed = listed.map_err(|error| Kept::default().explain(error))?;
            let entries = listed.into_iter().map(|entry| RemoteEntry {
                path: entry.path,
                size: entry.size,
            });
            Ok(entries.collect())
        })
    }
}
