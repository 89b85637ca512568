//! `websocket`: messages over connections that were checked like requests.

mod state;

use std::time::Duration;

use futures::stream::{SplitSink, SplitStream};
use futures::{SinkExt as _, StreamExt as _};
use http::{HeaderName, Request, header};
use luminarys_accounts::Answer;
use tokio::time::Instant;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Error as WsError, Message};
use wasmtime::component::Resource;

use super::connections::{fresh, patience, within};
use super::hosted::{self, Command, IDLE, Line, Teller};
use super::http::{headers, parse_url};
use crate::bindings::luminarys::skill::types::Error;
use crate::bindings::luminarys::skill::websocket as wit;
use crate::environment::View;
use crate::network::{Charged, NetworkError, Stream, Tls};
use crate::peers::Offered;

pub(crate) use state::WebsocketCapability;

/// The largest message, in bytes.
const MAX_MESSAGE: usize = 16 << 20;
/// The longest reason for closing, in bytes (RFC 6455).
const MAX_REASON: usize = 123;

/// An open connection.
pub struct Connection {
    socket: WebSocketStream<Charged<Stream>>,
    /// Charged with the message that is being read.
    incoming: Answer,
    target: String,
    patience: Duration,
    used: Instant,
}

impl Connection {
    async fn read(&mut self) -> Result<Option<wit::Message>, NetworkError> {
        fresh(&self.target, self.used)?;
        let late = Instant::now() + self.patience;
        // The guest has the message before, or is done with it.
        self.incoming.reset();
        loop {
            let next = tokio::time::timeout_at(late, self.socket.next()).await;
            let waited = self.patience.as_millis();
            let next = next.map_err(|_| {
                NetworkError::Timeout(format!("{}: no message within {waited} ms", self.target))
            })?;
            self.used = Instant::now();
            match next {
                None | Some(Ok(Message::Close(_)) | Err(WsError::ConnectionClosed)) => {
                    return Ok(None);
                }
                Some(Ok(Message::Text(text))) => {
                    return Ok(Some(wit::Message::Text(text.as_str().to_owned())));
                }
                Some(Ok(Message::Binary(bytes))) => {
                    return Ok(Some(wit::Message::Binary(bytes.to_vec())));
                }
                // The library answers pings while it reads.
                Some(Ok(_)) => {}
                Some(Err(error)) => return Err(failed(&self.target, error)),
            }
        }
    }

    async fn write(&mut self, message: Message) -> Result<(), NetworkError> {
        fresh(&self.target, self.used)?;
        let sent = self.socket.send(message);
        let sent = within(self.patience, &self.target, "not all was taken", sent).await?;
        self.used = Instant::now();
        sent.map_err(|error| failed(&self.target, error))
    }
}

fn failed(target: &str, error: WsError) -> NetworkError {
    match error {
        WsError::Io(error) => NetworkError::io(target, &error),
        WsError::ConnectionClosed | WsError::AlreadyClosed => {
            NetworkError::Closed(format!("{target}: the connection is closed"))
        }
        WsError::Capacity(error) => NetworkError::TooLarge(format!("{target}: {error}")),
        WsError::Protocol(error) => match error.to_string() {
            text if text.contains("without closing handshake") => {
                NetworkError::Closed(format!("{target}: {text}"))
            }
            text => NetworkError::Io(format!("{target}: {text}")),
        },
        WsError::Http(response) => {
            let status = response.status();
            NetworkError::Io(format!(
                "{target}: the server answers {status} to the handshake"
            ))
        }
        other => NetworkError::Io(format!("{target}: {other}")),
    }
}

fn message_size(message: &wit::Message) -> usize {
    match message {
        wit::Message::Text(text) => text.len(),
        wit::Message::Binary(bytes) => bytes.len(),
    }
}

fn message(message: wit::Message) -> Message {
    match message {
        wit::Message::Text(text) => Message::text(text),
        wit::Message::Binary(bytes) => Message::binary(bytes),
    }
}

fn close_frame(code: u16, reason: String) -> Result<Message, NetworkError> {
    if reason.len() > MAX_REASON {
        let text = format!(
            "a reason of {} bytes; at most {MAX_REASON} are sent",
            reason.len()
        );
        return Err(NetworkError::Invalid(text));
    }
    let code = if code == 0 { 1000 } else { code };
    if !(1000..5000).contains(&code) || matches!(code, 1004..=1006 | 1015) {
        return Err(NetworkError::Invalid(format!(
            "{code} is no code to close with"
        )));
    }
    Ok(Message::Close(Some(CloseFrame {
        code: code.into(),
        reason: reason.into(),
    })))
}

