//! The clients of the official SDKs for Python and TypeScript.

use std::process::Stdio;

use luminarys_conformance::binary;
use luminarys_conformance::host::client_program;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, BufReader};

use super::job::{self, Found, NEW, OLD, TRANSPORTS, Transport};
use crate::host::{Host, Place, TIMEOUT, TOKEN};

/// Runs a program; returns its findings, line by line, and its errors.
async fn run(program: &str, job: &Value, place: &Place, host: Option<&Host>) -> (Found, String) {
    let complaints = place.path("complaints");
    let mut command = tokio::process::Command::from(client_program(program));
    command
        .arg(job.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(&complaints).unwrap())
        .kill_on_drop(true);
    let mut child = command
        .spawn()
        .expect("what scripts/client-tools makes ready");
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let outcome = || std::fs::read_to_string(&complaints).unwrap();
    let mut found = Found::new();
    loop {
        let line = tokio::time::timeout(TIMEOUT, lines.next_line()).await;
        let line = line.unwrap_or_else(|_| panic!("it hangs after {found:?}: {}", outcome()));
        let Some(line) = line.unwrap() else { break };
        let mut line: Value = serde_json::from_str(&line).unwrap();
        let step = line.as_object_mut().and_then(|line| line.remove("step"));
        match step.as_ref().and_then(Value::as_str).unwrap() {
            "listening" => job::change(place),
            step => {
                if let ("cancelled", Some(host)) = (step, host) {
                    host.until_running(0).await;
                }
                found.insert(step.to_owned(), line);
            }
        }
    }
    let ended = child.wait().await.unwrap();
    assert!(ended.success(), "{ended} after {found:?}: {}", outcome());
    (found, outcome())
}

/// Performs the steps over all transports of the client.
async fn does_the_job(program: &str, sdk: u8, protocols: &[&str]) {
    let place = job::place();
    for protocol in protocols {
        for transport in TRANSPORTS {
            // Separate, so that clients do not share state.
            let host = Host::start(&place);
            host.until_ready().await;
            let listed = job::on_the_wire(&host).await;
            let mut job = json!({ "sdk": sdk, "protocol": protocol, "message": job::message() });
            let http = json!({ "url": host.url("/mcp"), "token": TOKEN });
            let stdio =
                json!({ "command": binary(), "args": ["serve", "--stdio"], "cwd": place.path("") });
            let server = match transport {
                Transport::Http => http,
                Transport::Stdio => stdio,
            };
            let (job_fields, server) = (job.as_object_mut().unwrap(), server.as_object());
            job_fields.extend(server.unwrap().clone());
            let host = (transport == Transport::Http).then_some(host);
            let (found, complaints) = run(program, &job, &place, host.as_ref()).await;
            println!("{program} {sdk}, {protocol} over {transport:?}");
            job::check(&found, protocol, &listed);
            // On stdio, the host's log is there as well.
            assert!(host.is_none() || complaints.is_empty(), "{complaints}");
            job::change_back(&place);
        }
    }
}

#[tokio::test]
async fn the_python_sdk_works() {
    does_the_job("job.py", 2, &[OLD, NEW]).await;
}

#[tokio::test]
async fn the_typescript_sdk_works() {
    does_the_job("job.mjs", 2, &[OLD, NEW]).await;
}

#[tokio::test]
async fn the_first_typescript_sdk_works() {
    does_the_job("job.mjs", 1, &[OLD]).await;
}
