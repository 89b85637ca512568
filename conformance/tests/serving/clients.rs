//! Named clients: visible tools, rate limits, and audit records.

use luminarys_testing::{each_row, each_row_async};
use serde_json::{Value, json};

use crate::host::{Client, Host, Place, TOKEN, call, connect, protocols, text, tools, until};
use crate::raw::{initialize, post, session};

const ALICE: &str = "token-of-alice-1";
const BOB: &str = "token-of-bob-001";

/// Returns a place whose clients are the default one and `clients`, each as YAML in braces.
fn place(skills: &[&str], clients: &[&str]) -> Place {
    let place = Place::new(skills);
    place.write("luminarys.yaml", &config(&place, clients));
    place
}

fn config(place: &Place, clients: &[&str]) -> String {
    let clients = format!("tokens: [{TOKEN}], clients: [{}]", clients.join(", "));
    place
        .config("")
        .replace(&format!("tokens: [{TOKEN}]"), &clients)
}

/// The audit log's denials.
fn denials(place: &Place) -> Vec<Value> {
    let written = std::fs::read_to_string(place.path("data/audit.jsonl")).unwrap_or_default();
    let lines = written.lines();
    lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// Makes a call that the host rejects; returns the message.
async fn refused(client: &Client, tool: &str) -> String {
    let asked = crate::host::asking(tool, json!({}));
    client.call_tool(asked).await.unwrap_err().to_string()
}

#[tokio::test]
async fn each_client_sees_and_calls_only_its_tools() {
    let alice = format!("{{name: alice, token: {ALICE}, tools: ['echo*']}}");
    let bob = format!("{{name: bob, token: {BOB}, tools: ['*ping', 'probe*']}}");
    let place = place(&["echo", "probe"], &[&alice, &bob]);
    let host = Host::start(&place);
    for protocol in protocols() {
        let alice = connect(&host, ALICE, protocol.clone()).await.unwrap();
        let bob = connect(&host, BOB, protocol.clone()).await.unwrap();
        let anyone = connect(&host, TOKEN, protocol).await.unwrap();
        let all = tools(&anyone).await;
        let of = |prefix: &str| -> Vec<String> {
            let fits = |tool: &&String| tool.starts_with(prefix);
            all.iter().filter(fits).cloned().collect()
        };
        let (echo, probe) = (of("echo"), of("probe"));
        assert_eq!(all.len(), echo.len() + probe.len());
        assert_eq!(tools(&alice).await, echo);
        let ping = echo.iter().find(|tool| tool.ends_with("ping")).unwrap();
        let say = echo.iter().find(|tool| tool.ends_with("echo")).unwrap();
        let bobs = tools(&bob).await;
        assert!(
            bobs.contains(ping) && bobs.len() == probe.len() + 1,
            "{bobs:?}"
        );
        assert_eq!(text(&call(&alice, ping, json!({})).await), "pong");
        assert_eq!(text(&call(&bob, ping, json!({})).await), "pong");
        // An existing tool and an unknown one get the same answer.
        let hidden = refused(&bob, say).await;
        let unknown = refused(&bob, "none").await;
        assert_eq!(hidden.replace(say.as_str(), "none"), unknown);
        let count = probe.iter().find(|tool| tool.ends_with("count")).unwrap();
        let hidden = refused(&alice, count).await;
        assert_eq!(hidden.replace(count.as_str(), "none"), unknown);
    }
    let calls = |client: &str, outcome: &str| {
        format!("luminarys_client_calls_total{{client=\"{client}\",outcome=\"{outcome}\"}}")
    };
    assert_eq!(host.metric(&calls("alice", "ok")).await as u64, 2);
    assert_eq!(host.metric(&calls("bob", "unknown_tool")).await as u64, 4);
    let log = host.stop();
    assert!(
        log.contains("client=\"bob\"") && log.contains("client=\"alice\""),
        "{log}"
    );
    // Only existing tools are logged, each once and then counted.
    let denials = denials(&place);
    let of = |client: &str| {
        let own = denials.iter().filter(|record| record["client"] == client);
        let counts = own.map(|record| {
            assert_eq!(record["capability"], "tools", "{record}");
            record["count"].as_u64().unwrap_or(1)
        });
        counts.sum::<u64>()
    };
    assert_eq!((of("alice"), of("bob")), (2, 2), "{denials:?}");
    assert!(!denials.iter().any(|record| record["target"] == "none"));
}

#[tokio::test]
async fn each_client_has_its_own_limits() {
    let alice = format!("{{name: alice, token: {ALICE}, calls_per_minute: 2}}");
    let bob = format!("{{name: bob, token: {BOB}, calls_per_minute: 2}}");
    let place = place(&["echo"], &[&alice, &bob]);
    let host = Host::start(&place);
    let [old, new] = protocols();
    let first = connect(&host, ALICE, old.clone()).await.unwrap();
    // All open requests count.
    let second = connect(&host, ALICE, new).await.unwrap();
    let bob = connect(&host, BOB, old).await.unwrap();
    let ping = tools(&first).await;
    let ping = ping.iter().find(|tool| tool.ends_with("ping")).unwrap();
    let rows = [&first, &second, &bob];
    each_row_async(rows, async |client| {
        assert_eq!(text(&call(client, ping, json!({})).await), "pong");
    })
    .await;
    let over = call(&second, ping, json!({})).await;
    let printed = text(&over);
    assert_eq!(over.is_error, Some(true), "{printed}");
    let rows = ["2 calls a minute", "calls_per_minute", "try again in"];
    each_row(rows, |part| {
        assert!(printed.contains(part), "{printed}");
    });
    assert_eq!(text(&call(&bob, ping, json!({})).await), "pong");
    // Listing is not limited.
    assert!(!tools(&first).await.is_empty());
    let counted = "luminarys_client_calls_total{client=\"alice\",outcome=\"rate_limited\"}";
    assert_eq!(host.metric(counted).await as u64, 1);
}

#[tokio::test]
async fn metrics_need_permission() {
    let alice = format!("{{name: alice, token: {ALICE}}}");
    let bob = format!("{{name: bob, token: {BOB}, tools: [], metrics: true}}");
    let place = place(&["echo"], &[&alice, &bob]);
    let host = Host::start(&place);
    let rows = [(ALICE, 403), (BOB, 200), (TOKEN, 200)];
    each_row_async(rows, async |(token, expected)| {
        let request = reqwest::Client::new()
            .get(host.url("/metrics"))
            .bearer_auth(token);
        assert_eq!(request.send().await.unwrap().status(), expected, "{token}");
    })
    .await;
}

#[tokio::test]
async fn denials_name_the_client() {
    let alice = format!("{{name: alice, token: {ALICE}}}");
    let place = place(&["probe"], &[&alice]);
    let host = Host::start(&place);
    let [old, _] = protocols();
    let alice = connect(&host, ALICE, old).await.unwrap();
    let read = tools(&alice).await;
    let read = read.iter().find(|tool| tool.ends_with("read")).unwrap();
    let denied = call(&alice, read, json!({ "path": "/etc/passwd" })).await;
    assert_eq!(denied.is_error, Some(true));
    let log = host.stop();
    assert!(log.contains("client=alice"), "{log}");
    let denials = denials(&place);
    assert!(
        denials
            .iter()
            .any(|it| it["client"] == "alice" && it["target"] == "/etc/passwd"),
        "{denials:?}"
    );
}

/// Starts a session; returns the status.
async fn status(host: &Host, token: &str) -> u16 {
    let answer = post(host, token, None, &initialize()).send().await.unwrap();
    answer.status().as_u16()
}

#[tokio::test]
async fn clients_change_while_the_host_runs() {
    let alice = format!("{{name: alice, token: {ALICE}, tools: ['*ping']}}");
    let bob = format!("{{name: bob, token: {BOB}}}");
    let place = place(&["echo"], &[&alice, &bob]);
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, ALICE, old).await.unwrap();
    assert_eq!(tools(&client).await.len(), 1);
    let bobs = session(&host, BOB).await;
    // An open stream, as clients keep one.
    let stream = reqwest::Client::new()
        .get(host.url("/mcp"))
        .bearer_auth(BOB)
        .header("accept", "text/event-stream")
        .header("mcp-session-id", &bobs);
    let stream = stream.send().await.unwrap();
    assert_eq!(stream.status(), 200);

    // More tools for one client, another token for the other.
    let alice = format!("{{name: alice, token: {ALICE}}}");
    let bob = "{name: bob, token_from_file: bob.token}";
    place.write("bob.token", "another-of-bob-01\n");
    place.write("luminarys.yaml", &config(&place, &[&alice, bob]));
    let told = client.service().list_changed.clone();
    tokio::time::timeout(crate::host::TIMEOUT, told.notified())
        .await
        .expect("no tools/list_changed");
    assert_eq!(tools(&client).await.len(), 3, "its session goes on");
    until(async || status(&host, BOB).await == 401).await;
    let ended = tokio::time::timeout(crate::host::TIMEOUT, stream.text()).await;
    assert!(ended.is_ok(), "the stream goes on");
    assert_eq!(status(&host, "another-of-bob-01").await, 200);

    // Only a file changes.
    place.write("bob.token", "a-third-of-bob-01\n");
    until(async || status(&host, "a-third-of-bob-01").await == 200).await;
    assert_eq!(status(&host, "another-of-bob-01").await, 401);

    // An invalid change has no effect, and is logged.
    let rows = [
        (
            config(
                &place,
                &["{name: alice, token: x}", "{name: alice, token: y}"],
            ),
            "is the name of http.auth.clients[0]",
        ),
        (
            config(&place, &["{name: alice, token_from_file: none}"]),
            "none cannot be read",
        ),
        (
            "http: {auth: {tokens".to_owned(),
            "the previous one stays in use",
        ),
    ];
    each_row_async(rows, async |(broken, complaint)| {
        place.write("luminarys.yaml", &broken);
        until(async || host.log().contains(complaint)).await;
        assert_eq!(tools(&client).await.len(), 3);
        assert_eq!(status(&host, "a-third-of-bob-01").await, 200);
    })
    .await;

    // The last client is removed: nobody is admitted, rather than everybody.
    let none = config(&place, &[]).replace(&format!("tokens: [{TOKEN}], clients: []"), "");
    place.write("luminarys.yaml", &none);
    until(async || status(&host, ALICE).await == 401).await;
    let anyone = reqwest::Client::new()
        .post(host.url("/mcp"))
        .header("accept", "application/json, text/event-stream")
        .json(&initialize());
    assert_eq!(anyone.send().await.unwrap().status(), 401);
    let log = host.stop();
    assert!(log.contains("is empty now"), "{log}");
    let rows = [ALICE, BOB, "another-of-bob-01", "a-third-of-bob-01"];
    each_row(rows, |token| {
        assert!(!log.contains(token), "{log}");
    });
}

