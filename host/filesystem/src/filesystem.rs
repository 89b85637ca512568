//! A [`Filesystem`]: grants, limits, and the call that it serves.

use std::fmt;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use luminarys_grants::{Access, Grants};

use crate::caller::Caller;
use crate::error::FsError;
use crate::place::LastLink;

/// Tells a long-running function that nobody waits for it any more.
pub type Cancelled<'a> = &'a (dyn Fn() -> bool + Sync);

/// The files that one skill may use.
#[derive(Clone)]
pub struct Filesystem {
    pub(crate) grants: Arc<Grants>,
    /// Bytes of one answer, at most.
    pub(crate) max_output_bytes: u64,
    pub(crate) caller: Option<Arc<dyn Caller>>,
}

impl Filesystem {
    /// The files that `grants` opens. No answer is larger than `max_output_bytes`.
    pub fn new(grants: Arc<Grants>, max_output_bytes: u64) -> Self {
        Self {
            grants,
            max_output_bytes,
            caller: None,
        }
    }

    /// The same for calls that change nothing.
    pub fn read_only(&self) -> Self {
        Self {
            grants: Arc::new(self.grants.read_only()),
            ..self.clone()
        }
    }

    /// The directories in which `grants` lets commands run.
    pub fn working(grants: Arc<Grants>) -> Self {
        let filesystem = grants.shell.directories.clone();
        let grants = Grants {
            filesystem,
            ..Grants::default()
        };
        Self::new(Arc::new(grants), u64::MAX)
    }

    /// Returns the same for the call of `caller`.
    pub fn for_caller(&self, caller: Arc<dyn Caller>) -> Self {
        Self {
            caller: Some(caller),
            ..self.clone()
        }
    }

    /// The decision over `path` once it is resolved: the manifest's line that allows it.
    ///
    /// # Errors
    /// [`FsError::Denied`]; [`FsError::Invalid`] for what is no path.
    pub fn explain(&self, path: &str, access: Access) -> Result<String, FsError> {
        let resolved = self.resolve(path, LastLink::Follow, access)?;
        let grant = self.grants.filesystem.decide(&resolved.path, access)?;
        Ok(grant.rule.clone())
    }

    /// A directory's true path, and a handle on it.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for what is no directory, [`FsError::Denied`], [`FsError::NotFound`].
    pub fn open_directory(&self, path: &str) -> Result<(String, OwnedFd), FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Read)?;
        let handle = resolved.directory()?;
        let cloned = handle.as_fd().try_clone_to_owned();
        let cloned = cloned.map_err(|error| FsError::system(&resolved.path, error))?;
        Ok((resolved.path, cloned))
    }

    /// The path after links, whether or not something is there.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for what is no path, [`FsError::Denied`].
    pub fn true_path(&self, path: &str) -> Result<String, FsError> {
        Ok(self.resolve(path, LastLink::Follow, Access::Read)?.path)
    }

    /// Charges an answer of so many bytes in all; `what` names it.
    ///
    /// # Errors
    /// [`FsError::TooLarge`] beyond the output limit, [`FsError::LimitExceeded`] when an account has no room.
    pub fn charge(&self, bytes: u64, what: &str) -> Result<(), FsError> {
        if bytes > self.max_output_bytes {
            return Err(self.too_large(what));
        }
        self.hold(bytes, what)
    }

    /// Charges what is held for an answer, so many bytes in all; `what` names it.
    ///
    /// # Errors
    /// [`FsError::LimitExceeded`] when an account has no room.
    pub(crate) fn hold(&self, bytes: u64, what: &str) -> Result<(), FsError> {
        let charged = self.caller.as_ref();
        let charged = charged.map_or(Ok(()), |caller| caller.charge(bytes));
        charged.map_err(|exhausted| FsError::LimitExceeded(format!("{what}: {exhausted}")))
    }

    /// The error for an answer that grows beyond the limit.
    pub(crate) fn too_large(&self, what: &str) -> FsError {
        FsError::TooLarge(format!(
            "{what} exceeds {} bytes, the skill's runtime.max_output_bytes",
            self.max_output_bytes
        ))
    }
}

impl fmt::Debug for Filesystem {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Filesystem")
            .field("grants", &self.grants)
            .field("max_output_bytes", &self.max_output_bytes)
            .finish_non_exhaustive()
    }
}

/// Whether `path` is `directory` or inside it.
pub fn is_beneath(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
