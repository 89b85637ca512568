//! Resource use of malicious skills on a shared host: each is driven to its limit, which is named, and the
//! process stays within its limits.

use futures::future::join_all;
use luminarys_testing::each_row_async;
use serde_json::{Value, json};

use crate::host::{Client, Host, Place, TOKEN, call, connect, protocols, text, until};

/// The limits of the host's memory for all skills, and of all instances, in MiB.
const HELD: u64 = 128;
const GUESTS: u64 = 256;

/// The allowed overhead in MiB: the program, its compiled code, and memory held briefly before it is charged.
const ELSE: u64 = 220;

/// A host with two malicious skills and a normal one.
fn place() -> Place {
    let place = Place::new(&["echo"]);
    let limits = format!("max_held_mb: {HELD}, max_guest_memory_mb: {GUESTS}");
    let config = place.config("");
    let config = config.replace("runtime: {", &format!("runtime: {{{limits}, "));
    place.write("luminarys.yaml", &config);
    std::fs::create_dir(place.path("shared")).unwrap();
    place.write("shared/file", "content");
    let shared = place.path("shared");
    let shared = shared.display();
    for (id, other) in [("a", "b"), ("b", "a")] {
        let policy = format!(
            "invoke_policy: {{can_invoke: [{other}], can_be_invoked_by: [{other}]}}\n\
             permissions: {{events: {{emit: ['**'], subscribe: ['**']}}, fs: {{enabled: true, dirs: ['{shared}:ro']}}}}\n\
             runtime: {{max_held_mb: 64, isolation: call}}\n"
        );
        place.deploy(id, "hungry", &policy);
    }
    place
}

async fn client(host: &Host) -> Client {
    let [protocol, _] = protocols();
    connect(host, TOKEN, protocol).await.unwrap()
}

/// Calls a tool, expects an answer containing `expected`, and that the host still serves others within its limits.
async fn drive(tool: &str, arguments: Value, expected: &str) {
    let place = place();
    let host = Host::start(&place);
    let client = client(&host).await;
    let answer = text(&call(&client, tool, arguments).await);
    assert!(answer.contains(expected), "{tool}: {answer}");
    assert_serves(&host, &client).await;
}

async fn assert_serves(host: &Host, client: &Client) {
    let served = call(client, "echo_echo", json!({ "message": "still there" })).await;
    assert!(text(&served).contains("still there"), "{served:?}");
    let peak = host.peak_resident_mib();
    assert!(peak < HELD + GUESTS + ELSE, "{peak} MiB");
}

#[tokio::test]
async fn deferred_calls() {
    let place = place();
    let host = Host::start(&place);
    let client = client(&host).await;
    let rows = [
        (15_000_000, 5, "max_held_mb"),
        (900_000, 90, "max_held_mb"),
        (100, 200, "max_live_memory_mb"),
    ];
    each_row_async(rows, async |(bytes, count, expected)| {
        let asked = json!({ "bytes": bytes, "count": count });
        let answer = text(&call(&client, "a_defer", asked).await);
        // Either the skill gets an error, or its deferred call fails.
        until(async || answer.contains(expected) || host.log().contains(expected)).await;
    })
    .await;
    assert_serves(&host, &client).await;
}

#[tokio::test]
async fn a_batch_that_is_not_allowed_is_not_parsed() {
    let asked = json!({ "skill": "echo", "count": 64, "bytes": 1_000_000 });
    drive("a_batch", asked, "denied").await;
}

#[tokio::test]
async fn a_batch() {
    let asked = json!({ "skill": "b", "count": 64, "bytes": 1_000_000 });
    drive("a_batch", asked, "_mb").await;
}

#[tokio::test]
async fn a_batch_of_long_names() {
    let asked = json!({ "skill": "x".repeat(150_000), "count": 100, "bytes": 2 });
    drive("a_batch", asked, "at most 256 bytes").await;
}

#[tokio::test]
async fn long_messages() {
    let asked = json!({ "count": 20, "bytes": 50_000_000 });
    drive("a_say", asked, "50000000").await;
}

