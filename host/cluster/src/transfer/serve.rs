//! Serves the transfers of other nodes.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::error::LinkError;
use crate::link::{Incoming, Link, Links, MAX_MESSAGE, Purpose};
use crate::names::NodeName;
use crate::shares::Shares;
use crate::transfer::client::MAX_LISTED;
use crate::transfer::files::Files;
use crate::transfer::flow::{
    TransferError, WINDOW, check_space, in_time, receive_in, receive_step, send_out, send_step,
};
use crate::transfer::head::{
    FileHead, Listed, Operation, Step, TransferFailure, TransferFailureKind, TransferId,
};

/// How many transfers are served at once.
pub const MAX_TRANSFERS: usize = 32;
/// How many of them one node may have.
const MAX_OF_NODE: u64 = 8;
/// How many of the transfers that have ended are remembered.
const MAX_COMPLETED: usize = 1 << 10;

/// A transfer: who sends, and which.
type Key = (NodeName, TransferId);
/// A transfer that has ended, and the digest of the file.
type Completed = (Key, String);

struct Serving {
    files: Arc<dyn Files>,
    places: Arc<Semaphore>,
    /// How many of the places each node has.
    shares: Shares,
    /// A sender that has missed the last answer asks again: it must not be told that the file already exists.
    completed: Mutex<VecDeque<Completed>>,
    /// Locked while a transfer writes: what arrived on a broken link is still written when the sender tries again.
    writing: Mutex<HashMap<Key, Arc<tokio::sync::Mutex<()>>>>,
}

/// Serves transfers until the future is dropped, or the links are.
pub async fn serve_transfers(links: &Links, files: Arc<dyn Files>) {
    let mut incoming = links.serve(Purpose::Transfer);
    let serving = Arc::new(Serving {
        files,
        places: Arc::new(Semaphore::new(MAX_TRANSFERS)),
        shares: Shares::new(MAX_OF_NODE),
        completed: Mutex::default(),
        writing: Mutex::default(),
    });
    let mut running = JoinSet::new();
    loop {
        tokio::select! {
            opened = incoming.recv() => match opened {
                Some(opened) => {
                    let serving = serving.clone();
                    running.spawn(async move { serving.serve(opened).await });
                }
                None => return,
            },
            Some(ended) = running.join_next() => {
                if let Err(error) = ended
                    && error.is_panic()
                {
                    tracing::error!("a transfer of another node has panicked");
                }
            }
        }
    }
}

impl Serving {
    async fn serve(&self, incoming: Incoming) {
        let Incoming { from, head, link } = incoming;
        let failure = match self.transfer(&from, &head, &link).await {
            Ok(()) => return wait_for_end(&link).await,
            Err(TransferError::Here(failure)) => failure,
            Err(error) => {
                tracing::info!(node = %from, %error, "a transfer of another node has ended early");
                return;
            }
        };
        let told = async {
            send_step(&link, &Step::Failed(failure)).await?;
            link.end().await
        };
        let told: Result<(), LinkError> = told.await;
        if told.is_ok() {
            wait_for_end(&link).await;
        }
    }

    async fn transfer(
        &self,
        from: &NodeName,
        head: &[u8],
        link: &Link,
    ) -> Result<(), TransferError> {
        let failed = |kind, text: String| TransferError::Here(TransferFailure::new(kind, text));
        let head = FileHead::parse(head).map_err(|error| {
            failed(
                TransferFailureKind::Invalid,
                format!("the request is refused: {error}"),
            )
        })?;
        let mut share = self.shares.of(from);
        if !share.grow(1) {
            let text = format!(
                "the node already serves {MAX_OF_NODE} transfers of node {from}; try again later"
            );
            return Err(failed(TransferFailureKind::Busy, text));
        };
        let Ok(_place) = self.places.try_acquire() else {
            let text =
                format!("the node already serves {MAX_TRANSFERS} transfers; try again later");
            return Err(failed(TransferFailureKind::Busy, text));
        };
        match &head.operation {
            Operation::Put { size, transfer } => {
                self.take(from, &head, link, *size, transfer).await?
            }
            Operation::Get => {
                let file = self.files.read(from, &head).await;
                let mut file = file.map_err(TransferError::Here)?;
                send_step(link, &Step::Size(file.size())).await?;
                let Step::From(offset) = in_time(link, 0, receive_step(link)).await? else {
                    return Err(failed(
                        TransferFailureKind::Invalid,
                        "a step is missing".to_owned(),
                    ));
                };
                send_out(link, &mut *file, offset, &mut |_, _| ()).await?;
            }
            Operation::List => {
                let listed = self.files.list(from, &head).await;
                let mut listed = listed.map_err(TransferError::Here)?;
                listed.truncate(MAX_LISTED);
                send_listed(link, listed).await?;
                send_step(link, &Step::Done).await?;
            }
        }
        link.end().await?;
        Ok(())
    }

