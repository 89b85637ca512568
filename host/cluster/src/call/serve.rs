//! Serves the calls of other nodes.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::call::failure::{CallFailure, FailureKind};
use crate::call::head::{CallHead, End, Report};
use crate::call::parts::{PartsError, receive_parts};
use crate::call::{ARGUMENTS, END, PART, REPORT, RESULT, WINDOW};
use crate::error::{LinkError, ResetReason};
use crate::link::{Incoming, Link, Links, Message, Purpose};
use crate::names::NodeName;
use crate::shares::Shares;

/// How long a call has to end once it is cancelled or has taken too long.
const GRACE: Duration = Duration::from_secs(2);
/// How long arguments may take to arrive.
const RECEIVING: Duration = Duration::from_secs(30);
/// The shortest time between two reports of a call.
const REPORT_INTERVAL: Duration = Duration::from_millis(50);

/// How many bytes of arguments one node's calls may have at a time, those that run included.
pub const MAX_ARGUMENTS_OF_NODE: u64 = 128 << 20;

/// How many bytes of results may wait for one node to take them.
pub(super) const MAX_RESULTS_OF_NODE: u64 = 128 << 20;

/// How long a result waits until the node that it is for has taken others.
const ROOM: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 5 });

/// What the arguments of a call are charged to, until it is dropped.
pub trait Charged: Send {
    /// Charges further bytes of the arguments, which have just arrived.
    ///
    /// # Errors
    /// Why they cannot be kept.
    fn grow(&mut self, bytes: u64) -> Result<(), CallFailure>;
}

/// Charges nothing.
impl Charged for () {
    fn grow(&mut self, _: u64) -> Result<(), CallFailure> {
        Ok(())
    }
}

/// A call that may take place.
pub struct Admitted {
    /// The largest arguments to take, in bytes.
    pub max_arguments: u64,
    /// What they are charged to until the call has ended.
    pub charged: Box<dyn Charged>,
}

/// The result of a call.
#[derive(Default)]
pub struct Executed {
    /// The result.
    pub result: Bytes,
    /// Kept until the result is sent: what it is charged to.
    pub held: Option<Box<dyn std::any::Any + Send>>,
}

impl From<Bytes> for Executed {
    fn from(result: Bytes) -> Self {
        Self { result, held: None }
    }
}

/// A call with all that it needs.
#[derive(Debug)]
pub struct Executing {
    /// The node that calls. It is authenticated by NATS; what stands in the head is only its word.
    pub from: NodeName,
    /// What it calls.
    pub head: CallHead,
    /// The arguments.
    pub arguments: Bytes,
    /// Cancelled when the caller cancels, is gone, or the call has taken too long.
    pub cancelled: CancellationToken,
    /// Takes reports of progress.
    pub reporter: Reporter,
}

/// Passes reports of progress to the caller. The latest replaces one that was not sent yet.
#[derive(Clone, Debug)]
pub struct Reporter(watch::Sender<Option<Report>>);

impl Reporter {
    /// Reports how far the call is.
    pub fn report(&self, report: Report) {
        self.0.send_replace(Some(report));
    }
}

/// Runs the calls of other nodes. It must decide by its own policy whether they may: the caller's node has decided by its own,
/// which may differ.
pub trait Executor: Send + Sync + 'static {
    /// Decides whether a call may take place, before its arguments are received.
    ///
    /// # Errors
    /// Why not.
    fn admit(&self, from: &NodeName, head: &CallHead) -> Result<Admitted, CallFailure>;

    /// Runs a call. It is dropped some time after it was cancelled.
    fn execute(&self, call: Executing) -> BoxFuture<'_, Result<Executed, CallFailure>>;
}

/// Serves calls until the future is dropped, which cancels those that run, or until the links are.
pub async fn serve_calls(links: &Links, executor: Arc<dyn Executor>) {
    let mut incoming = links.serve(Purpose::Call);
    let shares = [MAX_ARGUMENTS_OF_NODE, MAX_RESULTS_OF_NODE].map(Shares::new);
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            opened = incoming.recv() => match opened {
                Some(opened) => {
                    let (executor, shares) = (executor.clone(), shares.clone());
                    running.spawn(async move { serve(opened, &*executor, &shares).await });
                }
                None => return,
            },
            Some(ended) = running.join_next() => {
                if let Err(error) = ended
                    && error.is_panic()
                {
                    tracing::error!("a call of another node has panicked");
                }
            }
        }
    }
}

