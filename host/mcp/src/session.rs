//! One session, and its channels.

use std::collections::{HashSet, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use luminarys_text::hexadecimal;
use rmcp::RoleServer;
use rmcp::model::{ClientJsonRpcMessage, JsonRpcMessage, RequestId, ServerJsonRpcMessage};
use rmcp::transport::Transport;
use rmcp::transport::streamable_http_server::session::SessionId;
use rmcp::transport::streamable_http_server::session::local::SessionTransport;
use sha2::{Digest as _, Sha256};
use tokio_util::sync::CancellationToken;

use crate::budget::Charge;
use crate::client::Client;

/// Bytes of an id's digest that form a session's name.
const NAME: usize = 16;

/// A session as the host issued it.
pub(crate) struct Session {
    pub id: SessionId,
    /// Its name for skills and logs, which must not learn the id: the holder of that, and of the token if there is one,
    /// is its client.
    pub name: String,
    /// The client that it was issued to.
    pub client: Client,
    /// Cancelled when it ends.
    pub end: CancellationToken,
    state: Mutex<State>,
}

struct State {
    used: Instant,
    /// Streams and requests that are open.
    open: usize,
    /// Requests without a response yet.
    unanswered: HashSet<RequestId>,
    /// Charges of the client's responses to the server's requests, until they are read.
    waiting: VecDeque<Arc<Charge>>,
}

/// Marks the messages that came in a session.
#[derive(Clone)]
pub(crate) struct InSession(pub Arc<Session>);

impl Session {
    pub fn new(id: SessionId, client: Client, end: CancellationToken) -> Arc<Self> {
        let digest = Sha256::digest(id.as_bytes());
        Arc::new(Self {
            name: format!("session:{}", hexadecimal(&digest[..NAME])),
            id,
            client,
            end,
            state: Mutex::new(State {
                used: Instant::now(),
                open: 0,
                unanswered: HashSet::new(),
                waiting: VecDeque::new(),
            }),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Marks the session as in use until the guard is dropped.
    pub fn enter(self: &Arc<Self>) -> InUse {
        let mut state = self.state();
        state.open += 1;
        state.used = Instant::now();
        InUse(self.clone())
    }

    /// Returns the order in which sessions end to make room: unused ones first, least recently used first.
    pub fn rank(&self) -> (bool, Instant) {
        let state = self.state();
        (state.open > 0, state.used)
    }

    /// Tells whether the session has been unused for longer than `limit`.
    pub fn is_idle(&self, now: Instant, limit: Duration) -> bool {
        let state = self.state();
        state.open == 0 && now.saturating_duration_since(state.used) > limit
    }

    /// Records a request; returns false if another with this id has no response yet. Two with the same id cannot be
    /// told apart, and the state of one of them would be kept for ever.
    pub fn ask(&self, id: &RequestId) -> bool {
        self.state().unanswered.insert(id.clone())
    }

    /// Records that a request was answered or cancelled.
    pub fn answered(&self, id: &RequestId) {
        self.state().unanswered.remove(id);
    }

    /// Holds a charge until a response from the client has been read.
    pub fn queue(&self, charge: Arc<Charge>) {
        self.state().waiting.push_back(charge);
    }

    fn dequeue(&self) {
        self.state().waiting.pop_front();
    }
}

/// A use of a session.
pub(crate) struct InUse(Arc<Session>);

impl Drop for InUse {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.open -= 1;
        state.used = Instant::now();
    }
}

/// The channels of a session, which record requests and responses.
pub(crate) struct Channels {
    inner: SessionTransport,
    session: Arc<Session>,
}

impl Channels {
    pub fn new(inner: SessionTransport, session: Arc<Session>) -> Self {
        Self { inner, session }
    }
}

impl Transport<RoleServer> for Channels {
    type Error = <SessionTransport as Transport<RoleServer>>::Error;

    fn send(
        &mut self,
        message: ServerJsonRpcMessage,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        match &message {
            JsonRpcMessage::Response(answer) => self.session.answered(&answer.id),
            JsonRpcMessage::Error(error) => {
                if let Some(id) = &error.id {
                    self.session.answered(id);
                }
            }
            _ => {}
        }
        self.inner.send(message)
    }

    async fn receive(&mut self) -> Option<ClientJsonRpcMessage> {
        let message = self.inner.receive().await;
        if matches!(
            message,
            Some(JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_))
        ) {
            self.session.dequeue();
        }
        message
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}
