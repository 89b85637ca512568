use std::time::Duration;

use crate::node::{Node, until};
use crate::server::Server;

const RUNS: &[(&str, &str)] = &[("numbers", "")];

fn calls(nodes: &[&Node], method: &str) -> u64 {
    nodes.iter().map(|node| node.calls("numbers", method)).sum()
}

async fn waiting(node: &Node, skill: &str) -> Vec<String> {
    let (schedules, skill) = (node.schedules(), skill.to_owned());
    let listed = tokio::task::spawn_blocking(move || schedules.of(&skill).unwrap());
    listed.await.unwrap().into_iter().map(|it| it.id).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn each_call_is_made_by_one_node_that_runs_the_skill() {
    let server = Server::start(&["a", "b", "c"]);
    let (a, b, c) = tokio::join!(
        Node::start(&server, "a", RUNS),
        Node::start(&server, "b", RUNS),
        Node::start(&server, "c", &[("other", "")]),
    );
    let removed = a.schedule("numbers", "answer", 600_000).await;
    assert_eq!(waiting(&b, "numbers").await, std::slice::from_ref(&removed));
    for at in 0..12 {
        let node = [&a, &b, &c][at % 3];
        node.schedule("numbers", "answer", 100 * at as u64).await;
    }
    // Nobody runs this one: it waits.
    let nobody = c.schedule("nobody", "answer", 0).await;
    until("all calls are made", async || {
        calls(&[&a, &b], "answer") >= 12
    })
    .await;
    // Both have looked once more since.
    tokio::time::sleep(Duration::from_secs(4)).await;
    assert_eq!(calls(&[&a, &b, &c], "answer"), 12);
    assert_eq!(
        c.orchestrator
            .metrics()
            .matches("method=\"answer\"")
            .count(),
        0
    );
    assert_eq!(waiting(&c, "nobody").await, [nobody]);
    let (schedules, id) = (b.schedules(), removed.clone());
    let unscheduled = tokio::task::spawn_blocking(move || {
        (
            schedules.remove("numbers", &id).unwrap(),
            schedules.remove("numbers", &id).unwrap(),
        )
    });
    assert_eq!(unscheduled.await.unwrap(), (true, false));
    assert!(waiting(&a, "numbers").await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_skill_has_as_many_waiting_calls_as_it_may_on_all_nodes_together() {
    let server = Server::start(&["a", "b"]);
    let (a, b) = tokio::join!(
        Node::start(&server, "a", RUNS),
        Node::start(&server, "b", RUNS)
    );
    let add = |node: &Node| {
        let schedules = node.schedules();
        tokio::task::spawn_blocking(move || {
            let call = luminarys_orchestrator::ScheduledCall {
                method: "answer".to_owned(),
                arguments: serde_json::json!({}),
            };
            let due = crate::node::now() + 600_000;
            (0..10)
                .filter(|_| schedules.add("numbers", due, &call, 12).is_ok())
                .count()
        })
    };
    let (one, other) = tokio::join!(add(&a), add(&b));
    assert_eq!(one.unwrap() + other.unwrap(), 12);
    assert_eq!(waiting(&a, "numbers").await.len(), 12);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_lost_node_was_to_do_is_done_and_what_it_did_is_reported() {
    let server = Server::start(&["a", "b"]);
    let a = Node::start(&server, "a", RUNS).await;
    // It is making these when it is lost, and has not come to the others.
    a.schedule("numbers", "spin", 0).await;
    a.schedule("numbers", "spin_again", 0).await;
    until("both are begun", async || {
        waiting(&a, "numbers").await.is_empty() && a.orchestrator.load() == 2
    })
    .await;
    let b = Node::start(&server, "b", RUNS).await;
    for _ in 0..3 {
        a.schedule("numbers", "answer", 8_000).await;
    }
    // To the others it is gone, as when it loses its network, and its calls go on.
    a.nodes.leave().await;
    until("what waited is done by the other one", async || {
        b.calls("numbers", "answer") == 3
    })
    .await;
    until("what cannot be repeated is reported", async || {
        b.denials("node a began it and is gone") == 1
    })
    .await;
    until("what can be repeated is", async || {
        b.calls("numbers", "spin_again") == 1
    })
    .await;
    assert_eq!(b.calls("numbers", "answer"), 3);
    assert_eq!(b.calls("numbers", "spin"), 0);
}
