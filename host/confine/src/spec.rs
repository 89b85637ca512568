//! What is to be run, and what came of it.

use std::os::fd::OwnedFd;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// A command and what holds for it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Command {
    /// The program, found by `PATH` of `environment` unless it has a slash, and its arguments. Never empty.
    pub words: Vec<String>,
    /// All its variables.
    pub environment: Vec<(String, String)>,
    /// What it can reach.
    pub confinement: Confinement,
    /// What it may use.
    pub limits: Limits,
}

/// What a command can reach, as far as the kernel can tell.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct Confinement {
    /// Whether it is not run where the kernel cannot confine its files.
    pub required: bool,
    /// Whether it may use TCP.
    pub network: bool,
    /// Whether it may send signals to processes that it has not started.
    pub signal_others: bool,
    /// Read and executed, beside the directories given: the system's. Those that are missing are left out.
    pub system: Vec<PathBuf>,
}

/// What a command may use.
#[derive(Clone, Copy, Debug, Deserialize, Serialize)]
pub struct Limits {
    /// Seconds of computing of each process.
    pub cpu_seconds: u64,
    /// Processes at once, all descendants counted.
    pub processes: u64,
    /// Bytes of one file.
    pub file_bytes: u64,
}

/// What a command is given.
#[derive(Debug)]
pub struct Handles {
    /// Where it runs.
    pub directory: OwnedFd,
    /// Where its output goes, errors included.
    pub output: OwnedFd,
    /// Where its input comes from; nothing when none.
    pub input: Option<OwnedFd>,
    /// Directories it may use, and whether it may change what is in them.
    pub directories: Vec<(OwnedFd, bool)>,
}

/// How a command ended.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, Serialize)]
pub enum End {
    /// By itself, with this code.
    Exit(i32),
    /// By this signal.
    Signal(i32),
    /// It had more processes than it may.
    TooManyProcesses,
}

/// How far the kernel can confine files, network and signals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Support {
    /// Not at all.
    None,
    /// Files, but not all ways to change them (Landlock before its third version).
    Part,
    /// Files.
    Files,
    /// Files and TCP.
    Network,
    /// Files, TCP and signals.
    Full,
}
