//! One confined process as the host sees it.
//!
//! - `spec`: what to run, with what, and how it ended; `start`: starting it, waiting for it, ending it
//! - `layers`: what this machine confines processes with
//! - `wire`: messages and handles between the host, the supervisor and the first process; `role`: their arguments

pub(crate) mod layers;
pub(crate) mod role;
pub(crate) mod spec;
pub(crate) mod start;
pub(crate) mod wire;

pub use layers::layers;
pub use spec::{
    Carved, Command, Confinement, End, Exit, Handles, Isolation, Layers, Limits, Support,
};
pub use start::{ProcessError, Running, start};
