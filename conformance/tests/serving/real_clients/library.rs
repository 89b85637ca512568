//! rmcp's client.

use rmcp::model::{
    CallToolRequest, CallToolResult, ClientRequest, ContentBlock, ReadResourceRequestParams,
    ResourceContents, SubscriptionFilter,
};
use rmcp::service::PeerRequestOptions;
use serde_json::{Value, json};

use super::job::{self, Found, NEW, OLD, TRANSPORTS, Transport};
use crate::host::{
    Client, Host, Place, TIMEOUT, TOKEN, asking, call, connect, connect_stdio, protocols, tools,
    until,
};

fn result(answer: &CallToolResult) -> Value {
    let texts = answer.content.iter().filter_map(ContentBlock::as_text);
    let texts: Vec<&str> = texts.map(|text| text.text.as_str()).collect();
    let links: Vec<&str> = answer
        .content
        .iter()
        .filter_map(|block| match block {
            ContentBlock::ResourceLink(link) => Some(link.uri.as_str()),
            _ => None,
        })
        .collect();
    let failed = answer.is_error.unwrap_or(false);
    json!({ "texts": texts, "links": links, "structured": answer.structured_content, "failed": failed })
}

/// Starts a call that does not end, and cancels it after its first progress.
async fn endless(client: &Client) -> &'static str {
    client.service().progress.lock().unwrap().clear();
    let arguments = json!({ "steps": 4_000_000_000_u32, "pause_ms": 20 });
    let request = CallToolRequest::new(asking("probe_progress", arguments));
    let running = client
        .send_cancellable_request(
            ClientRequest::CallToolRequest(request),
            PeerRequestOptions::no_options(),
        )
        .await
        .unwrap();
    until(async || !client.service().progress.lock().unwrap().is_empty()).await;
    running.cancel(Some("enough".to_owned())).await.unwrap();
    "cancelled"
}

/// Changes the tools, waits for the notification, and lists them again.
async fn change(client: &Client, protocol: &str, place: &Place) -> Vec<String> {
    if protocol == OLD {
        job::change(place);
        let told = client.service().list_changed.notified();
        let told = tokio::time::timeout(TIMEOUT, told).await;
        told.expect("no tools/list_changed");
    } else {
        let filter = SubscriptionFilter::builder().tools_list_changed().build();
        let mut changes = client.listen(filter).await.unwrap();
        job::change(place);
        let told = tokio::time::timeout(TIMEOUT, changes.next()).await;
        assert!(told.expect("no tools/list_changed").unwrap().is_some());
    }
    tools(client).await
}

/// Reads a resource to its end.
async fn parts(client: &Client, link: &Value) -> Vec<String> {
    let (mut parts, mut next) = (Vec::new(), link.as_str().map(str::to_owned));
    while let Some(uri) = next {
        let asked = ReadResourceRequestParams::new(uri);
        let contents = client.read_resource(asked).await.unwrap().contents;
        let mut texts = contents.into_iter().map(|part| match part {
            ResourceContents::TextResourceContents { text, uri, .. } => (text, uri),
            other => panic!("{other:?}"),
        });
        parts.push(texts.next().unwrap().0);
        next = texts.next().map(|(_, uri)| uri);
    }
    parts
}

async fn run(client: &Client, protocol: &str, place: &Place, host: Option<&Host>) -> Found {
    let mut found = Found::new();
    let mut keep = |step: &str, value: Value| found.insert(step.to_owned(), value);
    let info = client.peer_info().unwrap();
    let connected =
        json!({ "server": info.server_info.as_ref().unwrap().name, "protocol": protocol });
    assert_eq!(info.protocol_version.as_str(), protocol);
    keep("connected", connected);
    let listed = client.list_all_tools().await.unwrap();
    keep("tools", json!({ "tools": listed }));
    let text = call(client, "echo_echo", json!({ "message": "hé" })).await;
    keep("text", result(&text));
    let structured = call(client, "probe_id_record", job::record()).await;
    keep("structured", result(&structured));
    let denied = call(client, "fs_read", json!({ "path": "/etc/passwd" })).await;
    keep("denied", result(&denied));
    let steps = json!({ "steps": 3, "pause_ms": 80 });
    call(client, "probe_progress", steps).await;
    let reports = client.service().progress.lock().unwrap().clone();
    keep("progress", json!({ "reports": reports }));
    keep("cancelled", json!({ "given": endless(client).await }));
    if let Some(host) = host {
        host.until_running(0).await;
    }
    // Its instance takes one call at a time: this one is answered only because the other has ended.
    let after = call(client, "probe_which", json!({ "first": "next" })).await;
    keep("after", result(&after));
    let changed = change(client, protocol, place).await;
    keep("changed", json!({ "tools": changed }));
    keep("new", result(&call(client, "second_ping", json!({})).await));
    let message = json!({ "message": job::message() });
    let mut long = result(&call(client, "echo_echo", message).await);
    long["parts"] = json!(parts(client, &long["links"][0]).await);
    long["listed"] = json!(client.list_all_resources().await.unwrap().len());
    keep("oversized", long);
    found
}

#[tokio::test]
async fn rmcp_works() {
    let place = job::place();
    for (lifecycle, protocol) in protocols().into_iter().zip([OLD, NEW]) {
        for transport in TRANSPORTS {
            let host = Host::start(&place);
            host.until_ready().await;
            let listed = job::on_the_wire(&host).await;
            let (client, host) = match transport {
                Transport::Http => {
                    let client = connect(&host, TOKEN, lifecycle.clone()).await.unwrap();
                    (client, Some(host))
                }
                Transport::Stdio => (connect_stdio(&place, lifecycle.clone()).await, None),
            };
            println!("rmcp, {protocol} over {transport:?}");
            let found = run(&client, protocol, &place, host.as_ref());
            let found = tokio::time::timeout(2 * TIMEOUT, found).await.unwrap();
            job::check(&found, protocol, &listed);
            client.cancel().await.unwrap();
            job::change_back(&place);
        }
    }
}