    async fn take(
        &self,
        from: &NodeName,
        head: &FileHead,
        link: &Link,
        size: u64,
        transfer: &TransferId,
    ) -> Result<(), TransferError> {
        let key = (from.clone(), transfer.clone());
        let turn = self.turn(&key);
        let turn = tokio::select! {
            turn = turn.lock_owned() => turn,
            () = link.over().cancelled() => {
                self.end_turn(&key);
                return Ok(link.check()?);
            }
        };
        let taken = self.take_in_turn(&key, head, link, size).await;
        drop(turn);
        self.end_turn(&key);
        taken
    }

    async fn take_in_turn(
        &self,
        key: &Key,
        head: &FileHead,
        link: &Link,
        size: u64,
    ) -> Result<(), TransferError> {
        let (from, transfer) = key;
        if let Some(digest) = self.completed_before(key) {
            send_step(link, &Step::From(size)).await?;
            let step = in_time(link, size, receive_step(link)).await?;
            let is_same = matches!(step, Step::Digest(it) if it == digest);
            if !is_same {
                let text = "this transfer has already ended, with another content";
                let failure = TransferFailure::new(TransferFailureKind::Damaged, text);
                return Err(TransferError::Here(failure));
            }
        } else {
            let open = || self.files.write(from, head, size, transfer);
            let mut file = open().await.map_err(TransferError::Here)?;
            if file.received() > size {
                file.discard().await;
                file = open().await.map_err(TransferError::Here)?;
            }
            check_space(&mut *file, size)
                .await
                .map_err(TransferError::Here)?;
            link.widen(WINDOW).await?;
            send_step(link, &Step::From(file.received())).await?;
            let digest = receive_in(link, file, size, &mut |_, _| ()).await?;
            self.complete((key.clone(), digest));
        }
        send_step(link, &Step::Done).await?;
        Ok(())
    }

    /// Returns the lock of a transfer.
    fn turn(&self, key: &Key) -> Arc<tokio::sync::Mutex<()>> {
        lock(&self.writing).entry(key.clone()).or_default().clone()
    }

    /// Forgets the lock of a transfer that nobody waits for.
    fn end_turn(&self, key: &Key) {
        let mut writing = lock(&self.writing);
        if writing
            .get(key)
            .is_some_and(|turn| Arc::strong_count(turn) == 1)
        {
            writing.remove(key);
        }
    }

    fn completed_before(&self, key: &Key) -> Option<String> {
        let completed = lock(&self.completed);
        let found = completed.iter().find(|(done, _)| done == key);
        found.map(|(_, digest)| digest.clone())
    }

    fn complete(&self, transfer: Completed) {
        let mut completed = lock(&self.completed);
        if completed.len() >= MAX_COMPLETED {
            completed.pop_front();
        }
        completed.push_back(transfer);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends entries, as many in each message as fit.
async fn send_listed(link: &Link, listed: Vec<Listed>) -> Result<(), LinkError> {
    let (mut entries, mut length) = (Vec::new(), 0);
    for entry in listed {
        // Each byte of a path can become six of JSON.
        let added = 6 * entry.path.len() + 64;
        if length + added > MAX_MESSAGE - 64 {
            send_step(link, &Step::Entries(std::mem::take(&mut entries))).await?;
            length = 0;
        }
        length += added;
        entries.push(entry);
    }
    if !entries.is_empty() {
        send_step(link, &Step::Entries(entries)).await?;
    }
    Ok(())
}

/// Waits until the other node has sent everything, or sends nothing more: a link that is dropped before is reset.
async fn wait_for_end(link: &Link) {
    while let Ok(Some(_)) = in_time(link, 0, link.receive()).await {}
}
