//! What those who wait for skills are told.

use std::time::Duration;

/// A step of loading a skill.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadStep<'a> {
    /// Its loading begins.
    Begins {
        /// The path of its manifest.
        manifest: &'a str,
    },
    /// Its code is compiled, since the cache does not have it.
    Compiles {
        /// The instance id.
        skill: &'a str,
        /// The size of the package, in bytes.
        bytes: usize,
    },
    /// Its code is compiled.
    Compiled {
        /// The instance id.
        skill: &'a str,
        /// The time that it took.
        took: Duration,
        /// Whether the cache has it now.
        kept: bool,
    },
}

/// Called with each step, from any thread.
pub(crate) type OnLoad = dyn Fn(LoadStep<'_>) + Send + Sync;
