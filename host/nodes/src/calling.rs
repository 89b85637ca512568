//! Calls of skills that other nodes run.

use futures::future::BoxFuture;
use luminarys_cluster::{
    CallError, CallHead, CallOptions, Caller, Denied, FailureKind, InstanceName, LinkError,
    Narrowed, NodeName, Receiver, Report, call_any,
};
use luminarys_orchestrator::{
    Charge, ClusterMetrics, Denial, Origin, Outcome, Progress, ProgressSink, Remote, RemoteCall,
    RemoteFailure, RemoteFailureKind,
};
use luminarys_text::hexadecimal;
use tokio::sync::watch;

use crate::joined::{Joined, NOT_CONNECTED};
use crate::outcome::decode;

/// The largest result, in bytes.
const MAX_RESULT: u64 = 64 << 20;

/// The other nodes, while this one is part of the cluster.
pub(crate) struct Calling {
    pub joined: watch::Receiver<Option<Joined>>,
    pub metrics: ClusterMetrics,
}

type Charging<'a> = &'a (dyn Fn(u64) -> Result<Charge, RemoteFailure> + Send + Sync);

impl Remote for Calling {
    fn is_connected(&self) -> bool {
        let joined = self.joined.borrow();
        joined.as_ref().is_some_and(Joined::is_member)
    }

    fn call<'a>(
        &'a self,
        call: RemoteCall,
        charge: Charging<'a>,
    ) -> BoxFuture<'a, Result<Outcome, RemoteFailure>> {
        Box::pin(async move {
            let joined = self.joined.borrow().clone();
            let joined = joined.ok_or_else(|| {
                let text = "this node is not part of the cluster now; try again later";
                failed(RemoteFailureKind::Unavailable, text)
            })?;
            make(&joined, call, charge, &self.metrics).await
        })
    }
}

/// Takes what a node sends during a call.
struct Taking<'a> {
    progress: Option<ProgressSink>,
    charge: Charging<'a>,
    held: Option<Charge>,
    counted: Counted,
}

/// Counts a call when it is dropped.
struct Counted {
    metrics: ClusterMetrics,
    /// The node that was asked last, if any.
    node: Option<NodeName>,
    outcome: &'static str,
}

impl Drop for Counted {
    fn drop(&mut self) {
        if let Some(node) = &self.node {
            self.metrics.called(node.as_str(), self.outcome);
        }
    }
}

impl Receiver for Taking<'_> {
    fn asks(&mut self, node: &NodeName) {
        self.counted.node = Some(node.clone());
    }

    fn report(&mut self, report: Report) {
        if let Some(progress) = &self.progress {
            progress.send(Progress {
                done: report.done,
                total: report.total,
                message: report.message,
            });
        }
    }

    fn charge(&mut self, bytes: u64) -> Result<(), String> {
        match &mut self.held {
            Some(held) => held.grow(bytes).map_err(|error| error.to_string()),
            None => {
                let held = (self.charge)(bytes).map_err(|failure| failure.message)?;
                self.held = Some(held);
                Ok(())
            }
        }
    }
}

async fn make(
    joined: &Joined,
    call: RemoteCall,
    charge: Charging<'_>,
    metrics: &ClusterMetrics,
) -> Result<Outcome, RemoteFailure> {
    let head = head(&call)?;
    let nodes = nodes(joined, &call, &head.instance);
    let mut taking = Taking {
        progress: call.context.progress.clone(),
        charge,
        held: None,
        counted: Counted {
            metrics: metrics.clone(),
            node: None,
            outcome: RemoteFailureKind::Cancelled.name(),
        },
    };
    let options = CallOptions {
        max_result: MAX_RESULT,
        is_repeatable: call.is_repeatable,
    };
    let arguments = bytes::Bytes::from(call.arguments);
    let called = call_any(&joined.links, nodes, &head, arguments, options, &mut taking).await;
    let called = called.map_err(|error| match error {
        CallError::NoNode(_) if !joined.is_member() => {
            let text = format!("{error}, as far as this node knows: {NOT_CONNECTED}");
            failed(RemoteFailureKind::Unavailable, &text)
        }
        error => explain(error),
    });
    taking.counted.outcome = called.as_ref().err().map_or("ok", |it| it.kind.name());
    let result = called?;
    let held = match taking.held.take() {
        Some(held) => held,
        None => charge(0)?,
    };
    decode(&result, held).map_err(|error| {
        failed(
            RemoteFailureKind::Broken,
            &format!("another node sent what is not a result: {error}"),
        )
    })
}

