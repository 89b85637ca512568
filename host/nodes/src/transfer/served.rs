//! What other nodes ask of the skills of this one.

use futures::future::BoxFuture;
use luminarys_cluster::{
    FileHead, Files, Listed, MAX_LISTED, MAX_PATH, NodeName, Reading, TransferFailure,
    TransferFailureKind, TransferId, Writing,
};
use luminarys_orchestrator::{Asked, Exchange, FsError, NodePolicy, Orchestrator};

use super::failure::{Kept, to_there};
use super::moving::{Receiving, Sending, key};

/// The files of the skills that run here, as far as other nodes may reach them.
pub(crate) struct Served {
    orchestrator: Orchestrator,
    policy: NodePolicy,
}

impl Served {
    pub fn new(orchestrator: Orchestrator, policy: NodePolicy) -> Self {
        Self {
            orchestrator,
            policy,
        }
    }

    /// Decides whether the skill that is asked for exchanges files with the node that asks. Returns its id, and its files.
    fn exchange<'a>(
        &self,
        from: &NodeName,
        head: &'a FileHead,
        operation: &'static str,
    ) -> Result<(&'a str, Exchange), TransferFailure> {
        let skill = head.skill.as_ref().ok_or_else(|| {
            let text = "files are exchanged for a skill only, and the request names none";
            TransferFailure::new(TransferFailureKind::Denied, text)
        })?;
        let asked = Asked {
            node: from.as_str(),
            request_id: &head.request_id,
            operation,
        };
        let exchange = self
            .orchestrator
            .exchange(skill.as_str(), self.policy.clone(), asked)
            .map_err(|denial| to_there(&FsError::Denied(denial)))?;
        Ok((skill.as_str(), exchange))
    }
}

impl Files for Served {
    fn read<'a>(
        &'a self,
        from: &'a NodeName,
        head: &'a FileHead,
    ) -> BoxFuture<'a, Result<Box<dyn Reading>, TransferFailure>> {
        Box::pin(async move {
            let (_, exchange) = self.exchange(from, head, "receive")?;
            let opened = exchange.outgoing(head.path.clone()).await;
            let file = opened.map_err(|error| to_there(&error))?;
            let kept = Kept::default();
            Ok(Box::new(Sending { file, kept }) as Box<dyn Reading>)
        })
    }

    fn write<'a>(
        &'a self,
        from: &'a NodeName,
        head: &'a FileHead,
        _: u64,
        transfer: &'a TransferId,
    ) -> BoxFuture<'a, Result<Box<dyn Writing>, TransferFailure>> {
        Box::pin(async move {
            let (skill, exchange) = self.exchange(from, head, "send")?;
            // Nobody goes on with what another node or skill has sent.
            let key = key(&[from.as_str(), skill, &head.path, transfer.content()]);
            let opened = exchange.incoming(head.path.clone(), key).await;
            let file = opened.map_err(|error| to_there(&error))?;
            let kept = Kept::default();
            Ok(Box::new(Receiving { file, kept }) as Box<dyn Writing>)
        })
    }

    fn list<'a>(
        &'a self,
        from: &'a NodeName,
        head: &'a FileHead,
    ) -> BoxFuture<'a, Result<Vec<Listed>, TransferFailure>> {
        Box::pin(async move {
            let (_, exchange) = self.exchange(from, head, "list")?;
            let found = exchange.reachable(head.path.clone(), MAX_LISTED).await;
            let found = found.map_err(|error| to_there(&error))?;
            let base = head.path.trim_end_matches('/');
            let listed = found.into_iter().map(|entry| Listed {
                path: format!("{base}/{}", entry.name),
                size: entry.size,
            });
            // No request could name a longer one.
            Ok(listed
                .filter(|entry| entry.path.len() <= MAX_PATH)
                .collect())
        })
    }
}
