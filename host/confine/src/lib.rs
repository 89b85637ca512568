//! Runs one command where it can reach only what it is given: no shell, no variables but the given ones, a file system, a
//! network and processes of its own, limits, and an end for everything it has started.
//!
//! Between the host and the command stand two processes. The *supervisor* is the host's own program, run once more
//! ([`supervise`]); it ends everything when the command ends, the host says so, or the host is gone: the socket between
//! them then closes. The *first process* lives in the command's namespaces and starts it; when it ends, the kernel ends
//! all that is in there. Where no namespaces can be made, Landlock and seccomp are what is left ([`layers`] tells).
//!
//! - `spec`: what is to be run; `layers`: what this machine confines with; `client`: the host's side
//! - `supervise`: the supervisor; `ending` and `cgroup`: how it ends everything; `tree`: what it counts; `wire`: messages and handles
//! - `init`: the first process; `namespaces` and `mounts`: what it makes, or `bubblewrap` for it; `command`: what it starts
//! - `landlock`, `seccomp` with `syscalls`, `capabilities`: what the command is started with

#![cfg(target_os = "linux")]

mod bubblewrap;
mod capabilities;
mod cgroup;
mod client;
mod command;
mod ending;
mod init;
mod landlock;
mod layers;
mod mounts;
mod namespaces;
mod seccomp;
mod spec;
mod supervise;
mod syscalls;
mod tree;
mod wire;

pub use client::{ConfineError, Running, start};
pub use landlock::support;
pub use layers::layers;
pub use spec::{Carved, Command, Confinement, End, Handles, Isolation, Layers, Limits, Support};
pub use supervise::{ARGUMENT, supervise};
