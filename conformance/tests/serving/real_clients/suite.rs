//! The official test suite of MCP servers: all scenarios that a revision of the protocol requires. Those that fail are in
//! `clients/suite-expected.yaml`, each with why; one of them that passes fails the test as well.

use luminarys_conformance::host::{client_program, repository};

use super::job::{NEW, OLD};
use crate::host::{Host, Place};

const PROGRAM: &str = "node_modules/@modelcontextprotocol/conformance/dist/index.js";

/// What the suite calls, under the names that it knows; it has no token.
fn place() -> Place {
    let place = Place::new(&["echo"]);
    let names = "mcp: {name: test}\npermissions: {llm: {enabled: true}}\n";
    place.deploy("suite", "suite", names);
    let config = place
        .config("")
        .replace(", auth: {tokens: [conformance-token]}", "");
    assert!(!config.contains("auth"), "{config}");
    place.write("luminarys.yaml", &config);
    place
}

fn passes(protocol: &str) {
    let place = place();
    let host = Host::start(&place);
    let known = repository().join("conformance/clients/suite-expected.yaml");
    let mut command = client_program(PROGRAM);
    let lent = repository().join("conformance/clients/glob-sync.mjs");
    let output = command
        .env(
            "NODE_OPTIONS",
            format!("--import=file://{}", lent.display()),
        )
        .args(["server", "--requirements", protocol, "--url"])
        .arg(host.url("/mcp"))
        .arg("--expected-failures")
        .arg(known)
        .arg("--output-dir")
        .arg(place.path("found"))
        .output()
        .expect("node, for which scripts/client-tools looks");
    let shown = String::from_utf8_lossy(&output.stdout);
    let said = String::from_utf8_lossy(&output.stderr);
    let summary = shown
        .split_once("=== SUMMARY ===")
        .unwrap_or((&shown, ""))
        .1;
    assert!(output.status.success(), "{summary}{said}\n{}", host.log());
    assert!(summary.contains("dns-rebinding-protection"), "{shown}");
}

#[test]
fn the_official_suite_passes_with_sessions() {
    passes(OLD);
}

#[test]
fn the_official_suite_passes_without_sessions() {
    passes(NEW);
}
