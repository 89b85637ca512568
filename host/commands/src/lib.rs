//! Runs commands of skills where they can reach only what they are given: no shell, no variables but the given ones, a file
//! system, a network and processes of their own, limits, and an end for everything they have started.
//!
//! Between the host and the command stand two processes. The *supervisor* is the host's own program, run once more
//! ([`supervise`]); it ends everything when the command ends, the host says so, or the host is gone: the socket between
//! them then closes. The *first process* lives in the command's namespaces and starts it; when it ends, the kernel ends
//! all that is in there. Where no namespaces can be made, Landlock and seccomp are what is left ([`layers`] tells).
//!
//! - `process`: one confined process as the host sees it
//! - `supervisor`: the processes between the host and a command
//! - `isolation`: what confines a command

#![cfg(target_os = "linux")]

mod isolation;
mod process;
mod supervisor;

pub use isolation::landlock::support;
pub use process::layers::layers;
pub use process::role::ARGUMENT;
pub use process::spec::{
    Carved, Command, Confinement, End, Handles, Isolation, Layers, Limits, Support,
};
pub use process::start::{ConfineError, Running, start};
pub use supervisor::supervise::supervise;
