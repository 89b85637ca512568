//! Malicious clients that try to exhaust the host. Meanwhile another client is served, and the host's memory is
//! bounded.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use luminarys_testing::{each_row, each_row_async};
use serde_json::{Value, json};

use crate::host::{
    Host, TIMEOUT, TOKEN, call, connect, memory_mib, protocols, start_stdio, text, until,
};
use crate::raw::{OTHER, head, initialize, place, post, rest, send, serves, session, stateless};

/// The memory limit of the host in MiB: at rest, and the bytes in flight of one client.
const SMALL: u64 = 512;

#[tokio::test]
async fn unfinished_heads_do_not_block_others() {
    let place = place(&["echo"], "");
    let host = Host::start_by(place.command_with_descriptors(256, &["serve"]));
    let half = format!("POST /mcp HTTP/1.1\r\nHost: {}\r\n", host.address);
    let heads: Vec<TcpStream> = (0..600).map(|_| send(&host, half.as_bytes())).collect();
    serves(&host).await;
    drop(heads);
    serves(&host).await;
}

#[tokio::test]
async fn slow_bodies_use_little_memory() {
    let place = place(&["echo"], "");
    let host = Host::start(&place);
    let part = [
        head(&host, TOKEN, 16 << 20, "").as_bytes(),
        &vec![b' '; 15 << 20],
    ]
    .concat();
    let sent = (0..60).map(|_| {
        let (address, part) = (host.address, part.clone());
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_write_timeout(Some(TIMEOUT)).unwrap();
            let _ = stream.write_all(&part);
            stream
        })
    });
    let held = futures::future::join_all(sent).await;
    serves(&host).await;
    assert!(host.resident_mib() < SMALL, "{} MiB", host.resident_mib());
    assert!(refused(&host).await > 0.0);
    drop(held);
}

#[tokio::test]
async fn nested_arrays_are_charged() {
    let place = place(&["echo"], "");
    let host = Host::start(&place);
    // 15 MB of text in which every three bytes are an array.
    let arrays = vec!["[]"; 5_000_000].join(",");
    let (headers, body) = stateless("echo_echo", &json!({ "message": "ARRAYS" }));
    let body = body.replace("\"ARRAYS\"", &format!("[{arrays}]"));
    let request = head(&host, TOKEN, body.len(), &headers) + &body;
    let sent = (0..12).map(|_| {
        let (address, request) = (host.address, request.clone());
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_write_timeout(Some(TIMEOUT)).unwrap();
            stream.set_read_timeout(Some(TIMEOUT)).unwrap();
            let _ = stream.write_all(request.as_bytes());
            let mut answer = [0; 12];
            let _ = stream.read_exact(&mut answer);
            String::from_utf8_lossy(&answer).into_owned()
        })
    });
    for answer in futures::future::join_all(sent).await {
        let answer = answer.unwrap();
        // A connection closed before it could be read counts as refused.
        let refused = ["HTTP/1.1 413", "HTTP/1.1 429", "\0"];
        assert!(
            refused.iter().any(|it| answer.starts_with(it)),
            "{answer:?}"
        );
    }
    serves(&host).await;
    let peak = host.peak_resident_mib();
    assert!(peak < SMALL, "{peak} MiB");
}

#[tokio::test]
async fn nesting_and_batches_are_rejected() {
    let place = place(&["echo"], "");
    let host = Host::start(&place);
    let rows = [
        (
            format!("{{\"a\":{}{}}}", "[".repeat(5000), "]".repeat(5000)),
            "nested",
        ),
        (format!("[{}]", vec!["{}"; 5000].join(",")), "batch"),
    ];
    each_row_async(rows, async |(body, why)| {
        let answer = send(
            &host,
            (head(&host, TOKEN, body.len(), "Connection: close\r\n") + &body).as_bytes(),
        );
        let answer = tokio::task::spawn_blocking(move || rest(answer))
            .await
            .unwrap();
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(
            answer.contains(why) && answer.contains("\"jsonrpc\":\"2.0\""),
            "{answer}"
        );
    })
    .await;
    serves(&host).await;
}

#[tokio::test]
async fn unread_results_use_little_memory() {
    let place = place(&["echo"], "");
    let host = Host::start(&place);
    let message = "x".repeat(8 << 20);
    let (headers, body) = stateless("echo_echo", &json!({ "message": message }));
    let request = head(&host, TOKEN, body.len(), &headers) + &body;
    let unread = (0..60).map(|_| {
        let (address, request) = (host.address, request.clone());
        tokio::task::spawn_blocking(move || {
            let mut stream = TcpStream::connect(address).unwrap();
            stream.set_write_timeout(Some(TIMEOUT)).unwrap();
            let _ = stream.write_all(request.as_bytes());
            // The first byte of the response: the call was made or refused.
            let _ = stream.read_exact(&mut [0]);
            stream
        })
    });
    let unread = futures::future::join_all(unread).await;
    serves(&host).await;
    assert!(
        host.resident_mib() < 2 * SMALL,
        "{} MiB",
        host.resident_mib()
    );
    drop(unread);
}

