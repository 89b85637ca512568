//! Hints about a tool's effects, before a call.

use luminarys_testing::each_row;
use rmcp::model::{Tool, ToolAnnotations};

use crate::host::{Host, Place, TOKEN, connect, connect_stdio, protocols};

/// Read-only, destructive, idempotent, open world: all four, and a title that is the same in both places.
fn told(tools: &[Tool], name: &str) -> (String, [bool; 4]) {
    let tool = tools.iter().find(|tool| tool.name == name).unwrap();
    let annotations: &ToolAnnotations = tool.annotations.as_ref().unwrap();
    assert_eq!(annotations.title, tool.title, "{name}");
    let hints = [
        annotations.read_only_hint,
        annotations.destructive_hint,
        annotations.idempotent_hint,
        annotations.open_world_hint,
    ];
    let title = tool.title.clone().unwrap();
    (title, hints.map(|hint| hint.unwrap()))
}

#[tokio::test]
async fn every_tool_has_a_title_and_all_four_hints() {
    let place = Place::new(&["echo", "held"]);
    place.deploy(
        "open",
        "held",
        "permissions: {http: {enabled: true, allowlist: ['https://example.com/**']}}\n",
    );
    place.deploy(
        "whole",
        "held",
        "mcp: {mapping: per_skill, exposed_methods: [look, settle]}\n",
    );
    let host = Host::start(&place);
    for protocol in protocols() {
        let clients = [
            connect(&host, TOKEN, protocol.clone()).await.unwrap(),
            connect_stdio(&place, protocol).await,
        ];
        for client in clients {
            let tools = client.list_all_tools().await.unwrap();
            for tool in &tools {
                told(&tools, &tool.name);
            }
            let rows = [
                ("echo_echo", "Echo", [true, false, true, false]),
                // No grant reaches external systems.
                ("held_look", "Look", [true, false, true, false]),
                ("held_put", "Put", [false, true, false, false]),
                ("open_look", "Look", [true, false, true, true]),
                ("open_put", "Put", [false, true, false, true]),
                (
                    "open_settle",
                    "Finish in a call that may change nothing",
                    [true, false, true, true],
                ),
                ("whole", "Whole", [true, false, true, false]),
            ];
            each_row(rows, |(name, title, hints)| {
                assert_eq!(told(&tools, name), (title.to_owned(), hints), "{name}");
            });
        }
    }
}