#[tokio::test]
async fn long_errors() {
    let rows = ["a_fail", "a_give_up"];
    each_row_async(rows, async |tool| {
        let place = place();
        let host = Host::start(&place);
        let client = client(&host).await;
        let answer = text(&call(&client, tool, json!({ "bytes": 50_000_000 })).await);
        assert!(answer.len() < 100_000, "{} bytes", answer.len());
        assert!(answer.starts_with("aaa") && answer.ends_with('…'), "{tool}");
        assert_serves(&host, &client).await;
    })
    .await;
}

#[tokio::test]
async fn undelivered_events() {
    let place = place();
    let host = Host::start(&place);
    let client = client(&host).await;
    assert_eq!(
        text(&call(&client, "b_hear", json!({ "topic": "t" })).await),
        ""
    );
    let told = json!({ "topic": "t", "count": 100, "bytes": 900_000 });
    assert_eq!(text(&call(&client, "a_emit", told).await), "");
    until(async || host.log().contains("events are lost")).await;
    assert_serves(&host, &client).await;
}

#[tokio::test]
async fn header_fields() {
    drive("a_fields", json!({}), "max_held_mb").await;
}

#[tokio::test]
async fn outgoing_requests() {
    drive("a_requests", json!({}), "max_held_mb").await;
}

#[tokio::test]
async fn unrequested_progress() {
    drive("a_progress", json!({ "milliseconds": 1_000 }), "").await;
}

#[tokio::test]
async fn open_files() {
    let place = place();
    let host = Host::start(&place);
    let client = client(&host).await;
    let path = place.path("shared/file");
    let asked = json!({ "path": path, "count": 1_000_000 });
    let answer = text(&call(&client, "a_open_files", asked).await);
    assert!(answer.contains("Out of memory"), "{answer}");
    assert_serves(&host, &client).await;
}

#[tokio::test]
async fn results() {
    drive("a_nested", json!({ "bytes": 3_000_000 }), "max_held_mb").await;
}

#[tokio::test]
async fn memory_of_many_instances() {
    let place = place();
    let host = Host::start(&place);
    let client = client(&host).await;
    let calls = (0..40).map(|_| {
        let asked = json!({ "bytes": 50_000_000, "milliseconds": 500 });
        call(&client, "a_allocate", asked)
    });
    let answers = join_all(calls).await;
    let answers: Vec<String> = answers.iter().map(text).collect();
    let refused = |answer: &&String| answer.contains("max_live_memory_mb");
    let served = |answer: &&String| answer.as_str() == "50000000";
    let (refused, served) = (
        answers.iter().filter(refused),
        answers.iter().filter(served),
    );
    assert!(refused.count() > 0 && served.count() > 0, "{answers:?}");
    assert_serves(&host, &client).await;
}

#[tokio::test]
async fn two_skills_that_wait_for_each_other() {
    let place = place();
    for (id, other) in [("a", "b"), ("b", "a")] {
        let manifest = format!(
            "invoke_policy: {{can_invoke: [{other}], can_be_invoked_by: [{other}]}}\nruntime: {{isolation: skill}}\n"
        );
        place.deploy(id, "hungry", &manifest);
    }
    let host = Host::start(&place);
    let client = client(&host).await;
    let wait = "{\"milliseconds\": 1}";
    let asked = |skill: &str| json!({ "milliseconds": 300, "skill": skill, "method": "wait", "arguments": wait });
    let (one, two, third) = tokio::join!(
        call(&client, "a_wait_and_call", asked("b")),
        call(&client, "b_wait_and_call", asked("a")),
        call(&client, "a_wait", json!({ "milliseconds": 1 })),
    );
    let answers = [text(&one), text(&two)];
    let deadlock =
        |answer: &String| answer.contains("unavailable: deadlock:") && answer.contains(" → ");
    assert!(answers.iter().any(deadlock), "{answers:?}");
    assert_eq!(text(&third), "waited");
    assert_serves(&host, &client).await;
}
