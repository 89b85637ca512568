//! Rounds of faults, while a client calls, writes to a shared namespace, and schedules calls. `CHAOS_ROUNDS` says how many rounds there are; `scripts/chaos`
//! runs 200.

use std::time::Duration;

use serde_json::json;

use crate::nats::{Nats, port};
use crate::node::{Machine, Node};
use crate::road::Road;
use crate::world::{MIDDLE, World};

/// The rounds of a test run.
const ROUNDS: usize = 10;
/// The servers.
const SERVERS: usize = 3;
const SHARED: &str = "permissions: { store: { shared: ['team:rw'] } }\n";

/// What befalls the cluster in a round.
#[derive(Clone, Copy, Debug)]
enum Fault {
    /// A node is killed, and comes back.
    KillNode,
    /// A node stops as its operator stops it, and comes back.
    StopNode,
    /// A server is killed, and comes back.
    KillServer,
    /// A node is cut off for a while.
    Cut,
    /// Nothing arrives at a node for a while, though its connection stays.
    Stall,
    /// What a node sends and receives is late.
    Slow,
    /// A node's connection breaks.
    Break,
}

const FAULTS: [Fault; 7] = [
    Fault::KillNode,
    Fault::Cut,
    Fault::KillServer,
    Fault::Stall,
    Fault::StopNode,
    Fault::Slow,
    Fault::Break,
];

/// What was done, and what was answered.
#[derive(Default)]
struct Record {
    made: usize,
    /// The lines whose calls were answered.
    written: Vec<String>,
    /// The keys whose writes were acknowledged.
    kept: Vec<String>,
    /// The lines that were acknowledged as scheduled.
    scheduled: Vec<String>,
    failed: Vec<String>,
}

impl Record {
    /// Makes a call that must not be made twice, a write that must not be lost, and a schedule that must not fire twice.
    async fn act(&mut self, node: &Node, file: &str) {
        self.made += 1;
        let name = format!("call-{}", self.made);
        let line = json!({ "path": file, "line": name });
        match node.call("fs_append_line", line).await {
            Ok(_) => self.written.push(name.clone()),
            Err(error) => self.failed.push(error),
        }
        let pair = json!({ "key": name, "value": name, "namespace": "team" });
        match node.call("tools_store_set", pair).await {
            Ok(_) => self.kept.push(name),
            Err(error) => self.failed.push(error),
        }
        let name = format!("firing-{}", self.made);
        let line = json!({ "path": file, "line": name }).to_string();
        let appended = json!({ "skill": "fs", "method": "append_line", "arguments": line });
        // Some are due during the fault, others behind it.
        let delay = [200, 1_500, 4_000][self.made % 3];
        let schedule =
            json!({ "method": "pass_on", "arguments": appended.to_string(), "delay": delay });
        match node.call("relay_schedule", schedule).await {
            Ok(_) => self.scheduled.push(name),
            Err(error) => self.failed.push(error),
        }
    }
}

/// How many rounds there are: as many as `CHAOS_ROUNDS` says.
fn rounds() -> usize {
    let wanted = std::env::var("CHAOS_ROUNDS").ok();
    wanted.map_or(ROUNDS, |count| count.parse().unwrap())
}

/// Returns how much longer than other tests many rounds may take.
pub fn time_for_rounds() -> Duration {
    Duration::from_secs(20) * u32::try_from(rounds()).unwrap()
}

