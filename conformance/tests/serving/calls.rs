//! Calls, progress, and cancellation.

use luminarys_testing::{each_row, each_row_async};
use rmcp::model::{CallToolRequest, ClientRequest};
use rmcp::service::PeerRequestOptions;
use serde_json::{Value, json};

use crate::host::{
    Client, Host, Place, TOKEN, asking, call, connect, connect_stdio, protocols, start_stdio, text,
    tools,
};

#[tokio::test]
async fn both_protocols_over_http_and_stdio() {
    let place = Place::new(&["echo"]);
    let host = Host::start(&place);
    let mut clients = Vec::new();
    for protocol in protocols() {
        clients.push(connect(&host, TOKEN, protocol.clone()).await.unwrap());
        clients.push(connect_stdio(&place, protocol).await);
    }
    for client in clients {
        assert_eq!(
            tools(&client).await,
            ["echo_echo", "echo_ping", "echo_reverse"]
        );
        let answer = call(&client, "echo_echo", json!({ "message": "hé" })).await;
        assert_eq!(answer.structured_content, None);
        assert_eq!(text(&answer), "hé");
        let wrong = call(&client, "echo_echo", json!({})).await;
        assert_eq!(wrong.is_error, Some(true));
        assert!(text(&wrong).contains("missing required parameter: message"));
        client.cancel().await.unwrap();
    }
}

#[tokio::test]
async fn results_match_the_schemas_of_their_tools() {
    let place = Place::new(&["probe"]);
    let host = Host::start(&place);
    let [old, _] = protocols();
    let client = connect(&host, TOKEN, old).await.unwrap();
    for tool in client.list_all_tools().await.unwrap() {
        let input = Value::Object(tool.input_schema.as_ref().clone());
        assert_eq!(input["type"], "object", "{}", tool.name);
        assert_eq!(input["additionalProperties"], json!(false), "{}", tool.name);
        if let Some(output) = tool.output_schema {
            assert_eq!(output["type"], "object", "{}", tool.name);
        }
    }
}

#[tokio::test]
async fn a_client_without_a_token_is_refused() {
    let place = Place::new(&["echo"]);
    let host = Host::start(&place);
    for protocol in protocols() {
        let rows = ["", "wrong", "conformance-toke", "conformance-token2"];
        each_row_async(rows, async |token| {
            let refused = connect(&host, token, protocol.clone()).await;
            assert!(refused.is_err(), "{token:?} was let in");
        })
        .await;
    }
}

#[tokio::test]
async fn progress_arrives_while_the_call_runs() {
    let place = Place::new(&["probe"]);
    let host = Host::start(&place);
    host.until_ready().await;
    for protocol in protocols() {
        let client = connect(&host, TOKEN, protocol).await.unwrap();
        let arguments = json!({ "steps": 3, "pause_ms": 80 });
        let answer = call(&client, "probe_progress", arguments).await;
        assert_ne!(answer.is_error, Some(true));
        let told = client.service().progress.lock().unwrap().clone();
        assert_eq!(told, ["step 1", "step 2", "step 3"]);
    }
}

/// Starts a call that ends only when it is cancelled.
async fn endless(
    client: &Client,
    tool: &str,
    arguments: Value,
) -> rmcp::service::RequestHandle<rmcp::RoleClient> {
    let request = CallToolRequest::new(asking(tool, arguments));
    let sent = client.send_cancellable_request(
        ClientRequest::CallToolRequest(request),
        PeerRequestOptions::no_options(),
    );
    sent.await.unwrap()
}

const PATIENT: &str = "runtime: {cpu_timeout_ms: 3600000, timeout_ms: 3600000}\n";

