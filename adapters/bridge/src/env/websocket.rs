//! `ws_…`: WebSockets.

use std::mem::ManuallyDrop;

use super::connections::{connected, undelivered};
use super::{Connections, Outcome, Reply, explain, functions, http};
use crate::bindings::luminarys::skill::websocket::{
    self, ConnectOptions, Connection, Delivery, Message,
};
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
    let options = ConnectOptions::new();
    options.set_headers(&http::headers(request));
    options.set_insecure(request.flag("insecure"));
    options.set_timeout(request.positive::<u32>("timeout_ms").unwrap_or(0).into());
    let connection = websocket::connect(&request.text("url"), Some(&options)).map_err(explain)?;
    let id = match request.filled("callback") {
        Some(callback) => websocket::deliver(connection, &events::twin(&callback))
            .map_err(|error| undelivered(&callback, error))?
            .id(),
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
    let sent = held.unwrap_or_else(|| Delivery::find(&name)?.send(&message));
    sent.map(|()| Reply::done()).map_err(explain)
}

/// Closing what is not there is no error.
fn close(request: &Value<'_>) -> Outcome {
    let (name, reason) = (request.text("conn_id"), request.text("reason"));
    let code = request.positive("code").unwrap_or(NORMAL);
    match Connections::take(&OPEN, &name) {
        Some(connection) => connection.close(code, &reason).map_err(explain)?,
        None => {
            if let Ok(delivery) = Delivery::find(&name) {
                let _ = delivery.close(code, &reason);
            }
            events::forget(&name);
        }
    }
    Ok(Reply::done())
}
