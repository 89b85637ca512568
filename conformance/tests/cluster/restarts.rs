//! Whoever takes part in a call or a transfer is killed in each of its phases, and comes back.

use std::time::Duration;

use rmcp::ServiceError;
use rmcp::model::CallToolResult;
use serde_json::{Value, json};

use crate::host::{asking, text, until};
use crate::nats::{Nats, port};
use crate::node::{Machine, Node};
use crate::road::Road;
use crate::transfers::{are_same, machine, machine_on, started, write_some};
use crate::world::World;

/// How much the arguments and results of these calls have, and how late each 64 KiB of them are: they take about a second.
const LARGE: usize = 4 << 20;
const DELAY: Duration = Duration::from_millis(10);

/// Who is killed.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Who {
    Caller,
    Executor,
    Server,
}

/// How far the call has got.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Arguments,
    Running,
    Result,
}

impl Phase {
    /// Returns a call that has this phase for a while.
    fn call(self, file: &str) -> (&'static str, Value) {
        match self {
            Self::Arguments => {
                let line = "a".repeat(LARGE);
                ("fs_append_line", json!({ "path": file, "line": line }))
            }
            Self::Running => ("probe_sleep", json!({ "milliseconds": 1_500 })),
            Self::Result => ("echo_echo", json!({ "message": "e".repeat(LARGE) })),
        }
    }

    /// Returns how the answer begins or ends.
    fn expected(self, who: Who) -> &'static str {
        match (self, who) {
            (_, Who::Caller) => "Transport closed",
            // Nothing can have run: the other node does it.
            (Self::Arguments, Who::Executor) => "Appended to ",
            (Self::Arguments, Who::Server) => "this node has no connection to NATS",
            (Self::Running, Who::Executor | Who::Server) => "; the call may have run",
            // It only reads: the other node does it again.
            (Self::Result, Who::Executor) => "eeee",
            (Self::Result, Who::Server) => "this node has no connection to NATS",
        }
    }

    /// Waits until a call that has just begun is in this phase. Returns the number of the node that executes it.
    async fn reached(self, roads: &[Road; 2], nodes: &[Option<Node>; 2]) -> usize {
        let before = roads.each_ref().map(Road::carried);
        let bytes = match self {
            Self::Arguments => LARGE / 2,
            Self::Running => {
                let [Some(b), Some(c)] = nodes else { panic!() };
                return tokio::select! {
                    () = b.host.until_running(1) => 0,
                    () = c.host.until_running(1) => 1,
                };
            }
            Self::Result => LARGE + LARGE / 2,
        };
        tokio::select! {
            () = roads[0].until_carried(before[0] + bytes as u64) => 0,
            () = roads[1].until_carried(before[1] + bytes as u64) => 1,
        }
    }
}

