//! Files beneath the granted directories. No wasmtime here but in `host`: a [`Filesystem`] is plain, blocking code.
//!
//! - `resolve`: from text to a `place`, links followed by hand; `guard`: what is closed to every skill; `ladder`: the handles on the way; `sys`: system calls
//! - `read`, `lines`, `write`, `tree`, `rename`: the functions of `filesystem.wit`
//! - `relative`, `relative_open`: the functions of `wasi:filesystem`
//! - `inventory`: a tree as archives need it
//! - `walk`: every name beneath a directory; `search` (with `file_types`) and `glob` use it
//! - `model`: what goes in and out; `error`: how it fails; `host`: the way to the guest

mod error;
mod file_types;
mod glob;
mod guard;
mod host;
mod inventory;
mod ladder;
mod lines;
mod model;
mod place;
mod read;
mod relative;
mod relative_open;
mod rename;
mod resolve;
mod search;
mod state;
mod sys;
mod tree;
mod walk;
mod write;

#[cfg(test)]
mod tests;

use std::os::fd::{AsFd as _, OwnedFd};
use std::sync::Arc;

use luminarys_accounts::Answer;
use luminarys_audit::CallAudit;
use luminarys_grants::{Access, Grants};

pub(crate) use error::Failure;
pub use error::FsError;
pub(crate) use host::{blocking, failed};
pub(crate) use inventory::{Item, ItemKind};
pub use model::{Entry, FileKind, FileMatch, GlobOptions, GrepOptions, LineMatch};
pub(crate) use relative::{Follow, Relative, time};
pub(crate) use relative_open::{OpenOptions, Opened};
pub(crate) use state::FilesystemCapability;
pub(crate) use write::Writer;

use super::system::facts::{self, DiskUsage};
use place::{LastLink, Place};

/// Tells a long-running function that nobody waits for it any more.
pub type Cancelled<'a> = &'a (dyn Fn() -> bool + Sync);

/// The files that one skill may use.
#[derive(Clone, Debug)]
pub struct Filesystem {
    grants: Arc<Grants>,
    /// Bytes of one answer, at most.
    max_output_bytes: u64,
    audit: Option<Arc<CallAudit>>,
    /// Charged with the answer.
    answer: Option<Answer>,
}

impl Filesystem {
    /// The files that `grants` opens. No answer is larger than `max_output_bytes`.
    pub fn new(grants: Arc<Grants>, max_output_bytes: u64) -> Self {
        Self {
            grants,
            max_output_bytes,
            audit: None,
            answer: None,
        }
    }

    /// The same for calls that change nothing.
    pub(crate) fn read_only(&self) -> Self {
        Self {
            grants: Arc::new(self.grants.read_only()),
            ..self.clone()
        }
    }

    /// The directories in which `grants` lets commands run.
    pub(crate) fn working(grants: Arc<Grants>) -> Self {
        let filesystem = grants.shell.directories.clone();
        let grants = Grants {
            filesystem,
            ..Grants::default()
        };
        Self::new(Arc::new(grants), u64::MAX)
    }

    /// The same for one call, whose decisions are written down.
    pub(crate) fn audited(&self, audit: Arc<CallAudit>) -> Self {
        Self {
            audit: Some(audit),
            ..self.clone()
        }
    }

    /// The same, whose answer is charged.
    pub(crate) fn answering(self, answer: Answer) -> Self {
        Self {
            answer: Some(answer),
            ..self
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
    pub(crate) fn open_directory(&self, path: &str) -> Result<(String, OwnedFd), FsError> {
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
    pub(crate) fn true_path(&self, path: &str) -> Result<String, FsError> {
        Ok(self.resolve(path, LastLink::Follow, Access::Read)?.path)
    }

    /// How full the disk beneath `path` is; `None` means the first entry of `permissions.fs.dirs`.
    ///
    /// # Errors
    /// [`FsError::Denied`] when the path is not granted, or nothing is; the operating system's.
    pub fn disk_usage(&self, path: Option<&str>) -> Result<DiskUsage, FsError> {
        let Some(path) = path else {
            let grants = &self.grants.filesystem;
            let Some(first) = grants.entries().first() else {
                return Err(grants.denial("/", Access::Read).into());
            };
            return facts::disk_usage(&*first.dir)
                .map_err(|error| FsError::system(&first.root, error));
        };
        let resolved = self.resolve(path, LastLink::Follow, Access::Read)?;
        let directory = match &resolved.place {
            Place::Root(handle) => handle,
            Place::Entry { parent, .. } => parent,
            Place::Missing { .. } => return Err(FsError::not_found(path)),
        };
        // A directory may be where another file system is mounted; a file is where its directory is.
        let own = resolved.directory().ok();
        facts::disk_usage(&**own.as_ref().unwrap_or(directory))
            .map_err(|error| FsError::system(path, error))
    }

    /// Charges an answer of so many bytes in all; `what` names it.
    ///
    /// # Errors
    /// [`FsError::TooLarge`] beyond the output limit, or when an account has no room.
    pub(crate) fn charge(&self, bytes: u64, what: &str) -> Result<(), FsError> {
        if bytes > self.max_output_bytes {
            return Err(self.too_large(what));
        }
        self.hold(bytes, what)
    }

    /// Charges what is held for an answer, so many bytes in all; `what` names it.
    ///
    /// # Errors
    /// [`FsError::TooLarge`] when an account has no room.
    fn hold(&self, bytes: u64, what: &str) -> Result<(), FsError> {
        let charged = self.answer.as_ref().map(|answer| answer.reach(bytes));
        let charged = charged.transpose();
        charged.map_err(|exhausted| FsError::TooLarge(format!("{what}: {exhausted}")))?;
        Ok(())
    }

    /// The error for an answer that grows beyond the limit.
    fn too_large(&self, what: &str) -> FsError {
        FsError::TooLarge(format!(
            "{what} exceeds {} bytes, the skill's runtime.max_output_bytes",
            self.max_output_bytes
        ))
    }
}

/// Whether `path` is `directory` or inside it.
pub(crate) fn is_beneath(path: &str, directory: &str) -> bool {
    let rest = path.strip_prefix(directory.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
