//! `system.disk-usage`: how full a disk is.

use std::os::fd::AsFd;

use luminarys_grants::Access;

use crate::error::FsError;
use crate::filesystem::Filesystem;
use crate::place::{LastLink, Place};

/// How full a file system is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DiskUsage {
    /// Its size.
    pub total: u64,
    /// What an unprivileged process can still use.
    pub free: u64,
    /// What is in use.
    pub used: u64,
    /// The share of `used` in what an unprivileged process could use, 0 to 100.
    pub used_percent: f64,
}

impl Filesystem {
    /// Returns how full the disk beneath `path` is; `None` stands for the first entry of `permissions.fs.dirs`.
    ///
    /// # Errors
    /// [`FsError::Denied`] when the path is not granted, or nothing is; [`FsError::System`].
    pub fn disk_usage(&self, path: Option<&str>) -> Result<DiskUsage, FsError> {
        let Some(path) = path else {
            let grants = &self.grants.filesystem;
            let Some(first) = grants.entries().first() else {
                return Err(grants.denial("/", Access::Read).into());
            };
            return usage(&*first.dir).map_err(|error| FsError::system(&first.root, error));
        };
        let resolved = self.resolve(path, LastLink::Follow, Access::Read)?;
        let directory = match &resolved.place {
            Place::Root(handle) => handle,
            Place::Entry { parent, .. } => parent,
            Place::Missing { .. } => return Err(FsError::not_found(path)),
        };
        // A directory may be a mount point; a file is on the file system of its directory.
        let own = resolved.directory().ok();
        usage(&**own.as_ref().unwrap_or(directory)).map_err(|error| FsError::system(path, error))
    }
}

/// Returns how full the file system of the open `place` is.
///
/// # Errors
/// The operating system's.
fn usage(place: impl AsFd) -> std::io::Result<DiskUsage> {
    let status = rustix::fs::fstatvfs(place)?;
    let bytes = |blocks: u64| blocks.saturating_mul(status.f_frsize);
    let used = bytes(status.f_blocks.saturating_sub(status.f_bfree));
    let free = bytes(status.f_bavail);
    let usable = used.saturating_add(free);
    let used_percent = if usable == 0 {
        0.0
    } else {
        used as f64 * 100.0 / usable as f64
    };
    Ok(DiskUsage {
        total: bytes(status.f_blocks),
        free,
        used,
        used_percent,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_disk_adds_up() {
        let place = tempfile::tempdir().unwrap();
        let usage = usage(std::fs::File::open(place.path()).unwrap()).unwrap();
        assert!(usage.used <= usage.total && usage.free <= usage.total - usage.used);
        assert!((0.0..=100.0).contains(&usage.used_percent));
    }
}
