//! The calls of other nodes, which are decided by this node's policies.

use std::time::Instant;

use bytes::Bytes;
use futures::future::BoxFuture;
use luminarys_cluster::{
    Admitted, CallFailure, CallHead, Caller, Charged, Denied, Executed, Executing, Executor,
    FailureKind, NodeName, Refusals, Report, Reporter,
};
use luminarys_orchestrator::{
    CallContext, CallError, Charge, ClusterMetrics, Denial, InvokeError, Narrowing, Orchestrator,
    Origin, Outcome, Progress, ProgressSink, RemoteFailureKind,
};
use luminarys_text::redact;
use tokio::sync::watch;

use crate::outcome::encode;

/// The largest arguments, in bytes; the skill's own limits may be narrower.
const MAX_ARGUMENTS: u64 = 64 << 20;

/// Serves the calls of other nodes.
pub(crate) struct Serving {
    orchestrator: Orchestrator,
    /// Limits warnings of calls that no node should make.
    refusals: Refusals,
}

impl Serving {
    /// Serves calls of the skills of `orchestrator`.
    pub fn new(orchestrator: Orchestrator) -> Self {
        Self {
            orchestrator,
            refusals: Refusals::default(),
        }
    }
}

impl Executor for Serving {
    fn admit(&self, from: &NodeName, head: &CallHead) -> Result<Admitted, CallFailure> {
        let origin = self.origin(from, head)?;
        if head.arguments > MAX_ARGUMENTS {
            let text = format!(
                "the arguments have {} bytes; at most {MAX_ARGUMENTS} are allowed",
                head.arguments
            );
            return Err(CallFailure::new(FailureKind::TooLarge, text));
        }
        let (skill, method) = (head.instance.as_str(), &*head.method);
        let charge = self
            .orchestrator
            .admit(&origin, skill, method, narrowing(head))
            .map_err(|error| {
                let failure = failure(&error);
                let metrics = self.orchestrator.cluster_metrics();
                metrics.served(from.as_str(), failure.kind.name());
                failure
            })?;
        Ok(Admitted {
            max_arguments: head.arguments,
            charged: Box::new(Arguments(charge)),
        })
    }

    fn execute(&self, call: Executing) -> BoxFuture<'_, Result<Executed, CallFailure>> {
        Box::pin(async move {
            let mut counted = Counted {
                metrics: self.orchestrator.cluster_metrics(),
                node: call.from.clone(),
                outcome: "cancelled",
            };
            let executed = self.run(call).await;
            counted.outcome = executed.as_ref().err().map_or("ok", |it| it.kind.name());
            executed
        })
    }
}

/// What the arguments of a call are charged to.
struct Arguments(Charge);

impl Charged for Arguments {
    fn grow(&mut self, bytes: u64) -> Result<(), CallFailure> {
        let grown = self.0.grow(bytes);
        grown.map_err(|error| CallFailure::new(FailureKind::Limit, error.to_string()))
    }
}

/// Counts a call when it is dropped.
struct Counted {
    metrics: ClusterMetrics,
    node: NodeName,
    outcome: &'static str,
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.metrics.served(self.node.as_str(), self.outcome);
    }
}

impl Serving {
    /// Returns who calls, as this node sees it. Only clients and skills of other nodes may call: a skill's own methods and those
    /// that the host alone calls are not reached from another node.
    fn origin(&self, from: &NodeName, head: &CallHead) -> Result<Origin, CallFailure> {
        match &head.caller {
            Caller::Client => Ok(Origin::Client),
            Caller::Skill(caller) if *caller != head.instance => {
                Ok(Origin::OtherNode(caller.to_string()))
            }
            Caller::Skill(_) | Caller::Operator | Caller::Host => {
                if let Some(refused) = self.refusals.note(Instant::now()) {
                    tracing::warn!(node = %from, skill = %head.instance, method = %luminarys_text::visible(&head.method), refused,
                        "a call of another node is refused: it is neither of a client nor of another skill");
                }
                let text = "only clients and other skills can call from another node";
                Err(CallFailure::new(FailureKind::Denied, text))
            }
        }
    }

    async fn run(&self, call: Executing) -> Result<Executed, CallFailure> {
        let Executing {
            from,
            head,
            arguments,
            cancelled,
            reporter,
        } = call;
        let origin = self.origin(&from, &head)?;
        let arguments = String::from_utf8(arguments.into())
            .map_err(|_| CallFailure::new(FailureKind::Invalid, "the arguments are not UTF-8"))?;
        let arguments = if arguments.is_empty() {
            "null".to_owned()
        } else {
            arguments
        };
        let (sender, reports) = watch::channel(None);
        let mut context = context(&from, &head, sender.into());
        context.cancel = cancelled;
        let (skill, method) = (head.instance.as_str(), &*head.method);
        let called = self
            .orchestrator
            .serve(&origin, skill, method, arguments, context);
        let outcome = tokio::select! {
            called = called => called.map_err(|error| failure(&error))?,
            never = pass_on(reports, &reporter) => match never {},
        };
        self.executed(outcome)
    }

