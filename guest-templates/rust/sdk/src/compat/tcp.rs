//! Connections over TCP, as `permissions.tcp` allows.

use std::cell::RefCell;

use serde::{Deserialize, Serialize};

use super::connections::{Connections, Open, undelivered};
use super::messagepack;
use super::values::{is_default, optional, positive};
use crate::SkillError;
use crate::skill::Error;
use crate::skill::tcp::{self, ConnectOptions, Connection, Delivery};

thread_local! {
    static OPEN: Open<Connection> = const { RefCell::new(Connections::new()) };
}

/// How a connection has ended.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ErrorKind {
    /// It has not: there is data.
    #[default]
    #[serde(rename = "")]
    None,
    /// The other side has closed it.
    Eof,
    /// The other side has broken it off.
    Reset,
    /// Nothing came in time.
    Timeout,
    /// TLS failed.
    Tls,
    /// Anything else.
    Io,
}

impl ErrorKind {
    /// Of an event of the host; none for those that bring data.
    pub(super) fn of(event: &str) -> Self {
        match event {
            "eof" => Self::Eof,
            "reset" => Self::Reset,
            "timeout" => Self::Timeout,
            "tls" => Self::Tls,
            "io" => Self::Io,
            _ => Self::None,
        }
    }
}

/// What a callback is told.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ConnEvent {
    /// Of which connection.
    pub conn_id: String,
    /// What has come.
    #[serde(with = "messagepack::bytes", skip_serializing_if = "Vec::is_empty")]
    pub data: Vec<u8>,
    /// How it has ended.
    pub error_kind: ErrorKind,
    /// More about that.
    #[serde(skip_serializing_if = "is_default")]
    pub error_msg: String,
}

impl ConnEvent {
    /// What the host tells a method of these parameters: `connection: string`, `event: string`, `data: option<list<u8>>`,
    /// `error: option<string>`.
    pub fn received(
        connection: String,
        event: &str,
        data: Option<Vec<u8>>,
        error: Option<String>,
    ) -> Self {
        Self {
            conn_id: Connections::name(&OPEN, connection),
            data: data.unwrap_or_default(),
            error_kind: ErrorKind::of(event),
            error_msg: error.unwrap_or_default(),
        }
    }

    /// The same as MessagePack, for [`unmarshal_conn_event`].
    pub fn payload(&self) -> Vec<u8> {
        rmp_serde::to_vec_named(self).unwrap_or_default()
    }
}

/// Decodes what a callback was given.
///
/// # Errors
/// When it is no event.
pub fn unmarshal_conn_event(payload: &[u8]) -> Result<ConnEvent, SkillError> {
    Ok(rmp_serde::from_slice(payload)?)
}

/// Where to connect.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TcpConnectOptions {
    /// `host:port`.
    pub addr: String,
    /// The method that is told what comes; empty means none.
    pub callback: String,
    /// Talk TLS.
    #[serde(skip_serializing_if = "is_default")]
    pub tls: bool,
    /// Believe any certificate.
    #[serde(skip_serializing_if = "is_default")]
    pub insecure: bool,
    /// The name in the certificate; empty means that of the address.
    #[serde(skip_serializing_if = "is_default")]
    pub server_name: String,
    /// For connecting; 0 means 30 seconds.
    pub timeout_ms: i64,
}

/// What [`tcp_request`] asks.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct TcpRequestOptions {
    /// `host:port`.
    pub addr: String,
    /// What is sent; may be empty.
    #[serde(default, with = "messagepack::bytes")]
    pub data: Vec<u8>,
    /// Talk TLS.
    #[serde(default)]
    pub tls: bool,
    /// Believe any certificate.
    #[serde(default)]
    pub insecure: bool,
    /// For all of it; 0 means 30 seconds.
    #[serde(default)]
    pub timeout_ms: i64,
    /// 0 means 1 MiB.
    #[serde(default)]
    pub max_bytes: i64,
}

