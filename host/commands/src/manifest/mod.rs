//! What a skill's manifest gives its commands, and whether this machine can keep them to it.
//!
//! - `confinement`: what this machine confines commands with, and whether that is enough
//! - `carved`: what is kept from commands in the directories that they are granted; `kernel`: the kernel's settings
//! - `environment`: the variables that a command sees, and what it may read beside the grants

pub(crate) mod carved;
pub(crate) mod confinement;
pub(crate) mod environment;
pub(crate) mod kernel;
