//! Instances that are prepared before the call that needs them.

use std::net::TcpListener;

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

#[tokio::test]
async fn what_is_prepared_changes_and_reaches_nothing_that_the_manifest_grants() {
    let place = Place::new(&[]);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let granted = place.path("granted");
    std::fs::create_dir(&granted).unwrap();
    std::fs::write(granted.join("kept"), "kept").unwrap();
    std::fs::write(
        granted.join("address"),
        listener.local_addr().unwrap().to_string(),
    )
    .unwrap();
    let permissions = format!(
        "permissions: {{fs: {{enabled: true, dirs: ['{}:rw']}}, tcp: {{enabled: true, allowlist: ['127.0.0.1:*']}}, store: {{}}}}\n",
        granted.display()
    );
    place.deploy("held", "held", &permissions);
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
    ];
    assert_eq!(lines.len(), denied.len(), "{lines:?}");
    for (line, (what, error)) in lines.iter().zip(denied) {
        assert!(line.starts_with(what) && line.contains(error), "{line}");
    }
    let mut names: Vec<_> = std::fs::read_dir(&granted)
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    names.sort();
    assert_eq!(names, ["address", "kept"]);
    assert!(listener.accept().is_err(), "it was connected to");
}