pub async fn nothing_is_done_twice_and_nothing_acknowledged_is_lost() {
    let world = World::new();
    let mut nats = Nats::start(&world, SERVERS, &["a", "b", "c"]);
    let file = world.path("lines/calls.txt");
    world.write("lines/calls.txt", "");
    let file = file.to_str().unwrap().to_owned();
    let place = world.path("lines");
    let grant = format!(
        "permissions: {{ fs: {{ enabled: true, dirs: ['{}:rw'] }} }}\n\
         invoke_policy: {{ can_be_invoked_by: [relay] }}\n",
        place.display()
    );
    let a = Machine::new(&world, "a", 0);
    let others = [Machine::new(&world, "b", 1), Machine::new(&world, "c", 2)];
    let servers: Vec<String> = (0..SERVERS)
        .map(|number| format!("nats://{MIDDLE}:{}", port(number)))
        .collect();
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    a.configure_with_replicas(&servers, SERVERS);
    let mut roads = Vec::new();
    for machine in &others {
        machine.deploy("fs", "fs", &grant);
        machine.deploy("tools", "tools", SHARED);
        machine.deploy("relay", "relay", "invoke_policy: { can_invoke: [fs] }\n");
        let own = [
            Road::to(port(0)).await,
            Road::to(port(1)).await,
            Road::to(port(2)).await,
        ];
        let urls = own.each_ref().map(Road::url);
        machine.configure_with_replicas(&urls.each_ref().map(String::as_str), SERVERS);
        roads.push(own);
    }
    let a = a.start().await;
    let mut running = Vec::new();
    for machine in &others {
        running.push(Some(machine.start().await));
    }
    a.until_members(3).await;
    a.until_tool("tools_store_set").await;
    a.until_tool("fs_append_line").await;
    a.until_tool("relay_schedule").await;
    let mut record = Record::default();
    for round in 0..rounds() {
        let fault = FAULTS[round % FAULTS.len()];
        // Each fault befalls each node and server in turn.
        let which = (round + round / FAULTS.len()) % 2;
        let server = (round / FAULTS.len()) % SERVERS;
        eprintln!("round {round}: {fault:?} {}", others[which].name);
        record.act(&a, &file).await;
        match fault {
            Fault::KillNode => drop(running[which].take()),
            Fault::StopNode => {
                let node = running[which].take().unwrap();
                tokio::task::spawn_blocking(move || node.host.stop())
                    .await
                    .unwrap();
            }
            Fault::KillServer => nats.kill(server),
            Fault::Cut => world.cut(&others[which].name, true),
            Fault::Stall => roads[which].iter().for_each(|road| road.stall(true)),
            Fault::Slow => roads[which]
                .iter()
                .for_each(|road| road.slow(Duration::from_millis(40))),
            Fault::Break => roads[which].iter().for_each(Road::break_connections),
        }
        for _ in 0..3 {
            record.act(&a, &file).await;
        }
        match fault {
            Fault::KillNode | Fault::StopNode => {
                running[which] = Some(others[which].start().await);
            }
            Fault::KillServer => nats.run(server),
            Fault::Cut => world.cut(&others[which].name, false),
            Fault::Stall => roads[which].iter().for_each(|road| road.stall(false)),
            Fault::Slow => roads[which]
                .iter()
                .for_each(|road| road.slow(Duration::ZERO)),
            Fault::Break => {}
        }
        for node in running.iter().flatten().chain([&a]) {
            node.until_members(3).await;
        }
    }
    check(&record, &file, &a, &running).await;
}

/// Compares what was done with what was answered.
async fn check(record: &Record, file: &str, a: &Node, running: &[Option<Node>]) {
    // What is scheduled fires in the end, unless its node was lost while it did.
    let mut waiting = String::new();
    for _ in 0..600 {
        waiting = a
            .call("relay_waiting", json!({}))
            .await
            .unwrap_or_else(|error| error);
        if waiting == "0" {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    assert_eq!(waiting, "0");
    let text = std::fs::read_to_string(file).unwrap();
    let mut lines: Vec<&str> = text.lines().filter(|line| !line.is_empty()).collect();
    let count = lines.len();
    lines.sort_unstable();
    lines.dedup();
    assert_eq!(lines.len(), count, "a call was made twice: {text}");
    let fired = record.scheduled.iter();
    let fired = fired.filter(|line| lines.contains(&line.as_str())).count();
    assert!(
        fired * 10 > record.scheduled.len() * 8 && record.scheduled.len() * 2 > record.made,
        "of {} schedules {} were acknowledged, and {fired} of those have fired: {:?}\n{}",
        record.made,
        record.scheduled.len(),
        record.failed,
        running
            .iter()
            .flatten()
            .map(|node| node.host.log())
            .collect::<String>()
    );
    for line in &record.written {
        assert!(
            lines.contains(&line.as_str()),
            "{line} was answered and not made"
        );
    }
    // From every node that has a copy.
    for node in running.iter().flatten() {
        for key in &record.kept {
            let pair = json!({ "key": key, "namespace": "team" });
            let mut found = node.call("tools_store_get", pair.clone()).await;
            for _ in 0..200 {
                if found.is_ok() {
                    break;
                }
                tokio::time::sleep(Duration::from_millis(50)).await;
                found = node.call("tools_store_get", pair.clone()).await;
            }
            assert!(
                found.as_ref().is_ok_and(|text| text.contains(key.as_str())),
                "{key} was acknowledged, and {} has {found:?}",
                node.name
            );
        }
    }
    // Half of the rounds hurt a node that nobody had to ask.
    assert!(
        record.written.len() * 2 > record.made && record.kept.len() * 2 > record.made,
        "of {}, {} calls and {} writes were answered: {:?}\n{}",
        record.made,
        record.written.len(),
        record.kept.len(),
        record.failed,
        a.host.log()
    );
}
