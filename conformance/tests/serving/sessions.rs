//! Owners of sessions and of kept results.

use luminarys_testing::each_row_async;
use serde_json::json;

use crate::host::{Host, TOKEN, call, connect, protocols};
use crate::raw::{OTHER, call_in, head, place, post, rest, send, session, stateless};

const PER_SESSION: &str = "runtime: {isolation: session}\n";

/// Makes a call in the stateless protocol, with `more` headers; returns the response.
async fn call_stateless(host: &Host, token: &str, more: &str) -> String {
    let (headers, body) = stateless("probe_count", &json!({}));
    let headers = format!("{headers}{more}Connection: close\r\n");
    let stream = send(
        host,
        (head(host, token, body.len(), &headers) + &body).as_bytes(),
    );
    tokio::task::spawn_blocking(move || rest(stream))
        .await
        .unwrap()
}

#[tokio::test]
async fn a_session_serves_only_the_client_it_was_issued_to() {
    let place = place(&[], "");
    place.deploy("probe", "probe", PER_SESSION);
    let host = Host::start(&place);
    let own = session(&host, TOKEN).await;
    let (status, answer) = call_in(&host, TOKEN, &own, "probe_count").await;
    assert!(
        status == 200 && answer.contains("\"text\":\"1\""),
        "{answer}"
    );
    let other = session(&host, OTHER).await;
    let (status, answer) = call_in(&host, OTHER, &other, "probe_count").await;
    assert!(
        status == 200 && answer.contains("\"text\":\"1\""),
        "{answer}"
    );
    // Unknown, like one that never existed.
    let (status, foreign) = call_in(&host, OTHER, &own, "probe_count").await;
    assert_eq!(
        (status, foreign.as_str()),
        (404, "Not Found: Session not found")
    );
    let never = "00000000-0000-4000-8000-000000000000";
    let (status, unknown) = call_in(&host, OTHER, never, "probe_count").await;
    assert_eq!((status, unknown), (404, foreign));
    let client = reqwest::Client::new();
    let rows = [
        client.get(host.url("/mcp")),
        client.delete(host.url("/mcp")),
    ];
    each_row_async(rows, async |request| {
        let request = request
            .bearer_auth(OTHER)
            .header("accept", "text/event-stream")
            .header("mcp-session-id", &own);
        assert_eq!(request.send().await.unwrap().status(), 404);
    })
    .await;
    let (status, answer) = call_in(&host, TOKEN, &own, "probe_count").await;
    assert!(
        status == 200 && answer.contains("\"text\":\"2\""),
        "{answer}"
    );
}

#[tokio::test]
async fn without_sessions_each_client_has_its_own_instance() {
    let place = place(&[], "");
    place.deploy("probe", "probe", PER_SESSION);
    let host = Host::start(&place);
    let rows = ["\"text\":\"1\"", "\"text\":\"2\""];
    each_row_async(rows, async |expected| {
        for token in [TOKEN, OTHER] {
            let answer = call_stateless(&host, token, "").await;
            assert!(answer.contains(expected), "{answer}");
        }
    })
    .await;
    // The id of another client's session has no access.
    let own = session(&host, TOKEN).await;
    let (_, answer) = call_in(&host, TOKEN, &own, "probe_count").await;
    assert!(answer.contains("\"text\":\"1\""), "{answer}");
    let answer = call_stateless(&host, OTHER, &format!("Mcp-Session-Id: {own}\r\n")).await;
    assert!(answer.contains("\"text\":\"3\""), "{answer}");
    let (_, answer) = call_in(&host, TOKEN, &own, "probe_count").await;
    assert!(answer.contains("\"text\":\"2\""), "{answer}");
}

#[tokio::test]
async fn clients_without_tokens_share_no_instance() {
    let place = place(&[], "");
    let config = place
        .config("")
        .replace(&format!("auth: {{tokens: [{TOKEN}]}}, "), "");
    place.write("luminarys.yaml", &config);
    place.deploy("probe", "probe", PER_SESSION);
    let host = Host::start(&place);
    for _ in 0..2 {
        let answer = call_stateless(&host, "none", "").await;
        assert!(answer.contains("\"text\":\"1\""), "{answer}");
    }
}

#[tokio::test]
async fn a_client_starts_a_new_session_after_one_ended() {
    let place = place(&[], "");
    place.deploy("probe", "probe", PER_SESSION);
    let host = Host::start(&place);
    let id = session(&host, TOKEN).await;
    call_in(&host, TOKEN, &id, "probe_count").await;
    let end = reqwest::Client::new()
        .delete(host.url("/mcp"))
        .bearer_auth(TOKEN)
        .header("mcp-session-id", &id);
    assert_eq!(end.send().await.unwrap().status(), 204);
    let (status, _) = call_in(&host, TOKEN, &id, "probe_count").await;
    assert_eq!(status, 404);
    let id = session(&host, TOKEN).await;
    let (_, answer) = call_in(&host, TOKEN, &id, "probe_count").await;
    assert!(answer.contains("\"text\":\"1\""), "{answer}");
}

#[tokio::test]
async fn a_client_continues_after_its_session_ended() {
    let place = place(&["echo"], ", max_sessions_per_client: 1");
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    // Replaces the client's session.
    session(&host, TOKEN).await;
    let answer = call(&client, "echo_echo", json!({ "message": "again" })).await;
    assert_eq!(crate::host::text(&answer), "again");
}

#[tokio::test]
async fn a_request_id_is_unique() {
    let place = place(&[], "");
    place.deploy("probe", "probe", "");
    let host = Host::start(&place);
    let id = session(&host, TOKEN).await;
    let sleep = |milliseconds: u32| {
        let body = json!({ "jsonrpc": "2.0", "id": 7, "method": "tools/call", "params": {
            "name": "probe_sleep", "arguments": { "milliseconds": milliseconds } } });
        post(&host, TOKEN, Some(&id), &body).send()
    };
    let first = sleep(60_000).await.unwrap();
    host.until_running(1).await;
    let second = sleep(0).await.unwrap().text().await.unwrap();
    assert!(second.contains("in use"), "{second}");
    drop(first);
    let body = json!({ "jsonrpc": "2.0", "method": "notifications/cancelled", "params": { "requestId": 7 } });
    post(&host, TOKEN, Some(&id), &body).send().await.unwrap();
    host.until_running(0).await;
    let third = sleep(0).await.unwrap().text().await.unwrap();
    assert!(third.contains("\"result\""), "{third}");
}

#[tokio::test]
async fn every_route_checks_host_and_origin() {
    let place = place(&["echo"], "");
    let host = Host::start(&place);
    let rows = ["/mcp", "/metrics", "/healthz", "/none"];
    each_row_async(rows, async |path| {
        for (name, value) in [("host", "evil.test"), ("origin", "http://evil.test")] {
            let request = reqwest::Client::new()
                .get(host.url(path))
                .bearer_auth(TOKEN);
            let answer = request.header(name, value).send().await.unwrap();
            assert_eq!(answer.status(), 403, "{path} {name}");
        }
    })
    .await;
}
