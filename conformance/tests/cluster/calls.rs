//! Calls of skills that other nodes run.

use std::time::Duration;

use serde_json::json;

use crate::host::{TOKEN, asking, connect, protocols, tools};
use crate::nats::Nats;
use crate::node::Machine;
use crate::world::World;

const ECHO: [&str; 3] = ["echo_echo", "echo_ping", "echo_reverse"];

pub async fn tools_of_other_nodes_are_called() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    b.deploy("echo", "echo", "");
    let (a, b) = (a.start().await, b.start().await);
    a.until_tools(&ECHO).await;
    let answer = a.call("echo_echo", json!({ "message": "привет" })).await;
    assert_eq!(answer.unwrap(), "привет");
    let error = a.call("echo_echo", json!({})).await.unwrap_err();
    assert!(
        error.contains("node b: ") && error.contains("missing required parameter: message"),
        "{error}"
    );
    // The older protocol, and the list of the node that runs it.
    for protocol in protocols() {
        for node in [&a, &b] {
            let client = connect(&node.host, TOKEN, protocol.clone()).await.unwrap();
            assert_eq!(tools(&client).await, ECHO);
            let answer = client.call_tool(asking("echo_reverse", json!({ "message": "ab" })));
            assert_ne!(answer.await.unwrap().is_error, Some(true));
        }
    }
    let served = b
        .host
        .metric("luminarys_cluster_calls_total{direction=\"in\",node=\"a\",outcome=\"ok\"}")
        .await;
    assert!((served - 3.0).abs() < 0.5, "{served}");
}

pub async fn skills_call_skills_of_other_nodes() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    let open = "invoke_policy: { can_invoke: ['*'], can_be_invoked_by: ['*'] }\n";
    a.deploy("first", "relay", open);
    a.deploy("third", "relay", open);
    b.deploy("second", "relay", open);
    b.deploy("echo", "echo", open);
    let (a, b) = (a.start().await, b.start().await);
    let call = |skill: &str, method: &str, arguments: &str| json!({ "skill": skill, "method": method, "arguments": arguments });
    for tool in ["second_chain", "echo_echo"] {
        a.until_tool(tool).await;
    }
    b.until_tool("third_chain").await;
    let echo = call("echo", "echo", "{\"message\": \"x\"}");
    assert_eq!(a.call("first_pass_on", echo).await.unwrap(), "\"x\"");
    // Here, there, and here again.
    let there_and_back = json!({ "skills": ["second", "third", "echo"] });
    let error = a.call("first_chain", there_and_back).await.unwrap_err();
    assert!(error.contains("echo has no method chain"), "{error}");
    let circle = json!({ "skills": ["second", "third", "first"] });
    let error = a.call("first_chain", circle).await.unwrap_err();
    let expected = "first is being called already: first → second → third → first";
    assert!(error.contains(expected), "{error}");
    let names = a.call("first_callable_skills", json!({})).await.unwrap();
    assert_eq!(names, r#"["echo","second","third"]"#);
    let found = a.call("first_find", json!({ "query": "reverse" })).await;
    assert!(found.unwrap().contains("\"reverse\""));
}

pub async fn large_arguments_and_results() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    b.deploy("echo", "echo", "");
    let (a, _b) = (a.start().await, b.start().await);
    a.until_tools(&ECHO).await;
    // More than a message of the server may have.
    let message = "0123456789abcdef".repeat(200_000);
    let answer = a.call("echo_echo", json!({ "message": message })).await;
    let answer = answer.unwrap();
    // The host shortens what a client gets, and keeps the rest.
    assert!(message.starts_with(&answer[..1_000]), "{}", &answer[..100]);
}

pub async fn progress_and_cancellation_travel() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b"]);
    let (a, b) = (Machine::new(&world, "a", 0), Machine::new(&world, "b", 1));
    b.deploy("probe", "probe", "");
    let (a, b) = (a.start().await, b.start().await);
    b.host.until_ready().await;
    a.until_tool("probe_progress").await;
    let arguments = json!({ "steps": 3, "pause_ms": 120 });
    a.call("probe_progress", arguments).await.unwrap();
    let told = a.client.service().progress.lock().unwrap().clone();
    assert_eq!(told, ["step 1", "step 2", "step 3"]);

    let sleeping = asking("probe_sleep", json!({ "milliseconds": 60_000 }));
    let calling = tokio::spawn({
        let peer = a.client.peer().clone();
        async move { peer.call_tool(sleeping).await }
    });
    b.host.until_running(1).await;
    calling.abort();
    // The connection of the request ends, and with it the call on the other node.
    b.host.until_running(0).await;
    a.host.until_running(0).await;
}

