//! Runs one command where it can reach only what it is given: no shell, no variables but the given ones, files by
//! Landlock, limits, and an end for everything it has started.
//!
//! Between the host and the command stands a *supervisor*, the host's own program run once more ([`supervise`]). It
//! adopts whatever the command leaves behind (`PR_SET_CHILD_SUBREAPER`) and ends all of it when the command ends, the host
//! says so, or the host is gone: the socket between them then closes.
//!
//! - `spec`: what is to be run; `client`: the host's side; `supervise`: the supervisor
//! - `wire`: messages and handles between them; `landlock`: the rules; `tree`: processes and their descendants

mod client;
#[cfg(target_os = "linux")]
mod landlock;
#[cfg(not(target_os = "linux"))]
#[path = "no_landlock.rs"]
mod landlock;
mod spec;
mod supervise;
mod tree;
mod wire;

pub use client::{ConfineError, Running, start};
pub use landlock::support;
pub use spec::{Command, Confinement, End, Handles, Limits, Support};
pub use supervise::{ARGUMENT, supervise};