/// What [`tcp_request`] was answered.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct TcpRequestResult {
    /// What has come.
    #[serde(with = "messagepack::bytes")]
    pub data: Vec<u8>,
    /// Empty: what fails is an error.
    pub error: String,
}

fn options(tls: bool, insecure: bool, timeout_ms: i64) -> ConnectOptions {
    let options = ConnectOptions::new();
    options.set_tls(tls);
    options.set_insecure(insecure);
    options.set_timeout(positive(timeout_ms).unwrap_or(0).into());
    options
}

/// Connects, sends, and reads until the other side ends, enough has come, or time runs out.
///
/// # Errors
/// As `tcp::request`.
pub fn tcp_request(opts: &TcpRequestOptions) -> Result<TcpRequestResult, SkillError> {
    let options = options(opts.tls, opts.insecure, opts.timeout_ms);
    let data = tcp::request(
        &opts.addr,
        &opts.data,
        positive(opts.max_bytes),
        Some(&options),
    )?;
    Ok(TcpRequestResult {
        data,
        error: String::new(),
    })
}

fn deliver(connection: Connection, callback: &str) -> Result<String, SkillError> {
    let delivery = tcp::deliver(connection, callback);
    Ok(delivery.map_err(|error| undelivered(callback, error))?.id())
}

/// Connects; the connection's id.
///
/// # Errors
/// As `tcp::connect`, and when the callback is no method of this skill.
pub fn tcp_connect(opts: TcpConnectOptions) -> Result<String, SkillError> {
    let options = options(opts.tls, opts.insecure, opts.timeout_ms);
    if let Some(name) = optional(&opts.server_name) {
        options.set_server_name(name);
    }
    let connection = tcp::connect(&opts.addr, Some(&options))?;
    match opts.callback.as_str() {
        "" => Ok(Connections::hold(&OPEN, connection)),
        callback => deliver(connection, callback),
    }
}

/// Names the method that is told what comes on a connection for which none was named.
///
/// # Errors
/// When there is no such connection, or the callback is no method of this skill.
pub fn tcp_set_callback(conn_id: &str, callback: &str) -> Result<(), SkillError> {
    let Some(connection) = Connections::take(&OPEN, conn_id) else {
        return Err(Error::Unavailable(format!(
            "{conn_id} is no connection of this instance without a callback; name it in tcp_connect"
        ))
        .into());
    };
    Connections::given(&OPEN, conn_id, deliver(connection, callback)?);
    Ok(())
}

/// Sends.
///
/// # Errors
/// As the connection's `write`, or the delivery's `send`.
pub fn tcp_write(conn_id: &str, data: Vec<u8>) -> Result<(), SkillError> {
    let held = Connections::on(&OPEN, conn_id, |connection| connection.write(&data));
    let sent =
        held.unwrap_or_else(|| Delivery::find(&Connections::id(&OPEN, conn_id))?.send(&data));
    Ok(sent?)
}

/// Closes a connection. Closing what is not there is no error.
///
/// # Errors
/// None; the older function had some.
pub fn tcp_close(conn_id: &str) -> Result<(), SkillError> {
    if Connections::take(&OPEN, conn_id).is_none()
        && let Ok(delivery) = Delivery::find(&Connections::id(&OPEN, conn_id))
    {
        // It may have ended meanwhile.
        let _ = delivery.close();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_pass_through_messagepack() {
        for (event, kind) in [("data", ErrorKind::None), ("eof", ErrorKind::Eof)] {
            let told = ConnEvent::received("c".to_owned(), event, Some(vec![0, 255]), None);
            let known = unmarshal_conn_event(&told.payload()).unwrap();
            assert_eq!((known.conn_id.as_str(), known.error_kind), ("c", kind));
            assert_eq!(known.data, [0, 255]);
        }
        // As older hosts send it.
        let sparse = unmarshal_conn_event(b"\x82\xa7conn_id\xa1c\xa4data\xc0").unwrap();
        assert!(sparse.data.is_empty() && sparse.error_kind == ErrorKind::None);
    }
}
