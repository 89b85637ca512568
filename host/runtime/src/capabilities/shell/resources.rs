//! What a guest holds: how commands run and daemons start, and daemons.

use std::sync::Arc;

use crate::options::Options;

/// A daemon, by its id.
pub struct Daemon(pub(super) String);

/// How a command runs.
pub type RunOptions = Options<GivenRun>;
/// How a daemon starts.
pub type StartOptions = Options<GivenStart>;

/// What is set for a command.
#[derive(Clone, Default)]
pub struct GivenRun {
    pub(super) directory: Option<String>,
    pub(super) timeout: u64,
    pub(super) input: Arc<Vec<u8>>,
    pub(super) grep: Option<String>,
    pub(super) tail: Option<u32>,
    pub(super) separate_errors: bool,
}

/// What is set for a daemon.
#[derive(Clone, Default)]
pub struct GivenStart {
    pub(super) directory: Option<String>,
    pub(super) log_file: Option<String>,
}