#[tokio::test]
async fn excess_sessions_end() {
    let place = place(&["echo"], "");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let polite = connect(&host, OTHER, old).await.unwrap();
    let client = reqwest::Client::new();
    let begin = |_| {
        let request = client
            .post(host.url("/mcp"))
            .bearer_auth(TOKEN)
            .header("accept", "application/json, text/event-stream")
            .json(&initialize());
        async move {
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), 200);
            answer.bytes().await.unwrap();
        }
    };
    use futures::StreamExt as _;
    let all = futures::stream::iter(0..10_000).map(begin);
    all.buffer_unordered(16).collect::<Vec<()>>().await;
    until(async || host.metric("luminarys_http_sessions").await <= 101.0).await;
    assert!(host.resident_mib() < SMALL, "{} MiB", host.resident_mib());
    let answer = call(&polite, "echo_echo", json!({ "message": "still" })).await;
    assert_eq!(text(&answer), "still");
    // They do not fill the log either.
    assert!(host.log().len() < 10_000, "{}", host.log().len());
    serves(&host).await;
}

#[tokio::test]
async fn open_requests_of_one_client_are_limited() {
    let place = place(&["echo"], "");
    let host = Host::start(&place);
    let mut ids = Vec::new();
    for _ in 0..10 {
        ids.push(session(&host, TOKEN).await);
    }
    let mut open = Vec::new();
    let mut refused = None;
    for number in 0..300 {
        let stream = reqwest::Client::new()
            .get(host.url("/mcp"))
            .bearer_auth(TOKEN)
            .header("accept", "text/event-stream")
            .header("mcp-session-id", &ids[number % ids.len()]);
        let answer = stream.send().await.unwrap();
        if answer.status() != 200 {
            refused = Some(answer);
            break;
        }
        open.push(answer);
    }
    let refused = refused.expect("nothing is refused");
    assert_eq!(refused.status(), 429);
    assert!(refused.headers().contains_key("retry-after"));
    let body: Value = refused.json().await.unwrap();
    let message = body["error"]["message"].as_str().unwrap();
    assert!(
        message.contains("http.max_requests_per_client"),
        "{message}"
    );
    serves(&host).await;
    drop(open);
    let answer = post(&host, TOKEN, None, &initialize());
    until(async || answer.try_clone().unwrap().send().await.unwrap().status() == 200).await;
}

/// Returns the number of requests of one client refused because of their memory.
async fn refused(host: &Host) -> f64 {
    let name = "luminarys_http_refusals_total{limit=\"client_bytes\"}";
    host.metric_if_any(name).await.unwrap_or_default()
}

#[test]
fn lines_over_a_limit_are_answered_and_not_buffered() {
    use std::io::{BufRead as _, BufReader, Write as _};

    let place = place(&["echo"], ", max_inflight_mb: 512");
    let mut child = start_stdio(&place);
    let mut input = child.stdin.take().unwrap();
    let mut answers = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut answer =
        || -> Value { serde_json::from_str(&answers.next().unwrap().unwrap()).unwrap() };
    let hello = json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "c", "version": "1" } } });
    writeln!(input, "{hello}").unwrap();
    answer();
    writeln!(
        input,
        "{}",
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })
    )
    .unwrap();
    let long = format!("\"{}\"", "x".repeat(200 << 20));
    let heavy = format!("[{}0]", "[],".repeat(1 << 20));
    let deep = format!("{}0{}", "[".repeat(100), "]".repeat(100));
    let rows = [
        (&long, "http.max_request_bytes"),
        (&heavy, "http.max_inflight_mb"),
        (&deep, "nested deeper than 64"),
    ];
    each_row(rows, |(text, limit)| {
        let line = format!(
            "{{\"method\":\"tools/call\",\"params\":{{\"name\":\"echo_echo\",\"arguments\":{{\"message\":{text}}}}},\
             \"jsonrpc\":\"2.0\",\"id\":7}}"
        );
        writeln!(input, "{line}").unwrap();
        let refused = answer();
        assert_eq!(refused["id"], 7, "{refused}");
        let why = refused["error"]["message"].as_str().unwrap();
        assert!(why.contains(limit), "{refused}");
    });
    writeln!(
        input,
        "{}",
        json!({ "jsonrpc": "2.0", "id": 8, "method": "ping" })
    )
    .unwrap();
    assert_eq!(answer()["id"], 8);
    let peak = memory_mib(&child, "VmHWM:");
    assert!(peak < 300, "{peak} MiB");
    drop(input);
    assert!(child.wait().unwrap().success());
}
