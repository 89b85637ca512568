//! Sends files to other nodes, fetches them, and lists what may be reached.

use std::convert::Infallible;
use std::sync::OnceLock;
use std::time::Duration;

use bytes::Bytes;
use futures::future::BoxFuture;
use tokio::time::Instant;

use crate::error::{LinkError, ResetReason};
use crate::link::{Link, Links, Purpose};
use crate::names::NodeName;
use crate::transfer::files::{Arrived, Reading, Writing};
use crate::transfer::flow::{
    OnProgress, TransferError, WINDOW, check_space, in_time, receive_in, receive_step, send_out,
    send_step,
};
use crate::transfer::head::{
    FileHead, Listed, Operation, Step, TransferFailure, TransferFailureKind, TransferId,
};

/// How long to try again after the last progress.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to wait before trying again.
const PAUSE: Duration = Duration::from_millis(250);
/// How many entries of a directory to take.
pub const MAX_LISTED: usize = 10_000;

/// A transfer to be made: with which node, for which skill, and the path there.
#[derive(Clone, Debug)]
pub struct Transfer {
    /// The other node.
    pub node: NodeName,
    /// The skill for which it is made; none for the operator.
    pub skill: Option<crate::names::InstanceName>,
    /// The call in which it is made, for logs.
    pub request_id: String,
    /// The path on the other node.
    pub path: String,
}

impl Transfer {
    pub(super) async fn open(
        &self,
        links: &Links,
        operation: Operation,
    ) -> Result<Link, TransferError> {
        let head = FileHead {
            skill: self.skill.clone(),
            request_id: self.request_id.clone(),
            path: self.path.clone(),
            operation,
        };
        let head = head.encode().map_err(|error| {
            let text = format!("the transfer cannot be asked for: {error}");
            TransferError::Here(TransferFailure::new(TransferFailureKind::Invalid, text))
        })?;
        let link = links
            .open(&self.node, Purpose::Transfer, Bytes::from(head))
            .await?;
        Ok(link)
    }

    fn unexpected(&self) -> TransferError {
        TransferError::Invalid {
            node: self.node.clone(),
            reason: "a step comes at the wrong time".to_owned(),
        }
    }
}

/// When there was progress last, which tells whether to try again what a broken link has interrupted.
#[derive(Default)]
struct Patience(Option<Instant>);

impl Patience {
    /// Takes note of progress.
    fn progress(&mut self) {
        self.0 = Some(Instant::now());
    }

    /// Returns whether to try again, after a pause.
    async fn allows(&self, error: &TransferError) -> bool {
        // What has not even begun fails at once.
        let is_hopeful = self.0.is_some_and(|last| last.elapsed() < PATIENCE);
        match error {
            TransferError::Link(error) if is_passing(error) && is_hopeful => {
                tracing::info!(%error, "a transfer is interrupted; trying again");
                tokio::time::sleep(PAUSE).await;
                true
            }
            _ => false,
        }
    }
}

/// Returns whether a link may be better the next time.
fn is_passing(error: &LinkError) -> bool {
    match error {
        LinkError::Unreachable { .. } => true,
        LinkError::Reset { reason, .. } => matches!(
            reason,
            ResetReason::Unknown | ResetReason::Lost | ResetReason::Busy | ResetReason::Cancelled
        ),
        _ => false,
    }
}

/// Sends a file. An interrupted transfer goes on where it was, also in a later call with the same `id`, as long as the file has
/// not changed. Dropping the future cancels the transfer.
///
/// # Errors
/// [`TransferError`]; the path is then unchanged: it has no file, or still the earlier one.
pub async fn send_file(
    links: &Links,
    transfer: &Transfer,
    id: &TransferId,
    file: &mut dyn Reading,
    on_progress: &mut OnProgress<'_>,
) -> Result<Arrived, TransferError> {
    let mut patience = Patience::default();
    loop {
        match send_once(links, transfer, id, file, on_progress, &mut patience).await {
            Err(error) if patience.allows(&error).await => {}
            ended => return ended,
        }
    }
}