pub async fn a_call_is_made_once_whoever_restarts() {
    let world = World::new();
    let mut nats = Nats::start(&world, 1, &["a", "b", "c"]);
    let file = world.path("lines/calls.txt");
    world.write("lines/calls.txt", "");
    let grant = format!(
        "permissions: {{ fs: {{ enabled: true, dirs: ['{}:rw'] }} }}\n",
        world.path("lines").display()
    );
    let machine_a = Machine::new(&world, "a", 0);
    let others = [Machine::new(&world, "b", 1), Machine::new(&world, "c", 2)];
    let roads = [Road::to(port(0)).await, Road::to(port(0)).await];
    for (machine, road) in others.iter().zip(&roads) {
        machine.configure(&[&road.url()], "");
        machine.deploy("fs", "fs", &grant);
        machine.deploy("probe", "probe", "");
        machine.deploy("echo", "echo", "");
    }
    let mut caller = Some(machine_a.start().await);
    let mut nodes = [Some(others[0].start().await), Some(others[1].start().await)];
    for phase in [Phase::Arguments, Phase::Running, Phase::Result] {
        for who in [Who::Executor, Who::Server, Who::Caller] {
            let a = caller.as_ref().unwrap();
            for node in nodes.iter().flatten().chain([a]) {
                node.host.until_ready().await;
                node.until_members(3).await;
            }
            for tool in ["fs_append_line", "probe_sleep", "echo_echo"] {
                a.until_tool(tool).await;
            }
            until(async || a.call("echo_ping", json!({})).await.is_ok()).await;
            std::fs::write(&file, "").unwrap();
            roads.iter().for_each(|road| road.slow(DELAY));
            let (tool, arguments) = phase.call(file.to_str().unwrap());
            let mut calling = {
                let (peer, asked) = (a.client.peer().clone(), asking(tool, arguments));
                tokio::spawn(async move { peer.call_tool(asked).await })
            };
            let executor = tokio::select! {
                executor = phase.reached(&roads, &nodes) => executor,
                ended = &mut calling => panic!("{phase:?}: {ended:?}"),
            };
            match who {
                Who::Executor => drop(nodes[executor].take()),
                Who::Server => nats.kill(0),
                Who::Caller => drop(caller.take()),
            }
            roads.iter().for_each(|road| road.slow(Duration::ZERO));
            let answer = answered(calling.await.unwrap());
            let expected = phase.expected(who);
            assert!(
                answer.starts_with(expected) || answer.ends_with(expected),
                "{phase:?} {who:?}: {answer:.300}"
            );
            for node in nodes.iter().flatten() {
                node.host.until_running(0).await;
            }
            // Nobody else was asked to do what may have been done.
            let lines = std::fs::read_to_string(&file).unwrap().lines().count();
            assert_eq!(lines, usize::from(answer.starts_with("Appended")));
            if phase == Phase::Running {
                let slept =
                    "luminarys_calls_total{skill=\"probe\",method=\"sleep\",outcome=\"ok\"}";
                for node in nodes.iter().flatten() {
                    assert_eq!(node.host.metric_if_any(slept).await, None, "{who:?}");
                }
            }
            match who {
                Who::Executor => nodes[executor] = Some(others[executor].start().await),
                Who::Server => nats.run(0),
                Who::Caller => caller = Some(machine_a.start().await),
            }
        }
    }
}

/// Returns what a client is told.
fn answered(result: Result<CallToolResult, ServiceError>) -> String {
    result.map_or_else(|error| error.to_string(), |result| text(&result))
}

pub async fn a_transfer_goes_on_whoever_restarts() {
    const SIZE: u64 = 16 << 20;
    /// What may be sent twice, of what was on its way.
    const TWICE: u64 = 6 << 20;
    let world = World::new();
    let mut nats = Nats::start(&world, 1, &["a", "b"]);
    let road = Road::to(port(0)).await;
    let (machine_a, here) = machine(&world, "a", 0);
    let (machine_b, there) = machine_on(&road.url(), &world, "b", 1);
    let machines = [&machine_a, &machine_b];
    let mut nodes = started(machines).await.map(Some);
    for who in [Who::Caller, Who::Executor, Who::Server] {
        let name = format!("{who:?}");
        let (source, sent) = (here.join(&name), there.join(&name));
        write_some(&source, 16);
        let to = json!({ "source": source, "dest": format!("node://b{}", sent.display()) });
        let carried = road.carried();
        let calling = {
            let peer = nodes[0].as_ref().unwrap().client.peer().clone();
            let asked = asking("files_copy", to.clone());
            tokio::spawn(async move { peer.call_tool(asked).await })
        };
        road.slow(DELAY);
        road.until_carried(carried + SIZE / 2).await;
        assert!(!sent.exists(), "{who:?}");
        match who {
            Who::Caller | Who::Executor => {
                let which = usize::from(who == Who::Executor);
                drop(nodes[which].take());
                nodes[which] = Some(machines[which].start().await);
            }
            Who::Server => {
                nats.kill(0);
                nats.run(0);
            }
        }
        road.slow(Duration::ZERO);
        let answer = answered(calling.await.unwrap());
        if who == Who::Caller {
            assert_eq!(answer, "Transport closed");
            for node in nodes.iter().flatten() {
                node.host.until_ready().await;
                node.until_members(2).await;
            }
            // What was received is not seen, and not sent again.
            let a = nodes[0].as_ref().unwrap();
            let listed = json!({ "path": format!("node://b{}", there.display()) });
            assert_eq!(a.call("files_list", listed).await.unwrap(), "");
            a.call("files_copy", to).await.unwrap();
        } else {
            assert!(answer.starts_with("copied "), "{who:?}: {answer}");
        }
        let carried = road.carried() - carried;
        assert!(carried < SIZE + TWICE, "{who:?}: {carried}");
        assert!(are_same(&source, &sent));
    }
}
