//! Connecting, reading and writing.

use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use luminarys_accounts::{Account, Answer};
use luminarys_audit::CallAudit;
use luminarys_grants::HttpGrants;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message as Frame};

use super::close::close_frame;
use super::failure::failed;
use super::handshake::handshake;
use super::message::Message;
use super::serve;
use crate::charged::Charged;
use crate::error::NetworkError;
use crate::hosted::HostedConnection;
use crate::http::{Header, parse_url};
use crate::network::{Network, Stream, Tls};
use crate::timeout::{check_idle, within};

/// The largest message, in bytes.
const MAX_MESSAGE: usize = 16 << 20;

/// A stream of frames.
pub(super) type Socket = WebSocketStream<Charged<Stream>>;

/// How a connection is made.
#[derive(Clone, Debug)]
pub struct Options {
    /// Sent with the handshake.
    pub headers: Vec<Header>,
    /// Whether to accept any certificate.
    pub insecure: bool,
    /// For connecting, handshake included, and for each read and write.
    pub timeout: Duration,
}

/// An open connection.
pub struct Connection {
    socket: Socket,
    /// Charged with the message that is being read.
    incoming: Answer,
    target: String,
    timeout: Duration,
    used: Instant,
}

impl Connection {
    /// Connects to `url`, once `grants` allow it and the decision is in the audit log. What is read is charged to `account`.
    ///
    /// # Errors
    /// [`NetworkError`]
    pub async fn connect(
        network: &Network,
        grants: &HttpGrants,
        audit: &CallAudit,
        account: &Account,
        url: &str,
        options: &Options,
    ) -> Result<Self, NetworkError> {
        let url = parse_url(url, &["ws", "wss"])?;
        let request = handshake(&url, &options.headers)?;
        let mut target = url.clone();
        target.set_query(None);
        let target = target.to_string();
        let timeout = options.timeout;
        let incoming = Answer::of_connection(account);
        let connect = async {
            let checked = network.decide_direct(grants, &url, &target).await?;
            let noted = audit.allowed("websocket", &target, &checked.rule);
            noted.map_err(NetworkError::Denied)?;
            let tls = (url.scheme() == "wss").then_some(Tls {
                insecure: options.insecure,
                server_name: url.host_str().unwrap_or_default(),
            });
            let stream = network
                .open(&grants.network, &target, &checked, tls)
                .await?;
            let config = WebSocketConfig::default()
                .max_message_size(Some(MAX_MESSAGE))
                .max_frame_size(Some(MAX_MESSAGE));
            let stream = Charged::new(stream, incoming.clone());
            let opened = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
            let (socket, _) = opened.await.map_err(|error| failed(&target, error))?;
            Ok::<_, NetworkError>(socket)
        };
        let socket = within(timeout, &target, "not connected", connect).await??;
        Ok(Self {
            socket,
            incoming,
            target,
            timeout,
            used: Instant::now(),
        })
    }

    /// Reads the next message; none once the peer has closed. Pings are answered meanwhile.
    ///
    /// # Errors
    /// [`NetworkError`], with [`NetworkError::Timeout`] when no message arrives in time.
    pub async fn read(&mut self) -> Result<Option<Message>, NetworkError> {
        check_idle(&self.target, self.used)?;
        let deadline = Instant::now() + self.timeout;
        // The skill has received the previous message, or no longer needs it.
        self.incoming.reset();
        loop {
            let next = tokio::time::timeout_at(deadline, self.socket.next()).await;
            let next = next.map_err(|_| {
                let (target, waited) = (&self.target, self.timeout.as_millis());
                NetworkError::Timeout(format!("{target}: no message within {waited} ms").into())
            })?;
            self.used = Instant::now();
            match next {
                None | Some(Ok(Frame::Close(_)) | Err(Error::ConnectionClosed)) => {
                    return Ok(None);
                }
                Some(Ok(Frame::Text(text))) => {
                    return Ok(Some(Message::Text(text.as_str().to_owned())));
                }
                Some(Ok(Frame::Binary(bytes))) => {
                    return Ok(Some(Message::Binary(bytes.to_vec())));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(failed(&self.target, error)),
            }
        }
    }

    /// Sends a message.
    ///
    /// # Errors
    /// [`NetworkError`]
    pub async fn write(&mut self, message: Message) -> Result<(), NetworkError> {
        self.send(message.into()).await
    }

    /// Starts the closing handshake with a code (0 means 1000) and a reason.
    ///
    /// # Errors
    /// [`NetworkError::Invalid`] for an invalid code or a reason that is too long, or the connection's.
    pub async fn close(&mut self, code: u16, reason: String) -> Result<(), NetworkError> {
        let frame = close_frame(code, reason)?;
        self.send(frame).await
    }

    async fn send(&mut self, frame: Frame) -> Result<(), NetworkError> {
        check_idle(&self.target, self.used)?;
        let sent = self.socket.send(frame);
        let sent = within(self.timeout, &self.target, "not all data sent", sent).await?;
        self.used = Instant::now();
        sent.map_err(|error| failed(&self.target, error))
    }

    /// Sends `message`, returns the first message that the peer sends, and closes. The reply must arrive within the timeout,
    /// less the time since `began`.
    ///
    /// # Errors
    /// [`NetworkError`], with [`NetworkError::Closed`] when the peer closes without a reply.
    pub async fn request(
        &mut self,
        message: Message,
        began: Instant,
    ) -> Result<Message, NetworkError> {
        self.write(message).await?;
        self.timeout = self.timeout.saturating_sub(began.elapsed());
        let reply = self.read().await?;
        // Most servers expect a close frame; the reply does not depend on it.
        let _ = self.socket.close(None).await;
        let target = &self.target;
        let closed = || NetworkError::Closed(format!("{target}: closed without a response").into());
        reply.ok_or_else(closed)
    }

    /// Reads the connection for its skill, and carries out the skill's commands, until it ends.
    pub async fn serve(self, hosted: HostedConnection) {
        serve::serve(
            self.socket,
            self.incoming,
            self.target,
            self.timeout,
            hosted,
        )
        .await;
    }
}