/// The handshake, with the skill's headers.
fn handshake(url: &url::Url, given: &[wit::Header]) -> Result<Request<()>, NetworkError> {
    let wrong = |error: WsError| NetworkError::Invalid(format!("{url}: {error}"));
    let mut request = url.as_str().into_client_request().map_err(wrong)?;
    for (name, value) in headers::from_guest(given)? {
        let Some(name) = name else { continue };
        let own = |name: &HeaderName| {
            name.as_str().starts_with("sec-websocket-") && *name != header::SEC_WEBSOCKET_PROTOCOL
        };
        if name == header::HOST || own(&name) {
            let text = format!("the header {:?} is set by the host", name.as_str());
            return Err(NetworkError::Invalid(text));
        }
        request.headers_mut().append(name, value);
    }
    Ok(request)
}

impl View<'_, WebsocketCapability> {
    async fn websocket_connect(
        &mut self,
        url: &str,
        options: &wit::Options,
    ) -> Result<Connection, NetworkError> {
        let (shared, audit) = (self.shared.clone(), self.audit());
        let url = parse_url(url, &["ws", "wss"])?;
        let request = handshake(&url, &options.headers)?;
        let mut target = url.clone();
        target.set_query(None);
        let target = target.to_string();
        let patience = patience(options.timeout_ms);
        let incoming = Answer::of_connection(&shared.accounts.held);
        let connect = async {
            let grants = &shared.grants.http;
            let network = &shared.network;
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
            let shaken = tokio_tungstenite::client_async_with_config(request, stream, Some(config));
            let (socket, _) = shaken.await.map_err(|error| failed(&target, error))?;
            Ok::<_, NetworkError>(socket)
        };
        let socket = within(patience, &target, "not connected", connect).await??;
        Ok(Connection {
            socket,
            incoming,
            target,
            patience,
            used: Instant::now(),
        })
    }
}

impl wit::Host for View<'_, WebsocketCapability> {
    async fn connect(
        &mut self,
        url: String,
        options: wit::Options,
    ) -> Result<Resource<Connection>, Error> {
        self.may("connect", &url)?;
        self.admit_connection()?;
        let connected = self.websocket_connect(&url, &options).await;
        let connection = connected.map_err(|error| self.network_failed(error))?;
        self.keep_connection(connection)
    }

    async fn request(
        &mut self,
        url: String,
        asked: wit::Message,
        options: wit::Options,
    ) -> Result<wit::Message, Error> {
        self.may("request", &url)?;
        let _held = self.hold_bytes(message_size(&asked))?;
        let exchange = async {
            let began = Instant::now();
            let mut connection = self.websocket_connect(&url, &options).await?;
            let whole = connection.patience;
            connection.write(message(asked)).await?;
            connection.patience = whole.saturating_sub(began.elapsed());
            let answer = connection.read().await?;
            // Most servers wait for it; that it arrives is no part of the answer.
            let _ = connection.socket.close(None).await;
            answer.ok_or_else(|| {
                NetworkError::Closed(format!("{}: closed without an answer", connection.target))
            })
        };
        let answer = exchange.await;
        let answer = answer.map_err(|error| self.network_failed(error))?;
        self.charge_answer(message_size(&answer))?;
        Ok(answer)
    }

    async fn deliver(
        &mut self,
        connection: Resource<Connection>,
        method: String,
    ) -> Result<String, Error> {
        self.may("deliver", "deliver")?;
        let (connection, line) = self.hand_over("websocket", connection, method).await?;
        let id = line.id.clone();
        tokio::spawn(serve(connection, line));
        Ok(id)
    }

    async fn send(&mut self, id: String, message: wit::Message) -> Result<(), Error> {
        self.may("send", &id)?;
        let command = match message {
            wit::Message::Text(text) => Command::Text(text),
            wit::Message::Binary(bytes) => Command::Bytes(bytes),
        };
        let sent = self.send_hosted(&id, command).await;
        sent.map_err(|error| self.network_failed(error))
    }

    async fn close(&mut self, id: String, code: u16, reason: String) -> bool {
        let command = Command::Close(code, reason);
        self.may("close", &id).is_ok() && self.send_hosted(&id, command).await.is_ok()
    }
}