async fn send_once(
    links: &Links,
    transfer: &Transfer,
    id: &TransferId,
    file: &mut dyn Reading,
    on_progress: &mut OnProgress<'_>,
    patience: &mut Patience,
) -> Result<Arrived, TransferError> {
    let size = file.size();
    let operation = Operation::Put {
        size,
        transfer: id.clone(),
    };
    let link = transfer.open(links, operation).await?;
    let Step::From(offset) = in_time(&link, 0, receive_step(&link)).await? else {
        return Err(transfer.unexpected());
    };
    let mut on_progress = |done, size| {
        patience.progress();
        on_progress(done, size);
    };
    let sent = OnceLock::new();
    let sending = async {
        match send_out(&link, file, offset, &mut on_progress).await {
            Ok(digest) => drop(sent.set(digest)),
            // What the other node says of it tells more.
            Err(TransferError::Link(_)) => {}
            Err(error) => return error,
        }
        if link.check().is_ok() {
            let _ = link.end().await;
        }
        // It may still have to write all of it to the disk.
        let never = std::future::pending::<Result<Infallible, LinkError>>();
        match in_time(&link, size, never).await {
            Err(error) => error,
            Ok(never) => match never {},
        }
    };
    let answer = tokio::select! {
        answer = receive_step(&link) => answer,
        error = sending => return Err(error),
    };
    match (answer?, sent.get()) {
        (Step::Done, Some(sha256)) => Ok(Arrived {
            size,
            sha256: sha256.clone(),
        }),
        _ => Err(transfer.unexpected()),
    }
}

/// Opens a place for a file of so many bytes.
pub type OpenWriting<'a> =
    dyn FnMut(u64) -> BoxFuture<'a, Result<Box<dyn Writing>, TransferFailure>> + Send + 'a;

/// Fetches a file. `open` opens the place for it, once its size is known, and again when the transfer was interrupted: it must
/// then have what was received. Dropping the future cancels the transfer.
///
/// # Errors
/// [`TransferError`]; the destination is then unchanged: it has no file, or still the earlier one.
pub async fn fetch_file(
    links: &Links,
    transfer: &Transfer,
    open: &mut OpenWriting<'_>,
    on_progress: &mut OnProgress<'_>,
) -> Result<Arrived, TransferError> {
    let mut patience = Patience::default();
    loop {
        match fetch_once(links, transfer, open, on_progress, &mut patience).await {
            Err(error) if patience.allows(&error).await => {}
            ended => return ended,
        }
    }
}

async fn fetch_once(
    links: &Links,
    transfer: &Transfer,
    open: &mut OpenWriting<'_>,
    on_progress: &mut OnProgress<'_>,
    patience: &mut Patience,
) -> Result<Arrived, TransferError> {
    let link = transfer.open(links, Operation::Get).await?;
    let Step::Size(size) = in_time(&link, 0, receive_step(&link)).await? else {
        return Err(transfer.unexpected());
    };
    let mut file = open(size).await.map_err(TransferError::Here)?;
    if file.received() > size {
        file.discard().await;
        file = open(size).await.map_err(TransferError::Here)?;
    }
    check_space(&mut *file, size)
        .await
        .map_err(TransferError::Here)?;
    link.widen(WINDOW).await?;
    send_step(&link, &Step::From(file.received())).await?;
    let mut on_progress = |done, size| {
        patience.progress();
        on_progress(done, size);
    };
    let sha256 = receive_in(&link, file, size, &mut on_progress).await?;
    let _ = link.end().await;
    Ok(Arrived { size, sha256 })
}

/// Lists what a directory of another node holds, as far as it may be reached; at most 10,000 entries.
///
/// # Errors
/// [`TransferError`].
pub async fn list_files(links: &Links, transfer: &Transfer) -> Result<Vec<Listed>, TransferError> {
    let link = transfer.open(links, Operation::List).await?;
    let mut listed: Vec<Listed> = Vec::new();
    loop {
        match in_time(&link, 0, receive_step(&link)).await? {
            Step::Entries(entries) if !entries.is_empty() => {
                listed.extend(entries);
                if listed.len() > MAX_LISTED {
                    return Err(TransferError::Invalid {
                        node: transfer.node.clone(),
                        reason: format!("it lists more than {MAX_LISTED} entries"),
                    });
                }
            }
            Step::Done => {
                let _ = link.end().await;
                return Ok(listed);
            }
            _ => return Err(transfer.unexpected()),
        }
    }
}
