//! Connections that a skill has given to the host, which reads them and passes their events to the skill.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::future::BoxFuture;
use luminarys_accounts::{Account, Charge, Holder};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::error::NetworkError;
use crate::permits::Charges;

/// The most commands that wait on one connection.
const QUEUE: usize = 16;

/// What a skill does with a connection that the host reads.
#[derive(Debug)]
pub enum Command {
    /// Sends bytes, or a binary message.
    Bytes(Vec<u8>),
    /// Sends a text message.
    Text(String),
    /// Closes with a code and a reason.
    Close(u16, String),
}

impl Command {
    fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Text(text) | Self::Close(_, text) => text.len(),
        }
    }
}

/// What happens on a connection that the host reads.
#[derive(Clone, Debug)]
pub enum Event {
    /// Bytes have arrived.
    Data(Vec<u8>),
    /// A text message has arrived.
    Text(String),
    /// A binary message has arrived.
    Binary(Vec<u8>),
    /// The peer sends no more bytes.
    End,
    /// The peer has closed, with a code (RFC 6455) and a reason.
    Close(u16, String),
    /// The connection has failed.
    Failed(NetworkError),
}

/// Receives the events of one connection, given its id. The next event is read once the future ends.
pub type Listener = Box<dyn Fn(&str, Event) -> BoxFuture<'static, ()> + Send + Sync>;

/// A command that waits to be carried out.
pub(crate) struct Pending {
    pub command: Command,
    pub result: oneshot::Sender<Result<(), NetworkError>>,
    /// Charges the skill with the command while it waits.
    pub held: Charge,
}

/// The open connections by their ids.
#[derive(Clone, Default)]
struct Open(Arc<Mutex<HashMap<String, mpsc::Sender<Pending>>>>);

impl Open {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, mpsc::Sender<Pending>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connections that the host reads for one skill. They end when it is dropped.
pub struct Hosted {
    next: AtomicU64,
    open: Open,
    end: CancellationToken,
    _end_on_drop: DropGuard,
}

impl Default for Hosted {
    fn default() -> Self {
        let end = CancellationToken::new();
        Self {
            next: AtomicU64::new(1),
            open: Open::default(),
            _end_on_drop: end.clone().drop_guard(),
            end,
        }
    }
}

impl Hosted {
    /// Registers a connection of `kind`, whose events go to `listener`, for a skill that may have `limit` of them.
    ///
    /// # Errors
    /// [`NetworkError::LimitExceeded`] when the skill has as many.
    pub fn add(
        &self,
        kind: &str,
        limit: u32,
        charges: Option<Charges>,
        listener: Listener,
    ) -> Result<HostedConnection, NetworkError> {
        let mut open = self.open.lock();
        if open.len() >= limit as usize {
            let text = format!(
                "the host already reads {limit} connections for this skill, its runtime.max_connections"
            );
            return Err(NetworkError::LimitExceeded(text.into()));
        }
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let id = format!("{kind}-{number}");
        let (sender, commands) = mpsc::channel(QUEUE);
        open.insert(id.clone(), sender);
        let end = self.end.child_token();
        Ok(HostedConnection {
            commands: Commands {
                queue: commands,
                end: end.clone(),
            },
            events: Events {
                id,
                listener,
                open: self.open.clone(),
            },
            end,
            _charges: charges,
        })
    }

    /// Ends all connections, and those that are added later.
    pub fn end(&self) {
        self.end.cancel();
    }

    /// Checks that the connection `id` is open.
    ///
    /// # Errors
    /// [`NetworkError::Closed`]
    pub fn find(&self, id: &str) -> Result<(), NetworkError> {
        match self.open.lock().contains_key(id) {
            true => Ok(()),
            false => Err(NetworkError::no_connection(id)),
        }
    }

    /// Carries out a command on the connection `id`, which `account` is charged with meanwhile.
    ///
    /// # Errors
    /// [`NetworkError::Closed`] when there is no such connection, [`NetworkError::LimitExceeded`] when the account has no
    /// room, or the connection's own.
    pub async fn send(
        &self,
        account: &Account,
        id: &str,
        command: Command,
    ) -> Result<(), NetworkError> {
        let closed = || NetworkError::no_connection(id);
        let sender = self.open.lock().get(id).cloned();
        let sender = sender.ok_or_else(closed)?;
        let held = account.charge(Holder::Connections, command.size() as u64)?;
        let (result, done) = oneshot::channel();
        let pending = Pending {
            command,
            result,
            held,
        };
        sender.send(pending).await.map_err(|_| closed())?;
        done.await.map_err(|_| closed())?
    }
}

/// The host's side of a registered connection.
pub struct HostedConnection {
    commands: Commands,
    events: Events,
    end: CancellationToken,
    _charges: Option<Charges>,
}

impl HostedConnection {
    /// Returns the id by which the skill names the connection.
    pub fn id(&self) -> &str {
        &self.events.id
    }

    /// Reads the connection and carries out commands on it, until either `read` or `write` ends.
    pub(crate) async fn serve<W, R>(
        self,
        read: impl FnOnce(Arc<Events>) -> R,
        write: impl FnOnce(Commands, Arc<Events>) -> W,
    ) where
        R: Future<Output = ()>,
        W: Future<Output = ()> + Send + 'static,
    {
        let (end, events) = (self.end, Arc::new(self.events));
        let written = tokio::spawn(write(self.commands, events.clone()));
        tokio::select! {
            () = read(events.clone()) => end.cancel(),
            () = end.cancelled() => {}
        }
        events.unregister();
        // Ends at once, and closes the connection.
        let _ = written.await;
    }
}

/// The commands on a connection.
pub(crate) struct Commands {
    queue: mpsc::Receiver<Pending>,
    end: CancellationToken,
}

impl Commands {
    /// Waits for the next command; none when the connection ends.
    pub async fn next(&mut self) -> Option<Pending> {
        tokio::select! {
            () = self.end.cancelled() => None,
            pending = self.queue.recv() => pending,
        }
    }

    /// Ends the connection.
    pub fn end(&self) {
        self.end.cancel();
    }
}

/// Passes the events of a connection to its skill.
pub(crate) struct Events {
    id: String,
    listener: Listener,
    open: Open,
}

impl Events {
    /// Passes an event to the skill; returns once its method has returned.
    pub async fn send(&self, event: Event) {
        (self.listener)(&self.id, event).await;
    }

    /// Removes the connection: commands for it fail from now on.
    pub fn unregister(&self) {
        self.open.lock().remove(&self.id);
    }
}
