//! Ends a connection without losing its requests: when the client has closed its side, open requests are
//! answered first.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures::FutureExt as _;
use futures::future::BoxFuture;
use rmcp::RoleServer;
use rmcp::model::{
    ClientNotification, ClientRequest, JsonRpcMessage, JsonRpcNotification, JsonRpcRequest,
    RequestId,
};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use crate::content::id_in_use;

/// A transport that ends once all requests are answered.
pub(crate) struct Draining<T: Transport<RoleServer>> {
    inner: T,
    /// An error that is being written.
    refusing: Option<BoxFuture<'static, Result<(), T::Error>>>,
    open: Arc<Open>,
    stopping: CancellationToken,
    closed: CancellationToken,
    drained: CancellationToken,
}

/// The requests whose answers are not written.
#[derive(Default)]
struct Open {
    ids: Mutex<HashSet<RequestId>>,
    answered: Notify,
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, HashSet<RequestId>> {
        self.ids.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn remove(&self, id: &RequestId) {
        self.lock().remove(id);
        self.answered.notify_one();
    }

    async fn all_answered(&self) {
        while !self.lock().is_empty() {
            self.answered.notified().await;
        }
    }
}

impl<T: Transport<RoleServer>> Draining<T> {
    /// Reads from `inner` until it ends or `stopping` is cancelled, then cancels `drained` as soon as nothing is open.
    pub fn new(inner: T, stopping: CancellationToken, drained: CancellationToken) -> Self {
        Self {
            inner,
            refusing: None,
            open: Arc::default(),
            stopping,
            closed: CancellationToken::new(),
            drained,
        }
    }

    /// Returns the token that is cancelled when the client has closed its side.
    pub fn closed(&self) -> CancellationToken {
        self.closed.clone()
    }

    /// Records a request as open. Returns its id if another open request has the same: two answers with it could not
    /// be told apart.
    fn note(&self, message: &RxJsonRpcMessage<RoleServer>) -> Option<RequestId> {
        match message {
            // A stream of notifications is open as long as its client is connected.
            JsonRpcMessage::Request(JsonRpcRequest {
                request: ClientRequest::SubscriptionsListenRequest(_),
                ..
            }) => {}
            JsonRpcMessage::Request(request) => {
                let is_new = self.open.lock().insert(request.id.clone());
                return (!is_new).then(|| request.id.clone());
            }
            // Cancelled requests are not answered.
            JsonRpcMessage::Notification(JsonRpcNotification {
                notification: ClientNotification::CancelledNotification(cancelled),
                ..
            }) => {
                if let Some(id) = &cancelled.params.request_id {
                    self.open.remove(id);
                }
            }
            _ => {}
        }
        None
    }
}

impl<T: Transport<RoleServer>> Transport<RoleServer> for Draining<T> {
    type Error = T::Error;

    fn send(
        &mut self,
        item: TxJsonRpcMessage<RoleServer>,
    ) -> impl Future<Output = Result<(), Self::Error>> + Send + 'static {
        let answered = match &item {
            JsonRpcMessage::Response(response) => Some(response.id.clone()),
            JsonRpcMessage::Error(error) => error.id.clone(),
            _ => None,
        };
        let open = self.open.clone();
        let sending = self.inner.send(item);
        async move {
            let sent = sending.await;
            if let Some(id) = answered {
                open.remove(&id);
            }
            sent
        }
    }

    /// Is cancel safe: all state is in `self`.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        while !self.closed.is_cancelled() {
            if let Some(refusing) = &mut self.refusing {
                let refused = refusing.await;
                self.refusing = None;
                refused.ok()?;
            }
            let is_stopping = self.stopping.is_cancelled();
            tokio::select! {
                biased;
                () = self.open.all_answered(), if is_stopping => break,
                () = self.stopping.cancelled(), if !is_stopping => {}
                message = self.inner.receive() => match message {
                    Some(message) => match self.note(&message) {
                        None => return Some(message),
                        Some(id) => {
                            let error = JsonRpcMessage::error(id_in_use(&id), Some(id));
                            self.refusing = Some(self.inner.send(error).boxed());
                        }
                    },
                    None => self.closed.cancel(),
                }
            }
        }
        self.open.all_answered().await;
        self.drained.cancel();
        None
    }

    async fn close(&mut self) -> Result<(), Self::Error> {
        self.inner.close().await
    }
}
