//! What confines a command: each layer for itself, applied by the supervisor's processes.
//!
//! - `namespaces` and `mounts`: a machine of its own
//! - `landlock`: which files, ports and processes it reaches; `seccomp` with `syscalls`: which system calls it makes
//! - `capabilities`: no privileges, whoever runs the host

pub(crate) mod capabilities;
pub(crate) mod landlock;
pub(crate) mod mounts;
pub(crate) mod namespaces;
pub(crate) mod seccomp;
mod syscalls;
