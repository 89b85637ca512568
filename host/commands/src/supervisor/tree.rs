//! Processes and their descendants. Everything that a command starts stays beneath its supervisor, in any process group or
//! session: a process whose parent exits is adopted by the supervisor.

use std::collections::HashSet;
use std::fs;
use std::io;

use rustix::process::{Pid, Signal, getpgid, getuid, kill_process, kill_process_group};

/// Returns all descendants of `root`, without itself.
pub(crate) fn descendants(root: Pid) -> Vec<Pid> {
    let mut found = Vec::new();
    let mut todo = vec![root];
    while let Some(pid) = todo.pop() {
        let of_one = children(pid);
        todo.extend(&of_one);
        found.extend(of_one);
    }
    found
}

/// Returns the processes that `pid` has started or adopted.
pub(crate) fn children(pid: Pid) -> Vec<Pid> {
    let tasks = format!("/proc/{}/task", pid.as_raw_nonzero());
    let Ok(tasks) = fs::read_dir(tasks) else {
        // It has ended.
        return Vec::new();
    };
    let lists = tasks
        .flatten()
        .filter_map(|task| fs::read_to_string(task.path().join("children")).ok());
    let mut found = Vec::new();
    for list in lists {
        let pids = list.split_whitespace().filter_map(|text| text.parse().ok());
        found.extend(pids.filter_map(Pid::from_raw));
    }
    found
}

/// Returns whether processes take more than `limit` bytes of memory together.
pub(crate) fn memory_over(pids: &[Pid], limit: u64) -> bool {
    let roughly: u64 = pids.iter().map(|pid| whole(*pid)).sum();
    // Memory shared with the process that one was forked from counts twice in this. Only then each is asked for its
    // proportional part, which takes the kernel longer.
    roughly > limit && pids.iter().map(|pid| part(*pid)).sum::<u64>() > limit
}

/// Returns a process's memory in bytes, without pages of files; what it shares with others counts in full.
fn whole(pid: Pid) -> u64 {
    let names = ["RssAnon:", "RssShmem:", "VmPTE:", "VmSwap:"];
    fields(pid, "status", &names).unwrap_or_default()
}

/// Returns a process's proportional part of that memory; all of it where the process does not let others inspect it.
fn part(pid: Pid) -> u64 {
    let own = fields(
        pid,
        "smaps_rollup",
        &["Pss_Anon:", "Pss_Shmem:", "SwapPss:"],
    );
    let tables = || fields(pid, "status", &["VmPTE:"]).unwrap_or_default();
    own.map_or_else(|| whole(pid), |own| own + tables())
}

/// Adds up fields of a process's file in `/proc`, which are in KiB. Returns bytes, or None when it has none of the fields.
fn fields(pid: Pid, file: &str, names: &[&str]) -> Option<u64> {
    let text = fs::read_to_string(format!("/proc/{}/{file}", pid.as_raw_nonzero())).ok()?;
    let values = text.lines().filter_map(|line| {
        let value = names.iter().find_map(|name| line.strip_prefix(name))?;
        let kib: u64 = value.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kib << 10)
    });
    values.reduce(|sum, value| sum.saturating_add(value))
}

/// Counts the threads of the calling process's user.
pub(crate) fn threads_of_user() -> io::Result<u64> {
    use std::os::unix::fs::MetadataExt as _;
    let own = getuid().as_raw();
    let mut count = 0;
    for process in fs::read_dir("/proc")?.flatten() {
        let is_own = process
            .metadata()
            .is_ok_and(|metadata| metadata.uid() == own);
        if is_own && let Ok(tasks) = fs::read_dir(process.path().join("task")) {
            count += tasks.count() as u64;
        }
    }
    Ok(count)
}

/// Kills descendants of the calling process, which leads a session, round by round.
///
/// A process group is killed at once, so nothing in it forks meanwhile. Processes that create groups are stopped first.
#[derive(Default)]
pub(crate) struct Killer {
    stopped: HashSet<Pid>,
}

impl Killer {
    /// Makes one for the calling thread.
    pub fn new() -> Self {
        // So as not to starve beside a thousand busy processes. Only the superuser may, and only the superuser needs it.
        let _ = rustix::process::setpriority_process(None, -20);
        Self::default()
    }

    /// Runs one round, and returns whether it found a process. Processes that are just being adopted are not seen.
    pub fn round(&mut self, root: Pid) -> bool {
        let found = living(root);
        let groups = found.iter().filter_map(|pid| getpgid(Some(*pid)).ok());
        let others: HashSet<Pid> = groups.filter(|group| *group != root).collect();
        for group in others {
            // It may have ended already, here and below.
            let _ = kill_process_group(group, Signal::KILL);
        }
        let fresh: Vec<Pid> = found
            .iter()
            .copied()
            .filter(|pid| self.stopped.insert(*pid))
            .collect();
        for pid in &fresh {
            let _ = kill_process(*pid, Signal::STOP);
        }
        if fresh.is_empty() {
            for pid in &found {
                let _ = kill_process(*pid, Signal::KILL);
            }
            // Those that are still there are new to the next round.
            self.stopped.clear();
        }
        !found.is_empty()
    }
}

fn living(root: Pid) -> Vec<Pid> {
    let found = descendants(root).into_iter();
    found.filter(|pid| !is_zombie(*pid)).collect()
}

fn is_zombie(pid: Pid) -> bool {
    let stat = fs::read_to_string(format!("/proc/{}/stat", pid.as_raw_nonzero()));
    // The name before the state may contain anything, including brackets.
    stat.is_ok_and(|stat| {
        let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
        state.is_some_and(|state| state.starts_with(['Z', 'X']))
    })
}
