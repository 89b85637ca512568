//! What to run, with what, and how it ended.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A command with its confinement and limits.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Command {
    /// The program, found by `PATH` of `environment` unless it has a slash, and its arguments. Never empty.
    pub words: Vec<String>,
    /// All its environment variables.
    pub environment: Vec<(String, String)>,
    /// What it can reach.
    pub confinement: Confinement,
    /// What it may use.
    pub limits: Limits,
}

/// What a command can reach.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Confinement {
    /// What separates it from the rest of the machine, in addition to Landlock and seccomp.
    pub isolation: Isolation,
    /// Whether it must not run where Landlock or seccomp is missing.
    pub required: bool,
    /// Whether it may use the machine's network.
    pub network: bool,
    /// Whether it may send signals to processes that it has not started. Then `isolation` is [`Isolation::None`].
    pub signal_others: bool,
    /// Paths of the system that it may read and execute in addition to the granted directories. Missing ones are skipped.
    pub system: Vec<PathBuf>,
    /// Places inside the granted directories that it must not change. Only with namespaces.
    pub carved: Vec<Carved>,
    /// The home directory named in the `/etc/passwd` it sees.
    pub home: PathBuf,
}

/// What separates a command from the rest of the machine.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub enum Isolation {
    /// Namespaces that the supervisor makes.
    Namespaces,
    /// Namespaces that the system's `bwrap` makes, where only that program may.
    Bubblewrap,
    /// None: Landlock and seccomp alone.
    #[default]
    None,
}

/// A place that a command must not change.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub struct Carved {
    /// Its absolute path, without links.
    pub path: PathBuf,
    /// Whether it must not be read either.
    pub hidden: bool,
}

/// What a command may use.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Limits {
    /// CPU time of each process, in seconds.
    pub cpu_seconds: u64,
    /// Processes at once, including all descendants.
    pub processes: u64,
    /// Size of one file, in bytes.
    pub file_bytes: u64,
    /// Memory of all its processes together, in bytes; files in its private `/tmp` and `/dev/shm` may take as much again.
    pub memory_bytes: u64,
}

impl Limits {
    /// Returns how many threads the kernel allows at once: each process has several, and the supervisor counts processes
    /// more exactly but later.
    pub(crate) fn threads(&self) -> u64 {
        self.processes.saturating_mul(4).saturating_add(64)
    }
}

/// The file descriptors that a command is given.
#[derive(Debug)]
pub struct Handles {
    /// Its working directory.
    pub directory: OwnedFd,
    /// Its standard output.
    pub output: OwnedFd,
    /// Its standard error; that of its output when None.
    pub errors: Option<OwnedFd>,
    /// Its standard input; empty when None.
    pub input: Option<OwnedFd>,
    /// Directories it may use, and whether it may write in them.
    pub directories: Vec<(OwnedFd, bool)>,
}

/// How a command ended.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum End {
    /// By itself, with this code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// It had more processes than its limit.
    TooManyProcesses,
    /// Its processes took more memory than its limit.
    TooMuchMemory,
}

/// How a command ended that did not pass a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this code.
    Code(i32),
    /// By this signal.
    Signal(i32),
}

/// How far Landlock can confine files, network and signals.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub enum Support {
    /// Not at all.
    #[default]
    None,
    /// Files, but not all ways to change them (Landlock ABI 1 and 2).
    Part,
    /// Files.
    Files,
    /// Files and TCP.
    Network,
    /// Files, TCP and signals.
    Full,
}

/// What this machine confines commands with.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq, Serialize)]
pub struct Layers {
    /// Namespaces, and who makes them.
    pub isolation: Isolation,
    /// Why no namespaces can be made; empty when they can.
    pub without: String,
    /// Landlock.
    pub landlock: Support,
    /// Whether system calls can be filtered (seccomp).
    pub seccomp: bool,
    /// Whether processes are counted, limited and killed by control groups (cgroup v2).
    pub cgroup: bool,
}