pub async fn a_nearer_skill_comes_first() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b", "c"]);
    let names = ["a", "b", "c"];
    let machines: Vec<Machine<'_>> = (0..3)
        .map(|at| Machine::new(&world, names[usize::from(at)], at))
        .collect();
    let [a, b, c] = &machines[..] else { panic!() };
    for machine in [b, c] {
        machine.deploy("echo", "echo", "");
    }
    let (one, two, three) = (a.start().await, b.start().await, c.start().await);
    one.until_tools(&ECHO).await;
    for node in [&one, &two, &three] {
        node.until_members(3).await;
    }
    let served = |node: &'static str| {
        format!("luminarys_cluster_calls_total{{direction=\"out\",node=\"{node}\",outcome=\"ok\"}}")
    };
    for _ in 0..20 {
        one.call("echo_ping", json!({})).await.unwrap();
        two.call("echo_ping", json!({})).await.unwrap();
    }
    // The node that runs it asks nobody; the other one asks both.
    assert_eq!(two.host.metric_if_any(&served("c")).await, None);
    let to_b = one.host.metric(&served("b")).await;
    let to_c = one.host.metric(&served("c")).await;
    assert!(
        (to_b + to_c - 20.0).abs() < 0.5 && to_b > 4.0 && to_c > 4.0,
        "{to_b} {to_c}"
    );
    // From now on it runs there as well, and then no more.
    a.deploy("echo", "echo", "");
    let local = "luminarys_calls_total{skill=\"echo\",method=\"ping\",outcome=\"ok\"}";
    let before = one.host.metric(local).await;
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    one.host.until_ready().await;
    for _ in 0..5 {
        one.call("echo_ping", json!({})).await.unwrap();
    }
    assert!((one.host.metric(local).await - before - 5.0).abs() < 0.5);
    let both = one.host.metric(&served("b")).await + one.host.metric(&served("c")).await;
    assert!((both - 20.0).abs() < 0.5, "{both}");
    a.remove("echo");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    one.call("echo_ping", json!({})).await.unwrap();
    let both = one.host.metric(&served("b")).await + one.host.metric(&served("c")).await;
    assert!((both - 21.0).abs() < 0.5, "{both}");
}

pub async fn versions_run_side_by_side() {
    let world = World::new();
    let _nats = Nats::start(&world, 1, &["a", "b", "c"]);
    let a = Machine::new(&world, "a", 0);
    let (b, c) = (Machine::new(&world, "b", 1), Machine::new(&world, "c", 2));
    b.deploy("echo", "echo", "");
    // Another description of the same package: this node hides a method.
    c.deploy("echo", "echo", "mcp: { hidden_methods: [reverse] }\n");
    let (a, b, c) = (a.start().await, b.start().await, c.start().await);
    for node in [&a, &b, &c] {
        node.until_members(3).await;
    }
    // One of the two, and calls go to the node that describes it so.
    let mut listed = tools(&a.client).await;
    for _ in 0..500 {
        if listed.len() >= 2 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
        listed = tools(&a.client).await;
    }
    let expected = if listed.len() == 3 { "b" } else { "c" };
    for _ in 0..6 {
        a.call("echo_ping", json!({})).await.unwrap();
    }
    let served = format!(
        "luminarys_cluster_calls_total{{direction=\"out\",node=\"{expected}\",outcome=\"ok\"}}"
    );
    let served = a.host.metric(&served).await;
    assert!((served - 6.0).abs() < 0.5, "{served}");
    let stopped = if expected == "b" { b } else { c };
    stopped.host.stop();
    // The other one does it from now on.
    a.until_members(2).await;
    a.until_tools(if expected == "b" { &ECHO[..2] } else { &ECHO })
        .await;
    a.call("echo_ping", json!({})).await.unwrap();
}
