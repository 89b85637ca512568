//! Where a search begins, and `allowed-dirs`.

use luminarys_grants::{Access, DirectoryGrant};

use super::patterns::levels;
use crate::error::FsError;
use crate::filesystem::{Cancelled, Filesystem};
use crate::guard::Guard;
use crate::model::{AllowedDir, FileKind};
use crate::place::{LastLink, Resolved};
use crate::walk::{Found, Purpose, walk};

/// Directories that are listed, at most.
const MAX_DIRECTORIES: usize = 100_000;

impl Filesystem {
    /// Resolves where a search begins: the given path, or every granted directory.
    pub(super) fn search_roots(
        &self,
        path: Option<&str>,
        cancelled: Cancelled<'_>,
    ) -> Result<Vec<Resolved>, FsError> {
        if let Some(path) = path {
            return Ok(vec![self.resolve(path, LastLink::Follow, Access::Read)?]);
        }
        let granted = &self.grants.filesystem;
        if granted.entries().is_empty() {
            return Err(granted.denial("/", Access::Read).into());
        }
        let mut paths: Vec<String> = self
            .allowed_dirs(cancelled)
            .into_iter()
            .map(|directory| directory.path)
            .collect();
        paths.sort();
        paths.dedup();
        // One that was removed since it was listed is not searched.
        let resolve = |path: &String| self.resolve(path, LastLink::Keep, Access::Read).ok();
        let roots = paths.iter().filter_map(resolve);
        Ok(roots.filter(|root| root.directory().is_ok()).collect())
    }

    /// Lists the granted directories in the manifest's order; for a wildcard, the directories that it matches now.
    pub fn allowed_dirs(&self, cancelled: Cancelled<'_>) -> Vec<AllowedDir> {
        let mut directories = Vec::new();
        for entry in self.grants.filesystem.entries() {
            let allowed = |path: &str| AllowedDir {
                path: path.to_owned(),
                writable: entry.writable,
            };
            if !entry.wildcard {
                directories.push(allowed(&entry.root));
                continue;
            }
            let depth = pattern_depth(entry);
            let mut visit = |found: &Found<'_>| {
                if found.leaving
                    || found.kind != FileKind::Directory
                    || directories.len() >= MAX_DIRECTORIES
                {
                    return Ok(false);
                }
                let deciding = self.grants.filesystem.covering(found.path, Access::Read);
                if found.name.to_str().is_some()
                    && deciding.is_some_and(|deciding| deciding.rule == entry.rule)
                {
                    directories.push(allowed(found.path));
                    return Ok(false);
                }
                Ok(found.depth < depth)
            };
            // This cannot fail: after an error the list is shorter.
            let _ = walk(
                &entry.dir,
                &entry.root,
                &Guard::new(&self.grants.filesystem),
                Purpose::SEARCH,
                cancelled,
                &mut visit,
            );
        }
        directories
    }
}

/// Returns how deep beneath its root a wildcard entry can match a directory whose parent does not match.
fn pattern_depth(entry: &DirectoryGrant) -> usize {
    let inside = entry
        .pattern
        .strip_prefix(&entry.root)
        .unwrap_or(&entry.pattern);
    levels(&[inside.trim_start_matches('/').to_owned()])
}
