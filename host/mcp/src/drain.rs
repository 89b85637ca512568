//! Ending a connection without losing what is asked on it: when the client has closed its side, the requests that are open are
//! answered first.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rmcp::RoleServer;
use rmcp::model::{
    ClientNotification, ClientRequest, JsonRpcMessage, JsonRpcNotification, JsonRpcRequest,
    RequestId,
};
use rmcp::service::{RxJsonRpcMessage, TxJsonRpcMessage};
use rmcp::transport::Transport;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

/// A transport that ends when all requests are answered.
pub(crate) struct Draining<T> {
    inner: T,
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

impl<T> Draining<T> {
    /// Reads from `inner` until it ends or `stopping` is cancelled, then cancels `drained` as soon as nothing is open.
    pub fn new(inner: T, stopping: CancellationToken, drained: CancellationToken) -> Self {
        Self {
            inner,
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

    fn note(&self, message: &RxJsonRpcMessage<RoleServer>) {
        match message {
            // A stream of notifications is open as long as its client is there.
            JsonRpcMessage::Request(JsonRpcRequest {
                request: ClientRequest::SubscriptionsListenRequest(_),
                ..
            }) => {}
            JsonRpcMessage::Request(request) => {
                self.open.lock().insert(request.id.clone());
            }
            // What is cancelled is not answered.
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

    /// May be dropped at any await, since all that it knows is in `self`.
    async fn receive(&mut self) -> Option<RxJsonRpcMessage<RoleServer>> {
        while !self.closed.is_cancelled() {
            let is_stopping = self.stopping.is_cancelled();
            tokio::select! {
                biased;
                () = self.open.all_answered(), if is_stopping => break,
                () = self.stopping.cancelled(), if !is_stopping => {}
                message = self.inner.receive() => match message {
                    Some(message) => {
                        self.note(&message);
                        return Some(message);
                    }
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
