//! Text of skills, clients and packages can neither look like the host's own messages nor displace them.

use std::process::Stdio;

use luminarys_testing::{each_row, each_row_async};
use serde_json::{Value, json};

use crate::host::{Client, Host, Place, TOKEN, call, connect, protocols, text};

/// Text that a malicious skill prints: a forged line of the host, and characters that hide or reorder.
const FORGED: &str = "it failed\n2026-01-01T00:00:00.000000Z  INFO forged: allowed\r\n\u{1b}[2J\u{9b}2J\u{202e}\u{200b}\
                      \u{2028}\u{e0041}luminarys: done\nluminarys: all is well";

fn hidden(text: &str) -> Option<char> {
    let shown = |c: char| matches!(c, '\n' | ' '..='~') || (c.is_alphanumeric() && !c.is_control());
    text.chars().find(|c| !shown(*c))
}

fn place(more: &str) -> Place {
    let place = Place::new(&["probe", "echo"]);
    place.write("luminarys.yaml", &place.config(more));
    place
}

async fn client(host: &Host) -> Client {
    let [old, _] = protocols();
    connect(host, TOKEN, old).await.unwrap()
}

/// Makes the skill print it in every way that ends in the log.
async fn say(client: &Client) {
    let failed = call(client, "probe_fail", json!({ "text": FORGED })).await;
    assert_eq!(failed.is_error, Some(true));
    let long = format!("long{}", "x".repeat(200_000));
    call(client, "probe_fail", json!({ "text": long })).await;
    let message = json!({ "level": "warn", "message": FORGED, "fields": [[FORGED, FORGED]] });
    call(client, "probe_log", message).await;
    for standard_error in [false, true] {
        let arguments = json!({ "text": FORGED, "standard_error": standard_error });
        call(client, "probe_print", arguments).await;
    }
    let denied = call(
        client,
        "probe_read",
        json!({ "path": format!("/{FORGED}") }),
    )
    .await;
    assert_eq!(denied.is_error, Some(true));
    // The error contains the name of a missing file.
    let unknown = json!({ "path": format!("relative{FORGED}") });
    call(client, "probe_read", unknown).await;
}

#[tokio::test]
async fn no_line_of_the_log_is_forged() {
    let place = place("");
    let host = Host::start(&place);
    say(&client(&host).await).await;
    let log = host.stop();
    assert!(log.contains("it failed") && log.contains("denied"), "{log}");
    for line in log.lines() {
        let own = line.starts_with(|c: char| c.is_ascii_digit()) && !line.starts_with("2026-01-01");
        assert!(own || line.starts_with("    "), "{line:?} in {log}");
    }
    assert_eq!(hidden(&log.replace('…', "")), None, "{log}");
    assert_bounded(&log);
}

/// Long text is logged and cut.
fn assert_bounded(log: &str) {
    let long = log.lines().filter(|line| line.contains("longxxx"));
    let lengths: Vec<usize> = long.map(str::len).collect();
    assert!(
        !lengths.is_empty() && lengths.iter().all(|length| *length < 20_000),
        "{lengths:?}"
    );
    assert!(log.contains("xxx… (65552 bytes)"), "{log}");
}

#[tokio::test]
async fn no_event_of_the_json_log_is_forged() {
    let place = place("log: {format: json}\n");
    let host = Host::start(&place);
    say(&client(&host).await).await;
    let log = host.stop();
    assert!(log.contains("it failed"), "{log}");
    for line in log.lines().filter(|line| !line.starts_with("luminarys: ")) {
        let event: Value =
            serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert!(event["timestamp"].is_string(), "{line}");
        assert!(event["fields"]["message"].is_string(), "{line}");
    }
    assert_eq!(hidden(&log.replace('…', "")), None, "{log}");
    assert_bounded(&log);
}