impl wit::HostConnection for View<'_, WebsocketCapability> {
    async fn read(
        &mut self,
        connection: Resource<Connection>,
    ) -> Result<Option<wit::Message>, Error> {
        self.may("connection.read", "read")?;
        let read = self.connection(&connection)?.read().await;
        read.map_err(|error| self.network_failed(error))
    }

    async fn write(
        &mut self,
        connection: Resource<Connection>,
        asked: wit::Message,
    ) -> Result<(), Error> {
        self.may("connection.write", "write")?;
        let _held = self.hold_bytes(message_size(&asked))?;
        let written = self.connection(&connection)?.write(message(asked)).await;
        written.map_err(|error| self.network_failed(error))
    }

    async fn close(
        &mut self,
        connection: Resource<Connection>,
        code: u16,
        reason: String,
    ) -> Result<(), Error> {
        self.may("connection.close", "close")?;
        let frame = close_frame(code, reason).map_err(|error| self.network_failed(error))?;
        let closed = self.connection(&connection)?.write(frame).await;
        closed.map_err(|error| self.network_failed(error))
    }

    async fn drop(&mut self, connection: Resource<Connection>) -> wasmtime::Result<()> {
        self.release_connection(connection)
    }
}

/// Reads a connection for its skill and sends what the skill wants sent.
async fn serve(connection: Connection, line: Line) {
    let Connection {
        socket,
        incoming,
        target,
        patience,
        ..
    } = connection;
    let (sink, messages) = socket.split();
    let teller = line.teller.clone();
    let read = read(messages, &incoming, &target, &teller);
    let write = |line| write(sink, target.clone(), patience, line);
    hosted::serve(line, write, read).await;
}

async fn read(
    mut messages: SplitStream<WebSocketStream<Charged<Stream>>>,
    incoming: &Answer,
    target: &str,
    teller: &Teller,
) {
    loop {
        // The skill has taken the message before.
        incoming.reset();
        let Ok(next) = tokio::time::timeout(IDLE, messages.next()).await else {
            let text = format!("{target}: nothing came for {} s", IDLE.as_secs());
            return teller.fail(&NetworkError::Timeout(text)).await;
        };
        match next {
            Some(Ok(Message::Text(text))) => {
                let data = Offered::Bytes(text.as_bytes().to_vec());
                let what = vec![
                    ("data", data),
                    ("message_type", Offered::Text("text".to_owned())),
                ];
                teller.tell("text", what).await;
            }
            Some(Ok(Message::Binary(bytes))) => {
                let data = Offered::Bytes(bytes.to_vec());
                let what = vec![
                    ("data", data),
                    ("message_type", Offered::Text("binary".to_owned())),
                ];
                teller.tell("binary", what).await;
            }
            Some(Ok(Message::Close(frame))) => return teller.tell("close", farewell(frame)).await,
            None | Some(Err(WsError::ConnectionClosed)) => {
                return teller.tell("close", farewell(None)).await;
            }
            Some(Ok(_)) => {}
            Some(Err(error)) => return teller.fail(&failed(target, error)).await,
        }
    }
}

fn farewell(frame: Option<CloseFrame>) -> Vec<(&'static str, Offered)> {
    // 1005: no code was given (RFC 6455).
    let code = frame.as_ref().map_or(1005, |frame| u16::from(frame.code));
    let reason = frame
        .map(|frame| frame.reason.as_str().to_owned())
        .unwrap_or_default();
    let mut what = vec![("message_type", Offered::Text("close".to_owned()))];
    for name in ["code", "close_code"] {
        what.push((name, Offered::Number(code.into())));
    }
    for name in ["error", "close_text"] {
        what.push((name, Offered::Text(reason.clone())));
    }
    what
}

async fn write(
    mut sink: SplitSink<WebSocketStream<Charged<Stream>>, Message>,
    target: String,
    patience: Duration,
    mut line: Line,
) {
    while let Some(request) = line.next().await {
        let hosted::Request {
            command,
            outcome,
            held: _held,
        } = request;
        let closes = matches!(command, Command::Close(..));
        let message = match command {
            Command::Bytes(bytes) => Ok(Message::binary(bytes)),
            Command::Text(text) => Ok(Message::text(text)),
            Command::Close(code, reason) => close_frame(code, reason),
        };
        let sent = match message {
            Err(error) => Err(error),
            Ok(message) => {
                let sending = sink.send(message);
                let sent = within(patience, &target, "not all was taken", sending).await;
                sent.and_then(|sent| sent.map_err(|error| failed(&target, error)))
            }
        };
        let closed = closes && sent.is_ok();
        if closed {
            line.teller.forget();
        }
        // Nobody waits when the call was given up.
        let _ = outcome.send(sent);
        if closed {
            line.end.cancel();
            return;
        }
    }
}