    /// Encodes a result, charged while it is sent.
    fn executed(&self, outcome: Outcome) -> Result<Executed, CallFailure> {
        let result = encode(&outcome.value, outcome.text_for_model.as_deref());
        drop(outcome);
        let held = self.orchestrator.charge(result.len() as u64);
        let held = held.map_err(|error| CallFailure::new(FailureKind::Limit, error.to_string()))?;
        Ok(Executed {
            result: Bytes::from(result),
            held: Some(Box::new(held)),
        })
    }
}

/// Passes reports on; never ends.
async fn pass_on(
    mut reports: watch::Receiver<Option<Progress>>,
    reporter: &Reporter,
) -> std::convert::Infallible {
    while reports.changed().await.is_ok() {
        let report = reports.borrow_and_update().clone();
        if let Some(Progress {
            done,
            total,
            message,
        }) = report
        {
            reporter.report(Report {
                done,
                total,
                message,
            });
        }
    }
    std::future::pending().await
}

fn narrowing(head: &CallHead) -> Narrowing {
    Narrowing {
        read_only: head.narrowed.read_only,
        closed_world: head.narrowed.closed_world,
    }
}

/// Returns the context of a call of another node. Names of clients and sessions get the node's name, so that no node can use what
/// is kept for a client of this or another one.
fn context(from: &NodeName, head: &CallHead, progress: ProgressSink) -> CallContext {
    let session = head
        .session
        .as_deref()
        .filter(|session| !session.is_empty());
    let session = session.map_or_else(String::new, |session| session_of(from, session));
    let mut context = CallContext::new(session);
    context = context.caused_by(
        head.request_id.as_str().into(),
        head.trace_id.as_str().into(),
    );
    context.client = Some(match &head.client {
        Some(client) => format!("{client}@{from}").into(),
        None => format!("@{from}").into(),
    });
    context.chain = head.chain.iter().map(|it| it.as_str().into()).collect();
    context.narrowing = narrowing(head);
    context.depth = head.depth;
    context.timeout = head.budget();
    context.progress = Some(progress);
    context
}

/// Returns the id of a session of another node's client.
pub(crate) fn session_of(from: &NodeName, session: &str) -> String {
    format!("{session}@{from}")
}

/// Returns what the calling node is told, without secrets.
fn failure(error: &InvokeError) -> CallFailure {
    let text = redact(&error.to_string()).into_owned();
    let failure = CallFailure::new(kind(error), text);
    match denial(error) {
        Some(denial) => failure.with_denied(Denied {
            capability: denial.capability.clone(),
            target: redact(&denial.target).into_owned(),
            rule: redact(&denial.rule).into_owned(),
            reason: redact(&denial.reason).into_owned(),
        }),
        None => failure,
    }
}

fn denial(error: &InvokeError) -> Option<&Denial> {
    match error {
        InvokeError::Denied(denial) => Some(denial),
        InvokeError::Call(CallError::Skill { denial, .. }) => denial.as_ref(),
        InvokeError::Remote(failure) => failure.denial.as_deref(),
        _ => None,
    }
}

fn kind(error: &InvokeError) -> FailureKind {
    match error {
        InvokeError::UnknownSkill(_) | InvokeError::UnknownTool(_) => FailureKind::UnknownInstance,
        InvokeError::UnknownMethod { .. } => FailureKind::UnknownMethod,
        InvokeError::NotLoaded { .. }
        | InvokeError::NotConnected(_)
        | InvokeError::ShuttingDown => FailureKind::Busy,
        InvokeError::Private { .. } | InvokeError::Denied(_) => FailureKind::Denied,
        InvokeError::InvalidArguments(_) => FailureKind::Invalid,
        InvokeError::Revoked(_) => FailureKind::Failed,
        InvokeError::Remote(failure) => match failure.kind {
            RemoteFailureKind::Returned => FailureKind::Returned,
            RemoteFailureKind::TimedOut => FailureKind::TimedOut,
            RemoteFailureKind::Cancelled => FailureKind::Cancelled,
            RemoteFailureKind::Limit => FailureKind::Limit,
            _ => FailureKind::Failed,
        },
        InvokeError::Call(error) => match error {
            CallError::Skill { .. } => FailureKind::Returned,
            CallError::Limit {
                limit: "timeout_ms",
                ..
            } => FailureKind::TimedOut,
            CallError::Limit { .. } | CallError::Exhausted(_) => FailureKind::Limit,
            CallError::Cancelled => FailureKind::Cancelled,
            CallError::UnknownMethod(_) => FailureKind::UnknownMethod,
            CallError::InvalidArguments(_) => FailureKind::Invalid,
            CallError::Deadlock(_)
            | CallError::Unavailable { .. }
            | CallError::Trap(_)
            | CallError::Host(_) => FailureKind::Failed,
        },
    }
}
