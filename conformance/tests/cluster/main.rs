//! Hosts as nodes of a cluster, through the real binary and real NATS servers: each host in a network namespace of its own, each
//! test in a world of its own, which ends with it.
//!
//! - `world`: namespaces and their links; `nats`: servers; `road`: a proxy that is slow, stalls, or breaks connections; `node`: hosts
//! - everything else: tests
//!
//! `CLUSTER_SHOW=1` prints what the hosts and servers of a failed test have logged.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod calls;
mod chaos;
mod deaths;
#[path = "../serving/host.rs"]
#[allow(
    dead_code,
    deprecated,
    reason = "it is made for other tests as well, and protocol 2025-11-25 has sampling"
)]
mod host;
mod kept;
mod nats;
mod node;
mod operators;
mod partitions;
mod policies;
mod restarts;
mod road;
mod transfers;
mod trust;
mod world;

use std::process::{Command, ExitCode, Stdio};

use futures::future::LocalBoxFuture;
use libtest_mimic::{Arguments, Failed, Trial};

/// Names the test that this process runs in its world.
const WHICH: &str = "LUMINARYS_CLUSTER_TEST";

type Test = (&'static str, fn() -> LocalBoxFuture<'static, ()>);

/// Lists tests: functions without arguments.
macro_rules! tests {
    ($($module:ident: $($name:ident)*;)*) => {
        &[$($((
            concat!(stringify!($module), "::", stringify!($name)),
            || Box::pin($module::$name()),
        ),)*)*]
    };
}

const TESTS: &[Test] = tests! {
    calls: tools_of_other_nodes_are_called
        skills_call_skills_of_other_nodes
        large_arguments_and_results
        progress_and_cancellation_travel
        a_nearer_skill_comes_first
        versions_run_side_by_side;
    policies: both_nodes_decide
        callbacks_are_not_reached;
    deaths: a_killed_node_is_left_within_three_seconds
        a_node_that_stops_finishes_its_calls
        nats_is_killed_and_comes_back
        calls_go_on_without_one_server_of_three
        no_call_runs_twice;
    partitions: a_node_that_is_cut_off_serves_its_own
        slow_and_stalling_roads;
    restarts: a_call_is_made_once_whoever_restarts
        a_transfer_goes_on_whoever_restarts;
    transfers: large_files_take_little_memory
        a_full_disk_takes_nothing
        a_disk_that_fills_up_takes_nothing;
    trust: a_stranger_sees_nothing
        two_nodes_of_one_name;
    kept: shared_namespaces_are_one
        an_emptied_server_is_noticed
        a_server_with_a_full_disk_loses_nothing
        schedules_outlive_their_node
        events_reach_other_nodes;
    operators: commands_show_the_cluster
        both_files_are_part_of_what_is_told
        check_sees_open_keys_and_missing_servers;
    chaos: nothing_is_done_twice_and_nothing_acknowledged_is_lost;
};

fn main() -> ExitCode {
    if let Ok(name) = std::env::var(WHICH) {
        return run(&name);
    }
    let arguments = Arguments::from_args();
    let trials = TESTS
        .iter()
        .map(|(name, _)| Trial::test(*name, || in_own_world(name)));
    libtest_mimic::run(&arguments, trials.collect()).exit_code()
}

/// Runs a test in a process with namespaces of its own. All that it has started ends with it.
fn in_own_world(name: &str) -> Result<(), Failed> {
    let mut command = Command::new("unshare");
    command
        .args(["--user", "--map-root-user", "--net", "--mount", "--pid"])
        .args(["--fork", "--kill-child", "--mount-proc"])
        .arg(std::env::current_exe()?)
        .env(WHICH, name)
        .stdin(Stdio::null());
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    let told = String::from_utf8_lossy(&output.stderr);
    Err(Failed::from(told.into_owned()))
}

fn run(name: &str) -> ExitCode {
    let (_, test) = TESTS.iter().find(|(known, _)| *known == name).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let limit = world::LIMIT + chaos::time_for_rounds();
    let limited = async { tokio::time::timeout(limit, test()).await };
    match runtime.block_on(limited) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => {
            eprintln!("the test took longer than {limit:?}");
            ExitCode::FAILURE
        }
    }
}
