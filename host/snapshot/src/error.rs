//! What can go wrong.

use std::time::Duration;

use thiserror::Error;

use crate::bounds::INITIALIZE;

/// Why a component has no snapshot.
#[derive(Debug, Error)]
pub enum SnapshotError {
    /// The bytes are not a valid component.
    #[error("it is not a component that can run: {0}")]
    Invalid(String),
    /// It has no function to run.
    #[error(
        "the component does not export the function `{INITIALIZE}`, which prepares it for the snapshot; add \
         `export {INITIALIZE}: func();` to its WIT world, and the function"
    )]
    Missing,
    /// The function has parameters or a result.
    #[error(
        "`{INITIALIZE}` must be declared as `{INITIALIZE}: func()`, with neither parameters nor a result"
    )]
    Signature,
    /// The component is made of parts that cannot be written as a snapshot.
    #[error("a snapshot of this component cannot be made: {0}; build it without a snapshot")]
    Unsupported(String),
    /// It called the host.
    #[error(
        "its `{INITIALIZE}` called {0}; while the snapshot is made, only WASI 0.2 is there, with nothing granted: do that \
         at the first call"
    )]
    Import(String),
    /// It trapped, or ended itself.
    #[error("its `{INITIALIZE}` failed: {0}")]
    Failed(String),
    /// It asked for too much memory.
    #[error("its `{INITIALIZE}` needs more than {} MiB of memory", .0 >> 20)]
    Memory(usize),
    /// It takes too long.
    #[error("its `{INITIALIZE}` did not return within {} seconds", .0.as_secs_f32())]
    Time(Duration),
    /// The memory refers to something of the host that is gone.
    #[error(
        "its `{INITIALIZE}` left {0} of WASI open, as printing does; what is open when the snapshot is made is not there when \
         the package runs: do that at the first call"
    )]
    Open(String),
}
