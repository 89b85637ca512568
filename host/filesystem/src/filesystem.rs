//! A [`Filesystem`]: grants, limits, and the call that it serves.

use std::fmt;
use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use luminarys_grants::{Access, Grants};

use crate::caller::Caller;
use crate::error::FsError;
use crate::place::LastLink;

/// Returns whether the call was cancelled, in which case a long-running function returns soon.
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
    /// Opens the files of `grants`. No answer is larger than `max_output_bytes`.
    pub fn new(grants: Arc<Grants>, max_output_bytes: u64) -> Self {
        Self {
            grants,
            max_output_bytes,
            caller: None,
        }
    }

    /// Returns the same files for calls that change nothing.
    pub fn read_only(&self) -> Self {
        Self {
            grants: Arc::new(self.grants.read_only()),
            ..self.clone()
        }
    }

    /// Opens the directories in which `grants` lets commands run.
    pub fn working(grants: Arc<Grants>) -> Self {
        let filesystem = grants.shell.directories.clone();
        let grants = Grants {
            filesystem,
            ..Grants::default()
        };
        Self::new(Arc::new(grants), u64::MAX)
    }

    /// Returns the same files for one call.
    pub fn for_caller(&self, caller: Arc<dyn Caller>) -> Self {
        Self {
            caller: Some(caller),
            ..self.clone()
        }
    }

    /// Resolves `path` and returns the line of the manifest that allows `access` to it.
    ///
    /// # Errors
    /// [`FsError::Denied`]; [`FsError::Invalid`] for an invalid path.
    pub fn explain(&self, path: &str, access: Access) -> Result<String, FsError> {
        let resolved = self.resolve(path, LastLink::Follow, access)?;
        let grant = self.grants.filesystem.decide(&resolved.path, access)?;
        Ok(grant.rule.clone())
    }

    /// Resolves `path`, whether or not it exists, and decides on it without recording that. Returns the true path.
    ///
    /// # Errors
    /// As [`Filesystem::explain`].
    pub fn decide(&self, path: &str, access: Access) -> Result<String, FsError> {
        let decided = self.decided(path, LastLink::Follow, access);
        Ok(decided.map_err(|failure| failure.error)?.0.path)
    }

    /// Returns the true path of a directory and a handle on it.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for anything but a directory, [`FsError::Denied`], [`FsError::NotFound`].
    pub fn open_directory(&self, path: &str) -> Result<(String, OwnedFd), FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Read)?;
        let handle = resolved.directory()?;
        let cloned = handle.as_fd().try_clone_to_owned();
        let cloned = cloned.map_err(|error| FsError::system(&resolved.path, error))?;
        Ok((resolved.path, cloned))
    }

    /// Resolves all links in a path, whether or not it exists.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for an invalid path, [`FsError::Denied`].
    pub fn true_path(&self, path: &str) -> Result<String, FsError> {
        Ok(self.resolve(path, LastLink::Follow, Access::Read)?.path)
    }

    /// Charges an answer of `bytes` in all; `what` names it.
    ///
    /// # Errors
    /// [`FsError::TooLarge`] beyond the output limit, [`FsError::NoRoom`] when the caller cannot pay.
    pub fn charge(&self, bytes: u64, what: &str) -> Result<(), FsError> {
        if bytes > self.max_output_bytes {
            return Err(self.too_large(what));
        }
        self.hold(bytes, what)
    }

    /// Charges what is held while an answer is prepared, `bytes` in all; `what` names it.
    ///
    /// # Errors
    /// [`FsError::NoRoom`] when the caller cannot pay.
    pub(crate) fn hold(&self, bytes: u64, what: &str) -> Result<(), FsError> {
        let charged = self.caller.as_ref();
        let charged = charged.map_or(Ok(()), |caller| caller.charge(bytes));
        charged.map_err(|source| FsError::NoRoom {
            what: what.to_owned(),
            source,
        })
    }

    /// Returns the error for an answer beyond the limit.
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

/// Returns whether `path` is `directory` or inside it.
pub fn is_beneath(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