#[tokio::test]
async fn invalid_tokens_are_rejected_with_the_reason() {
    let place = place(&["echo"], &[]);
    let host = Host::start(&place);
    let rows = [
        (None, "Bearer realm=\"luminarys\"", "is required"),
        (
            Some(&b"Bearer conformance-tokeN"[..]),
            "error=\"invalid_token\"",
            "not one of this server's",
        ),
        (
            Some(b"Bearer a\xffb\xc3\xa9"),
            "error=\"invalid_request\"",
            "not visible ASCII",
        ),
        (Some(b"Bearer a b"), "error=\"invalid_request\"", "one word"),
        (Some(b"Bearer"), "error=\"invalid_request\"", "one word"),
        (
            Some(b"Basic YTpi"),
            "error=\"invalid_request\"",
            "scheme is not Bearer",
        ),
    ];
    each_row_async(rows, async |(value, challenge, why)| {
        let mut request = reqwest::Client::new()
            .post(host.url("/mcp"))
            .json(&initialize());
        if let Some(value) = value {
            request = request.header("authorization", value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 401, "{value:?}");
        let given = answer.headers()["www-authenticate"].to_str().unwrap();
        assert!(given.contains(challenge), "{given}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(why), "{text}");
    })
    .await;
    let twice = reqwest::Client::new()
        .post(host.url("/mcp"))
        .bearer_auth(TOKEN)
        .header("authorization", "Bearer x")
        .json(&initialize());
    assert_eq!(twice.send().await.unwrap().status(), 401);
    let counted = "luminarys_http_unauthorized_total{reason=\"malformed\"}";
    assert_eq!(host.metric(counted).await as u64, 5);
}
