//! WebSockets, as `permissions.http` allows with `allow_websocket`.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use super::connections::{Connections, Open, undelivered};
use super::http::Header;
use super::messagepack;
use super::tcp::ErrorKind;
use super::values::{is_default, positive};
use crate::SkillError;
use crate::skill::websocket::{self, ConnectOptions, Connection, Delivery, Message};

thread_local! {
    static OPEN: Open<Connection> = const { RefCell::new(Connections::new()) };
}

/// Closed as usual.
const NORMAL: u16 = 1000;

/// A message of text.
pub const WS_MESSAGE_TEXT: &str = "text";
/// A message of bytes.
pub const WS_MESSAGE_BINARY: &str = "binary";
/// A close frame of the other side.
pub const WS_MESSAGE_CLOSE: &str = "close";

/// The kinds of messages.
pub mod ws_message {
    /// A message of text.
    pub const TEXT: &str = super::WS_MESSAGE_TEXT;
    /// A message of bytes.
    pub const BINARY: &str = super::WS_MESSAGE_BINARY;
    /// A close frame of the other side.
    pub const CLOSE: &str = super::WS_MESSAGE_CLOSE;
}

/// What a callback is told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct WsEvent {
    /// Of which connection.
    pub conn_id: String,
    /// The message.
    #[serde(with = "messagepack::bytes", skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<u8>,
    /// `text`, `binary` or `close`; empty when the connection has failed.
    #[serde(skip_serializing_if = "is_default")]
    pub message_type: String,
    /// The close code.
    #[serde(skip_serializing_if = "is_default")]
    pub close_code: u32,
    /// The reason of a close frame.
    #[serde(skip_serializing_if = "is_default")]
    pub close_text: String,
    /// How the connection has failed.
    pub error_kind: ErrorKind,
    /// More about that.
    #[serde(skip_serializing_if = "is_default")]
    pub error_msg: String,
}

impl WsEvent {
    /// What the host tells a method of these parameters: `connection: string`, `event: string`, `data: option<list<u8>>`,
    /// `code: option<u16>`, `error: option<string>`.
    pub fn received(
        connection: String,
        event: &str,
        data: Option<Vec<u8>>,
        code: Option<u16>,
        error: Option<String>,
    ) -> Self {
        let error = error.unwrap_or_default();
        let (message_type, close_text, error_msg) = match event {
            WS_MESSAGE_TEXT | WS_MESSAGE_BINARY => (event, String::new(), String::new()),
            WS_MESSAGE_CLOSE => (event, error, String::new()),
            _ => ("", String::new(), error),
        };
        Self {
            conn_id: connection,
            data: data.unwrap_or_default(),
            message_type: message_type.to_owned(),
            close_code: code.unwrap_or_default().into(),
            close_text,
            error_kind: ErrorKind::of(event),
            error_msg,
        }
    }

    /// The same as MessagePack, for [`unmarshal_ws_event`].
    pub fn payload(&self) -> Vec<u8> {
        rmp_serde::to_vec_named(self).unwrap_or_default()
    }
}

/// Decodes what a callback was given.
///
/// # Errors
/// When it is no event.
pub fn unmarshal_ws_event(payload: &[u8]) -> Result<WsEvent, SkillError> {
    Ok(rmp_serde::from_slice(payload)?)
}

/// Connects; the connection's id. `callback` is the method that is told what comes; empty means none.
///
/// # Errors
/// As `websocket::connect`, and when the callback is no method of this skill.
pub fn ws_connect(
    url: &str,
    headers: Vec<Header>,
    timeout_ms: i64,
    callback: &str,
    insecure: bool,
) -> Result<String, SkillError> {
    let headers: Vec<_> = headers.into_iter().map(Header::into).collect();
    let options = ConnectOptions::new();
    options.set_headers(&headers);
    options.set_insecure(insecure);
    options.set_timeout(positive(timeout_ms).unwrap_or(0).into());
    let connection = websocket::connect(url, Some(&options))?;
    match callback {
        "" => Ok(Connections::hold(&OPEN, connection)),
        callback => {
            let delivery = websocket::deliver(connection, callback);
            Ok(delivery.map_err(|error| undelivered(callback, error))?.id())
        }
    }
}

/// Sends a message, `text` when `message_type` is empty. Bytes that are no text are replaced in one.
///
/// # Errors
/// As the connection's `write` or the delivery's `send`, and when the type is unknown.
pub fn ws_send(conn_id: &str, data: Vec<u8>, message_type: &str) -> Result<(), SkillError> {
    let message = match message_type {
        "" | WS_MESSAGE_TEXT => Message::Text(match String::from_utf8(data) {
            Ok(text) => text,
            Err(error) => String::from_utf8_lossy(error.as_bytes()).into_owned(),
        }),
        WS_MESSAGE_BINARY => Message::Binary(data),
        other => {
            return Err(SkillError(format!(
                "message_type: {other:?} is neither text nor binary"
            )));
        }
    };
    let held = Connections::on(&OPEN, conn_id, |connection| connection.write(&message));
    Ok(held.unwrap_or_else(|| Delivery::find(conn_id)?.send(&message))?)
}

/// Closes a connection with a close code, 1000 when it is 0, and a reason. Closing one that has ended is not an error.
///
/// # Errors
/// As the connection's `close`.
pub fn ws_close(conn_id: &str, code: u32, reason: &str) -> Result<(), SkillError> {
    let code = match u16::try_from(code) {
        Ok(0) | Err(_) => NORMAL,
        Ok(code) => code,
    };
    match Connections::take(&OPEN, conn_id) {
        Some(connection) => connection.close(code, reason)?,
        None => {
            if let Ok(delivery) = Delivery::find(conn_id) {
                // It may have ended meanwhile.
                let _ = delivery.close(code, reason);
            }
        }
    }
    Ok(())
}
