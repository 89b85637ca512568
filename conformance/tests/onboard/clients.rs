//! A client that is started from the output of `connect`.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::time::Duration;

use rmcp::ServiceExt as _;
use rmcp::model::CallToolRequestParams;
use rmcp::service::{RoleClient, RunningService};
use rmcp::transport::streamable_http_client::StreamableHttpClientTransportConfig;
use rmcp::transport::{StreamableHttpClientTransport, TokioChildProcess};
use serde_json::{Value, json};

use crate::desk::Desk;

const TIMEOUT: Duration = Duration::from_secs(60);

/// Calls the only tool.
async fn double(client: &RunningService<RoleClient, ()>) -> Value {
    let tools = client.list_all_tools().await.unwrap();
    assert_eq!(tools.len(), 1, "{tools:?}");
    let arguments = json!({ "value": 21 });
    let call = CallToolRequestParams::new(tools[0].name.clone())
        .with_arguments(arguments.as_object().unwrap().clone());
    let called = tokio::time::timeout(TIMEOUT, client.call_tool(call));
    let called = called.await.unwrap().unwrap();
    serde_json::to_value(called.content).unwrap()
}

fn ready() -> Desk {
    let desk = Desk::new();
    let package = desk.package("numbers", json!([]));
    let signer = desk.key.public().id();
    desk.run(&["add", &package, "--trust-key", &signer])
        .succeeds();
    desk
}

#[tokio::test]
async fn three_commands_lead_to_a_client_that_calls_a_tool() {
    let desk = ready();
    desk.run(&["connect", "claude-code", "--write"]).succeeds();
    let written = std::fs::read(desk.home().join(".claude.json")).unwrap();
    let written: Value = serde_json::from_slice(&written).unwrap();
    let server = &written["mcpServers"]["luminarys"];
    // From any directory, without this environment.
    let mut command = tokio::process::Command::new(server["command"].as_str().unwrap());
    let args = server["args"].as_array().unwrap().iter();
    command
        .args(args.map(|arg| arg.as_str().unwrap()))
        .current_dir("/")
        .env_clear()
        .env("HOME", desk.home())
        .kill_on_drop(true);
    let client = ().serve(TokioChildProcess::new(command).unwrap()).await.unwrap();
    assert!(double(&client).await.to_string().contains("42"));
    client.cancel().await.unwrap();
}

/// Stopped at the end of the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[tokio::test]
async fn a_client_over_http_uses_the_created_token() {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let desk = ready();
    let mut command = desk.command(&["serve", "--addr", "127.0.0.1:0"]);
    let mut host = Running(command.stderr(Stdio::piped()).spawn().unwrap());
    let mut lines = BufReader::new(host.0.stderr.take().unwrap()).lines();
    let url = lines.find_map(|line| {
        let line = line.unwrap();
        let (_, rest) = line.split_once("http://")?;
        Some(format!("http://{}", rest.split(',').next().unwrap()))
    });
    let url = url.unwrap();
    let options = ["connect", "gemini", "--http", "--url", &url, "--json"];
    let entry = desk.run(&options).json()["entry"].clone();
    assert_eq!(entry["httpUrl"], url);
    let header = entry["headers"]["Authorization"].as_str().unwrap();
    let mut config = StreamableHttpClientTransportConfig::with_uri(url.clone());
    config.auth_header = Some(header.strip_prefix("Bearer ").unwrap().to_owned());
    let transport = StreamableHttpClientTransport::from_config(config);
    let client = ().serve(transport).await.unwrap();
    assert!(double(&client).await.to_string().contains("42"));
    client.cancel().await.unwrap();
    let status = reqwest::Client::new()
        .post(&url)
        .send()
        .await
        .unwrap()
        .status();
    assert_eq!(status.as_u16(), 401, "without the token, nothing");
}
