//! Time limits of clients.

use std::io::Write as _;
use std::net::TcpStream;

use luminarys_testing::each_row_async;
use serde_json::json;

use crate::host::{Host, TOKEN, until};
use crate::raw::{call_in, head, place, rest, send, serves, session, stateless};

#[tokio::test]
async fn an_unfinished_head_times_out() {
    let place = place(&["echo"], ", timeouts: {head_ms: 2000}");
    let host = Host::start(&place);
    let rows = [
        "",
        "P",
        "POST /mcp HTTP/1.1\r\nHost: x\r\n",
        "PRI * HTTP/2.0\r\n",
    ];
    each_row_async(rows, async |begun| {
        let closed = tokio::task::spawn_blocking({
            let stream = send(&host, begun.as_bytes());
            move || rest(stream)
        });
        assert_eq!(closed.await.unwrap(), "", "{begun:?}");
    })
    .await;
    until(async || timeouts(&host, "head").await >= 4.0).await;
    serves(&host).await;
}

#[tokio::test]
async fn a_slow_body_times_out() {
    let place = place(&["echo"], ", timeouts: {body_ms: 2000}");
    let host = Host::start(&place);
    let begun = head(&host, TOKEN, 1000, "") + "{";
    let answer = tokio::task::spawn_blocking({
        let stream = send(&host, begun.as_bytes());
        move || rest(stream)
    });
    let answer = answer.await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    assert!(answer.contains("http.timeouts.body_ms"), "{answer}");
    serves(&host).await;
}

#[tokio::test]
async fn an_unread_stream_times_out() {
    let place = place(&["echo"], ", timeouts: {write_ms: 1000}");
    let host = Host::start(&place);
    let message = "x".repeat(8 << 20);
    let (headers, body) = stateless("echo_echo", &json!({ "message": message }));
    let request = head(&host, TOKEN, body.len(), &headers) + &body;
    let unread = tokio::task::spawn_blocking({
        let address = host.address;
        move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.write_all(request.as_bytes()).unwrap();
            stream
        }
    });
    let unread = unread.await.unwrap();
    until(async || timeouts(&host, "write").await >= 1.0).await;
    // Its memory is free again.
    until(async || host.metric("luminarys_http_bytes_in_flight").await < 1e6).await;
    drop(unread);
}

#[tokio::test]
async fn an_unread_http2_stream_times_out() {
    let place = place(&["echo"], ", timeouts: {write_ms: 1000}");
    let host = Host::start(&place);
    let (headers, body) = stateless("echo_echo", &json!({ "message": "x".repeat(8 << 20) }));
    let client = reqwest::Client::builder().http2_prior_knowledge();
    let mut request = client.build().unwrap().post(host.url("/mcp"));
    for header in headers.lines() {
        let (name, value) = header.split_once(": ").unwrap();
        request = request.header(name, value);
    }
    let request = request
        .bearer_auth(TOKEN)
        .header("accept", "application/json, text/event-stream")
        .header("content-type", "application/json");
    // The connection is open, and answers HTTP/2 pings.
    let unread = request.body(body).send().await.unwrap();
    assert_eq!(unread.status(), 200);
    until(async || timeouts(&host, "write").await >= 1.0).await;
    until(async || host.metric("luminarys_http_bytes_in_flight").await < 1e6).await;
    drop(unread);
    serves(&host).await;
}

#[tokio::test]
async fn a_connection_without_requests_times_out() {
    let place = place(&["echo"], ", timeouts: {idle_ms: 1000}");
    let host = Host::start(&place);
    let request = format!("GET /healthz HTTP/1.1\r\nHost: {}\r\n\r\n", host.address);
    let answer = tokio::task::spawn_blocking({
        let stream = send(&host, request.as_bytes());
        move || rest(stream)
    });
    let answer = answer.await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("ok\n"),
        "{answer}"
    );
    until(async || timeouts(&host, "idle").await >= 1.0).await;
    serves(&host).await;
}

#[tokio::test]
async fn a_session_without_requests_times_out() {
    let place = place(&["echo"], ", timeouts: {session_ms: 1000}");
    let host = Host::start(&place);
    let id = session(&host, TOKEN).await;
    until(async || host.metric("luminarys_http_sessions").await < 1.0).await;
    let (status, _) = call_in(&host, TOKEN, &id, "echo_ping").await;
    assert_eq!(status, 404);
    assert!(timeouts(&host, "session").await >= 1.0);
    serves(&host).await;
}

/// Returns how often a time limit was exceeded.
async fn timeouts(host: &Host, limit: &str) -> f64 {
    let name = format!("luminarys_http_timeouts_total{{limit=\"{limit}\"}}");
    host.metric_if_any(&name).await.unwrap_or_default()
}
