//! `serve`, over HTTP and standard input and output.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStderr, Stdio};

use luminarys_testing::each_row;
use serde_json::{Value, json};

use crate::common::World;

/// A serving host, stopped at the end of the test.
struct Host {
    child: Child,
    stderr: BufReader<ChildStderr>,
}

impl Host {
    fn start(world: &World, arguments: &[&str]) -> Self {
        let mut command = world.command(arguments);
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let stderr = BufReader::new(child.stderr.take().unwrap());
        Self { child, stderr }
    }

    /// Reads until a line contains `part`.
    fn says(&mut self, part: &str) -> String {
        let mut before = String::new();
        loop {
            let mut line = String::new();
            let count = self.stderr.read_line(&mut line).unwrap();
            assert!(count > 0, "it ended without {part:?}: {before}");
            if line.contains(part) {
                return line;
            }
            before += &line;
        }
    }

    fn address(&mut self) -> SocketAddr {
        let line = self.says("http://");
        let rest = line.split("http://").nth(1).unwrap();
        rest.split('/').next().unwrap().parse().unwrap()
    }
}

impl Drop for Host {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn get(address: SocketAddr, path: &str) -> String {
    let mut stream = TcpStream::connect(address).unwrap();
    write!(
        stream,
        "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn http_is_served_reloaded_and_ended_by_a_signal() {
    let world = World::new();
    let mut host = Host::start(&world, &["serve", "--addr", "127.0.0.1:0"]);
    let address = host.address();
    assert!(get(address, "/healthz").starts_with("HTTP/1.1 200"));
    // An invalid configuration is logged, and changes nothing.
    world.write("luminarys.yaml", "skils: []\n");
    let line = host.says("the changed configuration is invalid");
    assert!(line.contains("luminarys.yaml:1:1"), "{line}");
    // A valid one takes effect.
    world.write("two.yaml", "id: two\npath: numbers.skill\n");
    world.write(
        "luminarys.yaml",
        "skills: [numbers.yaml, two.yaml]\ntrust: [team.pub]\n",
    );
    host.says("two.yaml");
    assert!(get(address, "/healthz").starts_with("HTTP/1.1 200"));
    let status = std::process::Command::new("kill")
        .args(["-TERM", &host.child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(host.child.wait().unwrap().code(), Some(0));
}

#[test]
fn a_host_with_an_unread_log_ends_by_a_signal() {
    let world = World::new();
    let mut command = world.command(&["serve", "--addr", "127.0.0.1:0"]);
    let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let mut line = String::new();
    while !line.contains("http://") {
        line.clear();
        assert!(stderr.read_line(&mut line).unwrap() > 0, "it ended");
    }
    drop(stderr);
    let rest = line.split("http://").nth(1).unwrap();
    let address = rest.split('/').next().unwrap().parse().unwrap();
    assert!(get(address, "/healthz").starts_with("HTTP/1.1 200"));
    let status = std::process::Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(status.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn without_a_configuration_it_prints_the_next_steps() {
    let world = World::new();
    std::fs::remove_file(world.path("luminarys.yaml")).unwrap();
    let mut host = Host::start(&world, &["serve", "--addr", "127.0.0.1:0"]);
    host.says("no configuration found");
    host.says("0 tools for MCP clients at http://127.0.0.1:");
    host.says("`luminarys init` makes a configuration, `luminarys add FILE` adds");
    // One that is created later is used.
    world.write(
        "luminarys.yaml",
        "skills: [numbers.yaml]\ntrust: [team.pub]\n",
    );
    host.says("numbers.yaml");
}

#[test]
fn weak_tokens_cause_a_note_at_the_start() {
    let world = World::new();
    world.write(
        "luminarys.yaml",
        "skills: [numbers.yaml]\ntrust: [team.pub]\nhttp: {auth: {tokens: [brief, brief]}}\n",
    );
    let mut host = Host::start(&world, &["serve", "--addr", "127.0.0.1:0"]);
    let rows = [
        "http.auth.tokens[0] has only 5 characters",
        "http.auth.tokens[1] has only 5 characters",
        "http.auth.tokens[1] is the same as http.auth.tokens[0]",
    ];
    each_row(rows, |part| {
        let line = host.says(part);
        assert!(line.contains("WARN") && !line.contains("brief"), "{line}");
    });
}

#[test]
fn an_address_in_use_is_named() {
    let world = World::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    world
        .run(&["serve", "--addr", &address])
        .failed(2, &[&address, "--addr"]);
    world
        .run(&["serve", "--addr", "0.0.0.0:0"])
        .failed(2, &["http.auth.tokens"]);
}

#[test]
fn stdio_carries_the_protocol_only() {
    let world = World::new();
    let mut command = world.command(&["serve", "--stdio"]);
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut input = child.stdin.take().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut ask = |message: Value| writeln!(input, "{message}").unwrap();
    ask(
        json!({ "jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "t", "version": "1" } } }),
    );
    let mut answer = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(answer()["id"], 1);
    ask(json!({ "jsonrpc": "2.0", "method": "notifications/initialized" }));
    ask(
        json!({ "jsonrpc": "2.0", "id": 2, "method": "tools/call", "params": {
        "name": "numbers_double", "arguments": { "value": 4 } } }),
    );
    assert_eq!(answer()["result"]["content"][0]["text"], "8");
    drop(input);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
