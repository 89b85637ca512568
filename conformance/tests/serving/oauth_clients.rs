//! Official clients with their own OAuth, and a real authorization server: from the URL to a call.
//! `scripts/client-tools` installs them.

use std::io::{BufRead as _, BufReader, Lines};
use std::process::{Child, ChildStdout, Stdio};

use luminarys_conformance::host::client_program;
use luminarys_testing::each_row;
use serde_json::Value;

use crate::host::{Host, Place};

/// An authorization server, ended with its test.
struct Server {
    child: Child,
    issuer: String,
    /// Its other output, read so that it does not block.
    _said: Lines<BufReader<ChildStdout>>,
}

impl Server {
    /// Signs its access tokens with `algorithm`.
    fn start(algorithm: &str) -> Self {
        let mut child = client_program("authorization-server.mjs")
            .arg(algorithm)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("node, for which scripts/client-tools looks");
        let mut outcome = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut lines = outcome.by_ref().map_while(Result::ok);
        let issuer = lines.find(|line| line.starts_with("http://"));
        let issuer = issuer.expect("it ended; scripts/client-tools installs what it needs");
        Self {
            child,
            issuer,
            _said: outcome,
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A free port of this machine: clients must be configured with the host's address before it listens.
fn port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

fn serve(server: &Server) -> (Place, Host) {
    let place = Place::new(&["echo"]);
    let url = format!("http://127.0.0.1:{}", port());
    let oauth = format!(
        "addr: '{}', auth: {{oauth: {{issuer: '{}', resource: '{url}/mcp', scopes: [tools], \
         clients: [{{name: staff, subjects: [alice], tools: ['*ping']}}]}}}}",
        &url[7..],
        server.issuer
    );
    let usual = "addr: '127.0.0.1:0', auth: {tokens: [conformance-token]}";
    let config = place.config("").replace(usual, &oauth);
    assert!(config.contains("oauth"), "{config}");
    place.write("luminarys.yaml", &config);
    let host = Host::start(&place);
    (place, host)
}

/// Runs a client against a host; returns its findings.
fn run(program: &str, options: &[&str], host: &Host) -> Value {
    let mut command = client_program(program);
    let command = command.arg(host.url("/mcp")).args(options);
    let output = command.output().unwrap();
    let outcome = String::from_utf8_lossy(&output.stderr);
    let log = host.log();
    assert!(output.status.success(), "{outcome}\n{log}");
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|error| panic!("{error}: {outcome}\n{log}"))
}

fn comes_to_a_call(program: &str, options: &[&str], algorithm: &str) {
    let server = Server::start(algorithm);
    let (_place, host) = serve(&server);
    let found = run(program, options, &host);
    let steps: Vec<&str> = found["steps"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    // Registered dynamically, with PKCE, for the scope in the challenge.
    assert_eq!((steps[0], steps[2]), ("registered", "token"), "{found}");
    assert!(
        steps[1].starts_with("authorize scope=tools") && steps[1].ends_with("pkce=S256"),
        "{found}"
    );
    let tools = found["tools"].as_array().unwrap();
    assert!(
        tools.len() == 1 && tools[0].as_str().unwrap().ends_with("ping"),
        "{found}"
    );
    assert_eq!(found["text"], "pong");
    assert!(
        found["hidden"].as_str().unwrap().contains("unknown tool"),
        "{found}"
    );
    let log = host.stop();
    assert!(!log.contains(found["token"].as_str().unwrap()), "{log}");
}

#[test]
fn both_typescript_sdks_sign_in_and_call() {
    let rows = ["1", "2"];
    each_row(rows, |version| {
        comes_to_a_call("client.mjs", &[version], "RS256");
    });
}

#[test]
fn the_python_sdk_signs_in_and_calls() {
    comes_to_a_call("client.py", &[], "RS256");
}

#[test]
fn a_server_may_sign_with_any_algorithm() {
    let rows = ["PS256", "ES256", "EdDSA"];
    each_row(rows, |algorithm| {
        comes_to_a_call("client.mjs", &[], algorithm);
    });
}
