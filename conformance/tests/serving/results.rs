//! Results as clients see them.

use luminarys_testing::each_row_async;
use rmcp::model::{CallToolResult, ContentBlock, ReadResourceRequestParams, ResourceContents};
use rmcp::service::ServiceError;
use serde_json::json;

use crate::host::{
    Client, Host, Place, TOKEN, call, connect, connect_stdio, protocols, text, tools,
};

const SHORT: &str = "mcp: {max_result_chars: 1000}\n";

fn link(result: &CallToolResult) -> String {
    let mut links = result.content.iter().filter_map(|block| match block {
        ContentBlock::ResourceLink(resource) => Some(resource.uri.clone()),
        _ => None,
    });
    links.next().unwrap()
}

/// Reads from `uri` to the end.
async fn read_all(client: &Client, uri: String) -> String {
    let (mut all, mut next) = (String::new(), Some(uri));
    while let Some(uri) = next {
        let asked = ReadResourceRequestParams::new(uri);
        let answer = client.read_resource(asked).await.unwrap();
        let mut parts = answer.contents.into_iter().map(|part| match part {
            ResourceContents::TextResourceContents { text, uri, .. } => (text, uri),
            other => panic!("{other:?}"),
        });
        let (text, _) = parts.next().unwrap();
        assert!(text.chars().count() <= 1_000);
        all.push_str(&text);
        next = parts.next().map(|(_, uri)| uri);
    }
    all
}

#[tokio::test]
async fn a_long_result_is_cut_and_the_rest_is_a_resource_of_the_session() {
    let place = Place::new(&["echo"]);
    place.write("luminarys.yaml", &place.config(SHORT));
    let host = Host::start(&place);
    let [old, new] = protocols();
    let mut clients = Vec::new();
    let rows = [&old, &new];
    each_row_async(rows, async |protocol| {
        clients.push(connect(&host, TOKEN, protocol.clone()).await.unwrap());
        clients.push(connect_stdio(&place, protocol.clone()).await);
    })
    .await;
    let message: String = (0..700).map(|line| format!("line {line} ä\n")).collect();
    for client in &clients {
        let arguments = json!({ "message": message });
        let result = call(client, "echo_echo", arguments).await;
        let shown = text(&result);
        assert!(
            shown.chars().count() <= 1_000 && shown.ends_with("ä\n"),
            "{shown}"
        );
        assert_eq!(result.structured_content, None);
        let whole = format!("{shown}{}", read_all(client, link(&result)).await);
        assert!(whole == message, "{whole}");
        let notice = result.content[1].as_text().unwrap().text.clone();
        let count = message.chars().count();
        assert!(
            notice.contains(&format!("of {count} characters")),
            "{notice}"
        );
        let listed = client.list_all_resources().await.unwrap();
        assert_eq!(listed.len(), 1, "{listed:?}");
        assert!(read_all(client, listed[0].uri.clone()).await == message);
        let short = call(client, "echo_ping", json!({})).await;
        assert_eq!((short.content.len(), text(&short)), (1, "pong".to_owned()));
    }
    // It belongs to its session only.
    let result = call(&clients[0], "echo_echo", json!({ "message": message })).await;
    let other = connect(&host, TOKEN, old).await.unwrap();
    let asked = ReadResourceRequestParams::new(link(&result));
    let uri = asked.uri.clone();
    let ServiceError::McpError(error) = other.read_resource(asked).await.unwrap_err() else {
        panic!("it is an error of the protocol");
    };
    assert!(error.message.contains("no such result"), "{error}");
    assert_eq!(error.data, Some(json!({ "uri": uri })));
    assert!(other.list_all_resources().await.unwrap().is_empty());
}

#[tokio::test]
async fn instructions_describe_the_skills() {
    let place = Place::new(&[]);
    place.deploy("my-echo.v2", "echo", "description: \"Says it\\nagain.\"\n");
    place.deploy(
        "short",
        "echo",
        "mcp: {name: '', exposed_methods: [ping]}\n",
    );
    let host = Host::start(&place);
    for protocol in protocols() {
        let client = connect(&host, TOKEN, protocol).await.unwrap();
        assert_eq!(
            tools(&client).await,
            [
                "my_echo_v2_echo",
                "my_echo_v2_ping",
                "my_echo_v2_reverse",
                "ping"
            ]
        );
        let page = client.list_tools(None).await.unwrap();
        let fresh = serde_json::to_value(&page).unwrap();
        assert_eq!(
            (&fresh["ttlMs"], &fresh["cacheScope"]),
            (&json!(60_000), &json!("private"))
        );
        let info = client.peer_info().unwrap();
        let instructions = info.instructions.clone().unwrap();
        assert!(
            instructions.contains("\n- my_echo_v2_*: Says it again."),
            "{instructions}"
        );
        assert!(instructions.contains("\n- short: "), "{instructions}");
    }
}

#[tokio::test]
async fn clients_that_cannot_be_told_apart_get_an_empty_list() {
    let place = Place::new(&["echo"]);
    let open = place
        .config(SHORT)
        .replace(&format!("auth: {{tokens: [{TOKEN}]}}, "), "");
    place.write("luminarys.yaml", &open);
    let host = Host::start(&place);
    let [old, new] = protocols();
    let client = connect(&host, TOKEN, new).await.unwrap();
    let message = "line\n".repeat(1_000);
    let result = call(&client, "echo_echo", json!({ "message": message })).await;
    let uri = link(&result);
    assert!(client.list_all_resources().await.unwrap().is_empty());
    // Clients that know its URI can read it, and no session of another client can.
    assert!(read_all(&client, uri.clone()).await.len() > 1_000);
    let other = connect(&host, TOKEN, old).await.unwrap();
    assert!(
        other
            .read_resource(ReadResourceRequestParams::new(uri))
            .await
            .is_err()
    );
}
