//! Connections that a skill has given to the host: it reads them and calls one of the skill's methods with what arrives.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use luminarys_accounts::{Account, Charge, Holder};
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::{CancellationToken, DropGuard};

use crate::CallContext;
use crate::environment::{Charges, SkillShared};
use crate::network::NetworkError;
use crate::peers::Offered;

/// A connection without traffic for so long is closed.
pub(crate) const IDLE: Duration = Duration::from_secs(300);
/// What waits to be sent on one connection.
const QUEUE: usize = 16;

/// What a skill wants of a connection that it has given away.
pub(crate) enum Command {
    /// Send bytes, or a binary message.
    Bytes(Vec<u8>),
    /// Send a text message.
    Text(String),
    /// Close with a code and a reason.
    Close(u16, String),
}

/// A command, and where its outcome goes.
pub(crate) struct Request {
    pub command: Command,
    pub outcome: oneshot::Sender<Result<(), NetworkError>>,
    /// Charges the skill with the command while it waits.
    pub held: Charge,
}

impl Command {
    fn size(&self) -> usize {
        match self {
            Self::Bytes(bytes) => bytes.len(),
            Self::Text(text) | Self::Close(_, text) => text.len(),
        }
    }
}

/// The connections that the host reads for one skill. They end with it.
pub(crate) struct Hosted {
    next: AtomicU64,
    open: Mutex<HashMap<String, mpsc::Sender<Request>>>,
    end: CancellationToken,
    _end_with_skill: DropGuard,
}

impl Default for Hosted {
    fn default() -> Self {
        let end = CancellationToken::new();
        Self {
            next: AtomicU64::new(1),
            open: Mutex::default(),
            _end_with_skill: end.clone().drop_guard(),
            end,
        }
    }
}

/// The host's end of one of them.
pub(crate) struct Line {
    pub id: String,
    requests: mpsc::Receiver<Request>,
    /// Cancelled when the connection is over, for whatever reason.
    pub end: CancellationToken,
    pub teller: Teller,
    _charges: Option<Charges>,
}

/// Calls the skill's method.
#[derive(Clone)]
pub(crate) struct Teller {
    shared: Weak<SkillShared>,
    id: String,
    method: String,
    trace: Arc<str>,
}

impl Line {
    /// What the skill wants next; none when the connection is over.
    pub async fn next(&mut self) -> Option<Request> {
        tokio::select! {
            () = self.end.cancelled() => None,
            request = self.requests.recv() => request,
        }
    }
}

/// Reads a connection for its skill, and sends what the skill wants sent, until either ends.
pub(crate) async fn serve<W: Future<Output = ()> + Send + 'static>(
    line: Line,
    write: impl FnOnce(Line) -> W,
    read: impl Future<Output = ()>,
) {
    let (end, teller) = (line.end.clone(), line.teller.clone());
    let written = tokio::spawn(write(line));
    tokio::select! {
        () = read => end.cancel(),
        () = end.cancelled() => {}
    }
    teller.forget();
    // Ends at once, and closes the connection.
    let _ = written.await;
}

impl Hosted {
    /// A new connection of `shared`, whose events go to `method`.
    ///
    /// # Errors
    /// [`NetworkError::TooLarge`] when there are as many as the skill may have.
    pub fn add(
        shared: &Arc<SkillShared>,
        kind: &str,
        method: String,
        trace: Arc<str>,
        charges: Option<Charges>,
    ) -> Result<Line, NetworkError> {
        let this = &shared.hosted;
        let mut open = this.open.lock().unwrap_or_else(PoisonError::into_inner);
        let limit = shared.limits.max_connections as usize;
        if open.len() >= limit {
            let text = format!(
                "the host reads {limit} connections for this skill already, its runtime.max_connections"
            );
            return Err(NetworkError::TooLarge(text));
        }
        let number = this.next.fetch_add(1, Ordering::Relaxed);
        let id = format!("{kind}-{number}");
        let (sender, requests) = mpsc::channel(QUEUE);
        open.insert(id.clone(), sender);
        Ok(Line {
            _charges: charges,
            requests,
            end: this.end.child_token(),
            teller: Teller {
                shared: Arc::downgrade(shared),
                id: id.clone(),
                method,
                trace,
            },
            id,
        })
    }

    /// Ends all of them, and each that is still made.
    pub fn end(&self) {
        self.end.cancel();
    }

    /// Has a command carried out that the skill is charged with meanwhile.
    ///
    /// # Errors
    /// [`NetworkError::Closed`] when there is no such connection (any more), [`NetworkError::TooLarge`] when the skill's
    /// account has no room, or the connection's own.
    pub async fn send(
        &self,
        account: &Account,
        id: &str,
        command: Command,
    ) -> Result<(), NetworkError> {
        let closed = || NetworkError::Closed(format!("there is no connection {id:?}"));
        let sender = self.sender(id).ok_or_else(closed)?;
        let held = account.charge(Holder::Connections, command.size() as u64)?;
        let (outcome, done) = oneshot::channel();
        sender
            .send(Request {
                command,
                outcome,
                held,
            })
            .await
            .map_err(|_| closed())?;
        done.await.map_err(|_| closed())?
    }

    fn sender(&self, id: &str) -> Option<mpsc::Sender<Request>> {
        let open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.get(id).cloned()
    }

    fn remove(&self, id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.remove(id);
    }
}

impl Teller {
    /// Tells the skill of an event; returns once its method has.
    pub async fn tell(&self, event: &'static str, mut what: Vec<(&'static str, Offered)>) {
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        let Some(peers) = shared.peers.get() else {
            return;
        };
        let text = |text: &str| Offered::Text(text.to_owned());
        // The second name of each is that of the older ABI.
        for name in ["connection", "conn_id"] {
            what.push((name, text(&self.id)));
        }
        what.push(("event", text(event)));
        let kind = if matches!(event, "data" | "text" | "binary" | "close") {
            ""
        } else {
            event
        };
        what.push(("error_kind", text(kind)));
        let mut context = CallContext::new("");
        context.trace_id = self.trace.clone();
        let call = peers.call_back(&shared.id, &self.method, what, context);
        // A skill that is being called must not be kept alive by its own connection.
        let (skill, admits) = (shared.id.clone(), shared.log_rate.admit_line(&shared.id));
        drop(shared);
        if let Err(error) = call.await
            && admits
        {
            let (method, connection) = (&self.method, &self.id);
            tracing::warn!(skill, method, connection, "an event was not taken: {error}");
        }
    }

    /// Tells the skill how its connection failed.
    pub async fn fail(&self, error: &NetworkError) {
        let text = error.to_string();
        let what = vec![
            ("error", Offered::Text(text.clone())),
            ("error_msg", Offered::Text(text)),
        ];
        self.tell(error.event(), what).await;
    }

    /// Forgets the connection.
    pub fn forget(&self) {
        if let Some(shared) = self.shared.upgrade() {
            shared.hosted.remove(&self.id);
        }
    }
}
