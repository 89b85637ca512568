//! The command line of the MCP Inspector: one client per call, as in scripts and agents.

use std::process::Stdio;

use luminarys_conformance::binary;
use luminarys_conformance::host::client_program;
use luminarys_testing::each_row_async;
use serde_json::{Value, json};
use tokio::process::Command;

use super::job::{self, Found, NEW, OLD, TRANSPORTS, Transport};
use crate::host::{Host, Place, TOKEN};

const PROGRAM: &str =
    "node_modules/@modelcontextprotocol/inspector/clients/launcher/build/index.js";

/// Its exit code if a tool's result is an error.
const TOOL_FAILED: i32 = 5;

/// The Inspector, with a configuration file for the host.
struct Inspector<'a> {
    place: &'a Place,
    era: &'static str,
}

impl<'a> Inspector<'a> {
    fn new(place: &'a Place, transport: Transport, host: &Host, protocol: &str) -> Self {
        let server = match transport {
            Transport::Http => json!({
                "type": "streamable-http",
                "url": host.url("/mcp"),
                "headers": { "Authorization": format!("Bearer {TOKEN}") },
            }),
            Transport::Stdio => json!({
                "command": binary(),
                "args": ["serve", "--stdio", "--config", place.path("luminarys.yaml")],
            }),
        };
        let servers = json!({ "mcpServers": { "luminarys": server } });
        place.write("mcp.json", &servers.to_string());
        let era = if protocol == OLD { "legacy" } else { "modern" };
        Self { place, era }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::from(client_program(PROGRAM));
        command
            .args(["--cli", "--server", "luminarys", "--config"])
            .arg(self.place.path("mcp.json"))
            .args(["--protocol-era", self.era, "--format", "json", "--quiet"])
            .args(arguments)
            .env("HOME", self.place.path(""))
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    /// Runs it; returns the exit code and the result.
    async fn run(&self, arguments: &[&str]) -> (i32, Value) {
        let output = self.command(arguments).output().await.unwrap();
        let outcome = String::from_utf8_lossy(&output.stderr);
        let code = output.status.code().unwrap();
        // Without a result it prints the reason.
        let shown = String::from_utf8_lossy(&output.stdout);
        let answer: Value = serde_json::from_str(if shown.is_empty() { &outcome } else { &shown })
            .unwrap_or_else(|error| panic!("{error}: {code}: {shown}{outcome}"));
        (code, answer)
    }

    /// Calls a tool; returns the exit code and the answer.
    async fn call(&self, tool: &str, arguments: &Value) -> (i32, Value) {
        let arguments = arguments.to_string();
        let asked = ["--tool-name", tool, "--tool-args-json", &arguments];
        let asked = [&["--method", "tools/call"], asked.as_slice()].concat();
        let (code, answer) = self.run(&asked).await;
        let result = &answer["result"];
        let blocks = result["content"].as_array();
        let blocks = blocks.unwrap_or_else(|| panic!("{code}: {answer}"));
        let all = |kind: &str, field: &str| -> Vec<Value> {
            let blocks = blocks.iter().filter(|block| block["type"] == kind);
            blocks.map(|block| block[field].clone()).collect()
        };
        let found = json!({
            "texts": all("text", "text"),
            "links": all("resource_link", "uri"),
            "structured": result["structuredContent"],
            "failed": result["isError"].as_bool().unwrap_or(false),
        });
        (code, found)
    }

    async fn read(&self, uri: &str) -> (i32, Value) {
        self.run(&["--method", "resources/read", "--uri", uri])
            .await
    }
}

/// Reads a resource to its end, with one client per part.
async fn parts(inspector: &Inspector<'_>, link: &Value) -> Vec<Value> {
    let (mut parts, mut next) = (Vec::new(), link.clone());
    while let Some(uri) = next.as_str() {
        let (code, answer) = inspector.read(uri).await;
        assert_eq!(code, 0, "{answer}");
        let contents = &answer["result"]["contents"];
        parts.push(contents[0]["text"].clone());
        next = contents[1]["uri"].clone();
    }
    parts
}

/// Gets a long result. Without sessions, later clients with the same token read the rest of it; with sessions, only the
/// session that it belongs to does, which has ended with its client.
async fn oversized(inspector: &Inspector<'_>, protocol: &str) {
    let arguments = json!({ "message": job::message() });
    let (code, mut long) = inspector.call("echo_echo", &arguments).await;
    assert_eq!(code, 0, "{long}");
    let link = long["links"][0].clone();
    if protocol == OLD {
        let (code, answer) = inspector.read(link.as_str().unwrap()).await;
        assert_ne!(code, 0, "{answer}");
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains("no such result"), "{answer}");
        return;
    }
    long["parts"] = json!(parts(inspector, &link).await);
    let (_, listed) = inspector.run(&["--method", "resources/list"]).await;
    let listed = listed["result"]["resources"].as_array().unwrap().len();
    long["listed"] = json!(listed);
    job::check_oversized(&long);
}

/// Ends a client during its call. Without sessions the call ends with the connection.
async fn ended(inspector: &Inspector<'_>, host: &Host) {
    let forever = json!({ "steps": 4_000_000_000_u32, "pause_ms": 20 }).to_string();
    let tool = [
        "--tool-name",
        "probe_progress",
        "--tool-args-json",
        &forever,
    ];
    let asked = [&["--method", "tools/call"], tool.as_slice()].concat();
    let mut command = inspector.command(&asked);
    command.stdout(Stdio::null()).stderr(Stdio::null());
    // The launcher starts another process: both get the signal, as with Ctrl-C.
    command.process_group(0);
    let mut running = command.spawn().unwrap();
    host.until_running(1).await;
    let group = i32::try_from(running.id().unwrap()).unwrap();
    let group = rustix::process::Pid::from_raw(group).unwrap();
    rustix::process::kill_process_group(group, rustix::process::Signal::INT).unwrap();
    running.wait().await.unwrap();
    host.until_running(0).await;
}

#[tokio::test]
async fn the_inspectors_command_line_works() {
    let place = job::place();
    let rows = [OLD, NEW];
    each_row_async(rows, async |protocol| {
        for transport in TRANSPORTS {
            let host = Host::start(&place);
            host.until_ready().await;
            let listed = job::on_the_wire(&host).await;
            println!("inspector, {protocol} over {transport:?}");
            let inspector = Inspector::new(&place, transport, &host, protocol);
            // It ends with an error if a schema is not accepted by all clients.
            let (code, tools) = inspector.run(&["--method", "tools/list", "--strict"]).await;
            assert_eq!(code, 0, "{tools}");
            job::check_tools(&tools["result"]["tools"], &listed);
            let mut found = Found::new();
            for (step, ending, tool, arguments) in [
                ("text", 0, "echo_echo", json!({ "message": "hé" })),
                ("structured", 0, "probe_id_record", job::record()),
                (
                    "denied",
                    TOOL_FAILED,
                    "fs_read",
                    json!({ "path": "/etc/passwd" }),
                ),
            ] {
                let (code, answer) = inspector.call(tool, &arguments).await;
                assert_eq!(code, ending, "{answer}");
                found.insert(step.to_owned(), answer);
            }
            job::check_calls(&found);
            if transport == Transport::Http {
                oversized(&inspector, protocol).await;
            }
            if transport == Transport::Http && protocol == NEW {
                ended(&inspector, &host).await;
            }
        }
    })
    .await;
}
