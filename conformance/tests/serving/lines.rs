//! Lines of standard input, and bodies, that are not messages.

use std::io::{BufRead as _, BufReader, Write as _};

use luminarys_testing::each_row;
use serde_json::{Value, json};

use crate::host::{Host, Place, TOKEN, start_stdio};

/// Writes `lines` to a host, ends its input, and returns what it answered.
fn answers(place: &Place, lines: &[u8]) -> Vec<Value> {
    let mut child = start_stdio(place);
    let mut input = child.stdin.take().unwrap();
    let initialize = json!({ "jsonrpc": "2.0", "id": 0, "method": "initialize", "params": {
        "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": { "name": "c", "version": "1" } } });
    writeln!(input, "{initialize}").unwrap();
    let initialized = json!({ "jsonrpc": "2.0", "method": "notifications/initialized" });
    writeln!(input, "{initialized}").unwrap();
    input.write_all(lines).unwrap();
    drop(input);
    let output = BufReader::new(child.stdout.take().unwrap());
    let answers = output
        .lines()
        .map(|line| serde_json::from_str(&line.unwrap()).unwrap());
    let answers = answers.skip(1).collect();
    assert!(child.wait().unwrap().success());
    answers
}

/// Texts that are not valid messages, with the error code and id of the response.
fn wrong() -> Vec<(Vec<u8>, i32, Value)> {
    let ping = |id: &str| format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"ping"}}"#);
    let (beyond, two) = (ping("1e400"), ping("1") + &ping("2"));
    let rows: [(&[u8], i32, Value); 13] = [
        (&b"hello"[..], -32700, Value::Null),
        (
            br#"{"jsonrpc":"2.0","id":5,"method":"ping""#,
            -32700,
            json!(5),
        ),
        (
            b"{\"jsonrpc\":\"2.0\",\"id\":\"x\",\"method\":\"\xff\"}",
            -32700,
            json!("x"),
        ),
        (
            br#"{"jsonrpc":"2.0","id":5,"method":"\ud800"}"#,
            -32700,
            json!(5),
        ),
        (beyond.as_bytes(), -32700, Value::Null),
        (two.as_bytes(), -32700, Value::Null),
        (b"\0\0\0", -32700, Value::Null),
        (b"7", -32600, Value::Null),
        (br#"{"jsonrpc":"2.0","id":5}"#, -32600, json!(5)),
        (br#"{"jsonrpc":"2.0","id":5,"method":5}"#, -32600, json!(5)),
        (
            br#"{"jsonrpc":"1.0","id":5,"method":"ping"}"#,
            -32600,
            json!(5),
        ),
        (
            br#"{"jsonrpc":"2.0","id":5,"method":"tools/list","params":{"cursor":5}}"#,
            -32602,
            json!(5),
        ),
        (
            br#"[{"jsonrpc":"2.0","id":5,"method":"ping"}]"#,
            -32600,
            Value::Null,
        ),
    ];
    rows.into_iter()
        .map(|(text, code, id)| (text.to_vec(), code, id))
        .collect()
}

#[tokio::test]
async fn every_line_of_standard_input_is_answered() {
    let place = Place::new(&["echo"]);
    let after = r#"{"jsonrpc":"2.0","id":"after","method":"ping"}"#;
    for (line, code, id) in wrong() {
        let shown = String::from_utf8_lossy(&line).into_owned();
        // The last line has no end.
        let lines = [&*line, b"\n\r\n\n", after.as_bytes()].concat();
        let answers = answers(&place, &lines);
        let [error, answer] = &answers[..] else {
            panic!("{shown}: {answers:?}")
        };
        assert_eq!(
            (&error["error"]["code"], &error["id"]),
            (&json!(code), &id),
            "{shown}"
        );
        assert_eq!(
            (&answer["id"], &answer["result"]),
            (&json!("after"), &json!({})),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn every_body_is_answered_alike() {
    let place = Place::new(&["echo"]);
    let host = Host::start(&place);
    for (body, code, id) in wrong() {
        let shown = String::from_utf8_lossy(&body).into_owned();
        let request = reqwest::Client::new()
            .post(host.url("/mcp"))
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .bearer_auth(TOKEN)
            .body(body);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 400, "{shown}");
        let error: Value = answer.json().await.unwrap();
        assert_eq!(
            (&error["error"]["code"], &error["id"]),
            (&json!(code), &id),
            "{shown}"
        );
    }
}

#[tokio::test]
async fn invalid_parameters_are_distinguished_from_unknown_methods() {
    let place = Place::new(&["echo"]);
    let rows = [
        ("tools/call", json!({ "name": 5 }), -32602),
        (
            "tools/call",
            json!({ "name": "echo_echo", "arguments": [] }),
            -32602,
        ),
        ("tools/call", json!({}), -32602),
        ("resources/read", json!({ "uri": 5 }), -32602),
        ("resources/read", json!({}), -32602),
        ("tools/list", json!({ "cursor": 5 }), -32602),
        ("resources/list", json!({ "cursor": {} }), -32602),
        ("tools/list", json!([]), -32602),
        ("tools/none", json!({}), -32601),
    ];
    each_row(rows, |(method, params, code)| {
        let request = json!({ "jsonrpc": "2.0", "id": 5, "method": method, "params": params });
        let answers = answers(&place, request.to_string().as_bytes());
        let [answer] = &answers[..] else {
            panic!("{request}: {answers:?}")
        };
        assert_eq!(
            (&answer["error"]["code"], &answer["id"]),
            (&json!(code), &json!(5)),
            "{answer}"
        );
        let message = answer["error"]["message"].as_str().unwrap();
        assert!(message.contains(method), "{message}");
    });
}

#[tokio::test]
async fn a_duplicate_id_is_rejected_and_the_first_call_answered() {
    let place = Place::new(&["probe"]);
    let sleep = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {
        "name": "probe_sleep", "arguments": { "milliseconds": 500 } } });
    let ping = json!({ "jsonrpc": "2.0", "id": 1, "method": "ping" });
    let answers = answers(&place, format!("{sleep}\n{ping}\n").as_bytes());
    let [refused, slept] = &answers[..] else {
        panic!("{answers:?}")
    };
    let message = refused["error"]["message"].as_str().unwrap();
    assert!(message.contains("id 1 is in use"), "{message}");
    assert_eq!(slept["result"]["content"][0]["text"], "slept");
}
