use crate::node::{Node, until};
use crate::server::Server;

const SUBSCRIBES: &str =
    "permissions: { events: { emit: [\"orders/**\"], subscribe: [\"orders/**\"] } }";
const EMITS: &str = "permissions: { events: { emit: [\"orders/**\"] } }";

fn got(node: &Node, skill: &str) -> u64 {
    node.calls(skill, "on_event")
}

#[tokio::test(flavor = "multi_thread")]
async fn each_subscribed_skill_gets_an_event_on_one_node() {
    let server = Server::start(&["a", "b", "c"]);
    let numbers: &[(&str, &str)] = &[("numbers", SUBSCRIBES)];
    let (a, b, c) = tokio::join!(
        Node::start(&server, "a", numbers),
        Node::start(&server, "b", numbers),
        Node::start(&server, "c", &[("other", EMITS), ("third", SUBSCRIBES)]),
    );
    // An event for `numbers` and `third` reaches both, wherever it is emitted, once all know of each other.
    until("the nodes know of each other's subscriptions", async || {
        c.emit("other", "orders/try") == 2 && a.emit("numbers", "orders/try") == 2
    })
    .await;
    let all = || [got(&a, "numbers"), got(&b, "numbers"), got(&c, "third")];
    let settled = async || {
        let mut last = all();
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(500)).await;
            let now = all();
            if now == last {
                return now;
            }
            last = now;
        }
    };
    let before = settled().await;
    for number in 0..30 {
        let from = [(&a, "numbers"), (&b, "numbers"), (&c, "other")][number % 3];
        assert_eq!(from.0.emit(from.1, &format!("orders/{number}")), 2);
    }
    until("all are delivered", async || {
        let [one, other, third] = all();
        one + other >= before[0] + before[1] + 30 && third >= before[2] + 30
    })
    .await;
    let after = settled().await;
    assert_eq!(after[0] + after[1], before[0] + before[1] + 30);
    assert_eq!(after[2], before[2] + 30);
    // The skill that two nodes run got all of them on the same one.
    let chosen = if after[0] > before[0] { &a } else { &b };
    let other = if after[0] > before[0] { &b } else { &a };
    assert!(
        after[0] == before[0] || after[1] == before[1],
        "{before:?} {after:?}"
    );
    // A topic that `third` is not subscribed to.
    assert_eq!(c.emit("other", "orders/a/b"), 1);
    until("it is delivered", async || {
        got(chosen, "numbers") == after[0].max(after[1]) + 1
    })
    .await;

    // When the node that was chosen leaves, the other one gets them.
    chosen.nodes.leave().await;
    let begun = got(other, "numbers");
    until("the other node gets them", async || {
        c.emit("other", "orders/a/b");
        got(other, "numbers") > begun
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_in_the_name_of_a_skill_that_may_not_emit_it_is_refused() {
    let server = Server::start(&["a", "b"]);
    let (a, b) = tokio::join!(
        Node::start(&server, "a", &[("numbers", EMITS)]),
        Node::start(&server, "b", &[("numbers", ""), ("third", SUBSCRIBES)]),
    );
    until("the node knows of the subscription", async || {
        a.emit("numbers", "orders/x") == 1
    })
    .await;
    // The manifest of `numbers` on b does not let it emit, and a runs no `forged`.
    for _ in 0..5 {
        a.emit("numbers", "orders/x");
        a.emit("forged", "orders/x");
    }
    assert_eq!(b.emit("third", "orders/x"), 1);
    until("its own is delivered", async || got(&b, "third") >= 1).await;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    assert_eq!(got(&b, "third"), 1);
}
