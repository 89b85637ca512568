//! Instances that are kept for sessions: sessions that nobody ends take neither memory nor the turns of others.

use serde_json::json;

use crate::host::{Host, TOKEN, call, connect, protocols, text, until};
use crate::raw::{call_in, place, session};

/// Sessions that a client leaves open.
const OPEN: usize = 1_000;
/// Instances that the manifest lets the skill keep.
const KEPT: usize = 8;
/// The allowed growth of the host's memory, in MiB: that of sessions and connections, but not of a thousand instances.
const GROWTH: u64 = 300;

/// Calls the method that counts the calls of its instance.
async fn count(host: &Host, session: &str) -> String {
    let (status, answer) = call_in(host, TOKEN, session, "probe_count").await;
    assert_eq!(status, 200, "{answer}");
    let (_, rest) = answer.split_once("\"text\":\"").unwrap();
    rest.split('"').next().unwrap().to_owned()
}

#[tokio::test]
async fn sessions_left_open_by_the_thousand_keep_few_instances() {
    let place = place(
        &["echo"],
        &format!(
            ", max_sessions: {0}, max_sessions_per_client: {0}",
            OPEN + 100
        ),
    );
    let kept = format!("runtime: {{isolation: session, max_sessions: {KEPT}}}\n");
    place.deploy("probe", "probe", &kept);
    let host = Host::start(&place);
    let first = session(&host, TOKEN).await;
    assert_eq!(count(&host, &first).await, "1");
    assert_eq!(count(&host, &first).await, "2");
    let before = host.resident_mib();
    let mut open = Vec::new();
    for _ in 0..OPEN {
        let one = session(&host, TOKEN).await;
        assert_eq!(count(&host, &one).await, "1");
        open.push(one);
    }
    let after = host.resident_mib();
    assert!(after < before + GROWTH, "{before} MiB, then {after} MiB");
    // Others are served, the last sessions have their instances, and the first begin anew.
    let client = connect(&host, TOKEN, protocols()[0].clone()).await.unwrap();
    let answer = call(&client, "echo_echo", json!({ "message": "here" })).await;
    assert_eq!(text(&answer), "here");
    for one in &open[OPEN - KEPT..] {
        assert_eq!(count(&host, one).await, "2");
    }
    assert_eq!(count(&host, &first).await, "1");
}

#[tokio::test]
async fn an_idle_session_loses_its_instance_and_its_memory() {
    let place = place(&[], "");
    let kept = "runtime: {isolation: session, session_idle_ms: 1}\n";
    place.deploy("probe", "probe", kept);
    let host = Host::start(&place);
    let own = session(&host, TOKEN).await;
    assert_eq!(count(&host, &own).await, "1");
    // Nobody calls, and what is held for instances is given back.
    let held = "luminarys_account{account=\"guest_memory\"}";
    until(async || host.metric(held).await < 1.0).await;
    assert_eq!(count(&host, &own).await, "1");
}
