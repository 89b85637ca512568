//! `tcp_…`: connections.

use std::mem::ManuallyDrop;

use super::connections::{connected, undelivered};
use super::{Connections, Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::tcp::{self, ConnectOptions, Connection, Delivery};
use crate::events;
use crate::wire::{Fields as _, Value};

functions! {
    tcp_connect = connect;
    tcp_set_callback = set_callback;
    tcp_write = write;
    tcp_close = close;
    tcp_request = request;
}

thread_local! {
    static OPEN: ManuallyDrop<Connections<Connection>> = ManuallyDrop::default();
}

fn options(request: &Value<'_>) -> ConnectOptions {
    let options = ConnectOptions::new();
    options.set_tls(request.flag("tls"));
    options.set_insecure(request.flag("insecure"));
    if let Some(name) = request.filled("server_name") {
        options.set_server_name(&name);
    }
    options.set_timeout(request.positive::<u32>("timeout_ms").unwrap_or(0).into());
    options
}

/// Gives a connection to the host, which tells `callback` what arrives.
fn deliver(connection: Connection, callback: &str) -> Result<String, String> {
    let delivery = tcp::deliver(connection, &events::twin(callback));
    Ok(delivery.map_err(|error| undelivered(callback, error))?.id())
}

fn connect(request: &Value<'_>) -> Outcome {
    let connection =
        tcp::connect(&request.text("addr"), Some(&options(request))).map_err(explain)?;
    let id = match request.filled("callback") {
        Some(callback) => deliver(connection, &callback)?,
        None => Connections::hold(&OPEN, connection),
    };
    Ok(connected(&id))
}

fn set_callback(request: &Value<'_>) -> Outcome {
    let (name, callback) = (request.text("conn_id"), request.text("callback"));
    match Connections::take(&OPEN, &name) {
        Some(connection) => {
            let id = deliver(connection, &callback)?;
            events::rename(&id, &name);
        }
        None => events::redirect(&events::id(&name), &callback),
    }
    Ok(Reply::done())
}

fn write(request: &Value<'_>) -> Outcome {
    let (name, data) = (request.text("conn_id"), request.bytes("data"));
    let held = Connections::on(&OPEN, &name, |connection| connection.write(data));
    let sent = held.unwrap_or_else(|| Delivery::find(&events::id(&name))?.send(data));
    sent.map(|()| Reply::done()).map_err(explain)
}

/// Closing what is not there is no error.
fn close(request: &Value<'_>) -> Outcome {
    let name = request.text("conn_id");
    if Connections::take(&OPEN, &name).is_none() {
        let id = events::id(&name);
        if let Ok(delivery) = Delivery::find(&id) {
            let _ = delivery.close();
        }
        events::forget(&id);
    }
    Ok(Reply::done())
}

fn request(request: &Value<'_>) -> Outcome {
    let max = request.positive("max_bytes");
    let answer = tcp::request(
        &request.text("addr"),
        request.bytes("data"),
        max,
        Some(&options(request)),
    );
    let mut reply = Reply::default();
    reply.head.map(1);
    Ok(reply.with_bytes("data", answer.map_err(explain)?))
}
