//! What a directory holds for another node.

use std::collections::BTreeMap;
use std::ffi::OsStr;

use luminarys_grants::Access;

use super::partial::{is_partial, must_be_whole};
use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem};
use crate::guard::admit;
use crate::model::FileKind;
use crate::place::LastLink;
use crate::sys;

/// Names between two checks whether the call was cancelled.
const STEP: usize = 1_024;

/// A file or directory that may be reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reachable {
    /// Its name.
    pub name: String,
    /// The number of its bytes; none for a directory.
    pub size: Option<u64>,
}

impl Filesystem {
    /// Lists the files and directories in a directory that may be read, and whose true paths `also` allows: the first `most`
    /// in byte order of their names. Links and special files are left out, and what is still being received.
    ///
    /// # Errors
    /// [`FsError::Invalid`] for anything but a directory; [`FsError::Denied`], [`FsError::NotFound`], [`FsError::System`].
    pub fn reachable(
        &self,
        path: &str,
        most: usize,
        also: &dyn Fn(&str) -> bool,
        cancelled: Cancelled<'_>,
    ) -> Result<Vec<Reachable>, FsError> {
        let resolved = self.resolve(path, LastLink::Follow, Access::Read)?;
        must_be_whole(&resolved.path)?;
        let directory = resolved.directory()?;
        let failed = |error| FsError::system(&resolved.path, error);
        let standing = resolved.guard.opened(&directory).map_err(failed)?;
        let base = resolved.path.trim_end_matches('/');
        let mut found = BTreeMap::new();
        for (count, entry) in sys::names(&directory).map_err(failed)?.enumerate() {
            if count % STEP == 0 && cancelled() {
                return Err(FsError::given_up());
            }
            let entry = entry.map_err(failed)?;
            let Ok(name) = entry.file_name().to_str() else {
                continue;
            };
            if matches!(name, "." | "..") || is_partial(name) {
                continue;
            }
            // What vanishes while it is listed is not listed.
            let Ok(stat) = sys::status(&directory, name) else {
                continue;
            };
            let size = match sys::kind(&stat) {
                FileKind::File => Some(sys::size(&stat)),
                FileKind::Directory => None,
                FileKind::Symlink | FileKind::Other => continue,
            };
            let path = format!("{base}/{name}");
            let rule = resolved
                .guard
                .entry(&standing, OsStr::new(name), Some(&stat), Access::Read);
            let is_open = admit(&path, rule.as_ref(), Access::Read).is_ok();
            if is_open && self.grants.filesystem.allows(&path, Access::Read) && also(&path) {
                found.insert(name.to_owned(), size);
                if found.len() > most {
                    found.pop_last();
                }
            }
        }
        let found = found.into_iter();
        Ok(found.map(|(name, size)| Reachable { name, size }).collect())
    }
}
