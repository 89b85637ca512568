//! `tcp_…`: connections.

use std::mem::ManuallyDrop;

use super::connections::{connected, undelivered};
use super::{Connections, Outcome, Reply, explain, functions};
use crate::bindings::luminarys::skill::tcp::{self, Connection, Options};
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

fn options(request: &Value<'_>) -> Options {
    Options {
        tls: request.flag("tls"),
        insecure: request.flag("insecure"),
        server_name: request.filled("server_name"),
        timeout_ms: request.positive("timeout_ms"),
    }
}

/// Gives a connection to the host, which tells `callback` what arrives.
fn deliver(connection: Connection, callback: &str) -> Result<String, String> {
    tcp::deliver(connection, &events::twin(callback)).map_err(|error| undelivered(callback, error))
}

fn connect(request: &Value<'_>) -> Outcome {
    let connection = tcp::connect(&request.text("addr"), &options(request)).map_err(explain)?;
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
    let sent = held.unwrap_or_else(|| tcp::send(&events::id(&name), data));
    sent.map(|()| Reply::done()).map_err(explain)
}

/// Closing what is not there is no error.
fn close(request: &Value<'_>) -> Outcome {
    let name = request.text("conn_id");
    if Connections::take(&OPEN, &name).is_none() {
        let id = events::id(&name);
        tcp::close(&id);
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
        &options(request),
    );
    let mut reply = Reply::default();
    reply.head.map(1);
    Ok(reply.with_bytes("data", answer.map_err(explain)?))
}
