//! A granted directory, opened once. Only here is a path resolved in the process's own file system view.

use std::io::ErrorKind;
use std::os::fd::AsRawFd as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use cap_std::ambient_authority;
use cap_std::fs::Dir;

use crate::open_error::OpenError;
use crate::path_set::PathSet;
use crate::pattern::is_pattern;
use crate::protected::FileId;
use crate::section::DirectoryEntry;

/// One entry of `permissions.fs.dirs`.
#[derive(Clone, Debug)]
pub struct DirectoryGrant {
    /// As written, without the mode.
    pub pattern: String,
    /// Whether the mode is `rw`.
    pub writable: bool,
    /// The part before the first component with a wildcard: absolute, without a trailing slash except for `/` itself.
    pub root: String,
    /// Whether the entry covers names in `root` rather than `root` itself: it has wildcards, or names a file.
    pub wildcard: bool,
    /// Whether the path was missing when the manifest was loaded.
    pub is_missing: bool,
    /// `root`, opened with the manifest.
    pub dir: Arc<Dir>,
    /// The file ids of `root` and of the directories above it.
    pub chain: Arc<[FileId]>,
    /// The place of the entry: `fs.yaml:7 permissions.fs.dirs[0]`.
    pub rule: String,
    /// The paths that the entry covers.
    pub(super) set: PathSet,
}

impl DirectoryGrant {
    /// Returns whether the entry covers `path`.
    pub(crate) fn covers(&self, path: &str) -> bool {
        self.set.matches(path)
    }
}

/// Opens an entry. With `files`, an entry that does not name a directory is for a file, existing or not: it covers only
/// this name in its parent directory.
pub(super) fn open(entry: &DirectoryEntry, files: bool) -> Result<DirectoryGrant, OpenError> {
    let unusable = |path: &str, needed: &str, reason: String| OpenError::Directory {
        rule: entry.rule.clone(),
        path: path.to_owned(),
        needed: needed.to_owned(),
        reason,
    };
    let set = PathSet::new(&entry.path)
        .map_err(|error| unusable(&entry.path, &entry.path, error.to_string()))?;
    let mut root = set.root().to_owned();
    let mut wildcard = is_pattern(&entry.path);
    let is_missing = !wildcard && !Path::new(&root).exists();
    let mut dir = Dir::open_ambient_dir(&root, ambient_authority());
    if files
        && !is_pattern(&entry.path)
        && let Err(error) = &dir
        && matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory)
        && let Some(parent) = Path::new(&root).parent().and_then(Path::to_str)
    {
        root = parent.to_owned();
        wildcard = true;
        dir = Dir::open_ambient_dir(&root, ambient_authority());
    }
    let dir = dir.map_err(|error| unusable(set.root(), &root, error.to_string()))?;
    let chain = chain(&dir).map_err(|error| unusable(&root, &root, error.to_string()))?;
    Ok(DirectoryGrant {
        chain,
        writable: entry.writable,
        wildcard,
        is_missing,
        dir: Arc::new(dir),
        rule: entry.rule.clone(),
        pattern: entry.path.clone(),
        set,
        root,
    })
}

/// Returns the file ids of the directory and of its ancestors, up to the root.
fn chain(dir: &Dir) -> std::io::Result<Arc<[FileId]>> {
    let opened = dir.try_clone()?.into_std_file();
    let mut chain = vec![FileId::of(&opened.metadata()?)];
    // By the handle: the path may have changed since.
    let mut above = PathBuf::from(format!("/proc/self/fd/{}", opened.as_raw_fd()));
    loop {
        above.push("..");
        let id = FileId::of(&std::fs::metadata(&above)?);
        if chain.last() == Some(&id) {
            return Ok(chain.into());
        }
        chain.push(id);
    }
}
