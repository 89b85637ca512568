//! The steps that each client performs, and the expected outcomes, which are the same for every client and transport.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::host::{Host, Place, TOKEN};

/// How a client is connected to a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Http,
    Stdio,
}

/// Both, for clients that support both.
pub const TRANSPORTS: [Transport; 2] = [Transport::Http, Transport::Stdio];

/// The protocol with sessions.
pub const OLD: &str = "2025-11-25";

/// The stateless protocol.
pub const NEW: &str = "2026-07-28";

/// The maximum number of characters of a result that are shown.
const SHOWN: usize = 1_000;

/// A client's findings at each step.
pub type Found = BTreeMap<String, Value>;

/// The served skills: `probe` takes one call at a time, and may run for an hour.
pub fn place() -> Place {
    let place = Place::new(&["echo", "fs"]);
    let patient = "runtime: {isolation: skill, cpu_timeout_ms: 3600000, timeout_ms: 3600000}\n";
    place.deploy("probe", "probe", patient);
    let short = format!("mcp: {{max_result_chars: {SHOWN}}}\n");
    place.write("luminarys.yaml", &place.config(&short));
    place
}

/// Makes the change that clients are notified of.
pub fn change(place: &Place) {
    place.deploy("second", "echo", "mcp: {exposed_methods: [ping]}\n");
}

/// Undoes it for the next client.
pub fn change_back(place: &Place) {
    std::fs::remove_file(place.path("second.skill.yaml")).unwrap();
}

/// A text to echo that is too long to be shown.
pub fn message() -> String {
    (0..250).map(|line| format!("line {line} ä\n")).collect()
}

/// The arguments of the call that returns an object.
pub fn record() -> Value {
    json!({ "value": { "name": "Ada", "age": 36, "tags": ["x"] } })
}

/// Lists the tools without a client: the raw JSON.
pub async fn on_the_wire(host: &Host) -> Value {
    let body = json!({
        "jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": { "_meta": {
            "io.modelcontextprotocol/protocolVersion": NEW,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": { "name": "c", "version": "1" },
        } },
    });
    let request = host
        .client
        .post(host.url("/mcp"))
        .bearer_auth(TOKEN)
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", NEW)
        .header("mcp-method", "tools/list")
        .json(&body);
    let text = request.send().await.unwrap().text().await.unwrap();
    // Alone, or as the data of an event.
    let text = text
        .lines()
        .map(|line| line.strip_prefix("data: ").unwrap_or(line))
        .find(|line| line.starts_with('{'));
    let answer: Value = serde_json::from_str(text.unwrap()).unwrap();
    assert_eq!(answer["result"].get("nextCursor"), None, "it is one page");
    answer["result"]["tools"].clone()
}

/// Fails unless the client's findings are the expected ones; `listed` is the raw JSON.
pub fn check(found: &Found, protocol: &str, listed: &Value) {
    let connected = json!({ "server": "luminarys", "protocol": protocol });
    assert_eq!(found["connected"], connected);
    check_tools(&found["tools"]["tools"], listed);
    check_calls(found);
    let reports = json!({ "reports": ["step 1", "step 2", "step 3"] });
    assert_eq!(found["progress"], reports);
    assert_eq!(found["cancelled"], json!({ "given": "cancelled" }));
    assert_eq!(found["after"], text_answer("next None None"));
    let mut names = names(listed);
    names.push("second_ping");
    let mut anew: Vec<&str> = strings(&found["changed"]["tools"]);
    anew.sort_unstable();
    names.sort_unstable();
    assert_eq!(anew, names);
    assert_eq!(found["new"], text_answer("pong"));
    check_oversized(&found["oversized"]);
}

/// Fails unless a client has the tools of the raw JSON, with all fields.
pub fn check_tools(tools: &Value, listed: &Value) {
    let (tools, listed) = (tools.as_array().unwrap(), listed.as_array().unwrap());
    assert_eq!(tools.len(), listed.len());
    for (tool, listed) in tools.iter().zip(listed) {
        assert_eq!(tool, listed);
    }
}

/// Fails unless the outcomes of calls are a text, an object, and a denial with the line that allows it.
pub fn check_calls(found: &Found) {
    assert_eq!(found["text"], text_answer("hé"));
    let structured = &found["structured"];
    assert_eq!(structured["structured"], record()["value"]);
    assert_eq!(structured["failed"], json!(false));
    let text: Value = serde_json::from_str(strings(&structured["texts"])[0]).unwrap();
    assert_eq!(text, record()["value"]);
    let denied = &found["denied"];
    assert_eq!(denied["failed"], json!(true));
    let offered = "to allow it, add to the manifest: permissions.fs: {enabled: true, dirs: [\"/etc/passwd:ro\"]}";
    let texts = strings(&denied["texts"]);
    assert!(texts.last().unwrap().ends_with(offered), "{texts:?}");
}

/// Fails unless a long result was cut, and the resource that it links is the rest of it.
pub fn check_oversized(found: &Value) {
    let message = message();
    let texts = strings(&found["texts"]);
    assert!(texts[0].chars().count() <= SHOWN, "{}", texts[0]);
    let of = format!("of {} characters", message.chars().count());
    assert!(texts[1].contains(&of), "{}", texts[1]);
    let whole = format!("{}{}", texts[0], strings(&found["parts"]).concat());
    assert!(whole == message, "{whole}");
    assert_eq!(found["listed"], json!(1));
}

/// An answer that is this text alone.
fn text_answer(text: &str) -> Value {
    json!({ "texts": [text], "links": [], "structured": null, "failed": false })
}

/// The names of tools.
fn names(tools: &Value) -> Vec<&str> {
    let tools = tools.as_array().unwrap();
    tools
        .iter()
        .filter_map(|tool| tool["name"].as_str())
        .collect()
}

fn strings(value: &Value) -> Vec<&str> {
    let values = value.as_array().unwrap_or_else(|| panic!("{value}"));
    values.iter().filter_map(Value::as_str).collect()
}
