//! Pages in browsers: allowed origins and preflight responses.

use luminarys_testing::each_row_async;
use reqwest::header::HeaderMap;
use reqwest::{Method, StatusCode};
use serde_json::json;

use crate::host::{Host, TOKEN};
use crate::raw::{place, stateless};

async fn preflight(host: &Host, name: &str, origin: &str) -> (StatusCode, HeaderMap) {
    let request = reqwest::Client::new().request(Method::OPTIONS, host.url("/mcp"));
    let request = request
        .header("host", name)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,content-type,mcp-protocol-version",
        );
    let answer = request.send().await.unwrap();
    (answer.status(), answer.headers().clone())
}

#[tokio::test]
async fn pages_of_this_machine_and_allowed_origins_have_access() {
    let place = place(
        &["echo"],
        ", allowed_origins: ['https://app.example'], allowed_hosts: [team.example]",
    );
    let host = Host::start(&place);
    let local = host.address.to_string();
    let rows = [
        (&*local, "http://localhost:6274", true),
        (&local, "http://127.0.0.1:5173", true),
        ("localhost:1", "http://[::1]:5173", true),
        (&local, "https://app.example", true),
        ("team.example", "https://app.example", true),
        // Behind a proxy, the page comes from another machine.
        ("team.example", "http://localhost:6274", false),
        (&local, "http://evil.example", false),
        (&local, "http://localhost.evil.example", false),
        (&local, "http://evil@localhost:6274", false),
        (&local, "null", false),
        ("evil.example", "http://localhost:6274", false),
    ];
    each_row_async(rows, async |(name, origin, is_allowed)| {
        let (status, headers) = preflight(&host, name, origin).await;
        let header = |name: &str| headers.get(name).map(|value| value.to_str().unwrap());
        assert_eq!(status.is_success(), is_allowed, "{name} {origin}: {status}");
        let mirrored = is_allowed.then_some(origin);
        assert_eq!(
            header("access-control-allow-origin"),
            mirrored,
            "{name} {origin}"
        );
        if is_allowed {
            assert_eq!(
                header("access-control-allow-methods"),
                Some("GET,POST,DELETE")
            );
            let allowed = header("access-control-allow-headers").unwrap();
            assert!(allowed.contains("authorization") && allowed.contains("mcp-protocol-version"));
        } else {
            assert_eq!(status, 403);
        }
        // The request itself gets the same decision, and a page can read the reason for a refusal.
        for (token, expected) in [(TOKEN, 200), ("another-token-of-no-use", 401)] {
            let (more, body) = stateless("echo_ping", &json!({}));
            let mut request = reqwest::Client::new()
                .post(host.url("/mcp"))
                .header("host", name)
                .header("origin", origin)
                .header("content-type", "application/json")
                .header("accept", "application/json, text/event-stream")
                .bearer_auth(token)
                .body(body);
            for line in more.lines() {
                let (name, value) = line.split_once(": ").unwrap();
                request = request.header(name, value);
            }
            let answer = request.send().await.unwrap();
            let expected = if is_allowed { expected } else { 403 };
            assert_eq!(answer.status(), expected, "{name} {origin}");
            let shown = answer.headers().get("access-control-allow-origin");
            assert_eq!(shown.is_some(), is_allowed, "{name} {origin}");
        }
    })
    .await;
}