#[tokio::test]
async fn a_cancelled_call_stops_in_every_capability() {
    let place = Place::new(&[]);
    place.deploy("probe", "probe", PATIENT);
    let host = Host::start(&place);
    for protocol in protocols() {
        let rows = [
            ("probe_infinite_loop", json!({})),
            ("probe_sleep", json!({ "milliseconds": 3_600_000 })),
        ];
        each_row_async(rows, async |(tool, arguments)| {
            let client = connect(&host, TOKEN, protocol.clone()).await.unwrap();
            let running = endless(&client, tool, arguments).await;
            host.until_running(1).await;
            running.cancel(Some("enough".to_owned())).await.unwrap();
            host.until_running(0).await;
            let after = call(&client, "probe_count", json!({})).await;
            assert_eq!(text(&after), "1");
        })
        .await;
    }
}

#[tokio::test]
async fn a_call_stops_when_its_client_disconnects() {
    let place = Place::new(&[]);
    place.deploy("probe", "probe", PATIENT);
    let host = Host::start(&place);
    // The stateless protocol: a request, and the connection it came by.
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/call",
        "params": {
            "name": "probe_infinite_loop", "arguments": {},
            "_meta": {
                "io.modelcontextprotocol/protocolVersion": "2026-07-28",
                "io.modelcontextprotocol/clientCapabilities": {},
                "io.modelcontextprotocol/clientInfo": { "name": "c", "version": "1" },
            },
        },
    });
    let request = reqwest::Client::new()
        .post(host.url("/mcp"))
        .bearer_auth(TOKEN)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2026-07-28")
        .header("mcp-method", "tools/call")
        .header("mcp-name", "probe_infinite_loop")
        .json(&body);
    let running = tokio::spawn(request.send());
    host.until_running(1).await;
    running.abort();
    let answered = running.await;
    // Its headers may have arrived; the connection is dropped with the response.
    drop(answered);
    host.until_running(0).await;
    // A disconnected client is not an error.
    let log = host.stop();
    assert!(!log.contains("ERROR"), "{log}");
}

#[tokio::test]
async fn a_host_ends_when_its_client_exits() {
    let place = Place::new(&[]);
    place.deploy("probe", "probe", PATIENT);
    let mut child = start_stdio(&place);
    let mut input = child.stdin.take().unwrap();
    let rows = [
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
            "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "c", "version": "1" } } }),
        json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }),
        json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": { "name": "probe_count" } }),
        json!({ "jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": { "name": "probe_infinite_loop" } }),
    ];
    each_row(rows, |message| {
        use std::io::Write as _;
        writeln!(input, "{message}").unwrap();
    });
    use std::io::BufRead as _;
    let mut answers = std::io::BufReader::new(child.stdout.take().unwrap());
    for _ in 0..2 {
        answers.read_line(&mut String::new()).unwrap();
    }
    drop(input);
    drop(answers);
    let ended = tokio::task::spawn_blocking(move || child.wait().unwrap());
    let ended = tokio::time::timeout(crate::host::TIMEOUT, ended).await;
    assert!(ended.expect("it runs on").unwrap().success());
}

#[tokio::test]
async fn a_skill_asks_the_clients_model() {
    let place = Place::new(&[]);
    place.deploy(
        "tools",
        "tools",
        "permissions: {llm: {enabled: true, max_tokens: 5}}\n",
    );
    let host = Host::start(&place);
    let [old, new] = protocols();
    let asked = json!({ "text": "hello" });
    let client = connect(&host, TOKEN, old.clone()).await.unwrap();
    let answer = call(&client, "tools_complete", asked.clone()).await;
    assert!(
        text(&answer).starts_with("the client's: olleh 5"),
        "{answer:?}"
    );
    let client = connect_stdio(&place, old).await;
    let answer = call(&client, "tools_complete", asked.clone()).await;
    assert!(
        text(&answer).starts_with("the client's: olleh 5"),
        "{answer:?}"
    );
    // In the newer protocol a server sends no requests.
    let client = connect(&host, TOKEN, new).await.unwrap();
    let answer = call(&client, "tools_complete", asked).await;
    assert!(text(&answer).contains("offers no model"), "{answer:?}");
}