/// Returns the nodes to ask, in this order: those that describe the skill as it is known here, then those with another version.
fn nodes(joined: &Joined, call: &RemoteCall, instance: &InstanceName) -> Vec<NodeName> {
    let about = hexadecimal(&call.digest);
    let own = joined.members.node();
    let others = |nodes: Vec<NodeName>| nodes.into_iter().filter(|node| node != own);
    let same = joined
        .members
        .choose(instance, |offer| offer.about == about);
    let mut nodes: Vec<NodeName> = others(same).collect();
    if call.keeps_sessions && !call.context.session_id.is_empty() {
        // The calls of a session go to one node, as long as it is there.
        let session = &call.context.session_id;
        nodes.sort_by_cached_key(|node| rendezvous(session, node));
    }
    let other = joined
        .members
        .others(instance, |offer| offer.about != about);
    nodes.extend(others(other));
    nodes
}

/// Returns what orders nodes for a session: each session has an order of its own, which stays as it is when nodes come and go.
fn rendezvous(session: &str, node: &NodeName) -> [u8; 32] {
    use sha2::{Digest as _, Sha256};
    Sha256::new()
        .chain_update(node.as_str())
        .chain_update([0])
        .chain_update(session)
        .finalize()
        .into()
}

fn head(call: &RemoteCall) -> Result<CallHead, RemoteFailure> {
    let context = &call.context;
    let instance = |id: &str| {
        InstanceName::new(id)
            .map_err(|error| failed(RemoteFailureKind::Invalid, &error.to_string()))
    };
    let chain = context.chain.iter().map(|id| instance(id));
    Ok(CallHead {
        instance: instance(&call.skill)?,
        method: call.method.clone(),
        caller: match &call.origin {
            Origin::Client => Caller::Client,
            Origin::Operator => Caller::Operator,
            Origin::Skill(id) | Origin::OtherNode(id) => Caller::Skill(instance(id)?),
            Origin::Host => Caller::Host,
        },
        chain: chain.collect::<Result<_, _>>()?,
        depth: context.depth,
        client: Some(context.client_name()).filter(|name| !name.is_empty()),
        session: Some(context.session_id.clone()).filter(|id| !id.is_empty()),
        request_id: context.request_id.to_string(),
        trace_id: context.trace_id.to_string(),
        narrowed: Narrowed {
            read_only: context.narrowing.read_only,
            closed_world: context.narrowing.closed_world,
        },
        budget_ms: context
            .timeout
            .map(|limit| u64::try_from(limit.as_millis()).unwrap_or(u64::MAX)),
        arguments: 0,
    })
}

fn failed(kind: RemoteFailureKind, message: &str) -> RemoteFailure {
    RemoteFailure {
        kind,
        message: message.to_owned(),
        denial: None,
    }
}

/// Explains to the caller why there is no result.
fn explain(error: CallError) -> RemoteFailure {
    let is_undone = error.is_certainly_undone();
    let mut message = error.to_string();
    let kind = match (&error, error.kind()) {
        (CallError::Link(LinkError::TooMany(_)), _) => RemoteFailureKind::Limit,
        (CallError::Unsent(_), _) => RemoteFailureKind::Unavailable,
        (CallError::Link(_), _) if is_undone => RemoteFailureKind::Unavailable,
        (CallError::Link(_) | CallError::Invalid { .. }, _) => {
            message.push_str("; the call may have run");
            RemoteFailureKind::Lost
        }
        (_, FailureKind::UnknownInstance | FailureKind::UnknownMethod) => {
            RemoteFailureKind::Unknown
        }
        (_, FailureKind::Denied) => RemoteFailureKind::Denied,
        (_, FailureKind::Invalid) => RemoteFailureKind::Invalid,
        (_, FailureKind::TooLarge | FailureKind::Limit) => RemoteFailureKind::Limit,
        (_, FailureKind::Busy) => RemoteFailureKind::Unavailable,
        (_, FailureKind::TimedOut) => RemoteFailureKind::TimedOut,
        (_, FailureKind::Cancelled) => RemoteFailureKind::Cancelled,
        (_, FailureKind::Returned) => RemoteFailureKind::Returned,
        (_, FailureKind::Failed) => RemoteFailureKind::Broken,
    };
    let denial = match error {
        CallError::Failed { node, failure } => {
            failure.denied.map(|it| Box::new(denial(&node, *it)))
        }
        _ => None,
    };
    RemoteFailure {
        kind,
        message,
        denial,
    }
}

/// Returns what another node has denied, with where the line belongs that would allow it.
fn denial(node: &NodeName, denied: Denied) -> Denial {
    let rule = match denied.rule.starts_with("none") {
        true => denied.rule,
        false if denied.rule.contains("  # ") => format!("{} on node {node}", denied.rule),
        false => format!("{}  # on node {node}", denied.rule),
    };
    Denial {
        capability: denied.capability,
        target: denied.target,
        rule,
        reason: denied.reason,
    }
}
