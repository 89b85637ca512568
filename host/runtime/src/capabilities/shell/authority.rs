//! Decides on commands and opens their files for one call; and the errors.

use std::os::fd::OwnedFd;
use std::sync::Arc;

use luminarys_accounts::Exhausted;
use luminarys_audit::CallAudit;
use luminarys_blocking::BlockingError;
use luminarys_commands::{Authority, CommandError};
use luminarys_filesystem::{Filesystem, FsError};
use luminarys_grants::Grants;
use thiserror::Error;

use crate::capabilities::filesystem::audited;

/// The error of a function of `shell`.
#[derive(Debug, Error)]
pub(super) enum ShellError {
    /// The command failed.
    #[error(transparent)]
    Command(#[from] CommandError),
    /// The working directory or the log file failed.
    #[error(transparent)]
    Files(#[from] FsError),
    /// An account has no room for the output.
    #[error(transparent)]
    Exhausted(#[from] Exhausted),
    /// No blocking thread is available.
    #[error(transparent)]
    Blocking(#[from] BlockingError),
}

/// The manifest and the audit log of one call.
pub(super) struct CallAuthority {
    pub grants: Arc<Grants>,
    pub audit: Arc<CallAudit>,
}

impl Authority for CallAuthority {
    type Error = ShellError;

    fn allowed(&self, line: &str, rule: &str) -> Result<(), ShellError> {
        let allowed = self.audit.allowed("shell", line, rule);
        Ok(allowed.map_err(CommandError::Denied)?)
    }

    fn open_directory(&self, path: &str) -> Result<(String, OwnedFd), ShellError> {
        let files = Filesystem::working(self.grants.clone());
        let files = audited(&files, self.audit.clone());
        Ok(files.open_directory(path)?)
    }
}
