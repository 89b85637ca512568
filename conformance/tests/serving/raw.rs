//! Raw HTTP of a client that ignores the protocol.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::host::{Host, Place, TIMEOUT, TOKEN, call, connect, protocols, text};

/// The token of a second client.
pub const OTHER: &str = "other-token";

/// Serves `skills` to two clients, with default limits and those of `http`. Results are shown whole.
pub fn place(skills: &[&str], http: &str) -> Place {
    let place = Place::new(skills);
    let whole = "mcp: {max_result_chars: 100000000}\n";
    let config = place.config(whole).replace(
        &format!("tokens: [{TOKEN}]}}, max_request_bytes: 1000000"),
        &format!("tokens: [{TOKEN}, {OTHER}]}}{http}"),
    );
    place.write("luminarys.yaml", &config);
    place
}

/// A connection on which `text` has been sent.
pub fn send(host: &Host, text: &[u8]) -> TcpStream {
    let mut stream = TcpStream::connect(host.address).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.set_write_timeout(Some(TIMEOUT)).unwrap();
    // The host may have responded and closed before everything was sent.
    let _ = stream.write_all(text);
    stream
}

/// The head of a request whose body has `length` bytes.
pub fn head(host: &Host, token: &str, length: usize, more: &str) -> String {
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nContent-Length: {length}\r\n{more}\r\n",
        host.address
    )
}

/// A call in the stateless protocol: its headers and the body.
pub fn stateless(tool: &str, arguments: &Value) -> (String, String) {
    let headers = format!(
        "Mcp-Protocol-Version: 2026-07-28\r\nMcp-Method: tools/call\r\nMcp-Name: {tool}\r\n"
    );
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {
            "name": tool, "arguments": arguments,
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": { "name": "c", "version": "1" },
            },
        },
    });
    (headers, body.to_string())
}

/// Reads until the host closes the connection.
pub fn rest(mut stream: TcpStream) -> String {
    let mut answer = Vec::new();
    // A reset after the response is an end as well.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// A JSON-RPC request, in a session if there is one.
pub fn post(
    host: &Host,
    token: &str,
    session: Option<&str>,
    body: &Value,
) -> reqwest::RequestBuilder {
    let request = host
        .client
        .post(host.url("/mcp"))
        .bearer_auth(token)
        .header("accept", "application/json, text/event-stream")
        .json(body);
    match session {
        Some(session) => request.header("mcp-session-id", session),
        None => request,
    }
}

/// The message that starts a session.
pub fn initialize() -> Value {
    json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "c", "version": "1" } } })
}

/// Starts a session; returns its id.
pub async fn session(host: &Host, token: &str) -> String {
    let answer = post(host, token, None, &initialize()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    let id = answer.headers()["mcp-session-id"]
        .to_str()
        .unwrap()
        .to_owned();
    answer.bytes().await.unwrap();
    let ready = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    let answer = post(host, token, Some(&id), &ready).send().await.unwrap();
    assert_eq!(answer.status(), 202);
    id
}

/// Calls a tool without arguments in a session; returns the status and the body.
pub async fn call_in(host: &Host, token: &str, session: &str, tool: &str) -> (u16, String) {
    let body =
        json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": { "name": tool } });
    let answer = post(host, token, Some(session), &body)
        .send()
        .await
        .unwrap();
    let status = answer.status().as_u16();
    (status, answer.text().await.unwrap())
}

/// Both protocols work for a normal client.
pub async fn serves(host: &Host) {
    for protocol in protocols() {
        let client = tokio::time::timeout(TIMEOUT, connect(host, OTHER, protocol));
        let client = client.await.expect("it does not answer").unwrap();
        let answer = call(&client, "echo_echo", json!({ "message": "here" })).await;
        assert_eq!(text(&answer), "here");
    }
}