#[test]
fn no_line_of_a_command_is_forged() {
    let place = place("");
    let run = |arguments: &[&str]| {
        let output = place.command(arguments).output().unwrap();
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (text(output.stdout), text(output.stderr))
    };
    let argument = format!("text={FORGED}");
    let (_, told) = run(&["call", "probe", "fail", &argument]);
    let lines: Vec<&str> = told.lines().collect();
    assert!(
        lines[0].starts_with("luminarys: ") && lines[0].contains("it failed"),
        "{told}"
    );
    assert!(
        lines[1..].iter().all(|line| line.starts_with("  ")),
        "{told}"
    );
    assert_eq!(hidden(&told), None, "{told}");
    let (json, _) = run(&["call", "probe", "fail", &argument, "--output", "json"]);
    assert_eq!(hidden(&json), None, "{json}");
    let found: Value = serde_json::from_str(&json).unwrap();
    assert!(found["error"]["message"].as_str().unwrap().contains(FORGED));
    // A skill's result is printed verbatim for programs.
    let (result, _) = run(&["call", "probe", "id_string", &format!("value={FORGED}")]);
    assert_eq!(result, format!("{FORGED}\n"));
}

#[tokio::test]
async fn repeated_denials_are_counted() {
    let place = place("");
    let host = Host::start(&place);
    let client = client(&host).await;
    for _ in 0..300 {
        let denied = call(&client, "probe_read", json!({ "path": "/etc/passwd" })).await;
        assert_eq!(denied.is_error, Some(true));
    }
    call(&client, "probe_read", json!({ "path": "/etc/shadow" })).await;
    let log = host.stop();
    assert_eq!(log.matches("asked=/etc/passwd").count(), 1, "{log}");
    let written = std::fs::read_to_string(place.path("data/audit.jsonl")).unwrap();
    let records: Vec<Value> = written
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let of = |target: &str| {
        let counts = records.iter().filter(|record| record["target"] == target);
        let counts = counts.map(|record| record["count"].as_u64().unwrap_or(1));
        counts.collect::<Vec<_>>()
    };
    assert_eq!(of("/etc/passwd"), [1, 299], "{written}");
    assert_eq!(of("/etc/shadow"), [1], "{written}");
    let shown = place.command(&["audit", "--denied"]).output().unwrap();
    let shown = String::from_utf8(shown.stdout).unwrap();
    assert!(
        shown.contains("(299 times)") && shown.lines().count() == 3,
        "{shown}"
    );
}

