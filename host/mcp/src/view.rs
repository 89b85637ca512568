//! The sessions as one client sees them: its own.

use std::sync::Arc;

use futures::{Stream, StreamExt as _};
use rmcp::model::{ClientJsonRpcMessage, ClientNotification, JsonRpcMessage, ServerJsonRpcMessage};
use rmcp::transport::streamable_http_server::session::local::LocalSessionManagerError;
use rmcp::transport::streamable_http_server::session::{
    ServerSseMessage, SessionId, SessionManager,
};
use tokio_util::sync::CancellationToken;

use crate::budget::Charge;
use crate::client::Client;
use crate::content::id_in_use;
use crate::session::{Channels, InSession, Session};
use crate::sessions::Sessions;

type Error = LocalSessionManagerError;

/// What one request of a client may do with sessions.
pub(crate) struct View {
    pub sessions: Arc<Sessions>,
    pub client: Client,
    /// The request's charge. The request that begins a session holds it as long as the session, which keeps its
    /// content.
    pub charge: Arc<Charge>,
    /// Ends the session that the request begins.
    pub end: CancellationToken,
}

impl View {
    fn find(&self, id: &SessionId) -> Result<Arc<Session>, Error> {
        let session = self.sessions.of(&self.client, id);
        session.ok_or_else(|| Error::SessionNotFound(id.clone()))
    }
}

/// Ends `stream` with its session, and marks the session as in use until then.
fn within(
    session: Arc<Session>,
    stream: impl Stream<Item = ServerSseMessage> + Send + Sync + 'static,
) -> impl Stream<Item = ServerSseMessage> + Send + Sync + 'static {
    let (in_use, end) = (session.enter(), session.end.clone());
    stream
        .take_until(async move { end.cancelled().await })
        .map(move |message| {
            let _in_use = &in_use;
            message
        })
}

impl SessionManager for View {
    type Error = Error;
    type Transport = Channels;

    async fn create_session(&self) -> Result<(SessionId, Channels), Error> {
        let (id, transport) = self.sessions.local.create_session().await?;
        let session = Session::new(id.clone(), self.client.clone(), self.end.clone());
        self.sessions.issue(session.clone());
        Ok((id, Channels::new(transport, session)))
    }

    async fn initialize_session(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<ServerJsonRpcMessage, Error> {
        let session = self.find(id)?;
        let _in_use = session.enter();
        message.insert_extension(InSession(session.clone()));
        self.sessions.local.initialize_session(id, message).await
    }

    async fn has_session(&self, id: &SessionId) -> Result<bool, Error> {
        Ok(self.find(id).is_ok())
    }

    async fn close_session(&self, id: &SessionId) -> Result<(), Error> {
        // A session that made room has ended already, which is not an error.
        if self.find(id).is_ok() {
            self.sessions.end(id);
        }
        Ok(())
    }

    async fn create_stream(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Error> {
        let session = self.find(id)?;
        if let JsonRpcMessage::Request(request) = &message
            && !session.ask(&request.id)
        {
            let refusal = JsonRpcMessage::error(id_in_use(&request.id), Some(request.id.clone()));
            let refusal = ServerSseMessage::from_message(refusal);
            return Ok(futures::stream::iter([refusal]).left_stream());
        }
        message.insert_extension(InSession(session.clone()));
        let stream = self.sessions.local.create_stream(id, message).await?;
        Ok(within(session, stream).right_stream())
    }

    async fn accept_message(
        &self,
        id: &SessionId,
        mut message: ClientJsonRpcMessage,
    ) -> Result<(), Error> {
        let session = self.find(id)?;
        let _in_use = session.enter();
        message.insert_extension(InSession(session.clone()));
        match &message {
            JsonRpcMessage::Response(_) | JsonRpcMessage::Error(_) => {
                session.queue(self.charge.clone());
            }
            JsonRpcMessage::Notification(told) => {
                if let ClientNotification::CancelledNotification(told) = &told.notification
                    && let Some(request) = &told.params.request_id
                {
                    session.answered(request);
                }
            }
            JsonRpcMessage::Request(_) => {}
        }
        self.sessions.local.accept_message(id, message).await
    }

    async fn create_standalone_stream(
        &self,
        id: &SessionId,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Error> {
        let session = self.find(id)?;
        let stream = self.sessions.local.create_standalone_stream(id).await?;
        Ok(within(session, stream))
    }

    async fn resume(
        &self,
        id: &SessionId,
        last_event_id: String,
    ) -> Result<impl Stream<Item = ServerSseMessage> + Send + Sync + 'static, Error> {
        let session = self.find(id)?;
        let stream = self.sessions.local.resume(id, last_event_id).await?;
        Ok(within(session, stream))
    }
}