async fn serve(incoming: Incoming, executor: &dyn Executor, [arguments, results]: &[Shares; 2]) {
    let Incoming { from, head, link } = incoming;
    let served = async {
        let failed = |kind, message: String| Err(CallFailure::new(kind, message));
        let head = match CallHead::parse(&head) {
            Ok(head) => head,
            Err(error) => {
                return finish(&link, failed(FailureKind::Invalid, error.to_string())).await;
            }
        };
        let mut admitted = match executor.admit(&from, &head) {
            Ok(admitted) => admitted,
            Err(failure) => return finish(&link, Err(failure)).await,
        };
        if head.arguments > admitted.max_arguments {
            let (bytes, most) = (head.arguments, admitted.max_arguments);
            let text = format!("the arguments have {bytes} bytes; at most {most} are allowed");
            return finish(&link, failed(FailureKind::TooLarge, text)).await;
        }
        if head.arguments > u64::from(WINDOW) / 16 {
            link.widen(WINDOW).await?;
        }
        let limit = head.budget().unwrap_or(RECEIVING).min(RECEIVING);
        let mut share = arguments.of(&from);
        let charge = |bytes| {
            if !share.grow(bytes) {
                let text = format!(
                    "the calls of node {from} already have {MAX_ARGUMENTS_OF_NODE} bytes of arguments here; try again later"
                );
                return Err(CallFailure::new(FailureKind::Busy, text));
            }
            admitted.charged.grow(bytes)
        };
        let received = receive_parts(&link, ARGUMENTS, head.arguments, charge);
        let Ok(received) = tokio::time::timeout(limit, received).await else {
            let text = format!(
                "the arguments did not arrive within {} ms",
                limit.as_millis()
            );
            return finish(&link, failed(FailureKind::TimedOut, text)).await;
        };
        let arguments = match received {
            Ok(arguments) => arguments,
            Err(PartsError::Link(error)) => return Err(error),
            Err(PartsError::Invalid(reason)) => {
                return finish(&link, failed(FailureKind::Invalid, reason.to_owned())).await;
            }
            Err(PartsError::NoRoom(failure)) => return finish(&link, Err(failure)).await,
        };
        let mut result = execute(executor, &link, from.clone(), head, arguments).await;
        let mut waiting = results.of(&from);
        let bytes = result.as_ref().map_or(0, |it| it.result.len() as u64);
        // One that alone is more has all the room.
        if !waiting
            .grow_within(bytes.min(MAX_RESULTS_OF_NODE), ROOM)
            .await
        {
            let text = format!(
                "the call has run, but node {from} has not taken {MAX_RESULTS_OF_NODE} bytes of other results yet"
            );
            result = Err(CallFailure::new(FailureKind::Limit, text));
        }
        finish(&link, result).await?;
        drop((admitted, share, waiting));
        Ok(())
    };
    let served: Result<(), LinkError> = served.await;
    if let Err(error) = served {
        tracing::debug!(node = %from, %error, "a call of another node has ended early");
        link.reset(ResetReason::Cancelled);
    }
}

/// Runs a call, and passes its reports on meanwhile.
async fn execute(
    executor: &dyn Executor,
    link: &Link,
    from: NodeName,
    head: CallHead,
    arguments: Bytes,
) -> Result<Executed, CallFailure> {
    let (reporter, reports) = watch::channel(None);
    let cancelled = CancellationToken::new();
    let budget = head.budget();
    let mut running = executor.execute(Executing {
        from,
        head,
        arguments,
        cancelled: cancelled.clone(),
        reporter: Reporter(reporter),
    });
    let too_late = async {
        match budget {
            Some(budget) => tokio::time::sleep(budget).await,
            None => std::future::pending().await,
        }
    };
    let failure = tokio::select! {
        result = &mut running => return result,
        never = pass_on(link, reports) => never,
        () = too_late => {
            let text = format!("the call took longer than {} ms", budget.unwrap_or_default().as_millis());
            CallFailure::new(FailureKind::TimedOut, text)
        }
        () = link.over().cancelled() => {
            CallFailure::new(FailureKind::Cancelled, "the call was cancelled")
        }
    };
    cancelled.cancel();
    // What it has to tidy up; its result comes too late.
    let _ = tokio::time::timeout(GRACE, running).await;
    Err(failure)
}

/// Passes reports on; never ends.
async fn pass_on(link: &Link, mut reports: watch::Receiver<Option<Report>>) -> CallFailure {
    while reports.changed().await.is_ok() {
        let report = reports.borrow_and_update().clone();
        if let Some(bytes) = report.and_then(|it| it.encode()) {
            // When the link has ended, the call does.
            if link.send(REPORT, Bytes::from(bytes)).await.is_err() {
                break;
            }
            tokio::time::sleep(REPORT_INTERVAL).await;
        }
    }
    std::future::pending().await
}

/// Says how a call has ended.
async fn finish(link: &Link, result: Result<Executed, CallFailure>) -> Result<(), LinkError> {
    let (end, executed) = match result {
        Ok(executed) => (End::Done(executed.result.len() as u64), executed),
        Err(failure) => (End::Failed(failure), Executed::default()),
    };
    let first = Message {
        tag: END,
        bytes: Bytes::from(end.encode()),
    };
    let message = Message {
        tag: RESULT,
        bytes: executed.result,
    };
    link.finish_with(first, message, PART).await?;
    drop(executed.held);
    Ok(())
}
