//! Runs commands for skills where they can reach only what they are given: no shell, no variables but the given ones, a file
//! system, a network and processes of their own, limits, and everything that they start is killed with them.
//!
//! Between the host and the command stand two processes. The *supervisor* is the host's own program, run once more
//! ([`supervise`]); it ends everything when the command ends, the host says so, or the host is gone: the socket between
//! them then closes. The *first process* lives in the command's namespaces and starts it; when it ends, the kernel ends
//! all that is in there. Where namespaces cannot be created, Landlock and seccomp remain ([`process::layers()`] reports it).
//!
//! | module | holds |
//! |---|---|
//! | `skill` | [`Commands`]: what one skill may run, from its words to its output |
//! | `daemons` | commands that keep running after the call that started them |
//! | `output` | what is kept of a command's output |
//! | `error` | how a command fails |
//! | `manifest` | what a manifest gives commands, and whether this machine can confine them to it |
//! | `supervisor` | the processes between the host and a command |
//! | `isolation` | what confines a command: namespaces, mounts, Landlock, seccomp, no capabilities |
//! | [`process`] | one confined process as the host sees it |
//!
//! Each uses those below it only.

#![cfg(target_os = "linux")]

mod daemons;
mod error;
mod isolation;
mod manifest;
mod output;
pub mod process;
mod skill;
mod supervisor;

pub use daemons::list::{Daemon, OwnSignals, Place};
pub use error::CommandError;
pub use manifest::carved::Uncarvable;
pub use manifest::confinement::{ConfinementError, confinement, warnings};
pub use process::role::ARGUMENT;
pub use process::spec::Exit;
pub use skill::commands::{Commands, DaemonLog, Log};
pub use skill::decide::{Authority, Decided, Request, Words};
pub use skill::prepare::Prepared;
pub use skill::run::{Filter, Finished, RunOptions};
pub use supervisor::supervise::supervise;
