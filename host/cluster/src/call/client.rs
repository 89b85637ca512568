//! Makes calls.

use std::time::Duration;

use bytes::Bytes;
use thiserror::Error;

use crate::call::failure::{CallFailure, FailureKind};
use crate::call::head::{CallHead, End, HeadError, Report};
use crate::call::parts::{PartsError, receive_parts};
use crate::call::{ARGUMENTS, END, PART, REPORT, RESULT, WINDOW};
use crate::error::LinkError;
use crate::link::{Link, Links, Message, Purpose};
use crate::names::NodeName;

/// How long the other node has to say that a call has taken too long before this one says so.
const GRACE: Duration = Duration::from_millis(500);

/// A call has no result.
#[derive(Debug, Error)]
pub enum CallError {
    /// The head cannot be sent. Nothing ran.
    #[error(transparent)]
    Head(#[from] HeadError),
    /// The other node was not reached, or the link to it has ended. Unless [`LinkError::is_certainly_undone`], the call may
    /// have run.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// The link to the other node has ended before the last of the arguments was sent. Nothing ran.
    #[error("{0}; nothing ran: not all of the arguments had been sent")]
    Unsent(#[source] LinkError),
    /// The other node says why.
    #[error("node {node}: {failure}")]
    Failed {
        /// The other node.
        node: NodeName,
        /// Why.
        failure: CallFailure,
    },
    /// The other node sent what is not an answer to a call. The call may have run.
    #[error("node {node} sent an invalid answer: {reason}")]
    Invalid {
        /// The other node.
        node: NodeName,
        /// What is wrong with it.
        reason: String,
    },
    /// The result is larger than the caller takes. The call has run.
    #[error("the result from node {node} has {bytes} bytes; at most {most} are allowed")]
    ResultTooLarge {
        /// The other node.
        node: NodeName,
        /// Its size.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// There is no room for the result. The call has run.
    #[error("the result from node {node} cannot be received: {reason}")]
    NoRoom {
        /// The other node.
        node: NodeName,
        /// Which limit is reached.
        reason: String,
    },
    /// There was no answer in time. The call may have run.
    #[error("node {node} did not answer within {} ms", budget.as_millis())]
    TimedOut {
        /// The other node.
        node: NodeName,
        /// How long it had.
        budget: Duration,
    },
    /// There is no node to call. Nothing ran.
    #[error("no node of the cluster runs {0}")]
    NoNode(String),
}

impl CallError {
    /// Returns whether the call has certainly not run, so that another node may be asked whatever the method does.
    pub fn is_certainly_undone(&self) -> bool {
        match self {
            Self::Link(error) => error.is_certainly_undone(),
            Self::Failed { failure, .. } => failure.is_elsewhere_possible(),
            Self::Head(_) | Self::Unsent(_) | Self::NoNode(_) => true,
            Self::Invalid { .. }
            | Self::ResultTooLarge { .. }
            | Self::NoRoom { .. }
            | Self::TimedOut { .. } => false,
        }
    }

    /// Returns whether a call that may be repeated should be tried on another node.
    fn is_worth_repeating(&self) -> bool {
        match self {
            // The node is gone or confused.
            Self::Link(_) | Self::Unsent(_) | Self::Invalid { .. } => true,
            Self::Failed { failure, .. } => failure.is_elsewhere_possible(),
            _ => false,
        }
    }
}

/// What becomes of what the other node sends during a call.
pub trait Receiver: Send {
    /// Takes note that a node is asked: the first, or another one because those before cannot do it.
    fn asks(&mut self, node: &NodeName) {
        let _ = node;
    }

    /// Takes a report of progress.
    fn report(&mut self, report: Report);

    /// Charges further bytes of the result, which have just arrived.
    ///
    /// # Errors
    /// Why it cannot be received.
    fn charge(&mut self, bytes: u64) -> Result<(), String> {
        let _ = bytes;
        Ok(())
    }
}

impl<F: FnMut(Report) + Send> Receiver for F {
    fn report(&mut self, report: Report) {
        self(report);
    }
}

/// How a call is to be made.
#[derive(Clone, Copy, Debug)]
pub struct CallOptions {
    /// The largest result to take, in bytes.
    pub max_result: u64,
    /// Whether the method may run more than once, so that another node is asked when one is lost.
    pub is_repeatable: bool,
}

/// Calls a method on one node. Dropping the future cancels the call there. `receiver` takes what it sends meanwhile.
///
/// # Errors
/// [`CallError`].
pub async fn call(
    links: &Links,
    node: &NodeName,
    head: &CallHead,
    arguments: Bytes,
    options: CallOptions,
    receiver: &mut dyn Receiver,
) -> Result<Bytes, CallError> {
    let mut head = head.clone();
    head.arguments = arguments.len() as u64;
    let called = async {
        let encoded = Bytes::from(head.encode()?);
        let link = links.prepare(node, &encoded)?;
        let message = Message {
            tag: ARGUMENTS,
            bytes: arguments,
        };
        let sending = async {
            let sent = link.begin_with(Purpose::Call, encoded, message, PART).await;
            match sent {
                // Of what keeps arguments from being sent the answer tells more.
                Err(error) if link.check().is_ok() => Err(CallError::from(error)),
                _ => std::future::pending().await,
            }
        };
        let result = tokio::select! {
            result = receive(&link, options, receiver) => result,
            never = sending => never,
        };
        result.map_err(|error| match error {
            CallError::Link(error) if !error.is_certainly_undone() && !link.may_be_sent() => {
                CallError::Unsent(error)
            }
            error => error,
        })
    };
    let Some(budget) = head.budget() else {
        return called.await;
    };
    let timed = tokio::time::timeout(budget.saturating_add(GRACE), called);
    timed.await.unwrap_or_else(|_| {
        let node = node.clone();
        Err(CallError::TimedOut { node, budget })
    })
}

async fn receive(
    link: &Link,
    options: CallOptions,
    receiver: &mut dyn Receiver,
) -> Result<Bytes, CallError> {
    let node = link.peer();
    let invalid = |reason: String| CallError::Invalid {
        node: node.clone(),
        reason,
    };
    let expected = loop {
        let message = link.receive().await?;
        let message =
            message.ok_or_else(|| invalid("it does not say how the call ended".to_owned()))?;
        match message.tag {
            REPORT => {
                let report = Report::parse(&message.bytes);
                receiver.report(report.map_err(|it| invalid(it.to_string()))?);
            }
            END => match End::parse(&message.bytes).map_err(|it| invalid(it.to_string()))? {
                End::Done(bytes) => break bytes,
                End::Failed(failure) => {
                    let node = node.clone();
                    return Err(CallError::Failed { node, failure });
                }
            },
            _ => return Err(invalid("a message is of an unknown kind".to_owned())),
        }
    };
    if expected > options.max_result {
        return Err(CallError::ResultTooLarge {
            node: node.clone(),
            bytes: expected,
            most: options.max_result,
        });
    }
    if expected > u64::from(WINDOW) / 16 {
        link.widen(WINDOW).await?;
    }
    let parts = receive_parts(link, RESULT, expected, |bytes| receiver.charge(bytes));
    parts.await.map_err(|error| match error {
        PartsError::Link(error) => error.into(),
        PartsError::Invalid(reason) => invalid(reason.to_owned()),
        PartsError::NoRoom(reason) => CallError::NoRoom {
            node: node.clone(),
            reason,
        },
    })
}

/// Calls a method on the first of `nodes` that can do it. Another one is asked only when the one before has certainly run
/// nothing, or when the call may be repeated.
///
/// # Errors
/// [`CallError`] of the last node that was asked.
pub async fn call_any(
    links: &Links,
    nodes: impl IntoIterator<Item = NodeName>,
    head: &CallHead,
    arguments: Bytes,
    options: CallOptions,
    receiver: &mut dyn Receiver,
) -> Result<Bytes, CallError> {
    let begun = tokio::time::Instant::now();
    let mut last = CallError::NoNode(head.instance.to_string());
    for node in nodes {
        let mut head = head.clone();
        if let Some(budget) = head.budget() {
            let rest = budget.saturating_sub(begun.elapsed());
            if rest.is_zero() {
                return Err(CallError::TimedOut { node, budget });
            }
            head.budget_ms = Some(u64::try_from(rest.as_millis()).unwrap_or(u64::MAX).max(1));
        }
        receiver.asks(&node);
        match call(links, &node, &head, arguments.clone(), options, receiver).await {
            Ok(result) => return Ok(result),
            Err(error) => {
                let may_be_asked = error.is_certainly_undone()
                    || (options.is_repeatable && error.is_worth_repeating());
                if !may_be_asked || matches!(error, CallError::Head(_)) {
                    return Err(error);
                }
                tracing::warn!(%node, instance = %head.instance, %error, "a call is tried on another node");
                last = error;
            }
        }
    }
    Err(last)
}

impl CallError {
    /// Returns what to tell the caller of the call.
    pub fn kind(&self) -> FailureKind {
        match self {
            Self::Head(_) => FailureKind::Invalid,
            Self::Link(_) | Self::Unsent(_) | Self::Invalid { .. } => FailureKind::Failed,
            Self::Failed { failure, .. } => failure.kind,
            Self::ResultTooLarge { .. } => FailureKind::TooLarge,
            Self::NoRoom { .. } => FailureKind::Limit,
            Self::TimedOut { .. } => FailureKind::TimedOut,
            Self::NoNode(_) => FailureKind::UnknownInstance,
        }
    }
}