#[tokio::test]
async fn a_full_disk_stops_what_must_be_written() {
    let rows = [(true, false), (false, true)];
    each_row_async(rows, async |(required, allowed)| {
        let place = place(&format!("audit: {{path: audit, required: {required}}}\n"));
        place.write("a.txt", "content");
        let grants = format!(
            "permissions: {{fs: {{enabled: true, dirs: ['{}:ro']}}}}\n",
            place.path("a.txt").display()
        );
        place.deploy("probe", "probe", &grants);
        for name in ["audit", "audit-allowed"] {
            std::os::unix::fs::symlink("/dev/full", place.path(name)).unwrap();
        }
        let host = Host::start(&place);
        let client = client(&host).await;
        for tool in ["probe_read", "probe_std_read"] {
            let arguments = json!({ "path": place.path("a.txt") });
            let answer = call(&client, tool, arguments).await;
            assert_eq!(answer.is_error != Some(true), allowed, "{answer:?}");
            if !allowed && tool == "probe_read" {
                let told = format!("{:?}", answer.content);
                assert!(told.contains("audit.required"), "{told}");
            }
        }
        // Calls without decisions continue.
        let echoed = call(&client, "echo_echo", json!({ "message": "still here" })).await;
        assert!(text(&echoed).contains("still here"), "{echoed:?}");
        let log = host.stop();
        assert!(
            log.contains("cannot be written") && log.contains("No space left"),
            "{log}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_stops_calls_between_skills() {
    let place = place("audit: {path: audit, required: true}\n");
    let open = "invoke_policy: {can_invoke: ['*'], can_be_invoked_by: ['*']}\n";
    for (id, skill) in [
        ("probe", "probe"),
        ("relay", "relay"),
        ("importer", "importer"),
        ("maths", "provider"),
    ] {
        place.deploy(id, skill, open);
    }
    let rows = ["audit", "audit-allowed"];
    each_row(rows, |name| {
        std::os::unix::fs::symlink("/dev/full", place.path(name)).unwrap();
    });
    let host = Host::start(&place);
    let client = client(&host).await;
    let outcome = json!({ "level": "error", "message": "it was called", "fields": [] }).to_string();
    let request = json!({ "skill": "probe", "method": "log", "arguments": outcome });
    let rows = [
        ("relay_pass_on", request),
        ("importer_total", json!({ "values": [1, 2] })),
    ];
    each_row_async(rows, async |(tool, arguments)| {
        let answer = call(&client, tool, arguments).await;
        let told = format!("{:?}", answer.content);
        assert!(
            answer.is_error == Some(true) && told.contains("audit.required"),
            "{tool}: {told}"
        );
    })
    .await;
    let calls = |skill: &str| format!("luminarys_calls_total{{skill=\"{skill}\"");
    assert!(host.metric_if_any(&calls("relay")).await.is_some());
    let rows = ["probe", "maths"];
    each_row_async(rows, async |callee| {
        let called = host.metric_if_any(&calls(callee)).await;
        assert_eq!(called, None, "{callee}");
    })
    .await;
    let log = host.stop();
    assert!(!log.contains("it was called"), "{log}");
}

/// A component without a signature, whose descriptor has `description`.
fn component(description: &str) -> Vec<u8> {
    let descriptor = json!({
        "version": 1, "id": "ai.example.hidden", "name": "n", "skill_version": "1.0.0", "abi": "typed",
        "description": description,
    });
    let name = b"luminarys:descriptor";
    let content = descriptor.to_string();
    let mut section = vec![u8::try_from(name.len()).unwrap()];
    section.extend_from_slice(name);
    section.extend_from_slice(content.as_bytes());
    let mut bytes = b"\0asm\x0d\0\x01\0\0".to_vec();
    let length = section.len();
    // In LEB128, of two bytes.
    bytes.push(u8::try_from(length & 0x7f).unwrap() | 0x80);
    bytes.push(u8::try_from(length >> 7).unwrap());
    bytes.extend(section);
    bytes
}

#[test]
fn packages_with_hidden_text_are_refused() {
    let place = Place::new(&[]);
    let key = "skills: ['*.skill.yaml']\ntrust: any\ndata_dir: data\nruntime: {cache_dir: cache}\n";
    place.write("luminarys.yaml", key);
    place.write(
        "hidden.skill.yaml",
        "id: hidden\npath: hidden.skill\npackage: {signer: unsigned}\n",
    );
    let rows = [
        ("plain", None),
        ("می‌خواهم 👩‍💻", None),
        ("safe\u{202e}txt", Some("U+202E (line 1, character 5)")),
        ("a\n b\u{e0041}", Some("U+E0041 (line 2, character 3)")),
        ("a\u{200b}b", Some("U+200B")),
        ("a\u{85}b", Some("U+0085")),
    ];
    each_row(rows, |(description, refused)| {
        std::fs::write(place.path("hidden.skill"), component(description)).unwrap();
        let output = place
            .command(&["check"])
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let shown = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        match refused {
            None => assert!(!shown.contains("the character U+"), "{shown}"),
            Some(part) => {
                assert_eq!(output.status.code(), Some(2), "{shown}");
                let expected = format!("description: the character {part}");
                assert!(shown.contains(&expected), "{shown}");
            }
        }
        assert_eq!(hidden(&shown.replace(['(', '—', '…'], "")), None, "{shown}");
    });
}
