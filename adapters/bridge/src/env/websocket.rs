//! `ws_…`: WebSockets.

use std::mem::ManuallyDrop;

use super::connections::{connected, undelivered};
use super::{Connections, Outcome, Reply, explain, functions, http};
use crate::bindings::luminarys::skill::websocket::{self, Connection, Message, Options};
use crate::events;
use crate::wire::{Fields as _, Value};

functions! {
    ws_connect = connect;
    ws_send = send;
    ws_close = close;
}

thread_local! {
    static OPEN: ManuallyDrop<Connections<Connection>> = ManuallyDrop::default();
}

/// Closed as usual.
const NORMAL: u16 = 1000;

fn connect(request: &Value<'_>) -> Outcome {
    let options = Options {
        headers: http::headers(request),
        insecure: request.flag("insecure"),
        timeout_ms: request.positive("timeout_ms"),
    };
    let connection = websocket::connect(&request.text("url"), &options).map_err(explain)?;
    let id = match request.filled("callback") {
        Some(callback) => websocket::deliver(connection, &events::twin(&callback))
            .map_err(|error| undelivered(&callback, error))?,
        None => Connections::hold(&OPEN, connection),
    };
    Ok(connected(&id))
}

fn send(request: &Value<'_>) -> Outcome {
    let message = match request.text("message_type").as_str() {
        "" | "text" => Message::Text(request.text("data")),
        "binary" => Message::Binary(request.bytes("data").to_vec()),
        other => {
            return Err(format!(
                "message_type: {other:?} is neither text nor binary"
            ));
        }
    };
    let name = request.text("conn_id");
    let held = Connections::on(&OPEN, &name, |connection| connection.write(&message));
    let sent = held.unwrap_or_else(|| websocket::send(&name, &message));
    sent.map(|()| Reply::done()).map_err(explain)
}

/// Closing what is not there is no error.
fn close(request: &Value<'_>) -> Outcome {
    let (name, reason) = (request.text("conn_id"), request.text("reason"));
    let code = request.positive("code").unwrap_or(NORMAL);
    match Connections::take(&OPEN, &name) {
        Some(connection) => connection.close(code, &reason).map_err(explain)?,
        None => {
            websocket::close(&name, code, &reason);
            events::forget(&name);
        }
    }
    Ok(Reply::done())
}
