//! The guest's resources: options of commands and daemons, and daemons.

use std::sync::Arc;

use crate::options::Options;

/// A daemon, identified by its id.
pub struct Daemon(pub(super) String);

/// Options for running a command.
pub type RunOptions = Options<GivenRun>;
/// Options for starting a daemon.
pub type StartOptions = Options<GivenStart>;

/// The options that are set for a command.
#[derive(Clone, Default)]
pub struct GivenRun {
    pub(super) directory: Option<String>,
    pub(super) timeout: u64,
    pub(super) input: Arc<Vec<u8>>,
    pub(super) grep: Option<String>,
    pub(super) tail: Option<u32>,
    pub(super) separate_errors: bool,
}

/// The options that are set for a daemon.
#[derive(Clone, Default)]
pub struct GivenStart {
    pub(super) directory: Option<String>,
    pub(super) log_file: Option<String>,
}
