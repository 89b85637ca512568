//! Instances that are prepared before the call that needs them.

use std::net::TcpListener;
use std::path::PathBuf;
use std::time::Duration;

use rmcp::model::CallToolResult;
use serde_json::json;

use crate::host::{Client, Host, Place, TOKEN, call, connect, protocols, until};

async fn tried(client: &Client) -> Vec<String> {
    let result: CallToolResult = call(client, "held_tried", json!({})).await;
    let content = result.structured_content.unwrap();
    let lines = content["result"].as_array().unwrap().iter();
    lines
        .map(|line| line.as_str().unwrap().to_owned())
        .collect()
}

/// Deploys `held` with a directory and a port, and every grant that it tries to use; `PREPARE` is `how`.
fn deploy(place: &Place, address: &str, how: &str) -> PathBuf {
    let granted = place.path("granted");
    std::fs::create_dir(&granted).unwrap();
    std::fs::write(granted.join("kept"), "kept").unwrap();
    std::fs::write(granted.join("address"), address).unwrap();
    let manifest = format!(
        "permissions: {{fs: {{enabled: true, dirs: ['{}:rw']}}, tcp: {{enabled: true, allowlist: ['127.0.0.1:*']}}, store: {{}}}}\n\
         invoke_policy: {{can_invoke: [echo]}}\nenv: {{PREPARE: {how}}}\n",
        granted.display()
    );
    place.deploy("held", "held", &manifest);
    place.deploy(
        "echo",
        "echo",
        "invoke_policy: {can_be_invoked_by: ['*']}\n",
    );
    granted
}

#[tokio::test]
async fn what_is_prepared_changes_and_reaches_nothing_that_the_manifest_grants() {
    let place = Place::new(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let granted = deploy(&place, &listener.local_addr().unwrap().to_string(), "usual");
    let host = Host::start(&place);
    let client = connect(&host, TOKEN, protocols()[0].clone()).await.unwrap();
    let mut lines = Vec::new();
    until(async || {
        lines = tried(&client).await;
        !lines.is_empty()
    })
    .await;
    let denied = [
        ("write", "Operation not permitted"),
        ("create", "Operation not permitted"),
        ("remove", "Operation not permitted"),
        ("connect", "the method is declared"),
        ("store", "the method is declared"),
        ("defer", "the method is declared"),
        ("invoke", "other skills cannot be called"),
    ];
    assert_eq!(lines.len(), denied.len(), "{lines:?}");
    for (line, (what, error)) in lines.iter().zip(denied) {
        assert!(line.starts_with(what) && line.contains(error), "{line}");
    }
    let entries = std::fs::read_dir(&granted).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["address", "kept"]);
    assert!(listener.accept().is_err(), "it was connected to");
}

#[tokio::test]
async fn an_instance_that_retires_or_leaves_files_open_serves_no_call() {
    for (how, logged) in [("retire", ""), ("open", "leaves 1 files open")] {
        let place = Place::new(&[]);
        deploy(&place, "127.0.0.1:9", how);
        let host = Host::start(&place);
        let client = connect(&host, TOKEN, protocols()[0].clone()).await.unwrap();
        for _ in 0..20 {
            assert_eq!(tried(&client).await, [""; 0], "{how}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        drop(client);
        let log = host.stop();
        assert!(log.contains(logged), "{how}: {log}");
    }
}

#[tokio::test]
async fn preparing_ends_with_the_grants() {
    let place = Place::new(&[]);
    deploy(&place, "127.0.0.1:9", "wait");
    let host = Host::start(&place);
    let client = connect(&host, TOKEN, protocols()[0].clone()).await.unwrap();
    assert_eq!(tried(&client).await, [""; 0]);
    let held = "luminarys_account{account=\"guest_memory\"}";
    until(async || host.metric(held).await > 1.0).await;
    std::fs::remove_file(place.path("held.skill.yaml")).unwrap();
    until(async || host.metric(held).await < 1.0).await;
}
